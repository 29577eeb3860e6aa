#include "causal/estimation/effect/anderson_rubin.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <complex>
#include <utility>

#include "causal/math/fisher_f.hpp"
#include "causal/run/error.hpp"
#include "effect/dose.hpp"
#include "effect/partialled_out.hpp"

// With covariates partialled out and Q an orthonormal basis of the instruments, u(b) = y - b d:
//   classic: AR(b) = (|Q'u|^2 / q) / (|u - QQ'u|^2 / dof);
//   robust:  AR(b) = (Q'u)' S(b)^-1 (Q'u) / q, with S(b) the covariance of Q'u, quadratic in b, from the residuals
//            u - QQ'u of the unrestricted regression.
// The robust set is {b: s'S^-1 s <= c}. As det [S s; s' c] = det(S) (c - s'S^-1 s), its ends are where a matrix
// polynomial of degree 2 is singular: eigenvalues of a linear pencil of twice its size.

namespace causal::estimation {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class ArTest {
 public:
  ArTest(const PartialledOut& problem, CovarianceKind kind, std::span<const int> clusters)
      : kind_(kind), q_(static_cast<int>(problem.instruments.cols())) {
    const Eigen::MatrixXd& Q = problem.instruments;
    dof_ = problem.rows - problem.exogenous - q_;
    sy_ = Q.transpose() * problem.y;
    sd_ = Q.transpose() * problem.D.col(0);
    const Eigen::VectorXd y = problem.y - Q * sy_;
    const Eigen::VectorXd d = problem.D.col(0) - Q * sd_;
    yy_ = y.squaredNorm();
    yd_ = y.dot(d);
    dd_ = d.squaredNorm();
    if (kind == CovarianceKind::Classic) return;
    // S(b) = S_yy - b (S_yd + S_dy) + b^2 S_dd, by polarisation of the products of scores.
    const auto products = [&](const Eigen::VectorXd& u) {
      return score_products(u.asDiagonal() * Q, kind, clusters, problem.rows, dof_);
    };
    s0_ = products(y);
    s2_ = products(d);
    s1_ = products(y + d) - s0_ - s2_;
  }

  [[nodiscard]] int instruments() const { return q_; }
  [[nodiscard]] double dof() const { return dof_; }

  [[nodiscard]] double statistic(double b) const {
    const Eigen::VectorXd s = sy_ - b * sd_;
    if (kind_ == CovarianceKind::Classic) {
      const double left = yy_ - 2 * b * yd_ + b * b * dd_;
      return (s.squaredNorm() / q_) / (left / dof_);
    }
    return s.dot(Eigen::MatrixXd(s0_ - b * s1_ + b * b * s2_).partialPivLu().solve(s)) / q_;
  }
  /// Where the statistic may cross the critical value, ascending.
  [[nodiscard]] std::vector<double> crossings(double critical) const {
    std::vector<double> roots = kind_ == CovarianceKind::Classic ? quadratic(critical) : pencil(critical);
    std::sort(roots.begin(), roots.end());
    return roots;
  }

 private:
  [[nodiscard]] std::vector<double> quadratic(double critical) const {
    const double share = critical * q_ / dof_;
    const double a = sd_.squaredNorm() - share * dd_;
    const double half = -(sy_.dot(sd_) - share * yd_);
    const double c = sy_.squaredNorm() - share * yy_;
    if (a == 0) return half == 0 ? std::vector<double>() : std::vector{-c / (2 * half)};
    const double discriminant = half * half - a * c;
    if (!(discriminant > 0)) return {};
    // The sum of two numbers of one sign, so that nothing cancels.
    const double sum = -(half + std::copysign(std::sqrt(discriminant), half));
    return sum == 0 ? std::vector{0.0} : std::vector{sum / a, c / sum};
  }

  [[nodiscard]] std::vector<double> pencil(double critical) const {
    // b is measured in units of |y| / |d|, so that the three coefficients are of one size.
    const double unit = std::sqrt((yy_ + sy_.squaredNorm()) / (dd_ + sd_.squaredNorm()));
    const double size = std::max(s0_.norm(), 1e-300);
    const Eigen::Index m = q_ + 1;
    Eigen::MatrixXd A0 = Eigen::MatrixXd::Zero(m, m);
    Eigen::MatrixXd A1 = Eigen::MatrixXd::Zero(m, m);
    Eigen::MatrixXd A2 = Eigen::MatrixXd::Zero(m, m);
    const double root = std::sqrt(size);
    A0.topLeftCorner(q_, q_) = s0_ / size;
    A0.topRightCorner(q_, 1) = sy_ / root;
    A0.bottomLeftCorner(1, q_) = sy_.transpose() / root;
    A0(q_, q_) = critical * q_;
    A1.topLeftCorner(q_, q_) = -unit / size * s1_;
    A1.topRightCorner(q_, 1) = -unit / root * sd_;
    A1.bottomLeftCorner(1, q_) = -unit / root * sd_.transpose();
    A2.topLeftCorner(q_, q_) = unit * unit / size * s2_;
    // (A0 + b A1 + b^2 A2) v = 0 as [0 I; -A0 -A1] w = b [I 0; 0 A2] w.
    Eigen::MatrixXd left = Eigen::MatrixXd::Zero(2 * m, 2 * m);
    Eigen::MatrixXd right = Eigen::MatrixXd::Identity(2 * m, 2 * m);
    left.topRightCorner(m, m).setIdentity();
    left.bottomLeftCorner(m, m) = -A0;
    left.bottomRightCorner(m, m) = -A1;
    right.bottomRightCorner(m, m) = A2;
    const Eigen::GeneralizedEigenSolver<Eigen::MatrixXd> solver(left, right, false);
    std::vector<double> roots;
    for (Eigen::Index i = 0; i < 2 * m; ++i) {
      const double beta = solver.betas()(i);
      const std::complex<double> alpha = solver.alphas()(i);
      // Infinite eigenvalues come from the missing b^2 in the last row; nearly real ones are checked by the caller.
      if (std::abs(beta) < 1e-12 * std::abs(alpha)) continue;
      if (std::abs(alpha.imag()) > 1e-6 * std::abs(alpha)) continue;
      roots.push_back(unit * alpha.real() / beta);
    }
    return roots;
  }

  CovarianceKind kind_;
  int q_;
  double dof_ = 0;
  Eigen::VectorXd sy_;
  Eigen::VectorXd sd_;
  double yy_ = 0;
  double yd_ = 0;
  double dd_ = 0;
  Eigen::MatrixXd s0_;
  Eigen::MatrixXd s1_;
  Eigen::MatrixXd s2_;
};

double inside(double low, double high) {
  if (std::isinf(low) && std::isinf(high)) return 0;
  if (std::isinf(low)) return high - std::max(1.0, std::abs(high));
  if (std::isinf(high)) return low + std::max(1.0, std::abs(low));
  return low + (high - low) / 2;
}

/// Between two neighbouring crossings the test either rejects everywhere or nowhere: one point tells.
std::vector<Interval> accepted(const ArTest& test, double critical) {
  std::vector<double> ends = {-kInfinity};
  for (const double root : test.crossings(critical)) ends.push_back(root);
  ends.push_back(kInfinity);
  std::vector<Interval> intervals;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) {
    const double low = ends[i];
    const double high = ends[i + 1];
    const double statistic = test.statistic(inside(low, high));
    if (!(statistic <= critical)) continue;
    if (!intervals.empty() && intervals.back().high == low) {
      intervals.back().high = high;
    } else {
      intervals.push_back({low, high});
    }
  }
  return intervals;
}

struct Prepared {
  Eigen::VectorXd dose;
  CovarianceKind kind;
  PartialledOut problem;
};

Prepared prepare(const EffectData& data, CovarianceKind covariance) {
  require_outcomes(data, "anderson_rubin");
  if (data.instruments.count() == 0) throw DataError("anderson_rubin needs at least one instrument");
  const CovarianceKind kind = instrumental_covariance(covariance, data.clusters, "anderson_rubin");
  Eigen::VectorXd dose = dose_values(data, "anderson_rubin");
  PartialledOut problem = partial_out(data, dose);
  return {std::move(dose), kind, std::move(problem)};
}

}  // namespace

bool AndersonRubinSet::contains(double value) const {
  return std::any_of(intervals.begin(), intervals.end(),
                     [value](const Interval& part) { return part.low <= value && value <= part.high; });
}

bool AndersonRubinSet::is_bounded_interval() const {
  return intervals.size() == 1 && std::isfinite(intervals.front().low) && std::isfinite(intervals.front().high);
}

std::string AndersonRubinSet::brief() const {
  if (intervals.empty()) return "no value";
  std::string text;
  for (const Interval& part : intervals) {
    if (!text.empty()) text += " and ";
    if (std::isinf(part.low) && std::isinf(part.high)) return "every value";
    text += fmt::format("{}{:.6g}, {:.6g}{}", std::isinf(part.low) ? '(' : '[', part.low, part.high,
                        std::isinf(part.high) ? ')' : ']');
  }
  return text;
}

AndersonRubinSet anderson_rubin(const EffectData& data, const AndersonRubinOptions& options) {
  validate(options, "anderson_rubin");
  const Prepared prepared = prepare(data, options.covariance);
  const ArTest test(prepared.problem, prepared.kind, data.clusters);
  AndersonRubinSet set;
  set.level = options.level;
  set.instruments = test.instruments();
  set.dof = test.dof();
  set.intervals = accepted(test, fisher_f_quantile(options.level, set.instruments, set.dof));
  set.statistic_at_zero = test.statistic(0);
  set.p_at_zero = fisher_f_upper_p(set.statistic_at_zero, set.instruments, set.dof);
  for (const int j : prepared.problem.aliased) {
    set.warnings.push_back(fmt::format("instrument '{}' was left out: it is a linear function of others",
                                       data.instruments.names[static_cast<std::size_t>(j)]));
  }
  if (set.is_empty()) {
    set.warnings.emplace_back(
        "no value of the effect fits: the instruments contradict each other, or the model is wrong");
  } else if (!set.is_bounded_interval()) {
    set.warnings.emplace_back("the instruments are too weak to bound the effect at this level");
  }
  return set;
}

double anderson_rubin_statistic(const EffectData& data, double value, CovarianceKind covariance) {
  const Prepared prepared = prepare(data, covariance);
  return ArTest(prepared.problem, prepared.kind, data.clusters).statistic(value);
}

}  // namespace causal::estimation
