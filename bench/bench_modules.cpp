// Directions by independent change and driving forces: seconds, and how much faster than the formulas written out.
//
// Bars are for one thread of a 2-core AMD EPYC. Checked: the scores equal those of the formulas, to 1e-8, and the
// direction of a long series is the true one.
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "causal/discovery/search/changing_modules.hpp"
#include "causal/discovery/search/driving_force.hpp"
#include "causal/run/random.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::discovery;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Processor seconds, best of `repeats`: everything here runs on one thread.
template <class Work>
double seconds(int repeats, Work&& work) {
  double best = 1e300;
  for (int i = 0; i < repeats; ++i) {
    const std::clock_t start = std::clock();
    work();
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "wrong result: %s\n", what);
  std::exit(EXIT_FAILURE);
}

// x -> y over n rows of time, both driven by sums of waves that share no frequency.
NodeTable changing_pair(Eigen::Index n) {
  RandomStream stream(1, RandomDomain::Test);
  MatrixXd x(n, 1);
  MatrixXd y(n, 1);
  const double turn = 200.0 / static_cast<double>(n);
  for (Eigen::Index t = 0; t < n; ++t) {
    const double at = turn * static_cast<double>(t);
    x(t, 0) = stream.normal() + std::sin(0.61 * at) + std::sin(0.23 * at + 1);
    y(t, 0) = x(t, 0) + std::cos(0.43 * at) + std::sin(0.79 * at + 2) + 0.3 * stream.normal();
  }
  const MatrixXd time = VectorXd::LinSpaced(n, 1, static_cast<double>(n));
  return NodeTable(
      {{.name = "x", .numeric = x}, {.name = "y", .numeric = y}, {.name = "t", .numeric = time, .surrogate = true}});
}

MatrixXd full_kernel(const VectorXd& v, double width, bool standardise) {
  VectorXd z = v;
  if (standardise) {
    z.array() -= v.mean();
    z /= std::sqrt(z.squaredNorm() / static_cast<double>(v.size() - 1));
  }
  MatrixXd K(v.size(), v.size());
  for (Eigen::Index j = 0; j < K.cols(); ++j) {
    K.col(j) = (-(z.array() - z[j]).square() / (2 * width * width)).exp();
  }
  return K;
}

// P(node | parent) by the formulas, every matrix in full.
double formula_score(const NodeTable& table, NodeId node, NodeId parent, const ModuleOptions& options) {
  const auto n = static_cast<Eigen::Index>(table.rows());
  const MatrixXd Kx = full_kernel(table.node(parent).numeric.col(0), options.width_x, true);
  const MatrixXd Ky = full_kernel(table.node(node).numeric.col(0), options.width_x, true);
  const MatrixXd Kc = full_kernel(table.node(2).numeric.col(0), options.width_c, false);
  const MatrixXd I = MatrixXd::Identity(n, n);
  const MatrixXd joint = Kx.cwiseProduct(Kc) + options.lambda * I;
  const MatrixXd W = Eigen::LLT<MatrixXd>(joint).solve(I);
  const MatrixXd alone = Kc + options.lambda * I;
  const MatrixXd W0 = Eigen::LLT<MatrixXd>(alone).solve(I);
  const MatrixXd inner = (Kx * Kx * Kx).cwiseProduct(W * Ky * W);
  const MatrixXd effect = Kc * inner * Kc / static_cast<double>(n * n);
  const MatrixXd cause = Kc * W0 * Kx * W0 * Kc;
  return module_dependence(embedding_kernel(effect), embedding_kernel(cause));
}

void bench_pair(Eigen::Index n, double bar_ms, double bar_ratio) {
  const NodeTable table = changing_pair(n);
  const ModuleOptions options;
  double forward = 0;
  double backward = 0;
  const double fast = seconds(3, [&] {
    forward = module_score(table, 2, 1, {0}, options).dependence;
    backward = module_score(table, 2, 0, {1}, options).dependence;
  });
  double wanted = 0;
  const double slow = 2 * seconds(1, [&] { wanted = formula_score(table, 1, 0, options); });
  require(std::abs(forward - wanted) <= 1e-8 * wanted, "the score of the exact form");
  const std::string name = "module_direction_n" + std::to_string(n);
  bench::print_result(name, fast * 1e3, "ms", true, bar_ms);
  bench::print_result(name + "_speedup", slow / fast, "x", false, bar_ratio);
}

void bench_long_pair(Eigen::Index n, double bar_s) {
  const NodeTable table = changing_pair(n);
  bool right = false;
  const double time = seconds(
      1, [&] { right = module_score(table, 2, 1, {0}).dependence < module_score(table, 2, 0, {1}).dependence; });
  require(right, "the direction of a long series");
  bench::print_result("module_direction_n" + std::to_string(n), time, "s", true, bar_s);
}

void bench_force(Eigen::Index n, const char* unit, double scale, double bar) {
  const NodeTable table = changing_pair(n);
  const RunOptions run{.threads = 1};
  std::size_t forces = 0;
  const double time = seconds(
      n > 2000 ? 1 : 3, [&] { forces = driving_forces(table, 2, {1}, {{0}}, {}, run, StopSignal(run)).forces.size(); });
  require(forces == 1, "a driving force");
  bench::print_result("driving_force_n" + std::to_string(n), time * scale, unit, true, bar);
}

}  // namespace

int main() {
  bench_pair(500, 150, 8);
  bench_pair(2000, 2500, 15);
  bench_long_pair(100'000, 10);
  bench_force(500, "ms", 1e3, 100);
  bench_force(2000, "ms", 1e3, 2000);
  bench_force(100'000, "s", 1, 5);
}
