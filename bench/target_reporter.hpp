#pragma once
// Google Benchmark, reported as one result line a case: the least processor time of five repetitions against its bar.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>

#include "result_line.hpp"

namespace causal::bench {

/// Registers `body` to be timed in milliseconds against `target_ms`.
template <class Body>
void add_case(const std::string& name, double target_ms, Body body) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [body, target_ms](benchmark::State& state) {
                                 body(state);
                                 state.counters["target_ms"] = target_ms;
                               })
      ->Unit(benchmark::kMillisecond)
      ->Repetitions(5)
      ->ComputeStatistics(
          "min", [](const std::vector<double>& times) { return *std::min_element(times.begin(), times.end()); });
}

class TargetReporter : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context&) override { return true; }
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      if (run.error_occurred) std::printf("ERROR %s %s\n", run.benchmark_name().c_str(), run.error_message.c_str());
      if (run.aggregate_name != "min") continue;
      print_result(run.run_name.function_name, run.GetAdjustedCPUTime(), "ms", true,
                   run.counters.at("target_ms").value);
    }
  }
};

/// Runs the registered cases under the usual flags of Google Benchmark (--benchmark_filter=...).
inline int run_cases(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  TargetReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}

}  // namespace causal::bench
