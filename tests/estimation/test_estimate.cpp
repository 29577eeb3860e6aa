// labels: unit oracle
// Estimates: intervals, influence values, combinations, JSON.
#include <cmath>
#include <limits>

#include "causal/estimation/estimate.hpp"
#include "causal/estimation/estimate_json.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

/// The mean of x as an estimate.
Estimate mean_of(const Eigen::VectorXd& x) {
  return from_influence("mean", "mean", x.mean(), x.array() - x.mean(), 0.95);
}

Eigen::VectorXd normals(std::uint32_t stream, Eigen::Index n) {
  RandomStream random(7, RandomDomain::Test, stream);
  Eigen::VectorXd x(n);
  random.fill_normal({x.data(), static_cast<std::size_t>(n)});
  return x;
}

}  // namespace

TEST_CASE("a mean has the interval of textbooks") {
  const Eigen::VectorXd x = (Eigen::VectorXd(4) << 1, 3, 4, 8).finished();
  const Estimate estimate = mean_of(x);
  // Squared deviations from 4: 9, 1, 0, 16; sqrt(26) / 4.
  CHECK(estimate.std_error == doctest::Approx(std::sqrt(26.0) / 4).epsilon(1e-14));
  CHECK(estimate.ci_low == doctest::Approx(4 - 1.959963984540054 * estimate.std_error).epsilon(1e-12));
  CHECK(estimate.ci_high == doctest::Approx(4 + 1.959963984540054 * estimate.std_error).epsilon(1e-12));
  CHECK(estimate.p_value == doctest::Approx(std::erfc(4 / estimate.std_error / std::sqrt(2.0))).epsilon(1e-12));
  CHECK(estimate.n_used == 4);
}

TEST_CASE("clusters of one row each give the independent error times sqrt(G / (G - 1))") {
  const Eigen::VectorXd x = normals(1, 50);
  const Eigen::VectorXd psi = x.array() - x.mean();
  std::vector<int> singles(50);
  for (int i = 0; i < 50; ++i) singles[static_cast<std::size_t>(i)] = i;
  CHECK(influence_std_error(psi, singles) ==
        doctest::Approx(influence_std_error(psi) * std::sqrt(50.0 / 49)).epsilon(1e-12));
  // Two copies of every row in one cluster: as many independent pieces of information as before.
  Eigen::VectorXd twice(100);
  twice << psi, psi;
  std::vector<int> pairs = singles;
  pairs.insert(pairs.end(), singles.begin(), singles.end());
  CHECK(influence_std_error(twice, pairs) == doctest::Approx(influence_std_error(psi, singles)).epsilon(1e-12));
}

TEST_CASE("difference and ratio agree with the paired difference and the delta method") {
  const Eigen::VectorXd x = normals(2, 200).array() + 3;
  const Eigen::VectorXd y = normals(3, 200) + 0.5 * x;
  const Estimate d = difference(mean_of(x), mean_of(y));
  const Estimate direct = mean_of(x - y);
  CHECK(d.value == doctest::Approx(direct.value).epsilon(1e-12));
  CHECK(d.std_error == doctest::Approx(direct.std_error).epsilon(1e-12));
  const Estimate r = ratio(mean_of(x), mean_of(y));
  const double n = 200, mx = x.mean(), my = y.mean();
  const double vx = (x.array() - mx).square().sum() / n / n, vy = (y.array() - my).square().sum() / n / n;
  const double cov = ((x.array() - mx) * (y.array() - my)).sum() / n / n;
  const double variance = vx / (my * my) - 2 * cov * mx / (my * my * my) + vy * mx * mx / (my * my * my * my);
  CHECK(r.value == doctest::Approx(mx / my).epsilon(1e-12));
  CHECK(r.std_error == doctest::Approx(std::sqrt(variance)).epsilon(1e-10));
}

TEST_CASE("combining needs influence values of the same rows") {
  const Estimate a = mean_of(normals(4, 10));
  CHECK_THROWS_AS(static_cast<void>(difference(a, mean_of(normals(5, 11)))), InvalidArgument);
  Estimate bare = a;
  bare.influence.resize(0);
  CHECK_THROWS_AS(static_cast<void>(ratio(a, bare)), InvalidArgument);
  const std::vector<int> one_cluster(10, 0);
  CHECK_THROWS_AS(static_cast<void>(influence_std_error(a.influence, one_cluster)), InvalidArgument);
}

TEST_CASE("JSON keeps everything but the influence values, infinite ends too") {
  Estimate estimate = mean_of(normals(6, 30));
  estimate.ci_low = -std::numeric_limits<double>::infinity();
  estimate.dof = 28;
  estimate.diagnostics.add("first_stage_f", 3.25);
  estimate.diagnostics.balance.push_back({"age", 0.5, 0.01});
  estimate.warnings.emplace_back("weak");
  const io::Json json = estimate_to_json(estimate);
  const Estimate back = estimate_from_json(io::Json::parse(json.dump()));
  CHECK(estimate_to_json(back) == json);
  CHECK(back.ci_low == estimate.ci_low);
  CHECK(back.value == estimate.value);
  CHECK(back.diagnostics.find("first_stage_f") == 3.25);
  const Estimate none = degenerate_estimate("iv", "late", 5, "no instrument");
  CHECK(std::isnan(estimate_from_json(estimate_to_json(none)).value));
  CHECK(none.brief() == "iv late: degenerate: no instrument");
}
