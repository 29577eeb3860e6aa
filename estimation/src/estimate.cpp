#include "causal/estimation/estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/math/student_t.hpp"
#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

int count_of_clusters(std::span<const int> clusters) { return 1 + *std::max_element(clusters.begin(), clusters.end()); }

void check_same_rows(const Estimate& a, const Estimate& b, const char* function) {
  if (a.influence.size() == 0 || b.influence.size() == 0) {
    throw InvalidArgument(fmt::format("{}: an estimate without influence values cannot be combined", function));
  }
  if (a.influence.size() != b.influence.size()) {
    throw InvalidArgument(
        fmt::format("{}: the estimates rest on {} and {} rows", function, a.influence.size(), b.influence.size()), {},
        "Combine estimates of the same rows only.");
  }
}

Estimate combined(const Estimate& a, const Estimate& b, std::string estimand, double value, Eigen::VectorXd influence,
                  std::span<const int> clusters) {
  Estimate result = from_influence(a.method, std::move(estimand), value, std::move(influence), a.level, clusters);
  result.n = a.n;
  result.warnings = a.warnings;
  for (const std::string& warning : b.warnings) {
    if (std::find(result.warnings.begin(), result.warnings.end(), warning) == result.warnings.end()) {
      result.warnings.push_back(warning);
    }
  }
  return result;
}

}  // namespace

std::optional<double> Diagnostics::find(std::string_view name) const {
  const auto at =
      std::find_if(figures.begin(), figures.end(), [&](const Figure& figure) { return figure.name == name; });
  return at == figures.end() ? std::nullopt : std::optional(at->value);
}

std::string Estimate::brief() const {
  if (status != Status::Ok) {
    return fmt::format("{} {}: {}{}{}", method, estimand, to_string(status), warnings.empty() ? "" : ": ",
                       warnings.empty() ? "" : warnings.front());
  }
  return fmt::format("{} {} {:.6g}, se {:.4g}, {:.3g}% CI [{:.6g}, {:.6g}], p {:.2g}, n {}", method, estimand, value,
                     std_error, 100 * level, ci_low, ci_high, p_value, n_used);
}

double influence_std_error(const Eigen::Ref<const Eigen::VectorXd>& influence, std::span<const int> clusters) {
  const auto n = static_cast<double>(influence.size());
  if (clusters.empty()) return influence.norm() / n;
  if (std::ssize(clusters) != influence.size()) {
    throw InvalidArgument(fmt::format("{} cluster numbers for {} influence values", clusters.size(), influence.size()));
  }
  const int groups = count_of_clusters(clusters);
  if (groups < 2) throw InvalidArgument("standard errors by cluster need at least two clusters");
  Eigen::VectorXd sums = Eigen::VectorXd::Zero(groups);
  for (Eigen::Index i = 0; i < influence.size(); ++i) sums(clusters[static_cast<std::size_t>(i)]) += influence(i);
  return std::sqrt(groups / (groups - 1.0)) * sums.norm() / n;
}

void set_interval(Estimate& estimate) {
  if (!(estimate.level > 0 && estimate.level < 1)) {
    throw InvalidArgument("estimate", "level", fmt::format("{}", estimate.level), "lie in (0, 1)");
  }
  const double half = student_t_quantile(0.5 + estimate.level / 2, estimate.dof) * estimate.std_error;
  estimate.ci_low = estimate.value - half;
  estimate.ci_high = estimate.value + half;
  const double t = estimate.value / estimate.std_error;
  estimate.p_value = std::isnan(t) ? std::numeric_limits<double>::quiet_NaN() : two_sided_student_t_p(t, estimate.dof);
}

Estimate from_influence(std::string method, std::string estimand, double value, Eigen::VectorXd influence, double level,
                        std::span<const int> clusters) {
  Estimate estimate;
  estimate.method = std::move(method);
  estimate.estimand = std::move(estimand);
  estimate.value = value;
  estimate.level = level;
  estimate.std_error = influence_std_error(influence, clusters);
  estimate.n = estimate.n_used = influence.size();
  estimate.influence = std::move(influence);
  set_interval(estimate);
  return estimate;
}

Estimate degenerate_estimate(std::string method, std::string estimand, std::int64_t n, std::string reason) {
  Estimate estimate;
  estimate.method = std::move(method);
  estimate.estimand = std::move(estimand);
  estimate.n = n;
  estimate.status = Status::Degenerate;
  estimate.warnings.push_back(std::move(reason));
  return estimate;
}

Estimate difference(const Estimate& a, const Estimate& b, std::span<const int> clusters) {
  check_same_rows(a, b, "difference");
  return combined(a, b, a.estimand + " - " + b.estimand, a.value - b.value, a.influence - b.influence, clusters);
}

Estimate ratio(const Estimate& a, const Estimate& b, std::span<const int> clusters) {
  check_same_rows(a, b, "ratio");
  const double value = a.value / b.value;
  return combined(a, b, a.estimand + " / " + b.estimand, value, (a.influence - value * b.influence) / b.value,
                  clusters);
}

}  // namespace causal::estimation
