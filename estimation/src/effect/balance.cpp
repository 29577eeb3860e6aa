#include "causal/estimation/effect/balance.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

double weighted_mean(const Eigen::VectorXd& values, const Eigen::VectorXd& weights) {
  return weights.dot(values) / weights.sum();
}

double weighted_variance(const Eigen::VectorXd& values, const Eigen::VectorXd& weights, double mean) {
  return weights.dot((values.array() - mean).square().matrix()) / weights.sum();
}

double standardised(double gap, double sd) {
  if (gap == 0) return 0;
  return sd > 0 ? gap / sd : std::copysign(std::numeric_limits<double>::infinity(), gap);
}

void add_range(Diagnostics& diagnostics, const EffectData& data, const Eigen::VectorXd& propensity, int arm,
               const char* name) {
  double low = 1;
  double high = 0;
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    if (data.arms[static_cast<std::size_t>(i)] != arm) continue;
    low = std::min(low, propensity(i));
    high = std::max(high, propensity(i));
  }
  diagnostics.add(fmt::format("min_propensity_{}", name), low);
  diagnostics.add(fmt::format("max_propensity_{}", name), high);
}

}  // namespace

double effective_sample_size(const Eigen::Ref<const Eigen::VectorXd>& weights) {
  const double squares = weights.squaredNorm();
  return squares > 0 ? weights.sum() * weights.sum() / squares : 0;
}

std::vector<CovariateBalance> covariate_balance(const EffectData& data,
                                                const Eigen::Ref<const Eigen::VectorXd>& weights) {
  if (weights.size() != data.n()) {
    throw InvalidArgument("covariate_balance", "weights", fmt::format("{} values", weights.size()),
                          fmt::format("have one for {} rows", data.n()));
  }
  const Eigen::VectorXd rows = data.row_weights();
  const Eigen::VectorXd treated = data.arm_indicator(data.treated);
  const Eigen::VectorXd control = data.arm_indicator(data.control);
  const Eigen::VectorXd before1 = rows.cwiseProduct(treated);
  const Eigen::VectorXd before0 = rows.cwiseProduct(control);
  const Eigen::VectorXd after1 = weights.cwiseProduct(treated);
  const Eigen::VectorXd after0 = weights.cwiseProduct(control);
  std::vector<CovariateBalance> balance;
  for (int j = 0; j < data.covariates.count(); ++j) {
    const Eigen::VectorXd column = data.covariates.values.col(j);
    const double mean1 = weighted_mean(column, before1);
    const double mean0 = weighted_mean(column, before0);
    const double sd =
        std::sqrt((weighted_variance(column, before1, mean1) + weighted_variance(column, before0, mean0)) / 2);
    balance.push_back({data.covariates.names[static_cast<std::size_t>(j)], standardised(mean1 - mean0, sd),
                       standardised(weighted_mean(column, after1) - weighted_mean(column, after0), sd)});
  }
  return balance;
}

void describe_weights(Diagnostics& diagnostics, const EffectData& data,
                      const Eigen::Ref<const Eigen::VectorXd>& weights) {
  double largest = 0;
  const auto describe_arm = [&](int arm, const char* name) {
    const Eigen::VectorXd of_arm = weights.cwiseProduct(data.arm_indicator(arm));
    diagnostics.add(fmt::format("effective_sample_size_{}", name), effective_sample_size(of_arm));
    largest = std::max(largest, of_arm.maxCoeff() / of_arm.sum());
  };
  describe_arm(data.treated, "treated");
  describe_arm(data.control, "control");
  diagnostics.add("max_weight", largest);
  diagnostics.balance = covariate_balance(data, weights);
}

void describe_nuisances(Diagnostics& diagnostics, const EffectData& data, const Nuisances& nuisances) {
  if (nuisances.propensity_treated.size() != 0) {
    add_range(diagnostics, data, nuisances.propensity_treated, data.treated, "treated");
    add_range(diagnostics, data, nuisances.propensity_treated, data.control, "control");
    if (nuisances.propensity_loss > 0) diagnostics.add("propensity_loss", nuisances.propensity_loss);
  }
  if (nuisances.outcome_loss > 0) diagnostics.add("outcome_loss", nuisances.outcome_loss);
  diagnostics.add("clipped_rows", static_cast<double>(nuisances.clipped_rows));
  if (data.missing_outcomes > 0) diagnostics.add("missing_outcomes", static_cast<double>(data.missing_outcomes));
}

}  // namespace causal::estimation
