// labels: unit oracle stat golden determinism
#include "causal/estimation/invariance/deconfound.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "causal/estimation/nuisance/learners.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

double slope(const Eigen::VectorXd& y, const Eigen::VectorXd& x) {
  return least_squares(with_intercept(x), y).coefficients(1);
}

DeconfoundData one_feature(const Eigen::VectorXd& r, const Eigen::VectorXd& x, const Eigen::VectorXd& c) {
  return {.reward = r, .features = {x, {"x"}}, .confounders = {c, {"c"}}};
}

/// x = .8 c + u, r = 2 x + 3 c + e.
DeconfoundData linear_case(std::int64_t n, std::uint64_t seed, std::uint32_t run) {
  RandomStream stream(seed, RandomDomain::Test, run);
  Eigen::VectorXd r(n), x(n), c(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    c(i) = stream.normal();
    x(i) = 0.8 * c(i) + stream.normal();
    r(i) = 2 * x(i) + 3 * c(i) + (1 + 0.5 * std::abs(c(i))) * stream.normal();
  }
  return one_feature(r, x, c);
}

/// Groups with levels that also move x; sizes from 2 up.
DeconfoundData grouped_case(int groups, std::uint32_t run, int smallest = 2) {
  RandomStream stream(2, RandomDomain::Test, run);
  std::vector<double> r, x;
  std::vector<int> group;
  for (int g = 0; g < groups; ++g) {
    const double level = 2 * stream.normal();
    const int size = smallest + static_cast<int>(stream.below(6));
    for (int i = 0; i < size; ++i) {
      x.push_back(0.7 * level + stream.normal());
      r.push_back(1.5 * x.back() + level + stream.normal());
      group.push_back(g);
    }
  }
  const auto n = static_cast<Eigen::Index>(r.size());
  return {.reward = Eigen::Map<Eigen::VectorXd>(r.data(), n),
          .features = {Eigen::Map<Eigen::VectorXd>(x.data(), n), {"x"}},
          .groups = group};
}

std::unique_ptr<Learner> quadratic_learner() {
  return function_learner(
      "quadratic",
      [](const Eigen::MatrixXd& X, const Eigen::VectorXd& y, const Eigen::VectorXd&, const FitContext&) -> PredictFn {
        const auto design = [](const Eigen::MatrixXd& Z) {
          Eigen::MatrixXd columns(Z.rows(), 3);
          columns << Eigen::VectorXd::Ones(Z.rows()), Z.col(0), Z.col(0).cwiseAbs2();
          return columns;
        };
        const Eigen::VectorXd b = least_squares(design(X), y).coefficients;
        return [b, design](const Eigen::MatrixXd& Z) -> Eigen::VectorXd { return design(Z) * b; };
      });
}

bool same_bits(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), static_cast<std::size_t>(a.size()) * sizeof(double)) == 0;
}

}  // namespace

// By hand: with the orthogonal design var(x) = 1.64, cov(x, c) = .8, so the naive slope is 2 + 3 * .8 / 1.64 and the
// slope of residuals on the raw feature 2 / 1.64.
TEST_CASE("the orthogonal design gives back the slope, where the two short cuts do not") {
  const Eigen::VectorXd c = Eigen::Vector4d(1, 1, -1, -1);
  const Eigen::VectorXd u = Eigen::Vector4d(1, -1, 1, -1);
  const Eigen::VectorXd x = 0.8 * c + u;
  const Eigen::VectorXd r = 2 * x + 3 * c;
  CHECK(slope(r, x) == doctest::Approx(3.463414634).epsilon(1e-9));
  CHECK(slope(r - slope(r, c) * c, x) == doctest::Approx(1.219512195).epsilon(1e-9));
  const Deconfounded result = deconfound(one_feature(r, x, c));
  CHECK(result.coefficients.front().value == doctest::Approx(2).epsilon(1e-12));
  CHECK(slope(result.reward, x) == doctest::Approx(2).epsilon(1e-12));
  CHECK((result.adjustment - 3 * c).cwiseAbs().maxCoeff() < 1e-12);
  CHECK(result.r2_removed == doctest::Approx(9 / (4 * 1.64 + 9 + 2 * 2 * 3 * 0.8)).epsilon(1e-12));
}

TEST_CASE("a fit to the adjusted rewards gives back the joint slopes") {
  const DeconfoundData data = linear_case(200, 1, 0);
  const Deconfounded result = deconfound(data);
  CHECK(slope(result.reward, data.features.values) ==
        doctest::Approx(result.coefficients.front().value).epsilon(1e-12));
  CHECK(result.reward.mean() == doctest::Approx(data.reward.mean()).epsilon(1e-12));
  CHECK((data.reward - result.reward - result.adjustment).norm() < 1e-12 * data.reward.norm());

  const DeconfoundData grouped = grouped_case(30, 0);
  const Deconfounded within = deconfound(grouped, {.model = DeconfoundModel::FixedEffects});
  CHECK(slope(within.reward, grouped.features.values) ==
        doctest::Approx(within.coefficients.front().value).epsilon(1e-10));
}

// The other route: least squares with an indicator for each group.
TEST_CASE("fixed effects are least squares with group indicators") {
  DeconfoundData data = grouped_case(12, 1);
  RandomStream stream(9, RandomDomain::Test);
  Eigen::VectorXd c(data.n());
  for (double& value : c) value = stream.normal();
  data.reward += 0.5 * c;
  data.confounders = {c, {"c"}};
  Eigen::MatrixXd design = Eigen::MatrixXd::Zero(data.n(), 14);
  for (Eigen::Index i = 0; i < data.n(); ++i) design(i, data.groups[static_cast<std::size_t>(i)]) = 1;
  design.col(12) = c;
  design.col(13) = data.features.values;
  const LeastSquaresFit fit = least_squares(design, data.reward);
  for (const CovarianceKind kind : {CovarianceKind::Classic, CovarianceKind::Hc0, CovarianceKind::Hc1}) {
    const Deconfounded result = deconfound(data, {.model = DeconfoundModel::FixedEffects, .covariance = kind});
    const Estimate& b = result.coefficients.front();
    CHECK(b.value == doctest::Approx(fit.coefficients(13)).epsilon(1e-10));
    const Eigen::MatrixXd covariance = coefficient_covariance(fit, kind, design);
    CHECK(b.std_error == doctest::Approx(std::sqrt(covariance(13, 13))).epsilon(1e-9));
    CHECK(b.dof == doctest::Approx(fit.dof));
    const Eigen::VectorXd h = design.leftCols(13) * fit.coefficients.head(13);
    CHECK((result.adjustment - (h.array() - h.mean()).matrix()).norm() < 1e-9 * h.norm());
    if (kind != CovarianceKind::Classic) continue;
    Eigen::MatrixXd direction = design;
    direction.col(13).setZero();
    direction.rowwise() -= Eigen::RowVectorXd(direction.colwise().mean());
    const Eigen::VectorXd error = (direction * covariance).cwiseProduct(direction).rowwise().sum().cwiseSqrt();
    CHECK((result.adjustment_error - error).norm() < 1e-8 * error.norm());
  }
}

// Coverage of 95% intervals over 1000 runs has standard error sqrt(.95 * .05 / 1000) = .0069; 3.5 of them are allowed,
// and .005 for samples of 200 (Hc1 and Dml rest on large samples).
TEST_CASE("intervals of the slope cover it") {
  constexpr int kRuns = 1000;
  const auto coverage = [](auto run) {
    std::vector<char> covered(kRuns, 0);
    parallel_for(kRuns, 0, [&](std::int64_t i) { covered[static_cast<std::size_t>(i)] = run(i) ? 1 : 0; });
    return static_cast<double>(std::count(covered.begin(), covered.end(), 1)) / kRuns;
  };
  const auto covers = [](const Estimate& b, double truth) { return b.ci_low <= truth && truth <= b.ci_high; };
  const double tolerance = 3.5 * std::sqrt(0.95 * 0.05 / kRuns) + 0.005;
  const auto close = [&](double share) { return std::abs(share - 0.95) <= tolerance; };
  const double ols = coverage([&](std::int64_t i) {
    const DeconfoundData data = linear_case(200, 3, static_cast<std::uint32_t>(i));
    return covers(deconfound(data).coefficients.front(), 2);
  });
  CHECK_MESSAGE(close(ols), ols);
  const double fixed = coverage([&](std::int64_t i) {
    const DeconfoundData data = grouped_case(40, static_cast<std::uint32_t>(i));
    return covers(deconfound(data, {.model = DeconfoundModel::FixedEffects}).coefficients.front(), 1.5);
  });
  CHECK_MESSAGE(close(fixed), fixed);
  const auto learner = quadratic_learner();
  const double dml = coverage([&](std::int64_t i) {
    DeconfoundData data = linear_case(200, 4, static_cast<std::uint32_t>(i));
    // A part that no linear model takes out: c^2 moves feature and reward.
    const Eigen::VectorXd square = data.confounders.values.cwiseAbs2();
    data.features.values += 0.5 * square;
    data.reward += 2 * 0.5 * square + 1.5 * square;
    return covers(
        deconfound(data, {.model = DeconfoundModel::Dml, .run = {.threads = 1}}, learner.get()).coefficients.front(),
        2);
  });
  CHECK_MESSAGE(close(dml), dml);
}

// The adjustment of a row is within 1.96 of its standard errors in 95% of runs; per row the truth is gamma (c - mean c)
// for Ols. 400 runs, one row each: standard error .0109, 3.5 of them allowed and .005 as above.
TEST_CASE("standard errors of the adjustment are right") {
  constexpr int kRuns = 400;
  int ols = 0, fixed = 0;
  for (int run = 0; run < kRuns; ++run) {
    const DeconfoundData data = linear_case(200, 5, static_cast<std::uint32_t>(run));
    const Deconfounded result = deconfound(data);
    const double truth = 3 * (data.confounders.values(7, 0) - data.confounders.values.mean());
    ols += std::abs(result.adjustment(7) - truth) <= 1.96 * result.adjustment_error(7) ? 1 : 0;

    // Noise apart from the levels: the truth is their sum less the mean.
    DeconfoundData grouped = grouped_case(30, static_cast<std::uint32_t>(run));
    RandomStream stream(6, RandomDomain::Test, static_cast<std::uint32_t>(run));
    Eigen::VectorXd level(grouped.n());
    for (Eigen::Index i = 0; i < grouped.n(); ++i) {
      level(i) = std::sin(3.0 * grouped.groups[static_cast<std::size_t>(i)]);
      grouped.reward(i) = 1.5 * grouped.features.values(i, 0) + level(i) + stream.normal();
    }
    const Deconfounded within =
        deconfound(grouped, {.model = DeconfoundModel::FixedEffects, .covariance = CovarianceKind::Classic});
    fixed += std::abs(within.adjustment(7) - (level(7) - level.mean())) <= 1.97 * within.adjustment_error(7) ? 1 : 0;
  }
  const double tolerance = 3.5 * std::sqrt(0.95 * 0.05 / kRuns) + 0.005;
  CHECK_MESSAGE(std::abs(static_cast<double>(ols) / kRuns - 0.95) <= tolerance, ols);
  CHECK_MESSAGE(std::abs(static_cast<double>(fixed) / kRuns - 0.95) <= tolerance, fixed);
}

TEST_CASE("shrunk levels of small groups are nearer to the truth") {
  double raw = 0, shrunk = 0;
  for (std::uint32_t run = 0; run < 50; ++run) {
    DeconfoundData data = grouped_case(60, run);
    RandomStream stream(7, RandomDomain::Test, run);
    std::vector<double> levels;
    for (int g = 0; g < 60; ++g) levels.push_back(0.5 * stream.normal());
    Eigen::VectorXd level(data.n());
    for (Eigen::Index i = 0; i < data.n(); ++i) {
      level(i) = levels[static_cast<std::size_t>(data.groups[static_cast<std::size_t>(i)])];
      data.reward(i) = 1.5 * data.features.values(i, 0) + level(i) + stream.normal();
    }
    const Eigen::VectorXd truth = level.array() - level.mean();
    DeconfoundOptions options{.model = DeconfoundModel::FixedEffects};
    raw += (deconfound(data, options).adjustment - truth).squaredNorm();
    options.shrink_groups = true;
    const Deconfounded result = deconfound(data, options);
    shrunk += (result.adjustment - truth).squaredNorm();
    CHECK(result.diagnostics.find("shrunk_groups") == 60);
    options.shrink_below = 2;
    CHECK(same_bits(deconfound(data, options).adjustment,
                    deconfound(data, {.model = DeconfoundModel::FixedEffects}).adjustment));
  }
  // Levels of variance .25 with noise 1 / 4.5: the best factor is about .53, and leaves about that share of the error.
  CHECK(shrunk < 0.75 * raw);
}

TEST_CASE("groups of one row are counted") {
  DeconfoundData data = grouped_case(10, 3);
  data.groups[0] = 10;  // A group of its own; the rest of group 0 stays.
  const Deconfounded result = deconfound(data, {.model = DeconfoundModel::FixedEffects});
  CHECK(result.diagnostics.find("groups") == 11);
  CHECK(*result.diagnostics.find("singleton_groups") >= 1);
  CHECK(result.coefficients.front().n_used ==
        data.n() - static_cast<int>(*result.diagnostics.find("singleton_groups")));
  CHECK(std::any_of(result.warnings.begin(), result.warnings.end(),
                    [](const std::string& warning) { return warning.find("one row") != std::string::npos; }));
}

TEST_CASE("what cannot be told apart is no answer") {
  DeconfoundData data = linear_case(50, 1, 1);
  data.features.values = 2 * data.confounders.values;
  const Deconfounded linear = deconfound(data);
  CHECK(linear.status == Status::Degenerate);
  CHECK(linear.reward.size() == 0);
  CHECK(linear.coefficients.front().status == Status::Degenerate);
  const auto learner = linear_learner();
  CHECK(deconfound(data, {.model = DeconfoundModel::Dml}, learner.get()).status == Status::Degenerate);

  DeconfoundData grouped = grouped_case(10, 4);
  for (Eigen::Index i = 0; i < grouped.n(); ++i) {
    grouped.features.values(i, 0) = 0.1 * grouped.groups[static_cast<std::size_t>(i)];
  }
  CHECK(deconfound(grouped, {.model = DeconfoundModel::FixedEffects}).status == Status::Degenerate);

  // A confounder given twice does no harm.
  DeconfoundData twice = linear_case(50, 1, 2);
  const double once = deconfound(twice).coefficients.front().value;
  Eigen::MatrixXd two(50, 2);
  two << twice.confounders.values, 3 * twice.confounders.values;
  twice.confounders = {two, {"c", "c3"}};
  const Deconfounded result = deconfound(twice);
  CHECK(result.coefficients.front().value == doctest::Approx(once).epsilon(1e-10));
  CHECK(result.diagnostics.find("aliased_confounders") == 1);
}

TEST_CASE("wrong input is refused by name") {
  const DeconfoundData good = linear_case(50, 1, 3);
  DeconfoundData data = good;
  data.confounders.values.setConstant(3);
  CHECK_THROWS_WITH_AS(static_cast<void>(deconfound(data)), doctest::Contains("confounder 'c' has the same value, 3"),
                       DataError);
  data = good;
  data.reward(4) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(static_cast<void>(deconfound(data)),
                       doctest::Contains("reward 'reward' is missing or infinite in row 5"), DataError);
  CHECK_THROWS_AS(static_cast<void>(deconfound(good, {.model = DeconfoundModel::FixedEffects})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(deconfound(good, {.model = DeconfoundModel::Dml})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(deconfound(good, {.covariance = CovarianceKind::Hc3})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(deconfound(good, {.level = 1})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(deconfound(one_feature(good.reward.head(2), good.features.values.topRows(2).col(0),
                                                           good.confounders.values.topRows(2).col(0)))),
                  DataError);

  Eigen::MatrixXd cells(4, 3);
  cells << 1, 2, 0, 2, 1, 1, 3, 5, 0, 5, std::numeric_limits<double>::quiet_NaN(), 1;
  const Dataset table = Dataset::continuous(cells, {"r", "x", "c"});
  CHECK_THROWS_WITH_AS(
      static_cast<void>(deconfound_data(table, {.reward = "r", .features = {"x"}, .confounders = {"c"}})),
      doctest::Contains("x"), DataError);
  CHECK_THROWS_AS(static_cast<void>(deconfound_data(table, {.reward = "r", .features = {"r"}, .confounders = {"c"}})),
                  InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(deconfound_data(table, {.reward = "r", .features = {"y"}, .confounders = {"c"}})),
                  InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(deconfound_data(table, {.reward = "r", .features = {"c"}, .confounders = {"c"}})),
                  InvalidArgument);
}

TEST_CASE("the bits do not depend on threads") {
  const DeconfoundData data = linear_case(300, 8, 0);
  const auto learner = linear_learner();
  const auto run = [&](int threads) {
    return deconfound(data, {.model = DeconfoundModel::Dml, .run = {.threads = threads, .seed = 5}}, learner.get());
  };
  const Deconfounded one = run(1);
  for (const int threads : {2, 4}) {
    const Deconfounded other = run(threads);
    CHECK(same_bits(one.reward, other.reward));
    CHECK(same_bits(one.coefficients.front().influence, other.coefficients.front().influence));
  }
}
