#include "causal/math/weighted_chi_square.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <complex>
#include <limits>
#include <optional>
#include <vector>

#include "causal/math/chi_square.hpp"

namespace causal {
namespace {

constexpr double kLargeShape = 5e7;

// Not clamped below, so that sums of tails may underflow, but for shapes with which the series does not converge.
double gamma_upper(double shape, double scaled) {
  using namespace boost::math::policies;
  constexpr auto kQuiet = policy<underflow_error<ignore_error>>();
  if (!(scaled > 0)) return 1;
  if (shape > kLargeShape) return chi_square_upper_p(2 * scaled, 2 * shape);
  return boost::math::gamma_q(shape, scaled, kQuiet);
}

double sw_upper(double statistic, const MixturePowers& powers) {
  const double mean = powers.sums[0];
  const double variance = 2 * powers.sums[1];
  return gamma_upper(mean * mean / variance, statistic * mean / variance);
}

double hbe_upper(double statistic, const MixturePowers& powers) {
  const double c1 = powers.sums[0];
  const double c2 = 2 * powers.sums[1];
  const double c3 = 8 * powers.sums[2];
  const double dof = 8 * c2 * c2 * c2 / (c3 * c3);
  const double moved = std::sqrt(2 * dof / c2) * (statistic - c1) + dof;
  return gamma_upper(dof / 2, moved / 2);
}

// Lindsay, Pilla and Basak's method: the mixture is found for weights divided
// by their sum, so that the first moment is 1 and determinants are of moderate size.
class MomentMatrix {
 public:
  explicit MomentMatrix(const MixturePowers& powers) {
    std::array<double, 9> cumulant{};
    double factor = 1;  // 2^(i-1) (i-1)!
    for (std::size_t i = 1; i <= 8; ++i) {
      cumulant[i] = factor * powers.sums[i - 1] / std::pow(powers.sums[0], static_cast<double>(i));
      factor *= 2 * static_cast<double>(i);
    }
    moment_[0] = 1;
    for (std::size_t n = 1; n <= 8; ++n) {
      double binomial = 1;  // (n-1 choose j-1)
      moment_[n] = 0;
      for (std::size_t j = 1; j <= n; ++j) {
        moment_[n] += binomial * cumulant[j] * moment_[n - j];
        binomial *= static_cast<double>(n - j) / static_cast<double>(j);
      }
    }
  }

  // Moments of the mixing distribution if its gammas have shape 1 / x: entry (i, j) is m_(i+j) / prod (1 + q x).
  [[nodiscard]] Eigen::MatrixXd at(double x, int order) const {
    std::array<double, 9> reduced{1};
    double divisor = 1;
    for (std::size_t i = 1; i < reduced.size(); ++i) {
      reduced[i] = moment_[i] / divisor;
      divisor *= 1 + static_cast<double>(i) * x;
    }
    Eigen::MatrixXd matrix(order + 1, order + 1);
    for (int i = 0; i <= order; ++i) {
      for (int j = 0; j <= order; ++j) matrix(i, j) = reduced[static_cast<std::size_t>(i + j)];
    }
    return matrix;
  }

  // The zero of the determinant of order N in (0, above), by bisection: the determinant is positive at 0.
  [[nodiscard]] std::optional<double> zero_below(double above, int order) const {
    double low = 0;
    double high = above;
    if (!(at(low, order).determinant() > 0) || !(at(high, order).determinant() < 0)) return std::nullopt;
    for (int step = 0; step < 200 && high - low > 1e-15 * high; ++step) {
      const double middle = 0.5 * (low + high);
      (at(middle, order).determinant() > 0 ? low : high) = middle;
    }
    return 0.5 * (low + high);
  }

  [[nodiscard]] double first_shape() const { return moment_[2] - 1; }

 private:
  std::array<double, 9> moment_{};
};

// The positive real zeros of the polynomial sum_i c_i z^i of degree 4, or nothing.
std::optional<Eigen::Vector4d> positive_roots(const Eigen::Matrix<double, 5, 1>& c) {
  Eigen::Matrix4d companion = Eigen::Matrix4d::Zero();
  for (int i = 0; i < 4; ++i) companion(i, 3) = -c[i] / c[4];
  for (int i = 1; i < 4; ++i) companion(i, i - 1) = 1;
  if (!companion.allFinite()) return std::nullopt;
  const Eigen::EigenSolver<Eigen::Matrix4d> solver(companion, false);
  if (solver.info() != Eigen::Success) return std::nullopt;
  Eigen::Vector4d roots;
  for (int i = 0; i < 4; ++i) {
    const std::complex<double> root = solver.eigenvalues()[i];
    if (!(root.real() > 0) || std::abs(root.imag()) > 1e-9 * root.real()) return std::nullopt;
    roots[i] = root.real();
  }
  return roots;
}

std::optional<double> lpb4_upper(double statistic, const MixturePowers& powers) {
  if (powers.weights < 4) return std::nullopt;
  const MomentMatrix moments(powers);
  double x = moments.first_shape();
  for (int order = 2; order <= 4; ++order) {
    const std::optional<double> zero = moments.zero_below(x, order);
    if (!zero) return std::nullopt;
    x = *zero;
  }
  const Eigen::MatrixXd delta = moments.at(x, 4);
  Eigen::Matrix<double, 5, 1> coefficients;
  for (int i = 0; i < 5; ++i) {
    Eigen::MatrixXd replaced = delta;
    replaced.col(4) = Eigen::VectorXd::Unit(5, i);
    coefficients[i] = replaced.determinant();
  }
  const std::optional<Eigen::Vector4d> scales = positive_roots(coefficients);
  if (!scales) return std::nullopt;
  Eigen::Matrix4d vandermonde;
  for (int i = 0; i < 4; ++i) vandermonde.row(i) = scales->array().pow(i).matrix().transpose();
  const Eigen::Vector4d share = vandermonde.partialPivLu().solve(delta.col(0).head<4>());
  if (!(share.minCoeff() >= 0) || !(share.maxCoeff() <= 1 + 1e-9)) return std::nullopt;
  double tail = 0;
  for (int i = 0; i < 4; ++i) tail += share[i] * gamma_upper(1 / x, statistic / powers.sums[0] / ((*scales)[i] * x));
  return std::isfinite(tail) ? std::optional(tail) : std::nullopt;
}

}  // namespace

MixturePowers mixture_powers(std::span<const double> weights) {
  MixturePowers powers;
  for (const double weight : weights) {
    if (!(weight > 0)) continue;
    ++powers.weights;
    double power = 1;
    for (double& sum : powers.sums) sum += power *= weight;
  }
  return powers;
}

double weighted_chi_square_upper_p(double statistic, const MixturePowers& given, MixtureApproximation approximation) {
  const double total = given.sums[0];
  if (!(total > 0) || !(statistic > 0)) return 1;
  // In units of the sum of the weights, so that no power underflows that matters.
  MixturePowers powers = given;
  for (std::size_t i = 0; i < powers.sums.size(); ++i) {
    for (std::size_t k = 0; k <= i; ++k) powers.sums[i] /= total;
  }
  const double scaled = statistic / total;
  if (std::isinf(scaled)) return std::numeric_limits<double>::min();
  std::optional<double> tail;
  if (approximation == MixtureApproximation::Sw) tail = sw_upper(scaled, powers);
  if (approximation == MixtureApproximation::Lpb4) tail = lpb4_upper(scaled, powers);
  if (!tail) tail = hbe_upper(scaled, powers);
  return std::clamp(*tail, std::numeric_limits<double>::min(), 1.0);
}

double weighted_chi_square_upper_p(double statistic, std::span<const double> weights,
                                   MixtureApproximation approximation) {
  // Powers of the weights themselves could overflow; those of their shares cannot.
  double largest = 0;
  for (const double weight : weights) largest = std::max(largest, weight);
  if (!(largest > 0)) return 1;
  std::vector<double> shares(weights.begin(), weights.end());
  for (double& share : shares) share /= largest;
  return weighted_chi_square_upper_p(statistic / largest, mixture_powers(shares), approximation);
}

}  // namespace causal
