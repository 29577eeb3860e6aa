#pragma once
// One run of causal estimate: its flags, the data it settles on, and its record, which causal refute runs again.

#include <string>
#include <vector>

#include "causal/estimation/effect/registry.hpp"
#include "causal/io/json.hpp"
#include "effect_columns_flags.hpp"
#include "input_flags.hpp"
#include "output_flags.hpp"
#include "run_flags.hpp"
#include "run_record.hpp"

namespace causal::cli {

/// Everything the user can say about an estimate.
struct EstimateFlags {
  InputFlags input;
  EffectColumnsFlags question;
  std::vector<std::string> methods = {"auto"};
  std::vector<std::string> modifiers;
  bool censoring_weights = false;
  double level = 0.95;
  estimation::EstimatorOptions options;
  OutputFlags output;
  RunFlags run;
  std::string report;
  std::string effects;

  /// The methods the words ask for, read before parsing so that only their options become flags.
  void read_methods(const Arguments& arguments);
  void declare(CommandLine& line);
};

/// The data and methods of a run, ready to start.
struct EstimateRun {
  Input input;
  EffectColumnsAnswer question;
  estimation::EffectData data;
  std::vector<std::int64_t> rows;  ///< Those of the table that are used, when some were dropped; else empty.
  std::vector<const estimation::EstimatorEntry*> methods;
  std::vector<std::string> warnings;
};

/// Reads the data and settles the question. A question the graph does not identify comes back without methods and data.
/// Errors: InvalidArgument, DataError, GraphError, IoError.
[[nodiscard]] EstimateRun prepare_estimate(EstimateFlags& flags, const RunOptions& run);

/// Runs one method with the flags' options. A method that the data do not fit throws; see its entry.
[[nodiscard]] std::vector<estimation::Estimate> run_estimator(const estimation::EstimatorEntry& method,
                                                              const estimation::EffectData& data,
                                                              const EstimateFlags& flags, const RunOptions& run);

/// The run as causal.estimate/1, without its timing. `line` gives the flags, so that the run can be repeated.
[[nodiscard]] io::Json estimate_json(const EstimateFlags& flags, const EstimateRun& run,
                                     const std::vector<estimation::Estimate>& estimates, const CommandLine& line);

/// The record as flags again: "causal estimate" words that repeat it. `data` replaces the path of the data if not
/// empty. Errors: DataError for JSON that is no causal.estimate/1 record, or one without data path.
[[nodiscard]] Arguments words_of_record(const io::Json& record, const std::string& data);

}  // namespace causal::cli
