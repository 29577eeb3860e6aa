#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

#include "debias/smooth_scores.hpp"

namespace causal::estimation {
namespace {

struct Mixture {
  Eigen::ArrayXd weight, mean, variance;
  double log_likelihood = -std::numeric_limits<double>::infinity();

  [[nodiscard]] Eigen::Index size() const { return weight.size(); }
  // Log of weight times density of every component.
  [[nodiscard]] Eigen::ArrayXd log_parts(double x) const {
    return weight.log() - 0.5 * (2 * std::numbers::pi * variance).log() - (x - mean).square() / (2 * variance);
  }
};

struct Points {
  Eigen::ArrayXd x, mass;
  double total = 0;
};

// At most about 1000 points: EM needs no finer places.
Points condensed(const Eigen::Ref<const Eigen::VectorXd>& masses, double low, double step) {
  const Eigen::Index group = std::max<Eigen::Index>(1, masses.size() / 1024);
  std::vector<double> x;
  std::vector<double> mass;
  for (Eigen::Index begin = 0; begin < masses.size(); begin += group) {
    double sum = 0;
    double moment = 0;
    for (Eigen::Index j = begin; j < std::min(begin + group, masses.size()); ++j) {
      sum += masses(j);
      moment += masses(j) * static_cast<double>(j);
    }
    if (!(sum > 0)) continue;
    x.push_back(low + step * moment / sum);
    mass.push_back(sum);
  }
  Points points{Eigen::Map<const Eigen::ArrayXd>(x.data(), std::ssize(x)),
                Eigen::Map<const Eigen::ArrayXd>(mass.data(), std::ssize(mass)), 0};
  points.total = points.mass.sum();
  return points;
}

// Components on equal shares of the ordered rows.
Mixture start(const Points& points, int k, double floor) {
  Mixture mixture{Eigen::ArrayXd::Zero(k), Eigen::ArrayXd::Zero(k), Eigen::ArrayXd::Zero(k)};
  double cumulative = 0;
  std::vector<Eigen::Index> part(static_cast<std::size_t>(points.x.size()));
  for (Eigen::Index i = 0; i < points.x.size(); ++i) {
    const double middle = (cumulative + points.mass(i) / 2) / points.total;
    const auto c = std::min<Eigen::Index>(static_cast<Eigen::Index>(middle * k), k - 1);
    part[static_cast<std::size_t>(i)] = c;
    mixture.weight(c) += points.mass(i);
    mixture.mean(c) += points.mass(i) * points.x(i);
    cumulative += points.mass(i);
  }
  mixture.weight = mixture.weight.max(1e-9 * points.total);
  mixture.mean /= mixture.weight;
  for (Eigen::Index i = 0; i < points.x.size(); ++i) {
    const Eigen::Index c = part[static_cast<std::size_t>(i)];
    const double gap = points.x(i) - mixture.mean(c);
    mixture.variance(c) += points.mass(i) * gap * gap / mixture.weight(c);
  }
  mixture.variance = mixture.variance.max(floor);
  mixture.weight /= mixture.weight.sum();
  return mixture;
}

void em_step(const Points& points, double floor, Mixture& mixture) {
  const Eigen::Index k = mixture.size();
  Eigen::ArrayXd sum = Eigen::ArrayXd::Zero(k);
  Eigen::ArrayXd first = Eigen::ArrayXd::Zero(k);
  Eigen::ArrayXd second = Eigen::ArrayXd::Zero(k);
  const Eigen::ArrayXd base = mixture.weight.log() - 0.5 * (2 * std::numbers::pi * mixture.variance).log();
  const Eigen::ArrayXd scale = 0.5 / mixture.variance;
  double likelihood = 0;
  Eigen::ArrayXd parts(k);
  for (Eigen::Index i = 0; i < points.x.size(); ++i) {
    parts = base - (points.x(i) - mixture.mean).square() * scale;
    const double top = parts.maxCoeff();
    parts = (parts - top).exp();
    const double all = parts.sum();
    likelihood += points.mass(i) * (top + std::log(all));
    parts *= points.mass(i) / all;
    sum += parts;
    first += parts * points.x(i);
    second += parts * (points.x(i) - mixture.mean).square();
  }
  sum = sum.max(1e-12 * points.total);
  const Eigen::ArrayXd mean = first / sum;
  mixture.variance = (second / sum - (mean - mixture.mean).square()).max(floor);
  mixture.mean = mean;
  mixture.weight = sum / sum.sum();
  mixture.log_likelihood = likelihood;
}

Mixture fit_mixture(const Points& points, int k, double floor) {
  Mixture mixture = start(points, k, floor);
  double before = -std::numeric_limits<double>::infinity();
  for (int iteration = 0; iteration < 500; ++iteration) {
    em_step(points, floor, mixture);
    if (mixture.log_likelihood - before < 1e-8 * std::abs(mixture.log_likelihood)) break;
    before = mixture.log_likelihood;
  }
  return mixture;
}

}  // namespace

SmoothScore mixture_score(const Eigen::Ref<const Eigen::VectorXd>& masses, double low, double step, double variance,
                          int max_components) {
  const Points points = condensed(masses, low, step);
  Mixture best;
  double best_bic = std::numeric_limits<double>::infinity();
  for (int k = 1; k <= std::min<Eigen::Index>(max_components, points.x.size()); ++k) {
    Mixture mixture = fit_mixture(points, k, 1e-3 * variance);
    const double bic = -2 * mixture.log_likelihood + std::log(points.total) * (3 * k - 1);
    if (bic < best_bic) {
      best_bic = bic;
      best = std::move(mixture);
    }
  }
  SmoothScore score{Eigen::VectorXd(masses.size()), 0, 0, static_cast<int>(best.size())};
  for (Eigen::Index j = 0; j < masses.size(); ++j) {
    const double u = low + step * static_cast<double>(j);
    Eigen::ArrayXd parts = best.log_parts(u);
    parts = (parts - parts.maxCoeff()).exp();
    score.at_nodes(j) = (parts * (best.mean - u) / best.variance).sum() / parts.sum();
  }
  // Beyond the table one component prevails; the last step tells its slope.
  const Eigen::Index last = masses.size() - 1;
  score.slope_below = (score.at_nodes(1) - score.at_nodes(0)) / step;
  score.slope_above = (score.at_nodes(last) - score.at_nodes(last - 1)) / step;
  return score;
}

}  // namespace causal::estimation
