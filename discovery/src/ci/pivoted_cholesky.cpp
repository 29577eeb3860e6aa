#include "pivoted_cholesky.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "causal/math/product.hpp"
#include "causal/run/parallel.hpp"

namespace causal::discovery::detail {
namespace {

constexpr Eigen::Index kBlock = 24;
constexpr std::size_t kCandidates = 96;
constexpr double kNearLargest = 0.5;   // share of the largest residual that makes a row a candidate
constexpr double kWorthwhile = 0.125;  // share of it that must be left for a pivot to join a block

// Rows whose residual is near the largest; when there are many, some spread evenly over them.
std::vector<Eigen::Index> candidates(const Eigen::VectorXd& residual, double tolerance) {
  const double least = std::max(tolerance, kNearLargest * residual.maxCoeff());
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < residual.size(); ++i) {
    if (residual(i) > tolerance && residual(i) >= least) rows.push_back(i);
  }
  if (rows.size() <= kCandidates) return rows;
  std::vector<Eigen::Index> some;
  for (std::size_t k = 0; k < kCandidates; ++k) some.push_back(rows[k * rows.size() / kCandidates]);
  return some;
}

// Rows of F as columns.
Eigen::MatrixXd rows_of(const Eigen::MatrixXd& F, Eigen::Index rank, const std::vector<Eigen::Index>& rows) {
  Eigen::MatrixXd out(rank, std::ssize(rows));
  for (Eigen::Index c = 0; c < out.cols(); ++c) out.col(c) = F.row(rows[static_cast<std::size_t>(c)]).head(rank);
  return out;
}

// The residual matrix K - F F^T among the rows.
Eigen::MatrixXd residual_block(const KernelEntries& entries, const Eigen::MatrixXd& F, Eigen::Index rank,
                               const std::vector<Eigen::Index>& rows) {
  const auto size = static_cast<Eigen::Index>(rows.size());
  Eigen::MatrixXd block(size, size);
  for (Eigen::Index c = 0; c < size; ++c) entries(rows, rows[static_cast<std::size_t>(c)], block.col(c));
  if (rank == 0) return block;
  const Eigen::MatrixXd at_rows = rows_of(F, rank, rows);
  return block - cross_product(at_rows, at_rows, 1);
}

// Greedy pivots of the block, at most `most`, as positions in it, and the lower triangle L of its decomposition.
struct BlockPivots {
  std::vector<Eigen::Index> kept;
  Eigen::MatrixXd L;
};

BlockPivots decompose_block(const Eigen::MatrixXd& block, double tolerance, Eigen::Index most) {
  const Eigen::Index size = block.rows();
  Eigen::VectorXd residual = block.diagonal();
  const double least = std::max(tolerance, kWorthwhile * residual.maxCoeff());
  Eigen::MatrixXd columns(size, std::min(most, size));
  BlockPivots out;
  for (Eigen::Index k = 0; k < columns.cols(); ++k) {
    Eigen::Index best = 0;
    const double largest = residual.maxCoeff(&best);  // the first of equals
    if (k > 0 && largest <= least) break;
    out.kept.push_back(best);
    Eigen::VectorXd next = block.col(best);
    next.noalias() -= columns.leftCols(k) * columns.row(best).head(k).transpose();
    columns.col(k) = next / std::sqrt(largest);
    residual -= columns.col(k).cwiseAbs2();
    residual(best) = 0;
  }
  const auto rank = static_cast<Eigen::Index>(out.kept.size());
  out.L = Eigen::MatrixXd::Zero(rank, rank);
  for (Eigen::Index i = 0; i < rank; ++i) {
    out.L.row(i).head(i + 1) = columns.row(out.kept[static_cast<std::size_t>(i)]).head(i + 1);
  }
  return out;
}

}  // namespace

KernelFactor pivoted_cholesky(const Eigen::Ref<const Eigen::VectorXd>& diagonal, const KernelEntries& entries,
                              double tolerance, Eigen::Index max_rank, int threads) {
  const Eigen::Index n = diagonal.size();
  max_rank = std::min(max_rank, n);
  Eigen::VectorXd residual = diagonal;
  KernelFactor out;
  out.F.resize(n, std::min<Eigen::Index>(max_rank, 4 * kBlock));
  Eigen::Index rank = 0;
  while (rank < max_rank) {
    const std::vector<Eigen::Index> tried = candidates(residual, tolerance);
    if (tried.empty()) break;
    const BlockPivots pivots =
        decompose_block(residual_block(entries, out.F, rank, tried), tolerance, std::min(kBlock, max_rank - rank));
    std::vector<Eigen::Index> rows;
    for (const Eigen::Index kept : pivots.kept) rows.push_back(tried[static_cast<std::size_t>(kept)]);

    const auto made = static_cast<Eigen::Index>(rows.size());
    Eigen::MatrixXd block(n, made);
    parallel_for(made, threads, [&](std::int64_t c) { entries({}, rows[static_cast<std::size_t>(c)], block.col(c)); });
    if (rank > 0) block -= product(out.F.leftCols(rank), rows_of(out.F, rank, rows), threads);
    if (rank + made > out.F.cols()) {
      out.F.conservativeResize(Eigen::NoChange, std::min(max_rank, std::max(2 * out.F.cols(), rank + made)));
    }
    for (Eigen::Index k = 0; k < made; ++k) {
      out.F.col(rank + k) = block.col(k);
      for (Eigen::Index j = 0; j < k; ++j) out.F.col(rank + k) -= pivots.L(k, j) * out.F.col(rank + j);
      out.F.col(rank + k) /= pivots.L(k, k);
      residual -= out.F.col(rank + k).cwiseAbs2();
    }
    residual = residual.cwiseMax(0);
    for (const Eigen::Index row : rows) residual(row) = 0;
    rank += made;
  }
  out.F.conservativeResize(Eigen::NoChange, rank);
  out.residual_trace = residual.sum();
  out.complete = n == 0 || residual.maxCoeff() <= tolerance;
  return out;
}

}  // namespace causal::discovery::detail
