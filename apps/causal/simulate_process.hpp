#pragma once
// Data of a named process, as causal simulate --process draws them.

#include <cstdint>

#include "causal/graph/learned_graph.hpp"
#include "causal/scm/changing_process.hpp"
#include "command_line.hpp"

namespace causal::cli {

/// What is drawn and what is true of it: the graph carries the true driving forces.
struct ProcessDraw {
  Dataset data;
  LearnedGraph truth;
};

/// Refuses the flags that describe a random model: a process has none. Errors: InvalidArgument naming the flag.
void refuse_model_flags(const CommandLine& line);

[[nodiscard]] ProcessDraw draw_process(ChangingProcess process, std::int64_t n, const RunOptions& run);

/// Bytes of n rows.
[[nodiscard]] double process_bytes(ChangingProcess process, std::int64_t n);

}  // namespace causal::cli
