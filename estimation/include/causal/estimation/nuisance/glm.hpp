#pragma once
// Generalised linear models by iteratively reweighted least squares.

#include <Eigen/Core>
#include <array>
#include <string_view>
#include <utility>

#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal::estimation {

enum class GlmFamily {
  Logistic,  ///< Bernoulli, logit link; y in [0, 1], fractions allowed.
  Probit,    ///< Bernoulli, probit link; y in [0, 1].
  Poisson    ///< Counts, log link; y >= 0.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::GlmFamily> {
  using F = causal::estimation::GlmFamily;
  static constexpr std::array<std::pair<F, std::string_view>, 3> names{
      {{F::Logistic, "logistic"}, {F::Probit, "probit"}, {F::Poisson, "poisson"}}};
};

namespace causal::estimation {

struct GlmOptions {
  GlmFamily family = GlmFamily::Logistic;
  double ridge = 0;          ///< Adds ridge / 2 * |b|^2 to the negative log likelihood, the intercept left out.
  double tolerance = 1e-12;  ///< Converged when the relative change of the deviance is below.
  int max_iterations = 50;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"family", "distribution and link"}, self.family);
    visitor(Field{"ridge", "penalty on squared coefficients", at_least(0)}, self.ridge);
    visitor(Field{"tolerance", "relative change of the deviance that ends the iteration", open_interval(0, 1)},
            self.tolerance);
    visitor(Field{"max_iterations", "most iterations", at_least(1)}, self.max_iterations);
  }
};

/// A fitted generalised linear model on a design of n rows and k columns.
struct GlmFit {
  GlmFamily family = GlmFamily::Logistic;
  Eigen::VectorXd coefficients;  ///< k; 0 for aliased columns.
  Eigen::MatrixXd bread;         ///< k x k: inverse of the (penalised) expected information; 0 where aliased.
  Eigen::VectorXd mean;          ///< n fitted means.
  IndependentColumns columns;
  double deviance = 0;
  int iterations = 0;
  /// Ok; MaxIterations: not converged, as under separation, when a maximum does not exist.
  Status status = Status::Ok;
  /// Fitted probabilities within 1e-8 of 0 or 1: the sign of (quasi-)complete separation.
  std::int64_t extreme_rows = 0;
};

/// Fits by Newton steps with step halving. design: n x k with any column of ones first; y: n; weights: n >= 0 or
/// empty; offset: n, added to the linear predictor, or empty.
/// Errors: InvalidArgument for sizes; DataError for y outside the family's range or too few rows. O(n k^2) a step.
/// Source: McCullagh and Nelder (1989), section 2.5.
[[nodiscard]] GlmFit fit_glm(const Eigen::Ref<const Eigen::MatrixXd>& design,
                             const Eigen::Ref<const Eigen::VectorXd>& y, const GlmOptions& options = {},
                             const Eigen::Ref<const Eigen::VectorXd>& weights = Eigen::VectorXd(),
                             const Eigen::Ref<const Eigen::VectorXd>& offset = Eigen::VectorXd());

/// Means at linear predictor eta (n). Beyond |30| (logistic), |8| (probit) or 300 (Poisson) it counts as that far.
/// O(n).
[[nodiscard]] Eigen::VectorXd glm_mean(GlmFamily family, const Eigen::Ref<const Eigen::VectorXd>& eta);

}  // namespace causal::estimation
