#pragma once
// Shorter formulas of the same value.

#include "causal/graph/admg.hpp"
#include "causal/identify/expression.hpp"

namespace causal {

/// The expression rewritten until nothing changes, by rules that keep its value in every distribution of a model of the
/// graph in which no denominator is zero:
///   - a conditional forgets what m-separation makes irrelevant: P(y | x, z) = P(y | z);
///   - a sum over a variable that stands left of the bar only drops it: sum_v P(v, a | c) = P(a | c);
///   - a chain joins: P(a | b, c) P(b | c) = P(a, b | c), also where m-separation allows to add what one of the two
///     does not condition on; below a line it parts again;
///   - equal factors above and below a line cancel;
///   - what does not depend on a sum moves out of it, and independent sums part.
/// Not a normal form: two formulas of one value may stay different. Where the original is undefined for a zero
/// denominator the result may be defined. Symbols of one variable inside one probability must be one symbol.
/// Cost: a separation test for every conditioned symbol of every probability.
/// Errors: InvalidArgument for a node outside the graph.
[[nodiscard]] Expression simplify(const Expression& expression, const Admg& admg, ExpressionPool& pool);

}  // namespace causal
