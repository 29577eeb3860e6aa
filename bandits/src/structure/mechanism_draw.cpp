#include "mechanism_draw.hpp"

#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"
#include "random_gamma.hpp"
#include "small_matrix.hpp"

namespace causal::bandits {

double draw_mechanism(const ColumnStatistics& statistics, std::span<const int> parents,
                      const OrderPosteriorOptions& options, RandomStream& stream, Eigen::Ref<Eigen::VectorXd> weights) {
  const auto k = static_cast<Eigen::Index>(parents.size());
  const bool known = options.noise_sd > 0;
  const double given = known ? options.noise_sd * options.noise_sd : 1.0;
  Eigen::MatrixXd precision(k, k);
  Eigen::VectorXd half(k);
  for (Eigen::Index a = 0; a < k; ++a) {
    const int p = parents[static_cast<std::size_t>(a)];
    half(a) = statistics.cross()(p) / given;
    for (Eigen::Index b = 0; b <= a; ++b) {
      precision(a, b) = statistics.gram()(p, parents[static_cast<std::size_t>(b)]) / given;
    }
    precision(a, a) += 1 / (options.prior_sd * options.prior_sd);
  }
  CAUSAL_ASSERT(cholesky_in_place(precision));
  solve_lower(precision, half);
  double quadratic = 0;
  for (Eigen::Index a = 0; a < k; ++a) quadratic += half(a) * half(a);
  double variance = given;
  if (!known) {
    const double shape = 1 + 0.5 * static_cast<double>(statistics.count());
    variance = (1 + std::max(0.0, statistics.squares() - quadratic) / 2) / random_gamma(shape, stream);
  }
  // With L L^T the precision: mean L^-T (L^-1 g), and L^-T z has its covariance.
  const double scale = known ? 1.0 : std::sqrt(variance);
  for (Eigen::Index a = 0; a < k; ++a) half(a) += scale * stream.normal();
  solve_lower_transposed(precision, half);
  for (Eigen::Index a = 0; a < k; ++a) weights(parents[static_cast<std::size_t>(a)]) = half(a);
  return variance;
}

}  // namespace causal::bandits
