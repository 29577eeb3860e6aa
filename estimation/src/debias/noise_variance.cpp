#include "causal/estimation/debias/noise_variance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "causal/estimation/nuisance/glm.hpp"
#include "debias/natural_spline.hpp"

namespace causal::estimation {
namespace {

constexpr double kFloor = 0.01;  // Of the mean variance.
constexpr std::array<double, 5> kKnotQuantiles{0.005, 0.25, 0.5, 0.75, 0.995};

Eigen::VectorXd knots_of(const Eigen::Ref<const Eigen::VectorXd>& predictions) {
  std::vector<double> sorted(predictions.begin(), predictions.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> knots;
  for (const double share : kKnotQuantiles) {
    // Between two rows, since knots are written to files and rows are not.
    const auto at = static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 2));
    const double knot = 0.5 * (sorted[at] + sorted[at + 1]);
    if (knots.empty() || knot > knots.back()) knots.push_back(knot);
  }
  return Eigen::Map<const Eigen::VectorXd>(knots.data(), std::ssize(knots));
}

}  // namespace

Eigen::VectorXd NoiseVariance::basis_at(double u) const {
  if (is_constant()) return Eigen::VectorXd::Ones(1);
  return natural_spline_basis(knots, std::clamp(u, knots(0), knots(knots.size() - 1)));
}

NoiseVariance::Point NoiseVariance::at(double u) const {
  if (is_constant()) return {variance, 0, {}, {}};
  const bool inside = u > knots(0) && u < knots(knots.size() - 1);
  const Eigen::VectorXd basis = basis_at(u);
  Eigen::VectorXd basis_slope = Eigen::VectorXd::Zero(knots.size());
  if (inside) basis_slope = natural_spline_slope(knots, u);
  const double mu = std::exp(basis.dot(coefficients));
  const double mu_slope = mu * basis_slope.dot(coefficients);
  Point point{mu - shift, mu_slope, mu * basis, mu_slope * basis + mu * basis_slope};
  if (point.variance < kFloor * variance) {
    point.variance = kFloor * variance;
    point.slope = 0;
    point.basis.setZero();
    point.basis_slope.setZero();
  }
  return point;
}

NoiseVariance fit_noise_variance(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                                 const Eigen::Ref<const Eigen::VectorXd>& c, double label_noise,
                                 std::int64_t& floored) {
  NoiseVariance noise;
  noise.variance = c.squaredNorm() / static_cast<double>(c.size()) - label_noise;
  noise.shift = label_noise;
  noise.knots = knots_of(predictions);
  floored = 0;
  if (noise.knots.size() < 3) {
    noise.knots.resize(0);
    return noise;
  }
  Eigen::MatrixXd design(c.size(), noise.knots.size());
  for (Eigen::Index i = 0; i < c.size(); ++i) design.row(i) = noise.basis_at(predictions(i)).transpose();
  const Eigen::VectorXd squares = c.cwiseAbs2();
  // The Poisson score with a log link: the estimating equation asks for no more than the mean of c^2.
  const GlmFit fit = fit_glm(design, squares, {.family = GlmFamily::Poisson});
  noise.coefficients = fit.coefficients;
  noise.bread = fit.bread;
  const Eigen::VectorXd residual = squares - fit.mean;
  const Eigen::MatrixXd scored = design.array().colwise() * residual.array();
  noise.covariance = fit.bread * (scored.transpose() * scored) * fit.bread;
  for (Eigen::Index i = 0; i < c.size(); ++i) floored += fit.mean(i) - label_noise < kFloor * noise.variance ? 1 : 0;
  return noise;
}

}  // namespace causal::estimation
