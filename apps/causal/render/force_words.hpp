#pragma once
// Driving forces in words.

#include <cstddef>
#include <string>

#include "causal/graph/learned_graph.hpp"

namespace causal::render {

/// "first", "second", "third", "4th", ... for k = 0, 1, ...
[[nodiscard]] std::string ordinal(std::size_t k);

/// "62 %"; "less than 1 %" for a small positive share, an en dash for NaN.
[[nodiscard]] std::string percent(double share);

/// "a, b, c": the names of nodes, with lags.
[[nodiscard]] std::string node_list(const LearnedGraph& graph, const NodeSet& nodes);

/// "x2 given x1"; "x1" without parents.
[[nodiscard]] std::string mechanism_words(const LearnedGraph& graph, const DrivingForce& force);

/// "60 (+1.9 sd)".
[[nodiscard]] std::string change_text(const ChangePoint& point);

/// Sentences: what each of the first three components explains, and where the first one jumps.
[[nodiscard]] std::string force_sentences(const LearnedGraph& graph, const DrivingForce& force);

/// "Driving force of x2 given x1 over time".
[[nodiscard]] std::string force_label(const LearnedGraph& graph, const DrivingForce& force);

/// What the picture of the force shows, for those who do not see it.
[[nodiscard]] std::string force_description(const LearnedGraph& graph, const DrivingForce& force);

}  // namespace causal::render
