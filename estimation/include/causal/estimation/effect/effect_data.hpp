#pragma once
// What every effect estimator works on: outcome, treatment and the columns with other parts to play.

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "causal/data/dataset.hpp"

namespace causal::estimation {

/// Which column of a table plays which part. Covariates, instruments and mediators may be terms: a column, a power
/// "age^2", or a product "educ:re74"; a discrete column stands for the indicators of its levels but the first.
struct EffectColumns {
  std::string outcome;
  std::string treatment;
  std::vector<std::string> covariates = {};
  std::vector<std::string> instruments = {};
  std::vector<std::string> mediators = {};
  std::string cluster = {};     ///< Rows with the same value are dependent; empty: rows are independent.
  std::string propensity = {};  ///< Known P(treated | covariates), as in a designed experiment; empty: it is fitted.
  std::string weights = {};     ///< Survey weights; empty: the table's weight role, or none.
  std::string treated = {};     ///< Level of a discrete treatment that is compared; empty: the last.
  std::string control = {};     ///< Level that it is compared with; empty: the first.
};

/// A named group of numeric columns.
struct NamedColumns {
  Eigen::MatrixXd values;  ///< n x p.
  std::vector<std::string> names;

  [[nodiscard]] int count() const { return static_cast<int>(names.size()); }
};

/// The columns of one question, numeric, checked, without missing cells other than outcomes.
struct EffectData {
  std::string outcome_name;
  std::string treatment_name;
  Eigen::VectorXd outcome;     ///< n; NaN where it was not observed.
  Eigen::VectorXd treatment;   ///< n: the values; for a discrete treatment without numeric levels the codes.
  std::vector<int> arms = {};  ///< n codes 0..k-1 of a discrete treatment; empty when continuous.
  std::vector<std::string> arm_levels = {};  ///< k texts.
  int treated = 1;                           ///< Code of the level that is compared.
  int control = 0;                           ///< Code of the level that it is compared with.
  NamedColumns covariates = {};
  NamedColumns instruments = {};
  NamedColumns mediators = {};
  Eigen::VectorXd known_propensity = {};  ///< n probabilities of the treated level; empty: to be fitted.
  Eigen::VectorXd weights = {};           ///< n, mean 1; empty: all ones.
  std::vector<int> clusters = {};         ///< n numbers 0..G-1; empty: independent rows.
  bool outcome_is_binary = false;         ///< Outcome in {0, 1}: learners then fit probabilities.
  std::int64_t missing_outcomes = 0;      ///< Rows whose outcome is NaN.

  [[nodiscard]] Eigen::Index n() const { return outcome.size(); }
  /// 1 for rows in that arm, else 0.
  [[nodiscard]] Eigen::VectorXd arm_indicator(int arm) const;
  /// The weights, or ones.
  [[nodiscard]] Eigen::VectorXd row_weights() const;
};

/// Takes the columns out of a table.
///
/// Errors: InvalidArgument for an unknown or repeated column, a level the treatment does not have; DataError for a
/// missing cell (column, count, first row; outcomes may be missing), a text column where a number is needed, a constant
/// treatment or an arm without rows, a weight that is negative or all weights zero, fewer than 2 rows.
/// Cost O(n) for each column of the result.
[[nodiscard]] EffectData effect_data(const Dataset& data, const EffectColumns& columns);

/// Checks what was put together by hand, and fills what follows from it (outcome_is_binary, weights of mean 1).
/// Errors: as effect_data; InvalidArgument for sizes that differ.
void check_effect_data(EffectData& data);

/// What the estimators of two arms need: a discrete treatment, both arms with rows.
/// Errors: DataError that says what the treatment has instead and which estimators take it.
void require_two_arms(const EffectData& data, std::string_view function);
/// Errors: DataError naming the outcome and the count when outcomes are missing, for estimators that cannot weight.
void require_outcomes(const EffectData& data, std::string_view function);

}  // namespace causal::estimation
