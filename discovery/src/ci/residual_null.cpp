#include "residual_null.hpp"

#include <algorithm>
#include <vector>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

namespace causal::discovery {
namespace {

// lower^2 by the kernel of the tiles, whose bits are the same on any processor.
Eigen::MatrixXd squared(const Eigen::MatrixXd& symmetric) {
  const int p = static_cast<int>(symmetric.rows());
  CAUSAL_ASSERT(p <= kTileRows);
  Tile tile(p);
  for (int j = 0; j < p; ++j) {
    std::copy_n(symmetric.col(j).data(), p, tile.column(j));
    std::fill(tile.column(j) + p, tile.column(j) + kTileRows, 0.0);
  }
  Eigen::MatrixXd square = Eigen::MatrixXd::Zero(p, p);
  add_gram(tile, p, square.data());
  square.triangularView<Eigen::StrictlyUpper>() = square.transpose().triangularView<Eigen::StrictlyUpper>();
  return square;
}

}  // namespace

MixturePowers covariance_powers(const Eigen::MatrixXd& lower, MixtureApproximation approximation) {
  MixturePowers powers{.weights = static_cast<int>(lower.rows())};
  const Eigen::MatrixXd one = lower.selfadjointView<Eigen::Lower>();
  powers.sums[0] = one.trace();
  powers.sums[1] = one.squaredNorm();
  if (approximation == MixtureApproximation::Sw) return powers;
  const Eigen::MatrixXd two = squared(one);
  powers.sums[2] = two.cwiseProduct(one).sum();
  if (approximation == MixtureApproximation::Hbe) return powers;
  const Eigen::MatrixXd four = squared(two);
  const Eigen::MatrixXd three = one * two;
  powers.sums[3] = two.squaredNorm();
  powers.sums[4] = four.cwiseProduct(one).sum();
  powers.sums[5] = four.cwiseProduct(two).sum();
  powers.sums[6] = four.cwiseProduct(three).sum();
  powers.sums[7] = four.squaredNorm();
  return powers;
}

MixturePowers product_powers(const MixturePowers& x, const MixturePowers& y) {
  MixturePowers product{.weights = x.weights * y.weights};
  for (std::size_t i = 0; i < product.sums.size(); ++i) product.sums[i] = x.sums[i] * y.sums[i];
  return product;
}

MixturePowers scaled_powers(MixturePowers powers, double factor) {
  double power = 1;
  for (double& sum : powers.sums) sum *= power *= factor;
  return powers;
}

double permutation_p(double statistic, const RowMajorMatrix& x, const RowMajorMatrix& y, int permutations,
                     std::uint64_t seed, int threads) {
  const Eigen::Index n = x.rows();
  std::vector<char> reached(static_cast<std::size_t>(permutations), 0);
  parallel_for(permutations, threads, [&](std::int64_t b) {
    RandomStream stream(seed, RandomDomain::Permutation, static_cast<std::uint32_t>(b), 9);
    const std::vector<int> order = stream.permutation(static_cast<int>(n));
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(x.cols(), y.cols());
    for (Eigen::Index t = 0; t < n; ++t) {
      const double* left = x.data() + t * x.cols();
      const double* right = y.data() + order[static_cast<std::size_t>(t)] * y.cols();
      for (Eigen::Index j = 0; j < y.cols(); ++j) {
        for (Eigen::Index i = 0; i < x.cols(); ++i) sum(i, j) += left[i] * right[j];
      }
    }
    // A hair of tolerance, so that a permutation that changes nothing counts as a tie.
    reached[static_cast<std::size_t>(b)] =
        sum.squaredNorm() / static_cast<double>(n) >= statistic * (1 - 1e-12) ? 1 : 0;
  });
  const auto count = std::count(reached.begin(), reached.end(), 1);
  return (1 + static_cast<double>(count)) / (1 + static_cast<double>(permutations));
}

}  // namespace causal::discovery
