#include "identify/conditional.hpp"

#include <algorithm>
#include <iterator>

#include "causal/graph/district.hpp"
#include "causal/identify/do_calculus.hpp"

namespace causal::identification {
namespace {

void move(NodeId v, NodeSet& from, NodeSet& to) {
  from.erase(std::lower_bound(from.begin(), from.end(), v));
  to.insert(std::lower_bound(to.begin(), to.end(), v), v);
}

}  // namespace

std::vector<DerivationStep> exchange_observations(const Admg& admg, EffectQuery& query) {
  std::vector<DerivationStep> steps;
  const NodeSet all = NodeBits::all(admg.n()).nodes();
  for (std::size_t i = 0; i < query.z.size();) {
    const NodeId v = query.z[i];
    NodeSet others = query.z;
    others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
    if (!may_exchange_action(admg, {.y = query.y, .z = {v}, .x = query.x, .w = others}).separated) {
      ++i;
      continue;
    }
    steps.push_back({.depth = 0, .line = 0, .y = query.y, .x = query.x, .nodes = all, .moved = {v}});
    move(v, query.z, query.x);
    i = 0;
  }
  return steps;
}

NodeSet united(const NodeSet& a, const NodeSet& b) {
  NodeSet all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

NodeSet free_context(const Expression& expression, const EffectQuery& query) {
  NodeSet named = united(united(query.y, query.x), query.z);
  NodeSet context;
  for (const Symbol s : expression.free()) {
    if (!std::binary_search(named.begin(), named.end(), s.node)) context.push_back(s.node);
  }
  return context;
}

}  // namespace causal::identification
