#include "ridge_residuals.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "causal/math/syrk.hpp"

namespace causal::discovery::detail {
namespace {

constexpr Eigen::Index kPenalties = 19;
constexpr Eigen::Index kRows = 1024;  // a block that stays in cache

// r x penalties: how much of each direction a fit keeps.
Eigen::MatrixXd shrinkage(const RidgeDesign& design) {
  const Eigen::VectorXd penalties = ridge_penalties(design.U.rows());
  Eigen::MatrixXd keep(design.eigenvalues.size(), penalties.size());
  for (Eigen::Index g = 0; g < penalties.size(); ++g) {
    keep.col(g) = design.eigenvalues.array() / (design.eigenvalues.array() + penalties(g));
  }
  return keep;
}

}  // namespace

Eigen::VectorXd ridge_penalties(std::int64_t n) {
  Eigen::VectorXd penalties(kPenalties);
  for (Eigen::Index g = 0; g < kPenalties; ++g) {
    penalties(g) = static_cast<double>(n) * std::pow(10.0, -8 + 0.5 * static_cast<double>(g));
  }
  return penalties;
}

RidgeDesign ridge_design(const Eigen::Ref<const Eigen::MatrixXd>& features, int threads) {
  constexpr double kNegligible = 1e-10;
  const Eigen::Index n = features.rows();
  if (features.cols() == 0) {
    return {.U = Eigen::MatrixXd(n, 0),
            .eigenvalues = {},
            .leverage = Eigen::MatrixXd::Constant(n, kPenalties, 1 / static_cast<double>(n))};
  }
  const Eigen::VectorXd mean = features.colwise().mean().transpose();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(centred_scatter(features, mean, {}, threads));
  const Eigen::VectorXd& all = solver.eigenvalues();  // ascending
  const double largest = all.size() > 0 ? std::max(0.0, all(all.size() - 1)) : 0;
  Eigen::Index first = 0;
  while (first < all.size() && !(all(first) > kNegligible * largest)) ++first;
  const Eigen::Index rank = all.size() - first;

  RidgeDesign design{.U = Eigen::MatrixXd(n, rank), .eigenvalues = all.tail(rank)};
  const Eigen::MatrixXd directions =
      solver.eigenvectors().rightCols(rank) * design.eigenvalues.cwiseSqrt().cwiseInverse().asDiagonal();
  const Eigen::MatrixXd keep = shrinkage(design);
  design.leverage.resize(n, kPenalties);
  for (Eigen::Index begin = 0; begin < n; begin += kRows) {
    const Eigen::Index rows = std::min(kRows, n - begin);
    const Eigen::MatrixXd centred = features.middleRows(begin, rows).rowwise() - mean.transpose();
    design.U.middleRows(begin, rows).noalias() = centred * directions;
    const Eigen::MatrixXd squares = design.U.middleRows(begin, rows).cwiseAbs2();
    design.leverage.middleRows(begin, rows).noalias() = squares * keep;
  }
  design.leverage.array() += 1 / static_cast<double>(n);  // the intercept's
  return design;
}

RidgeResiduals ridge_residuals(const RidgeDesign& design, const Eigen::Ref<const Eigen::MatrixXd>& Y) {
  const Eigen::Index n = Y.rows();
  const Eigen::MatrixXd keep = shrinkage(design);
  RidgeResiduals result{.columns = Y.rowwise() - Y.colwise().mean(),
                        .remaining = Eigen::MatrixXd(design.U.cols(), Y.cols()),
                        .penalty = Eigen::VectorXi(Y.cols())};
  for (Eigen::Index j = 0; j < Y.cols(); ++j) {
    const Eigen::VectorXd weights = design.U.transpose() * result.columns.col(j);
    const Eigen::MatrixXd coefficients = weights.asDiagonal() * keep;  // one column a penalty
    Eigen::VectorXd press = Eigen::VectorXd::Zero(kPenalties);
    for (Eigen::Index begin = 0; begin < n; begin += kRows) {
      const Eigen::Index rows = std::min(kRows, n - begin);
      Eigen::MatrixXd error = design.U.middleRows(begin, rows) * coefficients;
      error = (error.colwise() - result.columns.col(j).segment(begin, rows)).array() /
              (1 - design.leverage.middleRows(begin, rows).array());
      press += error.colwise().squaredNorm().transpose();
    }
    Eigen::Index best = kPenalties - 1;
    for (Eigen::Index g = best; g-- > 0;) {
      if (press(g) < press(best)) best = g;
    }
    result.columns.col(j).noalias() -= design.U * coefficients.col(best);
    result.remaining.col(j) = 1 - keep.col(best).array();
    result.penalty(j) = static_cast<int>(best);
  }
  return result;
}

}  // namespace causal::discovery::detail
