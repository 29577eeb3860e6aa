#include "causal/estimation/effect/streaming_regression.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <utility>

#include "causal/math/product.hpp"
#include "causal/math/syrk.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"

// All products are of centred rows. The second pass works with regressors of unit scatter, q = (1 / sqrt(sum w),
// L^-1 x): the covariance of their coefficients is the meat itself, and a leverage is w |q|^2. Rows are cut into slices
// of fixed size whose sums enter in order. The dense products are the kernels of the core, which give the same bits on
// any processor.

namespace causal::estimation {
namespace {

constexpr Eigen::Index kSlice = 2048;
constexpr std::int64_t kSlicesAtOnce = 512;
constexpr double kAliasedShare = 1e-11;

void check_block(const Eigen::Ref<const Eigen::MatrixXd>& block, Eigen::Index columns,
                 const Eigen::Ref<const Eigen::VectorXd>& weights, const char* function) {
  if (block.cols() == columns && (weights.size() == 0 || weights.size() == block.rows())) return;
  throw InvalidArgument(
      fmt::format("{}: a block of {} rows and {} columns with {} weights, where {} columns are expected", function,
                  block.rows(), block.cols(), weights.size(), columns));
}

[[noreturn]] void refuse_cells(const Eigen::Ref<const Eigen::MatrixXd>& block,
                               const Eigen::Ref<const Eigen::VectorXd>& weights, std::int64_t rows_before) {
  for (Eigen::Index i = 0; i < block.rows(); ++i) {
    if (weights.size() != 0 && !(weights(i) >= 0 && std::isfinite(weights(i)))) {
      throw DataError(fmt::format("the weight of row {} is {}", rows_before + i + 1, weights(i)));
    }
    for (Eigen::Index j = 0; j < block.cols(); ++j) {
      if (std::isfinite(block(i, j))) continue;
      throw DataError(
          fmt::format("row {}, column {} is {}, no finite number", rows_before + i + 1, j + 1, block(i, j)));
    }
  }
  throw DataError(fmt::format("the squares of rows {} to {} are too large for double precision", rows_before + 1,
                              rows_before + block.rows()));
}

/// Calls work(first, count, slot) for the slices of m rows, and take(slot) in order of slices.
template <class Work, class Take>
void in_slices(Eigen::Index m, int threads, Work&& work, Take&& take) {
  const std::int64_t slices = (m + kSlice - 1) / kSlice;
  for (std::int64_t begin = 0; begin < slices; begin += kSlicesAtOnce) {
    const std::int64_t count = std::min(kSlicesAtOnce, slices - begin);
    parallel_for(count, threads, [&](std::int64_t slot) {
      const Eigen::Index first = (begin + slot) * kSlice;
      work(first, std::min(kSlice, m - first), static_cast<std::size_t>(slot));
    });
    for (std::int64_t slot = 0; slot < count; ++slot) take(static_cast<std::size_t>(slot));
  }
}

std::size_t slots_for(Eigen::Index m) {
  return static_cast<std::size_t>(std::min<std::int64_t>(kSlicesAtOnce, (m + kSlice - 1) / kSlice));
}

struct SliceMoments {
  Eigen::VectorXd mean;
  Eigen::MatrixXd scatter;
  double weight = 0;
  std::int64_t rows = 0;
};

SliceMoments slice_moments(const Eigen::Ref<const Eigen::MatrixXd>& rows,
                           const Eigen::Ref<const Eigen::VectorXd>& weights) {
  SliceMoments slice;
  if (weights.size() == 0) {
    slice.weight = static_cast<double>(rows.rows());
    slice.rows = rows.rows();
    slice.mean = rows.colwise().sum().transpose() / slice.weight;
    slice.scatter = centred_scatter(rows, slice.mean, {}, 1);
    return slice;
  }
  slice.weight = weights.sum();
  slice.rows = (weights.array() > 0).count();
  slice.mean = Eigen::VectorXd::Zero(rows.cols());
  // A negative weight must show in the products, where it is looked for.
  if (!(slice.weight > 0) && weights.minCoeff() >= 0) {
    slice.scatter = Eigen::MatrixXd::Zero(rows.cols(), rows.cols());
    return slice;
  }
  slice.mean = rows.transpose() * weights / slice.weight;
  const Eigen::MatrixXd scaled = weights.cwiseSqrt().asDiagonal() * (rows.rowwise() - slice.mean.transpose());
  slice.scatter = centred_scatter(scaled, Eigen::VectorXd::Zero(rows.cols()), {}, 1);
  return slice;
}

void merge_moments(Eigen::VectorXd& mean, Eigen::MatrixXd& scatter, double& weight, const Eigen::VectorXd& other_mean,
                   const Eigen::MatrixXd& other_scatter, double other_weight) {
  if (!(other_weight > 0)) return;
  const Eigen::VectorXd step = other_mean - mean;
  const double total = weight + other_weight;
  scatter += other_scatter + (weight * other_weight / total) * (step * step.transpose());
  mean += (other_weight / total) * step;
  weight = total;
}

/// The columns, in order, of which a share of variance is left beside those kept before; and the Cholesky factor of
/// their scaled scatter.
struct Factor {
  std::vector<int> kept;
  std::vector<int> dropped;
  Eigen::VectorXd inverse_scale;  ///< Of the kept.
  Eigen::MatrixXd lower;          ///< kept x kept.
};

Factor factorise(const Eigen::MatrixXd& scatter, const Eigen::VectorXd& floor) {
  Factor factor;
  const Eigen::Index p = scatter.cols();
  Eigen::MatrixXd lower = Eigen::MatrixXd::Zero(p, p);
  Eigen::VectorXd inverse_scale(p);
  Eigen::Index k = 0;
  for (Eigen::Index j = 0; j < p; ++j) {
    const double diagonal = scatter(j, j);
    bool keep = diagonal > floor(j);
    if (keep) {
      inverse_scale(k) = 1 / std::sqrt(diagonal);
      Eigen::VectorXd row(k);
      for (Eigen::Index a = 0; a < k; ++a) {
        row(a) = scatter(j, factor.kept[static_cast<std::size_t>(a)]) * inverse_scale(a) * inverse_scale(k);
      }
      lower.topLeftCorner(k, k).triangularView<Eigen::Lower>().solveInPlace(row);
      const double left = 1 - row.squaredNorm();
      keep = left > kAliasedShare;
      if (keep) {
        lower.row(k).head(k) = row.transpose();
        lower(k, k) = std::sqrt(left);
      }
    }
    if (keep) {
      factor.kept.push_back(static_cast<int>(j));
      ++k;
    } else {
      factor.dropped.push_back(static_cast<int>(j));
    }
  }
  factor.inverse_scale = inverse_scale.head(k);
  factor.lower = lower.topLeftCorner(k, k);
  return factor;
}

/// kept x kept upper triangular T with T' S T = I on the kept columns.
Eigen::MatrixXd whitening(const Factor& factor) {
  const auto k = static_cast<Eigen::Index>(factor.kept.size());
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Identity(k, k);
  factor.lower.triangularView<Eigen::Lower>().solveInPlace(inverse);
  return factor.inverse_scale.asDiagonal() * inverse.transpose();
}

void check_parts(const StreamColumns& parts, Eigen::Index columns) {
  std::vector<int> all = {parts.outcome};
  for (const std::vector<int>* part : {&parts.exogenous, &parts.endogenous, &parts.instruments}) {
    all.insert(all.end(), part->begin(), part->end());
  }
  std::sort(all.begin(), all.end());
  if (all.front() < 0 || all.back() >= columns) {
    throw InvalidArgument(fmt::format("fit_streamed: the columns are 0 to {}; {} is none of them", columns - 1,
                                      all.front() < 0 ? all.front() : all.back()));
  }
  const auto twice = std::adjacent_find(all.begin(), all.end());
  if (twice != all.end()) throw InvalidArgument(fmt::format("fit_streamed: column {} has two parts to play", *twice));
  if (parts.endogenous.empty() && !parts.instruments.empty()) {
    throw InvalidArgument("fit_streamed: instruments are given, but no endogenous column");
  }
}

std::vector<int> joined(std::vector<int> a, const std::vector<int>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// c x slopes: from a centred row to its regressors, endogenous ones replaced by their fit on instruments.
Eigen::MatrixXd regressor_map(const CrossProducts& products, const Eigen::VectorXd& floor, StreamedFit& fit) {
  const StreamColumns& parts = fit.parts;
  const auto exogenous = static_cast<Eigen::Index>(parts.exogenous.size());
  const auto endogenous = static_cast<Eigen::Index>(parts.endogenous.size());
  Eigen::MatrixXd map = Eigen::MatrixXd::Zero(products.columns(), exogenous + endogenous);
  for (Eigen::Index j = 0; j < exogenous; ++j) map(parts.exogenous[static_cast<std::size_t>(j)], j) = 1;
  if (endogenous == 0) return map;
  const std::vector<int> first_stage = joined(parts.exogenous, parts.instruments);
  const Eigen::MatrixXd scatter = products.scatter()(first_stage, first_stage);
  const Factor factor = factorise(scatter, floor(first_stage));
  for (const int j : factor.dropped) {
    if (j >= exogenous) fit.aliased_instruments.push_back(j - static_cast<int>(exogenous));
  }
  const Eigen::Index usable = std::ssize(parts.instruments) - std::ssize(fit.aliased_instruments);
  if (usable < endogenous) {
    throw DataError(
        fmt::format("{} endogenous columns need at least as many instruments that are no linear functions of the "
                    "exogenous columns and of each other; of {} given, {} are",
                    endogenous, parts.instruments.size(), usable));
  }
  std::vector<int> kept;
  for (const int j : factor.kept) kept.push_back(first_stage[static_cast<std::size_t>(j)]);
  const Eigen::MatrixXd T = whitening(factor);
  const Eigen::MatrixXd cross = products.scatter()(kept, parts.endogenous);
  map(kept, Eigen::seqN(exogenous, endogenous)) = T * (T.transpose() * cross);
  return map;
}

}  // namespace

CrossProducts::CrossProducts(Eigen::Index columns)
    : mean_(Eigen::VectorXd::Zero(columns)), scatter_(Eigen::MatrixXd::Zero(columns, columns)) {
  if (columns < 1) throw InvalidArgument("CrossProducts", "columns", std::to_string(columns), "be at least 1");
}

void CrossProducts::add(const Eigen::Ref<const Eigen::MatrixXd>& block, int threads,
                        const Eigen::Ref<const Eigen::VectorXd>& weights) {
  check_block(block, columns(), weights, "CrossProducts::add");
  std::vector<SliceMoments> slices(slots_for(block.rows()));
  CrossProducts sum = *this;
  bool finite = weights.size() == 0 || block.rows() == 0 || weights.minCoeff() >= 0;
  in_slices(
      block.rows(), threads,
      [&](Eigen::Index first, Eigen::Index count, std::size_t slot) {
        slices[slot] = slice_moments(block.middleRows(first, count),
                                     weights.size() == 0 ? weights : weights.segment(first, count));
      },
      [&](std::size_t slot) {
        const SliceMoments& slice = slices[slot];
        finite = finite && slice.scatter.allFinite();
        merge_moments(sum.mean_, sum.scatter_, sum.weight_, slice.mean, slice.scatter, slice.weight);
        sum.rows_ += slice.rows;
      });
  if (!finite) refuse_cells(block, weights, rows_seen_);
  sum.rows_seen_ += block.rows();
  *this = std::move(sum);
}

void CrossProducts::merge(const CrossProducts& other) {
  if (other.columns() != columns()) {
    throw InvalidArgument(fmt::format("CrossProducts::merge: {} and {} columns", columns(), other.columns()));
  }
  merge_moments(mean_, scatter_, weight_, other.mean_, other.scatter_, other.weight_);
  rows_ += other.rows_;
  rows_seen_ += other.rows_seen_;
}

StreamedFit fit_streamed(const CrossProducts& products, const StreamColumns& parts) {
  check_parts(parts, products.columns());
  StreamedFit fit;
  fit.parts = parts;
  fit.weight = products.weight();
  fit.mean = products.mean();
  fit.rows = static_cast<double>(products.rows());
  // Below this the scatter of a column is the rounding of its mean: the column is a constant.
  const Eigen::VectorXd floor = 1e-26 * fit.weight * fit.mean.cwiseAbs2();
  const Eigen::MatrixXd map = regressor_map(products, floor, fit);
  const Eigen::Index slopes = map.cols();
  const Eigen::MatrixXd scatter = map.transpose() * products.scatter() * map;
  const std::vector<int> designed = joined(parts.exogenous, parts.endogenous);
  const Factor factor = factorise(scatter, floor(designed));
  const auto kept = static_cast<Eigen::Index>(factor.kept.size());
  fit.dof = fit.rows - 1 - static_cast<double>(kept);
  if (fit.dof < 0) {
    throw DataError(fmt::format("a regression with {} coefficients needs at least as many rows; there are {}",
                                slopes + 1, products.rows()));
  }
  fit.columns.kept.push_back(0);
  for (const int j : factor.kept) fit.columns.kept.push_back(j + 1);
  for (const int j : factor.dropped) fit.columns.aliased.push_back(j + 1);
  Eigen::MatrixXd to_slopes = Eigen::MatrixXd::Zero(slopes, kept);
  to_slopes(factor.kept, Eigen::all) = whitening(factor);
  fit.regressors = map * to_slopes;
  const Eigen::VectorXd b = to_slopes * (fit.regressors.transpose() * products.scatter().col(parts.outcome));
  fit.residual = Eigen::VectorXd::Zero(products.columns());
  fit.residual(parts.outcome) = 1;
  fit.residual(designed) = -b;
  const Eigen::VectorXd centre = fit.mean(designed);
  fit.coefficients.resize(slopes + 1);
  fit.coefficients << fit.mean(parts.outcome) - centre.dot(b), b;
  fit.to_coefficients = Eigen::MatrixXd::Zero(slopes + 1, kept + 1);
  fit.to_coefficients(0, 0) = 1 / std::sqrt(fit.weight);
  fit.to_coefficients.topRightCorner(1, kept) = -centre.transpose() * to_slopes;
  fit.to_coefficients.bottomRightCorner(slopes, kept) = to_slopes;
  fit.bread = fit.to_coefficients * fit.to_coefficients.transpose();
  return fit;
}

ScoreProducts::ScoreProducts(StreamedFit fit) : fit_(std::move(fit)) {
  const Eigen::Index k = fit_.to_coefficients.cols();
  meats_.assign(fit_.parts.endogenous.empty() ? 3 : 1, Eigen::MatrixXd::Zero(k, k));
  gradient_ = Eigen::VectorXd::Zero(k);
}

namespace {

struct SliceScores {
  std::vector<Eigen::MatrixXd> meats;
  Eigen::VectorXd gradient;
  double squares = 0;
  std::int64_t rows = 0;
  std::int64_t decisive_rows = 0;
};

SliceScores slice_scores(const StreamedFit& fit, const Eigen::MatrixXd& map, std::size_t meats,
                         const Eigen::Ref<const Eigen::MatrixXd>& rows,
                         const Eigen::Ref<const Eigen::VectorXd>& weights) {
  const Eigen::Index k = map.cols();
  SliceScores slice;
  const Eigen::MatrixXd centred = rows.rowwise() - fit.mean.transpose();
  Eigen::MatrixXd q(rows.rows(), k);
  const Eigen::MatrixXd mapped = product(centred, map, 1);
  q.col(0).setConstant(1 / std::sqrt(fit.weight));
  q.rightCols(k - 1) = mapped.leftCols(k - 1);
  const Eigen::VectorXd u = mapped.col(k - 1);
  const bool weighted = weights.size() != 0;
  const Eigen::VectorXd score = weighted ? Eigen::VectorXd(weights.cwiseProduct(u)) : u;
  slice.rows = weighted ? (weights.array() > 0).count() : rows.rows();
  slice.squares = score.dot(u);
  slice.gradient = q.transpose() * score;
  Eigen::VectorXd left = Eigen::VectorXd::Ones(rows.rows());
  if (meats > 1) {
    Eigen::VectorXd leverage = q.col(0).cwiseAbs2();
    for (Eigen::Index j = 1; j < k; ++j) leverage += q.col(j).cwiseAbs2();
    if (weighted) leverage.array() *= weights.array();
    left -= leverage;
    slice.decisive_rows = (left.array() < 1e-12).count();
  }
  const Eigen::VectorXd zero = Eigen::VectorXd::Zero(k);
  const Eigen::VectorXd half = left.cwiseMax(1e-300).cwiseSqrt();
  q = score.asDiagonal() * q;
  for (std::size_t kind = 0; kind < meats; ++kind) {
    if (kind > 0) q = half.cwiseInverse().asDiagonal() * q;
    slice.meats.push_back(centred_scatter(q, zero, {}, 1));
  }
  return slice;
}

}  // namespace

void ScoreProducts::add(const Eigen::Ref<const Eigen::MatrixXd>& block, int threads,
                        const Eigen::Ref<const Eigen::VectorXd>& weights) {
  check_block(block, fit_.mean.size(), weights, "ScoreProducts::add");
  Eigen::MatrixXd map(fit_.mean.size(), fit_.regressors.cols() + 1);
  map << fit_.regressors, fit_.residual;
  std::vector<SliceScores> slices(slots_for(block.rows()));
  in_slices(
      block.rows(), threads,
      [&](Eigen::Index first, Eigen::Index count, std::size_t slot) {
        slices[slot] = slice_scores(fit_, map, meats_.size(), block.middleRows(first, count),
                                    weights.size() == 0 ? weights : weights.segment(first, count));
      },
      [&](std::size_t slot) {
        const SliceScores& slice = slices[slot];
        for (std::size_t kind = 0; kind < meats_.size(); ++kind) meats_[kind] += slice.meats[kind];
        gradient_ += slice.gradient;
        squares_ += slice.squares;
        rows_ += slice.rows;
        decisive_rows_ += slice.decisive_rows;
      });
}

void ScoreProducts::merge(const ScoreProducts& other) {
  if (other.gradient_.size() != gradient_.size() || other.meats_.size() != meats_.size()) {
    throw InvalidArgument("ScoreProducts::merge: the two come from different fits");
  }
  for (std::size_t kind = 0; kind < meats_.size(); ++kind) meats_[kind] += other.meats_[kind];
  gradient_ += other.gradient_;
  squares_ += other.squares_;
  rows_ += other.rows_;
  decisive_rows_ += other.decisive_rows_;
}

Eigen::VectorXd ScoreProducts::coefficients() const { return fit_.coefficients + fit_.to_coefficients * gradient_; }

Eigen::MatrixXd ScoreProducts::covariance(CovarianceKind kind) const {
  const bool needs_leverage = kind == CovarianceKind::Hc2 || kind == CovarianceKind::Hc3;
  if (kind == CovarianceKind::Cluster || (needs_leverage && meats_.size() == 1)) {
    throw InvalidArgument("ScoreProducts::covariance", "kind", std::string(enum_name(kind)),
                          "be classic, hc0 or hc1, or, without instruments, hc2 or hc3");
  }
  if (static_cast<double>(rows_) != fit_.rows) {
    throw DataError(fmt::format("the second pass saw {} rows of positive weight, the first {}", rows_, fit_.rows));
  }
  if (!(fit_.dof > 0)) {
    throw DataError("the regression has as many coefficients as rows: its errors cannot be estimated");
  }
  if (kind == CovarianceKind::Classic) return fit_.bread * (squares_ / fit_.dof);
  if (needs_leverage && decisive_rows_ > 0) {
    throw DataError(fmt::format("{} rows alone determine a coefficient (leverage 1), so {} does not exist",
                                decisive_rows_, enum_name(kind)));
  }
  const std::size_t meat = kind == CovarianceKind::Hc2 ? 1 : kind == CovarianceKind::Hc3 ? 2 : 0;
  const double factor = kind == CovarianceKind::Hc1 ? fit_.rows / fit_.dof : 1.0;
  return factor * (fit_.to_coefficients * meats_[meat] * fit_.to_coefficients.transpose());
}

}  // namespace causal::estimation
