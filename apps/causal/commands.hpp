#pragma once
// The subcommands: one function and one file each.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exit_codes.hpp"

namespace causal::cli {

/// The words after the subcommand.
using Arguments = std::vector<std::string>;

ExitCode run_discover(const Arguments& arguments);
ExitCode run_test(const Arguments& arguments);
ExitCode run_simulate(const Arguments& arguments);
ExitCode run_compare(const Arguments& arguments);
ExitCode run_identify(const Arguments& arguments);
ExitCode run_estimate(const Arguments& arguments);
ExitCode run_refute(const Arguments& arguments);
ExitCode run_do(const Arguments& arguments);
ExitCode run_bandit(const Arguments& arguments);
ExitCode run_graph(const Arguments& arguments);
ExitCode run_convert(const Arguments& arguments);
ExitCode run_report(const Arguments& arguments);
ExitCode run_list(const Arguments& arguments);
ExitCode run_describe(const Arguments& arguments);
ExitCode run_check(const Arguments& arguments);
ExitCode run_version(const Arguments& arguments);

struct Command {
  std::string_view name;
  std::string_view summary;
  ExitCode (*run)(const Arguments&);
};

}  // namespace causal::cli
