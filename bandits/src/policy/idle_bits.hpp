#pragma once
// Bits that cannot matter in the models of a round.

#include <algorithm>
#include <cmath>
#include <span>

#include "causal/bandits/environment/linear_arms.hpp"
#include "causal/bandits/selection/arm_search.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {

/// The search sets bits that cannot matter to 0; all their values are equally good in these models. Random ones show
/// both mechanisms of the node, and whether the models are right. Nothing is done where interventions are limited.
inline void randomise_idle_bits(std::span<const LinearArms> models, const ArmSearchOptions& search, Action& action,
                                RandomStream& stream) {
  if (search.max_interventions < static_cast<int>(action.size()) || std::isfinite(search.cost_budget)) return;
  for (std::size_t j = 0; j < action.size(); ++j) {
    const bool matters =
        std::any_of(models.begin(), models.end(), [&](const LinearArms& model) { return model.relevant()[j] != 0; });
    const bool forbidden =
        std::find(search.forbidden.begin(), search.forbidden.end(), static_cast<int>(j)) != search.forbidden.end();
    if (!matters && !forbidden) action[j] = static_cast<std::uint8_t>(stream.bits() >> 63);
  }
}

}  // namespace causal::bandits
