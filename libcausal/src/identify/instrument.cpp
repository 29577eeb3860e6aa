#include "causal/identify/instrument.hpp"

#include "graph/adjustment_query.hpp"
#include "graph/separator_search.hpp"

namespace causal {
namespace {

using detail::EdgeCut;
using detail::Mask;
using detail::mask_of;
using detail::NoCut;
using detail::set_text;

// What x and y alone decide: the edges that start causal paths, and the forbidden nodes.
class InstrumentQuery {
 public:
  InstrumentQuery(const MixedGraph& graph, NodeId x, NodeId y)
      : graph_(graph), x_{x}, y_{y}, in_x_(mask_of(graph, x_)) {
    const Mask below = mask_of(graph, descendants(graph, x_));
    const NodeSet causal = detail::filtered(possible_ancestors(graph, y_, x_), below);
    causal_ = mask_of(graph, causal);
    forbidden_ = mask_of(graph, descendants(graph, causal));
    forbidden_[slot(x)] = 1;
  }

  [[nodiscard]] const Mask& forbidden() const { return forbidden_; }
  [[nodiscard]] bool moves_x(NodeId z, const NodeSet& w) const {
    return !detail::search_open_walk(graph_, {z}, x_, w, NoCut{}).separated;
  }
  // A walk from z to y that does not go through x into a causal path and is open given w.
  [[nodiscard]] Walk other_way(NodeId z, const NodeSet& w) const {
    return detail::search_open_walk(graph_, {z}, y_, w, cut()).witness;
  }
  // Covariates upstream of y or z that make z an instrument. When any do, those nearest to y do; fewer are preferred
  // where they do too.
  [[nodiscard]] std::optional<NodeSet> covariates(NodeId z, const Mask& allowed) const {
    const NodeSet from{z}, nothing;
    const detail::SeparatorSearch<EdgeCut> search(graph_, {y_, from, nothing, allowed}, cut());
    if (auto few = search.minimal(); few && moves_x(z, *few)) return few;
    if (auto nearest = search.nearest_to_x(); nearest && moves_x(z, *nearest)) return nearest;
    return std::nullopt;
  }

 private:
  [[nodiscard]] EdgeCut cut() const { return {in_x_.data(), causal_.data()}; }
  const MixedGraph& graph_;
  NodeSet x_, y_;
  Mask in_x_, causal_, forbidden_;
};

}  // namespace

InstrumentReport check_instrument(SeparationGraph graph, NodeId x, NodeId y, NodeId z, const NodeSet& w) {
  const MixedGraph& mixed = graph.graph();
  detail::check_disjoint("check_instrument", mixed, {{"x", {x}}, {"y", {y}}, {"z", {z}}, {"w", w}});
  const InstrumentQuery query(mixed, x, y);
  NodeSet used = w;
  used.push_back(z);
  if (const NodeSet barred = detail::filtered(used, query.forbidden()); !barred.empty()) {
    return {false, {}, set_text(mixed, barred) + " lies on a directed path from x to y, or below one"};
  }
  if (!query.moves_x(z, w)) {
    return {false, {}, mixed.name(z) + " says nothing of x given " + set_text(mixed, w)};
  }
  Walk walk = query.other_way(z, w);
  if (walk.empty()) return {true, {}, {}};
  std::string reason =
      "given " + set_text(mixed, w) + " y is reached other than through x: " + walk_text(walk, mixed.names());
  return {false, std::move(walk), std::move(reason)};
}

InstrumentSearch find_instruments(SeparationGraph graph, NodeId x, NodeId y, const std::optional<NodeSet>& allowed) {
  const MixedGraph& mixed = graph.graph();
  detail::check_disjoint("find_instruments", mixed, {{"x", {x}}, {"y", {y}}});
  Mask usable(slot(mixed.n()), 1);
  if (allowed) {
    detail::check_disjoint("find_instruments", mixed, {{"allowed", *allowed}});
    usable = mask_of(mixed, *allowed);
  }
  const InstrumentQuery query(mixed, x, y);
  for (std::size_t v = 0; v < usable.size(); ++v) usable[v] = query.forbidden()[v] == 0 ? usable[v] : 0;
  usable[slot(y)] = 0;

  InstrumentSearch found;
  for (NodeId z = 0; z < mixed.n(); ++z) {
    if (usable[slot(z)] == 0) continue;
    usable[slot(z)] = 0;
    auto given = query.covariates(z, usable);
    usable[slot(z)] = 1;
    if (given) found.instruments.push_back({z, std::move(*given)});
  }
  if (found.instruments.empty()) {
    found.reason =
        "no allowed node both moves " + mixed.name(x) + " and reaches " + mixed.name(y) + " through it alone";
  }
  return found;
}

}  // namespace causal
