#include "run_plan.hpp"

#include <fmt/format.h>

#include "exit_codes.hpp"
#include "progress_line.hpp"
#include "run_flags.hpp"

namespace causal::cli {

std::int64_t RunPlan::tests_at_level_0() const {
  const auto wide = static_cast<std::int64_t>(p);
  return wide * (wide - 1) / 2;
}

std::int64_t RunPlan::most_tests_at_level_1() const {
  // Every pair, given each other variable, once around either end.
  return p < 3 ? 0 : 2 * tests_at_level_0() * (p - 2);
}

double RunPlan::memory_bytes() const {
  const double cells = static_cast<double>(p) * static_cast<double>(p);
  const double rows = has_rows ? static_cast<double>(n) * static_cast<double>(p) : 0;
  constexpr double kMatrixBytes = 2 * sizeof(double);  // Scatter, then correlations beside it.
  constexpr double kAdjacencyBytes = 3;                // Marks, adjacency of the level, neighbour lists.
  constexpr double kBase = 16.0 * 1024 * 1024;
  return kBase + rows * sizeof(double) + cells * (kMatrixBytes + kAdjacencyBytes);
}

std::string RunPlan::text() const {
  std::string text =
      fmt::format("algorithm     {}\ntest          {}\nrows n        {}\nvariables p   {}\nthreads       {}\n",
                  algorithm, test, grouped(n), grouped(p), threads);
  text += fmt::format("tests         {} with nothing given, then at most {} given one variable\n",
                      grouped(tests_at_level_0()), grouped(most_tests_at_level_1()));
  text += fmt::format("memory        about {}\n", bytes_text(memory_bytes()));
  for (const auto& [name, value] : options) text += fmt::format("{:<13} {}\n", name, value);
  return text;
}

io::Json RunPlan::json() const {
  io::Json object = io::Json::object();
  object.set("schema", "causal.plan/1");
  object.set("algorithm", algorithm);
  object.set("test", test);
  object.set("n", n);
  object.set("p", p);
  object.set("threads", threads);
  object.set("tests_at_level_0", tests_at_level_0());
  object.set("most_tests_at_level_1", most_tests_at_level_1());
  object.set("memory_bytes", static_cast<std::int64_t>(memory_bytes()));
  io::Json chosen = io::Json::object();
  for (const auto& [name, value] : options) chosen.set(name, value);
  object.set("options", std::move(chosen));
  return object;
}

void RunPlan::check_memory(std::int64_t limit_bytes) const {
  if (memory_bytes() <= static_cast<double>(limit_bytes)) return;
  throw BudgetError(fmt::format("the run needs about {}, more than the limit of {}", bytes_text(memory_bytes()),
                                bytes_text(static_cast<double>(limit_bytes))),
                    fmt::format("{} rows and {} variables", grouped(n), grouped(p)),
                    "Use fewer columns (--columns, --exclude), or raise --memory-limit if the memory is there.");
}

}  // namespace causal::cli
