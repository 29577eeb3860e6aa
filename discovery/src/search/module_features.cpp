// The Gram matrix of mechanisms in finite features, for many rows.
//
// With features psi of the parents and phi of the node, point c has the ridge regression
//   mu(c) = T_c (S_c + lambda I)^-1 Sigma,  T_c = sum_i k(c_i, c) phi_i psi_i',  S_c = sum_i k(c_i, c) psi_i psi_i',
// Sigma = sum_i psi_i psi_i' / n, and M(c, c') = <mu(c), mu(c')>. Over domains Kx o Kc falls into blocks and this
// equals the exact form for the same features (push-through identity). Over time it weights rows locally instead of
// ridging all rows at once, which needs no matrix over rows; the two agree in direction, not in numbers.
//
// Features are those of a pivoted Cholesky factorisation on some of the rows, extended to all of them (Nystrom); for
// one Gaussian column a hundred of them reach 1e-6.
#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "causal/math/syrk.hpp"
#include "causal/run/parallel.hpp"
#include "module_embedding.hpp"
#include "module_feature_map.hpp"
#include "module_kernels.hpp"

namespace causal::discovery::detail {
namespace {

constexpr Eigen::Index kRowBlock = 512;

class FeatureEmbedding final : public Embedding {
 public:
  FeatureEmbedding(const NodeTable& table, NodeId c, const ModuleOptions& options)
      : table_(table), options_(options), grid_(point_grid(table, c, options, true)) {}

  [[nodiscard]] const PointGrid& grid() const override { return grid_; }

  [[nodiscard]] Eigen::MatrixXd gram(std::span<const NodeId> nodes, std::span<const NodeId> parents,
                                     int threads) const override {
    const KernelColumns y = kernel_columns(table_, nodes, options_.width_x, grid_.rows);
    if (y.constant()) return Eigen::MatrixXd::Ones(grid_.m(), grid_.m());
    const FeatureMap phi(y, options_.max_features);
    const Eigen::MatrixXd mu = parents.empty() ? marginals(phi, threads) : conditionals(phi, parents, threads);
    return centred_scatter(mu, Eigen::VectorXd::Zero(mu.cols()), {}, threads);
  }

 private:
  struct PointSums {
    Eigen::MatrixXd S;
    Eigen::MatrixXd T;
  };

  // Calls use(begin, count) for the rows of a point, block by block.
  template <class Use>
  void for_each_block(Eigen::Index point, Use&& use) const {
    const Eigen::Index end = grid_.begin[static_cast<std::size_t>(point) + 1];
    for (Eigen::Index at = grid_.begin[static_cast<std::size_t>(point)]; at < end; at += kRowBlock) {
      use(at, std::min(kRowBlock, end - at));
    }
  }

  // Column c: the embedding of P(nodes | point c).
  [[nodiscard]] Eigen::MatrixXd marginals(const FeatureMap& phi, int threads) const {
    Eigen::MatrixXd sums(phi.size(), grid_.m());
    parallel_for(grid_.m(), threads, [&](std::int64_t c) {
      Eigen::VectorXd sum = Eigen::VectorXd::Zero(phi.size());
      for_each_block(c, [&](Eigen::Index from, Eigen::Index count) { sum += phi(from, count).rowwise().sum(); });
      sums.col(c) = sum;
    });
    Eigen::VectorXd rows(grid_.m());
    for (Eigen::Index c = 0; c < grid_.m(); ++c) rows[c] = static_cast<double>(grid_.size(c));
    Eigen::MatrixXd mu = grid_.smooth(sums.transpose()).transpose();
    const Eigen::MatrixXd weight = grid_.smooth(rows);
    for (Eigen::Index c = 0; c < grid_.m(); ++c) mu.col(c) /= weight(c, 0) + options_.lambda;
    return mu;
  }

  // Column c: the embedding of P(nodes | parents, point c), a matrix over phi and psi, column after column.
  [[nodiscard]] Eigen::MatrixXd conditionals(const FeatureMap& phi, std::span<const NodeId> parents,
                                             int threads) const {
    const KernelColumns x = kernel_columns(table_, parents, options_.width_x, grid_.rows);
    const FeatureMap psi(x, options_.max_features);
    const std::vector<PointSums> sums = sum_points(phi, psi, threads);
    Eigen::MatrixXd Sigma = Eigen::MatrixXd::Zero(psi.size(), psi.size());
    for (const PointSums& point : sums) Sigma += point.S;
    Sigma /= static_cast<double>(grid_.rows.size());

    Eigen::MatrixXd mu(phi.size() * psi.size(), grid_.m());
    parallel_for(grid_.m(), threads, [&](std::int64_t c) {
      Eigen::MatrixXd S = options_.lambda * Eigen::MatrixXd::Identity(psi.size(), psi.size());
      Eigen::MatrixXd T = Eigen::MatrixXd::Zero(phi.size(), psi.size());
      for (Eigen::Index b = grid_.first[static_cast<std::size_t>(c)]; b <= grid_.last[static_cast<std::size_t>(c)];
           ++b) {
        const double weight = grid_.kernel(b, c);
        if (weight == 0) continue;
        S += weight * sums[static_cast<std::size_t>(b)].S;
        T += weight * sums[static_cast<std::size_t>(b)].T;
      }
      const Eigen::LLT<Eigen::MatrixXd> ridge(S);
      Eigen::Map<Eigen::MatrixXd>(mu.col(c).data(), phi.size(), psi.size()).noalias() = T * ridge.solve(Sigma);
    });
    return mu;
  }

  [[nodiscard]] std::vector<PointSums> sum_points(const FeatureMap& phi, const FeatureMap& psi, int threads) const {
    std::vector<PointSums> sums(static_cast<std::size_t>(grid_.m()));
    parallel_for(grid_.m(), threads, [&](std::int64_t c) {
      PointSums& at = sums[static_cast<std::size_t>(c)];
      at.S = Eigen::MatrixXd::Zero(psi.size(), psi.size());
      at.T = Eigen::MatrixXd::Zero(phi.size(), psi.size());
      for_each_block(c, [&](Eigen::Index from, Eigen::Index count) {
        const Eigen::MatrixXd x = psi(from, count);
        at.S.selfadjointView<Eigen::Lower>().rankUpdate(x);
        at.T.noalias() += phi(from, count) * x.transpose();
      });
      at.S.triangularView<Eigen::StrictlyUpper>() = at.S.transpose();
    });
    return sums;
  }

  const NodeTable& table_;
  ModuleOptions options_;
  PointGrid grid_;
};

}  // namespace

std::unique_ptr<Embedding> feature_embedding(const NodeTable& table, NodeId c, const ModuleOptions& options) {
  return std::make_unique<FeatureEmbedding>(table, c, options);
}

}  // namespace causal::discovery::detail
