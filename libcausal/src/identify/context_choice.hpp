#pragma once
// Values for variables in which a formula is constant in theory.

#include <vector>

#include "causal/identify/evaluate.hpp"
#include "identify/masked_factor.hpp"

namespace causal::identification {

/// The same cells in another order of the scope.
[[nodiscard]] MaskedFactor reordered(const MaskedFactor& table, const std::vector<VariableId>& scope);

/// Picks the assignment of `context` (ascending, within the scope of `table`) with the fewest undefined cells and, of
/// those, the largest least denominator; leaves the table over the rest in `table` and notes choice and spread in
/// `result`. `denominators` are functions of parts of the context.
void settle_context(MaskedFactor& table, const NodeSet& context, const std::vector<Factor>& denominators,
                    Evaluated& result);

}  // namespace causal::identification
