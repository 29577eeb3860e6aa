#pragma once
// Estimates as JSON: the items of a causal.estimate/1 file.

#include "causal/estimation/estimate.hpp"
#include "causal/io/json.hpp"

namespace causal::estimation {

/// Method, estimand, value, std_error, ci_low, ci_high, p_value, level, dof, n, n_used, status, diagnostics
/// {figures, balance} and warnings; influence values are left out. Numbers that are not finite are null; an infinite
/// end of an interval is the string "-inf" or "inf".
[[nodiscard]] io::Json estimate_to_json(const Estimate& estimate);

/// The estimate without influence values. Errors: DataError naming the member that is missing or of the wrong type.
[[nodiscard]] Estimate estimate_from_json(const io::Json& json);

}  // namespace causal::estimation
