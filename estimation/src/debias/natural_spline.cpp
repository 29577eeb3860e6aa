#include "debias/natural_spline.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

namespace causal::estimation {
namespace {

double cubed_positive(double x) { return x > 0 ? x * x * x : 0; }
double squared_positive(double x) { return x > 0 ? x * x : 0; }

}  // namespace

Eigen::VectorXd natural_spline_basis(const Eigen::Ref<const Eigen::VectorXd>& knots, double u) {
  const Eigen::Index count = knots.size();
  const double low = knots(0);
  const double width = knots(count - 1) - low;
  const double z = (u - low) / width;
  const auto d = [&](Eigen::Index k) {
    const double knot = (knots(k) - low) / width;
    return (cubed_positive(z - knot) - cubed_positive(z - 1)) / (1 - knot);
  };
  Eigen::VectorXd basis(count);
  basis(0) = 1;
  basis(1) = z;
  for (Eigen::Index k = 0; k + 2 < count; ++k) basis(k + 2) = d(k) - d(count - 2);
  return basis;
}

Eigen::VectorXd natural_spline_slope(const Eigen::Ref<const Eigen::VectorXd>& knots, double u) {
  const Eigen::Index count = knots.size();
  const double low = knots(0);
  const double width = knots(count - 1) - low;
  const double z = (u - low) / width;
  const auto d = [&](Eigen::Index k) {
    const double knot = (knots(k) - low) / width;
    return 3 * (squared_positive(z - knot) - squared_positive(z - 1)) / (1 - knot);
  };
  Eigen::VectorXd slope(count);
  slope(0) = 0;
  slope(1) = 1 / width;
  for (Eigen::Index k = 0; k + 2 < count; ++k) slope(k + 2) = (d(k) - d(count - 2)) / width;
  return slope;
}

Eigen::VectorXd normal_score_knots(const Eigen::Ref<const Eigen::VectorXd>& masses, double low, double step, int count,
                                   double reach) {
  const double total = masses.sum();
  std::vector<double> knots;
  Eigen::Index node = 0;
  double cumulative = masses(0);
  for (int k = 0; k < count; ++k) {
    const double z = reach * (2.0 * k / (count - 1) - 1);
    const double wanted = 0.5 * std::erfc(-z / std::numbers::sqrt2) * total;
    while (cumulative < wanted && node + 1 < masses.size()) cumulative += masses(++node);
    const double knot = low + step * static_cast<double>(node);
    if (knots.empty() || knot > knots.back()) knots.push_back(knot);
  }
  if (knots.size() < 2) knots = {knots.front() - step, knots.front() + step};
  return Eigen::Map<const Eigen::VectorXd>(knots.data(), std::ssize(knots));
}

}  // namespace causal::estimation
