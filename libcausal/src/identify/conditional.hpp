#pragma once
// What makes identification of conditional effects out of that of effects.

#include <vector>

#include "causal/identify/id.hpp"

namespace causal::identification {

/// IDC: turns every observation in `query` into an action that rule 2 of do-calculus allows, smallest first, and says
/// which.
std::vector<DerivationStep> exchange_observations(const Admg& admg, EffectQuery& query);

[[nodiscard]] NodeSet united(const NodeSet& a, const NodeSet& b);

/// Free in the formula, named by no set of the query.
[[nodiscard]] NodeSet free_context(const Expression& expression, const EffectQuery& query);

}  // namespace causal::identification
