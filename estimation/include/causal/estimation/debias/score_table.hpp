#pragma once
// The score (log p)' of a sample's density, as a table.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "causal/estimation/debias/kernel_density.hpp"
#include "causal/estimation/debias/prediction_cells.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

enum class ScoreKind {
  Kde,      ///< Kernel density.
  Lindsey,  ///< Log density a natural spline, fitted to a histogram: smooth, with straight tails.
  Gmm       ///< Mixture of normals by EM, its size by BIC.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::ScoreKind> {
  using K = causal::estimation::ScoreKind;
  static constexpr std::array<std::pair<K, std::string_view>, 3> names{
      {{K::Kde, "kde"}, {K::Lindsey, "lindsey"}, {K::Gmm, "gmm"}}};
};

namespace causal::estimation {

struct ScoreOptions {
  ScoreKind kind = ScoreKind::Kde;
  BandwidthRule bandwidth = BandwidthRule::Scott;
  double bandwidth_value = 0;  ///< For BandwidthRule::User.
  /// A kernel density is that of the predictions plus noise of variance h^2, whose score is too small; this multiplies
  /// it by (v + h^2) / v, exact for normal predictions.
  bool variance_corrected = true;
  bool exact = false;  ///< Evaluate the kernels of all rows at every node; for comparison.
  /// Beyond the tail quantiles, and where fewer than `min_kernel_rows` rows lie within about a bandwidth, the score of
  /// a kernel density is that of single rows; it is then continued by the slope -1 / v of a normal density.
  bool tail_rule = true;
  double tail_quantile = 0.0005;
  double min_kernel_rows = 5;
  int nodes_per_bandwidth = 16;
  int spline_df = 7;       ///< Of Lindsey; 0: chosen from 3 to 12 by BIC.
  int max_components = 8;  ///< Of Gmm.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"score", "how the score is estimated"}, self.kind);
    visitor(Field{"bandwidth", "rule for the width of the kernel"}, self.bandwidth);
    visitor(Field{"bandwidth_value", "width of the kernel for the rule user", at_least(0)}, self.bandwidth_value);
    visitor(Field{"variance_corrected", "undo the smoothing of the kernel in the score"}, self.variance_corrected);
    visitor(Field{"exact", "evaluate the kernels of all rows at every node"}, self.exact);
    visitor(Field{"tail_rule", "continue the score by that of a normal density in the tails"}, self.tail_rule);
    visitor(Field{"tail_quantile", "share of the sample in each tail", closed_interval(0, 0.25)}, self.tail_quantile);
    visitor(Field{"min_kernel_rows", "fewest rows behind a value of the score", at_least(0)}, self.min_kernel_rows);
    visitor(Field{"nodes_per_bandwidth", "nodes of the table for one bandwidth", closed_interval(2, 256)},
            self.nodes_per_bandwidth);
    visitor(Field{"spline_df", "degrees of freedom of the log density; 0: by BIC", closed_interval(0, 12)},
            self.spline_df);
    visitor(Field{"max_components", "most components of the mixture", closed_interval(1, 8)}, self.max_components);
  }
};

/// The score at the nodes of a lattice.
struct ScoreTable {
  NodeFunction score;
  Eigen::VectorXd density;  ///< Kernel density at the nodes, at least 1e-300.
  double bandwidth = 0;
  double factor = 1;  ///< By which the variance correction multiplies.
  double n = 0;       ///< Rows of the sample, their mean and variance (divisor n - 1).
  double mean = 0;
  double variance = 0;
  std::int64_t low_edge = 0;  ///< Nodes between which the kernel density rests on enough rows.
  std::int64_t high_edge = 0;
  double tail_rows = 0;  ///< Rows beyond the edges.
  double gap_rows = 0;   ///< Rows in stretches between the edges where the score is interpolated.

  /// Values at the nodes with those that rest on too few rows replaced: constant beyond the edges, linear across gaps.
  [[nodiscard]] Eigen::VectorXd bridged(Eigen::VectorXd values, double min_kernel_rows) const;
};

/// The score from the masses (rows) at nodes `first` ... of the lattice. `sample`: the rows themselves, for
/// ScoreOptions::exact only. mean and variance: of the sample.
/// Errors: DataError for a variance that is not positive.
[[nodiscard]] ScoreTable fit_score(const Lattice& lattice, std::int64_t first,
                                   const Eigen::Ref<const Eigen::VectorXd>& masses, double mean, double variance,
                                   double bandwidth, const ScoreOptions& options, std::span<const double> sample = {},
                                   int threads = 0);

}  // namespace causal::estimation
