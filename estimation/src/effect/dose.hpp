#pragma once
// The treatment as one numeric column, for methods that take its size and not only its levels.

#include <Eigen/Core>
#include <string_view>

#include "causal/estimation/effect/effect_data.hpp"

namespace causal::estimation {

/// The values of a continuous treatment; of one with two levels 1 for the treated level and 0 for the other; of one
/// with more levels the numbers that the levels are. Errors: DataError for more than two levels that are not numbers.
[[nodiscard]] Eigen::VectorXd dose_values(const EffectData& data, std::string_view function);

/// Whether the treatment has two levels, so that dose_values are 0 and 1.
[[nodiscard]] bool has_two_levels(const EffectData& data);

}  // namespace causal::estimation
