// Cosine features of a Gaussian kernel: Rahimi and Recht, "Random features for large-scale kernel machines", NIPS 2007.
// The fits without each fold are made from the cross products of the folds, so they cost one solve each.
#include "invariance/smooth_regression.hpp"

#include <Eigen/Cholesky>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "causal/math/cosine.hpp"
#include "causal/run/random.hpp"

namespace causal::estimation {
namespace {

/// In units of the typical distance between standardised rows.
constexpr std::array<double, 2> kWidths{1.0, 3.0};
/// Noise variance over the variance of the part that is not linear. The last one leaves nothing but the line.
constexpr std::array<double, 7> kPenalties{1e-2, 1e-1, 1, 1e1, 1e2, 1e3, 1e6};
/// Keeps the linear part solvable when inputs repeat one another.
constexpr double kLinearPenalty = 1e-8;

/// Cross products of one fold's rows.
struct Products {
  Eigen::MatrixXd gram;
  Eigen::VectorXd with_target;
  double target = 0;

  void add(const Products& other, double sign) {
    gram += sign * other.gram;
    with_target += sign * other.with_target;
    target += sign * other.target;
  }
};

/// Weights at a penalty on the cosines, which come last.
Eigen::VectorXd solve(const Products& products, Eigen::Index linear, double penalty, double rows) {
  Eigen::MatrixXd normal = products.gram;
  for (Eigen::Index j = 1; j < normal.cols(); ++j) normal(j, j) += j <= linear ? kLinearPenalty * rows : penalty;
  return normal.ldlt().solve(products.with_target);
}

double squared_error(const Products& products, const Eigen::VectorXd& w) {
  return products.target - 2 * w.dot(products.with_target) + w.dot(products.gram * w);
}

}  // namespace

std::vector<SmoothInput> smooth_inputs(const NodeValues& table, const NodeSet& nodes) {
  std::vector<SmoothInput> inputs;
  for (const NodeId v : nodes) {
    const int levels = table.levels[slot(v)];
    // Two levels are one number; more are an indicator each but the first.
    for (int level = levels > 2 ? 1 : -1; level < (levels > 2 ? levels : 0); ++level) {
      Eigen::ArrayXd values = table.values.col(v).array();
      if (level >= 0) values = (values == level).cast<double>();
      const double mean = values.mean();
      const double scale = std::sqrt((values - mean).square().mean());
      if (scale > 1e-12 * std::abs(mean)) inputs.push_back({v, level, mean, scale});
    }
  }
  return inputs;
}

Eigen::MatrixXd encode(const std::vector<SmoothInput>& inputs, const Eigen::Ref<const Eigen::MatrixXd>& values) {
  Eigen::MatrixXd Z(values.rows(), std::ssize(inputs));
  for (std::size_t j = 0; j < inputs.size(); ++j) {
    const SmoothInput& input = inputs[j];
    const auto raw = values.col(input.node).array();
    const auto column = static_cast<Eigen::Index>(j);
    if (input.level < 0) {
      Z.col(column) = (raw - input.mean) / input.scale;
    } else {
      Z.col(column) = ((raw == input.level).cast<double>() - input.mean) / input.scale;
    }
  }
  return Z;
}

SmoothRegression::SmoothRegression(const NodeValues& table, const NodeSet& inputs,
                                   const Eigen::Ref<const Eigen::VectorXd>& target, std::span<const int> fold_of,
                                   const SmoothFitOptions& options) {
  inputs_ = smooth_inputs(table, inputs);
  const double n = static_cast<double>(target.size());
  const double centre = target.mean();
  std::vector<std::vector<int>> rows(static_cast<std::size_t>(options.folds));
  for (std::size_t i = 0; i < fold_of.size(); ++i) {
    rows[static_cast<std::size_t>(fold_of[i])].push_back(static_cast<int>(i));
  }
  const auto linear = std::ssize(inputs_);
  double best = std::numeric_limits<double>::infinity();
  Eigen::MatrixXd best_directions;
  Eigen::RowVectorXd best_phases;
  for (const double width : kWidths) {
    draw_cosines(width, options);
    std::vector<Products> folds;
    Products all;
    for (const std::vector<int>& members : rows) {
      const Eigen::MatrixXd X = design(encode(inputs_, table.values(members, Eigen::all)));
      const Eigen::VectorXd y = target(members).array() - centre;
      folds.push_back({X.transpose() * X, X.transpose() * y, y.squaredNorm()});
      if (folds.size() == 1) {
        all = folds.front();
      } else {
        all.add(folds.back(), 1);
      }
    }
    for (const double penalty : kPenalties) {
      Eigen::MatrixXd weights(all.gram.cols(), options.folds + 1);
      double error = 0;
      for (int k = 0; k < options.folds; ++k) {
        const Products& held_out = folds[static_cast<std::size_t>(k)];
        Products others = all;
        others.add(held_out, -1);
        weights.col(k) = solve(others, linear, penalty, n);
        error += squared_error(held_out, weights.col(k));
      }
      if (!(error < best)) continue;
      best = error;
      weights.col(options.folds) = solve(all, linear, penalty, n);
      weights.row(0).array() += centre;
      weights_ = weights;
      best_directions = directions_;
      best_phases = phases_;
    }
    if (inputs_.empty()) break;
  }
  directions_ = best_directions;
  phases_ = best_phases;
}

void SmoothRegression::draw_cosines(double width, const SmoothFitOptions& options) {
  const Eigen::Index p = std::ssize(inputs_);
  const Eigen::Index features = p == 0 ? 0 : options.features;
  directions_.resize(p, features);
  phases_.resize(features);
  RandomStream stream(options.seed, RandomDomain::Features, options.stream);
  for (Eigen::Index j = 0; j < features; ++j) {
    for (Eigen::Index i = 0; i < p; ++i) {
      directions_(i, j) = stream.normal() / (width * std::sqrt(2.0 * static_cast<double>(p)));
    }
    phases_(j) = stream.uniform(0, 2 * std::numbers::pi);
  }
}

Eigen::MatrixXd SmoothRegression::design(const Eigen::MatrixXd& Z) const {
  Eigen::MatrixXd cosines = (Z * directions_).rowwise() + phases_;
  cosines_in_place({cosines.data(), static_cast<std::size_t>(cosines.size())});
  Eigen::MatrixXd X(Z.rows(), 1 + Z.cols() + cosines.cols());
  X.col(0).setOnes();
  X.middleCols(1, Z.cols()) = Z;
  X.rightCols(cosines.cols()) = cosines * std::sqrt(2.0 / std::max<double>(1, static_cast<double>(cosines.cols())));
  return X;
}

Eigen::VectorXd SmoothRegression::predict(const Eigen::Ref<const Eigen::MatrixXd>& values,
                                          std::span<const int> fit_of) const {
  const Eigen::MatrixXd by_fit = design(encode(inputs_, values)) * weights_;
  Eigen::VectorXd prediction(values.rows());
  for (Eigen::Index i = 0; i < values.rows(); ++i) prediction(i) = by_fit(i, fit_of[static_cast<std::size_t>(i)]);
  return prediction;
}

void SmoothRegression::pull_back(const Eigen::Ref<const Eigen::MatrixXd>& values, std::span<const int> fit_of,
                                 const Eigen::Ref<const Eigen::VectorXd>& slope, Eigen::MatrixXd& adjoint) const {
  const Eigen::Index p = std::ssize(inputs_);
  if (p == 0) return;
  // d cos(t) / dt = -sin(t) = cos(t + pi / 2).
  Eigen::MatrixXd derivative = (encode(inputs_, values) * directions_).rowwise() + phases_;
  derivative.array() += std::numbers::pi / 2;
  cosines_in_place({derivative.data(), static_cast<std::size_t>(derivative.size())});
  const Eigen::MatrixXd linear = weights_.middleRows(1, p);
  const Eigen::MatrixXd cosine =
      weights_.bottomRows(phases_.size()) * std::sqrt(2.0 / static_cast<double>(phases_.size()));
  Eigen::MatrixXd by_input(values.rows(), p);
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    const int fit = fit_of[static_cast<std::size_t>(i)];
    derivative.row(i).array() *= cosine.col(fit).transpose().array();
    by_input.row(i) = linear.col(fit).transpose();
  }
  by_input += derivative * directions_.transpose();
  for (Eigen::Index j = 0; j < p; ++j) {
    const SmoothInput& input = inputs_[static_cast<std::size_t>(j)];
    if (input.level < 0) adjoint.col(input.node) += slope.cwiseProduct(by_input.col(j)) / input.scale;
  }
}

}  // namespace causal::estimation
