// Kernel tests, exact and of bounded rank, and CD-NOD on many rows; what the bounded rank costs in accuracy.
//
// Comparisons with another tool are in bench/peers/compare_kernel.sh. Lines that begin with "#" are tables for the
// docs.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "causal/discovery/ci/kci.hpp"
#include "causal/discovery/ci/rcot.hpp"
#include "causal/discovery/search/cdnod.hpp"
#include "causal/run/random.hpp"
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

Eigen::VectorXd normals(Eigen::Index n, std::uint32_t stream) {
  Eigen::VectorXd out(n);
  RandomStream(1, RandomDomain::Test, stream, static_cast<std::uint32_t>(n))
      .fill_normal({out.data(), static_cast<std::size_t>(n)});
  return out;
}

// x and y with `given` nonlinear common causes and, of strength `effect`, a dependence of their own.
NodeTable common_causes(Eigen::Index n, int given, double effect, std::uint32_t repeat) {
  std::vector<Node> nodes(2);
  Eigen::VectorXd common = Eigen::VectorXd::Zero(n);
  for (int j = 0; j < given; ++j) {
    const Eigen::VectorXd z = normals(n, 100 * repeat + static_cast<std::uint32_t>(j));
    common += j % 2 == 0 ? Eigen::VectorXd(z.array().sin()) : Eigen::VectorXd(z.array().square() / 2);
    nodes.push_back({.name = "z" + std::to_string(j), .numeric = z});
  }
  const Eigen::VectorXd x = common + normals(n, 100 * repeat + 50);
  const Eigen::VectorXd y = common + effect * x + normals(n, 100 * repeat + 51);
  nodes[0] = {.name = "x", .numeric = x};
  nodes[1] = {.name = "y", .numeric = y};
  return NodeTable(std::move(nodes));
}

std::vector<NodeId> given_nodes(int given) {
  std::vector<NodeId> nodes;
  for (int j = 0; j < given; ++j) nodes.push_back(2 + j);
  return nodes;
}

struct Timed {
  double seconds = 1e300;
  double p = 0;
};

// The first test of its kind: nothing comes from the cache.
Timed time_test(const NodeTable& table, const std::vector<NodeId>& S, KciForm form) {
  Timed best;
  for (int repeat = 0; repeat < 3; ++repeat) {
    const Kci test(table, {.form = form}, {.threads = 1});
    const Stopwatch watch;
    best.p = test.test(0, 1, S).p_value;
    best.seconds = std::min(best.seconds, watch.seconds());
  }
  return best;
}

void time_forms() {
  std::printf("# rows | given | exact, s | bounded rank, s | p exact | largest |p - p exact| of 6\n");
  for (const Eigen::Index n : {500, 1000, 2000, 5000}) {
    for (const int given : {1, 3}) {
      double error = 0;
      Timed exact;
      Timed bounded;
      for (std::uint32_t repeat = 0; repeat < (n > 2000 ? 2U : 6U); ++repeat) {
        const NodeTable table = common_causes(n, given, 0.02 * repeat, repeat);
        exact = time_test(table, given_nodes(given), KciForm::Exact);
        bounded = time_test(table, given_nodes(given), KciForm::LowRank);
        error = std::max(error, std::abs(exact.p - bounded.p));
      }
      std::printf("# %ld | %d | %.4f | %.4f | %.4g | %.2g\n", static_cast<long>(n), given, exact.seconds,
                  bounded.seconds, exact.p, error);
      if (n == 1000 && given == 1) bench::print_result("kci_conditional_n1000", exact.seconds, "s", true, 1);
    }
  }
}

NodeTable changing_chain(Eigen::Index n, int columns) {
  std::vector<Node> nodes;
  for (int j = 0; j < columns; ++j) {
    Eigen::VectorXd x = 0.5 * normals(n, 900 + static_cast<std::uint32_t>(j));
    if (j > 0) x += 0.8 * nodes.back().numeric;
    for (Eigen::Index i = 0; i < n && j % 2 == 1; ++i) {
      x(i) += 1.5 * std::sin((j + 1) * 10.0 * static_cast<double>(i) / static_cast<double>(n));
    }
    nodes.push_back({.name = "x" + std::to_string(j + 1), .numeric = x});
  }
  nodes.push_back(
      {.name = "time", .numeric = Eigen::VectorXd::LinSpaced(n, 0, static_cast<double>(n - 1)), .surrogate = true});
  return NodeTable(std::move(nodes));
}

void time_search() {
  const NodeTable table = changing_chain(10000, 8);
  const Stopwatch watch;
  const LearnedGraph graph = cdnod(
      table,
      [](const NodeTable& nodes, const RunOptions& run) { return std::make_unique<Rcot>(nodes, RcotOptions{}, run); },
      {.run = {.threads = 2}});
  const double seconds = watch.seconds();
  const MixedGraph found = graph.graph();
  for (NodeId v = 0; v + 1 < 8; ++v) {
    if (found.adjacent(v, v + 1)) continue;
    std::fprintf(stderr, "wrong result: an edge of the chain is missing\n");
    std::exit(EXIT_FAILURE);
  }
  bench::print_result("cdnod_rcot_p8_n10000", seconds, "s", true, 60);
}

}  // namespace

int main() {
  time_forms();
  time_search();
}
