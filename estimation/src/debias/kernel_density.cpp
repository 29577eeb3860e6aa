#include "causal/estimation/debias/kernel_density.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "debias/gather.hpp"

namespace causal::estimation {
namespace {

constexpr double kReach = 8;  // Bandwidths after which a kernel is cut: exp(-32) = 1e-14.
constexpr double kMostNodes = 1 << 20;

double kernel_scale(double bandwidth) { return 1 / (bandwidth * std::sqrt(2 * std::numbers::pi)); }

void check_bandwidth(const char* function, double bandwidth) {
  if (bandwidth > 0 && std::isfinite(bandwidth)) return;
  throw InvalidArgument(function, "bandwidth", fmt::format("{}", bandwidth), "be positive");
}

struct PointDensity {
  double density = 0, derivative = 0, score = 0;
};

PointDensity density_at(std::span<const double> sample, std::span<const double> weights, double h, double x) {
  double nearest = std::numeric_limits<double>::infinity();
  double total = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double weight = weights.empty() ? 1 : weights[i];
    total += weight;
    if (weight > 0) nearest = std::min(nearest, std::abs(x - sample[i]));
  }
  const double top = -0.5 * nearest * nearest / (h * h);
  double sum = 0;
  double slope = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double z = (x - sample[i]) / h;
    const double kernel = (weights.empty() ? 1 : weights[i]) * std::exp(-0.5 * z * z - top);
    sum += kernel;
    slope -= z / h * kernel;
  }
  const double scale = kernel_scale(h) * std::exp(top) / total;
  return {scale * sum, scale * slope, slope / sum};
}

void add_masses(std::span<const double> sample, double low, double step, Eigen::VectorXd& mass) {
  for (const double value : sample) {
    const double x = (value - low) / step;
    const auto j = static_cast<Eigen::Index>(x);
    const double t = x - static_cast<double>(j);
    mass(j) += 1 - t;
    mass(j + 1) += t;
  }
}

}  // namespace

double kernel_bandwidth(BandwidthRule rule, double n, double sd, double user) {
  if (!(n >= 2)) throw InvalidArgument("kernel_bandwidth", "n", fmt::format("{}", n), "be at least 2");
  if (!(sd > 0)) throw InvalidArgument("kernel_bandwidth", "sd", fmt::format("{}", sd), "be positive");
  switch (rule) {
    case BandwidthRule::Scott:
      return sd * std::pow(n, -0.2);
    case BandwidthRule::Silverman:
      return sd * std::pow(4 / (3 * n), 0.2);
    case BandwidthRule::Derivative:
      return sd * std::pow(4 / (5 * n), 1.0 / 7);
    case BandwidthRule::User:
      break;
  }
  check_bandwidth("kernel_bandwidth", user);
  return user;
}

KernelDensity exact_kernel_density(std::span<const double> sample, std::span<const double> weights, double bandwidth,
                                   std::span<const double> at, int threads) {
  check_bandwidth("exact_kernel_density", bandwidth);
  if (sample.empty()) throw InvalidArgument("exact_kernel_density: the sample has no rows");
  if (!weights.empty() && weights.size() != sample.size()) {
    throw InvalidArgument(fmt::format("exact_kernel_density: {} weights for {} rows", weights.size(), sample.size()));
  }
  const auto m = std::ssize(at);
  KernelDensity result{Eigen::VectorXd(m), Eigen::VectorXd(m), Eigen::VectorXd(m)};
  parallel_for(
      m, threads,
      [&](std::int64_t j) {
        const PointDensity point = density_at(sample, weights, bandwidth, at[static_cast<std::size_t>(j)]);
        result.density(j) = point.density;
        result.derivative(j) = point.derivative;
        result.score(j) = point.score;
      },
      4);
  return result;
}

NodeMasses node_masses(std::span<const double> sample, double bandwidth, int nodes_per_bandwidth, int threads) {
  check_bandwidth("node_masses", bandwidth);
  if (sample.empty()) throw InvalidArgument("node_masses: the sample has no rows");
  const RangeOfRows range = range_of(sample, threads);
  if (range.not_finite >= 0) throw DataError(fmt::format("row {} of the sample is not finite", range.not_finite + 1));
  NodeMasses result{range.least - kReach * bandwidth, bandwidth / nodes_per_bandwidth, {}};
  const double nodes = std::ceil((range.most + kReach * bandwidth - result.low) / result.step) + 2;
  if (!(nodes <= kMostNodes)) {
    throw DataError(fmt::format("a grid of {:.0f} nodes would be needed for a bandwidth of {} on [{}, {}]", nodes,
                                bandwidth, range.least, range.most),
                    {}, "Take a larger bandwidth.");
  }
  const auto m = static_cast<Eigen::Index>(nodes);
  result.mass = Eigen::VectorXd::Zero(m);
  // Blocks of fixed size are summed apart, a few at a time, and added in order.
  constexpr std::int64_t kBlock = 1 << 18;
  constexpr std::int64_t kAtOnce = 8;
  const std::int64_t n = std::ssize(sample);
  const std::int64_t blocks = (n + kBlock - 1) / kBlock;
  std::vector<Eigen::VectorXd> parts(static_cast<std::size_t>(std::min(blocks, kAtOnce)));
  for (std::int64_t first = 0; first < blocks; first += kAtOnce) {
    const std::int64_t now = std::min(kAtOnce, blocks - first);
    parallel_for(now, threads, [&](std::int64_t k) {
      Eigen::VectorXd& part = parts[static_cast<std::size_t>(k)];
      part = Eigen::VectorXd::Zero(m);
      const std::int64_t begin = (first + k) * kBlock;
      const std::int64_t end = std::min(begin + kBlock, n);
      add_masses(sample.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin)), result.low,
                 result.step, part);
    });
    for (std::int64_t k = 0; k < now; ++k) result.mass += parts[static_cast<std::size_t>(k)];
  }
  return result;
}

KernelDensity grid_kernel_density(const Eigen::Ref<const Eigen::VectorXd>& masses, double step, double bandwidth,
                                  int threads) {
  check_bandwidth("grid_kernel_density", bandwidth);
  const auto reach = static_cast<Eigen::Index>(std::ceil(kReach * bandwidth / step));
  const Eigen::Index width = 2 * reach + 1;
  Eigen::VectorXd kernel(width);
  Eigen::VectorXd slope(width);
  for (Eigen::Index l = 0; l < width; ++l) {
    // Node j sees mass at j - reach + l, at the distance (reach - l) * step.
    const double z = static_cast<double>(reach - l) * step / bandwidth;
    kernel(l) = kernel_scale(bandwidth) * std::exp(-0.5 * z * z);
    slope(l) = -z / bandwidth * kernel(l);
  }
  const Eigen::Index m = masses.size();
  Eigen::VectorXd padded = Eigen::VectorXd::Zero(m + 2 * reach);
  padded.segment(reach, m) = masses;
  KernelDensity result{Eigen::VectorXd(m), Eigen::VectorXd(m), {}};
  parallel_for(
      m, threads,
      [&](std::int64_t j) {
        result.density(j) = kernel.dot(padded.segment(j, width));
        result.derivative(j) = slope.dot(padded.segment(j, width));
      },
      64);
  return result;
}

}  // namespace causal::estimation
