#include "effect/outcome_design.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"

namespace causal::estimation {
namespace {

std::vector<int> modifier_columns(const EffectData& data, std::span<const std::string> modifiers,
                                  std::string_view function) {
  const std::vector<std::string>& names = data.covariates.names;
  std::vector<int> columns;
  if (modifiers.size() == 1 && modifiers[0] == "*") {
    columns.resize(names.size());
    std::iota(columns.begin(), columns.end(), 0);
    return columns;
  }
  for (const std::string& modifier : modifiers) {
    const std::size_t before = columns.size();
    for (int j = 0; j < data.covariates.count(); ++j) {
      const std::string& name = names[static_cast<std::size_t>(j)];
      if (name != modifier && !name.starts_with(modifier + "=")) continue;
      if (std::find(columns.begin(), columns.end(), j) != columns.end()) {
        throw InvalidArgument(fmt::format("{}: the modifier '{}' is given twice", function, name));
      }
      columns.push_back(j);
    }
    if (columns.size() == before) {
      throw InvalidArgument(fmt::format("{}: the modifier '{}' is no covariate", function, modifier), {},
                            nearest_name_hint(modifier, names));
    }
  }
  return columns;
}

}  // namespace

OutcomeDesign::OutcomeDesign(const EffectData& data, std::span<const std::string> modifiers, Doses doses,
                             std::string_view function)
    : data_(data), doses_(doses), modifiers_(modifier_columns(data, modifiers, function)) {
  if (data.arms.empty() && doses.low == doses.high) {
    throw InvalidArgument(std::string(function), "treated_value", fmt::format("{}", doses.high),
                          "differ from control_value");
  }
  names_.emplace_back("(intercept)");
  names_.insert(names_.end(), data.covariates.names.begin(), data.covariates.names.end());
  std::vector<std::string> treatments;
  if (data.arms.empty()) {
    treatments.push_back(data.treatment_name);
  } else {
    for (int level = 0; level < static_cast<int>(data.arm_levels.size()); ++level) {
      if (level == data.control) continue;
      levels_.push_back(level);
      treatments.push_back(data.treatment_name + "=" + data.arm_levels[static_cast<std::size_t>(level)]);
    }
  }
  names_.insert(names_.end(), treatments.begin(), treatments.end());
  for (const int modifier : modifiers_) {
    for (const std::string& treatment : treatments) {
      names_.push_back(treatment + ":" + data.covariates.names[static_cast<std::size_t>(modifier)]);
    }
  }
}

int OutcomeDesign::compared_column() const {
  if (data_.arms.empty()) return first_treatment_column();
  const auto at = std::find(levels_.begin(), levels_.end(), data_.treated);
  return first_treatment_column() + static_cast<int>(at - levels_.begin());
}

Eigen::MatrixXd OutcomeDesign::with_treatment(const Eigen::MatrixXd& treatment) const {
  Eigen::MatrixXd design(data_.n(), std::ssize(names_));
  design.col(0).setOnes();
  design.middleCols(1, data_.covariates.count()) = data_.covariates.values;
  Eigen::Index next = first_treatment_column();
  design.middleCols(next, treatment.cols()) = treatment;
  next += treatment.cols();
  for (const int modifier : modifiers_) {
    for (Eigen::Index t = 0; t < treatment.cols(); ++t) {
      design.col(next++) = treatment.col(t).cwiseProduct(data_.covariates.values.col(modifier));
    }
  }
  return design;
}

Eigen::MatrixXd OutcomeDesign::observed() const {
  if (data_.arms.empty()) return with_treatment(data_.treatment);
  Eigen::MatrixXd treatment(data_.n(), std::ssize(levels_));
  for (std::size_t t = 0; t < levels_.size(); ++t) {
    treatment.col(static_cast<Eigen::Index>(t)) = data_.arm_indicator(levels_[t]);
  }
  return with_treatment(treatment);
}

Eigen::MatrixXd OutcomeDesign::were_all(bool treated) const {
  if (data_.arms.empty()) {
    return with_treatment(Eigen::VectorXd::Constant(data_.n(), treated ? doses_.high : doses_.low));
  }
  Eigen::MatrixXd treatment = Eigen::MatrixXd::Zero(data_.n(), std::ssize(levels_));
  if (treated) treatment.col(compared_column() - first_treatment_column()).setOnes();
  return with_treatment(treatment);
}

Eigen::VectorXd population_of(const EffectData& data, Estimand estimand, std::string_view function) {
  if (estimand == Estimand::Ate) return Eigen::VectorXd::Ones(data.n());
  if (estimand == Estimand::Overlap) {
    throw InvalidArgument(std::string(function), "estimand", "overlap", "be ate, att or atc (ipw takes overlap)");
  }
  if (data.arms.empty()) {
    throw InvalidArgument(std::string(function), "estimand", std::string(enum_name(estimand)),
                          fmt::format("be ate: treatment '{}' is continuous", data.treatment_name));
  }
  return data.arm_indicator(estimand == Estimand::Att ? data.treated : data.control);
}

std::optional<std::string> undetermined_column(const Eigen::MatrixXd& design, const Eigen::VectorXd& weights,
                                               const IndependentColumns& columns, const Eigen::MatrixXd& bread,
                                               const Eigen::VectorXd& a, const std::vector<std::string>& names) {
  for (const int column : columns.aliased) {
    const Eigen::VectorXd weighted = weights.size() == 0 ? Eigen::VectorXd(design.col(column))
                                                         : Eigen::VectorXd(design.col(column).cwiseProduct(weights));
    const Eigen::VectorXd combination = bread * (design.transpose() * weighted);
    const double expected = combination.dot(a);
    // Of the largest term that could be in the sum: rounding leaves something where there is nothing.
    const double scale = std::abs(a(column)) + combination.cwiseAbs().maxCoeff() * a.cwiseAbs().maxCoeff();
    if (std::abs(a(column) - expected) > 1e-6 * scale) return names[static_cast<std::size_t>(column)];
  }
  return std::nullopt;
}

std::string aliased_warning(const IndependentColumns& columns, const std::vector<std::string>& names) {
  if (columns.aliased.empty()) return {};
  std::string list;
  for (const int column : columns.aliased) {
    list += (list.empty() ? "'" : ", '") + names[static_cast<std::size_t>(column)] + "'";
  }
  return fmt::format("{} of {} columns were left out of the regression as linear functions of others: {}",
                     columns.aliased.size(), names.size(), list);
}

}  // namespace causal::estimation
