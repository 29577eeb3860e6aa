#include "lasso.hpp"

#include <algorithm>
#include <cmath>

namespace causal::bandits {

Eigen::VectorXd lasso(const ColumnStatistics& statistics, const std::vector<int>& candidates, double penalty) {
  const auto k = static_cast<Eigen::Index>(candidates.size());
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(k);
  if (statistics.count() == 0) return weights;
  const double rows = static_cast<double>(statistics.count());
  Eigen::MatrixXd gram(k, k);
  Eigen::VectorXd slope(k);  // of -(sum of squares) / (2 rows) at the current weights
  for (Eigen::Index a = 0; a < k; ++a) {
    const int p = candidates[static_cast<std::size_t>(a)];
    slope(a) = statistics.cross()(p) / rows;
    for (Eigen::Index b = 0; b < k; ++b) {
      gram(a, b) = statistics.gram()(p, candidates[static_cast<std::size_t>(b)]) / rows;
    }
  }
  const double small = 1e-9 * std::sqrt(statistics.squares() / rows);
  for (int sweep = 0; sweep < 2000; ++sweep) {
    double largest = 0;
    for (Eigen::Index a = 0; a < k; ++a) {
      const double curvature = gram(a, a);
      if (!(curvature > 0)) continue;
      const double target = slope(a) + curvature * weights(a);
      const double size = std::max(0.0, std::abs(target) - penalty) / curvature;
      const double step = std::copysign(size, target) - weights(a);
      if (step == 0) continue;
      weights(a) += step;
      slope -= step * gram.col(a);
      largest = std::max(largest, std::abs(step) * std::sqrt(curvature));
    }
    if (largest <= small) break;
  }
  return weights;
}

}  // namespace causal::bandits
