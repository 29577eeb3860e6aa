#pragma once
// A learned graph beside a true one, edge by edge.

#include <string_view>
#include <vector>

#include "causal/graph/learned_graph.hpp"

namespace causal::render {

/// What the true graph says of a learned edge.
enum class Verdict {
  Same,       ///< The same marks.
  LeftOpen,   ///< Adjacent there, and the learned marks leave its direction open.
  Different,  ///< Adjacent there with marks that contradict.
  Extra       ///< Not adjacent there, or a node that is not there.
};

struct Comparison {
  std::vector<Verdict> verdicts;  ///< One per learned edge.
  std::vector<Edge> missing;      ///< Edges of the true graph, in its numbering, between pairs not adjacent here.
  [[nodiscard]] int count(Verdict verdict) const;
};

/// Nodes are matched by name. A pair with two true edges is judged by the directed one.
[[nodiscard]] Comparison compare(const LearnedGraph& learned, const MixedGraph& truth);

/// "same", "left open", "different", "not there".
[[nodiscard]] std::string_view verdict_text(Verdict verdict);

}  // namespace causal::render
