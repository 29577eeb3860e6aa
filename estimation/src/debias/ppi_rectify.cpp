// The error of a + lambda (c - b) is mean(A - lambda B) + lambda mean(C), A, B over the n labelled rows and C over the
// N others. Its variance is least at
//   lambda = Cov(A, B) / ((1 + n / N) Var(B and C pooled)),
// covariance over n, pooled variance over n + N - 1 as in the paper's code. With clusters, and the totals
//   a_g = sum A_i / n,  b_g = sum B_i / n - sum C_j / N  of cluster g,
// it is least at sum a_g b_g / sum b_g^2: for clusters of one group each that is
//   Cov(u, s) / (Var(s) + (K_U / K_L) (N_L / N_U)^2 Var(v)),
// u, s, v the cluster sums, and it needs neither equal cluster sizes nor clusters of one group.

#include "debias/ppi_rectify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "causal/run/error.hpp"

namespace causal::estimation::ppi {
namespace {

struct ClusterTotals {
  Eigen::VectorXd a;
  Eigen::VectorXd b;
};

ClusterTotals cluster_totals(const Parts& parts, const PpiData& data) {
  const int groups = 1 + std::max(*std::max_element(data.clusters.begin(), data.clusters.end()),
                                  *std::max_element(data.unlabelled_clusters.begin(), data.unlabelled_clusters.end()));
  ClusterTotals totals{Eigen::VectorXd::Zero(groups), Eigen::VectorXd::Zero(groups)};
  const auto n = static_cast<double>(data.n());
  const auto m = static_cast<double>(data.n_unlabelled());
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    const int g = data.clusters[static_cast<std::size_t>(i)];
    totals.a(g) += parts.influence_a(i) / n;
    totals.b(g) += parts.influence_b(i) / n;
  }
  for (Eigen::Index j = 0; j < data.n_unlabelled(); ++j) {
    totals.b(data.unlabelled_clusters[static_cast<std::size_t>(j)]) -= parts.influence_c(j) / m;
  }
  return totals;
}

double rectified_variance(const Parts& parts, double lambda, double spent, const PpiData& data) {
  if (!data.clusters.empty()) {
    const ClusterTotals totals = cluster_totals(parts, data);
    const auto labelled = static_cast<double>(std::set<int>(data.clusters.begin(), data.clusters.end()).size());
    return labelled / (labelled - 1) * (totals.a - lambda * totals.b).squaredNorm();
  }
  const auto n = static_cast<double>(data.n());
  const auto m = static_cast<double>(data.n_unlabelled());
  // Each group needs a degree of freedom of its own: with fewer rows than coefficients the fit has failed before.
  const double of_labelled = (parts.influence_a - lambda * parts.influence_b).squaredNorm() / (n * (n - spent));
  if (lambda == 0) return of_labelled;
  return of_labelled + lambda * lambda * parts.influence_c.squaredNorm() / (m * (m - spent));
}

}  // namespace

void Parts::centre() {
  between = influence_b.mean() - influence_c.mean();
  influence_a.array() -= influence_a.mean();
  influence_b.array() -= influence_b.mean();
  influence_c.array() -= influence_c.mean();
}

LambdaTerms lambda_terms(const Parts& parts, const PpiData& data) {
  if (!data.clusters.empty()) {
    const ClusterTotals totals = cluster_totals(parts, data);
    return {totals.a.dot(totals.b), totals.b.squaredNorm()};
  }
  const auto n = static_cast<double>(data.n());
  const auto m = static_cast<double>(data.n_unlabelled());
  const double pooled = (parts.influence_b.squaredNorm() + parts.influence_c.squaredNorm() +
                         n * m / (n + m) * parts.between * parts.between) /
                        (n + m - 1);
  return {parts.influence_a.dot(parts.influence_b) / n, (1 + n / m) * pooled};
}

Lambda best_lambda(const LambdaTerms& terms) {
  if (!(terms.denominator > 0)) return {0, 0, 0};
  const double raw = terms.numerator / terms.denominator;
  return {std::clamp(raw, 0.0, 1.0), raw, 0};
}

Estimate rectified(std::string estimand, const Parts& parts, const Lambda& lambda, double spent, const PpiData& data,
                   const PpiOptions& options) {
  Estimate estimate;
  estimate.method = "ppi";
  estimate.estimand = std::move(estimand);
  estimate.level = options.level;
  estimate.value = parts.a + lambda.value * (parts.c - parts.b);
  estimate.std_error = std::sqrt(rectified_variance(parts, lambda.value, spent, data));
  if (estimate.std_error > 0) {
    set_interval(estimate);
  } else {
    estimate.ci_low = estimate.ci_high = estimate.value;
    estimate.p_value = estimate.value == 0 ? 1 : 0;
    estimate.warnings.emplace_back("the rows show no variation at all: the standard error is 0");
  }
  const auto n = static_cast<double>(data.n());
  const auto m = static_cast<double>(data.n_unlabelled());
  if (options.influence) {
    estimate.influence.resize(data.n() + data.n_unlabelled());
    estimate.influence.head(data.n()) = (n + m) / n * (parts.influence_a - lambda.value * parts.influence_b);
    estimate.influence.tail(data.n_unlabelled()) = (n + m) / m * lambda.value * parts.influence_c;
  }
  describe_lambda(estimate, lambda, data);
  estimate.diagnostics.add("classical_std_error", std::sqrt(rectified_variance(parts, 0, spent, data)));
  return estimate;
}

void describe_lambda(Estimate& estimate, const Lambda& lambda, const PpiData& data) {
  estimate.n = estimate.n_used = data.n() + data.n_unlabelled();
  estimate.diagnostics.add("lambda", lambda.value);
  estimate.diagnostics.add("lambda_raw", lambda.raw);
  estimate.diagnostics.add("labelled", static_cast<double>(data.n()));
  estimate.diagnostics.add("unlabelled", static_cast<double>(data.n_unlabelled()));
  if (lambda.halvings > 0) {
    estimate.diagnostics.add("lambda_halvings", lambda.halvings);
    estimate.warnings.push_back(fmt::format("the rectified loss had no minimum; lambda was halved {} times, to {:.4g}",
                                            lambda.halvings, lambda.value));
  }
  if (lambda.raw < 0) {
    estimate.warnings.push_back(fmt::format(
        "predictions and outcomes go against each other (best lambda {:.3g}, clipped to 0): the predictions are unused",
        lambda.raw));
  } else if (lambda.raw > 1) {
    estimate.warnings.push_back(fmt::format("the best lambda, {:.3g}, was clipped to 1", lambda.raw));
  }
}

}  // namespace causal::estimation::ppi
