#include "render/wording.hpp"

namespace causal::render {
namespace {

bool ancestral(GraphKind kind) { return kind == GraphKind::Mag || kind == GraphKind::Pag || kind == GraphKind::TsPag; }

bool fully_oriented(GraphKind kind) {
  return kind == GraphKind::Dag || kind == GraphKind::TsDag || kind == GraphKind::Admg;
}

}  // namespace

LineKind line_kind(const Edge& edge) {
  const auto has = [&](Mark mark) { return edge.mark_from == mark || edge.mark_to == mark; };
  if (has(Mark::Circle)) {
    if (has(Mark::Arrow)) return LineKind::CircleArrow;
    return has(Mark::Tail) ? LineKind::CircleTail : LineKind::CircleCircle;
  }
  if (!has(Mark::Arrow)) return LineKind::Undirected;
  return has(Mark::Tail) ? LineKind::Directed : LineKind::Bidirected;
}

std::string_view kind_word(LineKind line) {
  switch (line) {
    case LineKind::Directed:
      return "directed";
    case LineKind::Undirected:
      return "undirected";
    case LineKind::Bidirected:
      return "bidirected";
    case LineKind::CircleArrow:
      return "circle-arrow";
    case LineKind::CircleCircle:
      return "circle-circle";
    case LineKind::CircleTail:
      return "circle-tail";
  }
  return "";
}

std::string edge_sign(const Edge& edge) {
  if (edge.is_directed()) return "→";
  if (edge.is_undirected()) return "—";
  if (edge.is_bidirected()) return "↔";
  if (edge.mark_from == Mark::Arrow && edge.mark_to == Mark::Tail) return "←";
  const std::string left = edge.mark_from == Mark::Circle ? "o" : edge.mark_from == Mark::Arrow ? "←" : "—";
  const std::string right = edge.mark_to == Mark::Circle ? "o" : edge.mark_to == Mark::Arrow ? "→" : "—";
  return left == right ? "o—o" : left + right;
}

std::string_view meaning(LineKind line, GraphKind graph) {
  switch (line) {
    case LineKind::Directed:
      if (ancestral(graph)) return "a is a cause of b, perhaps through others, and b is not a cause of a";
      if (fully_oriented(graph)) return "a is a direct cause of b";
      return "a is a direct cause of b in every graph that fits the data equally well";
    case LineKind::Undirected:
      if (graph == GraphKind::Ug) return "a and b depend on each other given all other variables";
      if (ancestral(graph)) return "a and b are linked by how the sample was selected";
      return "one of the two is a direct cause of the other; the data do not tell which";
    case LineKind::Bidirected:
      if (ancestral(graph) || graph == GraphKind::Admg) {
        return "neither causes the other by this edge; they share a cause that was not measured";
      }
      return "the data ask for an arrowhead at both ends: a conflict between decisions, or a shared cause that was not "
             "measured; read the direction as unknown";
    case LineKind::CircleArrow:
      return "b is not a cause of a; a is a cause of b, or they share an unmeasured cause, or both";
    case LineKind::CircleCircle:
      return "a and b are connected; which of them is a cause, or whether they share an unmeasured cause, stays open";
    case LineKind::CircleTail:
      return "the plain end says that a is a cause of b or of how the sample was selected; the end at b stays open";
  }
  return "";
}

std::string_view kind_text(GraphKind kind) {
  switch (kind) {
    case GraphKind::Dag:
      return "DAG: one acyclic graph of direct causes";
    case GraphKind::Pdag:
      return "PDAG: a partly directed graph, not known to be a valid equivalence class";
    case GraphKind::Cpdag:
      return "CPDAG: all acyclic graphs that imply the same independences";
    case GraphKind::Mpdag:
      return "MPDAG: the acyclic graphs of one equivalence class that agree with the background knowledge";
    case GraphKind::Ug:
      return "undirected graph of conditional dependences";
    case GraphKind::Admg:
      return "ADMG: direct causes, and shared unmeasured causes";
    case GraphKind::Mag:
      return "MAG: causes among the measured variables, others being unmeasured";
    case GraphKind::Pag:
      return "PAG: what all graphs with the same independences agree on, unmeasured causes allowed";
    case GraphKind::TsDag:
      return "time-series DAG";
    case GraphKind::TsCpdag:
      return "time-series CPDAG";
    case GraphKind::TsPag:
      return "time-series PAG, unmeasured causes allowed";
  }
  return "";
}

std::string_view status_text(Status status) {
  switch (status) {
    case Status::Ok:
      return "finished";
    case Status::MaxIterations:
      return "stopped at the iteration limit";
    case Status::TimeLimit:
      return "partial: time limit reached";
    case Status::BudgetExceeded:
      return "partial: memory or work limit reached";
    case Status::Cancelled:
      return "partial: interrupted";
    case Status::Degenerate:
      return "the data give no answer";
  }
  return "";
}

std::string node_label(const LearnedNode& node) {
  if (!node.lag) return node.name;
  if (*node.lag == 0) return node.name + " (t)";
  return node.name + " (t − " + std::to_string(*node.lag) + ")";
}

}  // namespace causal::render
