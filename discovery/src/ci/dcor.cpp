#include "causal/discovery/ci/dcor.hpp"

#include <algorithm>
#include <cmath>

#include "causal/math/chi_square.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "distance_sums.hpp"
#include "test_columns.hpp"

namespace causal::discovery {
namespace {

using detail::DistanceMargin;
using detail::DistancePair;

// The inner product of the U-centred distance matrices, an unbiased estimate of the squared distance covariance, from
// sum_ij a_ij b_ij, sum_i a_i. b_i., a.. and b...
double unbiased_covariance(double product, double row_product, double total_a, double total_b, double n) {
  return product / (n * (n - 3)) - 2 * row_product / (n * (n - 2) * (n - 3)) +
         total_a * total_b / (n * (n - 1) * (n - 2) * (n - 3));
}

double unbiased_variance(const DistanceMargin& margin, double n) {
  return unbiased_covariance(margin.square, margin.row_sums.squaredNorm(), margin.total, margin.total, n);
}

// Share of random permutations of the rows of y with a covariance as large.
double permutation_p(const DistancePair& pair, double covariance, double scale, int permutations,
                     const RunOptions& run) {
  const auto n = static_cast<int>(pair.rows());
  const double threshold = covariance - 1e-10 * scale;  // rounding must not break ties
  std::vector<char> as_large(static_cast<std::size_t>(permutations));
  parallel_for(permutations, run.threads, [&](std::int64_t b) {
    const std::vector<int> order =
        RandomStream(run.seed, RandomDomain::Permutation, static_cast<std::uint32_t>(b)).permutation(n);
    double row_product = 0;
    for (int i = 0; i < n; ++i) {
      row_product += pair.x().row_sums(i) * pair.y().row_sums(order[static_cast<std::size_t>(i)]);
    }
    const double permuted = unbiased_covariance(pair.product(order), row_product, pair.x().total, pair.y().total, n);
    as_large[static_cast<std::size_t>(b)] = permuted >= threshold ? 1 : 0;
  });
  const auto count = std::count(as_large.begin(), as_large.end(), 1);
  return (1.0 + static_cast<double>(count)) / (1.0 + permutations);
}

}  // namespace

Dcor::Dcor(NodeTable nodes, const DcorOptions& options, const RunOptions& run)
    : nodes_(std::move(nodes)), options_(options), run_(run) {
  validate(options, "dcor");
  validate(run, "dcor");
}

Dcor::Dcor(const Dataset& data, const DcorOptions& options, const RunOptions& run)
    : Dcor(nodes_of(data), options, run) {}

CiResult Dcor::test(NodeId x, NodeId y, std::span<const NodeId> S) const {
  constexpr std::int64_t kMostRowsHeld = 4096;
  if (!S.empty()) return detail::no_answer();
  if (names()[static_cast<std::size_t>(y)] < names()[static_cast<std::size_t>(x)]) std::swap(x, y);
  const detail::TestRows rows = detail::rows_of(nodes_, x, y, S);
  if (rows.count < detail::kFewestRows) return detail::no_answer();
  detail::TestColumns of_x = detail::test_columns(nodes_.node(x), rows);
  detail::TestColumns of_y = detail::test_columns(nodes_.node(y), rows);
  if (of_x.constant() || of_y.constant()) return detail::no_answer();
  DistancePair pair(std::move(of_x), std::move(of_y), rows.count, run_.threads);
  const auto n = static_cast<double>(rows.count);
  const double variance_x = unbiased_variance(pair.x(), n);
  const double variance_y = unbiased_variance(pair.y(), n);
  // Exactly 0 when all rows but one are equal; what rounding leaves of it is small beside the mean square.
  const auto none = [n](double variance, const DistanceMargin& m) { return !(variance > 1e-11 * m.square / (n * n)); };
  if (none(variance_x, pair.x()) || none(variance_y, pair.y())) return detail::no_answer();
  const double covariance =
      unbiased_covariance(pair.product(), pair.x().row_sums.dot(pair.y().row_sums), pair.x().total, pair.y().total, n);
  const double scale = std::sqrt(variance_x) * std::sqrt(variance_y);
  const double correlation = std::min(1.0, covariance / scale);
  CiResult result{.statistic = n * correlation, .p_value = 1, .effect = correlation, .dof = 0, .status = Status::Ok};
  if (options_.null == DcorNull::ChiSquare) {
    if (result.statistic > -1) result.p_value = chi_square_upper_p(result.statistic + 1, 1);
  } else {
    if (rows.count <= kMostRowsHeld) pair.hold(run_.memory_limit_bytes);
    result.p_value = permutation_p(pair, covariance, scale, options_.permutations, run_);
  }
  return result;
}

}  // namespace causal::discovery
