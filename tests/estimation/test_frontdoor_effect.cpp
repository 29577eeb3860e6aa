// labels: oracle golden stat determinism
#include <array>
#include <cmath>
#include <vector>

#include "causal/estimation/effect/frontdoor.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "estimation/hand_made.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

/// A whole distribution as weighted rows.
struct Rows {
  std::vector<std::array<double, 4>> cells;  // a, m, y, c
  std::vector<double> weights;

  void add(double a, double m, double y, double c, double weight) {
    cells.push_back({a, m, y, c});
    weights.push_back(weight);
  }
  [[nodiscard]] EffectData data() const {
    const auto n = static_cast<Eigen::Index>(cells.size());
    Eigen::MatrixXd values(n, 4);
    for (Eigen::Index i = 0; i < n; ++i) {
      for (Eigen::Index j = 0; j < 4; ++j)
        values(i, j) = cells[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)];
    }
    return hand_made(values.col(2), values.col(0),
                     {.covariates = values.col(3),
                      .mediators = values.col(1),
                      .weights = Eigen::Map<const Eigen::VectorXd>(weights.data(), n)});
  }
};

/// P(smokes) = .5, tar in .95 and .05, cancer .10 .05 .90 .85.
EffectData smoking() {
  Rows rows;
  const double tar[2] = {0.05, 0.95};
  const double cancer[2][2] = {{0.10, 0.05}, {0.90, 0.85}};
  for (int s = 0; s < 2; ++s) {
    for (int t = 0; t < 2; ++t) {
      const double weight = 0.5 * (t == 1 ? tar[s] : 1 - tar[s]);
      rows.add(s, t, 1, 0, weight * cancer[s][t]);
      rows.add(s, t, 0, 0, weight * (1 - cancer[s][t]));
    }
  }
  return rows.data();
}

/// A hidden cause of a and y; m depends on a and c, and c on nothing. Three levels of a.
struct HiddenCause {
  static double treatment(int a, int u, int c) {
    const double w[3] = {1.0, 0.5 + u, 0.4 + 0.8 * u + 0.3 * c};
    return w[a] / (w[0] + w[1] + w[2]);
  }
  static double mediator(int a, int c) { return 0.15 + 0.25 * a + 0.1 * c; }  // P(m = 1)
  static double outcome(int m, int u, int c) { return 0.1 + 0.4 * m + 0.3 * u + 0.1 * c * m; }

  static double truth(int a) {
    double sum = 0;
    for (int c = 0; c < 2; ++c) {
      for (int u = 0; u < 2; ++u) {
        const double p = mediator(a, c);
        sum += 0.25 * (p * outcome(1, u, c) + (1 - p) * outcome(0, u, c));
      }
    }
    return sum;
  }
  static EffectData population() {
    Rows rows;
    for (int c = 0; c < 2; ++c) {
      for (int a = 0; a < 3; ++a) {
        for (int m = 0; m < 2; ++m) {
          for (int y = 0; y < 2; ++y) {
            double weight = 0;
            for (int u = 0; u < 2; ++u) {
              const double pm = m == 1 ? mediator(a, c) : 1 - mediator(a, c);
              const double py = y == 1 ? outcome(m, u, c) : 1 - outcome(m, u, c);
              weight += 0.25 * treatment(a, u, c) * pm * py;
            }
            rows.add(a, m, y, c, weight);
          }
        }
      }
    }
    return rows.data();
  }
  static EffectData sample(Eigen::Index n, std::uint32_t run) {
    RandomStream random(21, RandomDomain::Test, run);
    Rows rows;
    for (Eigen::Index i = 0; i < n; ++i) {
      const int u = random.uniform() < 0.5 ? 1 : 0;
      const int c = random.uniform() < 0.5 ? 1 : 0;
      const double at = random.uniform();
      const int a = at < treatment(0, u, c) ? 0 : at < treatment(0, u, c) + treatment(1, u, c) ? 1 : 2;
      const int m = random.uniform() < mediator(a, c) ? 1 : 0;
      rows.add(a, m, random.uniform() < outcome(m, u, c) ? 1 : 0, c, 1);
    }
    return rows.data();
  }
};

/// Two mediators; the hidden cause moves treatment and outcome. Effect 0.8 * 0.5 + -0.4 * 1 = 0 for `first` = 0.8.
EffectData linear_sample(Eigen::Index n, std::uint32_t run, double first) {
  RandomStream random(22, RandomDomain::Test, run);
  Eigen::MatrixXd M(n, 2);
  Eigen::MatrixXd X(n, 1);
  Eigen::VectorXd a(n);
  Eigen::VectorXd y(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double u = random.normal();
    X(i, 0) = random.normal();
    a(i) = u + X(i, 0) + random.normal();
    M(i, 0) = first * a(i) + X(i, 0) + (1 + 0.5 * std::abs(X(i, 0))) * random.normal();
    M(i, 1) = -0.4 * a(i) + random.normal();
    y(i) = 0.5 * M(i, 0) + M(i, 1) + 2 * u + X(i, 0) + random.normal();
  }
  return hand_made(y, a, {.covariates = X, .mediators = M});
}

}  // namespace

TEST_CASE("smoking, tar and cancer") {
  // By hand from the eight probabilities: P(c | do(s)) = .4525, P(c | do(no s)) = .4975, though .8525 and .0975 are
  // seen.
  const EffectData data = smoking();
  CHECK(frontdoor_mean(data, 1).value == Approx(0.4525).epsilon(1e-12));
  CHECK(frontdoor_mean(data, 0).value == Approx(0.4975).epsilon(1e-12));
  CHECK(frontdoor(data).value == Approx(-0.045).epsilon(1e-12));
  CHECK(frontdoor(data).estimand == "ate");
}

TEST_CASE("with the population's weights the formula gives the interventional means of a model with a hidden cause") {
  const EffectData data = HiddenCause::population();
  for (int a = 0; a < 3; ++a) {
    CHECK(frontdoor_mean(data, a).value == Approx(HiddenCause::truth(a)).epsilon(1e-12));
  }
  CHECK(frontdoor(data).value == Approx(HiddenCause::truth(2) - HiddenCause::truth(0)).epsilon(1e-12));
}

TEST_CASE("influence values are the derivatives by the weights of the rows") {
  const EffectData data = HiddenCause::sample(60, 3);
  const Estimate estimate = frontdoor(data);
  REQUIRE(estimate.status == Status::Ok);
  CHECK(std::abs(estimate.influence.sum()) < 1e-10);
  for (Eigen::Index i = 0; i < data.n(); i += 7) {
    const auto at = [&](double weight) {
      EffectData moved = data;
      moved.weights(i) = weight;
      check_effect_data(moved);
      return frontdoor(moved).value;
    };
    const double derivative = (at(1 + 1e-5) - at(1 - 1e-5)) / 2e-5;
    CHECK(estimate.influence(i) == Approx(60 * derivative).epsilon(1e-5));
  }
}

TEST_CASE("several mediators are one mediator of joint values") {
  EffectData data = HiddenCause::sample(400, 5);
  const double one = frontdoor(data).value;
  Eigen::MatrixXd two(data.n(), 2);
  two << data.mediators.values, (1 - data.mediators.values.array()).matrix();
  data.mediators = named(two, "m");
  CHECK(frontdoor(data).value == Approx(one).epsilon(1e-12));
}

TEST_CASE("a cell that is needed and empty is named") {
  EffectData data = smoking();
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    if (data.treatment(i) == 0 && data.mediators.values(i, 0) == 1) data.mediators.values(i, 0) = 0;
  }
  const Estimate nothing = frontdoor(data);
  CHECK(nothing.status == Status::Degenerate);
  CHECK(nothing.warnings.front().find("no row has d = 0, m1 = 1") != std::string::npos);
}

TEST_CASE("the linear effect is the sum of products of regression coefficients; Sobel's and other errors") {
  const EffectData data = linear_sample(500, 1, 0.8);
  Eigen::MatrixXd first(500, 3);
  first << data.treatment, with_intercept(data.covariates.values);
  Eigen::MatrixXd second(500, 5);
  second << data.mediators.values, first;
  const LeastSquaresFit y = least_squares(second, data.outcome);
  const LeastSquaresFit m1 = least_squares(first, data.mediators.values.col(0));
  const LeastSquaresFit m2 = least_squares(first, data.mediators.values.col(1));
  const double product = m1.coefficients(0) * y.coefficients(0) + m2.coefficients(0) * y.coefficients(1);
  const FrontdoorOptions options{.model = FrontdoorModel::Linear};
  const Estimate estimate = frontdoor(data, options);
  CHECK(estimate.value == Approx(product).epsilon(1e-12));
  FrontdoorOptions twice = options;
  twice.control_value = 1;
  twice.treated_value = 3;
  CHECK(frontdoor(data, twice).value == Approx(2 * product).epsilon(1e-12));

  EffectData single = data;
  single.mediators = named(data.mediators.values.leftCols(1), "m");
  Eigen::MatrixXd design(500, 4);
  design << single.mediators.values, first;
  const LeastSquaresFit outcome = least_squares(design, data.outcome);
  const double a = m1.coefficients(0);
  const double b = outcome.coefficients(0);
  const double va = coefficient_covariance(m1, CovarianceKind::Classic, first)(0, 0);
  const double vb = coefficient_covariance(outcome, CovarianceKind::Classic, design)(0, 0);
  FrontdoorOptions sobel = options;
  sobel.errors = PathErrors::Classic;
  CHECK(frontdoor(single, sobel).std_error == Approx(std::sqrt(b * b * va + a * a * vb)).epsilon(1e-10));

  FrontdoorOptions bootstrap = options;
  bootstrap.errors = PathErrors::Bootstrap;
  const Estimate resampled = frontdoor(data, bootstrap);
  // A standard deviation from 999 draws has relative standard error 1 / sqrt(2 * 999) = 0.022; the rest is that the two
  // agree to first order only.
  CHECK(resampled.std_error == Approx(estimate.std_error).epsilon(0.1));
  CHECK(resampled.ci_low < resampled.value);
  CHECK(resampled.value < resampled.ci_high);
}

TEST_CASE("intervals cover") {
  const double discrete = coverage(kRuns, [](std::uint32_t run) {
    return covers(frontdoor(HiddenCause::sample(600, 100 + run)), HiddenCause::truth(2) - HiddenCause::truth(0));
  });
  // Effect 0: what goes through one mediator cancels what goes through the other.
  const double linear = coverage(kRuns, [](std::uint32_t run) {
    return covers(frontdoor(linear_sample(300, 100 + run, 0.8), {.model = FrontdoorModel::Linear}), 0);
  });
  MESSAGE("discrete ", discrete, ", linear ", linear);
  for (const double share : {discrete, linear}) {
    CHECK(share >= kLeastCoverage);
    CHECK(share <= kMostCoverage);
  }
}

TEST_CASE("wrong calls are refused") {
  const EffectData discrete = HiddenCause::sample(60, 1);
  const EffectData linear = linear_sample(60, 1, 1);
  CHECK_THROWS_WITH_AS(static_cast<void>(frontdoor(linear)), doctest::Contains("continuous"), DataError);
  CHECK_THROWS_AS(static_cast<void>(frontdoor(discrete, {.errors = PathErrors::Classic})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(frontdoor_mean(discrete, 3)), InvalidArgument);
  EffectData without = discrete;
  without.mediators = named(Eigen::MatrixXd(60, 0), "m");
  CHECK_THROWS_WITH_AS(static_cast<void>(frontdoor(without)), doctest::Contains("mediator"), DataError);
  CHECK_THROWS_WITH_AS(static_cast<void>(frontdoor(without, {.model = FrontdoorModel::Linear})),
                       doctest::Contains("mediator"), DataError);
}

TEST_CASE("the same bits with 1, 2 and 4 threads") {
  const EffectData data = HiddenCause::sample(300, 9);
  const auto run = [&](int threads) {
    return frontdoor(data, {.errors = PathErrors::Bootstrap, .draws = 50, .run = {.threads = threads, .seed = 2}});
  };
  const Estimate one = run(1);
  for (const int threads : {2, 4}) {
    CHECK(run(threads).std_error == one.std_error);
    CHECK(run(threads).ci_low == one.ci_low);
  }
}
