#include <Eigen/QR>
#include <cmath>

#include "causal/diagram/comb.hpp"

namespace causal {

namespace {

using Eigen::MatrixXd;

std::vector<int> joined(std::vector<int> a, const std::vector<int>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Rank of the correlation matrix of the coordinates, looser than rounding in the covariance.
int rank_of(const GaussianMap& joint, const std::vector<int>& coordinates) {
  MatrixXd s = joint.outputs(coordinates).s();
  const Eigen::VectorXd scale = s.diagonal().unaryExpr([](double v) { return v > 0 ? 1 / std::sqrt(v) : 0.0; });
  s = scale.asDiagonal() * s * scale.asDiagonal();
  Eigen::ColPivHouseholderQR<MatrixXd> decomposition;
  decomposition.setThreshold(1e-12 * static_cast<double>(coordinates.size()));
  decomposition.compute(s);
  return static_cast<int>(decomposition.rank());
}

}  // namespace

GaussianComb gaussian_comb(const GaussianMap& joint, const std::vector<int>& a, const std::vector<int>& b,
                           const std::vector<int>& c) {
  GaussianConditional mediators = disintegrate(joint, a, b);
  const GaussianConditional outcome = disintegrate(joint, joined(a, b), c);
  // f: a' is drawn from its marginal and read by the outcome beside the b that comes through the hole.
  const int na = static_cast<int>(a.size()), nb = static_cast<int>(b.size());
  const GaussianMap tooth = tensor(joint.outputs(a), GaussianMap::identity(nb));
  GaussianMap effect = then(mediators.channel, then(tooth, outcome.channel));
  const bool supported = na == 0 || nb == 0 || rank_of(joint, joined(a, b)) == rank_of(joint, a) + rank_of(joint, b);
  return {std::move(effect), std::move(mediators), supported};
}

}  // namespace causal
