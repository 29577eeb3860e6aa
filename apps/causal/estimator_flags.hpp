#pragma once
// The options of the chosen estimators as flags: an option that several of them have is one flag for all.

#include <memory>
#include <string>
#include <vector>

#include "causal/estimation/effect/registry.hpp"
#include "causal/graph/learned_graph.hpp"
#include "command_line.hpp"

namespace causal::cli {

class EstimatorFlags {
 public:
  /// Declares the options of these estimators (registry names). `options` must outlive parsing.
  void add_to(CommandLine& line, const std::vector<std::string>& estimators, estimation::EstimatorOptions& options);
  /// Hands switches that were given to every estimator that has them; call it after parsing.
  void settle(const CommandLine& line);

 private:
  struct Switch {
    std::string flag;
    std::vector<bool*> targets;
  };
  std::vector<Switch> switches_;
};

/// The options of one estimator, as (name, value), in their order.
[[nodiscard]] std::vector<OptionRecord> estimator_option_records(const std::string& estimator,
                                                                 const estimation::EstimatorOptions& options);

}  // namespace causal::cli
