#pragma once
// The density of a sample and its derivative, by Gaussian kernels: exactly, and on a grid for millions of rows.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "causal/run/options.hpp"

namespace causal::estimation {

/// Width h of the kernel, from the sample's size n and standard deviation sd (divisor n - 1).
enum class BandwidthRule {
  Scott,       ///< sd n^(-1/5).
  Silverman,   ///< sd (4 / (3 n))^(1/5): best for the density of a normal sample.
  Derivative,  ///< sd (4 / (5 n))^(1/7): best for the derivative of the density of a normal sample.
  User         ///< As given.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::BandwidthRule> {
  using R = causal::estimation::BandwidthRule;
  static constexpr std::array<std::pair<R, std::string_view>, 4> names{
      {{R::Scott, "scott"}, {R::Silverman, "silverman"}, {R::Derivative, "derivative"}, {R::User, "user"}}};
};

namespace causal::estimation {

/// The width by that rule; `user` for BandwidthRule::User. Errors: InvalidArgument unless n >= 2, sd > 0 and a width
/// that is asked for is > 0.
[[nodiscard]] double kernel_bandwidth(BandwidthRule rule, double n, double sd, double user = 0);

/// Density, its derivative and the score (the derivative of the log density) at some points.
struct KernelDensity {
  Eigen::VectorXd density;
  Eigen::VectorXd derivative;
  Eigen::VectorXd score;
};

/// The kernel density of `sample` at the points `at`, every pair evaluated: the reference for the grid. The score is
/// finite everywhere, since the largest kernel is divided out before the sums are formed.
/// sample: n; weights: n, >= 0 with a positive sum, or empty for ones; bandwidth > 0; at: m points.
/// Errors: InvalidArgument for sizes, an empty sample or a bandwidth that is not positive. O(n m) time, O(m) memory.
[[nodiscard]] KernelDensity exact_kernel_density(std::span<const double> sample, std::span<const double> weights,
                                                 double bandwidth, std::span<const double> at, int threads = 0);

/// A sample's mass on a grid of nodes low + j * step, every row split between its two neighbours in proportion to its
/// nearness. Sums to the total weight.
struct NodeMasses {
  double low = 0;
  double step = 1;
  Eigen::VectorXd mass;
};

/// Spreads `sample` over a grid of step bandwidth / nodes_per_bandwidth that reaches 8 bandwidths beyond the sample.
/// Errors: InvalidArgument for an empty sample; DataError when the grid would have more than 2^20 nodes.
/// The bytes do not depend on `threads`.
[[nodiscard]] NodeMasses node_masses(std::span<const double> sample, double bandwidth, int nodes_per_bandwidth = 16,
                                     int threads = 0);

/// Density and derivative at the nodes from masses there: a direct sum over the nodes within 8 bandwidths, so that
/// tails keep their relative accuracy. masses: M, of either sign; the results are per unit of mass times 1 / length.
/// With linear interpolation between nodes the density is within 0.0997 step^2 / h^3 and the derivative within
/// 0.1377 step^2 / h^4 of the exact ones for a total mass of 1 (each half from the spreading, half from the
/// interpolation: an error of at most step^2 / 8 times the largest second derivative). Score is left empty.
/// O(M bandwidth / step). The bytes do not depend on `threads`.
[[nodiscard]] KernelDensity grid_kernel_density(const Eigen::Ref<const Eigen::VectorXd>& masses, double step,
                                                double bandwidth, int threads = 0);

}  // namespace causal::estimation
