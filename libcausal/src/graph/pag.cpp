#include "causal/graph/pag.hpp"

#include "causal/graph/chordal.hpp"
#include "causal/graph/orientation_pag.hpp"
#include "causal/run/error.hpp"
#include "graph/orient_along.hpp"

namespace causal {
namespace {

// A graph of the class if `graph` is a PAG, or why it is none.
struct Completion {
  std::optional<MixedGraph> graph;
  std::string reason;
};

Completion complete_circles(const MixedGraph& graph) {
  std::vector<Edge> edges, circle_edges;
  for (Edge edge : graph.edges()) {
    if (edge.mark_from == Mark::Circle && edge.mark_to == Mark::Circle) {
      circle_edges.push_back(undirected(edge.from, edge.to));
      continue;
    }
    if (edge.mark_from == Mark::Circle) edge.mark_from = edge.mark_to == Mark::Arrow ? Mark::Tail : Mark::Arrow;
    if (edge.mark_to == Mark::Circle) edge.mark_to = edge.mark_from == Mark::Arrow ? Mark::Tail : Mark::Arrow;
    edges.push_back(edge);
  }
  const MixedGraph circles(graph.names(), std::move(circle_edges));
  EliminationOrder elimination = perfect_elimination_order(circles);
  if (!elimination.order) return {std::nullopt, "its o-o edges are " + elimination.reason};
  std::reverse(elimination.order->begin(), elimination.order->end());
  const Dag directed_circles = detail::orient_along(circles, *elimination.order);
  for (const Edge& edge : directed_circles.graph().edges()) edges.push_back(edge);
  return {MixedGraph(graph.names(), std::move(edges)), {}};
}

}  // namespace

Pag mag_to_pag(const Mag& mag) {
  const MixedGraph& graph = mag.graph();
  DenseMarks marks(graph);
  for (const Edge& edge : graph.edges()) marks.set({edge.from, edge.to, Mark::Circle, Mark::Circle});
  std::vector<std::vector<std::uint8_t>> anterior(slot(graph.n()), std::vector<std::uint8_t>(slot(graph.n()), 0));
  for (NodeId v = 0; v < graph.n(); ++v) {
    for (const NodeId w : possible_ancestors(graph, std::array{v})) anterior[slot(v)][slot(w)] = 1;
  }
  // What is anterior to two nodes separates them, if anything does.
  const InSeparator in_separator = [&anterior](NodeId a, NodeId c, NodeId b) {
    return anterior[slot(a)][slot(b)] != 0 || anterior[slot(c)][slot(b)] != 0;
  };
  orient_pag_colliders(marks, in_separator);
  apply_pag_rules(marks, in_separator);
  Pag pag;  // a PAG by construction
  pag.graph_ = marks.graph(graph.names());
  return pag;
}

std::optional<std::string> why_not_pag(const MixedGraph& graph) {
  for (const Edge& edge : graph.edges()) {
    if (edge.is_bidirected() &&
        (graph.has_directed_edge(edge.from, edge.to) || graph.has_directed_edge(edge.to, edge.from))) {
      return "there is another edge beside " + edge_text(edge, graph.names());
    }
  }
  Completion completion = complete_circles(graph);
  if (!completion.graph) return completion.reason;
  if (const auto reason = why_not_mag(*completion.graph))
    return "with its circles resolved it is not a MAG: " + *reason;
  const Pag completed = mag_to_pag(Mag(std::move(*completion.graph)));
  for (const Edge& edge : graph.edges()) {
    const auto marks = completed.graph().marks(edge.from, edge.to);
    CAUSAL_ASSERT(marks.has_value());
    const Edge wanted = canonical({edge.from, edge.to, marks->first, marks->second});
    if (wanted == edge) continue;
    return "the edge " + edge_text(edge, graph.names()) + " would be " + edge_text(wanted, graph.names()) +
           " in the PAG of the MAG that its circles leave";
  }
  return std::nullopt;
}

Pag::Pag(MixedGraph graph) : graph_(std::move(graph)) {
  if (const auto reason = why_not_pag(graph_)) throw GraphError("not a PAG: " + *reason);
}

Mag pag_to_mag(const Pag& pag) {
  Completion completion = complete_circles(pag.graph());
  CAUSAL_ASSERT(completion.graph.has_value());
  return Mag(std::move(*completion.graph));
}

bool equivalent(const Mag& a, const Mag& b) {
  if (a.graph().names() != b.graph().names()) {
    throw InvalidArgument("equivalent: the two graphs must have the same nodes in the same order");
  }
  return mag_to_pag(a) == mag_to_pag(b);
}

}  // namespace causal
