#pragma once
// Sufficient statistics as files: the causal.stats/1 schema, and plain covariance matrices.

#include <cstdint>
#include <string>
#include <string_view>

#include "causal/data/statistics.hpp"
#include "causal/io/json.hpp"

namespace causal::io {

/// {schema, n, names, means, covariance}: covariance as p rows, divisor n - 1.
/// Errors: DataError when n < 2 or an entry is not finite.
[[nodiscard]] Json moments_to_json(const Moments& moments);

/// Errors: DataError with the path of the member: n < 2, names empty or repeated, lengths that differ, entries that are
/// not finite, or a negative variance; and those of moments_from_covariance. The scatter that comes back is the one
/// written up to rounding in the last place.
[[nodiscard]] Moments moments_from_json(const Json& json);

/// Reads a covariance (or correlation) matrix of n samples: a header of p names and p rows, with or without a first
/// column of row names, which then repeat the header; comma or tab separated.
/// `name` names the text in errors. Errors: ParseError, and those of moments_from_covariance.
[[nodiscard]] Moments read_covariance_csv(std::string_view text, std::int64_t n, const std::string& name);

}  // namespace causal::io
