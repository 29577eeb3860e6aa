#include "estimator_flags.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "method_flags.hpp"

namespace causal::cli {
namespace {

/// Not those that are set by flags of the command.
bool shows(std::string_view, std::string_view field) {
  constexpr std::array<std::string_view, 5> kElsewhere{"threads", "seed", "time_limit_s", "memory_limit_bytes",
                                                       "level"};
  return std::find(kElsewhere.begin(), kElsewhere.end(), field) == kElsewhere.end();
}

}  // namespace

void add_estimator_flags(CommandLine& line, const std::vector<std::string>& estimators,
                         estimation::EstimatorOptions& options) {
  add_method_flags(line, estimators, options, shows);
}

std::vector<OptionRecord> estimator_option_records(const std::string& estimator,
                                                   const estimation::EstimatorOptions& options) {
  return method_option_records(estimator, options, shows);
}

}  // namespace causal::cli
