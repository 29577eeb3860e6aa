// One conditional test by random features at 10^5 and 10^6 rows, features and bandwidths included, on one thread.
//
// Bars are for a core of a 2-core AMD EPYC. Each result is checked: independence is not rejected, dependence is, and
// a test that keeps nothing gives the same bits as one that does.
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "causal/discovery/ci/rcot.hpp"
#include "causal/run/random.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::discovery;

namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double peak_gib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / (1024.0 * 1024.0);
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "wrong result: %s\n", what);
  std::exit(EXIT_FAILURE);
}

// x <- z -> y, w <- y, and a time that moves u.
NodeTable problem(int n) {
  RandomStream stream(1, RandomDomain::Test);
  Eigen::MatrixXd v(n, 5);
  for (int i = 0; i < n; ++i) {
    const double z = stream.normal();
    const double y = z * z + stream.normal();
    v.row(i) << z + stream.normal(), y, z, y + stream.normal(), 0.001 * i / n + stream.normal();
  }
  std::vector<Node> nodes;
  const char* const names[] = {"x", "y", "z", "w", "u"};
  for (int j = 0; j < 5; ++j) nodes.push_back({.name = names[j], .numeric = v.col(j)});
  nodes.push_back({.name = "time", .numeric = Eigen::VectorXd::LinSpaced(n, 0, n - 1), .surrogate = true});
  return NodeTable(std::move(nodes));
}

struct Timed {
  double seconds = 0;
  CiResult result;
};

Timed timed(const Rcot& test, NodeId x, NodeId y, const std::vector<NodeId>& S) {
  const auto start = std::chrono::steady_clock::now();
  const CiResult result = test.test(x, y, S);
  return {seconds_since(start), result};
}

// Best of `repeats` with fresh tests, so that nothing is remembered.
Timed best_of(int repeats, const NodeTable& nodes, const RcotOptions& options, NodeId x, NodeId y,
              const std::vector<NodeId>& S) {
  Timed best{1e300, {}};
  for (int i = 0; i < repeats; ++i) {
    const Timed now = timed(Rcot(nodes, options, {.threads = 1}), x, y, S);
    if (now.seconds < best.seconds) best = now;
  }
  return best;
}

void bench_1e6() {
  const NodeTable nodes = problem(1000000);
  const Timed first = timed(Rcot(nodes, {.cache_bytes = 0}, {.threads = 1}), 0, 1, {2});
  bench::print_result("rcot_n1e6", first.seconds, "s", true, 20);
  bench::print_result("rcot_n1e6_memory", peak_gib(), "GiB", true, 1);
  require(first.result.p_value > 1e-3, "x and y are independent given z");
  const Timed kept = timed(Rcot(nodes, {}, {.threads = 2}), 0, 1, {2});
  std::printf("  on two threads, residuals kept: %.2f s\n", kept.seconds);
  require(kept.result.p_value == first.result.p_value, "it depends on threads or on what is kept");
}

void bench_1e5() {
  const NodeTable nodes = problem(100000);
  const Timed one = best_of(5, nodes, {}, 0, 1, {2});
  bench::print_result("rcot_n1e5", one.seconds, "s", true, 1);
  require(one.result.p_value > 1e-3, "x and y are independent given z");
  const Timed three = best_of(3, nodes, {}, 0, 1, {2, 3, 4});
  const Timed dependent = best_of(3, nodes, {}, 1, 3, {2});
  require(dependent.result.p_value < 1e-6, "y and w are dependent given z");
  const Timed time = best_of(3, nodes, {}, 0, 1, {2, 5});
  const Timed changes = best_of(3, nodes, {}, 0, 5, {2});
  const Rcot test(nodes, {}, {.threads = 1});
  const Timed cold = timed(test, 0, 1, {2});
  const Timed warm = timed(test, 0, 1, {2});
  const Timed known_set = timed(test, 0, 4, {2});
  require(cold.result.p_value == warm.result.p_value, "it depends on what is kept");
  std::printf("  |S| = 3: %.3f s; S with the time: %.3f s; time as x: %.3f s\n", three.seconds, time.seconds,
              changes.seconds);
  std::printf("  S met before: %.3f s; x, y and S met before: %.4f s\n", known_set.seconds, warm.seconds);
}

void bench_1e3() {
  const NodeTable nodes = problem(1000);
  const Timed one = best_of(20, nodes, {}, 0, 1, {2});
  std::printf("  1000 rows: %.2f ms\n", one.seconds * 1e3);
}

}  // namespace

int main() {
  bench_1e6();  // first, since memory is measured at its peak
  bench_1e5();
  bench_1e3();
  return EXIT_SUCCESS;
}
