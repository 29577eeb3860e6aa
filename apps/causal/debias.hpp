#pragma once
// What the parts of causal debias share: columns of a table by name.

#include <Eigen/Core>
#include <memory>
#include <string>

#include "causal/data/dataset.hpp"
#include "causal/estimation/debias/debiaser.hpp"
#include "commands.hpp"

namespace causal::cli {

/// The numbers of a column; numeric levels stand for themselves. Errors: InvalidArgument for an unknown name; DataError
/// for texts or missing cells. `part`: what it is used as, for messages.
[[nodiscard]] Eigen::VectorXd numbers_of(const Dataset& table, const std::string& name, const std::string& part);

/// The file as a debiaser. Errors: as Debiaser::from_json, naming the file.
[[nodiscard]] std::unique_ptr<estimation::Debiaser> read_debiaser(const std::string& path);

ExitCode run_debias(const Arguments& arguments);
ExitCode run_debias_fit(const Arguments& arguments);
ExitCode run_debias_apply(const Arguments& arguments);
ExitCode run_debias_ate(const Arguments& arguments);
ExitCode run_debias_compare(const Arguments& arguments);

}  // namespace causal::cli
