#include "causal/estimation/nuisance/nonnegative.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <vector>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

/// The minimum over the free variables, the others 0.
Eigen::VectorXd solve_free(const Eigen::Ref<const Eigen::MatrixXd>& G, const Eigen::Ref<const Eigen::VectorXd>& c,
                           const std::vector<Eigen::Index>& free) {
  Eigen::VectorXd x = Eigen::VectorXd::Zero(c.size());
  const Eigen::MatrixXd inner = G(free, free);
  const Eigen::VectorXd right = c(free);
  const Eigen::VectorXd solution = inner.ldlt().solve(right);
  x(free) = solution;
  return x;
}

}  // namespace

Eigen::VectorXd nonnegative_least_squares(const Eigen::Ref<const Eigen::MatrixXd>& G,
                                          const Eigen::Ref<const Eigen::VectorXd>& c) {
  const Eigen::Index m = c.size();
  if (G.rows() != m || G.cols() != m) {
    throw InvalidArgument(
        fmt::format("nonnegative_least_squares: G is {} x {} and c has {} entries", G.rows(), G.cols(), m));
  }
  Eigen::VectorXd x = Eigen::VectorXd::Zero(m);
  std::vector<Eigen::Index> free;
  const double scale = m == 0 ? 0 : c.cwiseAbs().maxCoeff();
  // Each round lowers the objective, so no set of free variables comes twice; rounding is what the limit is for.
  for (int round = 0; round < 30 * static_cast<int>(m) + 30; ++round) {
    const Eigen::VectorXd slope = c - G * x;
    Eigen::Index entering = -1;
    for (Eigen::Index j = 0; j < m; ++j) {
      if (std::find(free.begin(), free.end(), j) != free.end() || slope(j) <= 1e-13 * scale) continue;
      if (entering < 0 || slope(j) > slope(entering)) entering = j;
    }
    if (entering < 0) break;
    free.push_back(entering);
    for (;;) {
      const Eigen::VectorXd wanted = solve_free(G, c, free);
      double share = 1;
      for (const Eigen::Index j : free) {
        if (wanted(j) <= 0) share = std::min(share, x(j) / (x(j) - wanted(j)));
      }
      if (!(share >= 0)) share = 0;  // 0 / 0: a variable that stays where it is.
      x += share * (wanted - x);
      if (share == 1) break;
      std::erase_if(free, [&](Eigen::Index j) {
        const bool leaves = wanted(j) <= 0 && x(j) <= 1e-15 * (1 + x.cwiseAbs().maxCoeff());
        if (leaves) x(j) = 0;
        return leaves;
      });
      if (free.empty()) break;
    }
  }
  return x;
}

Eigen::VectorXd mixture_weights(const Eigen::Ref<const Eigen::MatrixXd>& predictions,
                                const Eigen::Ref<const Eigen::VectorXd>& y,
                                const Eigen::Ref<const Eigen::VectorXd>& row_weights) {
  // With weights of sum 1 the error of the mixture is E a, E the members' errors. The minimum of |E a|^2 over them is,
  // but for its scale, that of 1/2 |E a|^2 - sum a over a >= 0.
  const Eigen::MatrixXd errors = predictions.colwise() - Eigen::VectorXd(y);
  Eigen::MatrixXd G = errors.transpose() * (row_weights.asDiagonal() * errors);
  const double trace = G.trace();
  if (!(trace > 0)) return Eigen::VectorXd::Constant(G.cols(), 1.0 / static_cast<double>(G.cols()));
  G /= trace;
  G.diagonal().array() += 1e-12;  // Members that predict alike share their weight.
  const Eigen::VectorXd a = nonnegative_least_squares(G, Eigen::VectorXd::Ones(G.cols()));
  return a / a.sum();
}

}  // namespace causal::estimation
