#include "quadratic_penalised.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <vector>

namespace causal::estimation::detail {
namespace {

constexpr int kSweeps = 200;       // Then signs are taken as found: strong correlation makes the descent slow.
constexpr double kSettled = 1e-6;  // Relative size of the last steps before.

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

  /// Goes on to the exact minimum by active sets: to the minimum for the signs at hand, or to where a coefficient
  /// vanishes on the way there, which lowers the objective too; then the column with the steepest slope comes in.
  [[nodiscard]] bool finish(double scale) {
    Eigen::Index entering = -1;
    const int most = 100 + 20 * static_cast<int>(b_.size());
    for (int step = 0; step < most; ++step) {
      std::vector<Eigen::Index> active = nonzero();
      if (entering >= 0) active.push_back(entering);
      if (!active.empty() && !move(active, entering)) return false;
      if (blocked_) {
        entering = -1;
        continue;
      }
      slope_ = c_ - G_ * b_;
      entering = -1;
      for (Eigen::Index j = 0; j < b_.size(); ++j) {
        if (b_(j) != 0 || !(G_(j, j) > 0) || std::abs(slope_(j)) <= lambda_ + 1e-11 * scale) continue;
        if (entering < 0 || std::abs(slope_(j)) > std::abs(slope_(entering))) entering = j;
      }
      if (entering < 0) return true;
    }
    return false;
  }

  [[nodiscard]] std::vector<Eigen::Index> nonzero() const {
    std::vector<Eigen::Index> columns;
    for (Eigen::Index j = 0; j < b_.size(); ++j) {
      if (b_(j) != 0) columns.push_back(j);
    }
    return columns;
  }

 private:
  /// Towards the minimum over `active` with its signs; `blocked_`: a coefficient vanished before. False: no minimum.
  bool move(const std::vector<Eigen::Index>& active, Eigen::Index entering) {
    Eigen::MatrixXd G = G_(active, active);
    Eigen::VectorXd signs = Eigen::VectorXd(b_(active)).cwiseSign();
    if (entering >= 0) signs(signs.size() - 1) = slope_(entering) > 0 ? 1 : -1;
    const Eigen::VectorXd wanted = Eigen::VectorXd(c_(active)) - lambda_ * signs;
    // A trace of ridge keeps dependent columns solvable; refinement takes its effect out again.
    Eigen::MatrixXd ridged = G;
    ridged.diagonal().array() += 1e-13 * G.diagonal().maxCoeff();
    const Eigen::LDLT<Eigen::MatrixXd> factor(ridged);
    Eigen::VectorXd solution = factor.solve(wanted);
    solution += factor.solve(Eigen::VectorXd(wanted - G * solution));
    if (!solution.allFinite()) return false;
    const Eigen::VectorXd start = b_(active);
    double share = 1;
    Eigen::Index first = -1;
    for (Eigen::Index k = 0; k < start.size(); ++k) {
      if (solution(k) * signs(k) > 0) continue;
      const double until = start(k) == 0 ? 0 : start(k) / (start(k) - solution(k));
      if (until >= share) continue;
      share = until;
      first = k;
    }
    blocked_ = first >= 0;
    const Eigen::VectorXd end = blocked_ ? Eigen::VectorXd(start + share * (solution - start)) : solution;
    b_(active) = end;
    if (blocked_) b_(active[static_cast<std::size_t>(first)]) = 0;
    return true;
  }

  const Eigen::MatrixXd& G_;
  const Eigen::VectorXd& c_;
  double lambda_;
  Eigen::VectorXd& b_;
  Eigen::VectorXd slope_;
  bool blocked_ = false;
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
  for (int sweeps = 0; sweeps < kSweeps;) {
    const double step = descent.sweep(all);
    ++sweeps;
    if (step <= kSettled * scale) break;
    const std::vector<Eigen::Index> active = descent.nonzero();
    for (double inner = step; inner > kSettled * scale && sweeps < kSweeps; ++sweeps) inner = descent.sweep(active);
  }
  return descent.finish(scale);
}

}  // namespace causal::estimation::detail
