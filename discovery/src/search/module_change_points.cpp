// Two families of curves compete. Piecewise constant ones, found exactly by dynamic programming over the squared error
// (optimal partitioning: Jackson et al., IEEE Signal Processing Letters 12, 2005), count two parameters for each jump,
// its place and its size. Cosines of growing frequency count one parameter each, as many as reach the highest that is
// used. A jump needs many cosines and a wave needs many jumps, so the Bayesian information criterion tells them apart;
// a penalty on jumps alone would cut every wave into steps.
#include "module_change_points.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace causal::discovery::detail {
namespace {

constexpr Eigen::Index kMostJumps = 20;
// No fit is taken for better than this share of the variance: what is left then is the shape of the blur.
constexpr double kSmallestError = 1e-3;

class Segmentation {
 public:
  Segmentation(const Eigen::Ref<const Eigen::VectorXd>& y, Eigen::Index shortest)
      : m_(y.size()), shortest_(shortest), sum_(Eigen::VectorXd::Zero(m_ + 1)), square_(Eigen::VectorXd::Zero(m_ + 1)) {
    for (Eigen::Index i = 0; i < m_; ++i) {
      sum_[i + 1] = sum_[i] + y[i];
      square_[i + 1] = square_[i] + y[i] * y[i];
    }
    error_.resize(m_ + 1);
    for (Eigen::Index j = 0; j <= m_; ++j) {
      error_[j] = j >= shortest_ ? cost(0, j) : std::numeric_limits<double>::infinity();
    }
  }

  /// Smallest squared error with one more jump than before; infinite when no room is left.
  double add_jump() {
    Eigen::VectorXd next = Eigen::VectorXd::Constant(m_ + 1, std::numeric_limits<double>::infinity());
    std::vector<Eigen::Index> from(static_cast<std::size_t>(m_) + 1, 0);
    for (Eigen::Index j = shortest_; j <= m_; ++j) {
      for (Eigen::Index i = shortest_; i + shortest_ <= j; ++i) {
        const double error = error_[i] + cost(i, j);
        if (error < next[j]) {
          next[j] = error;
          from[static_cast<std::size_t>(j)] = i;
        }
      }
    }
    error_ = next;
    from_.push_back(std::move(from));
    return error_[m_];
  }

  [[nodiscard]] std::vector<Eigen::Index> jumps(std::size_t count) const {
    std::vector<Eigen::Index> out;
    Eigen::Index end = m_;
    for (std::size_t k = count; k > 0; --k) {
      end = from_[k - 1][static_cast<std::size_t>(end)];
      out.push_back(end);
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

 private:
  [[nodiscard]] double cost(Eigen::Index i, Eigen::Index j) const {
    const double total = sum_[j] - sum_[i];
    return std::max(0.0, square_[j] - square_[i] - total * total / static_cast<double>(j - i));
  }
  Eigen::Index m_;
  Eigen::Index shortest_;
  Eigen::VectorXd sum_;
  Eigen::VectorXd square_;
  Eigen::VectorXd error_;
  std::vector<std::vector<Eigen::Index>> from_;
};

double criterion(double error_share, double parameters, double independent) {
  return independent * std::log(std::max(error_share, kSmallestError)) + parameters * std::log(independent);
}

// The best criterion among constants and sums of the first q cosines.
double best_smooth(const Eigen::VectorXd& y, double independent) {
  const Eigen::Index m = y.size();
  double left = 1;
  double best = criterion(1, 0, independent);
  for (Eigen::Index q = 1; q < m && static_cast<double>(q) < independent; ++q) {
    double projection = 0;
    const double step = std::numbers::pi * static_cast<double>(q) / static_cast<double>(m);
    for (Eigen::Index i = 0; i < m; ++i) projection += y[i] * std::cos(step * (static_cast<double>(i) + 0.5));
    left -= 2 * projection * projection / static_cast<double>(m * m);
    best = std::min(best, criterion(left, static_cast<double>(q), independent));
  }
  return best;
}

}  // namespace

std::vector<Eigen::Index> find_jumps(const Eigen::Ref<const Eigen::VectorXd>& curve, double blur, double min_evidence) {
  const Eigen::Index m = curve.size();
  const double independent = static_cast<double>(m) / std::max(1.0, 2.5 * blur);
  if (m < 8 || independent < 8) return {};
  Eigen::VectorXd y = curve.array() - curve.mean();
  const double sd = std::sqrt(y.squaredNorm() / static_cast<double>(m));
  if (!(sd > 0)) return {};
  y /= sd;

  const auto shortest = std::max<Eigen::Index>(3, static_cast<Eigen::Index>(std::ceil(2 * blur)));
  Segmentation segmentation(y, shortest);
  double best = std::numeric_limits<double>::infinity();
  std::size_t count = 0;
  for (Eigen::Index k = 1; k <= kMostJumps && static_cast<double>(2 * k) < independent; ++k) {
    const double error = segmentation.add_jump();
    if (!std::isfinite(error)) break;
    const double value = criterion(error / static_cast<double>(m), static_cast<double>(2 * k), independent);
    if (value < best) {
      best = value;
      count = static_cast<std::size_t>(k);
    }
  }
  if (count == 0 || best_smooth(y, independent) - best < min_evidence) return {};
  return segmentation.jumps(count);
}

}  // namespace causal::discovery::detail
