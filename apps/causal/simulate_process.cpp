#include "simulate_process.hpp"

#include <fmt/format.h>

#include <string>

#include "causal/scm/linear_sem.hpp"
#include "option_flags.hpp"

namespace causal::cli {

void refuse_model_flags(const CommandLine& line) {
  std::vector<std::string> flags{"--nodes", "--degree", "--density", "--graph", "--scm"};
  const LinearSemOptions options;
  LinearSemOptions::visit(options, [&](const Field& field, const auto&) { flags.push_back(flag_of(field.name)); });
  for (const std::string& flag : flags) {
    if (!line.given(flag)) continue;
    throw InvalidArgument(fmt::format("{} does not go with --process, which names a whole model", flag),
                          "the command line", fmt::format("Leave out one of the two. {}", line.see_help()));
  }
}

ProcessDraw draw_process(ChangingProcess process, std::int64_t n, const RunOptions& run) {
  ChangingSample sample = simulate_changing(process, n, run);
  ProcessDraw out{.data = std::move(sample.data), .truth = learned_graph_from(sample.truth, GraphKind::Dag)};
  LearnedGraph& truth = out.truth;
  const NodeId surrogate = sample.changes.surrogate;
  truth.nodes[slot(surrogate)].type = out.data.column(out.data.cols() - 1).type;
  truth.changes = std::move(sample.changes);
  truth.run.version = CAUSAL_VERSION;
  truth.run.algorithm = "simulate";
  truth.run.options = {{"process", std::string(enum_name(process))}};
  truth.run.seed = run.seed;
  truth.run.n = n;
  truth.run.p = static_cast<int>(truth.nodes.size()) - 1;
  return out;
}

double process_bytes(ChangingProcess process, std::int64_t n) {
  const ChangingSample few = simulate_changing(process, fewest_rows(process));
  return static_cast<double>(n) * few.data.cols() * sizeof(double);
}

}  // namespace causal::cli
