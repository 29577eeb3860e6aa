#pragma once
// Means and effects of outcomes that a model predicted, with the model's shrinkage taken out.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/estimation/debias/prediction_cells.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/io/json.hpp"
#include "causal/run/options.hpp"
#include "causal/run/random.hpp"

namespace causal::estimation {

enum class TrialWeighting {
  Hajek,           ///< Weighted means: the weights of each arm sum to 1.
  HorvitzThompson  ///< Weighted sums over n: unbiased for known propensities, but an offset of the outcome matters.
};
enum class DebiasInterval {
  Influence,  ///< Sums of squares of influence functions.
  Bootstrap   ///< Standard deviation over resamples of calibration and trial, drawn from the gathered sums.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::TrialWeighting> {
  using W = causal::estimation::TrialWeighting;
  static constexpr std::array<std::pair<W, std::string_view>, 2> names{
      {{W::Hajek, "hajek"}, {W::HorvitzThompson, "horvitz_thompson"}}};
};
template <>
struct causal::EnumNames<causal::estimation::DebiasInterval> {
  using I = causal::estimation::DebiasInterval;
  static constexpr std::array<std::pair<I, std::string_view>, 2> names{
      {{I::Influence, "influence"}, {I::Bootstrap, "bootstrap"}}};
};

namespace causal::estimation {

struct DebiasedEffectOptions {
  double level = 0.95;
  TrialWeighting weighting = TrialWeighting::Hajek;
  DebiasInterval interval = DebiasInterval::Influence;
  int replicates = 200;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    visitor(Field{"weighting", "how the weights of a trial enter"}, self.weighting);
    visitor(Field{"interval", "where the standard error comes from"}, self.interval);
    visitor(Field{"replicates", "resamples of the bootstrap", at_least(10)}, self.replicates);
  }
};

/// How the rows of a trial are weighted: by the inverse of the propensity P(A = 1 | covariates), in (0, 1), or by
/// weights >= 0 of their own. Both empty: every row counts the same. Not both.
struct TrialWeights {
  Eigen::VectorXd propensity = {};  ///< n, or empty.
  Eigen::VectorXd weights = {};     ///< n, or empty.
};

/// What is known of the calibration rows: sizes and moments, no row.
struct CalibrationSummary {
  std::int64_t n = 0;
  double mean = 0;      ///< Of the predictions.
  double variance = 0;  ///< Of the predictions, divisor n - 1.
  double least = 0;     ///< Smallest and largest prediction.
  double most = 0;
  double outcome_mean = 0;
  double outcome_variance = 0;  ///< Divisor n - 1.
  double slope = 0;             ///< Of the outcome on the prediction: 1 for a calibrated model.
  double slope_std_error = 0;   ///< HC1.
  double intercept = 0;
  double intercept_std_error = 0;
};

/// A weighted sum of corrected predictions over the rows of a trial: a mean (one arm) or a contrast (two).
struct TrialContrast {
  struct Arm {
    const PredictionCells* cells = nullptr;
    double scale = 0;  ///< Row i of the arm counts with scale * w_i.
  };
  std::vector<Arm> arms;
  const PredictionCells* pooled = nullptr;  ///< All rows.
  double value = 0;                         ///< The sum for the corrected predictions.
  double total_weight = 0;                  ///< Sum of scale * w_i: 0 for a contrast of weighted means, 1 for a mean.

  [[nodiscard]] double sum(const NodeFunction& function) const;
  /// scale * w at the nodes, see PredictionCells::masses.
  [[nodiscard]] Eigen::VectorXd masses(std::int64_t low_node, std::int64_t count) const;
};

/// What a contrast's uncertainty has besides the rows of the trial themselves.
struct MapUncertainty {
  double calibration_variance = 0;  ///< From the rows that the map was fitted on.
  /// What a trial row adds to the error beside its own corrected value, as a function of its prediction, where the map
  /// itself rests on the trial; empty values: nothing.
  NodeFunction trial_influence;
};

/// A map made ready for one trial.
class TrialMap {
 public:
  virtual ~TrialMap() = default;
  NodeFunction values;  ///< The corrected prediction at the nodes of the trial's lattice.
  Diagnostics diagnostics;
  std::vector<std::string> warnings;

  [[nodiscard]] virtual MapUncertainty uncertainty(const TrialContrast& contrast) const = 0;
  /// Replaces interval (and p-value) where the normal approximation is not good enough. `trial_variance` is that of
  /// the contrast of corrected predictions for a fixed map.
  virtual void refine_interval(const TrialContrast& contrast, double trial_variance, Estimate& estimate) const;
};

/// A correction of predicted outcomes, fitted once on rows with both outcome and prediction, then used for the mean
/// outcome or the treatment effect in any later trial where only the prediction is known.
///
/// Two things must hold. (1) The trial's predictions depend on treatment and covariates through the outcome only: the
/// model sees what the treatment did by what it did to the outcome. No correction made from calibration rows alone can
/// do without; where it is in doubt, label some trial rows and use prediction-powered inference. (2) The calibration
/// rows were not used to train the model and are not rows of the trial.
///
/// A corrected prediction is for averages. Row by row it is a worse prediction than the one it was made from.
///
/// Thread-safe for concurrent const calls.
class Debiaser {
 public:
  virtual ~Debiaser() = default;

  /// "naive", "lcc" or "tweedie".
  [[nodiscard]] virtual std::string_view method() const = 0;
  /// Corrected predictions. predictions and corrected: n (they may be the same memory), finite.
  /// Errors: InvalidArgument for sizes; DataError naming the first row that is not finite.
  void apply(std::span<const double> predictions, std::span<double> corrected, int threads = 0) const;
  [[nodiscard]] Eigen::VectorXd apply(const Eigen::Ref<const Eigen::VectorXd>& predictions, int threads = 0) const;

  /// The mean outcome of the rows with those predictions. predictions: n >= 2; weights: n or empty.
  /// Errors: DataError for a cell that is not finite or a weight that is negative, all weights zero, fewer than 2 rows.
  [[nodiscard]] Estimate mean(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                              const Eigen::Ref<const Eigen::VectorXd>& weights = Eigen::VectorXd(),
                              const DebiasedEffectOptions& options = {}) const;
  /// The average effect of a treatment (0 or 1 a row) on the outcome. One pass over the rows; see StreamingAte.
  /// The standard error holds what comes from the calibration rows too, so it is not made of one influence value a row:
  /// `influence` is empty.
  /// Errors: as mean; a treatment other than 0 and 1, an arm without rows of positive weight, a propensity outside
  /// (0, 1).
  [[nodiscard]] Estimate ate(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                             const Eigen::Ref<const Eigen::VectorXd>& treatment, const TrialWeights& weights = {},
                             const DebiasedEffectOptions& options = {}) const;
  /// The same from gathered rows.
  [[nodiscard]] Estimate mean(const PredictionCells& rows, const DebiasedEffectOptions& options) const;
  [[nodiscard]] Estimate ate(const PredictionCells& control, const PredictionCells& treated,
                             const DebiasedEffectOptions& options) const;

  /// A causal.debiaser/1 file: parameters, tables and moments; neither an outcome nor a row of the calibration data.
  [[nodiscard]] virtual io::Json to_json() const = 0;
  /// Reads what to_json wrote; apply then gives the same bits. Errors: DataError that names the member for a file of
  /// another schema or version, a missing member, one of the wrong type, length or range.
  [[nodiscard]] static std::unique_ptr<Debiaser> from_json(const io::Json& json);

  [[nodiscard]] const CalibrationSummary& calibration() const { return calibration_; }
  /// Figures of the fit, and what it warns of.
  [[nodiscard]] const Diagnostics& diagnostics() const { return diagnostics_; }
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  /// The grid that trials are gathered on.
  [[nodiscard]] virtual Lattice lattice() const = 0;
  /// The map for a trial with these predictions.
  [[nodiscard]] virtual std::unique_ptr<TrialMap> trial_map(const PredictionCells& pooled) const = 0;
  /// The debiaser that another calibration sample would have given, drawn from the moments of this one.
  [[nodiscard]] virtual std::unique_ptr<Debiaser> resampled(RandomStream& stream) const = 0;
  /// Whether the map rests on the predictions it is applied to.
  [[nodiscard]] virtual bool fits_on_trial() const { return false; }

 protected:
  /// Corrects finite predictions.
  virtual void correct(std::span<const double> predictions, std::span<double> corrected, int threads) const;
  void write_head(io::Json& json) const;
  void write_tail(io::Json& json) const;
  void read_common(const io::Json& json);

  CalibrationSummary calibration_;
  Diagnostics diagnostics_;
  std::vector<std::string> warnings_;
};

/// Predictions as they are: what the corrections are compared with.
class NaiveDebiaser : public Debiaser {
 public:
  /// predictions and outcomes of the calibration rows: n >= 2, finite.
  static NaiveDebiaser fit(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                           const Eigen::Ref<const Eigen::VectorXd>& outcomes);
  static NaiveDebiaser read(const io::Json& json);

  [[nodiscard]] std::string_view method() const override { return "naive"; }
  [[nodiscard]] io::Json to_json() const override;
  [[nodiscard]] Lattice lattice() const override;
  [[nodiscard]] std::unique_ptr<TrialMap> trial_map(const PredictionCells& pooled) const override;
  [[nodiscard]] std::unique_ptr<Debiaser> resampled(RandomStream& stream) const override;

 protected:
  void correct(std::span<const double> predictions, std::span<double> corrected, int threads) const override;
};

/// Errors: DataError when rows of the trial are rows of the calibration data, which every interval assumes they are
/// not.
///
/// ids, when given, decide: any id in both is an error. Without ids a row of the trial counts as shared when its
/// prediction (and outcome, if both are given) equals one of the calibration rows bit for bit; it is an error when at
/// least 5 rows and 1 % of the calibration rows are shared and nearly all (90 %) calibration predictions are distinct.
struct RowKeys {
  std::span<const double> predictions;
  std::span<const double> outcomes = {};
  std::span<const std::string> ids = {};
};
void refuse_shared_rows(const RowKeys& calibration, const RowKeys& trial);

}  // namespace causal::estimation
