#pragma once
// Features of nodes: functions of a row whose inner products approximate a kernel.

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "node_columns.hpp"
#include "tile_products.hpp"

namespace causal::discovery {

/// Features amplitude * sign(level) * cos(phase + weights . z). Columns are referred to, see FeatureMap.
struct CosineBlock {
  std::vector<const NumericColumn*> numeric = {};
  std::vector<const CodedColumn*> nominal = {};
  Eigen::MatrixXd weights = {};             ///< numeric.size() x features
  Eigen::VectorXd phases = {};              ///< features
  Eigen::VectorXd amplitudes = {};          ///< features
  std::vector<Eigen::MatrixXd> signs = {};  ///< For each nominal column: levels x features of -1 and 1.

  [[nodiscard]] int size() const { return static_cast<int>(phases.size()); }
};

/// Features that are `height` in one level of a column and 0 elsewhere, for the first `levels` of its levels.
struct IndicatorBlock {
  const CodedColumn* column = nullptr;
  Eigen::VectorXd heights;

  [[nodiscard]] int size() const { return static_cast<int>(heights.size()); }
};

/// Features of the rows of one test. Immutable once made.
struct FeatureMap {
  std::vector<std::shared_ptr<const NodeColumns>> nodes;  ///< Keeps alive what blocks refer to.
  std::vector<std::shared_ptr<const CodedColumn>> cells;
  std::vector<CosineBlock> cosines;
  std::vector<IndicatorBlock> indicators;
  std::vector<bool> standardise;  ///< For each feature, whether its scale is to be forgotten.

  [[nodiscard]] int size() const { return static_cast<int>(standardise.size()); }
  /// Writes rows [first, first + count), count <= kTileRows, into `out` from column `at` on, and zeros below them.
  void evaluate(std::int64_t first, int count, Tile& out, int at = 0) const;
};

/// How features are drawn.
struct FeatureOptions {
  std::uint64_t seed = 0;
  int features_z = 100;
  int features_xy = 5;
  int surrogate_features = 50;
  double surrogate_width = 0.3;
};

/// The features with which a node takes part as x or y: `features_xy` random ones for its numbers, harmonics for a
/// time-like surrogate, an indicator for every level. `joined`: other nodes whose columns its numbers are joined with.
[[nodiscard]] FeatureMap target_features(std::shared_ptr<const NodeColumns> node,
                                         std::vector<std::shared_ptr<const NodeColumns>> joined, std::int64_t n,
                                         const FeatureOptions& options);

/// The features that stand for a conditioning set: at most `limit` of them, or an empty map when indicators alone are
/// more. `nodes` is not empty and sorted by name; no node is constant.
[[nodiscard]] FeatureMap conditioning_features(std::vector<std::shared_ptr<const NodeColumns>> nodes, std::int64_t n,
                                               int limit, const FeatureOptions& options);

}  // namespace causal::discovery
