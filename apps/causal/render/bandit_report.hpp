#pragma once
// The HTML page of causal bandit compare.

#include <string>

#include "causal/io/json.hpp"
#include "render/html_report.hpp"

namespace causal::render {

/// A causal.bandit/1 record as one self-contained, printable UTF-8 page: regret over the rounds with bands, the share
/// of optimal arms, the table of the policies, what they are and assume, options, warnings. The record is embedded in
/// `<script type="application/json" id="causal-bandit">`. A pure function: same arguments, same bytes. Errors:
/// DataError for a member that is missing or of the wrong type.
[[nodiscard]] std::string bandit_report(const io::Json& record, const ReportContext& context = {});

}  // namespace causal::render
