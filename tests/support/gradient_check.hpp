#pragma once
// Compares the derivatives a function reports with central differences of its values.

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "causal/math/optimize.hpp"

namespace causal::test {

/// Largest |reported - central difference| over the variables, relative to max(1, largest |reported|). With step h the
/// differences err by about h^2 |f'''| / 6 + 2^-53 |f| / h.
inline double gradient_error(const ObjectiveFn& f, const Eigen::VectorXd& x, double h = 1e-5) {
  Eigen::VectorXd reported(x.size()), ignored(x.size());
  f(x, reported);
  double worst = 0;
  for (Eigen::Index i = 0; i < x.size(); ++i) {
    Eigen::VectorXd up = x, down = x;
    up[i] += h;
    down[i] -= h;
    const double difference = (f(up, ignored) - f(down, ignored)) / (up[i] - down[i]);
    worst = std::max(worst, std::abs(reported[i] - difference));
  }
  return worst / std::max(1.0, reported.lpNorm<Eigen::Infinity>());
}

}  // namespace causal::test
