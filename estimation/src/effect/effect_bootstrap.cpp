#include "causal/estimation/effect/effect_bootstrap.hpp"

#include <map>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

Eigen::VectorXd picked(const Eigen::VectorXd& values, std::span<const int> rows) {
  if (values.size() == 0) return {};
  Eigen::VectorXd taken(std::ssize(rows));
  for (Eigen::Index i = 0; i < taken.size(); ++i) taken(i) = values(rows[static_cast<std::size_t>(i)]);
  return taken;
}

NamedColumns picked(const NamedColumns& columns, std::span<const int> rows) {
  NamedColumns taken{Eigen::MatrixXd(std::ssize(rows), columns.values.cols()), columns.names};
  for (Eigen::Index j = 0; j < columns.values.cols(); ++j) {
    for (Eigen::Index i = 0; i < taken.values.rows(); ++i) {
      taken.values(i, j) = columns.values(rows[static_cast<std::size_t>(i)], j);
    }
  }
  return taken;
}

std::vector<int> picked(const std::vector<int>& values, std::span<const int> rows) {
  std::vector<int> taken;
  if (values.empty()) return taken;
  taken.reserve(rows.size());
  for (const int row : rows) taken.push_back(values[static_cast<std::size_t>(row)]);
  return taken;
}

/// The same partition with numbers 0..G-1 that all occur.
void renumber(std::vector<int>& clusters) {
  std::map<int, int> number;
  for (const int cluster : clusters) number.emplace(cluster, 0);
  int next = 0;
  for (auto& entry : number) entry.second = next++;
  for (int& cluster : clusters) cluster = number.at(cluster);
}

}  // namespace

EffectData rows_of(const EffectData& data, std::span<const int> rows, std::span<const int> clusters) {
  EffectData taken;
  taken.outcome_name = data.outcome_name;
  taken.treatment_name = data.treatment_name;
  taken.outcome = picked(data.outcome, rows);
  taken.treatment = picked(data.treatment, rows);
  taken.arms = picked(data.arms, rows);
  taken.arm_levels = data.arm_levels;
  taken.treated = data.treated;
  taken.control = data.control;
  taken.covariates = picked(data.covariates, rows);
  taken.instruments = picked(data.instruments, rows);
  taken.mediators = picked(data.mediators, rows);
  taken.weights = picked(data.weights, rows);
  taken.clusters = clusters.empty() ? picked(data.clusters, rows) : std::vector<int>(clusters.begin(), clusters.end());
  renumber(taken.clusters);
  check_effect_data(taken);
  return taken;
}

Bootstrap bootstrap_effect(const EffectData& data, const EffectEstimator& estimator, const BootstrapOptions& options,
                           EffectStrata strata) {
  if (strata == EffectStrata::Arms && data.arms.empty()) {
    throw InvalidArgument("bootstrap_effect", "strata", "arms", "needs a discrete treatment");
  }
  return bootstrap(
      data.n(), [&](const ResampledRows& sample) { return estimator(rows_of(data, sample.rows, sample.clusters)); },
      options, data.clusters, strata == EffectStrata::Arms ? std::span<const int>(data.arms) : std::span<const int>());
}

}  // namespace causal::estimation
