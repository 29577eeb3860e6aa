#include <algorithm>
#include <cmath>

#include "causal/io/amat.hpp"
#include "causal/run/error.hpp"
#include "csv_record.hpp"
#include "graph_builder.hpp"

namespace causal::io {
namespace {

/// The matrix as text, all entries "0" at first.
class Matrix {
 public:
  explicit Matrix(const LearnedGraph& graph)
      : graph_(graph), p_(graph.nodes.size()), entries_(graph.nodes.size() * graph.nodes.size(), "0") {}

  void set(NodeId row, NodeId column, std::string entry) {
    entries_[static_cast<std::size_t>(row) * p_ + static_cast<std::size_t>(column)] = std::move(entry);
  }

  [[nodiscard]] std::string text(std::string_view corner) const {
    std::string text(corner);
    for (const LearnedNode& node : graph_.nodes) text += ',' + csv_cell(node.name);
    text += '\n';
    for (std::size_t i = 0; i < p_; ++i) {
      text += csv_cell(graph_.nodes[i].name);
      for (std::size_t j = 0; j < p_; ++j) text += ',' + entries_[i * p_ + j];
      text += '\n';
    }
    return text;
  }

 private:
  const LearnedGraph& graph_;
  std::size_t p_;
  std::vector<std::string> entries_;
};

[[noreturn]] void refuse(const LearnedGraph& graph, const LearnedEdge& edge, const std::string& reason) {
  throw GraphError(reason, "edge " + edge_text(edge, graph.nodes), "Write json or amat-causal-learn instead.");
}

std::string pcalg(const LearnedGraph& graph) {
  const bool is_cpdag = std::all_of(graph.edges.begin(), graph.edges.end(), [](const LearnedEdge& e) {
    return e.edge.is_directed() || e.edge.is_undirected();
  });
  const auto pag_code = [](Mark mark) { return mark == Mark::Circle ? "1" : mark == Mark::Arrow ? "2" : "3"; };
  Matrix matrix(graph);
  for (const LearnedEdge& e : graph.edges) {
    const auto [from, to, mark_from, mark_to] = e.edge;
    if (!is_cpdag) {
      matrix.set(from, to, pag_code(mark_to));
      matrix.set(to, from, pag_code(mark_from));
      continue;
    }
    matrix.set(to, from, "1");
    if (e.edge.is_undirected()) matrix.set(from, to, "1");
  }
  return matrix.text(is_cpdag ? "amat.cpdag" : "amat.pag");
}

std::string causal_learn(const LearnedGraph& graph) {
  const auto code = [](Mark mark) { return mark == Mark::Tail ? "-1" : mark == Mark::Arrow ? "1" : "2"; };
  Matrix matrix(graph);
  for (const LearnedEdge& e : graph.edges) {
    matrix.set(e.edge.from, e.edge.to, code(e.edge.mark_from));
    matrix.set(e.edge.to, e.edge.from, code(e.edge.mark_to));
  }
  return matrix.text("amat.causal-learn");
}

std::string gadjid(const LearnedGraph& graph) {
  Matrix matrix(graph);
  for (const LearnedEdge& e : graph.edges) {
    if (!e.edge.is_directed() && !e.edge.is_undirected()) {
      refuse(graph, e, "the amat-gadjid format holds only directed and undirected edges");
    }
    matrix.set(e.edge.from, e.edge.to, e.edge.is_directed() ? "1" : "2");
    if (e.edge.is_undirected()) matrix.set(e.edge.to, e.edge.from, "2");
  }
  return matrix.text("amat.gadjid");
}

std::string lingam(const LearnedGraph& graph) {
  Matrix matrix(graph);
  for (const LearnedEdge& e : graph.edges) {
    if (!e.edge.is_directed()) refuse(graph, e, "the amat-lingam format holds only directed edges");
    if (e.strength == 0) refuse(graph, e, "the amat-lingam format cannot hold an edge of strength zero");
    std::string entry = std::isnan(e.strength) ? "1" : number_text(e.strength);
    if (e.strength == 1) entry = "1.0";  // a bare 1 is an edge of unknown strength
    matrix.set(e.edge.to, e.edge.from, std::move(entry));
  }
  return matrix.text("amat.lingam");
}

}  // namespace

std::string write_amat(const LearnedGraph& graph, AmatLayout layout) {
  refuse_lags(graph, "amat");
  refuse_double_edges(graph, "amat");
  switch (layout) {
    case AmatLayout::Pcalg:
      return pcalg(graph);
    case AmatLayout::CausalLearn:
      return causal_learn(graph);
    case AmatLayout::Gadjid:
      return gadjid(graph);
    case AmatLayout::Lingam:
      break;
  }
  return lingam(graph);
}

}  // namespace causal::io
