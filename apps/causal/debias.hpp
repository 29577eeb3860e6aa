#pragma once
// What the parts of causal debias share: columns of a table by name, the record of a trial.

#include <Eigen/Core>
#include <memory>
#include <string>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/estimation/debias/debiaser.hpp"
#include "causal/graph/learned_graph.hpp"
#include "command_line.hpp"
#include "commands.hpp"

namespace causal::cli {

/// The numbers of a column; numeric levels stand for themselves. Errors: InvalidArgument for an unknown name; DataError
/// for texts or missing cells. `part`: what it is used as, for messages.
[[nodiscard]] Eigen::VectorXd numbers_of(const Dataset& table, const std::string& name, const std::string& part);

/// The file as a debiaser. Errors: as Debiaser::from_json, naming the file.
[[nodiscard]] std::unique_ptr<estimation::Debiaser> read_debiaser(const std::string& path);

/// Where the estimate of a trial comes from.
struct TrialRecord {
  std::string outcome;
  std::string treatment;  ///< Empty: no effect, but a mean or quantile.
  std::string propensity;
  std::string sha256;
  std::int64_t n = 0;
  int p = 0;
  std::uint64_t seed = 0;
};

/// The estimate as causal.estimate/1, with these options and the flags that repeat it; ends with a line feed.
[[nodiscard]] std::string trial_json(const TrialRecord& trial, const estimation::Estimate& estimate,
                                     const std::vector<OptionRecord>& options, const CommandLine& line);

ExitCode run_debias(const Arguments& arguments);
ExitCode run_debias_fit(const Arguments& arguments);
ExitCode run_debias_apply(const Arguments& arguments);
ExitCode run_debias_ate(const Arguments& arguments);
ExitCode run_debias_compare(const Arguments& arguments);
ExitCode run_debias_ppi(const Arguments& arguments);

}  // namespace causal::cli
