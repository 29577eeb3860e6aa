#pragma once
// A benchmark with simulated outcomes whose true effects are known. Not shipped: its licence is not stated.

#include <optional>
#include <string>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/io/csv.hpp"
#include "support/extra_data.hpp"

namespace causal::test {

struct Ihdp {
  estimation::EffectData data;
  Eigen::VectorXd effect;  ///< True effect of every row.
};

/// Replicate 1, 2 or 3 from the folder that CAUSAL_EXTRA_DATA names; without it prints `skipped`.
inline std::optional<Ihdp> ihdp(int replicate) {
  const auto path = extra_data("estimation/restricted/ihdp_npci_" + std::to_string(replicate) + ".csv");
  if (!path) return std::nullopt;
  std::vector<std::pair<std::string, VariableType>> types;
  for (int j = 2; j <= 30; ++j) types.emplace_back("X" + std::to_string(j), VariableType::Continuous);
  const Dataset table = io::read_csv(*path, {.header = false, .types = types}).data;
  // Columns: treatment, factual and counterfactual outcome, mu0, mu1, 25 covariates.
  estimation::EffectColumns columns{.outcome = "X2", .treatment = "X1"};
  for (int j = 6; j <= 30; ++j) columns.covariates.push_back("X" + std::to_string(j));
  return Ihdp{estimation::effect_data(table, columns), table.values().col(4) - table.values().col(3)};
}

}  // namespace causal::test
