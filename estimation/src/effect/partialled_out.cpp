#include "effect/partialled_out.hpp"

#include <fmt/format.h>

#include <Eigen/QR>
#include <algorithm>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

constexpr double kExplained = 1e-9;

Eigen::MatrixXd orthonormal_basis(const Eigen::MatrixXd& columns) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(columns);
  return qr.householderQ() * Eigen::MatrixXd::Identity(columns.rows(), columns.cols());
}

/// What is left of the columns beside the span of an orthonormal basis; the second round removes what rounding left.
Eigen::MatrixXd beside(const Eigen::MatrixXd& basis, const Eigen::MatrixXd& columns) {
  Eigen::MatrixXd left = columns - basis * (basis.transpose() * columns);
  left -= basis * (basis.transpose() * left);
  return left;
}

Eigen::MatrixXd side_by_side(const Eigen::Ref<const Eigen::MatrixXd>& a, const Eigen::Ref<const Eigen::MatrixXd>& b) {
  Eigen::MatrixXd both(a.rows(), a.cols() + b.cols());
  both << a, b;
  return both;
}

}  // namespace

PartialledOut partial_out(const Eigen::Ref<const Eigen::VectorXd>& y, const Eigen::Ref<const Eigen::MatrixXd>& D,
                          const Eigen::Ref<const Eigen::MatrixXd>& X, const Eigen::Ref<const Eigen::MatrixXd>& Z,
                          const Eigen::Ref<const Eigen::VectorXd>& weights) {
  const Eigen::Index n = y.size();
  if (D.rows() != n || X.rows() != n || Z.rows() != n || (weights.size() != 0 && weights.size() != n)) {
    throw InvalidArgument(
        fmt::format("instruments: y has {} rows, the endogenous columns {}, the exogenous {}, the instruments {} and "
                    "the weights {}",
                    n, D.rows(), X.rows(), Z.rows(), weights.size()));
  }
  PartialledOut out;
  const IndependentColumns independent = independent_columns(side_by_side(X, Z), weights);
  std::vector<int> exogenous;
  std::vector<int> instruments;
  for (const int j : independent.kept) {
    if (j < X.cols()) exogenous.push_back(j);
    if (j >= X.cols()) instruments.push_back(j - static_cast<int>(X.cols()));
  }
  for (const int j : independent.aliased) {
    if (j >= X.cols()) out.aliased.push_back(j - static_cast<int>(X.cols()));
  }
  std::sort(out.aliased.begin(), out.aliased.end());
  if (std::ssize(instruments) < D.cols()) {
    throw DataError(
        fmt::format("{} endogenous columns need at least as many instruments that are no linear functions of the "
                    "covariates and of each other; of {} given, {} are",
                    D.cols(), Z.cols(), instruments.size()),
        {}, "Give more instruments, or treat a column as exogenous.");
  }
  out.exogenous = static_cast<int>(exogenous.size());
  out.rows = static_cast<double>(weights.size() == 0 ? n : (weights.array() > 0).count());
  if (out.rows <= out.exogenous + static_cast<double>(instruments.size())) {
    throw DataError(fmt::format("{} rows are too few for {} covariates (with the intercept) and {} instruments",
                                out.rows, out.exogenous, instruments.size()));
  }
  const Eigen::VectorXd roots =
      weights.size() == 0 ? Eigen::VectorXd(Eigen::VectorXd::Ones(n)) : Eigen::VectorXd(weights.cwiseSqrt());
  const Eigen::MatrixXd scaled = roots.asDiagonal() * D;
  const Eigen::MatrixXd basis = orthonormal_basis(roots.asDiagonal() * X(Eigen::all, exogenous));
  out.y = beside(basis, roots.cwiseProduct(y));
  out.D = beside(basis, scaled);
  for (Eigen::Index j = 0; j < D.cols(); ++j) {
    out.explained.push_back(out.D.col(j).norm() <= kExplained * scaled.col(j).norm());
  }
  out.instruments = orthonormal_basis(beside(basis, roots.asDiagonal() * Z(Eigen::all, instruments)));
  return out;
}

PartialledOut partial_out(const EffectData& data, const Eigen::VectorXd& dose) {
  return partial_out(data.outcome, dose, with_intercept(data.covariates.values), data.instruments.values, data.weights);
}

Eigen::MatrixXd score_products(const Eigen::Ref<const Eigen::MatrixXd>& scores, CovarianceKind kind,
                               std::span<const int> clusters, double rows, double dof) {
  if (kind != CovarianceKind::Cluster) {
    return (kind == CovarianceKind::Hc1 ? rows / dof : 1.0) * (scores.transpose() * scores);
  }
  const int groups = 1 + *std::max_element(clusters.begin(), clusters.end());
  if (groups < 2) throw InvalidArgument("standard errors by cluster need at least two clusters");
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(groups, scores.cols());
  for (Eigen::Index i = 0; i < scores.rows(); ++i) sums.row(clusters[static_cast<std::size_t>(i)]) += scores.row(i);
  return groups / (groups - 1.0) * (rows - 1) / dof * (sums.transpose() * sums);
}

CovarianceKind instrumental_covariance(CovarianceKind kind, std::span<const int> clusters, const char* function) {
  if (kind == CovarianceKind::Hc2 || kind == CovarianceKind::Hc3) {
    throw InvalidArgument(function, "covariance", std::string(enum_name(kind)),
                          "be classic, hc0, hc1 or cluster: leverages have no meaning with instruments");
  }
  if (!clusters.empty()) return CovarianceKind::Cluster;
  if (kind == CovarianceKind::Cluster) {
    throw InvalidArgument(function, "covariance", "cluster", "needs a column that says which rows belong together");
  }
  return kind;
}

}  // namespace causal::estimation
