// The PC skeleton by Fisher-z on linear-Gaussian Erdos-Renyi graphs, covariance included.
//
// Bars are for one thread of a 2-core AMD EPYC at about 2.45 GHz; the comparison with other tools is in bench/peers.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/search/skeleton.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/scm/linear_sem.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::discovery;

namespace {

struct Timed {
  double covariance_s = 1e300;
  double search_s = 1e300;
  double total_s = 1e300;
  Skeleton skeleton;
};

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Best of `repeats`, covariance and search together.
Timed time_skeleton(const Dataset& data, int threads, int repeats) {
  Timed best;
  for (int i = 0; i < repeats; ++i) {
    const auto start = std::chrono::steady_clock::now();
    const FisherZ test(data, {.threads = threads});
    const double covariance_s = seconds_since(start);
    Skeleton skeleton = find_skeleton(test, {.alpha = 0.01, .run = {.threads = threads}});
    const double total_s = seconds_since(start);
    if (total_s >= best.total_s) continue;
    best = {covariance_s, total_s - covariance_s, total_s, std::move(skeleton)};
  }
  return best;
}

Dataset er_data(int p, std::int64_t n, double degree, std::uint64_t seed) {
  return LinearSem::random(random_dag_er(p, degree, seed), {}, seed).sample(n, {.seed = seed});
}

void print_levels(const Timed& timed) {
  std::printf("  covariance %.2f ms, search %.2f ms, %zu edges, tests by level:", timed.covariance_s * 1e3,
              timed.search_s * 1e3, timed.skeleton.edges.size());
  for (const auto tests : timed.skeleton.stats.tests_by_level) std::printf(" %lld", static_cast<long long>(tests));
  for (const auto& [phase, seconds] : timed.skeleton.stats.phase_seconds) {
    std::printf("  %s %.2f ms", phase.c_str(), seconds * 1e3);
  }
  std::printf("\n");
}

}  // namespace

int main(int argc, char** argv) {
  const bool large = argc > 1 && std::string(argv[1]) == "--large";
  struct Case {
    int p;
    std::int64_t n;
    double target_ms;
    double goal_ms;
  };
  for (const Case& c : {Case{200, 2000, 15, 7}, Case{500, 2000, 90, 29}}) {
    const Timed timed = time_skeleton(er_data(c.p, c.n, 4, 1), 1, 15);
    const std::string name = "skeleton_er4_p" + std::to_string(c.p) + "_n" + std::to_string(c.n);
    bench::print_result(name, timed.total_s * 1e3, "ms", true, c.target_ms);
    bench::print_result(name + "_goal", timed.total_s * 1e3, "ms", true, c.goal_ms);
    print_levels(timed);
  }
  {
    const Dataset data = er_data(2000, 2000, 4, 2);
    const Timed one = time_skeleton(data, 1, 3);
    const Timed two = time_skeleton(data, 2, 3);
    bench::print_result("skeleton_er4_p2000_two_threads_speedup", one.total_s / two.total_s, "x", false, 1.6);
    print_levels(one);
    print_levels(two);
  }
  if (large) {
    const Dataset data = er_data(20000, 1000, 2, 3);
    const Timed timed = time_skeleton(data, 2, 1);
    bench::print_result("skeleton_er2_p20000_n1000", timed.total_s, "s", true, 180);
    print_levels(timed);
  }
  return EXIT_SUCCESS;
}
