#pragma once
// Finite features of the kernel on some columns, for any number of rows.

#include <Eigen/Core>

#include "module_kernels.hpp"

namespace causal::discovery::detail {

/// Features of a pivoted Cholesky factorisation on 2000 spread rows, extended to all rows (Nystrom): at most
/// `max_features`, fewer when these leave at most 1e-8 of every diagonal entry. For one Gaussian column of width 0.1 a
/// hundred leave about 1e-6. `columns` must outlive the map. Thread-safe.
class FeatureMap {
 public:
  FeatureMap(const KernelColumns& columns, Eigen::Index max_features);
  [[nodiscard]] Eigen::Index size() const { return upper_.rows(); }
  /// size() x count for rows from ... from + count. Cost count size()^2.
  [[nodiscard]] Eigen::MatrixXd operator()(Eigen::Index from, Eigen::Index count) const;

 private:
  const KernelColumns& columns_;
  KernelColumns landmarks_;
  Eigen::MatrixXd upper_;
};

}  // namespace causal::discovery::detail
