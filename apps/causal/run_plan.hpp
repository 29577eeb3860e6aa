#pragma once
// What a search is going to do and to need, before it starts.

#include <cstdint>
#include <string>
#include <vector>

#include "causal/io/json.hpp"
#include "causal/run/options.hpp"

namespace causal::cli {

struct RunPlan {
  std::string algorithm;
  std::string test;
  std::int64_t n = 0;
  int p = 0;
  bool has_rows = true;  ///< Rows are held, not only their covariance.
  int threads = 1;
  std::vector<std::pair<std::string, std::string>> options = {};

  /// Pairs of variables: the tests with nothing given.
  [[nodiscard]] std::int64_t tests_at_level_0() const;
  /// Tests given one variable if level 0 removes no edge.
  [[nodiscard]] std::int64_t most_tests_at_level_1() const;
  /// Bytes at the peak: the table, the correlation matrix and its working copy, the adjacency of a dense graph.
  [[nodiscard]] double memory_bytes() const;

  [[nodiscard]] std::string text() const;
  [[nodiscard]] io::Json json() const;
  /// Errors: BudgetError when memory_bytes() is above the limit.
  void check_memory(std::int64_t limit_bytes) const;
};

}  // namespace causal::cli
