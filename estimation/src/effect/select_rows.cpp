#include "effect/select_rows.hpp"

#include <map>

namespace causal::estimation {
namespace {

Eigen::VectorXd part_of(const Eigen::VectorXd& values, const std::vector<int>& rows) {
  if (values.size() == 0) return {};
  return values(rows);
}

std::vector<int> part_of(const std::vector<int>& values, const std::vector<int>& rows) {
  std::vector<int> part;
  if (values.empty()) return part;
  for (const int row : rows) part.push_back(values[static_cast<std::size_t>(row)]);
  return part;
}

NamedColumns part_of(const NamedColumns& columns, const std::vector<int>& rows) {
  if (columns.values.rows() == 0) return columns;
  return {columns.values(rows, Eigen::all), columns.names};
}

/// Clusters that lost all their rows leave no gap in the numbers.
void close_gaps(std::vector<int>& clusters) {
  std::map<int, int> number;
  for (const int cluster : clusters) number.emplace(cluster, 0);
  int next = 0;
  for (auto& entry : number) entry.second = next++;
  for (int& cluster : clusters) cluster = number.at(cluster);
}

}  // namespace

EffectData select_rows(const EffectData& data, const std::vector<int>& rows) {
  EffectData part = data;
  part.outcome = part_of(data.outcome, rows);
  part.treatment = part_of(data.treatment, rows);
  part.arms = part_of(data.arms, rows);
  part.covariates = part_of(data.covariates, rows);
  part.instruments = part_of(data.instruments, rows);
  part.mediators = part_of(data.mediators, rows);
  part.known_propensity = part_of(data.known_propensity, rows);
  part.weights = part_of(data.weights, rows);
  part.clusters = part_of(data.clusters, rows);
  close_gaps(part.clusters);
  check_effect_data(part);
  return part;
}

Nuisances select_rows(const Nuisances& nuisances, const std::vector<int>& rows) {
  Nuisances part = nuisances;
  part.propensity_treated = part_of(nuisances.propensity_treated, rows);
  part.propensity_control = part_of(nuisances.propensity_control, rows);
  part.outcome_treated = part_of(nuisances.outcome_treated, rows);
  part.outcome_control = part_of(nuisances.outcome_control, rows);
  part.observed = part_of(nuisances.observed, rows);
  return part;
}

Eigen::MatrixXd observation_design(const EffectData& data) {
  const auto levels = static_cast<Eigen::Index>(data.arm_levels.size());
  const Eigen::Index p = data.covariates.values.cols();
  Eigen::MatrixXd X(data.n(), p + levels - 1);
  X.leftCols(p) = data.covariates.values;
  for (Eigen::Index arm = 1; arm < levels; ++arm) X.col(p + arm - 1) = data.arm_indicator(static_cast<int>(arm));
  return X;
}

}  // namespace causal::estimation
