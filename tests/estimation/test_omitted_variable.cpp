// labels: unit oracle golden
#include "causal/estimation/sensitivity/omitted_variable.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>

#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/io/csv.hpp"
#include "causal/math/student_t.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "support/extra_data.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using doctest::Approx;

namespace {

const Coefficient kDarfur{0.09731581928, 0.02325653781, 783};

struct Confounded {
  EffectData data;  ///< Without z.
  Eigen::VectorXd z;
};

Confounded confounded(std::uint32_t key, double sign = 1) {
  RandomStream stream(21, RandomDomain::Test, key);
  Confounded c;
  const Eigen::Index n = 200;
  c.data.outcome_name = "y";
  c.data.treatment_name = "d";
  c.data.outcome.resize(n);
  c.data.treatment.resize(n);
  c.data.covariates = {Eigen::MatrixXd(n, 2), {"x1", "x2"}};
  c.z.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double x1 = stream.normal(), x2 = stream.normal(), z = stream.normal() + 0.3 * x1;
    const double d = 0.5 * x1 + 0.2 * x2 + 0.6 * z + stream.normal();
    c.data.covariates.values.row(i) << x1, x2;
    c.z(i) = z;
    c.data.treatment(i) = d;
    c.data.outcome(i) = sign * (d + 0.7 * z) + x1 - 0.4 * x2 + stream.normal();
  }
  check_effect_data(c.data);
  return c;
}

Coefficient last_coefficient(const Eigen::MatrixXd& design, const Eigen::VectorXd& y) {
  const LeastSquaresFit fit = least_squares(design, y);
  const Eigen::Index j = design.cols() - 1;
  return {fit.coefficients(j), std::sqrt(coefficient_covariance(fit, CovarianceKind::Classic, design)(j, j)), fit.dof};
}

/// The definition: the least r for which some confounder with both partial R2 at most r brings the adjusted |t| down to
/// the critical value, by bisection over r and a fine grid of r2_yz (a larger r2_dz is always worse).
double robustness_by_search(const Coefficient& c, double q, double alpha) {
  const double critical = alpha == 1 ? 0 : student_t_quantile(1 - alpha / 2, c.dof - 1);
  const auto enough = [&](double r) {
    for (int k = 0; k <= 20000; ++k) {
      const double r2_yz = r * k / 20000;
      // Share q of the estimate: the null is (1 - q) of it, so the t value is of what is left of q.
      const double bias = c.std_error * std::sqrt(c.dof * r2_yz * r / (1 - r));
      const double error = c.std_error * std::sqrt((1 - r2_yz) / (1 - r) * c.dof / (c.dof - 1));
      if (q * std::abs(c.value) - bias <= critical * error) return true;
    }
    return false;
  };
  double low = 0, high = 1 - 1e-12;
  for (int step = 0; step < 40; ++step) {
    const double middle = (low + high) / 2;
    (enough(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace

// The Darfur regression of Cinelli and Hazlett (2020), as in the tests of their R package sensemakr.
TEST_CASE("omitted variable: published example") {
  CHECK(kDarfur.t() == Approx(4.184449985).epsilon(1e-9));
  CHECK(partial_r2(kDarfur) == Approx(0.02187309334).epsilon(1e-9));
  CHECK(robustness_value(kDarfur) == Approx(0.1387763539).epsilon(1e-9));
  CHECK(robustness_value(kDarfur, 1, 0.05) == Approx(0.07625796554).epsilon(1e-9));
  const AdjustedCoefficient once = adjust_for_confounder(kDarfur, 0.009164286675, 0.124640923);
  CHECK(once.value == Approx(0.07522027121).epsilon(1e-8));
  CHECK(once.std_error == Approx(0.02187332774).epsilon(1e-8));
  CHECK(once.t == Approx(3.43890386).epsilon(1e-8));
}

TEST_CASE("omitted variable: published benchmarks, from the data") {
  const std::optional<std::string> file = test::extra_data("estimation/restricted/darfur.csv");
  if (!file) return;
  const Dataset table = io::read_csv(*file).data;
  EffectData data = effect_data(
      table, {.outcome = "peacefactor",
              .treatment = "directlyharmed",
              .covariates = {"age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur", "female", "village"}});
  const OmittedVariableBias bias = omitted_variable_bias(data, {.benchmarks = {"female"}});
  CHECK(bias.coefficient.value == Approx(kDarfur.value).epsilon(1e-8));
  CHECK(bias.coefficient.std_error == Approx(kDarfur.std_error).epsilon(1e-8));
  REQUIRE(bias.benchmarks.size() == 3);
  CHECK(bias.benchmarks[0].adjusted.r2_dz == Approx(0.009164286675).epsilon(1e-7));
  CHECK(bias.benchmarks[0].adjusted.r2_yz == Approx(0.124640923).epsilon(1e-7));
  CHECK(bias.benchmarks[0].adjusted.value == Approx(0.07522027121).epsilon(1e-7));
  CHECK(bias.benchmarks[1].adjusted.value == Approx(0.0529151724).epsilon(1e-7));
  CHECK(bias.benchmarks[2].adjusted.value == Approx(0.0303960235).epsilon(1e-7));
}

TEST_CASE("omitted variable: the adjusted coefficient is that of the long regression, exactly") {
  for (std::uint32_t key = 0; key < 20; ++key) {
    const double sign = key % 2 == 0 ? 1 : -1;
    const Confounded c = confounded(key, sign);
    const OmittedVariableBias bias = omitted_variable_bias(c.data);
    const Eigen::MatrixXd x = with_intercept(c.data.covariates.values);
    Eigen::MatrixXd with_z(200, 4), z_last(200, 5), d_last(200, 5);
    with_z << x, c.z;
    z_last << x, c.data.treatment, c.z;
    d_last << x, c.z, c.data.treatment;
    const double r2_dz = partial_r2(last_coefficient(with_z, c.data.treatment));
    const double r2_yz = partial_r2(last_coefficient(z_last, c.data.outcome));
    const Coefficient full = last_coefficient(d_last, c.data.outcome);
    // z moves treatment up and outcome the way treatment does: it has made the estimate too large in size.
    const AdjustedCoefficient adjusted = adjust_for_confounder(bias.coefficient, r2_dz, r2_yz);
    CHECK(adjusted.value == Approx(full.value).epsilon(1e-9));
    CHECK(adjusted.std_error == Approx(full.std_error).epsilon(1e-9));
    const double half = student_t_quantile(0.975, full.dof) * full.std_error;
    CHECK(adjusted.ci_low == Approx(full.value - half).epsilon(1e-9));
  }
}

TEST_CASE("omitted variable: robustness values by their definition, with the extreme branch") {
  for (const Coefficient& c : {kDarfur, Coefficient{1, 0.3, 40}, Coefficient{-2, 0.2, 25}, Coefficient{1, 0.9, 60}}) {
    for (const double q : {0.5, 1.0}) {
      for (const double alpha : {1.0, 0.05, 0.2}) {
        const double expected = robustness_by_search(c, q, alpha);
        CAPTURE(c.t());
        CAPTURE(alpha);
        // The grid of r2_yz is 1/20000 fine, and the adjusted t is flat at its least.
        CHECK(robustness_value(c, q, alpha) == Approx(expected).epsilon(1e-4));
      }
    }
  }
  // t = 5 on 4 degrees of freedom: f = 2.5 above 1 / f_crit = 0.54.
  const Coefficient extreme{5, 1, 4};
  CHECK(robustness_value(extreme, 1, 0.05) == Approx(robustness_by_search(extreme, 1, 0.05)).epsilon(1e-4));
  CHECK(robustness_value({0.1, 1, 50}, 1, 0.05) == 0);
}

TEST_CASE("omitted variable: contours start at the estimate and fall") {
  const ConfounderContours grid = confounder_contours(kDarfur, 0.3, 0.5, 7);
  CHECK(grid.value(0, 0) == Approx(kDarfur.value).epsilon(1e-12));
  CHECK(grid.t(0, 0) == Approx(kDarfur.t() * std::sqrt(782.0 / 783)).epsilon(1e-12));
  for (int i = 1; i < 7; ++i) {
    for (int j = 1; j < 7; ++j) {
      CHECK(grid.value(i, j) < grid.value(i - 1, j));
      CHECK(grid.value(i, j) < grid.value(i, j - 1));
    }
  }
  const AdjustedCoefficient corner = adjust_for_confounder(kDarfur, 0.3, 0.5);
  CHECK(grid.value(6, 6) == Approx(corner.value).epsilon(1e-12));
  CHECK(confounder_contours(kDarfur, 0.3, 0.5, 7, false).value(6, 6) ==
        Approx(2 * kDarfur.value - corner.value).epsilon(1e-12));
}

TEST_CASE("omitted variable: impossible benchmarks are said to be so, wrong input is named") {
  const Confounded c = confounded(3);
  const OmittedVariableBias bias = omitted_variable_bias(c.data, {.benchmarks = {"x1"}, .times = {1, 50}});
  REQUIRE(bias.benchmarks.size() == 2);
  CHECK(bias.benchmarks[0].possible);
  CHECK_FALSE(bias.benchmarks[1].possible);
  CHECK(bias.warnings.size() == 1);
  CHECK_THROWS_AS(static_cast<void>(omitted_variable_bias(c.data, {.benchmarks = {"x3"}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(adjust_for_confounder(kDarfur, 1, 0.2)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(robustness_value({1, 0, 10})), InvalidArgument);
  EffectData aliased = c.data;
  aliased.treatment = aliased.covariates.values.col(0) * 2;
  CHECK_THROWS_AS(static_cast<void>(omitted_variable_bias(aliased)), DataError);
  EffectData missing = c.data;
  missing.outcome(0) = NAN;
  check_effect_data(missing);
  CHECK_THROWS_AS(static_cast<void>(omitted_variable_bias(missing)), DataError);
}
