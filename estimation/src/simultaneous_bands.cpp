#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/estimation/bootstrap.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "replicates.hpp"

namespace causal::estimation {
namespace {

/// Influence values over n std_error, one row a row or cluster, so that each column sums to an approximate t value.
Eigen::MatrixXd studentised_influence(std::span<const Estimate> estimates, std::span<const int> clusters) {
  if (estimates.empty()) throw InvalidArgument("simultaneous_bands: there is no estimate");
  const Eigen::Index n = estimates.front().influence.size();
  if (!clusters.empty() && std::ssize(clusters) != n) {
    throw InvalidArgument(fmt::format("simultaneous_bands: {} cluster numbers for {} rows", clusters.size(), n));
  }
  const Eigen::Index units = clusters.empty() ? n : 1 + *std::max_element(clusters.begin(), clusters.end());
  Eigen::MatrixXd psi = Eigen::MatrixXd::Zero(units, std::ssize(estimates));
  for (Eigen::Index j = 0; j < psi.cols(); ++j) {
    const Estimate& estimate = estimates[static_cast<std::size_t>(j)];
    if (estimate.influence.size() != n || n == 0) {
      throw InvalidArgument(fmt::format("simultaneous_bands: estimate '{}' has {} influence values, the first has {}",
                                        estimate.estimand, estimate.influence.size(), n),
                            {}, "All estimates must come from the same rows and carry influence values.");
    }
    if (!(estimate.std_error > 0)) {
      throw InvalidArgument(fmt::format("simultaneous_bands: estimate '{}' has no standard error", estimate.estimand));
    }
    for (Eigen::Index i = 0; i < n; ++i) {
      psi(clusters.empty() ? i : clusters[static_cast<std::size_t>(i)], j) += estimate.influence(i);
    }
    psi.col(j) /= static_cast<double>(n) * estimate.std_error;
  }
  return psi;
}

}  // namespace

SimultaneousBands simultaneous_bands(std::span<const Estimate> estimates, const SimultaneousOptions& options,
                                     std::span<const int> clusters) {
  validate(options, "simultaneous_bands");
  const Eigen::MatrixXd psi = studentised_influence(estimates, clusters);
  std::vector<double> largest(static_cast<std::size_t>(options.draws));
  constexpr std::int64_t kGrain = 16;
  parallel_chunks(options.draws, kGrain, options.run.threads, [&](std::int64_t begin, std::int64_t end, int) {
    Eigen::VectorXd xi(psi.rows());
    for (std::int64_t b = begin; b < end; ++b) {
      RandomStream stream(options.run.seed, RandomDomain::Resample, static_cast<std::uint32_t>(b), 3);
      stream.fill_normal({xi.data(), static_cast<std::size_t>(xi.size())});
      double most = 0;
      for (Eigen::Index j = 0; j < psi.cols(); ++j) most = std::max(most, std::abs(psi.col(j).dot(xi)));
      largest[static_cast<std::size_t>(b)] = most;
    }
  });
  std::sort(largest.begin(), largest.end());
  const Eigen::Index k = psi.cols();
  SimultaneousBands bands{order_statistic(largest, options.level), Eigen::VectorXd(k), Eigen::VectorXd(k),
                          Eigen::VectorXd(k)};
  for (Eigen::Index j = 0; j < k; ++j) {
    const Estimate& estimate = estimates[static_cast<std::size_t>(j)];
    bands.low(j) = estimate.value - bands.critical * estimate.std_error;
    bands.high(j) = estimate.value + bands.critical * estimate.std_error;
    const double t = std::abs(estimate.value / estimate.std_error);
    const auto reaching = largest.end() - std::lower_bound(largest.begin(), largest.end(), t);
    bands.p_value(j) = (1 + static_cast<double>(reaching)) / (options.draws + 1.0);
  }
  return bands;
}

}  // namespace causal::estimation
