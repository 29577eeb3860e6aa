#pragma once
// The record of a run that every output carries.

#include <chrono>
#include <string>

#include "causal/graph/learned_graph.hpp"
#include "commands.hpp"

namespace causal::cli {

/// Measures a run from its construction and writes the block `timing`, the only one that differs between two runs.
class Stopwatch {
 public:
  [[nodiscard]] double seconds() const;
  [[nodiscard]] TimingRecord timing(const std::string& command, const Arguments& arguments,
                                    const std::string& data_path, const RunStats& stats) const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Words as a shell would need them.
[[nodiscard]] std::string shell_line(const std::vector<std::string>& words);

}  // namespace causal::cli
