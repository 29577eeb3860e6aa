#pragma once
// Data whose effect is known: two confounders, a logistic propensity, an outcome that is linear in them.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/run/random.hpp"

namespace causal::test {

/// x1, x2 ~ N(0, 1); P(A = 1 | x) = logistic(confounding (x1 - x2 / 2)); Y = x1 + x2 / 2 + effect A (1 + modification
/// x1) + e, e ~ N(0, 1), heavier by half among the treated. The ATE is `effect`; without adjustment the difference of
/// means is off by about E[x1 + x2 / 2 | A = 1] - E[x1 + x2 / 2 | A = 0].
struct ConfoundedModel {
  double confounding = 0.7;
  double effect = 1;
  double modification = 0;
  bool binary = false;  ///< Y = 1 with probability logistic(x1 / 2 + x2 / 4 + effect A) instead.
};

inline double logistic(double x) { return 1 / (1 + std::exp(-x)); }

inline estimation::EffectData confounded_data(Eigen::Index n, std::uint32_t run, const ConfoundedModel& model = {}) {
  RandomStream random(20240607, RandomDomain::Test, run);
  estimation::EffectData data;
  data.outcome_name = "y";
  data.treatment_name = "a";
  data.arm_levels = {"0", "1"};
  data.covariates.names = {"x1", "x2"};
  data.covariates.values.resize(n, 2);
  data.outcome.resize(n);
  data.treatment.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double x1 = random.normal();
    const double x2 = random.normal();
    const int arm = random.uniform() < logistic(model.confounding * (x1 - x2 / 2)) ? 1 : 0;
    data.covariates.values(i, 0) = x1;
    data.covariates.values(i, 1) = x2;
    data.arms.push_back(arm);
    data.treatment(i) = arm;
    if (model.binary) {
      data.outcome(i) = random.uniform() < logistic(x1 / 2 + x2 / 4 + model.effect * arm) ? 1 : 0;
    } else {
      const double error = random.normal() * (arm == 1 ? 1.5 : 1);
      data.outcome(i) = x1 + x2 / 2 + model.effect * arm * (1 + model.modification * x1) + error;
    }
  }
  estimation::check_effect_data(data);
  return data;
}

/// Covariates with few values, so that every model can be saturated: x in {0, 1, 2} as two indicators.
inline estimation::EffectData three_cells(Eigen::Index n, std::uint32_t run) {
  RandomStream random(77, RandomDomain::Test, run);
  estimation::EffectData data;
  data.outcome_name = "y";
  data.treatment_name = "a";
  data.arm_levels = {"0", "1"};
  data.covariates.names = {"x=1", "x=2"};
  data.covariates.values = Eigen::MatrixXd::Zero(n, 2);
  data.outcome.resize(n);
  data.treatment.resize(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const auto cell = static_cast<int>(random.below(3));
    if (cell > 0) data.covariates.values(i, cell - 1) = 1;
    const int arm = random.uniform() < 0.25 + 0.2 * cell ? 1 : 0;
    data.arms.push_back(arm);
    data.treatment(i) = arm;
    data.outcome(i) = cell * cell + arm * (1 + cell) + random.normal();
  }
  estimation::check_effect_data(data);
  return data;
}

}  // namespace causal::test
