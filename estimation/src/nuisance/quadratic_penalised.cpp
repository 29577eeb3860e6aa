#include "quadratic_penalised.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <vector>

namespace causal::estimation::detail {
namespace {

constexpr int kSweeps = 20000;
constexpr double kSettled = 1e-7;  // Relative size of the last steps before signs are taken as found.
constexpr double kExact = 1e-13;   // The same where no exact solution is had.

/// Slopes c - G b kept up to date.
class Descent {
 public:
  Descent(const Eigen::MatrixXd& G, const Eigen::VectorXd& c, double lambda, Eigen::VectorXd& b)
      : G_(G), c_(c), lambda_(lambda), b_(b), slope_(c - G * b) {}

  /// Minimises over each of `columns` in turn; returns the largest step, in units of the slope.
  double sweep(const std::vector<Eigen::Index>& columns) {
    double largest = 0;
    for (const Eigen::Index j : columns) {
      const double curvature = G_(j, j);
      if (!(curvature > 0)) continue;
      const double free = slope_(j) + curvature * b_(j);
      const double wanted = std::abs(free) <= lambda_ ? 0 : (free > 0 ? free - lambda_ : free + lambda_) / curvature;
      const double step = wanted - b_(j);
      if (step == 0) continue;
      b_(j) = wanted;
      slope_ -= step * G_.col(j);
      largest = std::max(largest, std::abs(step) * curvature);
    }
    return largest;
  }

  /// The minimum with these signs, if its signs are these and no other column wants in.
  [[nodiscard]] bool solve_exactly(const std::vector<Eigen::Index>& columns, double scale) {
    std::vector<Eigen::Index> active;
    for (const Eigen::Index j : columns) {
      if (b_(j) != 0) active.push_back(j);
    }
    if (active.empty()) return true;
    const Eigen::MatrixXd G = G_(active, active);
    const Eigen::VectorXd signs = Eigen::VectorXd(b_(active)).cwiseSign();
    const Eigen::LLT<Eigen::MatrixXd> factor(G);
    if (factor.info() != Eigen::Success) return false;
    const Eigen::VectorXd wanted = Eigen::VectorXd(c_(active)) - lambda_ * signs;
    Eigen::VectorXd solution = factor.solve(wanted);
    solution += factor.solve(Eigen::VectorXd(wanted - G * solution));
    if ((solution.array() * signs.array() <= 0).any() || !solution.allFinite()) return false;
    Eigen::VectorXd b = Eigen::VectorXd::Zero(b_.size());
    b(active) = solution;
    const Eigen::VectorXd slope = c_ - G_ * b;
    if (slope.cwiseAbs().maxCoeff() > lambda_ + 1e-10 * scale) return false;
    b_ = b;
    slope_ = slope;
    return true;
  }

  [[nodiscard]] std::vector<Eigen::Index> nonzero() const {
    std::vector<Eigen::Index> columns;
    for (Eigen::Index j = 0; j < b_.size(); ++j) {
      if (b_(j) != 0) columns.push_back(j);
    }
    return columns;
  }

 private:
  const Eigen::MatrixXd& G_;
  const Eigen::VectorXd& c_;
  double lambda_;
  Eigen::VectorXd& b_;
  Eigen::VectorXd slope_;
};

}  // namespace

bool solve_lasso(const Eigen::MatrixXd& G, const Eigen::VectorXd& c, double lambda, Eigen::VectorXd& b) {
  if (c.size() == 0) return true;
  for (Eigen::Index j = 0; j < b.size(); ++j) {
    if (!(G(j, j) > 0)) b(j) = 0;
  }
  const double scale = std::max({c.cwiseAbs().maxCoeff(), lambda, 1e-300});
  std::vector<Eigen::Index> all(static_cast<std::size_t>(c.size()));
  for (std::size_t j = 0; j < all.size(); ++j) all[j] = static_cast<Eigen::Index>(j);
  Descent descent(G, c, lambda, b);
  double settled = kSettled;
  for (int sweeps = 0; sweeps < kSweeps;) {
    const double step = descent.sweep(all);
    ++sweeps;
    if (step <= settled * scale) {
      if (descent.solve_exactly(all, scale)) return true;
      if (step <= kExact * scale) return true;
      settled = std::max(settled / 10, kExact);
    }
    const std::vector<Eigen::Index> active = descent.nonzero();
    for (double inner = step; inner > settled * scale && sweeps < kSweeps; ++sweeps) inner = descent.sweep(active);
  }
  return false;
}

}  // namespace causal::estimation::detail
