#include "effect/dose.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "causal/data/level_numbers.hpp"
#include "causal/run/error.hpp"

namespace causal::estimation {
bool has_two_levels(const EffectData& data) { return data.arm_levels.size() == 2; }

Eigen::VectorXd dose_values(const EffectData& data, std::string_view function) {
  if (data.arms.empty()) return data.treatment;
  if (has_two_levels(data)) return data.arm_indicator(data.treated);
  if (std::all_of(data.arm_levels.begin(), data.arm_levels.end(),
                  [](const std::string& level) { return level_number(level).has_value(); })) {
    return data.treatment;
  }
  throw DataError(
      fmt::format("{} takes a number or two levels as treatment, but '{}' has {} levels that are no numbers", function,
                  data.treatment_name, data.arm_levels.size()),
      {}, "Keep the rows of the two levels that are to be compared.");
}

}  // namespace causal::estimation
