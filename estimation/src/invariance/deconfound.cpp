#include "causal/estimation/invariance/deconfound.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "causal/run/error.hpp"
#include "effect/terms.hpp"
#include "invariance/deconfound_parts.hpp"

namespace causal::estimation {
namespace {

void check_column(const Eigen::Ref<const Eigen::VectorXd>& column, const std::string& name, const char* part,
                  Eigen::Index n) {
  if (column.size() != n) {
    throw InvalidArgument("deconfound", part, fmt::format("{} rows", column.size()),
                          fmt::format("have the {} rows of the reward", n));
  }
  for (Eigen::Index i = 0; i < n; ++i) {
    if (!std::isfinite(column(i))) {
      throw DataError(fmt::format("{} '{}' is missing or infinite in row {}", part, name, i + 1));
    }
  }
  if ((column.array() == column(0)).all()) {
    throw DataError(fmt::format("{} '{}' has the same value, {}, in every row", part, name, column(0)), {},
                    "Leave it out: it explains nothing.");
  }
}

void check_columns(const NamedColumns& columns, const char* part, Eigen::Index n) {
  if (columns.values.cols() != columns.count()) {
    throw InvalidArgument("deconfound", part, fmt::format("{} names", columns.names.size()),
                          fmt::format("name each of {} columns", columns.values.cols()));
  }
  for (int j = 0; j < columns.count(); ++j) {
    check_column(columns.values.col(j), columns.names[static_cast<std::size_t>(j)], part, n);
  }
}

void check_groups(const DeconfoundData& data) {
  if (std::ssize(data.groups) != data.n()) {
    throw InvalidArgument("deconfound", "groups", fmt::format("{} numbers", data.groups.size()),
                          fmt::format("be one for each of {} rows", data.n()));
  }
  if (*std::min_element(data.groups.begin(), data.groups.end()) < 0) {
    throw InvalidArgument("deconfound", "groups", "a negative number", "be 0..G-1");
  }
}

void check(const DeconfoundData& data, const DeconfoundOptions& options, const Learner* learner) {
  validate(options, "deconfound");
  validate(options.run, "deconfound");
  if (data.n() < 2) throw DataError(fmt::format("deconfound needs at least 2 rows and got {}", data.n()));
  check_column(data.reward, data.reward_name, "reward", data.n());
  if (data.features.count() == 0) throw InvalidArgument("deconfound: there is no feature");
  check_columns(data.features, "feature", data.n());
  check_columns(data.confounders, "confounder", data.n());
  const bool fixed = options.model == DeconfoundModel::FixedEffects;
  const bool by_cluster = options.covariance == CovarianceKind::Cluster;
  if (data.groups.empty() && (fixed || by_cluster)) {
    throw InvalidArgument(
        fmt::format("deconfound: {} needs a group column", fixed ? "model fixed_effects" : "a covariance by cluster"));
  }
  if (!data.groups.empty()) check_groups(data);
  if (!fixed && !data.groups.empty() && !by_cluster) {
    throw InvalidArgument(fmt::format("deconfound: groups are not used by model {}", enum_name(options.model)), {},
                          "Use model fixed_effects, or covariance cluster.");
  }
  if (!fixed && data.confounders.count() == 0) {
    throw InvalidArgument(fmt::format("deconfound: model {} needs a confounder", enum_name(options.model)));
  }
  if (options.covariance == CovarianceKind::Hc2 || options.covariance == CovarianceKind::Hc3) {
    throw InvalidArgument("deconfound", "covariance", std::string(enum_name(options.covariance)),
                          "be classic, hc0, hc1 or cluster");
  }
  if (options.model == DeconfoundModel::Dml && learner == nullptr) {
    throw InvalidArgument("deconfound: model dml needs a learner");
  }
  if (options.model == DeconfoundModel::Dml && by_cluster) {
    throw InvalidArgument("deconfound: model dml has no covariance by cluster");
  }
}

Eigen::MatrixXd hc0_or_hc1(const JointFit& joint, CovarianceKind kind, double n, double residual_dof) {
  Eigen::MatrixXd scores = joint.columns;
  for (Eigen::Index i = 0; i < scores.rows(); ++i) scores.row(i) *= joint.fit.residuals(i);
  const Eigen::MatrixXd meat = scores.transpose() * scores;
  const Eigen::MatrixXd covariance = joint.fit.bread * meat * joint.fit.bread;
  return kind == CovarianceKind::Hc1 ? Eigen::MatrixXd(covariance * (n / residual_dof)) : covariance;
}

Eigen::MatrixXd clustered(const JointFit& joint, const std::vector<int>& groups, double n, double residual_dof,
                          double& dof) {
  std::map<int, Eigen::VectorXd> sums;
  for (Eigen::Index i = 0; i < joint.columns.rows(); ++i) {
    const Eigen::VectorXd score = joint.fit.residuals(i) * joint.columns.row(i).transpose();
    const auto [at, inserted] = sums.emplace(groups[static_cast<std::size_t>(i)], score);
    if (!inserted) at->second += score;
  }
  const auto count = static_cast<double>(sums.size());
  if (sums.size() < 2) throw DataError("deconfound: a covariance by cluster needs at least 2 groups");
  Eigen::MatrixXd meat = Eigen::MatrixXd::Zero(joint.columns.cols(), joint.columns.cols());
  for (const auto& entry : sums) meat += entry.second * entry.second.transpose();
  dof = count - 1;
  return count / (count - 1) * (n - 1) / residual_dof * joint.fit.bread * meat * joint.fit.bread;
}

}  // namespace

DeconfoundData deconfound_data(const Dataset& table, const DeconfoundColumns& columns) {
  const auto refuse = [&](const std::vector<std::string>& names, const char* part) {
    for (const std::string& name : names) {
      if (name == columns.reward) throw InvalidArgument(fmt::format("'{}' is given as reward and as {}", name, part));
      if (name == columns.group) throw InvalidArgument(fmt::format("'{}' is given as group and as {}", name, part));
    }
  };
  refuse(columns.features, "feature");
  refuse(columns.confounders, "confounder");
  if (columns.reward == columns.group) refuse({columns.reward}, "group");
  for (const std::string& name : columns.features) {
    if (std::find(columns.confounders.begin(), columns.confounders.end(), name) != columns.confounders.end()) {
      throw InvalidArgument(fmt::format("'{}' is given as feature and as confounder", name));
    }
  }
  DeconfoundData data;
  data.reward_name = columns.reward;
  data.reward = numeric_column(table, table.index_of(columns.reward), "reward");
  data.features = columns_of_terms(table, columns.features, "feature");
  if (!columns.confounders.empty()) data.confounders = columns_of_terms(table, columns.confounders, "confounder");
  if (!columns.group.empty()) {
    const int column = table.index_of(columns.group);
    refuse_missing(table, column, "group");
    std::map<double, int> number;
    for (const double value : table.values().col(column)) number.emplace(value, 0);
    int next = 0;
    for (auto& entry : number) entry.second = next++;
    for (const double value : table.values().col(column)) data.groups.push_back(number.at(value));
  }
  return data;
}

JointFit fit_jointly(const DeconfoundData& data, const DeconfoundOptions& options, Eigen::MatrixXd columns,
                     const Eigen::VectorXd& reward, double absorbed) {
  const auto n = static_cast<double>(data.n());
  JointFit joint;
  joint.columns = std::move(columns);
  const double residual_dof = n - absorbed - static_cast<double>(joint.columns.cols());
  if (!(residual_dof > 0)) {
    throw DataError(fmt::format("deconfound: {} rows are too few for {} slopes and {} levels", data.n(),
                                joint.columns.cols(), absorbed));
  }
  if (joint.columns.isZero(0)) {  // Nothing varies within the groups.
    const Eigen::Index k = joint.columns.cols();
    joint.fit.coefficients = Eigen::VectorXd::Zero(k);
    joint.fit.bread = Eigen::MatrixXd::Zero(k, k);
    joint.fit.residuals = reward;
    for (int j = 0; j < joint.columns.cols(); ++j) joint.fit.columns.aliased.push_back(j);
  } else {
    joint.fit = least_squares(joint.columns, reward);
  }
  const double left = n - absorbed - static_cast<double>(joint.fit.columns.kept.size());
  joint.variance = joint.fit.residuals.squaredNorm() / left;
  joint.dof = left;
  switch (options.covariance) {
    case CovarianceKind::Classic:
      joint.covariance = joint.variance * joint.fit.bread;
      break;
    case CovarianceKind::Cluster:
      joint.covariance = clustered(joint, data.groups, n, left, joint.dof);
      break;
    default:
      joint.covariance = hc0_or_hc1(joint, options.covariance, n, left);
  }
  return joint;
}

bool take_coefficients(const DeconfoundData& data, const DeconfoundOptions& options, const JointFit& joint,
                       std::int64_t n_used, Deconfounded& result) {
  const Eigen::Index q = data.confounders.count();
  const std::string method = "deconfound_" + std::string(enum_name(options.model));
  std::vector<std::string> reasons;
  std::int64_t aliased_confounders = 0;
  for (const int j : joint.fit.columns.aliased) {
    if (j < q) {
      ++aliased_confounders;
      continue;
    }
    reasons.push_back(fmt::format("feature '{}' is a linear function of {}the confounders and features before it",
                                  data.features.names[static_cast<std::size_t>(j - q)],
                                  options.model == DeconfoundModel::FixedEffects ? "the groups and " : ""));
  }
  result.diagnostics.add("aliased_confounders", static_cast<double>(aliased_confounders));
  if (aliased_confounders > 0) {
    result.warnings.push_back(
        fmt::format("{} confounders were left out as linear functions of others", aliased_confounders));
  }
  for (int j = 0; j < data.features.count(); ++j) {
    const std::string& name = data.features.names[static_cast<std::size_t>(j)];
    if (!reasons.empty()) {
      result.coefficients.push_back(degenerate_estimate(method, name, data.n(), reasons.front()));
      continue;
    }
    // n times the rows of (X'X)^-1 X' times the residuals: the influence of least squares.
    const Eigen::VectorXd direction = joint.columns * joint.fit.bread.col(q + j);
    Estimate estimate =
        from_influence(method, name, joint.fit.coefficients(q + j),
                       static_cast<double>(data.n()) * direction.cwiseProduct(joint.fit.residuals), options.level);
    estimate.std_error = std::sqrt(joint.covariance(q + j, q + j));
    estimate.dof = joint.dof;
    estimate.n_used = n_used;
    set_interval(estimate);
    result.coefficients.push_back(std::move(estimate));
  }
  if (reasons.empty()) return true;
  result.status = Status::Degenerate;
  result.warnings.insert(result.warnings.end(), reasons.begin(), reasons.end());
  return false;
}

void apply_adjustment(const DeconfoundData& data, const Eigen::VectorXd& confounded, Deconfounded& result) {
  result.adjustment = confounded.array() - confounded.mean();
  result.reward = data.reward - result.adjustment;
  const Eigen::VectorXd centred = data.reward.array() - data.reward.mean();
  result.r2_removed = result.adjustment.squaredNorm() / centred.squaredNorm();
}

Deconfounded deconfound(const DeconfoundData& data, const DeconfoundOptions& options, const Learner* learner) {
  check(data, options, learner);
  Deconfounded result;
  switch (options.model) {
    case DeconfoundModel::Ols:
      deconfound_ols(data, options, result);
      break;
    case DeconfoundModel::FixedEffects:
      deconfound_fixed_effects(data, options, result);
      break;
    case DeconfoundModel::Dml:
      deconfound_dml(data, options, *learner, result);
      break;
  }
  return result;
}

}  // namespace causal::estimation
