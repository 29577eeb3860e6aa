#include "effect/natural_effects.hpp"

#include <algorithm>
#include <cmath>

namespace causal::estimation {

MediationResult natural_effects(const std::string& method, const std::array<double, kWorlds>& values,
                                const std::array<Eigen::VectorXd, kWorlds>& influence, double level,
                                std::span<const int> clusters) {
  MediationResult result;
  double scale = 0;
  for (const double value : values) scale = std::max(scale, std::abs(value));
  for (const WorldContrast& effect : kNaturalEffects) {
    result.*effect.member = from_influence(method, effect.estimand, values[effect.to] - values[effect.from],
                                           influence[effect.to] - influence[effect.from], level, clusters);
  }
  if (std::abs(result.te.value) > 1e-14 * scale) {
    result.proportion = ratio(result.nie, result.te, clusters);
    result.proportion.estimand = "proportion";
  } else {
    result.proportion =
        degenerate_estimate(method, "proportion", result.te.n, "the total effect is 0: there are no shares of it");
    result.proportion.level = level;
  }
  return result;
}

}  // namespace causal::estimation
