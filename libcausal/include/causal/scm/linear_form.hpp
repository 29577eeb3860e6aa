#pragma once
// Linear models in closed form: x = M (c + e).

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "causal/graph/dag.hpp"

namespace causal {

/// x = M (c + e), Cov e = Omega, E e = 0, with M = (I - B)^-1. Entry (i, j) of M is the total effect of node j on node
/// i.
struct LinearForm {
  Eigen::MatrixXd effects;           ///< M, p x p.
  Eigen::VectorXd intercepts;        ///< c, with the means of the noise added.
  Eigen::MatrixXd noise_covariance;  ///< Omega, p x p.
  bool gaussian = true;              ///< Whether all noise is Gaussian.

  [[nodiscard]] Eigen::VectorXd mean() const { return effects * intercepts; }
  [[nodiscard]] Eigen::MatrixXd covariance() const { return effects * noise_covariance * effects.transpose(); }
};

/// M by forward substitution: weights[k] belongs to dag.graph().edges()[k]. O(p (p + m)).
[[nodiscard]] Eigen::MatrixXd total_effects(const Dag& dag, const std::vector<double>& weights);

}  // namespace causal
