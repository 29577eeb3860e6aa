// The Gram matrix of mechanisms on all rows, without approximation beyond rounding.
//
// With factors Kx = F'F and Ky = G'G of rank r (about 150 at width 0.1, whatever n):
//   Kx^3 = B'B, B = (FF')F;   W Ky W = A'A, A = GW;
// so that three symmetric products of r x n matrices and banded products replace ten products of n x n matrices. Kc is
// zero beyond a few widths, hence Kx o Kc + lambda I and Kc + lambda I are factored inside their envelope.
#include <Eigen/Cholesky>

#include "causal/math/syrk.hpp"
#include "causal/run/error.hpp"
#include "envelope_cholesky.hpp"
#include "module_embedding.hpp"
#include "module_kernels.hpp"

namespace causal::discovery::detail {
namespace {

// F'F, both triangles.
Eigen::MatrixXd square(const Eigen::MatrixXd& F, int threads) {
  return centred_scatter(F, Eigen::VectorXd::Zero(F.cols()), {}, threads);
}

Eigen::MatrixXd mirrored(Eigen::MatrixXd lower) {
  lower.triangularView<Eigen::StrictlyUpper>() = lower.transpose();
  return lower;
}

class ExactEmbedding final : public Embedding {
 public:
  ExactEmbedding(const NodeTable& table, NodeId c, const ModuleOptions& options)
      : table_(table), options_(options), grid_(point_grid(table, c, options, false)), surrogate_(factor_surrogate()) {
    // A wide kernel on time has fewer features than its rows have entries.
    const std::optional<KernelFactor> factor = exact_factor(grid_.columns);
    if (factor && 2 * factor->features.rows() < grid_.entries_per_point()) surrogate_features_ = factor->features;
  }

  [[nodiscard]] const PointGrid& grid() const override { return grid_; }

  [[nodiscard]] Eigen::MatrixXd gram(std::span<const NodeId> nodes, std::span<const NodeId> parents,
                                     int threads) const override {
    const KernelColumns y = kernel_columns(table_, nodes, options_.width_x, grid_.rows);
    // Of a constant there is one distribution only; the shrinkage of the ridge must not make it look like many.
    if (y.constant()) return Eigen::MatrixXd::Ones(grid_.m(), grid_.m());
    if (parents.empty()) return marginal_gram(y, threads);
    return conditional_gram(y, kernel_columns(table_, parents, options_.width_x, grid_.rows), threads);
  }

 private:
  // The first row that the kernel of the surrogate connects with row i.
  [[nodiscard]] std::vector<Eigen::Index> row_envelope() const {
    std::vector<Eigen::Index> first(grid_.rows.size());
    for (Eigen::Index c = 0; c < grid_.m(); ++c) {
      const Eigen::Index start = grid_.begin[static_cast<std::size_t>(grid_.first[static_cast<std::size_t>(c)])];
      for (Eigen::Index i = 0; i < grid_.size(c); ++i) {
        first[static_cast<std::size_t>(grid_.begin[static_cast<std::size_t>(c)] + i)] = start;
      }
    }
    return first;
  }

  // Calls entry(point of i, point of j, i, j) in the lower triangle inside the envelope, column by column.
  template <class Column>
  void for_each_column(Column&& column) const {
    for (Eigen::Index c = 0; c < grid_.m(); ++c) {
      const Eigen::Index end = grid_.begin[static_cast<std::size_t>(grid_.last[static_cast<std::size_t>(c)]) + 1];
      for (Eigen::Index i = 0; i < grid_.size(c); ++i) {
        const Eigen::Index j = grid_.begin[static_cast<std::size_t>(c)] + i;
        column(c, j, end);
      }
    }
  }

  // Kernel of the surrogate between row j, of point c, and rows j ... end - 1.
  void surrogate_column(Eigen::Index c, Eigen::Index j, Eigen::Ref<Eigen::VectorXd> out) const {
    for (Eigen::Index i = 0; i < out.size(); ++i) {
      const Eigen::Index row = grid_.rows[static_cast<std::size_t>(j + i)];
      out[i] = grid_.kernel(grid_.points.of_row[static_cast<std::size_t>(row)], c);
    }
  }

  [[nodiscard]] EnvelopeCholesky factor_surrogate() const {
    const auto n = static_cast<Eigen::Index>(grid_.rows.size());
    Eigen::MatrixXd K = Eigen::MatrixXd::Zero(n, n);
    for_each_column([&](Eigen::Index c, Eigen::Index j, Eigen::Index end) {
      surrogate_column(c, j, K.col(j).segment(j, end - j));
      K(j, j) += options_.lambda;
    });
    return {std::move(K), row_envelope()};
  }

  [[nodiscard]] EnvelopeCholesky factor_joint(const KernelColumns& x) const {
    const Eigen::Index n = x.rows();
    Eigen::MatrixXd K = Eigen::MatrixXd::Zero(n, n);
    Eigen::VectorXd other(n);
    for_each_column([&](Eigen::Index c, Eigen::Index j, Eigen::Index end) {
      Eigen::Ref<Eigen::VectorXd> column = K.col(j).segment(j, end - j);
      surrogate_column(c, j, column);
      x.kernel(j, j, other.head(end - j));
      column.array() *= other.head(end - j).array();
      K(j, j) += options_.lambda;
    });
    return {std::move(K), row_envelope()};
  }

  // Sums of rows over the rows of each point.
  [[nodiscard]] Eigen::MatrixXd summed_rows(Eigen::MatrixXd rows) const {
    if (rows.rows() == grid_.m()) return rows;
    Eigen::MatrixXd out(grid_.m(), rows.cols());
    for (Eigen::Index c = 0; c < grid_.m(); ++c) {
      out.row(c) = rows.middleRows(grid_.begin[static_cast<std::size_t>(c)], grid_.size(c)).colwise().sum();
    }
    return out;
  }

  // Kc H Kc over points, from H over rows; H is symmetric.
  [[nodiscard]] Eigen::MatrixXd smoothed_twice(Eigen::MatrixXd H) const {
    if (surrogate_features_.size() > 0) {
      const Eigen::MatrixXd& E = surrogate_features_;
      const bool one_row_each = H.rows() == grid_.m();
      const Eigen::MatrixXd per_point =
          one_row_each ? std::move(H) : summed_rows(summed_rows(std::move(H)).transpose());
      const Eigen::MatrixXd once = per_point * E.transpose();
      const Eigen::MatrixXd inner = E * once;
      const Eigen::MatrixXd half = 0.5 * (inner + inner.transpose()) * E;
      Eigen::MatrixXd M(grid_.m(), grid_.m());
      M.triangularView<Eigen::Lower>() = E.transpose() * half;
      return mirrored(std::move(M));
    }
    const Eigen::MatrixXd once = grid_.smooth(summed_rows(std::move(H)));
    Eigen::MatrixXd twice = grid_.smooth(summed_rows(once.transpose()));
    return 0.5 * (twice + twice.transpose());
  }

  // W K W with the full kernel matrix.
  [[nodiscard]] static Eigen::MatrixXd solved_twice(const EnvelopeCholesky& W, Eigen::MatrixXd K) {
    W.solve_in_place(K);
    Eigen::MatrixXd transposed = K.transpose();
    W.solve_in_place(transposed);
    return transposed;
  }

  // W K W from the kernel's factor where it has one of low rank.
  [[nodiscard]] static Eigen::MatrixXd regressed(const EnvelopeCholesky& W, const KernelColumns& y, int threads) {
    const std::optional<KernelFactor> factor = exact_factor(y);
    if (!factor) return solved_twice(W, y.gram());
    Eigen::MatrixXd A = factor->features.transpose();
    W.solve_in_place(A);
    return square(A.transpose(), threads);
  }

  [[nodiscard]] static Eigen::MatrixXd cubed(const KernelColumns& x, int threads) {
    if (const std::optional<KernelFactor> factor = exact_factor(x)) {
      const Eigen::MatrixXd& F = factor->features;
      Eigen::MatrixXd S = Eigen::MatrixXd::Zero(F.rows(), F.rows());
      S.selfadjointView<Eigen::Lower>().rankUpdate(F);
      const Eigen::MatrixXd B = S.selfadjointView<Eigen::Lower>() * F;
      return square(B, threads);
    }
    const Eigen::MatrixXd K = x.gram();
    const Eigen::MatrixXd K2 = square(K, threads);
    Eigen::MatrixXd K3(K.rows(), K.cols());
    K3.triangularView<Eigen::Lower>() = K2 * K;
    return mirrored(std::move(K3));
  }

  [[nodiscard]] Eigen::MatrixXd conditional_gram(const KernelColumns& y, const KernelColumns& x, int threads) const {
    const auto n = static_cast<double>(x.rows());
    Eigen::MatrixXd H = regressed(factor_joint(x), y, threads);
    H.array() *= cubed(x, threads).array() / (n * n);
    return smoothed_twice(std::move(H));
  }

  [[nodiscard]] Eigen::MatrixXd marginal_gram(const KernelColumns& y, int threads) const {
    const std::optional<KernelFactor> factor = exact_factor(y);
    if (!factor) return smoothed_twice(solved_twice(surrogate_, y.gram()));
    Eigen::MatrixXd weights = factor->features.transpose();
    surrogate_.solve_in_place(weights);
    return square(grid_.smooth(summed_rows(std::move(weights))).transpose(), threads);
  }

  const NodeTable& table_;
  ModuleOptions options_;
  PointGrid grid_;
  EnvelopeCholesky surrogate_;          ///< Of Kc + lambda I.
  Eigen::MatrixXd surrogate_features_;  ///< Kc = features^T features over points, where that is cheaper.
};

}  // namespace

std::unique_ptr<Embedding> exact_embedding(const NodeTable& table, NodeId c, const ModuleOptions& options) {
  return std::make_unique<ExactEmbedding>(table, c, options);
}

}  // namespace causal::discovery::detail
