#include "report_page.hpp"

#include <algorithm>

#include "causal/discovery/registry.hpp"
#include "render/html_report.hpp"
#include "render/page_parts.hpp"
#include "run_record.hpp"

namespace causal::cli {
namespace {

/// Adds the entry of that name when this build still has it: a report may be of an older run.
template <class Entries>
void add_method_named(render::ReportContext& context, const Entries& entries, const std::string& name) {
  const auto entry = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.info.name == name; });
  if (entry != entries.end()) render::add_method(context, entry->info);
}

}  // namespace

std::string report_page(const LearnedGraph& graph, const LearnedGraph* truth) {
  render::ReportContext context;
  add_method_named(context, discovery::algorithms(), graph.run.algorithm);
  for (const OptionRecord& option : graph.run.options) {
    if (option.name == "test") add_method_named(context, discovery::ci_tests(), option.value);
  }
  if (graph.timing) {
    std::vector<std::string> words{"causal"};
    words.insert(words.end(), graph.timing->command.begin(), graph.timing->command.end());
    context.command = shell_line(words);
  }
  if (truth != nullptr) context.truth = truth->graph();
  return render::html_report(graph, context);
}

}  // namespace causal::cli
