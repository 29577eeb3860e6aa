#pragma once
// Estimates as tables for reading and for spreadsheets, and as a page for the browser.

#include <string>
#include <vector>

#include "causal/estimation/estimate.hpp"
#include "causal/io/json.hpp"

namespace causal::cli {

/// Aligned columns: method, estimand, value, standard error, interval, p, rows.
[[nodiscard]] std::string estimates_text(const std::vector<estimation::Estimate>& estimates);

/// Figures and the worst balance of each estimate, one line each; empty when there are none.
[[nodiscard]] std::string diagnostics_text(const std::vector<estimation::Estimate>& estimates);

/// The same columns with a header, numbers shortest-round-trip.
[[nodiscard]] std::string estimates_csv(const std::vector<estimation::Estimate>& estimates);

/// The page of a causal.estimate/1 record, with what the registry says of its methods.
/// Errors: DataError for a member that is missing or of the wrong type.
[[nodiscard]] std::string estimate_page(const io::Json& record);

}  // namespace causal::cli
