// labels: unit oracle stat determinism
// Matching on covariates and on the propensity.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "causal/estimation/effect/matching.hpp"
#include "causal/estimation/estimate_json.hpp"
#include "causal/run/error.hpp"
#include "support/confounded_data.hpp"
#include "support/effect_tables.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

/// The paper's estimator and variance for the ATE with M matches and no ties, by brute force; distances as given.
struct BruteForce {
  double value = 0, std_error = 0;
};

BruteForce brute_force(const EffectData& data, const Eigen::MatrixXd& distance, int M, bool att) {
  const auto n = static_cast<int>(data.n());
  const auto nearest = [&](int i, int arm) {
    std::vector<int> rows;
    for (int j = 0; j < n; ++j) {
      if (j != i && data.arms[static_cast<std::size_t>(j)] == arm) rows.push_back(j);
    }
    std::sort(rows.begin(), rows.end(), [&](int a, int b) { return distance(i, a) < distance(i, b); });
    return rows;
  };
  std::vector<double> used(static_cast<std::size_t>(n), 0), contrast(static_cast<std::size_t>(n), 0);
  double sum = 0;
  int rows = 0;
  for (int i = 0; i < n; ++i) {
    const int arm = data.arms[static_cast<std::size_t>(i)];
    if (att && arm == 0) continue;
    const std::vector<int> others = nearest(i, 1 - arm);
    double other = 0;
    for (int m = 0; m < M; ++m) {
      other += data.outcome(others[static_cast<std::size_t>(m)]) / M;
      used[static_cast<std::size_t>(others[static_cast<std::size_t>(m)])] += 1;
    }
    contrast[static_cast<std::size_t>(i)] = (2 * arm - 1) * (data.outcome(i) - other);
    sum += contrast[static_cast<std::size_t>(i)];
    ++rows;
  }
  BruteForce result;
  result.value = sum / rows;
  double variance = 0;
  for (int i = 0; i < n; ++i) {
    const auto k = static_cast<std::size_t>(i);
    const int arm = data.arms[k];
    const double gap = data.outcome(i) - data.outcome(nearest(i, arm)[0]);
    const double sigma2 = gap * gap / 2;
    const double K = used[k];
    if (!att || arm == 1) variance += std::pow(contrast[k] - result.value, 2);
    if (att) {
      variance += arm == 0 ? K * (K - 1) / (M * M) * sigma2 : 0;
    } else {
      variance += (std::pow(K / M, 2) + (2.0 * M - 1) / M * K / M) * sigma2;
    }
  }
  result.std_error = std::sqrt(variance) / rows;
  return result;
}

/// Squared Mahalanobis distances between all rows, by the inverse of the covariance.
Eigen::MatrixXd mahalanobis(const EffectData& data) {
  const Eigen::MatrixXd centred = data.covariates.values.rowwise() - data.covariates.values.colwise().mean().eval();
  const Eigen::Matrix2d covariance = centred.transpose() * centred / static_cast<double>(data.n() - 1);
  const double det = covariance(0, 0) * covariance(1, 1) - covariance(0, 1) * covariance(1, 0);
  Eigen::Matrix2d inverse;
  inverse << covariance(1, 1), -covariance(0, 1), -covariance(1, 0), covariance(0, 0);
  inverse /= det;
  Eigen::MatrixXd distance(data.n(), data.n());
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    for (Eigen::Index j = 0; j < data.n(); ++j) {
      const Eigen::RowVector2d gap = centred.row(i) - centred.row(j);
      distance(i, j) = gap * inverse * gap.transpose();
    }
  }
  return distance;
}

/// One covariate.
EffectData line(const std::vector<double>& x, const std::vector<int>& arms, const std::vector<double>& y) {
  EffectData data;
  data.outcome_name = "y";
  data.treatment_name = "a";
  data.arm_levels = {"0", "1"};
  data.arms = arms;
  const auto n = static_cast<Eigen::Index>(x.size());
  data.outcome = Eigen::Map<const Eigen::VectorXd>(y.data(), n);
  data.covariates.values = Eigen::Map<const Eigen::VectorXd>(x.data(), n);
  data.covariates.names = {"x"};
  data.treatment.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) data.treatment(i) = arms[static_cast<std::size_t>(i)];
  check_effect_data(data);
  return data;
}

}  // namespace

TEST_CASE("value and standard error are those of the paper, by brute force") {
  for (std::uint32_t run = 0; run < 5; ++run) {
    const EffectData data = test::confounded_data(150, run);
    const Eigen::MatrixXd distance = mahalanobis(data);
    for (const int M : {1, 3}) {
      for (const bool att : {false, true}) {
        const BruteForce expected = brute_force(data, distance, M, att);
        const Estimate estimate =
            matching(data, {.estimand = att ? Estimand::Att : Estimand::Ate, .matches = M, .bias_correction = false});
        CHECK(estimate.value == Approx(expected.value).epsilon(1e-10));
        CHECK(estimate.std_error == Approx(expected.std_error).epsilon(1e-10));
      }
    }
  }
}

TEST_CASE("ties share the place") {
  // The treated row at 0 has two controls at distance 1; a third is further.
  const EffectData data = line({0, 4, 1, -1, 5, 9}, {1, 1, 0, 0, 0, 0}, {10, 20, 1, 3, 6, 100});
  const Estimate one = matching(data, {.bias_correction = false});
  CHECK(one.value == Approx(((10 - 2.0) + (20 - 6.0)) / 2));
  CHECK(one.n_used == 5);
  CHECK(*one.diagnostics.find("matched_rows") == 2);
  // Two matches: both places of the first row are the tie, those of the second go to 5 and 1.
  CHECK(matching(data, {.matches = 2, .bias_correction = false}).value == Approx(((10 - 2.0) + (20 - 3.5)) / 2));
}

TEST_CASE("the caliper leaves rows out, and says so") {
  const EffectData data = line({0, 10, 0.1, -0.1, 0.2, 0.3}, {1, 1, 0, 0, 0, 1}, {10, 20, 1, 3, 6, 4});
  const Estimate estimate = matching(data, {.caliper = 0.2, .bias_correction = false});
  CHECK(*estimate.diagnostics.find("unmatched_rows") == 1);
  REQUIRE(estimate.warnings.size() == 1);
  CHECK(estimate.warnings[0].find("1 of 3") != std::string::npos);
  CHECK(estimate.value == Approx(((10 - 2.0) + (4 - 6.0)) / 2));
  const EffectData far = line({0, 1, 100, 101}, {1, 1, 0, 0}, {1, 2, 3, 4});
  CHECK(matching(far, {.caliper = 0.1}).status == Status::Degenerate);
}

TEST_CASE("without replacement every control is used once") {
  const EffectData data = line({0, 0.1, 0.2, 5, 6}, {1, 1, 0, 0, 0}, {10, 20, 1, 2, 3});
  const Estimate with = matching(data, {.bias_correction = false});
  CHECK(with.value == Approx((9 + 19) / 2.0));
  const Estimate without = matching(data, {.replacement = false, .bias_correction = false});
  CHECK(without.value == Approx((9 + 18) / 2.0));
  CHECK(*without.diagnostics.find("most_used") == 1);
  CHECK_THROWS_AS(static_cast<void>(matching(data, {.estimand = Estimand::Ate, .replacement = false})),
                  InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(matching(data, {.matches = 2, .replacement = false})), DataError);
}

TEST_CASE("the bias correction is exact for a linear outcome") {
  EffectData data = test::confounded_data(200, 1);
  data.outcome = 3 + 2 * data.covariates.values.col(0).array() - data.covariates.values.col(1).array() +
                 1.5 * data.treatment.array();
  for (const Estimand estimand : {Estimand::Ate, Estimand::Att, Estimand::Atc}) {
    CHECK(matching(data, {.estimand = estimand}).value == Approx(1.5).epsilon(1e-10));
  }
  CHECK(std::abs(matching(data, {.bias_correction = false}).value - 1.5) > 0.01);
}

TEST_CASE("matching on the propensity of one covariate is matching on the covariate") {
  EffectData data = test::confounded_data(300, 2);
  data.covariates.values = data.covariates.values.col(0).eval();
  data.covariates.names = {"x1"};
  const Estimate by_x = matching(data);
  const Estimate by_e =
      matching(data, {.distance = MatchingDistance::Propensity, .nuisances = {.folds = 1, .clip = 0}});
  CHECK(by_e.value == Approx(by_x.value).epsilon(1e-8));
  CHECK(by_e.std_error == Approx(by_x.std_error).epsilon(1e-8));
  CHECK(by_e.diagnostics.find("max_propensity_treated").has_value());
}

TEST_CASE("scale of the covariates does not matter, and copies are left out of the distance") {
  EffectData data = test::confounded_data(200, 3);
  const Estimate before = matching(data);
  data.covariates.values.col(0) *= 1000;
  CHECK(matching(data).value == Approx(before.value).epsilon(1e-9));
  data.covariates.values.conservativeResize(Eigen::NoChange, 3);
  data.covariates.values.col(2) = data.covariates.values.col(1) * 2;
  data.covariates.names.emplace_back("twice");
  const Estimate copied = matching(data);
  CHECK(copied.value == Approx(before.value).epsilon(1e-9));
  REQUIRE(!copied.warnings.empty());
  CHECK(copied.warnings[0].find("'twice'") != std::string::npos);
}

TEST_CASE("what matching cannot take is refused") {
  EffectData data = test::confounded_data(100, 4);
  CHECK_THROWS_AS(static_cast<void>(matching(data, {.estimand = Estimand::Overlap})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(matching(data, {.matches = 99})), DataError);
  EffectData weighted = data;
  weighted.weights = Eigen::VectorXd::Ones(100);
  CHECK_THROWS_AS(static_cast<void>(matching(weighted)), DataError);
  EffectData bare = data;
  bare.covariates = {Eigen::MatrixXd(100, 0), {}};
  CHECK_THROWS_AS(static_cast<void>(matching(bare)), DataError);
  data.outcome(0) = std::nan("");
  check_effect_data(data);
  CHECK_THROWS_AS(static_cast<void>(matching(data)), DataError);
}

TEST_CASE("the same bytes at any number of threads") {
  const EffectData data = test::confounded_data(600, 5);
  const auto bytes = [&](int threads) {
    return estimate_to_json(matching(data, {.estimand = Estimand::Ate, .matches = 2, .run = {.threads = threads}}))
        .dump();
  };
  CHECK(bytes(2) == bytes(1));
  CHECK(bytes(4) == bytes(1));
}
