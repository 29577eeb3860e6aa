#pragma once
// Q[D], the distribution of a district under do(everything else), from one distribution.

#include <variant>

#include "causal/graph/district.hpp"
#include "causal/identify/expression.hpp"
#include "causal/identify/hedge.hpp"
#include "identify/current_distribution.hpp"

namespace causal::identification {

/// Q[district] from `given`, a distribution over the nodes `within`, or the hedge (what is left, district). `district`
/// must be joined by bidirected edges inside itself. The expression is free in the district, its parents and perhaps
/// further nodes in which it is constant.
/// Source: Tian and Pearl, "On the identification of causal effects", technical report R-290-L, 2003, Identify.
[[nodiscard]] inline std::variant<Expression, Hedge> district_factor(const AdmgRows& graph, const NodeBits& district,
                                                                     CurrentDistribution given, NodeBits within) {
  while (true) {
    const NodeBits above = graph.ancestors(district, within);
    given = given.marginal(above);
    const NodeBits whole = graph.district(district.first(), above);
    if (whole == within && whole != district) return Hedge{whole.nodes(), district.nodes()};
    given = given.district_product(whole);
    within = whole;
    if (within == district) return given.marginal_expression(district);
  }
}

}  // namespace causal::identification
