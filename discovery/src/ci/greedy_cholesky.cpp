#include "greedy_cholesky.hpp"

#include <algorithm>
#include <cmath>

namespace causal::discovery::detail {

GreedyFactor greedy_cholesky(std::int64_t n,
                              const std::function<void(Eigen::Index, Eigen::Ref<Eigen::VectorXd>)>& column,
                              double tolerance, int max_rank) {
  constexpr Eigen::Index kFirstColumns = 16;
  const Eigen::Index most = std::min<Eigen::Index>(n, max_rank);
  Eigen::MatrixXd F(n, std::min(most, kFirstColumns));
  Eigen::VectorXd residual = Eigen::VectorXd::Ones(n);
  Eigen::VectorXd work(n);
  Eigen::Index rank = 0;
  bool complete = n == 0;
  while (!complete && rank < most) {
    Eigen::Index pivot = 0;
    const double largest = residual.maxCoeff(&pivot);
    if (!(largest > tolerance)) {
      complete = true;
      break;
    }
    if (rank == F.cols()) F.conservativeResize(Eigen::NoChange, std::min(most, 2 * rank));
    column(pivot, work);
    if (rank > 0) work.noalias() -= F.leftCols(rank) * F.row(pivot).head(rank).transpose();
    F.col(rank) = work / std::sqrt(largest);
    residual = (residual - F.col(rank).cwiseAbs2()).cwiseMax(0.0);
    residual(pivot) = 0;  // exactly: rounding must not choose it again
    ++rank;
  }
  if (!complete) complete = !(residual.maxCoeff() > tolerance);
  F.conservativeResize(Eigen::NoChange, rank);
  return {.F = std::move(F), .residual_trace = residual.sum(), .complete = complete};
}

}  // namespace causal::discovery::detail
