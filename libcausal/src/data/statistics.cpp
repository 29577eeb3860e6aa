#include "causal/data/statistics.hpp"

#include <algorithm>
#include <cmath>

#include "causal/math/syrk.hpp"
#include "causal/run/parallel.hpp"

namespace causal {
namespace {

void require_complete(const Dataset& data) {
  for (int j = 0; j < data.cols(); ++j) {
    const std::int64_t missing = data.missing_counts()[static_cast<std::size_t>(j)];
    if (missing > 0) {
      throw DataError("column '" + data.column(j).name + "' has " + std::to_string(missing) + " missing cells", {},
                      "Drop those rows, or choose a test that accepts missing values.");
    }
  }
}

void require_memory(std::int64_t p, const RunOptions& run) {
  const std::int64_t bytes = p * p * static_cast<std::int64_t>(sizeof(double));
  if (bytes > run.memory_limit_bytes) {
    throw InvalidArgument("compute_moments", "memory_limit_bytes", std::to_string(run.memory_limit_bytes),
                          "be at least " + std::to_string(bytes) + " for " + std::to_string(p) + " variables");
  }
}

// Sums run in blocks of fixed size, so the mean is accurate and independent of the thread count.
double mean_of(const Eigen::Ref<const Eigen::VectorXd>& column, const Eigen::VectorXd& weights, double total) {
  constexpr Eigen::Index kBlock = 4096;
  double sum = 0;
  for (Eigen::Index first = 0; first < column.size(); first += kBlock) {
    const Eigen::Index rows = std::min(kBlock, column.size() - first);
    sum += weights.size() == 0 ? column.segment(first, rows).sum()
                               : weights.segment(first, rows).dot(column.segment(first, rows));
  }
  return sum / total;
}

Moments moments_of(const Dataset& data, const std::vector<std::int32_t>* weights, const RunOptions& run) {
  validate(run, "compute_moments");
  require_complete(data);
  require_memory(data.cols(), run);
  Moments moments;
  moments.n = data.rows();
  if (weights) {
    moments.n = 0;
    for (const std::int32_t w : *weights) moments.n += w;
  }
  if (moments.n < 1) throw DataError("the table has no rows");
  moments.names = data.names();
  moments.mean.resize(data.cols());
  const auto total = static_cast<double>(moments.n);
  const Eigen::VectorXd real_weights = weights ? Eigen::Map<const Eigen::Matrix<std::int32_t, Eigen::Dynamic, 1>>(
                                                     weights->data(), static_cast<Eigen::Index>(weights->size()))
                                                     .cast<double>()
                                                     .eval()
                                               : Eigen::VectorXd();
  parallel_for(
      data.cols(), run.threads,
      [&](std::int64_t j) { moments.mean[j] = mean_of(data.values().col(j), real_weights, total); }, 8);
  const std::span<const std::int32_t> row_weights =
      weights ? std::span<const std::int32_t>(*weights) : std::span<const std::int32_t>();
  moments.scatter = centred_scatter(data.values(), moments.mean, row_weights, run.threads);
  return moments;
}

}  // namespace

Eigen::MatrixXd Moments::covariance() const { return scatter / static_cast<double>(n - 1); }

Eigen::MatrixXd Moments::correlation() const {
  Eigen::MatrixXd R = scatter;
  scale_to_correlation(R);
  return R;
}

void scale_to_correlation(Eigen::MatrixXd& scatter) {
  const Eigen::VectorXd inverse_sd =
      scatter.diagonal().unaryExpr([](double v) { return v > 0 ? 1 / std::sqrt(v) : 0.0; });
  for (Eigen::Index j = 0; j < scatter.cols(); ++j) {
    scatter.col(j).array() *= inverse_sd.array() * inverse_sd[j];
    scatter(j, j) = 1;
  }
}

Moments compute_moments(const Dataset& data, const RunOptions& run) { return moments_of(data, nullptr, run); }

Moments compute_weighted_moments(const Dataset& data, const std::vector<std::int32_t>& weights, const RunOptions& run) {
  if (static_cast<std::int64_t>(weights.size()) != data.rows()) {
    throw InvalidArgument("compute_weighted_moments", "weights", std::to_string(weights.size()) + " values",
                          "match the " + std::to_string(data.rows()) + " rows");
  }
  for (const std::int32_t w : weights) {
    if (w < 0) throw InvalidArgument("compute_weighted_moments", "weights", std::to_string(w), "not be negative");
  }
  return moments_of(data, &weights, run);
}

Moments merge(const Moments& a, const Moments& b) {
  if (a.names != b.names) {
    throw InvalidArgument("merge", "names", "two different lists of variables", "be the same list in the same order");
  }
  Moments both = a;
  both.n = a.n + b.n;
  const double share = static_cast<double>(b.n) / static_cast<double>(both.n);
  const Eigen::VectorXd shift = b.mean - a.mean;
  both.mean += share * shift;
  both.scatter += b.scatter;
  both.scatter.noalias() += (static_cast<double>(a.n) * share) * shift * shift.transpose();
  return both;
}

Moments moments_from_covariance(const Eigen::MatrixXd& covariance, std::int64_t n, std::vector<std::string> names) {
  const Eigen::Index p = covariance.rows();
  if (n < 2) throw InvalidArgument("moments_from_covariance", "n", std::to_string(n), "be at least 2");
  if (covariance.cols() != p || static_cast<std::size_t>(p) != names.size()) {
    throw DataError("a covariance of " + std::to_string(p) + " x " + std::to_string(covariance.cols()) +
                    " does not match " + std::to_string(names.size()) + " names");
  }
  const auto entry = [&](Eigen::Index i, Eigen::Index j) {
    return "(" + names[static_cast<std::size_t>(i)] + ", " + names[static_cast<std::size_t>(j)] + ")";
  };
  for (Eigen::Index j = 0; j < p; ++j) {
    for (Eigen::Index i = 0; i <= j; ++i) {
      if (!std::isfinite(covariance(i, j)) || !std::isfinite(covariance(j, i))) {
        throw DataError("covariance entry " + entry(i, j) + " is not finite");
      }
      const double scale = std::sqrt(std::abs(covariance(i, i) * covariance(j, j)));
      if (std::abs(covariance(i, j) - covariance(j, i)) > 1e-8 * scale) {
        throw DataError("covariance entries " + entry(i, j) + " and " + entry(j, i) + " differ");
      }
      if (std::abs(covariance(i, j)) > (1 + 1e-8) * scale) {
        throw DataError("covariance entry " + entry(i, j) + " is larger than its variances allow", {},
                        "A covariance is at most the product of the two standard deviations.");
      }
    }
    if (covariance(j, j) < 0) throw DataError("variance of '" + names[static_cast<std::size_t>(j)] + "' is negative");
  }
  Moments moments;
  moments.n = n;
  moments.mean = Eigen::VectorXd::Zero(p);
  moments.scatter = (0.5 * static_cast<double>(n - 1)) * (covariance + covariance.transpose());
  moments.names = std::move(names);
  return moments;
}

}  // namespace causal
