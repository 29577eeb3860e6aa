#include <cmath>
#include <vector>

#include "effect/path_link.hpp"
#include "effect/path_model.hpp"

namespace causal::estimation {
namespace {

/// Walks over all joint values of discrete mediators of one row, in order, and sums what the mean and its gradient
/// need.
class ValueWalk {
 public:
  /// own: linear predictors of the mediators without those before them; chain(k, j): effect of mediator j < k on k.
  ValueWalk(PathModelKind mediator, PathModelKind outcome, const Eigen::MatrixXd& chain, const Eigen::VectorXd& slopes)
      : mediator_(mediator),
        outcome_(outcome),
        chain_(chain),
        slopes_(slopes),
        m_(Eigen::VectorXd::Zero(slopes.size())),
        scores_(Eigen::VectorXd::Zero(slopes.size())) {}

  void run(const Eigen::VectorXd& own, double base) {
    const Eigen::Index K = slopes_.size();
    own_ = own;
    base_ = base;
    mean = 0;
    slope = 0;
    slope_m = Eigen::VectorXd::Zero(K);
    score = Eigen::VectorXd::Zero(K);
    score_m = Eigen::MatrixXd::Zero(K, K);
    step(0, 1);
  }

  double mean = 0;          ///< E g.
  double slope = 0;         ///< E g'.
  Eigen::VectorXd slope_m;  ///< E g' m_k.
  Eigen::VectorXd score;    ///< E g s_k, s_k the score of mediator k.
  Eigen::MatrixXd score_m;  ///< E g s_k m_j, j < k.

 private:
  void step(Eigen::Index k, double chance) {
    if (k == slopes_.size()) return leaf(chance);
    const double eta = own_(k) + chain_.row(k).head(k).dot(m_.head(k));
    const int largest = largest_value(mediator_, eta);
    for (int m = 0; m <= largest; ++m) {
      const ValueChance value = value_chance(mediator_, eta, m);
      if (value.chance == 0) continue;
      m_(k) = m;
      scores_(k) = value.score;
      step(k + 1, chance * value.chance);
    }
  }

  void leaf(double chance) {
    const SmoothedMean g = smoothed_mean(outcome_, base_ + slopes_.dot(m_), 0);
    mean += chance * g.value;
    slope += chance * g.by_eta;
    slope_m += chance * g.by_eta * m_;
    score += chance * g.value * scores_;
    score_m += chance * g.value * scores_ * m_.transpose();
  }

  PathModelKind mediator_;
  PathModelKind outcome_;
  const Eigen::MatrixXd& chain_;
  const Eigen::VectorXd& slopes_;
  Eigen::VectorXd own_;
  double base_ = 0;
  Eigen::VectorXd m_;
  Eigen::VectorXd scores_;
};

}  // namespace

WorldMean PathModel::mean(double t, double t_mediators, bool with_gradient) const {
  WorldMean mean = spec_.mediator == PathModelKind::Linear ? mean_over_normal(t, t_mediators, with_gradient)
                                                           : mean_over_values(t, t_mediators, with_gradient);
  mean.value = weights_.dot(mean.rows) / static_cast<double>(mean.rows.size());
  return mean;
}

WorldMean PathModel::mean_over_normal(double t, double t_mediators, bool with_gradient) const {
  const Eigen::Index n = data_.outcome.size();
  const Eigen::Index p = data_.averaged.cols();
  const Eigen::Index K = mediator_count();
  Eigen::MatrixXd mediators(n, K);
  for (Eigen::Index k = 0; k < K; ++k) {
    const Eigen::VectorXd& a = mediator_fits_[static_cast<std::size_t>(k)].coefficients;
    mediators.col(k) = (data_.averaged * a.tail(p)).array() + (a(0) + t_mediators * a(1));
  }
  const Eigen::VectorXd slopes = slopes_at(t);
  const Eigen::VectorXd eta = predictor_without_mediators(t) + mediators * slopes;
  const Eigen::VectorXd spread_slopes = has_spread() ? Eigen::VectorXd(spread_ * slopes) : Eigen::VectorXd::Zero(K);
  const double variance = slopes.dot(spread_slopes);
  WorldMean world;
  world.rows.resize(n);
  Eigen::VectorXd by_eta(n);
  double by_variance = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const SmoothedMean g = smoothed_mean(spec_.outcome, eta(i), variance);
    const double weight = weights_(i) / static_cast<double>(n);
    world.rows(i) = g.value;
    by_eta(i) = weight * g.by_eta;
    by_variance += weight * g.by_variance;
  }
  if (!with_gradient) return world;
  world.gradient = Eigen::VectorXd::Zero(parameters());
  const double total = by_eta.sum();
  const Eigen::VectorXd by_covariates = data_.averaged.transpose() * by_eta;
  for (Eigen::Index k = 0; k < K; ++k) {
    world.gradient.segment(start_of(k), 2 + p) << total, t_mediators * total, by_covariates;
    world.gradient.segment(start_of(k), 2 + p) *= slopes(k);
  }
  Eigen::Index at = start_of(K);
  for (Eigen::Index k = 0; k < K && has_spread(); ++k) {
    for (Eigen::Index l = k; l < K; ++l) {
      world.gradient(at++) = by_variance * slopes(k) * slopes(l) * (k == l ? 1 : 2);
    }
  }
  const Eigen::VectorXd by_slopes = mediators.transpose() * by_eta + 2 * by_variance * spread_slopes;
  const Eigen::Index start = start_of(K + 1);
  world.gradient(start) = total;
  world.gradient(start + 1) = t * total;
  world.gradient.segment(start + 2, K) = by_slopes;
  if (spec_.interaction) world.gradient.segment(start + 2 + K, K) = t * by_slopes;
  world.gradient.tail(p) = by_covariates;
  return world;
}

WorldMean PathModel::mean_over_values(double t, double t_mediators, bool with_gradient) const {
  const Eigen::Index n = data_.outcome.size();
  const Eigen::Index p = data_.averaged.cols();
  const Eigen::Index K = mediator_count();
  Eigen::MatrixXd own(n, K);
  Eigen::MatrixXd chain = Eigen::MatrixXd::Zero(K, K);
  for (Eigen::Index k = 0; k < K; ++k) {
    const Eigen::VectorXd& a = mediator_fits_[static_cast<std::size_t>(k)].coefficients;
    own.col(k) = (data_.averaged * a.segment(2, p)).array() + (a(0) + t_mediators * a(1));
    chain.row(k).head(k) = a.tail(k).transpose();
  }
  const Eigen::VectorXd slopes = slopes_at(t);
  const Eigen::VectorXd base = predictor_without_mediators(t);
  ValueWalk walk(spec_.mediator, spec_.outcome, chain, slopes);
  WorldMean world;
  world.rows.resize(n);
  if (with_gradient) world.gradient = Eigen::VectorXd::Zero(parameters());
  const Eigen::Index start = start_of(K + 1);
  for (Eigen::Index i = 0; i < n; ++i) {
    walk.run(own.row(i).transpose(), base(i));
    world.rows(i) = walk.mean;
    if (!with_gradient) continue;
    const double weight = weights_(i) / static_cast<double>(n);
    const Eigen::VectorXd covariates = data_.averaged.row(i).transpose();
    for (Eigen::Index k = 0; k < K; ++k) {
      Eigen::VectorXd part(2 + p + k);
      part << walk.score(k), t_mediators * walk.score(k), walk.score(k) * covariates,
          walk.score_m.row(k).head(k).transpose();
      world.gradient.segment(start_of(k), 2 + p + k) += weight * part;
    }
    world.gradient(start) += weight * walk.slope;
    world.gradient(start + 1) += weight * t * walk.slope;
    world.gradient.segment(start + 2, K) += weight * walk.slope_m;
    if (spec_.interaction) world.gradient.segment(start + 2 + K, K) += weight * t * walk.slope_m;
    world.gradient.tail(p) += weight * walk.slope * covariates;
  }
  return world;
}

}  // namespace causal::estimation
