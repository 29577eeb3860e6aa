#include "effect/dose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

bool is_number(const std::string& text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

}  // namespace

bool has_two_levels(const EffectData& data) { return data.arm_levels.size() == 2; }

Eigen::VectorXd dose_values(const EffectData& data, std::string_view function) {
  if (data.arms.empty()) return data.treatment;
  if (has_two_levels(data)) return data.arm_indicator(data.treated);
  if (std::all_of(data.arm_levels.begin(), data.arm_levels.end(), is_number)) return data.treatment;
  throw DataError(
      fmt::format("{} takes a number or two levels as treatment, but '{}' has {} levels that are no numbers", function,
                  data.treatment_name, data.arm_levels.size()),
      {}, "Keep the rows of the two levels that are to be compared.");
}

}  // namespace causal::estimation
