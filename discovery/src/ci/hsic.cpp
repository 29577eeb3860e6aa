#include "causal/discovery/ci/hsic.hpp"

#include <algorithm>
#include <limits>

#include "bounded_cache.hpp"
#include "causal/math/chi_square.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "kernel_blocks.hpp"
#include "permutation_moments.hpp"
#include "test_columns.hpp"

// The gamma null of the source estimates mean and variance of n HSIC under independence; here they are those over all
// permutations of the rows, which are known exactly and make the level right also in small samples.

namespace causal::discovery {
namespace {

using detail::TestColumns;
using detail::TestRows;

// H K H of one node: F F' (columns of mean 0), or in full where that is not exact.
struct CentredKernel {
  Eigen::MatrixXd factor;
  Eigen::MatrixXd full;
  detail::TraceSums sums;

  [[nodiscard]] bool is_full() const { return full.size() > 0; }
  [[nodiscard]] std::int64_t bytes() const {
    return static_cast<std::int64_t>(sizeof(double)) * (factor.size() + full.size());
  }
};

void centre_rows_and_columns(Eigen::MatrixXd& K) {
  const Eigen::VectorXd mean = K.rowwise().mean();
  const double grand = mean.mean();
  K.colwise() -= mean;
  K.rowwise() -= (mean.array() - grand).matrix().transpose();
}

CentredKernel kernel_of(TestColumns columns, double surrogate_width, const HsicOptions& options, std::int64_t n) {
  constexpr double kTolerance = 1e-9;
  std::vector<detail::KernelBlock> blocks;
  detail::BlockKernel::add_blocks(std::move(columns), surrogate_width, blocks);
  CentredKernel result;
  if (blocks.empty()) return result;
  const detail::BlockKernel kernel(std::move(blocks), detail::KernelRule::Product, n);
  detail::GreedyFactor factor = kernel.factor(kTolerance, options.max_rank);
  if (factor.complete || n > options.full_rows) {
    result.factor = std::move(factor.F);
    result.factor.rowwise() -= result.factor.colwise().mean().eval();
    const Eigen::VectorXd diagonal = result.factor.rowwise().squaredNorm();
    const Eigen::MatrixXd inner = result.factor.transpose() * result.factor;
    result.sums = {diagonal.sum(), inner.squaredNorm(), diagonal.squaredNorm()};
  } else {
    result.full.resize(n, n);
    for (Eigen::Index j = 0; j < n; ++j) kernel.column(j, result.full.col(j));
    centre_rows_and_columns(result.full);
    result.sums = {result.full.trace(), result.full.squaredNorm(), result.full.diagonal().squaredNorm()};
  }
  return result;
}

// tr(K P L P'), P moving row i of y to row order[i]; the identity when `order` is empty.
double trace_of_product(const CentredKernel& x, const CentredKernel& y, const std::vector<int>& order) {
  if (!x.is_full() && !y.is_full()) {
    if (order.empty()) return (x.factor.transpose() * y.factor).squaredNorm();
    const Eigen::MatrixXd moved = y.factor(order, Eigen::all);
    return (x.factor.transpose() * moved).squaredNorm();
  }
  const auto product = [&](const Eigen::MatrixXd& K, const CentredKernel& other, auto&& row) {
    double sum = 0;
    for (Eigen::Index j = 0; j < K.cols(); ++j) {
      const Eigen::VectorXd column = other.is_full()
                                         ? Eigen::VectorXd(other.full.col(row(j)))
                                         : Eigen::VectorXd(other.factor * other.factor.row(row(j)).transpose());
      for (Eigen::Index i = 0; i < K.rows(); ++i) sum += K(i, j) * column(row(i));
    }
    return sum;
  };
  if (x.is_full()) {
    if (order.empty()) return product(x.full, y, [](Eigen::Index i) { return i; });
    return product(x.full, y, [&](Eigen::Index i) { return order[static_cast<std::size_t>(i)]; });
  }
  if (order.empty()) return product(y.full, x, [](Eigen::Index i) { return i; });
  std::vector<int> inverse(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) inverse[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
  return product(y.full, x, [&](Eigen::Index i) { return inverse[static_cast<std::size_t>(i)]; });
}

// Random permutations of the rows in the order of their cells, as rows of the table: the same whatever the order in
// which rows or nodes stand.
double permutation_p(const CentredKernel& x, const CentredKernel& y, double observed,
                     const std::vector<std::int64_t>& order, int permutations, const RunOptions& run) {
  const int n = static_cast<int>(order.size());
  const double threshold = observed - 1e-10 * (x.sums.trace * y.sums.trace / n);  // rounding must not break ties
  std::vector<char> as_large(static_cast<std::size_t>(permutations));
  parallel_for(permutations, run.threads, [&](std::int64_t b) {
    const std::vector<int> shuffled =
        RandomStream(run.seed, RandomDomain::Permutation, static_cast<std::uint32_t>(b)).permutation(n);
    std::vector<int> rows(order.size());
    for (std::size_t k = 0; k < order.size(); ++k) {
      rows[static_cast<std::size_t>(order[k])] = static_cast<int>(order[static_cast<std::size_t>(shuffled[k])]);
    }
    as_large[static_cast<std::size_t>(b)] = trace_of_product(x, y, rows) >= threshold ? 1 : 0;
  });
  const auto count = std::count(as_large.begin(), as_large.end(), 1);
  return (1.0 + static_cast<double>(count)) / (1.0 + permutations);
}

}  // namespace

class Hsic::Kernels {
 public:
  Kernels(const NodeTable& nodes, const HsicOptions& options)
      : nodes_(nodes), options_(options), kept_(options.cache_bytes) {}

  // The kernel of node v over the rows of a test with `other`.
  std::shared_ptr<const CentredKernel> of(NodeId v, NodeId other, const TestRows& rows) {
    const NodeId decides = nodes_.has_missing(other) ? other : v;
    return kept_.get(
        {v, decides},
        [&] {
          TestColumns columns = detail::test_columns(nodes_.node(v), rows);
          const double width = columns.surrogate ? options_.surrogate_width : 0;
          return kernel_of(std::move(columns), width, options_, rows.count);
        },
        [](const CentredKernel& made) { return made.bytes(); });
  }

 private:
  const NodeTable& nodes_;
  const HsicOptions& options_;
  detail::BoundedCache<std::pair<NodeId, NodeId>, CentredKernel> kept_;
};

Hsic::Hsic(NodeTable nodes, const HsicOptions& options, const RunOptions& run)
    : nodes_(std::move(nodes)), options_(options), run_(run) {
  validate(options, "hsic");
  validate(run, "hsic");
  kernels_ = std::make_unique<Kernels>(nodes_, options_);
}

Hsic::Hsic(const Dataset& data, const HsicOptions& options, const RunOptions& run)
    : Hsic(nodes_of(data), options, run) {}

Hsic::~Hsic() = default;

CiResult Hsic::test(NodeId x, NodeId y, std::span<const NodeId> S) const {
  if (!S.empty()) return detail::no_answer();
  if (names()[static_cast<std::size_t>(y)] < names()[static_cast<std::size_t>(x)]) std::swap(x, y);
  const TestRows rows = detail::rows_of(nodes_, x, y, S);
  if (rows.count < detail::kFewestRows) return detail::no_answer();
  const auto of_x = kernels_->of(x, y, rows);
  const auto of_y = kernels_->of(y, x, rows);
  const auto n = static_cast<double>(rows.count);
  const detail::PermutationMoments null = detail::permutation_moments(of_x->sums, of_y->sums, rows.count);
  if (!(null.mean > 1e-12 * n) || !(null.variance > 0)) return detail::no_answer();
  const double trace = trace_of_product(*of_x, *of_y, {});
  CiResult result{.statistic = trace / n,
                  .p_value = 1,
                  .effect = std::numeric_limits<double>::quiet_NaN(),
                  .dof = 0,
                  .status = Status::Ok};
  if (options_.null == HsicNull::Gamma) {
    // Gamma with shape k and scale s at t is chi-square with 2 k degrees of freedom at 2 t / s.
    result.p_value =
        chi_square_upper_p(2 * trace * null.mean / null.variance, 2 * null.mean * null.mean / null.variance);
  } else {
    const std::vector<std::int64_t> order = detail::content_order(
        detail::test_columns(nodes_.node(x), rows), detail::test_columns(nodes_.node(y), rows), rows.count);
    result.p_value = permutation_p(*of_x, *of_y, trace, order, options_.permutations, run_);
  }
  return result;
}

}  // namespace causal::discovery
