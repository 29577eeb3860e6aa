#include "causal/estimation/effect/effect_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"
#include "effect/terms.hpp"

namespace causal::estimation {
namespace {

void refuse_shared_parts(const EffectColumns& columns) {
  const auto refuse = [](const std::string& name, std::string_view a, std::string_view b) {
    throw InvalidArgument(fmt::format("'{}' is given as {} and as {}", name, a, b));
  };
  if (columns.outcome == columns.treatment) refuse(columns.outcome, "outcome", "treatment");
  const auto check = [&](const std::vector<std::string>& names, std::string_view part) {
    for (const std::string& name : names) {
      if (name == columns.outcome) refuse(name, "outcome", part);
      if (name == columns.treatment) refuse(name, "treatment", part);
    }
  };
  check(columns.covariates, "covariate");
  check(columns.instruments, "instrument");
  check(columns.mediators, "mediator");
}

int arm_of(const EffectData& data, const std::string& level, int otherwise) {
  if (level.empty()) return otherwise;
  const auto at = std::find(data.arm_levels.begin(), data.arm_levels.end(), level);
  if (at != data.arm_levels.end()) return static_cast<int>(at - data.arm_levels.begin());
  throw InvalidArgument(fmt::format("treatment '{}' has no level '{}'", data.treatment_name, level), {},
                        data.arm_levels.empty() ? "Its type is continuous; declare it discrete to compare levels."
                                                : nearest_name_hint(level, data.arm_levels));
}

void take_treatment(const Dataset& table, const EffectColumns& columns, EffectData& data) {
  const int column = table.index_of(columns.treatment);
  refuse_missing(table, column, "treatment");
  const Column& info = table.column(column);
  data.treatment_name = columns.treatment;
  if (info.levels.empty()) {
    data.treatment = table.values().col(column);
    if (!columns.treated.empty() || !columns.control.empty()) {
      static_cast<void>(arm_of(data, columns.treated.empty() ? columns.control : columns.treated, 0));
    }
    return;
  }
  data.arm_levels = info.levels;
  for (const double code : table.values().col(column)) data.arms.push_back(static_cast<int>(code));
  data.treated = arm_of(data, columns.treated, static_cast<int>(info.levels.size()) - 1);
  data.control = arm_of(data, columns.control, 0);
  try {
    data.treatment = numeric_column(table, column, "treatment");
  } catch (const DataError&) {
    data.treatment = table.values().col(column);  // Text levels: the codes stand for them.
  }
}

std::vector<int> cluster_numbers(const Dataset& table, const std::string& name) {
  const int column = table.index_of(name);
  refuse_missing(table, column, "cluster");
  std::map<double, int> number;
  for (const double value : table.values().col(column)) number.emplace(value, 0);
  int next = 0;
  for (auto& entry : number) entry.second = next++;
  std::vector<int> clusters;
  for (const double value : table.values().col(column)) clusters.push_back(number.at(value));
  return clusters;
}

void check_propensity(const EffectData& data) {
  for (Eigen::Index i = 0; i < data.known_propensity.size(); ++i) {
    const double e = data.known_propensity(i);
    if (e > 0 && e < 1) continue;
    throw DataError(fmt::format("the known propensity of row {} is {}; it must lie in (0, 1)", i + 1, e));
  }
}

void check_weights(EffectData& data) {
  if (data.weights.size() == 0) return;
  for (Eigen::Index i = 0; i < data.weights.size(); ++i) {
    if (data.weights(i) >= 0 && std::isfinite(data.weights(i))) continue;
    throw DataError(
        fmt::format("the weight of row {} is {}; weights must be finite and not negative", i + 1, data.weights(i)));
  }
  const double mean = data.weights.mean();
  if (!(mean > 0)) throw DataError("all weights are zero");
  data.weights /= mean;
}

void check_arms(const EffectData& data) {
  if (data.arms.empty()) {
    if ((data.treatment.array() == data.treatment(0)).all()) {
      throw DataError(
          fmt::format("treatment '{}' has the same value, {}, in every row", data.treatment_name, data.treatment(0)));
    }
    return;
  }
  if (data.treated == data.control) {
    throw DataError(fmt::format("treatment '{}' has one level only: there is nothing to compare", data.treatment_name));
  }
  for (const int arm : {data.treated, data.control}) {
    const auto rows = std::count(data.arms.begin(), data.arms.end(), arm);
    const std::string& level = data.arm_levels[static_cast<std::size_t>(arm)];
    if (rows == 0) throw DataError(fmt::format("no row has {} = {}", data.treatment_name, level));
    bool has_weight = data.weights.size() == 0;
    bool has_outcome = false;
    for (Eigen::Index i = 0; i < data.n(); ++i) {
      if (data.arms[static_cast<std::size_t>(i)] != arm) continue;
      if (!has_weight && data.weights(i) > 0) has_weight = true;
      if (!std::isnan(data.outcome(i))) has_outcome = true;
    }
    if (!has_weight) throw DataError(fmt::format("every row with {} = {} has weight 0", data.treatment_name, level));
    if (!has_outcome) {
      throw DataError(fmt::format("no row with {} = {} has an outcome", data.treatment_name, level));
    }
  }
}

void check_rows(Eigen::Index rows, Eigen::Index n, std::string_view part) {
  if (rows != n && rows != 0) {
    throw InvalidArgument("check_effect_data", std::string(part), fmt::format("{} rows", rows),
                          fmt::format("have the {} rows of the outcome", n));
  }
}

void check_finite(const NamedColumns& columns, std::string_view part) {
  if (columns.values.cols() != columns.count()) {
    throw InvalidArgument("check_effect_data", std::string(part), fmt::format("{} names", columns.names.size()),
                          fmt::format("name each of {} columns", columns.values.cols()));
  }
  for (Eigen::Index j = 0; j < columns.values.cols(); ++j) {
    if (!columns.values.col(j).allFinite()) {
      throw DataError(fmt::format("{} '{}' has a cell that is not a finite number", part,
                                  columns.names[static_cast<std::size_t>(j)]));
    }
  }
}

}  // namespace

Eigen::VectorXd EffectData::arm_indicator(int arm) const {
  Eigen::VectorXd indicator(n());
  for (Eigen::Index i = 0; i < n(); ++i) indicator(i) = arms[static_cast<std::size_t>(i)] == arm ? 1 : 0;
  return indicator;
}

Eigen::VectorXd EffectData::row_weights() const {
  return weights.size() == 0 ? Eigen::VectorXd(Eigen::VectorXd::Ones(n())) : weights;
}

void check_effect_data(EffectData& data) {
  const Eigen::Index n = data.n();
  if (n < 2) throw DataError(fmt::format("an effect cannot be estimated from {} rows", n));
  check_rows(data.treatment.size(), n, "treatment");
  check_rows(std::ssize(data.arms), n, "arms");
  check_rows(data.known_propensity.size(), n, "propensity");
  check_rows(data.weights.size(), n, "weights");
  check_rows(std::ssize(data.clusters), n, "clusters");
  for (const auto& [columns, part] : {std::pair<NamedColumns&, std::string_view>{data.covariates, "covariate"},
                                      {data.instruments, "instrument"},
                                      {data.mediators, "mediator"}}) {
    if (columns.values.cols() == 0) columns.values.resize(n, 0);
    check_rows(columns.values.rows(), n, part);
    check_finite(columns, part);
  }
  if (data.treatment.size() == 0 || !data.treatment.allFinite()) {
    throw DataError(fmt::format("treatment '{}' has a cell that is not a finite number", data.treatment_name));
  }
  data.missing_outcomes = 0;
  data.outcome_is_binary = true;
  for (Eigen::Index i = 0; i < n; ++i) {
    const double y = data.outcome(i);
    if (std::isinf(y)) throw DataError(fmt::format("outcome '{}' is infinite in row {}", data.outcome_name, i + 1));
    if (std::isnan(y)) {
      ++data.missing_outcomes;
    } else if (y != 0 && y != 1) {
      data.outcome_is_binary = false;
    }
  }
  if (data.missing_outcomes == n)
    throw DataError(fmt::format("outcome '{}' is missing in every row", data.outcome_name));
  check_propensity(data);
  check_weights(data);
  check_arms(data);
}

EffectData effect_data(const Dataset& table, const EffectColumns& columns) {
  refuse_shared_parts(columns);
  EffectData data;
  data.outcome_name = columns.outcome;
  data.outcome = numeric_column(table, table.index_of(columns.outcome), "outcome", true);
  take_treatment(table, columns, data);
  data.covariates = columns_of_terms(table, columns.covariates, "covariate");
  data.instruments = columns_of_terms(table, columns.instruments, "instrument");
  data.mediators = columns_of_terms(table, columns.mediators, "mediator");
  if (!columns.propensity.empty()) {
    data.known_propensity = numeric_column(table, table.index_of(columns.propensity), "propensity");
  }
  if (!columns.cluster.empty()) data.clusters = cluster_numbers(table, columns.cluster);
  if (!columns.weights.empty()) {
    data.weights = numeric_column(table, table.index_of(columns.weights), "weight");
  } else if (table.roles().weight) {
    data.weights = numeric_column(table, *table.roles().weight, "weight");
  }
  check_effect_data(data);
  return data;
}

void require_two_arms(const EffectData& data, std::string_view function) {
  if (!data.arms.empty()) return;
  throw DataError(fmt::format("{} compares two arms, but treatment '{}' is continuous", function, data.treatment_name),
                  {}, "Declare it discrete if it is, or take a method for doses: regression, plr, iv.");
}

void require_outcomes(const EffectData& data, std::string_view function) {
  if (data.missing_outcomes == 0) return;
  throw DataError(fmt::format("outcome '{}' is missing in {} rows, and {} cannot weight for that", data.outcome_name,
                              data.missing_outcomes, function),
                  {}, "Drop those rows (--missing drop) if they are missing at random, or take ipw or aipw.");
}

}  // namespace causal::estimation
