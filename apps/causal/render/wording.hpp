#pragma once
// What the marks of a graph say, in words, by the kind of the graph.

#include <string>
#include <string_view>

#include "causal/graph/learned_graph.hpp"

namespace causal::render {

/// The kinds of line that are drawn and explained apart, up to reversal.
enum class LineKind { Directed, Undirected, Bidirected, CircleArrow, CircleCircle, CircleTail };

[[nodiscard]] LineKind line_kind(const Edge& edge);

/// "directed", "undirected", "bidirected", "circle-arrow", ...
[[nodiscard]] std::string_view kind_word(LineKind line);

/// The sign between two names: "→", "←", "—", "↔", "o→", "o—o", ...
[[nodiscard]] std::string edge_sign(const Edge& edge);

/// What an edge a-b of that kind says, as the legend puts it: "a is a direct cause of b".
[[nodiscard]] std::string_view meaning(LineKind line, GraphKind graph);

/// What the graph as a whole stands for: "CPDAG: all DAGs that imply the same independences".
[[nodiscard]] std::string_view kind_text(GraphKind kind);

/// How the run ended: "finished", "partial: time limit reached".
[[nodiscard]] std::string_view status_text(Status status);

/// The name of a node with its lag, "x (t − 2)".
[[nodiscard]] std::string node_label(const LearnedNode& node);

}  // namespace causal::render
