// The PC skeleton by Fisher-z on linear-Gaussian Erdos-Renyi graphs, covariance included, and PC end to end.
//
// Bars are for a 2-core AMD EPYC; comparisons with other tools are in bench/peers. Each result is checked: it
// holds at least four fifths of the true edges and does not depend on the number of threads.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/search/pc.hpp"
#include "causal/discovery/search/skeleton.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/scm/linear_sem.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::discovery;

namespace {

class Stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

double peak_gib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1024.0 * 1024.0);
}

struct Problem {
  Dag truth;
  Dataset data;
};

Problem er_problem(int p, std::int64_t n, double degree, std::uint64_t seed) {
  Dag truth = random_dag_er(p, degree, seed);
  Dataset data = LinearSem::random(truth, {}, seed).sample(n, {.seed = seed});
  return {std::move(truth), std::move(data)};
}

struct Timed {
  double covariance_s = 1e300;
  double total_s = 1e300;
  Skeleton skeleton;
};

// Best of `repeats`, covariance and search together.
Timed time_skeleton(const Dataset& data, int threads, int repeats) {
  Timed best;
  for (int i = 0; i < repeats; ++i) {
    const Stopwatch watch;
    const FisherZ test(data, {.threads = threads});
    const double covariance_s = watch.seconds();
    Skeleton skeleton = find_skeleton(test, {.alpha = 0.01, .run = {.threads = threads}});
    const double total_s = watch.seconds();
    if (total_s < best.total_s) best = {covariance_s, total_s, std::move(skeleton)};
  }
  return best;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "wrong result: %s\n", what);
  std::exit(EXIT_FAILURE);
}

// False edges grow with the number of pairs at a fixed alpha; what must not happen is that true ones are lost.
void check_against(const Dag& truth, const Skeleton& skeleton) {
  double hits = 0;
  for (const auto& e : skeleton.edges) {
    hits += truth.graph().has_directed_edge(e.x, e.y) || truth.graph().has_directed_edge(e.y, e.x) ? 1 : 0;
  }
  const double recall = hits / static_cast<double>(truth.graph().edges().size());
  std::printf("  %zu edges found; recall %.3f, precision %.3f\n", skeleton.edges.size(), recall,
              hits / static_cast<double>(skeleton.edges.size()));
  require(recall >= 0.8, "more than a fifth of the true edges are missing");
}

void print_phases(const Timed& timed) {
  std::printf("  covariance %.2f ms, search %.2f ms; tests by level", timed.covariance_s * 1e3,
              (timed.total_s - timed.covariance_s) * 1e3);
  for (const auto tests : timed.skeleton.stats.tests_by_level) std::printf(" %lld", static_cast<long long>(tests));
  std::printf("\n");
}

void bench_bars() {
  struct Bar {
    int p;
    double target_ms;
    double goal_ms;
  };
  for (const Bar& bar : {Bar{200, 15, 7}, Bar{500, 90, 29}}) {
    const Problem problem = er_problem(bar.p, 2000, 4, 1);
    const Timed timed = time_skeleton(problem.data, 1, 25);
    const std::string name = "skeleton_degree4_p" + std::to_string(bar.p) + "_n2000";
    bench::print_result(name, timed.total_s * 1e3, "ms", true, bar.target_ms);
    bench::print_result(name + "_goal", timed.total_s * 1e3, "ms", true, bar.goal_ms);
    print_phases(timed);
    check_against(problem.truth, timed.skeleton);
  }
}

void bench_threads() {
  const Problem problem = er_problem(2000, 2000, 4, 2);
  const Timed one = time_skeleton(problem.data, 1, 3);
  const Timed two = time_skeleton(problem.data, 2, 3);
  bench::print_result("skeleton_degree4_p2000_speedup_of_2_threads", one.total_s / two.total_s, "x", false, 1.6);
  print_phases(one);
  print_phases(two);
  require(one.skeleton.neighbours == two.skeleton.neighbours, "it depends on the number of threads");
  check_against(problem.truth, one.skeleton);
}

void bench_pc_5000() {
  const Problem problem = er_problem(5000, 2000, 2, 3);
  const Stopwatch watch;
  const FisherZ test(problem.data, {.threads = 2});
  const LearnedGraph learned = pc(test, {.alpha = 0.01, .run = {.threads = 2}});
  bench::print_result("pc_degree2_p5000_n2000", watch.seconds(), "s", true, 60);
  bench::print_result("pc_degree2_p5000_n2000_memory", peak_gib(), "GiB", true, 4);
  std::printf("  %s\n", learned.brief().c_str());
}

void bench_skeleton_20000() {
  const Problem problem = er_problem(20000, 1000, 2, 4);
  const Timed timed = time_skeleton(problem.data, 2, 1);
  bench::print_result("skeleton_degree2_p20000_n1000", timed.total_s, "s", true, 180);
  bench::print_result("skeleton_degree2_p20000_n1000_memory", peak_gib(), "GiB", true, 6);
  print_phases(timed);
  check_against(problem.truth, timed.skeleton);
}

}  // namespace

int main() {
  bench_bars();
  bench_threads();
  bench_pc_5000();
  bench_skeleton_20000();
  return EXIT_SUCCESS;
}
