#include "causal/discovery/ci/gcm.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "bounded_cache.hpp"
#include "causal/math/normal.hpp"
#include "causal/run/random.hpp"
#include "kernel_blocks.hpp"
#include "ridge_residuals.hpp"
#include "test_columns.hpp"

// The multiplier bootstrap of the source draws the largest of |sum_i e_i R_i| / sqrt(n), R_i the standardised products
// of row i and e_i normal. Given the data this vector is normal with the products' correlation matrix, so it is drawn
// from that matrix: the same distribution at a cost without n, and no draw depends on the order of the rows.

namespace causal::discovery {
namespace {

using detail::LevelColumn;
using detail::RidgeResiduals;
using detail::TestColumns;
using detail::TestRows;

constexpr Eigen::Index kMostPairsDrawn = 400;

// One 0/1 column a level.
void append_indicators(const LevelColumn& column, std::size_t levels, Eigen::MatrixXd& to) {
  const Eigen::Index first = to.cols();
  to.conservativeResize(static_cast<Eigen::Index>(column.code.size()), first + static_cast<Eigen::Index>(levels));
  to.rightCols(static_cast<Eigen::Index>(levels)).setZero();
  for (std::size_t i = 0; i < column.code.size(); ++i) {
    if (static_cast<std::size_t>(column.code[i]) < levels) to(static_cast<Eigen::Index>(i), first + column.code[i]) = 1;
  }
}

// cos(pi k u) for k = 1, ..., waves, with u in (0, 1) the mid-rank of each value: tied values share theirs.
Eigen::MatrixXd half_waves(const Eigen::Ref<const Eigen::VectorXd>& values, int waves) {
  const Eigen::Index n = values.size();
  std::vector<Eigen::Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) { return values(a) < values(b); });
  Eigen::VectorXd u(n);
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && values(order[end]) == values(order[begin])) ++end;
    for (std::size_t k = begin; k < end; ++k)
      u(order[k]) = 0.5 * static_cast<double>(begin + end) / static_cast<double>(n);
  }
  Eigen::MatrixXd cosines(n, waves);
  for (int k = 0; k < waves; ++k) cosines.col(k) = (std::numbers::pi * (k + 1) * u.array()).cos();
  return cosines;
}

// The node as numbers: quantities, cosines of a time-like surrogate, indicators of levels.
Eigen::MatrixXd as_numbers(const TestColumns& columns, int surrogate_waves) {
  Eigen::MatrixXd numbers = columns.numeric;
  if (columns.surrogate && surrogate_waves > 0 && columns.numeric.cols() > 0) {
    numbers.resize(columns.numeric.rows(), columns.numeric.cols() * surrogate_waves);
    for (Eigen::Index j = 0; j < columns.numeric.cols(); ++j) {
      numbers.middleCols(j * surrogate_waves, surrogate_waves) = half_waves(columns.numeric.col(j), surrogate_waves);
    }
  }
  for (const LevelColumn& column : columns.nominal) {
    const std::size_t levels = column.counts.size();
    append_indicators(column, levels == 2 ? 1 : levels, numbers);  // of two, the other says the same
  }
  return numbers.cols() > 0 ? detail::standardised(numbers) : numbers;
}

// Only the columns that keep some variance.
void drop_explained(RidgeResiduals& residuals) {
  constexpr double kExplained = 1e-6;  // of the variance, 1 before the regression
  const auto n = static_cast<double>(residuals.columns.rows());
  Eigen::Index count = 0;
  for (Eigen::Index j = 0; j < residuals.columns.cols(); ++j) {
    if (!(residuals.columns.col(j).squaredNorm() / n > kExplained)) continue;
    if (count != j) {
      residuals.columns.col(count) = residuals.columns.col(j);
      residuals.remaining.col(count) = residuals.remaining.col(j);
    }
    ++count;
  }
  residuals.columns.conservativeResize(Eigen::NoChange, count);
  residuals.remaining.conservativeResize(Eigen::NoChange, count);
}

// The variance of sum_i r_i s_i beside what sum_i r_i^2 s_i^2 puts it at, above 1 where the regressions use up degrees
// of freedom: for independent errors of constant variance and M, N the matrices that map x and y to r and s, it is
// tr(M^2 N^2) beside the sum of (M^2)_ii (N^2)_ii, for which the product of the traces over n is put. M and N have the
// intercept and the directions of the design as eigenvectors.
double variance_inflation(const Eigen::Ref<const Eigen::VectorXd>& m, const Eigen::Ref<const Eigen::VectorXd>& k,
                          Eigen::Index rows) {
  const auto n = static_cast<double>(rows);
  const double untouched = n - 1 - static_cast<double>(m.size());
  const double both = untouched + (m.array() * k.array()).square().sum();
  return n * both / ((untouched + m.squaredNorm()) * (untouched + k.squaredNorm()));
}

// A pair of columns of the two nodes.
struct Pair {
  Eigen::Index a, b;
  double mean, sd, statistic;  // of the products r s; T
};

// All pairs whose products vary, the largest |T| first.
std::vector<Pair> pairs_of(const RidgeResiduals& x, const RidgeResiduals& y) {
  const auto n = static_cast<double>(x.columns.rows());
  const Eigen::MatrixXd mean = x.columns.transpose() * y.columns / n;
  const Eigen::MatrixXd square = x.columns.cwiseAbs2().transpose() * y.columns.cwiseAbs2() / n;
  std::vector<Pair> pairs;
  for (Eigen::Index b = 0; b < mean.cols(); ++b) {
    for (Eigen::Index a = 0; a < mean.rows(); ++a) {
      const double variance = square(a, b) - mean(a, b) * mean(a, b);
      if (!(variance > 1e-12 * square(a, b))) continue;
      const double sd = std::sqrt(variance);
      const double inflation = variance_inflation(x.remaining.col(a), y.remaining.col(b), x.columns.rows());
      pairs.push_back({a, b, mean(a, b), sd, std::sqrt(n / inflation) * mean(a, b) / sd});
    }
  }
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& left, const Pair& right) {
    return std::abs(left.statistic) > std::abs(right.statistic);
  });
  return pairs;
}

// Of the products, each with the sign that makes its T positive: with the order by |T|, the same matrix for any order
// of the columns and any coding of the levels.
Eigen::MatrixXd correlation_of(const std::vector<Pair>& pairs, const Eigen::MatrixXd& R, const Eigen::MatrixXd& S) {
  constexpr Eigen::Index kRows = 1024;
  const auto count = static_cast<Eigen::Index>(pairs.size());
  Eigen::MatrixXd correlation = Eigen::MatrixXd::Zero(count, count);
  for (Eigen::Index begin = 0; begin < R.rows(); begin += kRows) {
    const Eigen::Index rows = std::min(kRows, R.rows() - begin);
    Eigen::MatrixXd products(rows, count);
    for (Eigen::Index k = 0; k < count; ++k) {
      const Pair& pair = pairs[static_cast<std::size_t>(k)];
      const double scale = (pair.statistic < 0 ? -1 : 1) / pair.sd;
      products.col(k) =
          scale * (R.col(pair.a).segment(begin, rows).array() * S.col(pair.b).segment(begin, rows).array() - pair.mean);
    }
    correlation.noalias() += products.transpose() * products;
  }
  return correlation / static_cast<double>(R.rows());
}

double p_value_of_largest(const std::vector<Pair>& pairs, const Eigen::MatrixXd& R, const Eigen::MatrixXd& S,
                          const GcmOptions& options, std::uint64_t seed) {
  const double largest = std::abs(pairs.front().statistic);
  const double bound = std::min(1.0, static_cast<double>(pairs.size()) * two_sided_normal_p(largest));
  const auto count = static_cast<Eigen::Index>(pairs.size());
  if (count == 1 || count > kMostPairsDrawn) return bound;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(correlation_of(pairs, R, S));
  // The symmetric root: also where correlations are singular (the indicators of a column sum to 1) it is unique.
  const Eigen::MatrixXd root = solver.eigenvectors() * solver.eigenvalues().cwiseMax(0.0).cwiseSqrt().asDiagonal() *
                               solver.eigenvectors().transpose();
  int as_large = 0;
  Eigen::VectorXd normals(count);
  for (int draw = 0; draw < options.draws; ++draw) {
    RandomStream(seed, RandomDomain::Permutation, static_cast<std::uint32_t>(draw))
        .fill_normal({normals.data(), pairs.size()});
    const Eigen::VectorXd statistics = root * normals;
    if (statistics.cwiseAbs().maxCoeff() >= largest) ++as_large;
  }
  return std::min(bound, (1.0 + as_large) / (1.0 + options.draws));
}

// Half the weight on all quantities at once, half on the nodes one by one: what each does alone, often most of it, is
// then fitted by few columns of the factor, which a kernel on all of them spends on corners of the space.
std::vector<detail::GaussianPart> alone_and_together(const std::vector<Eigen::MatrixXd>& quantities) {
  std::vector<detail::GaussianPart> parts;
  const auto nodes = static_cast<double>(quantities.size());
  const double alone = nodes > 1 ? 0.5 / nodes : 1;
  Eigen::MatrixXd all(quantities.front().rows(), 0);
  for (const Eigen::MatrixXd& columns : quantities) {
    parts.push_back({columns, detail::median_distance(columns), alone});
    all.conservativeResize(Eigen::NoChange, all.cols() + columns.cols());
    all.rightCols(columns.cols()) = columns;
  }
  if (nodes > 1) {
    const double width = detail::median_distance(all);
    parts.push_back({std::move(all), width, 0.5});
  }
  return parts;
}

}  // namespace

class Gcm::Regressions {
 public:
  Regressions(const NodeTable& nodes, const GcmOptions& options, int threads)
      : nodes_(nodes),
        options_(options),
        threads_(threads),
        designs_(options.cache_bytes / 4 * 3),
        residuals_(options.cache_bytes / 4) {}

  // The varying columns of what S leaves of node v, over the given rows, those of a test with `other`.
  std::shared_ptr<const RidgeResiduals> residuals(NodeId v, NodeId other, std::span<const NodeId> S,
                                                  const TestRows& rows) {
    return residuals_.get(
        key_of(v, v, other, S),
        [&]() -> RidgeResiduals {
          const Eigen::MatrixXd columns =
              as_numbers(detail::test_columns(nodes_.node(v), rows), options_.surrogate_waves);
          if (columns.cols() == 0 || S.empty()) {
            return {.columns = columns, .remaining = Eigen::MatrixXd(0, columns.cols()), .penalty = {}};
          }
          const auto design = designs_.get(
              key_of(kNoNode, v, other, S), [&] { return design_of(S, rows); },
              [](const RidgeDesign& made) { return made.bytes(); });
          RidgeResiduals left = detail::ridge_residuals(*design, columns);
          drop_explained(left);
          return left;
        },
        [](const RidgeResiduals& made) {
          return static_cast<std::int64_t>(sizeof(double)) * (made.columns.size() + made.remaining.size());
        });
  }

 private:
  using RidgeDesign = detail::RidgeDesign;
  using Key = std::vector<NodeId>;
  static constexpr NodeId kNoNode = -1;

  // What the value depends on: the node, S, and, through the rows in use, the tested nodes that have missing cells.
  [[nodiscard]] Key key_of(NodeId v, NodeId x, NodeId y, std::span<const NodeId> S) const {
    Key key{v};
    key.insert(key.end(), S.begin(), S.end());
    key.push_back(kNoNode);
    for (const NodeId tested : {std::min(x, y), std::max(x, y)}) {
      if (nodes_.has_missing(tested)) key.push_back(tested);
    }
    return key;
  }

  [[nodiscard]] RidgeDesign design_of(std::span<const NodeId> S, const TestRows& rows) const {
    const bool kernel = options_.regression == GcmRegression::KernelRidge;
    return detail::ridge_design(kernel ? kernel_features(S, rows) : linear_features(S, rows), threads_);
  }

  [[nodiscard]] Eigen::MatrixXd linear_features(std::span<const NodeId> S, const TestRows& rows) const {
    Eigen::MatrixXd features(rows.count, 0);
    for (const NodeId s : S) {
      const Eigen::MatrixXd more = as_numbers(detail::test_columns(nodes_.node(s), rows), options_.surrogate_waves);
      features.conservativeResize(Eigen::NoChange, features.cols() + more.cols());
      features.rightCols(more.cols()) = more;
    }
    return features;
  }

  [[nodiscard]] Eigen::MatrixXd kernel_features(std::span<const NodeId> S, const TestRows& rows) const {
    constexpr double kTolerance = 1e-8;  // as small as the smallest penalty a row
    std::vector<detail::KernelBlock> blocks;
    std::vector<Eigen::MatrixXd> quantities;  // of each node
    for (const NodeId s : S) {
      TestColumns columns = detail::test_columns(nodes_.node(s), rows);
      if (!columns.surrogate && columns.numeric.cols() > 0) {
        quantities.push_back(std::move(columns.numeric));
        columns.numeric.resize(rows.count, 0);
      }
      detail::BlockKernel::add_blocks(std::move(columns), options_.surrogate_width, blocks);
    }
    if (!quantities.empty()) blocks.push_back({.gaussians = alone_and_together(quantities)});
    if (blocks.empty()) return {rows.count, 0};
    const detail::BlockKernel kernel(std::move(blocks), detail::KernelRule::SumsAndProducts, rows.count);
    return kernel.factor(kTolerance, options_.max_rank).F;
  }

  const NodeTable& nodes_;
  const GcmOptions& options_;
  int threads_;
  detail::BoundedCache<Key, RidgeDesign> designs_;
  detail::BoundedCache<Key, RidgeResiduals> residuals_;
};

Gcm::Gcm(NodeTable nodes, const GcmOptions& options, const RunOptions& run)
    : nodes_(std::move(nodes)), options_(options), run_(run) {
  validate(options, "gcm");
  validate(run, "gcm");
  regressions_ = std::make_unique<Regressions>(nodes_, options_, run.threads);
}

Gcm::Gcm(const Dataset& data, const GcmOptions& options, const RunOptions& run) : Gcm(nodes_of(data), options, run) {}

Gcm::~Gcm() = default;

CiResult Gcm::test(NodeId x, NodeId y, std::span<const NodeId> S) const {
  if (x > y) std::swap(x, y);
  const TestRows rows = detail::rows_of(nodes_, x, y, S);
  if (rows.count < detail::kFewestRows) return detail::no_answer();
  const auto of_x = regressions_->residuals(x, y, S, rows);
  const auto of_y = regressions_->residuals(y, x, S, rows);
  const std::vector<Pair> pairs = pairs_of(*of_x, *of_y);
  if (pairs.empty()) return detail::no_answer();
  const Pair& first = pairs.front();
  const double scale =
      of_x->columns.col(first.a).norm() * of_y->columns.col(first.b).norm() / static_cast<double>(rows.count);
  return {.statistic = first.statistic,
          .p_value = p_value_of_largest(pairs, of_x->columns, of_y->columns, options_, run_.seed),
          .effect = first.mean / scale,
          .dof = 0,
          .status = Status::Ok};
}

}  // namespace causal::discovery
