#pragma once
// The regressions of double machine learning, for one partition of the rows into folds.

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/nuisances.hpp"
#include "causal/estimation/estimate.hpp"

namespace causal::estimation {

/// Which random numbers a fit uses.
enum class DmlStream : std::uint32_t { Treatment = 0, Outcome = 32, Instrument = 96 };

class DmlFits {
 public:
  /// strata: n numbers by which the folds are balanced, or empty.
  DmlFits(const EffectData& data, std::span<const int> strata, const NuisanceOptions& options, const RunOptions& run,
          std::uint32_t repetition);

  /// Out-of-fold predictions of y from the covariates, with the learner of that part. `train`: rows that may be used,
  /// or empty; `slot` tells several fits of one stream apart. The loss goes into figures under `what` + "_loss".
  Eigen::VectorXd predict(std::string_view what, const Eigen::VectorXd& y, DmlStream stream, std::uint32_t slot = 0,
                          std::span<const char> train = {});
  /// The same of a quantity that must be a probability: clipped, moved rows counted.
  Eigen::VectorXd propensity(std::string_view what, const Eigen::VectorXd& indicator, DmlStream stream);

  [[nodiscard]] const std::vector<Figure>& figures() const { return figures_; }
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  const EffectData& data_;
  const NuisanceOptions& options_;
  const RunOptions& run_;
  std::uint32_t base_stream_;
  Folds folds_;
  std::vector<Figure> figures_;
  std::vector<std::string> warnings_;
};

/// 1 where y is 0 or 1 in every row, so that its mean is a probability.
[[nodiscard]] bool is_indicator(const Eigen::Ref<const Eigen::VectorXd>& y);

}  // namespace causal::estimation
