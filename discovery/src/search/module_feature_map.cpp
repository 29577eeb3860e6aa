#include "module_feature_map.hpp"

#include <algorithm>
#include <cmath>

namespace causal::discovery::detail {
namespace {

constexpr double kTolerance = 1e-8;
constexpr Eigen::Index kLandmarkRows = 2000;

// Rows spread evenly and in step with no period: multiples of the golden ratio.
std::vector<Eigen::Index> spread_rows(Eigen::Index n) {
  std::vector<Eigen::Index> rows;
  const double golden = 0.5 * (std::sqrt(5.0) - 1.0);
  for (Eigen::Index k = 0; k < kLandmarkRows; ++k) {
    const double turn = golden * static_cast<double>(k);
    const auto row = static_cast<Eigen::Index>((turn - std::floor(turn)) * static_cast<double>(n));
    rows.push_back(std::min(n - 1, row));
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

}  // namespace

FeatureMap::FeatureMap(const KernelColumns& columns, Eigen::Index max_features) : columns_(columns) {
  const KernelColumns sample = columns.select(spread_rows(columns.rows()));
  const KernelFactor factor = pivoted_factor(sample, kTolerance, max_features);
  landmarks_ = sample.select(factor.pivots);
  const auto rank = static_cast<Eigen::Index>(factor.pivots.size());
  upper_.resize(rank, rank);
  for (Eigen::Index k = 0; k < rank; ++k) {
    upper_.col(k) = factor.features.col(factor.pivots[static_cast<std::size_t>(k)]);
  }
}

Eigen::MatrixXd FeatureMap::operator()(Eigen::Index from, Eigen::Index count) const {
  Eigen::MatrixXd features(count, size());
  for (Eigen::Index k = 0; k < size(); ++k) columns_.kernel(landmarks_, k, from, features.col(k));
  upper_.triangularView<Eigen::Upper>().solveInPlace<Eigen::OnTheRight>(features);
  return features.transpose();
}

}  // namespace causal::discovery::detail
