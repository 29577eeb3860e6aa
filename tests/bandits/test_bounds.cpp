// labels: unit oracle golden stat
#include "causal/bandits/structure/bounds.hpp"

#include <algorithm>
#include <cmath>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

std::array<Eigen::MatrixXi, 2> supports(const LinearArms& arms) {
  return {(arms.weights(0).array() != 0).cast<int>(), (arms.weights(1).array() != 0).cast<int>()};
}

// By power iteration on m^T m.
double spectral_norm(const Eigen::MatrixXd& m) {
  const Eigen::MatrixXd square = m.transpose() * m;
  Eigen::VectorXd v = Eigen::VectorXd::LinSpaced(m.cols(), 1, 2);
  for (int k = 0; k < 300; ++k) v = (square * v).normalized();
  return (m * v).norm();
}

// Rows under one action, `m` of them.
ArmStatistics rows_of(const LinearArms& arms, const Action& action, std::uint64_t seed, int m) {
  const LinearEnvironment environment(arms);
  ArmStatistics statistics({arms.offsets(0), arms.offsets(1)});
  std::vector<double> row(static_cast<std::size_t>(arms.n()));
  for (int t = 0; t < m; ++t) {
    environment.observe(action, {seed, 1}, t, row);
    statistics.add(action, row);
  }
  return statistics;
}

}  // namespace

TEST_CASE("the spectral bound: numbers computed by hand from its formula") {
  // n = 10, ten eigenvalues of .01, delta = .05: 2 * 120^(1/4) * sqrt(ln 400 * .1), and R l + sqrt(R^2 l^2 + 2 V l)
  // with l = ln 400, V = sqrt(120) * .1, R = sqrt(12 * .01) / 2. Premise: sqrt(1.2) * ln 400 = 6.563 <= 10.
  const SpectralBound even = spectral_bound(10, 0.1, 0.01, 0.05);
  CHECK(even.square_root == doctest::Approx(5.12380).epsilon(1e-5));
  CHECK(even.always == doctest::Approx(4.80651).epsilon(1e-5));
  CHECK(even.root_valid);
  CHECK(even.value() == even.always);
  const SpectralBound uneven = spectral_bound(10, 1 + 9 * 0.001, 1, 0.05);
  CHECK_FALSE(uneven.root_valid);
  CHECK(uneven.value() == uneven.always);
  CHECK_THROWS_AS((void)spectral_bound(10, 0.1, 0.2, 0.05), InvalidArgument);
  CHECK_THROWS_AS((void)spectral_bound(10, 0.1, 0.01, 1), InvalidArgument);
  CHECK(std::isinf(mean_norm_bound(1, 2, 0.5)));
  CHECK(mean_norm_bound(1, 2, 0.25) == 2);
}

TEST_CASE("the published width: its factor with nine parents everywhere") {
  // sqrt(4 ln 400 * 10 * sqrt(9 * 11) * .01) = 4.88321.
  const int n = 10;
  Eigen::MatrixXd none = Eigen::MatrixXd::Zero(n, n);
  ArmEstimates estimates{LinearArms({none, none}, {Eigen::VectorXd::Ones(n), Eigen::VectorXd::Ones(n)}), {}};
  ColumnFit fit;
  fit.parents.resize(9);
  fit.largest_eigenvalue = 0.01;
  estimates.columns = {std::vector<ColumnFit>(10, fit), std::vector<ColumnFit>(10, fit)};
  const ArmStatistics statistics({Eigen::VectorXd::Ones(n), Eigen::VectorXd::Ones(n)});
  const ActionModel model{Eigen::VectorXd::Unit(n, 0), Eigen::VectorXd::Unit(n, 0)};
  CHECK(ActionWidth(estimates, statistics)(Action(10, 0), model) == doctest::Approx(4.88321).epsilon(1e-5));
}

TEST_CASE("coverage of the bounds with the graph known") {
  const int reps = 2000, m = 200;
  const LinearArms truth = random_arms_er(8, {.weight_max = 1, .shuffle_labels = false}, 4);
  const Action action(8, 0);
  const ActionModel exact = *action_model(truth, action);
  std::vector<char> spectral(reps), delta(reps), recursive(reps);
  parallel_for(reps, 0, [&](std::int64_t k) {
    const ArmStatistics statistics = rows_of(truth, action, static_cast<std::uint64_t>(k), m);
    const ArmEstimates estimates = fit_arms(statistics, supports(truth), truth.reward(),
                                            {.prior_sd = std::numeric_limits<double>::infinity(), .noise_sd = 1});
    double sum = 0, largest = 0;
    for (const ColumnFit& fit : estimates.columns[0]) {
      sum += fit.largest_eigenvalue;
      largest = std::max(largest, fit.largest_eigenvalue);
    }
    const Eigen::MatrixXd error = estimates.arms.weights(0) - truth.weights(0);
    const auto s = static_cast<std::size_t>(k);
    spectral[s] = spectral_norm(error) <= spectral_bound(8, sum, largest, 0.05).value() ? 1 : 0;
    const ActionModel model = *action_model(estimates.arms, action);
    const double miss = std::abs(model.mean(7) - exact.mean(7));
    delta[s] = miss <= ActionWidth(estimates, statistics, {.kind = WidthKind::Delta, .z = 1.96})(action, model) ? 1 : 0;
    const ArmEstimates ridge = fit_arms(statistics, supports(truth), truth.reward(), {.prior_sd = 1, .noise_sd = 1});
    const ActionModel ridge_model = *action_model(ridge.arms, action);
    recursive[s] = std::abs(ridge_model.mean(7) - exact.mean(7)) <=
                           ActionWidth(ridge, statistics, {.kind = WidthKind::Recursive})(action, ridge_model)
                       ? 1
                       : 0;
  });
  const auto rate = [&](const std::vector<char>& hits) {
    return static_cast<double>(std::count(hits.begin(), hits.end(), 1)) / reps;
  };
  // Standard error of a rate of .95 in 2000 runs: .0049; four of them for the nominal interval, which is asymptotic.
  CHECK(rate(delta) >= 0.93);
  CHECK(rate(delta) <= 0.97);
  CHECK(rate(spectral) >= 0.95);
  CHECK(rate(recursive) >= 0.95);
}

TEST_CASE("a dense solve and substitution give the same model, and a singular system gives none") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const LinearArms arms = random_arms_er(6, {}, seed);
    // An edge that closes a cycle of the union, unused by the null action.
    std::array<Eigen::MatrixXd, 2> weights{arms.weights(0), arms.weights(1)};
    weights[1](arms.order()[5], arms.order()[0]) = 0.5;
    weights[0](arms.order()[0], arms.order()[5]) = 0.25;
    const LinearArms plain({weights[0], arms.weights(1)}, {arms.offsets(0), arms.offsets(1)}, arms.reward());
    const LinearArms cyclic(weights, {arms.offsets(0), arms.offsets(1)}, arms.reward());
    REQUIRE_FALSE(cyclic.has_order());
    const ActionModel a = *action_model(plain, Action(6, 0));
    const ActionModel b = *action_model(cyclic, Action(6, 0));
    CHECK((a.mean - b.mean).norm() < 1e-10 * (1 + a.mean.norm()));
    CHECK((a.flow - b.flow).norm() < 1e-10 * (1 + a.flow.norm()));
  }
  Eigen::MatrixXd forth = Eigen::MatrixXd::Zero(2, 2), back = forth;
  forth(0, 1) = back(1, 0) = 1;
  const LinearArms loop({forth, back}, {Eigen::VectorXd::Ones(2), Eigen::VectorXd::Ones(2)});
  CHECK_FALSE(action_model(loop, {1, 0}).has_value());
}
