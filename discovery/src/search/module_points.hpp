#pragma once
// The points of the surrogate with the rows and the kernel that belong to them.

#include <Eigen/Core>
#include <vector>

#include "causal/discovery/search/changing_modules.hpp"
#include "module_kernels.hpp"

namespace causal::discovery::detail {

struct PointGrid {
  SurrogatePoints points;
  std::vector<Eigen::Index> rows;   ///< All rows, point by point.
  std::vector<Eigen::Index> begin;  ///< m + 1 offsets into `rows`.
  KernelColumns columns;            ///< Of the points, in units of the kernel's width.
  Eigen::MatrixXd kernel;           ///< m x m; entries too small to matter are 0.
  std::vector<Eigen::Index> first;  ///< kernel(i, j) = 0 for j < first[i] and for j > last[i].
  std::vector<Eigen::Index> last;
  bool binned = false;  ///< Points are bins of several values.

  [[nodiscard]] Eigen::Index m() const { return kernel.rows(); }
  [[nodiscard]] Eigen::Index size(Eigen::Index point) const {
    return begin[static_cast<std::size_t>(point) + 1] - begin[static_cast<std::size_t>(point)];
  }
  /// Entries of the kernel that are not 0, on average over points.
  [[nodiscard]] Eigen::Index entries_per_point() const;
  /// kernel * right, right m x k.
  [[nodiscard]] Eigen::MatrixXd smooth(const Eigen::Ref<const Eigen::MatrixXd>& right) const;
};

/// The surrogate at `rows`, in units of its kernel's width.
[[nodiscard]] KernelColumns surrogate_columns(const NodeTable& table, NodeId c, const ModuleOptions& options,
                                              const std::vector<Eigen::Index>& rows);

/// Bins when `binned` and there are more values than bins.
[[nodiscard]] PointGrid point_grid(const NodeTable& table, NodeId c, const ModuleOptions& options, bool binned);

}  // namespace causal::discovery::detail
