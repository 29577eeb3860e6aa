#include "kci_null.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "causal/math/chi_square.hpp"
#include "causal/math/product.hpp"
#include "causal/math/syrk.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

namespace causal::discovery::detail {
namespace {

constexpr double kNoVariance = 1e-14;  // moments below this mean that one side has nothing left to test

// The gamma distribution with that mean and variance, above the statistic.
double gamma_upper_p(double statistic, double mean, double variance) {
  const double shape = mean * mean / variance;
  const double scale = variance / mean;
  return chi_square_upper_p(2 * std::max(0.0, statistic) / scale, 2 * shape);
}

// Share of draws of sum_k weight_k chi2_1 at or above the statistic, which counts as a draw itself.
double drawn_upper_p(double statistic, const Eigen::VectorXd& weights, const NullOptions& options) {
  std::vector<char> above(static_cast<std::size_t>(options.draws), 0);
  parallel_for(
      options.draws, options.threads,
      [&](std::int64_t draw) {
        RandomStream stream(options.seed, RandomDomain::Permutation, static_cast<std::uint32_t>(draw), 0x4b43U);
        double sum = 0;
        for (const double weight : weights) {
          const double z = stream.normal();
          sum += weight * z * z;
        }
        above[static_cast<std::size_t>(draw)] = sum >= statistic ? 1 : 0;
      },
      64);
  const auto count = std::count(above.begin(), above.end(), 1);
  return static_cast<double>(1 + count) / static_cast<double>(1 + options.draws);
}

// Eigenvalues of a Gram matrix above a share of the largest, descending.
Eigen::VectorXd noticeable(const Eigen::MatrixXd& gram, double share) {
  const Eigen::VectorXd ascending =
      Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(gram, Eigen::EigenvaluesOnly).eigenvalues();
  const Eigen::VectorXd values = ascending.reverse();
  Eigen::Index count = 0;
  while (count < values.size() && values(count) > share * values(0) && values(count) > 0) ++count;
  return values.head(count);
}

Eigen::MatrixXd gram(const Eigen::MatrixXd& F, int threads) {
  return centred_scatter(F, Eigen::VectorXd::Zero(F.cols()), {}, threads);
}

// All products of a column of F with one of G, row by row.
Eigen::MatrixXd column_products(const Eigen::MatrixXd& F, const Eigen::MatrixXd& G) {
  Eigen::MatrixXd out(F.rows(), F.cols() * G.cols());
  for (Eigen::Index a = 0; a < F.cols(); ++a) {
    for (Eigen::Index b = 0; b < G.cols(); ++b) {
      out.col(a * G.cols() + b) = F.col(a).cwiseProduct(G.col(b));
    }
  }
  return out;
}

// Whether the Gram matrix of all column products is cheaper than the n x n product, for n^2 (r + s) flops.
bool few_products(const Eigen::MatrixXd& F, const Eigen::MatrixXd& G) {
  const auto n = static_cast<double>(F.rows());
  const auto r = static_cast<double>(F.cols());
  const auto s = static_cast<double>(G.cols());
  return r * s * r * s < n * (r + s);
}

// Sum of the squared entries of the entrywise product: the sum of its squared eigenvalues.
double sum_of_squares(const KernelPair& pair, int threads) {
  const Eigen::MatrixXd& F = pair.x.for_squares();
  const Eigen::MatrixXd& G = pair.y.for_squares();
  if (few_products(F, G)) return gram(column_products(F, G), threads).squaredNorm();
  return hadamard_gram_squares(F, G, threads);
}

CiResult degenerate() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  return {.statistic = 0, .p_value = nan, .effect = nan, .dof = 0, .status = Status::Degenerate};
}

struct Moments2 {
  double statistic = 0;
  double mean = 0;
  double variance = 0;
  double traces = 1;  // tr A tr B
};

template <class Weights>
CiResult result_of(const Moments2& m, const NullOptions& options, Weights&& weights) {
  const bool usable = std::isfinite(m.statistic) && std::isfinite(m.variance) && m.mean > kNoVariance &&
                      m.variance > kNoVariance * kNoVariance;
  if (!usable) return degenerate();
  CiResult result{.statistic = m.statistic, .p_value = 1, .effect = m.statistic / m.traces};
  result.p_value = options.null == KciNull::Gamma ? gamma_upper_p(m.statistic, m.mean, m.variance)
                                                  : drawn_upper_p(m.statistic, weights(), options);
  return std::isfinite(result.p_value) ? result : degenerate();
}

}  // namespace

CiResult unconditional_result(const KernelPair& pair, const NullOptions& options) {
  const auto n = static_cast<double>(pair.x.F.rows());
  const Eigen::MatrixXd of_x = gram(pair.x.F, options.threads);
  const Eigen::MatrixXd of_y = gram(pair.y.F, options.threads);
  Moments2 m;
  m.statistic = cross_product(pair.x.F, pair.y.F, options.threads).squaredNorm();
  m.traces = of_x.trace() * of_y.trace();
  m.mean = m.traces / n;
  m.variance = 2 * of_x.squaredNorm() * of_y.squaredNorm() / (n * n);
  return result_of(m, options, [&] {
    const Eigen::VectorXd x = noticeable(of_x, 1e-6);
    const Eigen::VectorXd y = noticeable(of_y, 1e-6);
    const Eigen::MatrixXd products = x * y.transpose() / n;
    std::vector<double> kept(products.data(), products.data() + products.size());
    std::erase_if(kept, [&](double weight) { return weight <= 1e-6 * products(0, 0); });
    return Eigen::VectorXd(Eigen::Map<const Eigen::VectorXd>(kept.data(), std::ssize(kept)));
  });
}

CiResult conditional_result(const KernelPair& pair, const NullOptions& options) {
  Moments2 m;
  const Eigen::VectorXd a = pair.x.F.rowwise().squaredNorm();
  const Eigen::VectorXd b = pair.y.F.rowwise().squaredNorm();
  m.statistic = cross_product(pair.x.F, pair.y.F, options.threads).squaredNorm();
  m.traces = a.sum() * b.sum();
  m.mean = a.dot(b);
  m.variance = 2 * sum_of_squares(pair, options.threads);
  return result_of(m, options, [&] {
    const Eigen::VectorXd all = hadamard_eigenvalues(pair, options.threads);
    Eigen::Index count = 0;
    while (count < all.size() && all(count) > 1e-5 * all(0)) ++count;
    return Eigen::VectorXd(all.head(count));
  });
}

Eigen::VectorXd hadamard_eigenvalues(const KernelPair& pair, int threads) {
  const Eigen::MatrixXd& F = pair.x.F;
  const Eigen::MatrixXd& G = pair.y.F;
  if (F.cols() * G.cols() < F.rows()) return noticeable(gram(column_products(F, G), threads), 1e-15);
  const Eigen::MatrixXd A = product(F, F.transpose(), threads);
  const Eigen::MatrixXd B = product(G, G.transpose(), threads);
  return noticeable(A.cwiseProduct(B), 1e-15);
}

Eigen::MatrixXd leading_columns(const Eigen::MatrixXd& F, double dropped, int threads) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(gram(F, threads));
  const Eigen::VectorXd values = solver.eigenvalues().cwiseMax(0);  // ascending
  Eigen::Index left_out = 0;
  for (double sum = 0; left_out + 1 < F.cols(); ++left_out) {
    sum += values(left_out);
    if (sum > dropped * values.sum()) break;
  }
  return product(F, solver.eigenvectors().rightCols(F.cols() - left_out), threads);
}

}  // namespace causal::discovery::detail
