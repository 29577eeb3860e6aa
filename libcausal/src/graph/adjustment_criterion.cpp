#include "causal/graph/adjustment_criterion.hpp"

#include "causal/graph/equivalence.hpp"
#include "causal/graph/orientation.hpp"
#include "graph/adjustment_query.hpp"
#include "graph/possible_paths.hpp"

namespace causal {
namespace {

using detail::filtered;
using detail::Mask;
using detail::mask_of;
using detail::set_text;

std::shared_ptr<const Dag> member_of(const Pdag& pdag) {
  PdagExtension extension = extend_to_dag(pdag);
  CAUSAL_ASSERT(extension.dag.has_value());
  return std::make_shared<const Dag>(std::move(*extension.dag));
}

// Possibly directed walks out of X that begin with an undirected edge.
struct UndirectedStarts {
  static constexpr int kLabels = 2;
  static constexpr int kStart = 0;
  static constexpr std::array kSteps{Step::Forward, Step::Line};
  const std::uint8_t* in_x;
  [[nodiscard]] int next(int label, Step step, NodeId, NodeId w) const {
    if (in_x[slot(w)] != 0) return -1;
    return label == kStart && step != Step::Line ? -1 : 1;
  }
};

Walk undirected_start_in_cpdag(const MixedGraph& graph, const Mask& in_x, const Mask& in_y, const NodeSet& x) {
  return reach(graph, x, UndirectedStarts{in_x.data()}, [&in_y](NodeId v) { return in_y[slot(v)] != 0; }).walk;
}

// With background knowledge a walk may be excluded by an edge between two of its nodes. So every x -- v is directed
// from x in turn, what follows from that is oriented too, and then v is asked for.
Walk undirected_start_in_mpdag(const MixedGraph& graph, const Mask& in_x, const Mask& in_y, const NodeSet& x) {
  for (const NodeId from : x) {
    for (const NodeId v : graph.undirected_neighbours(from)) {
      if (in_x[slot(v)] != 0) continue;
      DenseMarks marks(graph);
      marks.orient(from, v);
      const MeekResult closure = meek_closure(marks);
      CAUSAL_ASSERT(closure.conflicts.empty());
      const MixedGraph oriented = marks.graph(graph.names());
      Walk walk;
      if (in_y[slot(v)] != 0) {
        walk.nodes = {v};
      } else {
        walk = detail::unshielded_walk(oriented, v, x, in_y);
      }
      if (walk.empty()) continue;
      walk.nodes.insert(walk.nodes.begin(), from);
      walk.steps.insert(walk.steps.begin(), Step::Line);
      return detail::walk_in(graph, std::move(walk));
    }
  }
  return {};
}

// The descendants of `of` in some DAG of the class, or in the graph itself.
NodeSet possibly_below(const AdjustmentGraph& graph, const NodeSet& of) {
  if (graph.is_mpdag()) return detail::unshielded_reach(graph.graph(), of, {}, Step::Forward);
  return graph.is_class() ? possible_descendants(graph.graph(), of) : descendants(graph.graph(), of);
}

// The nodes with a directed path to `of`, in some DAG of the class, that does not pass through `around`.
NodeSet possibly_above(const AdjustmentGraph& graph, const NodeSet& of, const NodeSet& around) {
  if (graph.is_mpdag()) return detail::unshielded_reach(graph.graph(), of, around, Step::Back);
  return possible_ancestors(graph.graph(), of, around);
}

}  // namespace

AdjustmentGraph::AdjustmentGraph(const Cpdag& cpdag)
    : graph_(&cpdag.graph()), extension_(member_of(cpdag.pdag())), member_(&extension_->graph()) {}

AdjustmentGraph::AdjustmentGraph(const Mpdag& mpdag)
    : graph_(&mpdag.graph()), extension_(member_of(mpdag.pdag())), member_(&extension_->graph()), is_mpdag_(true) {}

Walk detail::walk_in(const MixedGraph& graph, Walk walk) {
  for (std::size_t i = 0; i < walk.steps.size(); ++i) {
    if (walk.steps[i] == Step::Both) continue;
    const auto marks = graph.marks(walk.nodes[i], walk.nodes[i + 1]);
    CAUSAL_ASSERT(marks.has_value());
    walk.steps[i] = static_cast<Step>(MixedGraph::group(marks->first, marks->second));
  }
  return walk;
}

NodeSet detail::possible_ancestors_of(const AdjustmentGraph& graph, const NodeSet& of) {
  return possibly_above(graph, of, {});
}

// What is below x and above y around x lies on a path from one to the other. With background knowledge x -- v -- y may
// lie on none, because y -> x. But in an amenable query all causal paths are directed at x, and then their nodes are
// below x in every DAG: below x by directed edges and possibly above y is enough.
CausalRegion detail::region_of(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y) {
  CausalRegion region;
  const Mask below = mask_of(graph.graph(), possibly_below(graph, x));
  region.unaffected = filtered(y, below, false);
  const Mask surely_below = graph.is_mpdag() ? mask_of(graph.graph(), descendants(graph.graph(), x)) : below;
  region.causal = filtered(possibly_above(graph, y, x), surely_below);
  std::erase_if(region.causal, [&x](NodeId v) { return std::binary_search(x.begin(), x.end(), v); });
  region.forbidden = possibly_below(graph, region.causal);
  if (graph.is_class()) {
    const Mask in_x = mask_of(graph.graph(), x), in_y = mask_of(graph.graph(), y);
    region.not_amenable = graph.is_mpdag() ? undirected_start_in_mpdag(graph.graph(), in_x, in_y, x)
                                           : undirected_start_in_cpdag(graph.graph(), in_x, in_y, x);
  }
  return region;
}

std::string detail::not_amenable_reason(const AdjustmentGraph& graph, const Walk& walk) {
  const std::string edge = walk_text({{walk.nodes[0], walk.nodes[1]}, {walk.steps[0]}}, graph.graph().names());
  return "the effect differs between graphs of the class: " + walk_text(walk, graph.graph().names()) +
         " is causal in those that direct " + edge + " away from " + graph.graph().name(walk.nodes[0]);
}

CausalRegion causal_region(const AdjustmentGraph& graph, const NodeSet& x, const NodeSet& y) {
  detail::check_not_empty("causal_region", {"x", x});
  detail::check_not_empty("causal_region", {"y", y});
  detail::check_disjoint("causal_region", graph.graph(), {{"x", x}, {"y", y}});
  return detail::region_of(graph, detail::joined({&x}), detail::joined({&y}));
}

AdjustmentReport check_adjustment(const AdjustmentGraph& graph, const NodeSet& x_given, const NodeSet& y_given,
                                  const NodeSet& z_given) {
  detail::check_not_empty("check_adjustment", {"x", x_given});
  detail::check_not_empty("check_adjustment", {"y", y_given});
  detail::check_disjoint("check_adjustment", graph.graph(), {{"x", x_given}, {"y", y_given}, {"z", z_given}});
  const NodeSet x = detail::joined({&x_given}), y = detail::joined({&y_given}), z = detail::joined({&z_given});
  const auto& names = graph.graph().names();
  const CausalRegion region = detail::region_of(graph, x, y);

  AdjustmentReport report;
  report.unaffected = region.unaffected;
  report.forbidden = filtered(z, mask_of(graph.graph(), region.forbidden));
  const auto fail = [&report](const std::string& reason) {
    report.reason += (report.reason.empty() ? "" : "; ") + reason;
  };
  if (!region.not_amenable.empty()) {
    report.amenable = false;
    report.witness = region.not_amenable;
    fail(detail::not_amenable_reason(graph, region.not_amenable));
    return report;
  }
  if (!report.forbidden.empty()) {
    fail(set_text(graph.graph(), report.forbidden) +
         " may not be adjusted for: on a causal path from x to y, or below one");
  }
  const Mask in_x = mask_of(graph.graph(), x), causal = mask_of(graph.graph(), region.causal);
  const SeparationResult open =
      detail::search_open_walk(graph.member(), x, y, z, detail::EdgeCut{in_x.data(), causal.data()});
  if (!open.separated) {
    report.witness = detail::walk_in(graph.graph(), open.witness);
    fail("the non-causal walk " + walk_text(report.witness, names) + " is open given " + set_text(graph.graph(), z));
  }
  report.valid = report.reason.empty();
  return report;
}

}  // namespace causal
