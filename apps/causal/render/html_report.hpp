#pragma once
// The HTML report of a finished run: one self-contained, printable file.

#include <optional>
#include <string>
#include <vector>

#include "causal/graph/learned_graph.hpp"

namespace causal::render {

/// An assumption of the method, in words. `tested` says that the run checks it and reports the outcome.
struct ReportAssumption {
  std::string name;
  std::string text;
  bool tested = false;
};

/// What a method of the registry says of itself.
struct ReportMethod {
  std::string name;     ///< As in flags and JSON: "pc", "fisher_z".
  std::string title;    ///< "Peter-Clark algorithm".
  std::string summary;  ///< One sentence.
  std::string source;   ///< Paper, year.
};

/// What the report says beyond the graph. Empty parts are left out of the page.
struct ReportContext {
  std::string title;                          ///< Page title; empty: made from the algorithm and the data.
  std::string question;                       ///< One sentence under the title.
  std::string command;                        ///< Shell command that repeats the run; empty: from graph.timing.
  std::vector<ReportMethod> methods;          ///< The algorithm first, then its test or score.
  std::vector<ReportAssumption> assumptions;  ///< Of all methods together.
  std::optional<MixedGraph> truth;            ///< A true graph to compare with; nodes are matched by name.
};

/// The report as one UTF-8 HTML file without any reference to the network; well-formed XML too, apart from the raw
/// text of <script>.
///
/// The text of `<script type="application/json" id="causal-graph">` is io::graph_to_json(graph), so the report loses
/// nothing. Graphs of more than 300 nodes are drawn in part, and the report says so. A pure function: same arguments,
/// same bytes. Cost: that of layered_layout plus linear in the size of the page.
[[nodiscard]] std::string html_report(const LearnedGraph& graph, const ReportContext& context = {});

}  // namespace causal::render
