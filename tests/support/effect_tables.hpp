#pragma once
// The real tables behind known effects, read as their goldens read them.

#include <string>
#include <utility>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/io/csv.hpp"

namespace causal::test {

inline const std::vector<std::string>& lalonde_covariates() {
  static const std::vector<std::string> names{"age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"};
  return names;
}

/// A table of data/ about job training; age and education are numbers, not levels.
inline Dataset read_lalonde(const std::string& file) {
  const auto continuous = VariableType::Continuous;
  return io::read_csv(CAUSAL_SOURCE_DIR "/data/" + file, {.exclude = {"data_id"},
                                                          .types = {{"age", continuous},
                                                                    {"educ", continuous},
                                                                    {"re74", continuous},
                                                                    {"re75", continuous},
                                                                    {"treat", VariableType::Continuous},
                                                                    {"black", continuous},
                                                                    {"hisp", continuous},
                                                                    {"marr", continuous},
                                                                    {"nodegree", continuous},
                                                                    {"re78", continuous}}})
      .data;
}

/// The same with the treatment as an arm, and indicators u74, u75 of no earnings.
inline Dataset lalonde_arms(const Dataset& table) {
  Eigen::MatrixXd values(table.rows(), table.cols() + 2);
  values.leftCols(table.cols()) = table.values();
  values.col(table.cols()) = (table.values().col(table.index_of("re74")).array() == 0).cast<double>();
  values.col(table.cols() + 1) = (table.values().col(table.index_of("re75")).array() == 0).cast<double>();
  std::vector<Column> columns = table.columns();
  columns.push_back({"u74"});
  columns.push_back({"u75"});
  columns[static_cast<std::size_t>(table.index_of("treat"))] = {"treat", VariableType::Binary, {"0", "1"}};
  return {std::move(values), std::move(columns)};
}

/// The experiment: 445 rows.
inline Dataset nsw() { return lalonde_arms(read_lalonde("nsw.csv")); }

/// The treated of the experiment and the controls of a survey: 185 and 15,992 rows.
inline Dataset nsw_treated_and_cps() {
  const Dataset experiment = read_lalonde("nsw.csv");
  const Dataset survey = read_lalonde("cps.csv");
  std::vector<std::int64_t> treated;
  for (std::int64_t i = 0; i < experiment.rows(); ++i) {
    if (experiment.values()(i, experiment.index_of("treat")) == 1) treated.push_back(i);
  }
  const Dataset upper = experiment.select_rows(treated);
  Eigen::MatrixXd values(upper.rows() + survey.rows(), survey.cols());
  values << upper.values(), survey.values();
  return lalonde_arms(Dataset(std::move(values), survey.columns()));
}

/// Quitting smoking and change of weight: 1,566 rows.
inline Dataset nhefs() {
  const auto discrete = VariableType::Discrete;
  return io::read_csv(CAUSAL_SOURCE_DIR "/data/nhefs.csv", {.types = {{"sex", discrete},
                                                                      {"race", discrete},
                                                                      {"education", discrete},
                                                                      {"exercise", discrete},
                                                                      {"active", discrete}}})
      .data;
}

inline const std::vector<std::string>& nhefs_covariates() {
  static const std::vector<std::string> names{"sex",        "race",  "education",      "exercise", "active",
                                              "age",        "age^2", "smokeintensity", "smokeyrs", "smokeintensity^2",
                                              "smokeyrs^2", "wt71",  "wt71^2"};
  return names;
}

}  // namespace causal::test
