#pragma once
// Cholesky factors of matrices that are zero away from the diagonal.

#include <Eigen/Core>
#include <vector>

namespace causal::discovery::detail {

/// Factor of a symmetric positive definite matrix whose row i is zero left of column first[i] <= i: a band, blocks
/// along the diagonal, or full. Cost n b^2 with b the widest row, solving 4 n b for each right-hand side.
class EnvelopeCholesky {
 public:
  /// Reads the lower triangle of `matrix`, which it keeps.
  EnvelopeCholesky(Eigen::MatrixXd matrix, const std::vector<Eigen::Index>& first);
  /// B := matrix^-1 B.
  void solve_in_place(Eigen::Ref<Eigen::MatrixXd> B) const;

 private:
  // Rows and columns [begin, begin + size), and how many rows below reach into these columns.
  struct Block {
    Eigen::Index begin;
    Eigen::Index size;
    Eigen::Index below;
  };
  Eigen::MatrixXd lower_;
  std::vector<Block> blocks_;
};

}  // namespace causal::discovery::detail
