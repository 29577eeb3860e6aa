#include "effect/frontdoor_cells.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "causal/run/error.hpp"

// psi(a) = sum_c P(c) sum_m f(m | a, c) h(m, c), h(m, c) = sum_a' mu(m, a', c) pi(a' | c). Differentiating by each
// factor in turn gives the influence function
//   f(M | a, C) / f(M | A, C) (Y - mu(M, A, C))                 from mu,
//   + 1{A = a} / pi(a | C) (h(M, C) - E[h(M, C) | a, C])        from f,
//   + sum_m mu(m, A, C) f(m | a, C) - psi                       from pi and P(c) together.

namespace causal::estimation {
namespace {

constexpr double kMostCells = 2e7;

}  // namespace

JointValues joint_values(const Eigen::MatrixXd& columns) {
  const Eigen::Index n = columns.rows();
  std::vector<Eigen::Index> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  const auto compare = [&](Eigen::Index a, Eigen::Index b) {
    for (Eigen::Index j = 0; j < columns.cols(); ++j) {
      if (columns(a, j) != columns(b, j)) return columns(a, j) < columns(b, j) ? -1 : 1;
    }
    return 0;
  };
  std::stable_sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) { return compare(a, b) < 0; });
  JointValues values{std::vector<int>(static_cast<std::size_t>(n)), 0, {}};
  for (std::size_t at = 0; at < order.size(); ++at) {
    if (at == 0 || compare(order[at - 1], order[at]) != 0) {
      values.example.push_back(order[at]);
      ++values.count;
    }
    values.of[static_cast<std::size_t>(order[at])] = values.count - 1;
  }
  return values;
}

FrontdoorCells::FrontdoorCells(const EffectData& data) : data_(data), arms_(static_cast<int>(data.arm_levels.size())) {
  require_two_arms(data, "frontdoor with the discrete model");
  require_outcomes(data, "frontdoor");
  if (data.mediators.count() == 0) throw DataError("frontdoor needs at least one mediator");
  strata_ = joint_values(data.covariates.values);
  mediators_ = joint_values(data.mediators.values);
  const double cells = static_cast<double>(strata_.count) * arms_ * mediators_.count;
  if (cells > kMostCells) {
    throw DataError(fmt::format("{} joint values of covariates, {} levels of '{}' and {} joint values of mediators are "
                                "too many cells",
                                strata_.count, arms_, data.treatment_name, mediators_.count),
                    {}, "Take the linear model, or columns with fewer values.");
  }
}

std::size_t FrontdoorCells::cell(int stratum, int arm, int m) const {
  return (static_cast<std::size_t>(stratum) * static_cast<std::size_t>(arms_) + static_cast<std::size_t>(arm)) *
             static_cast<std::size_t>(mediators_.count) +
         static_cast<std::size_t>(m);
}

std::string FrontdoorCells::name_of(int stratum, int arm, int m) const {
  std::string text = fmt::format("{} = {}", data_.treatment_name, data_.arm_levels[static_cast<std::size_t>(arm)]);
  const auto add = [&](const NamedColumns& columns, Eigen::Index row) {
    for (int j = 0; j < columns.count(); ++j) {
      text += fmt::format(", {} = {}", columns.names[static_cast<std::size_t>(j)], columns.values(row, j));
    }
  };
  if (m >= 0) add(data_.mediators, mediators_.example[static_cast<std::size_t>(m)]);
  add(data_.covariates, strata_.example[static_cast<std::size_t>(stratum)]);
  return text;
}

FrontdoorCells::Mean FrontdoorCells::mean(int arm, const Eigen::VectorXd& weights, bool with_influence) const {
  const int M = mediators_.count;
  const std::size_t cells = cell(strata_.count, 0, 0);
  std::vector<double> weight(cells, 0.0);
  std::vector<double> mu(cells, 0.0);
  for (Eigen::Index i = 0; i < data_.n(); ++i) {
    const auto row = static_cast<std::size_t>(i);
    const std::size_t at = cell(strata_.of[row], data_.arms[row], mediators_.of[row]);
    weight[at] += weights(i);
    mu[at] += weights(i) * data_.outcome(i);
  }
  for (std::size_t at = 0; at < cells; ++at) {
    if (weight[at] > 0) mu[at] /= weight[at];
  }
  const auto strata = static_cast<std::size_t>(strata_.count);
  Eigen::MatrixXd share = Eigen::MatrixXd::Zero(arms_, strata_.count);    // pi(a | c) times the weight of c.
  Eigen::MatrixXd reached = Eigen::MatrixXd::Zero(arms_, strata_.count);  // sum_m mu(m, a', c) f(m | a, c).
  Eigen::MatrixXd blended = Eigen::MatrixXd::Zero(M, with_influence ? strata_.count : 1);  // h(m, c).
  std::vector<double> expected(strata, 0.0);                                               // E[h | a, c].
  Mean result;
  double total = 0;
  for (int c = 0; c < strata_.count; ++c) {
    for (int a = 0; a < arms_; ++a) {
      for (int m = 0; m < M; ++m) share(a, c) += weight[cell(c, a, m)];
    }
    const double in_stratum = share.col(c).sum();
    if (in_stratum == 0) continue;
    if (share(arm, c) == 0) {
      result.undefined = name_of(c, arm, -1);
      return result;
    }
    const Eigen::Index column = with_influence ? c : 0;
    for (int m = 0; m < M; ++m) {
      const double f = weight[cell(c, arm, m)] / share(arm, c);
      blended(m, column) = 0;
      if (f == 0) continue;
      for (int a = 0; a < arms_; ++a) {
        if (share(a, c) == 0) continue;
        const std::size_t at = cell(c, a, m);
        if (weight[at] == 0) {
          result.undefined = name_of(c, a, m);
          return result;
        }
        blended(m, column) += mu[at] * share(a, c) / in_stratum;
        reached(a, c) += mu[at] * f;
      }
      expected[static_cast<std::size_t>(c)] += f * blended(m, column);
    }
    result.value += in_stratum * expected[static_cast<std::size_t>(c)];
    total += in_stratum;
  }
  result.value /= total;
  if (!with_influence) return result;
  result.influence.resize(data_.n());
  const double mean_weight = total / static_cast<double>(data_.n());
  for (Eigen::Index i = 0; i < data_.n(); ++i) {
    const auto row = static_cast<std::size_t>(i);
    const int c = strata_.of[row];
    const int a = data_.arms[row];
    const int m = mediators_.of[row];
    if (weights(i) == 0) {
      result.influence(i) = 0;
      continue;
    }
    const double here = weight[cell(c, a, m)] / share(a, c);
    const double there = weight[cell(c, arm, m)] / share(arm, c);
    double psi = there / here * (data_.outcome(i) - mu[cell(c, a, m)]) + reached(a, c) - result.value;
    if (a == arm) {
      psi += share.col(c).sum() / share(arm, c) * (blended(m, c) - expected[static_cast<std::size_t>(c)]);
    }
    result.influence(i) = weights(i) / mean_weight * psi;
  }
  return result;
}

}  // namespace causal::estimation
