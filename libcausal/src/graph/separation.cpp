#include "causal/graph/separation.hpp"

#include "causal/run/error.hpp"
#include "graph/separator_search.hpp"

namespace causal {

detail::CheckedBounds::CheckedBounds(const char* function, const MixedGraph& graph, const NodeSet& x_given,
                                     const NodeSet& y_given, const SeparatorBounds& bounds)
    : x(joined({&x_given})), y(joined({&y_given})), include(joined({&bounds.include})) {
  check_not_empty(function, {"x", x});
  check_not_empty(function, {"y", y});
  check_disjoint(function, graph, {{"x", x}, {"y", y}, {"include", include}});
  if (bounds.allowed) {
    check_disjoint(function, graph, {{"allowed", *bounds.allowed}});
    allowed = mask_of(graph, *bounds.allowed);
  } else {
    allowed.assign(slot(graph.n()), 1);
  }
  for (const NodeId v : include) {
    if (allowed[slot(v)] == 0) {
      throw InvalidArgument(function, "include", "'" + graph.name(v) + "'", "lie within allowed");
    }
  }
  for (const NodeId v : x) allowed[slot(v)] = 0;
  for (const NodeId v : y) allowed[slot(v)] = 0;
}

namespace {

using Search = detail::SeparatorSearch<detail::NoCut>;

SeparatorResult none(const MixedGraph& graph, const Search& search) {
  const NodeSet& tried = search.allowed_ancestors();
  SeparatorResult result;
  result.witness = search.open_walk(tried).witness;
  CAUSAL_ASSERT(!result.witness.empty());
  const std::string walk = walk_text(result.witness, graph.names());
  const bool adjacent = result.witness.nodes.size() == 2;
  result.reason = adjacent ? "no set separates adjacent nodes: " + walk
                           : "no set within the bounds separates them: the walk " + walk + " stays open given " +
                                 detail::set_text(graph, tried) + ", the allowed ancestors";
  return result;
}

SeparatorResult found_or_none(const MixedGraph& graph, const Search& search, std::optional<NodeSet> set) {
  if (!set) return none(graph, search);
  return {std::move(set), {}, {}};
}

}  // namespace

SeparationResult separated(SeparationGraph graph, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  detail::check_not_empty("separated", {"x", x});
  detail::check_not_empty("separated", {"y", y});
  detail::check_disjoint("separated", graph.graph(), {{"x", x}, {"y", y}, {"z", z}});
  return detail::search_open_walk(graph.graph(), x, y, z, detail::NoCut{});
}

NodeSet connected_set(SeparationGraph graph, const NodeSet& x, const NodeSet& z) {
  detail::check_not_empty("connected_set", {"x", x});
  detail::check_disjoint("connected_set", graph.graph(), {{"x", x}, {"z", z}});
  const detail::Mask in_z = detail::mask_of(graph.graph(), z);
  NodeSet connected = reach(graph.graph(), x, detail::OpenWalks<detail::NoCut>{in_z.data()}).nodes();
  std::erase_if(connected, [&in_z](NodeId v) { return in_z[slot(v)] != 0; });
  return connected;
}

SeparatorResult find_separator(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                               const SeparatorBounds& bounds) {
  const detail::CheckedBounds checked("find_separator", graph.graph(), x, y, bounds);
  const Search search(graph.graph(), checked.query(), {});
  if (!search.open_walk(search.allowed_ancestors()).separated) return none(graph.graph(), search);
  return {search.allowed_ancestors(), {}, {}};
}

SeparatorResult nearest_separator(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                  const SeparatorBounds& bounds) {
  const detail::CheckedBounds checked("nearest_separator", graph.graph(), x, y, bounds);
  const Search search(graph.graph(), checked.query(), {});
  return found_or_none(graph.graph(), search, search.nearest_to_x());
}

SeparatorResult minimal_separator(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                  const SeparatorBounds& bounds) {
  const detail::CheckedBounds checked("minimal_separator", graph.graph(), x, y, bounds);
  const Search search(graph.graph(), checked.query(), {});
  return found_or_none(graph.graph(), search, search.minimal());
}

}  // namespace causal
