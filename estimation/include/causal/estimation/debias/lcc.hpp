#pragma once
// Linear calibration correction: undoes shrinkage that is linear in the outcome.

#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/estimation/debias/debiaser.hpp"

namespace causal::estimation {

/// How the slope of predictions on outcomes carries over to a trial.
enum class SlopeTransport {
  None,    ///< The trial has the slope of the calibration rows.
  Berkson  ///< Outcome = prediction + noise of the same variance; the slope follows from the trial's predictions.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::SlopeTransport> {
  using T = causal::estimation::SlopeTransport;
  static constexpr std::array<std::pair<T, std::string_view>, 2> names{{{T::None, "none"}, {T::Berkson, "berkson"}}};
};

namespace causal::estimation {

struct LccOptions {
  SlopeTransport transport = SlopeTransport::None;
  double label_noise_var = 0;  ///< Variance of independent noise in the calibration outcomes.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"transport", "how the slope carries over to a trial"}, self.transport);
    visitor(Field{"label_noise_var", "variance of the noise in the calibration outcomes", at_least(0)},
            self.label_noise_var);
  }
};

/// One of ten groups of calibration rows by outcome: how far the line misses there.
struct BinnedResidual {
  double low = 0, high = 0;  ///< Outcomes of the group.
  std::int64_t n = 0;
  double mean = 0;  ///< Of prediction - intercept - slope * outcome.
  double std_error = 0;
};

/// The line E[F | Y] = m + k Y of predictions F on outcomes Y, fitted by least squares; corrected: (F - m) / k.
///
/// Assumes that the line holds in the trial as it does in the calibration rows (see SlopeTransport). The delta method
/// gives intervals; below k / se(k) = 5 they are Fieller's, which can be unbounded.
/// Source of the map: the linear correction of the "unshrink" package; variances are derived in the .cpp.
class LccDebiaser : public Debiaser {
 public:
  /// predictions and outcomes: n >= 3, finite. O(n).
  /// Errors: InvalidArgument for sizes and options; DataError for a constant column, a slope <= 1e-8 and label noise
  /// that is not below the variance of the outcomes (or, with Berkson, of the residuals).
  static LccDebiaser fit(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                         const Eigen::Ref<const Eigen::VectorXd>& outcomes, const LccOptions& options = {});
  static LccDebiaser read(const io::Json& json);

  [[nodiscard]] double slope() const { return slope_; }
  [[nodiscard]] double intercept() const { return intercept_; }
  /// Covariance of (intercept, slope), HC0.
  [[nodiscard]] const Eigen::Matrix2d& covariance() const { return covariance_; }
  /// Empty after reading a file, and with fewer than 30 rows.
  [[nodiscard]] const std::vector<BinnedResidual>& binned_residuals() const { return binned_; }

  [[nodiscard]] std::string_view method() const override { return "lcc"; }
  [[nodiscard]] io::Json to_json() const override;
  [[nodiscard]] Lattice lattice() const override;
  [[nodiscard]] std::unique_ptr<TrialMap> trial_map(const PredictionCells& pooled) const override;
  [[nodiscard]] std::unique_ptr<Debiaser> resampled(RandomStream& stream) const override;
  [[nodiscard]] bool fits_on_trial() const override { return options_.transport == SlopeTransport::Berkson; }

 private:
  void fit_line(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                const Eigen::Ref<const Eigen::VectorXd>& outcomes);
  void fit_residual(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                    const Eigen::Ref<const Eigen::VectorXd>& outcomes);
  void examine(const Eigen::Ref<const Eigen::VectorXd>& predictions, const Eigen::Ref<const Eigen::VectorXd>& outcomes);

  LccOptions options_;
  double slope_ = 1;
  double intercept_ = 0;
  Eigen::Matrix2d covariance_ = Eigen::Matrix2d::Zero();
  // Of the residual e = Y - F: mean, variance (divisor n), and mean over the rows of c^2, c r and r^2, where
  // c = e - mean and r = c^2 - variance.
  double offset_ = 0;
  double residual_variance_ = 0;
  double offset_var_ = 0, offset_spread_cov_ = 0, spread_var_ = 0;
  std::vector<BinnedResidual> binned_;

  friend class LccTrialMap;
};

}  // namespace causal::estimation
