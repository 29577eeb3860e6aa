#include "causal/estimation/nuisance/least_squares.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

constexpr double kAliased = 1e-9;

void check_sizes(const Eigen::Ref<const Eigen::MatrixXd>& design, Eigen::Index y, Eigen::Index weights) {
  if (y != design.rows() || (weights != 0 && weights != design.rows())) {
    throw InvalidArgument(
        fmt::format("least_squares: the design has {} rows, y {} and weights {}", design.rows(), y, weights));
  }
}

void check_weights(const Eigen::Ref<const Eigen::VectorXd>& weights) {
  for (Eigen::Index i = 0; i < weights.size(); ++i) {
    if (weights(i) >= 0) continue;
    throw DataError(fmt::format("a regression takes weights >= 0; row {} has {}", i + 1, weights(i)));
  }
}

Eigen::MatrixXd weighted_columns(const Eigen::Ref<const Eigen::MatrixXd>& design, const Eigen::VectorXd& root_weights,
                                 const std::vector<int>& columns) {
  Eigen::MatrixXd taken(design.rows(), std::ssize(columns));
  for (std::size_t j = 0; j < columns.size(); ++j) {
    const auto column = static_cast<Eigen::Index>(j);
    if (root_weights.size() == 0) {
      taken.col(column) = design.col(columns[j]);
    } else {
      taken.col(column) = design.col(columns[j]).cwiseProduct(root_weights);
    }
  }
  return taken;
}

using Qr = Eigen::HouseholderQR<Eigen::MatrixXd>;

/// The decomposition of the columns that are left when every aliased one is taken out, first one first.
struct SequentialQr {
  IndependentColumns columns;
  Qr qr;
};

SequentialQr sequential_qr(const Eigen::Ref<const Eigen::MatrixXd>& design, const Eigen::VectorXd& root_weights) {
  SequentialQr result;
  result.columns.kept.resize(static_cast<std::size_t>(design.cols()));
  std::iota(result.columns.kept.begin(), result.columns.kept.end(), 0);
  for (;;) {
    std::vector<int>& kept = result.columns.kept;
    const Eigen::MatrixXd taken = weighted_columns(design, root_weights, kept);
    const Eigen::VectorXd lengths = taken.colwise().norm();
    // More columns than rows: the last ones have nothing of their own.
    result.qr.compute(taken);
    const Eigen::Index square = std::min(taken.rows(), taken.cols());
    Eigen::Index first = 0;
    while (first < square && std::abs(result.qr.matrixQR()(first, first)) > kAliased * lengths(first)) ++first;
    if (first == taken.cols()) return result;
    result.columns.aliased.push_back(kept[static_cast<std::size_t>(first)]);
    kept.erase(kept.begin() + first);
    if (kept.empty()) return result;
  }
}

Eigen::VectorXd roots(const Eigen::Ref<const Eigen::VectorXd>& weights) { return weights.cwiseSqrt(); }

/// Puts a matrix over the kept columns into one over all, zeros elsewhere.
Eigen::MatrixXd spread(const Eigen::MatrixXd& over_kept, const std::vector<int>& kept, Eigen::Index k) {
  Eigen::MatrixXd full = Eigen::MatrixXd::Zero(k, k);
  for (std::size_t a = 0; a < kept.size(); ++a) {
    for (std::size_t b = 0; b < kept.size(); ++b) {
      full(kept[a], kept[b]) = over_kept(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b));
    }
  }
  return full;
}

Eigen::MatrixXd cluster_meat(const Eigen::MatrixXd& scores, std::span<const int> clusters, int groups) {
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(groups, scores.cols());
  for (Eigen::Index i = 0; i < scores.rows(); ++i) sums.row(clusters[static_cast<std::size_t>(i)]) += scores.row(i);
  return sums.transpose() * sums;
}

/// What a squared residual is multiplied by: 1, 1 / (1 - h) or 1 / (1 - h)^2.
Eigen::VectorXd leverage_factors(const Eigen::VectorXd& leverages, CovarianceKind kind) {
  if (kind != CovarianceKind::Hc2 && kind != CovarianceKind::Hc3) return Eigen::VectorXd::Ones(leverages.size());
  Eigen::Index worst = 0;
  if (1 - leverages.maxCoeff(&worst) < 1e-12) {
    throw DataError(fmt::format("row {} alone determines a coefficient (leverage 1), so {} does not exist", worst + 1,
                                enum_name(kind)),
                    {}, "Take hc0 or hc1, or leave out the column that is non-zero in that row only.");
  }
  const Eigen::VectorXd factor = (1 - leverages.array()).inverse();
  return kind == CovarianceKind::Hc2 ? factor : Eigen::VectorXd(factor.cwiseAbs2());
}

}  // namespace

Eigen::MatrixXd with_intercept(const Eigen::Ref<const Eigen::MatrixXd>& X) {
  Eigen::MatrixXd design(X.rows(), X.cols() + 1);
  design.col(0).setOnes();
  design.rightCols(X.cols()) = X;
  return design;
}

IndependentColumns independent_columns(const Eigen::Ref<const Eigen::MatrixXd>& design,
                                       const Eigen::Ref<const Eigen::VectorXd>& weights) {
  check_weights(weights);
  return sequential_qr(design, roots(weights)).columns;
}

LeastSquaresFit least_squares(const Eigen::Ref<const Eigen::MatrixXd>& design,
                              const Eigen::Ref<const Eigen::VectorXd>& y,
                              const Eigen::Ref<const Eigen::VectorXd>& weights) {
  check_sizes(design, y.size(), weights.size());
  check_weights(weights);
  const Eigen::VectorXd root_weights = roots(weights);
  SequentialQr decomposition = sequential_qr(design, root_weights);
  LeastSquaresFit fit;
  fit.columns = std::move(decomposition.columns);
  const auto k = static_cast<Eigen::Index>(fit.columns.kept.size());
  const Eigen::Index rows = weights.size() == 0 ? design.rows() : (weights.array() > 0).count();
  if (rows < k || k == 0) {
    throw DataError(fmt::format("a regression with {} coefficients needs at least as many rows; there are {}",
                                design.cols(), rows));
  }
  fit.dof = static_cast<double>(rows - k);
  const auto R = decomposition.qr.matrixQR().topRows(k).triangularView<Eigen::Upper>();
  Eigen::VectorXd projected = weights.size() == 0 ? Eigen::VectorXd(y) : Eigen::VectorXd(y.cwiseProduct(root_weights));
  projected.applyOnTheLeft(decomposition.qr.householderQ().adjoint());
  const Eigen::VectorXd solved = R.solve(projected.head(k));
  const Eigen::MatrixXd inverse = R.solve(Eigen::MatrixXd::Identity(k, k));
  fit.coefficients = Eigen::VectorXd::Zero(design.cols());
  for (Eigen::Index a = 0; a < k; ++a) fit.coefficients(fit.columns.kept[static_cast<std::size_t>(a)]) = solved(a);
  fit.bread = spread(inverse * inverse.transpose(), fit.columns.kept, design.cols());
  fit.residuals = y - design * fit.coefficients;
  return fit;
}

Eigen::VectorXd LeastSquaresFit::leverages(const Eigen::Ref<const Eigen::MatrixXd>& design,
                                           const Eigen::Ref<const Eigen::VectorXd>& weights) const {
  const Eigen::MatrixXd mapped = design * bread;
  Eigen::VectorXd h = mapped.cwiseProduct(design).rowwise().sum();
  if (weights.size() != 0) h = h.cwiseProduct(weights);
  return h;
}

Eigen::MatrixXd coefficient_covariance(const LeastSquaresFit& fit, CovarianceKind kind,
                                       const Eigen::Ref<const Eigen::MatrixXd>& design,
                                       const Eigen::Ref<const Eigen::VectorXd>& weights,
                                       std::span<const int> clusters) {
  check_sizes(design, fit.residuals.size(), weights.size());
  if (!(fit.dof > 0)) {
    throw DataError("the regression has as many coefficients as rows: its errors cannot be estimated");
  }
  const bool is_weighted = weights.size() != 0;
  Eigen::VectorXd weighted_residuals = fit.residuals;
  if (is_weighted) weighted_residuals = weighted_residuals.cwiseProduct(weights);
  if (kind == CovarianceKind::Classic) return fit.bread * (weighted_residuals.dot(fit.residuals) / fit.dof);
  const double rows = fit.dof + static_cast<double>(fit.columns.kept.size());
  if (kind == CovarianceKind::Cluster) {
    if (std::ssize(clusters) != design.rows()) {
      throw InvalidArgument("coefficient_covariance", "clusters", fmt::format("{} numbers", clusters.size()),
                            fmt::format("give one for each of {} rows", design.rows()));
    }
    const int groups = 1 + *std::max_element(clusters.begin(), clusters.end());
    if (groups < 2) throw InvalidArgument("standard errors by cluster need at least two clusters");
    const Eigen::MatrixXd scores = weighted_residuals.asDiagonal() * design;
    const double factor = groups / (groups - 1.0) * (rows - 1) / fit.dof;
    return fit.bread * cluster_meat(scores, clusters, groups) * fit.bread * factor;
  }
  const bool needs_leverage = kind == CovarianceKind::Hc2 || kind == CovarianceKind::Hc3;
  const Eigen::VectorXd leverages =
      needs_leverage ? fit.leverages(design, weights) : Eigen::VectorXd(Eigen::VectorXd::Zero(design.rows()));
  const Eigen::VectorXd squares = weighted_residuals.cwiseAbs2().cwiseProduct(leverage_factors(leverages, kind));
  const Eigen::MatrixXd meat = design.transpose() * (squares.asDiagonal() * design);
  const double factor = kind == CovarianceKind::Hc1 ? rows / fit.dof : 1.0;
  return fit.bread * meat * fit.bread * factor;
}

}  // namespace causal::estimation
