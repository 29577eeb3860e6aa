#pragma once
// The sections of the report that show the graph itself, each as one <section> element.

#include <optional>
#include <string>

#include "render/html_report.hpp"
#include "render/truth.hpp"

namespace causal::render {

/// The drawing and its legend. Above 300 nodes the 120 with the most edges are drawn, and the section says so.
[[nodiscard]] std::string graph_section(const LearnedGraph& graph, const ReportContext& context);

/// One row per edge, with a column for every number that some edge has; sortable.
[[nodiscard]] std::string edge_section(const LearnedGraph& graph, const std::optional<Comparison>& comparison);

/// Counts of what was found, and the true edges that were not.
[[nodiscard]] std::string truth_section(const MixedGraph& truth, const Comparison& comparison);

/// The separating sets, folded; the first 400.
[[nodiscard]] std::string sepset_section(const LearnedGraph& graph);

/// The name of node v with its lag, escaped.
[[nodiscard]] std::string node_html(const LearnedGraph& graph, NodeId v);

}  // namespace causal::render
