#include "causal/identify/fixing.hpp"

#include <algorithm>

#include "causal/run/error.hpp"
#include "identify/query_check.hpp"

namespace causal {
namespace {

NodeBits single(const AdmgRows& graph, NodeId v) {
  NodeBits bits(graph.n());
  bits.insert(v);
  return bits;
}

// q / q(v | non-descendants of v). Without other descendants this is q summed over v.
Expression fixed(const AdmgRows& graph, NodeId v, const NodeBits& within, const Expression& q, ExpressionPool& pool) {
  const NodeBits below = graph.descendants(single(graph, v), within) - single(graph, v);
  if (below.empty()) return pool.sum({{v, 0}}, q);
  const SymbolSet later = symbols_of(below.nodes());
  SymbolSet later_and_v = later;
  later_and_v.push_back({v, 0});
  return pool.fraction(pool.product({q, pool.sum(later_and_v, q)}), pool.sum(later, q));
}

}  // namespace

bool is_fixable(const AdmgRows& graph, NodeId v, const NodeBits& within) {
  NodeBits common = graph.descendants(single(graph, v), within);
  common.erase(v);
  return !common.intersects(graph.district(v, within));
}

FixingOrder fixing_order(const AdmgRows& graph, const NodeBits& district, const NodeBits& within) {
  FixingOrder result;
  NodeBits rest = within;
  // Takes nodes in reverse topological order: each has no other descendant among those still there.
  const auto fix_from_below = [&](const NodeBits& nodes) {
    const std::vector<NodeId> order = graph.ordered(nodes);
    result.order.insert(result.order.end(), order.rbegin(), order.rend());
    rest -= nodes;
  };
  while (rest != district) {
    // What is no ancestor of the district can go: its last node has no descendants left.
    const NodeBits unrelated = rest - graph.ancestors(district, rest);
    if (!unrelated.empty()) fix_from_below(unrelated);
    // Another district can go: the last node of it has no descendant in it.
    const NodeBits others = rest - graph.district(district.first(), rest);
    if (!others.empty()) fix_from_below(others);
    if (unrelated.empty() && others.empty() && rest != district) {
      result.stuck = rest.nodes();
      return result;
    }
  }
  return result;
}

FixingResult fixing_verdict(const Admg& admg, const NodeSet& y, const NodeSet& x) {
  NodeSet outcome = y, action = x;
  identification::check_query_sets("fixing_verdict", admg.graph(), {{"y", &outcome}, {"x", &action}});
  if (outcome.empty()) throw InvalidArgument("fixing_verdict", "y", "{}", "not be empty");
  const AdmgRows graph(admg);
  const NodeBits all = NodeBits::all(admg.n());
  const NodeBits relevant = graph.ancestors(NodeBits(admg.n(), outcome), all - NodeBits(admg.n(), action));
  FixingResult result;
  result.relevant = relevant.nodes();
  const std::vector<NodeBits> parts = graph.districts(relevant);
  for (const NodeBits& part : parts) result.districts.push_back(part.nodes());
  for (const NodeBits& part : parts) {
    result.orders.push_back(fixing_order(graph, part, all));
    if (!result.orders.back().stuck.empty()) break;
  }
  return result;
}

Expression fixing_expression(const Admg& admg, const NodeSet& y, const FixingResult& result, ExpressionPool& pool) {
  if (!result.identified()) throw InvalidArgument("the effect is not identified", "fixing_expression");
  const AdmgRows graph(admg);
  const NodeBits all = NodeBits::all(admg.n());
  std::vector<Expression> kernels;
  for (const FixingOrder& order : result.orders) {
    Expression q = pool.probability(symbols_of(all.nodes()));
    NodeBits rest = all;
    for (const NodeId v : order.order) {
      q = fixed(graph, v, rest, q, pool);
      rest.erase(v);
    }
    kernels.push_back(q);
  }
  const NodeBits summed = NodeBits(admg.n(), result.relevant) - NodeBits(admg.n(), y);
  return pool.sum(symbols_of(summed.nodes()), pool.product(std::move(kernels)));
}

}  // namespace causal
