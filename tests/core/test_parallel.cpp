// labels: unit determinism
// Loops on any number of threads: every index once, the first exception, the same sums.
#include "causal/run/parallel.hpp"

#include <atomic>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace causal;

TEST_CASE("every index is visited once, whatever the grain and the threads") {
  for (const std::int64_t n : {0, 1, 7, 1000}) {
    for (const std::int64_t grain : {1, 3, 64, 5000}) {
      for (const int threads : {1, 2, 4}) {
        std::vector<std::atomic<int>> visits(static_cast<std::size_t>(n));
        parallel_chunks(n, grain, threads, [&](std::int64_t begin, std::int64_t end, int worker) {
          CHECK_UNARY(worker >= 0 && worker < threads && end - begin <= grain);
          for (std::int64_t i = begin; i < end; ++i) ++visits[static_cast<std::size_t>(i)];
        });
        bool once = true;
        for (const auto& count : visits) once = once && count == 1;
        CHECK(once);
      }
    }
  }
}

TEST_CASE("the exception of the lowest index is the one that leaves the loop") {
  for (const int threads : {1, 2, 4}) {
    for (int repeat = 0; repeat < 50; ++repeat) {
      std::string caught;
      try {
        parallel_for(200, threads, [](std::int64_t i) {
          if (i == 30 || i == 31 || i > 150) throw std::runtime_error(std::to_string(i));
        });
      } catch (const std::runtime_error& error) {
        caught = error.what();
      }
      CHECK(caught == "30");
    }
  }
}

TEST_CASE("a blocked sum has the same bits at any number of threads") {
  const auto term = [](std::int64_t i) { return std::sin(static_cast<double>(i)) * 1e3; };
  const double one = blocked_sum(100'000, 1, term);
  CHECK(blocked_sum(100'000, 2, term) == one);
  CHECK(blocked_sum(100'000, 4, term) == one);
  CHECK(blocked_sum(0, 4, term) == 0);
}

TEST_CASE("a loop inside a loop runs on the thread it is called from") {
  std::atomic<std::int64_t> sum{0};
  parallel_for(8, 4, [&](std::int64_t) { parallel_for(100, 4, [&](std::int64_t j) { sum += j; }); });
  CHECK(sum == 8 * 4950);
}
