#include "feature_fit.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>

#include "causal/run/parallel.hpp"

namespace causal::discovery {
namespace {

// Added to the diagonal of covariances, well above their rounding errors: features of few distinct values, or of a
// low-dimensional set, are linearly dependent. Features have variances of about 1; they are not divided by their own
// standard deviations, which would blow up the rounding errors of one that hardly varies.
constexpr double kRidge = 1e-10;
// A feature of smaller variance (its largest value is of order 1) is taken as constant.
constexpr double kLeastVariance = 1e-12;

// Calls body(partial sums, first row, end row) for groups of tiles and adds the partial sums in order. The groups
// depend on n and `width` only, so the bits do not depend on threads; there are fewer of them where sums for pairs of
// `width` features take much memory.
template <class Body>
std::vector<double> sum_over_tiles(std::int64_t n, std::int64_t width, std::size_t size, int threads,
                                   const Body& body) {
  constexpr std::int64_t kPairs = std::int64_t{1} << 25;
  constexpr std::int64_t kLeastTiles = 8;
  const std::int64_t tiles = (n + kTileRows - 1) / kTileRows;
  const std::int64_t groups = std::clamp<std::int64_t>(kPairs / (width * width), 4, 64);
  const std::int64_t grain = std::max(kLeastTiles, (tiles + groups - 1) / groups);
  std::vector<std::vector<double>> partial(static_cast<std::size_t>((tiles + grain - 1) / grain));
  parallel_chunks(tiles, grain, threads, [&](std::int64_t begin, std::int64_t end, int) {
    std::vector<double>& sums = partial[static_cast<std::size_t>(begin / grain)];
    sums.assign(size, 0.0);
    body(sums.data(), begin * kTileRows, std::min(n, end * kTileRows));
  });
  std::vector<double> total = std::move(partial.front());
  for (std::size_t group = 1; group < partial.size(); ++group) {
    for (std::size_t k = 0; k < size; ++k) total[k] += partial[group][k];
  }
  return total;
}

int tile_count(std::int64_t first, std::int64_t end) {
  return static_cast<int>(std::min<std::int64_t>(kTileRows, end - first));
}

void fill_ones(Tile& tile, int column, int count) {
  std::fill_n(tile.column(column), count, 1.0);
  std::fill(tile.column(column) + count, tile.column(column) + kTileRows, 0.0);
}

void mirror_lower(Eigen::MatrixXd& square) {
  square.triangularView<Eigen::StrictlyUpper>() = square.transpose().triangularView<Eigen::StrictlyUpper>();
}

// The set's features and a column of ones.
void evaluate_set(const FeatureMap* set, std::int64_t first, int count, Tile& out) {
  const int features = set != nullptr ? set->size() : 0;
  if (set != nullptr) set->evaluate(first, count, out);
  fill_ones(out, features, count);
}

// Residuals of rows [first, first + count) into the first columns of `out`, zeros below; `design` is the set's tile.
void evaluate_residuals(const TargetFit& target, const Tile& design, std::int64_t first, int count, Tile& out) {
  const int d = target.map->size();
  target.map->evaluate(first, count, out);
  for (int k = 0; k < d; ++k) {
    double* column = out.column(k);
    for (int i = 0; i < count; ++i) column[i] *= target.scale[k];
  }
  subtract_fit(design, static_cast<int>(target.coefficients.rows()), target.coefficients.data(), out, d);
}

void load_residuals(const TargetFit& target, std::int64_t first, int count, Tile& out) {
  for (int k = 0; k < target.map->size(); ++k) {
    double* column = out.column(k);
    for (int i = 0; i < count; ++i) column[i] = target.residuals(first + i, k);
    std::fill(column + count, column + kTileRows, 0.0);
  }
}

// Multiplies the columns by a matrix, when there is one; returns where the result is.
Tile& rotated(Tile& residuals, const RowMajorMatrix& negative, Tile& out) {
  if (negative.size() == 0) return residuals;
  for (int k = 0; k < negative.cols(); ++k) std::fill_n(out.column(k), kTileRows, 0.0);
  subtract_fit(residuals, static_cast<int>(negative.rows()), negative.data(), out, static_cast<int>(negative.cols()));
  return out;
}

}  // namespace

FeatureMoments feature_moments(const FeatureMap* set, bool with_set,
                               std::span<const std::shared_ptr<const FeatureMap>> targets, std::int64_t n,
                               int threads) {
  const int p = (set != nullptr ? set->size() : 0) + 1;
  int d = 0;
  for (const auto& target : targets) d += target->size();
  const std::size_t gram_size = with_set ? static_cast<std::size_t>(p) * static_cast<std::size_t>(p) : 0;
  const std::size_t cross_size = static_cast<std::size_t>(p) * static_cast<std::size_t>(d);
  const std::size_t size = gram_size + cross_size + static_cast<std::size_t>(d) * static_cast<std::size_t>(d);
  const std::vector<double> sums =
      sum_over_tiles(n, p, size, threads, [&](double* partial, std::int64_t begin, std::int64_t end) {
        Tile design(p);
        Tile features(d);
        for (std::int64_t first = begin; first < end; first += kTileRows) {
          const int count = tile_count(first, end);
          evaluate_set(set, first, count, design);
          int at = 0;
          for (const auto& target : targets) {
            target->evaluate(first, count, features, at);
            at += target->size();
          }
          if (with_set) add_gram(design, p, partial);
          add_products(design, p, features, d, partial + gram_size);
          add_gram(features, d, partial + gram_size + cross_size);
        }
      });
  const double rows = static_cast<double>(n);
  FeatureMoments moments;
  const Eigen::MatrixXd cross = Eigen::Map<const Eigen::MatrixXd>(sums.data() + gram_size, p, d) / rows;
  moments.mean = cross.row(p - 1).transpose();
  moments.targets = Eigen::Map<const Eigen::MatrixXd>(sums.data() + gram_size + cross_size, d, d) / rows;
  mirror_lower(moments.targets);
  moments.targets -= moments.mean * moments.mean.transpose();
  moments.cross = cross.topRows(p - 1);
  if (!with_set) return moments;
  Eigen::MatrixXd gram = Eigen::Map<const Eigen::MatrixXd>(sums.data(), p, p) / rows;
  mirror_lower(gram);
  moments.set_mean = gram.col(p - 1).head(p - 1);
  moments.set = gram.topLeftCorner(p - 1, p - 1) - moments.set_mean * moments.set_mean.transpose();
  return moments;
}

SetFit fit_set(FeatureMap map, const FeatureMoments& moments) {
  SetFit fit{.map = std::move(map), .mean = moments.set_mean};
  const Eigen::Index p = fit.mean.size();
  Eigen::MatrixXd covariance = moments.set;
  covariance.diagonal().array() += kRidge;
  const Eigen::LLT<Eigen::MatrixXd> factor(covariance);
  if (factor.info() != Eigen::Success || !moments.set.allFinite()) return fit;
  fit.factor = factor.matrixL();
  // tr C (C + ridge)^-1 = p - ridge tr (C + ridge)^-1, and the trace of the inverse is the squared norm of L^-1.
  const Eigen::MatrixXd inverse = factor.matrixL().solve(Eigen::MatrixXd::Identity(p, p));
  fit.dof = std::max(0.0, static_cast<double>(p) - kRidge * inverse.squaredNorm());
  return fit;
}

TargetFit fit_target(std::shared_ptr<const FeatureMap> map, const SetFit* set, const FeatureMoments& moments, int at) {
  const int d = map->size();
  const Eigen::Index p = set != nullptr ? set->mean.size() : 0;
  TargetFit fit{.map = std::move(map), .scale = Eigen::VectorXd(d), .coefficients = RowMajorMatrix(p + 1, d)};
  double total = 0;
  double explained = 0;
  for (int k = 0; k < d; ++k) {
    const double variance = moments.targets(at + k, at + k);
    const bool constant = !(variance > kLeastVariance);
    fit.scale[k] = constant ? 0 : fit.map->standardise[static_cast<std::size_t>(k)] ? 1 / std::sqrt(variance) : 1;
    total += fit.scale[k] * fit.scale[k] * variance;
    double offset = moments.mean[at + k] * fit.scale[k];
    if (set != nullptr && set->factor.size() > 0) {
      const Eigen::VectorXd covariance = fit.scale[k] * (moments.cross.col(at + k) - set->mean * moments.mean[at + k]);
      const Eigen::VectorXd half = set->factor.triangularView<Eigen::Lower>().solve(covariance);
      const Eigen::VectorXd solution = set->factor.transpose().triangularView<Eigen::Upper>().solve(half);
      explained += half.squaredNorm();
      offset -= solution.dot(set->mean);
      fit.coefficients.col(k).head(p) = solution;
    }
    fit.coefficients(p, k) = offset;
  }
  fit.unexplained = total > 0 ? std::max(0.0, 1 - explained / total) : 0;
  return fit;
}

void store_residuals(const SetFit* set, std::span<TargetFit* const> targets, std::int64_t n, int threads) {
  for (TargetFit* target : targets) target->residuals.resize(n, target->map->size());
  const int p = set != nullptr ? set->map.size() : 0;
  parallel_chunks((n + kTileRows - 1) / kTileRows, 8, threads, [&](std::int64_t begin, std::int64_t end, int) {
    Tile design(p + 1);
    Tile residuals;
    for (std::int64_t tile = begin; tile < end; ++tile) {
      const std::int64_t first = tile * kTileRows;
      const int count = tile_count(first, n);
      evaluate_set(set != nullptr ? &set->map : nullptr, first, count, design);
      for (TargetFit* target : targets) {
        residuals.resize(target->map->size());
        evaluate_residuals(*target, design, first, count, residuals);
        for (int k = 0; k < target->map->size(); ++k) {
          for (int i = 0; i < count; ++i) target->residuals(first + i, k) = residuals.column(k)[i];
        }
      }
    }
  });
}

ResidualMoments residual_moments(const SetFit* set, const TargetFit& x, const TargetFit& y,
                                 const RowMajorMatrix& rotate_x, const RowMajorMatrix& rotate_y, std::int64_t n,
                                 int threads) {
  const int p = set != nullptr ? set->map.size() : 0;
  const int a = static_cast<int>(rotate_x.size() > 0 ? rotate_x.cols() : x.map->size());
  const int b = static_cast<int>(rotate_y.size() > 0 ? rotate_y.cols() : y.map->size());
  const bool stored = x.residuals.size() > 0 && y.residuals.size() > 0;
  const std::size_t cross_size = static_cast<std::size_t>(a * b);
  const RowMajorMatrix negative_x = -rotate_x;
  const RowMajorMatrix negative_y = -rotate_y;
  const std::vector<double> sums =
      sum_over_tiles(n, a * b, cross_size + cross_size * cross_size, threads,
                     [&](double* partial, std::int64_t begin, std::int64_t end) {
                       Tile design(p + 1);
                       Tile own_x(x.map->size()), own_y(y.map->size()), short_x(a), short_y(b), products(a * b);
                       for (std::int64_t first = begin; first < end; first += kTileRows) {
                         const int count = tile_count(first, end);
                         if (!stored) evaluate_set(set != nullptr ? &set->map : nullptr, first, count, design);
                         const auto read = [&](const TargetFit& target, Tile& into) {
                           if (target.residuals.size() > 0) {
                             load_residuals(target, first, count, into);
                           } else {
                             evaluate_residuals(target, design, first, count, into);
                           }
                         };
                         read(x, own_x);
                         read(y, own_y);
                         const Tile& rx = rotated(own_x, negative_x, short_x);
                         const Tile& ry = rotated(own_y, negative_y, short_y);
                         add_products(rx, a, ry, b, partial);
                         for (int k = 0; k < a * b; ++k) {
                           const double* left = rx.column(k % a);
                           const double* right = ry.column(k / a);
                           for (int i = 0; i < kTileRows; ++i) products.column(k)[i] = left[i] * right[i];
                         }
                         add_gram(products, a * b, partial + cross_size);
                       }
                     });
  const double rows = static_cast<double>(n);
  return {.cross = Eigen::Map<const Eigen::MatrixXd>(sums.data(), a, b) / rows,
          .products = Eigen::Map<const Eigen::MatrixXd>(sums.data() + cross_size, a * b, a * b) / rows};
}

}  // namespace causal::discovery
