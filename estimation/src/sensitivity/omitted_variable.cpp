#include "causal/estimation/sensitivity/omitted_variable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/math/student_t.hpp"
#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"

namespace causal::estimation {
namespace {

void check_coefficient(const Coefficient& c, const char* function) {
  if (!std::isfinite(c.value)) {
    throw InvalidArgument(function, "value", fmt::format("{}", c.value), "be finite");
  }
  if (!(c.std_error > 0) || !std::isfinite(c.std_error)) {
    throw InvalidArgument(function, "std_error", fmt::format("{}", c.std_error), "be > 0");
  }
  if (!(c.dof > 1)) throw InvalidArgument(function, "dof", fmt::format("{}", c.dof), "be > 1");
}

void check_share(double r2, bool one_allowed, const char* function, const char* name) {
  if (r2 >= 0 && (r2 < 1 || (one_allowed && r2 == 1))) return;
  throw InvalidArgument(function, name, fmt::format("{}", r2), one_allowed ? "lie in [0, 1]" : "lie in [0, 1)");
}

double partial_r2_of(double t, double dof) { return t * t / (t * t + dof); }

/// The usual covariance of one regression, and the t value of each column.
struct Regression {
  LeastSquaresFit fit;
  Eigen::VectorXd std_errors;

  [[nodiscard]] Coefficient coefficient(Eigen::Index j) const { return {fit.coefficients(j), std_errors(j), fit.dof}; }
};

Regression regress(const Eigen::MatrixXd& design, const Eigen::VectorXd& y) {
  Regression regression{least_squares(design, y), {}};
  regression.std_errors =
      coefficient_covariance(regression.fit, CovarianceKind::Classic, design).diagonal().cwiseSqrt();
  return regression;
}

bool is_aliased(const Regression& regression, int column) {
  const std::vector<int>& aliased = regression.fit.columns.aliased;
  return std::find(aliased.begin(), aliased.end(), column) != aliased.end();
}

int covariate_of(const EffectData& data, const std::string& name) {
  const std::vector<std::string>& names = data.covariates.names;
  const auto at = std::find(names.begin(), names.end(), name);
  if (at == names.end()) {
    throw InvalidArgument(fmt::format("omitted_variable_bias: no covariate is called '{}'", name), {},
                          nearest_name_hint(name, names));
  }
  return static_cast<int>(at - names.begin());
}

}  // namespace

double partial_r2(const Coefficient& coefficient) {
  check_coefficient(coefficient, "partial_r2");
  return partial_r2_of(coefficient.t(), coefficient.dof);
}

double robustness_value(const Coefficient& coefficient, double q, double alpha) {
  check_coefficient(coefficient, "robustness_value");
  if (!(q > 0)) throw InvalidArgument("robustness_value", "q", fmt::format("{}", q), "be > 0");
  if (!(alpha > 0 && alpha <= 1)) {
    throw InvalidArgument("robustness_value", "alpha", fmt::format("{}", alpha), "lie in (0, 1]");
  }
  const double f = q * std::abs(coefficient.t()) / std::sqrt(coefficient.dof);
  const double critical =
      alpha == 1 ? 0 : student_t_quantile(1 - alpha / 2, coefficient.dof - 1) / std::sqrt(coefficient.dof - 1);
  const double left = f - critical;
  if (left <= 0) return 0;
  // With a confounder this weak the standard error shrinks faster than the estimate: r2_yz of 1 is the worst case.
  if (critical > 0 && f > 1 / critical) return (f * f - critical * critical) / (1 + f * f);
  const double square = left * left;
  return (std::sqrt(square * square + 4 * square) - square) / 2;
}

AdjustedCoefficient adjust_for_confounder(const Coefficient& coefficient, double r2_dz, double r2_yz, bool reduce,
                                          double level) {
  check_coefficient(coefficient, "adjust_for_confounder");
  check_share(r2_dz, false, "adjust_for_confounder", "r2_dz");
  check_share(r2_yz, true, "adjust_for_confounder", "r2_yz");
  const double dof = coefficient.dof;
  AdjustedCoefficient adjusted{.r2_dz = r2_dz, .r2_yz = r2_yz};
  adjusted.bias = coefficient.std_error * std::sqrt(dof * r2_yz * r2_dz / (1 - r2_dz));
  const double size = std::abs(coefficient.value) + (reduce ? -adjusted.bias : adjusted.bias);
  adjusted.value = std::copysign(1.0, coefficient.value) * size;
  adjusted.std_error = coefficient.std_error * std::sqrt((1 - r2_yz) / (1 - r2_dz) * dof / (dof - 1));
  adjusted.t = adjusted.std_error > 0 ? adjusted.value / adjusted.std_error
                                      : std::copysign(std::numeric_limits<double>::infinity(), adjusted.value);
  const double half = student_t_quantile(0.5 + level / 2, dof - 1) * adjusted.std_error;
  adjusted.ci_low = adjusted.value - half;
  adjusted.ci_high = adjusted.value + half;
  return adjusted;
}

ConfounderBenchmark confounder_benchmark(const Coefficient& coefficient, double r2_dx, double r2_yx, double times_d,
                                         double times_y, bool reduce, double level) {
  check_share(r2_dx, false, "confounder_benchmark", "r2_dx");
  check_share(r2_yx, false, "confounder_benchmark", "r2_yx");
  if (!(times_d > 0 && times_y > 0)) {
    throw InvalidArgument("confounder_benchmark", "times", fmt::format("{}, {}", times_d, times_y), "be > 0");
  }
  ConfounderBenchmark benchmark{.covariate = {}, .times = times_d, .possible = false, .adjusted = {}};
  const double odds_d = r2_dx / (1 - r2_dx);
  const double r2_dz = times_d * odds_d;
  if (!(r2_dz < 1) || !(times_d * r2_dx < 1)) return benchmark;
  // Correlation that the confounder gets with the covariate once the treatment is held fixed.
  const double r2_zx = times_d * r2_dx * r2_dx / ((1 - times_d * r2_dx) * (1 - r2_dx));
  if (!(r2_zx < 1)) return benchmark;
  const double factor = (std::sqrt(times_y) + std::sqrt(r2_zx)) / std::sqrt(1 - r2_zx);
  const double r2_yz = factor * factor * r2_yx / (1 - r2_yx);
  if (r2_yz > 1) return benchmark;
  benchmark.possible = true;
  benchmark.adjusted = adjust_for_confounder(coefficient, r2_dz, r2_yz, reduce, level);
  return benchmark;
}

ConfounderContours confounder_contours(const Coefficient& coefficient, double max_r2_dz, double max_r2_yz, int points,
                                       bool reduce) {
  check_share(max_r2_dz, false, "confounder_contours", "max_r2_dz");
  check_share(max_r2_yz, true, "confounder_contours", "max_r2_yz");
  if (points < 2) throw InvalidArgument("confounder_contours", "points", fmt::format("{}", points), "be >= 2");
  ConfounderContours contours;
  contours.r2_dz = Eigen::VectorXd::LinSpaced(points, 0, max_r2_dz);
  contours.r2_yz = Eigen::VectorXd::LinSpaced(points, 0, max_r2_yz);
  contours.value.resize(points, points);
  contours.t.resize(points, points);
  for (int i = 0; i < points; ++i) {
    for (int j = 0; j < points; ++j) {
      const AdjustedCoefficient a =
          adjust_for_confounder(coefficient, contours.r2_dz(i), contours.r2_yz(j), reduce, 0.95);
      contours.value(i, j) = a.value;
      contours.t(i, j) = a.t;
    }
  }
  return contours;
}

OmittedVariableBias omitted_variable_bias(const EffectData& data, const OmittedVariableOptions& options) {
  validate(options, "omitted_variable_bias");
  require_outcomes(data, "omitted_variable_bias");
  std::vector<int> columns;
  for (const std::string& name : options.benchmarks) columns.push_back(covariate_of(data, name));
  const Eigen::MatrixXd covariates = with_intercept(data.covariates.values);
  Eigen::MatrixXd design(data.n(), covariates.cols() + 1);
  design << covariates, data.treatment;
  const Regression outcome = regress(design, data.outcome);
  const auto last = static_cast<int>(design.cols() - 1);
  if (is_aliased(outcome, last)) {
    throw DataError(fmt::format("treatment '{}' is a linear function of the covariates", data.treatment_name));
  }
  OmittedVariableBias result;
  result.coefficient = outcome.coefficient(last);
  if (!(result.coefficient.std_error > 0) || !(result.coefficient.dof > 1)) {
    throw DataError("the regression fits the outcome exactly or leaves no degree of freedom: no confounder can matter");
  }
  result.partial_r2 = partial_r2(result.coefficient);
  result.robustness_value = robustness_value(result.coefficient, options.q);
  result.robustness_value_alpha = robustness_value(result.coefficient, options.q, options.alpha);
  if (data.weights.size() != 0) result.warnings.emplace_back("survey weights are not used");
  if (!data.clusters.empty())
    result.warnings.emplace_back("standard errors take rows as independent: clusters are not used");
  if (columns.empty()) return result;
  const Regression treatment = regress(covariates, data.treatment);
  for (std::size_t b = 0; b < columns.size(); ++b) {
    const std::string& name = options.benchmarks[b];
    const int column = columns[b] + 1;
    if (is_aliased(outcome, column)) {
      throw DataError(fmt::format("benchmark '{}' is a linear function of other covariates", name));
    }
    const double r2_yx = partial_r2(outcome.coefficient(column));
    const double r2_dx = partial_r2(treatment.coefficient(column));
    for (const double times : options.times) {
      ConfounderBenchmark benchmark =
          confounder_benchmark(result.coefficient, r2_dx, r2_yx, times, times, options.reduce, 1 - options.alpha);
      benchmark.covariate = name;
      if (!benchmark.possible) {
        result.warnings.push_back(fmt::format("no confounder can be {:g} times as strong as '{}'", times, name));
      }
      result.benchmarks.push_back(std::move(benchmark));
    }
  }
  return result;
}

}  // namespace causal::estimation
