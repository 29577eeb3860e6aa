#include "causal/estimation/debias/ppi_bootstrap.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "causal/run/stop.hpp"

namespace causal::estimation {
namespace {

constexpr int kFewest = 20;

void check_group(Eigen::Index rows, Eigen::Index weights, std::size_t clusters, std::string_view group) {
  if (weights != 0 && weights != rows) {
    throw InvalidArgument(fmt::format("predict_then_debias: {} weights for {} {} rows", weights, rows, group));
  }
  if (clusters != 0 && static_cast<Eigen::Index>(clusters) != rows) {
    throw InvalidArgument(fmt::format("predict_then_debias: {} cluster numbers for {} {} rows", clusters, rows, group));
  }
}

void check_data(const ProxyData& data) {
  const Eigen::Index n = data.complete.rows(), p = data.complete.cols();
  if (n == 0 || data.unlabelled.rows() == 0 || data.proxy.rows() != n || data.proxy.cols() != p ||
      data.unlabelled.cols() != p) {
    throw InvalidArgument(fmt::format(
        "predict_then_debias: complete is {} x {}, proxy {} x {}, unlabelled {} x {}; both groups need rows, and the "
        "tables the same columns",
        n, p, data.proxy.rows(), data.proxy.cols(), data.unlabelled.rows(), data.unlabelled.cols()));
  }
  check_group(n, data.weights.size(), data.clusters.size(), "labelled");
  check_group(data.unlabelled.rows(), data.unlabelled_weights.size(), data.unlabelled_clusters.size(), "unlabelled");
  if (data.clusters.empty() != data.unlabelled_clusters.empty()) {
    throw InvalidArgument("predict_then_debias: clusters are given for one group of rows only");
  }
  if (!data.complete.allFinite()) throw DataError("a cell of a complete row is missing or infinite");
  if (!data.proxy.allFinite()) throw DataError("a cell of a proxy row is missing or infinite");
  if (!data.unlabelled.allFinite()) throw DataError("a cell of an unlabelled row is missing or infinite");
  for (const auto& weights : {data.weights, data.unlabelled_weights}) {
    if (weights.size() != 0 && (!weights.allFinite() || weights.minCoeff() < 0 || !(weights.sum() > 0))) {
      throw DataError("weights must be finite and not negative, with a positive sum");
    }
  }
  for (const auto* numbers : {&data.clusters, &data.unlabelled_clusters}) {
    if (!numbers->empty() && *std::min_element(numbers->begin(), numbers->end()) < 0) {
      throw InvalidArgument("predict_then_debias: cluster numbers must be 0, 1, ...");
    }
  }
}

/// theta_L, gamma_L, gamma_U side by side: k x 3; empty when a fit failed.
Eigen::MatrixXd fitted(const ProxyData& data, const WeightedFit& fit, const Eigen::VectorXd& labelled,
                       const Eigen::VectorXd& unlabelled) {
  const Eigen::VectorXd theta = fit(data.complete, labelled);
  Eigen::MatrixXd all(theta.size(), 3);
  all.col(0) = theta;
  all.col(1) = fit(data.proxy, labelled);
  all.col(2) = fit(data.unlabelled, unlabelled);
  return all;
}

/// How often each row is drawn in one replicate, times its weight.
struct Drawn {
  Eigen::VectorXd labelled;
  Eigen::VectorXd unlabelled;
};

Drawn draw(const ProxyData& data, const Eigen::VectorXd& weights, const Eigen::VectorXd& unlabelled_weights,
           std::uint64_t seed, std::int64_t replicate) {
  const Eigen::Index n = weights.size(), m = unlabelled_weights.size();
  std::int64_t units = n + m;
  const bool clustered = !data.clusters.empty();
  if (clustered) {
    units = 1 + std::max(*std::max_element(data.clusters.begin(), data.clusters.end()),
                         *std::max_element(data.unlabelled_clusters.begin(), data.unlabelled_clusters.end()));
  }
  RandomStream stream(seed, RandomDomain::Resample, static_cast<std::uint32_t>(replicate), 1);
  Eigen::VectorXd times = Eigen::VectorXd::Zero(units);
  for (std::int64_t i = 0; i < units; ++i) {
    times(static_cast<Eigen::Index>(stream.below(static_cast<std::uint64_t>(units)))) += 1;
  }
  Drawn drawn{weights, unlabelled_weights};
  for (Eigen::Index i = 0; i < n; ++i)
    drawn.labelled(i) *= times(clustered ? data.clusters[static_cast<std::size_t>(i)] : i);
  for (Eigen::Index j = 0; j < m; ++j) {
    drawn.unlabelled(j) *= times(clustered ? data.unlabelled_clusters[static_cast<std::size_t>(j)] : n + j);
  }
  return drawn;
}

struct Replicates {
  std::vector<Eigen::MatrixXd> kept;
  std::int64_t failed = 0;
  Status status = Status::Ok;
};

Replicates replicate(const ProxyData& data, const WeightedFit& fit, const PtdOptions& options) {
  const auto ones_or = [](const Eigen::VectorXd& given, Eigen::Index rows) {
    return given.size() == 0 ? Eigen::VectorXd(Eigen::VectorXd::Ones(rows)) : given;
  };
  const Eigen::VectorXd labelled = ones_or(data.weights, data.complete.rows());
  const Eigen::VectorXd unlabelled = ones_or(data.unlabelled_weights, data.unlabelled.rows());
  std::vector<Eigen::MatrixXd> results(static_cast<std::size_t>(options.replicates));
  std::vector<char> tried(results.size(), 0);
  const StopSignal signal(options.run);
  {
    ProgressMeter meter(options.run.progress, "predict-then-debias", options.replicates);
    parallel_chunks(options.replicates, 1, options.run.threads, [&](std::int64_t begin, std::int64_t end, int worker) {
      for (std::int64_t b = begin; b < end; ++b) {
        if (signal.reached()) return;
        const auto at = static_cast<std::size_t>(b);
        tried[at] = 1;
        const Drawn drawn = draw(data, labelled, unlabelled, options.run.seed, b);
        try {
          results[at] = fitted(data, fit, drawn.labelled, drawn.unlabelled);
        } catch (const Error&) {
          results[at].resize(0, 0);
        }
        meter.advance(worker);
      }
    });
  }
  Replicates done;
  for (std::size_t b = 0; b < results.size(); ++b) {
    if (!tried[b]) {
      done.status = signal.status();
    } else if (results[b].size() == 0 || !results[b].allFinite()) {
      ++done.failed;
    } else {
      done.kept.push_back(std::move(results[b]));
    }
  }
  return done;
}

double covariance(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  return (a.array() - a.mean()).matrix().dot((b.array() - b.mean()).matrix()) / static_cast<double>(a.size() - 1);
}

/// Order statistic at rank (B + 1) p, between neighbours in proportion.
double quantile_of(const Eigen::VectorXd& sorted, double p) {
  const auto last = static_cast<double>(sorted.size() - 1);
  const double rank = std::clamp((last + 2) * p - 1, 0.0, last);
  const auto low = static_cast<Eigen::Index>(rank);
  const Eigen::Index high = std::min<Eigen::Index>(low + 1, sorted.size() - 1);
  return sorted(low) + (rank - static_cast<double>(low)) * (sorted(high) - sorted(low));
}

Estimate debiased(const std::string& name, const Eigen::VectorXd& point, const Eigen::MatrixXd& replicates,
                  const PtdOptions& options) {
  const Eigen::VectorXd theta = replicates.col(0), labelled = replicates.col(1), unlabelled = replicates.col(2);
  const double spread = covariance(labelled, labelled) + covariance(unlabelled, unlabelled);
  const double omega = options.tuned ? (spread > 0 ? covariance(theta, labelled) / spread : 0) : 1;
  Eigen::VectorXd values = theta + omega * (unlabelled - labelled);
  std::sort(values.begin(), values.end());
  Estimate estimate;
  estimate.method = "ptd";
  estimate.estimand = name;
  estimate.level = options.level;
  estimate.value = point(0) + omega * (point(2) - point(1));
  estimate.std_error = std::sqrt(covariance(values, values));
  estimate.ci_low = quantile_of(values, (1 - options.level) / 2);
  estimate.ci_high = quantile_of(values, (1 + options.level) / 2);
  const auto below = static_cast<double>((values.array() <= 0).count());
  const auto above = static_cast<double>((values.array() >= 0).count());
  estimate.p_value = std::min(1.0, 2 * (1 + std::min(below, above)) / (static_cast<double>(values.size()) + 1));
  estimate.diagnostics.add("omega", omega);
  return estimate;
}

}  // namespace

std::vector<Estimate> predict_then_debias(const ProxyData& data, const WeightedFit& fit, const PtdOptions& options) {
  validate(options, "predict_then_debias");
  check_data(data);
  const Eigen::VectorXd labelled =
      data.weights.size() == 0 ? Eigen::VectorXd(Eigen::VectorXd::Ones(data.complete.rows())) : data.weights;
  const Eigen::VectorXd unlabelled = data.unlabelled_weights.size() == 0
                                         ? Eigen::VectorXd(Eigen::VectorXd::Ones(data.unlabelled.rows()))
                                         : data.unlabelled_weights;
  const Eigen::MatrixXd point = fitted(data, fit, labelled, unlabelled);
  if (!options.names.empty() && std::ssize(options.names) != point.rows()) {
    throw InvalidArgument("predict_then_debias", "names", fmt::format("{} names", options.names.size()),
                          fmt::format("name each of {} coefficients", point.rows()));
  }
  const Replicates done = replicate(data, fit, options);
  const Eigen::Index rows = data.complete.rows() + data.unlabelled.rows();
  std::vector<Estimate> estimates;
  for (Eigen::Index j = 0; j < point.rows(); ++j) {
    const std::string name =
        options.names.empty() ? fmt::format("theta{}", j + 1) : options.names[static_cast<std::size_t>(j)];
    if (std::ssize(done.kept) < kFewest || !point.row(j).allFinite()) {
      estimates.push_back(degenerate_estimate("ptd", name, rows,
                                              fmt::format("{} of {} replicates gave a number; {} are needed",
                                                          done.kept.size(), options.replicates, kFewest)));
      continue;
    }
    Eigen::MatrixXd replicates(std::ssize(done.kept), 3);
    for (std::size_t b = 0; b < done.kept.size(); ++b) {
      replicates.row(static_cast<Eigen::Index>(b)) = done.kept[b].row(j);
    }
    Estimate estimate = debiased(name, point.row(j).transpose(), replicates, options);
    estimate.n = estimate.n_used = rows;
    estimate.status = done.status;
    estimate.diagnostics.add("replicates", static_cast<double>(done.kept.size()));
    estimate.diagnostics.add("failed_replicates", static_cast<double>(done.failed));
    if (done.failed > 0) {
      estimate.warnings.push_back(
          fmt::format("{} of {} replicates failed and are left out", done.failed, options.replicates));
    }
    if (done.status != Status::Ok) estimate.warnings.emplace_back("stopped early: fewer replicates than asked for");
    estimates.push_back(std::move(estimate));
  }
  return estimates;
}

}  // namespace causal::estimation
