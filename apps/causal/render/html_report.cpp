#include "render/html_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "causal/io/graph_json.hpp"
#include "render/change_section.hpp"
#include "render/page_parts.hpp"
#include "render/page_style.hpp"
#include "render/report_sections.hpp"
#include "render/text.hpp"
#include "render/wording.hpp"

namespace causal::render {
namespace {

std::string base_name(const std::string& path) { return path.substr(path.find_last_of('/') + 1); }

std::string title_of(const LearnedGraph& graph, const ReportContext& context) {
  if (!context.title.empty()) return context.title;
  if (graph.timing && !graph.timing->data_path.empty()) return "Causal graph of " + base_name(graph.timing->data_path);
  return "Causal graph";
}

std::string command_of(const LearnedGraph& graph, const ReportContext& context) {
  if (!context.command.empty() || !graph.timing || graph.timing->command.empty()) return context.command;
  return graph.run.tool + " " + shell_command(graph.timing->command);
}

std::string edge_counts(const LearnedGraph& graph) {
  std::map<LineKind, int> by_kind;
  for (const LearnedEdge& edge : graph.edges) ++by_kind[line_kind(edge.edge)];
  std::string parts;
  for (const auto& [kind, count] : by_kind) {
    parts += fmt::format("{}{} {}", parts.empty() ? "" : ", ", grouped(count), kind_word(kind));
  }
  if (parts.empty()) return "0";
  if (by_kind.size() == 1) return parts;
  return fmt::format("{} <span class=\"soft\">({})</span>", grouped(std::ssize(graph.edges)), parts);
}

std::string header(const LearnedGraph& graph, const ReportContext& context) {
  const RunRecord& run = graph.run;
  std::string out = fmt::format("<header>\n<div class=\"top\"><h1>{}</h1><span class=\"badge{}\">{}</span></div>\n",
                                escaped(title_of(graph, context)), graph.status == Status::Ok ? "" : " partial",
                                status_text(graph.status));
  if (!context.question.empty()) out += fmt::format("<p class=\"question\">{}</p>\n", escaped(context.question));
  out += "<dl class=\"facts\">\n";
  for (std::size_t i = 0; i < context.methods.size(); ++i) {
    const ReportMethod& method = context.methods[i];
    out += fact(i == 0 ? "Method" : "With",
                fmt::format("{} <span class=\"soft\">({})</span>", escaped(method.title), escaped(method.name)));
  }
  if (context.methods.empty() && !run.algorithm.empty()) out += fact("Method", escaped(run.algorithm));
  if (run.n > 0) out += fact("Samples, n", grouped(run.n));
  out += fact("Variables, p", grouped(run.p > 0 ? run.p : std::ssize(graph.nodes)));
  out += fact("Edges", edge_counts(graph));
  if (graph.stats.tests() > 0) out += fact("Independence tests", grouped(graph.stats.tests()));
  out += fact("Graph", escaped(kind_text(graph.kind)), true);
  if (!run.data_sha256.empty()) out += fact("Data, SHA-256", "<code>" + escaped(run.data_sha256) + "</code>", true);
  const std::string command = command_of(graph, context);
  if (!command.empty()) out += fact("To repeat", "<pre>" + escaped(command) + "</pre>", true);
  return out + "</dl>\n</header>\n";
}

std::string warning_section(const LearnedGraph& graph) {
  std::vector<std::string> items;
  if (graph.status != Status::Ok) items.push_back(fmt::format("The run ended early: {}.", status_text(graph.status)));
  if (graph.not_a_cpdag) items.push_back("The marks form no valid CPDAG: " + *graph.not_a_cpdag);
  items.insert(items.end(), graph.warnings.begin(), graph.warnings.end());
  if (graph.stats.degenerate_tests > 0) {
    items.push_back(fmt::format("{} gave no answer (singular or too few rows); the edges in question were kept.",
                                counted(graph.stats.degenerate_tests, "test")));
  }
  std::string out = "<section>\n<h2>Warnings</h2>\n";
  if (items.empty() && graph.ambiguous_triples.empty()) return out + "<p class=\"none\">None.</p>\n</section>\n";
  out += "<ul class=\"warnings\">\n";
  for (const std::string& item : items) out += fmt::format("<li>{}</li>\n", escaped(item));
  if (!graph.ambiguous_triples.empty()) {
    out += fmt::format("<li>{} a – b – c, where separating sets disagree on whether b is a common effect: ",
                       counted(std::ssize(graph.ambiguous_triples), "triple"));
    const std::size_t shown = std::min<std::size_t>(graph.ambiguous_triples.size(), 20);
    for (std::size_t t = 0; t < shown; ++t) {
      const AmbiguousTriple& triple = graph.ambiguous_triples[t];
      out += fmt::format("{}{} – {} – {}", t > 0 ? "; " : "", node_html(graph, triple.a), node_html(graph, triple.b),
                         node_html(graph, triple.c));
    }
    out += shown < graph.ambiguous_triples.size() ? "; … (all in the embedded data)</li>\n" : "</li>\n";
  }
  return out + "</ul>\n</section>\n";
}

std::string run_section(const LearnedGraph& graph) {
  std::string out = "<section>\n<h2>Run</h2>\n<dl class=\"facts\">\n";
  if (!graph.run.version.empty()) {
    out += fact("Version", escaped(graph.run.tool + " " + graph.run.version));
  }
  out += fact("Seed", std::to_string(graph.run.seed));
  if (graph.timing) {
    const TimingRecord& timing = *graph.timing;
    out += fact("Time", fmt::format("{} s", short_number(timing.total_s)));
    if (timing.threads > 0) out += fact("Threads", std::to_string(timing.threads));
    if (timing.peak_mib > 0) out += fact("Peak memory", fmt::format("{} MiB", short_number(timing.peak_mib)));
    if (!timing.host.empty()) out += fact("Host", escaped(timing.host));
    std::string phases;
    for (const auto& [phase, seconds] : timing.phase_seconds) {
      phases += fmt::format("{}{} {} s", phases.empty() ? "" : ", ", escaped(phase), short_number(seconds));
    }
    if (!phases.empty()) out += fact("Phases", phases, true);
  }
  std::string levels;
  for (std::size_t l = 0; l < graph.stats.tests_by_level.size(); ++l) {
    levels += fmt::format("{}{}: {}", levels.empty() ? "" : ", ", l, grouped(graph.stats.tests_by_level[l]));
  }
  if (!levels.empty()) out += fact("Tests by size of the conditioning set", levels, true);
  out += "</dl>\n";
  if (!graph.run.options.empty()) {
    out +=
        "<div class=\"wrap\"><table id=\"options\">\n<thead><tr><th>Option</th><th>Value</th></tr></thead>\n<tbody>\n";
    for (const OptionRecord& option : graph.run.options) {
      out += fmt::format("<tr><td><code>{}</code></td><td>{}</td></tr>\n", escaped(option.name), escaped(option.value));
    }
    out += "</tbody></table></div>\n";
  }
  return out + "</section>\n";
}

}  // namespace

std::string html_report(const LearnedGraph& graph, const ReportContext& context) {
  std::optional<Comparison> comparison;
  if (context.truth) comparison = compare(graph, *context.truth);
  std::string out = page_opening(title_of(graph, context));
  out += header(graph, context);
  out += "<main>\n";
  out += graph_section(graph, context);
  out += change_section(graph);
  out += edge_section(graph, comparison);
  if (comparison) out += truth_section(*context.truth, *comparison);
  if (!graph.sepsets.empty()) out += sepset_section(graph);
  out += method_section(context);
  out += warning_section(graph);
  out += run_section(graph);
  out +=
      "</main>\n<footer>The whole result is embedded in this file as JSON (schema causal.graph/1), in the element "
      "with id <code>causal-graph</code>.</footer>\n";
  out += fmt::format("<script type=\"application/json\" id=\"causal-graph\">{}</script>\n<script>{}</script>\n",
                     script_json(io::graph_to_json(graph)), kPageScript);
  return out + "</body>\n</html>\n";
}

}  // namespace causal::render
