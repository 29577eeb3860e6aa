#pragma once
// Tweedie's correction: undoes shrinkage of any shape, from the density of the predictions.

#include <array>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/estimation/debias/debiaser.hpp"
#include "causal/estimation/debias/kernel_density.hpp"
#include "causal/estimation/debias/noise_variance.hpp"
#include "causal/estimation/debias/score_table.hpp"

namespace causal::estimation {

/// Whose predictions give the score.
enum class ScoreSource {
  Calibration,  ///< Those of the calibration rows.
  Trial,        ///< Those that the map is applied to.
  Upstream      ///< A sample of its own, for instance the predictions of the rows that the model was trained on.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::ScoreSource> {
  using S = causal::estimation::ScoreSource;
  static constexpr std::array<std::pair<S, std::string_view>, 3> names{
      {{S::Calibration, "calibration"}, {S::Trial, "trial"}, {S::Upstream, "upstream"}}};
};

namespace causal::estimation {

struct TweedieOptions {
  ScoreSource score_source = ScoreSource::Calibration;
  ScoreOptions score = {};
  bool heteroscedastic = false;  ///< The noise variance is a smooth function of the prediction.
  bool isotonic = false;         ///< Makes the map increasing; the mean is then no longer unbiased.
  bool center = false;           ///< Adds the mean residual of the calibration rows; without effect on contrasts.
  double label_noise_var = 0;    ///< Variance of independent noise in the calibration outcomes.
  double clamp_low = -std::numeric_limits<double>::infinity();  ///< Cuts the map off below; biased.
  double clamp_high = std::numeric_limits<double>::infinity();
  int threads = 0;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"score_source", "whose predictions give the score"}, self.score_source);
    ScoreOptions::visit(self.score, visitor);
    visitor(Field{"heteroscedastic", "let the noise variance vary with the prediction"}, self.heteroscedastic);
    visitor(Field{"isotonic", "make the map increasing, at the price of bias"}, self.isotonic);
    visitor(Field{"center", "add the mean residual of the calibration rows"}, self.center);
    visitor(Field{"label_noise_var", "variance of the noise in the calibration outcomes", at_least(0)},
            self.label_noise_var);
    visitor(Field{"clamp_low", "smallest corrected value, at the price of bias"}, self.clamp_low);
    visitor(Field{"clamp_high", "largest corrected value, at the price of bias"}, self.clamp_high);
  }
};

/// The rows a correction is fitted on.
struct TweedieSample {
  Eigen::Ref<const Eigen::VectorXd> predictions;  ///< n calibration rows.
  Eigen::Ref<const Eigen::VectorXd> outcomes;
  /// Predictions for ScoreSource::Upstream; else empty.
  std::span<const double> upstream = {};
  /// Rows of their own for the noise variance; both or none.
  std::span<const double> noise_predictions = {};
  std::span<const double> noise_outcomes = {};
};

/// Sums over a group of calibration rows of neighbouring predictions: never fewer than 10 rows, so that no row shows.
/// c is the residual Y - F minus its mean, r its square minus the noise variance at the row.
struct ResidualBins {
  Eigen::VectorXd n, prediction, c, cc, r, rr, cr;  ///< prediction: the mean of the group.
};

/// T(u) = u - sigma^2 s(u), with s the score (log p)' of the predictions' density p.
///
/// Assumes Y = F + noise, the noise normal with mean 0 and variance sigma^2 and independent of F, as a model trained
/// for squared error gives when it is calibrated. Then E[T(F) | Y] = Y whatever the shape of p. Unlike the linear
/// correction it carries over to a trial whose outcomes have another distribution, as long as the noise of Y given F
/// is the same and p is that of the population where this holds (choose by score_source).
/// The map is kept as a table that is linear between its nodes; intervals are derived in the .cpp.
/// Source: M. C. K. Tweedie (1947); Robbins (1956); for trials: arXiv 2508.01341.
class TweedieDebiaser : public Debiaser {
 public:
  /// Cost: O(rows + grid * bandwidth / step).
  /// Errors: InvalidArgument for sizes, options, an upstream sample that is missing or not asked for; DataError for
  /// cells that are not finite, fewer than 3 rows, constant predictions or outcomes, label noise above sigma^2.
  static TweedieDebiaser fit(const TweedieSample& sample, const TweedieOptions& options = {});
  static TweedieDebiaser fit(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                             const Eigen::Ref<const Eigen::VectorXd>& outcomes, const TweedieOptions& options = {}) {
    return fit(TweedieSample{predictions, outcomes}, options);
  }
  static TweedieDebiaser read(const io::Json& json);

  /// Of the noise, divisor n, label noise taken out.
  [[nodiscard]] double noise_variance() const { return noise_.variance; }
  [[nodiscard]] const ScoreTable& score() const { return score_; }  ///< Empty for ScoreSource::Trial.
  [[nodiscard]] const ResidualBins& residuals() const { return bins_; }
  [[nodiscard]] const TweedieOptions& options() const { return options_; }

  [[nodiscard]] std::string_view method() const override { return "tweedie"; }
  [[nodiscard]] io::Json to_json() const override;
  [[nodiscard]] Lattice lattice() const override { return lattice_; }
  [[nodiscard]] std::unique_ptr<TrialMap> trial_map(const PredictionCells& pooled) const override;
  [[nodiscard]] std::unique_ptr<Debiaser> resampled(RandomStream& stream) const override;
  [[nodiscard]] bool fits_on_trial() const override { return options_.score_source == ScoreSource::Trial; }

 private:
  void fit_noise(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                 const Eigen::Ref<const Eigen::VectorXd>& outcomes);
  void fit_fixed_score(std::span<const double> rows);
  void redraw_noise(RandomStream& stream, const Eigen::VectorXd& rows_in_bins);
  [[nodiscard]] ScoreTable trial_score(const PredictionCells& pooled) const;
  [[nodiscard]] NodeFunction map_of(const ScoreTable& score, double& falling_mass) const;

  TweedieOptions options_;
  Lattice lattice_;
  NoiseVariance noise_;
  double offset_ = 0;         // Mean of Y - F.
  std::int64_t n_noise_ = 0;  // Rows behind the bins.
  bool shared_rows_ = true;   // The bins are of the rows that gave the score.
  ResidualBins bins_;
  ScoreTable score_;
  NodeFunction map_;

  friend class TweedieTrialMap;
};

}  // namespace causal::estimation
