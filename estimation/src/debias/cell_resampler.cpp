#include "debias/cell_resampler.hpp"

#include <Eigen/Core>
#include <cmath>

namespace causal::estimation {
namespace {

PredictionCell resampled(const PredictionCell& cell, RandomStream& stream) {
  PredictionCell drawn;
  if (cell.n <= 0) return drawn;
  drawn.n = draw_poisson(stream, cell.n);
  const Eigen::Vector3d sums(cell.t, cell.w, cell.wt);
  const Eigen::Vector3d mean = sums / cell.n;
  Eigen::Matrix3d square;
  square << cell.tt, cell.wt, cell.wtt, cell.wt, cell.ww, cell.wwt, cell.wtt, cell.wwt, cell.wwtt;
  const Eigen::Matrix3d covariance = square / cell.n - mean * mean.transpose();
  // A Cholesky factor of a matrix that may be singular (a cell with one row has none): such columns are 0.
  Eigen::Matrix3d factor = Eigen::Matrix3d::Zero();
  for (Eigen::Index j = 0; j < 3; ++j) {
    const double pivot = covariance(j, j) - factor.row(j).head(j).squaredNorm();
    if (!(pivot > 1e-12 * square(j, j) / cell.n)) continue;
    factor(j, j) = std::sqrt(pivot);
    for (Eigen::Index i = j + 1; i < 3; ++i) {
      factor(i, j) = (covariance(i, j) - factor.row(i).head(j).dot(factor.row(j).head(j))) / factor(j, j);
    }
  }
  Eigen::Vector3d noise;
  for (Eigen::Index k = 0; k < 3; ++k) noise(k) = stream.normal();
  const Eigen::Vector3d result = drawn.n * mean + std::sqrt(drawn.n) * (factor * noise);
  drawn.t = result(0);
  drawn.w = result(1);
  drawn.wt = result(2);
  return drawn;
}

}  // namespace

double draw_poisson(RandomStream& stream, double mean) {
  // Beyond 50 the normal approximation is within what a bootstrap of a few hundred replicates can see.
  if (mean > 50) return std::max(0.0, std::round(mean + std::sqrt(mean) * stream.normal()));
  double count = -1;
  for (double product = 1, least = std::exp(-mean); product > least; ++count) product *= stream.uniform();
  return count;
}

PredictionCells CellResampler::draw(const PredictionCells& cells, RandomStream& stream) {
  PredictionCells drawn(cells.lattice());
  drawn.begin_ = cells.begin_;
  drawn.cells_.reserve(cells.cells_.size());
  for (const PredictionCell& cell : cells.cells_) drawn.cells_.push_back(resampled(cell, stream));
  drawn.below_ = resampled(cells.below_, stream);
  drawn.above_ = resampled(cells.above_, stream);
  return drawn;
}

}  // namespace causal::estimation
