#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "causal/estimation/invariance/stable_classes.hpp"
#include "causal/graph/reachability.hpp"
#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

NodeSet minus(const NodeSet& a, const NodeSet& b) {
  NodeSet result;
  std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

NodeSet both(const NodeSet& a, const NodeSet& b) {
  NodeSet result;
  std::set_intersection(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

NodeSet either(const NodeSet& a, const NodeSet& b) {
  NodeSet result;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(result));
  return result;
}

/// Ids of the names, each with a part of its own: `part[v]` says which a node has already.
NodeSet named_nodes(const MixedGraph& graph, const std::vector<std::string>& names, const char* this_part,
                    std::vector<const char*>& part) {
  NodeSet nodes;
  for (const std::string& name : names) {
    const NodeId v = graph.id(name);
    if (part[slot(v)] != nullptr) {
      throw InvalidArgument(fmt::format("'{}' is given as {} and as {}", name, part[slot(v)], this_part), {},
                            "A variable has one part: target, mutable, or unobserved.");
    }
    part[slot(v)] = this_part;
    nodes.push_back(v);
  }
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

}  // namespace

double StableClass::size() const { return std::exp2(static_cast<double>(optional.size())); }

bool StableClass::contains(const NodeSet& subset) const {
  return std::includes(subset.begin(), subset.end(), minimal.begin(), minimal.end()) &&
         minus(minus(subset, minimal), optional).empty();
}

StableGraphFacts stable_graph_facts(const Dag& graph, const StableQuestion& question) {
  StableGraphFacts facts;
  std::vector<const char*> part(slot(graph.n()), nullptr);
  facts.target = named_nodes(graph.graph(), {question.target}, "target", part).front();
  facts.mutable_nodes = named_nodes(graph.graph(), question.mutable_nodes, "mutable", part);
  facts.unobserved = named_nodes(graph.graph(), question.unobserved, "unobserved", part);
  for (NodeId v = 0; v < graph.n(); ++v) {
    if (part[slot(v)] == nullptr) facts.stable.push_back(v);
  }
  const auto span = graph.children(facts.target);
  const NodeSet children(span.begin(), span.end());
  facts.mutable_children = both(facts.mutable_nodes, children);
  const NodeSet below = descendants(graph.graph(), facts.mutable_children);
  facts.affected = minus(below, facts.mutable_children);
  facts.shuffled = either(facts.mutable_children, minus(facts.affected, children));
  facts.whole_set_optimal = both(children, facts.affected).empty();
  return facts;
}

}  // namespace causal::estimation
