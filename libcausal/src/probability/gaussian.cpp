#include "causal/probability/gaussian.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "causal/run/error.hpp"

namespace causal {

namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

std::string shape_text(const MatrixXd& matrix) {
  return std::to_string(matrix.rows()) + " x " + std::to_string(matrix.cols());
}

double largest(const MatrixXd& matrix) { return matrix.size() == 0 ? 0 : matrix.cwiseAbs().maxCoeff(); }

void check_covariance(const MatrixXd& s) {
  if (s.size() == 0) return;
  const double tolerance = 1e-9 * largest(s.diagonal());
  if (largest(s - s.transpose()) > tolerance) throw InvalidArgument("GaussianMap: the covariance is not symmetric");
  const double least = Eigen::SelfAdjointEigenSolver<MatrixXd>(s, Eigen::EigenvaluesOnly).eigenvalues()(0);
  if (least < -tolerance) {
    throw InvalidArgument("GaussianMap: the covariance has the negative eigenvalue " + std::to_string(least));
  }
}

void check_coordinates(const GaussianMap& state, const std::vector<int>& coordinates, std::vector<bool>& seen) {
  for (const int i : coordinates) {
    if (i < 0 || i >= state.out() || seen[static_cast<std::size_t>(i)]) {
      throw InvalidArgument("disintegrate", "coordinate", std::to_string(i),
                            "in 0.." + std::to_string(state.out() - 1) + " and given once");
    }
    seen[static_cast<std::size_t>(i)] = true;
  }
}

MatrixXd block(const MatrixXd& s, const std::vector<int>& rows, const std::vector<int>& columns) {
  MatrixXd result(rows.size(), columns.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < columns.size(); ++j) {
      result(static_cast<Index>(i), static_cast<Index>(j)) = s(rows[i], columns[j]);
    }
  }
  return result;
}

/// Keeps what rounding made of a difference of covariances a covariance.
MatrixXd symmetric(const MatrixXd& s) {
  MatrixXd result = 0.5 * (s + s.transpose());
  result.diagonal() = result.diagonal().cwiseMax(0.0);
  return result;
}

}  // namespace

GaussianMap::GaussianMap(MatrixXd a, VectorXd b, MatrixXd s) : a_(std::move(a)), s_(std::move(s)), b_(std::move(b)) {
  if (a_.rows() != b_.size() || s_.rows() != b_.size() || s_.cols() != b_.size()) {
    throw InvalidArgument("GaussianMap: shapes do not fit: A is " + shape_text(a_) + ", b has " +
                          std::to_string(b_.size()) + " entries, S is " + shape_text(s_));
  }
  if (!a_.allFinite() || !b_.allFinite() || !s_.allFinite()) {
    throw InvalidArgument("GaussianMap: an entry is not finite");
  }
  check_covariance(s_);
}

GaussianMap GaussianMap::state(const VectorXd& mean, const MatrixXd& covariance) {
  return {MatrixXd(mean.size(), 0), mean, covariance};
}
GaussianMap GaussianMap::point(const VectorXd& x) { return state(x, MatrixXd::Zero(x.size(), x.size())); }
GaussianMap GaussianMap::identity(int n) { return copy(n, 1); }
GaussianMap GaussianMap::copy(int n, int times) {
  return {MatrixXd::Identity(n, n).replicate(times, 1), VectorXd::Zero(n * times),
          MatrixXd::Zero(n * times, n * times)};
}
GaussianMap GaussianMap::discard(int n) { return copy(n, 0); }

GaussianMap GaussianMap::outputs(const std::vector<int>& which) const {
  MatrixXd select = MatrixXd::Zero(static_cast<Index>(which.size()), out());
  for (std::size_t i = 0; i < which.size(); ++i) {
    if (which[i] < 0 || which[i] >= out()) {
      throw InvalidArgument("GaussianMap::outputs", "output", std::to_string(which[i]),
                            "in 0.." + std::to_string(out() - 1));
    }
    select(static_cast<Index>(i), which[i]) = 1;
  }
  return {select * a_, select * b_, select * s_ * select.transpose()};
}

GaussianMap then(const GaussianMap& f, const GaussianMap& g) {
  if (f.out() != g.in()) {
    throw InvalidArgument("then: the first channel gives " + std::to_string(f.out()) +
                          " coordinates, the second takes " + std::to_string(g.in()));
  }
  return {g.a() * f.a(), g.a() * f.b() + g.b(), symmetric(g.a() * f.s() * g.a().transpose() + g.s())};
}

GaussianMap tensor(const GaussianMap& f, const GaussianMap& g) {
  const Index m = f.out() + g.out();
  MatrixXd a = MatrixXd::Zero(m, f.in() + g.in()), s = MatrixXd::Zero(m, m);
  VectorXd b(m);
  a.topLeftCorner(f.out(), f.in()) = f.a();
  a.bottomRightCorner(g.out(), g.in()) = g.a();
  s.topLeftCorner(f.out(), f.out()) = f.s();
  s.bottomRightCorner(g.out(), g.out()) = g.s();
  b << f.b(), g.b();
  return {std::move(a), std::move(b), std::move(s)};
}

double max_difference(const GaussianMap& f, const GaussianMap& g) {
  if (f.in() != g.in() || f.out() != g.out()) throw InvalidArgument("max_difference: channels of different shapes");
  return std::max({largest(f.a() - g.a()), largest(f.b() - g.b()), largest(f.s() - g.s())});
}

bool GaussianConditional::contains(const VectorXd& given) const {
  if (given.size() != centre.size()) return false;
  const VectorXd off = given - centre;
  const VectorXd outside = (off - support * off).cwiseQuotient(scale);
  const double size = std::max(1.0, largest(off.cwiseQuotient(scale)));
  for (Index i = 0; i < outside.size(); ++i) {
    if (std::abs(outside(i)) > 1e-9 * std::max(size, std::abs(centre(i)) / scale(i))) return false;
  }
  return true;
}

GaussianConditional disintegrate(const GaussianMap& state, const std::vector<int>& given, const std::vector<int>& of) {
  if (state.in() != 0) throw InvalidArgument("disintegrate: a channel with inputs is no state");
  std::vector<bool> seen(static_cast<std::size_t>(state.out()), false);
  check_coordinates(state, given, seen);
  check_coordinates(state, of, seen);

  const MatrixXd s_aa = block(state.s(), given, given), s_ba = block(state.s(), of, given);
  const auto n = static_cast<Index>(given.size());
  VectorXd mu_a(n), mu_b(static_cast<Index>(of.size())), scale(n);
  for (Index i = 0; i < n; ++i) {
    mu_a(i) = state.b()(given[static_cast<std::size_t>(i)]);
    scale(i) = s_aa(i, i) > 0 ? std::sqrt(s_aa(i, i)) : 1.0;
  }
  for (Index i = 0; i < mu_b.size(); ++i) mu_b(i) = state.b()(of[static_cast<std::size_t>(i)]);

  const MatrixXd unscale = scale.cwiseInverse().asDiagonal();
  const MatrixXd correlation = unscale * s_aa * unscale;
  MatrixXd inverse = MatrixXd::Zero(n, n);
  int rank = 0;
  if (n > 0) {
    Eigen::CompleteOrthogonalDecomposition<MatrixXd> decomposition;
    decomposition.setThreshold(static_cast<double>(n) * std::numeric_limits<double>::epsilon());
    decomposition.compute(correlation);
    rank = static_cast<int>(decomposition.rank());
    inverse = decomposition.pseudoInverse();
  }
  const MatrixXd k = s_ba * unscale * inverse * unscale;
  MatrixXd support =
      rank == n ? MatrixXd::Identity(n, n) : MatrixXd(scale.asDiagonal() * correlation * inverse * unscale);
  MatrixXd rest = symmetric(block(state.s(), of, of) - k * s_ba.transpose());
  return {GaussianMap(k, mu_b - k * mu_a, std::move(rest)), mu_a, std::move(support), rank, scale};
}

std::optional<GaussianMap> condition(const GaussianMap& state, const std::vector<int>& given, const VectorXd& values,
                                     const std::vector<int>& of) {
  const GaussianConditional conditional = disintegrate(state, given, of);
  if (values.size() != conditional.centre.size()) {
    throw InvalidArgument("condition", "values", std::to_string(values.size()) + " numbers",
                          "one per given coordinate");
  }
  if (!conditional.contains(values)) return std::nullopt;
  return then(GaussianMap::point(values), conditional.channel);
}

GaussianConditional bayesian_inversion(const GaussianMap& prior, const GaussianMap& channel) {
  if (prior.in() != 0 || prior.out() != channel.in()) {
    throw InvalidArgument("bayesian_inversion: the prior is not a state on the inputs of the channel");
  }
  const int n = channel.in(), m = channel.out();
  const GaussianMap joint = then(prior, then(GaussianMap::copy(n), tensor(GaussianMap::identity(n), channel)));
  std::vector<int> inputs, outputs;
  for (int i = 0; i < n; ++i) inputs.push_back(i);
  for (int i = n; i < n + m; ++i) outputs.push_back(i);
  return disintegrate(joint, outputs, inputs);
}

}  // namespace causal
