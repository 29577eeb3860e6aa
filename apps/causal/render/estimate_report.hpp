#pragma once
// The HTML page of causal estimate and causal refute.

#include <string>

#include "causal/io/json.hpp"
#include "render/html_report.hpp"

namespace causal::render {

/// A causal.estimate/1 record as one self-contained, printable UTF-8 page: the question, a forest plot and table of the
/// estimates, balance plots, refutations if the record has them, figures, assumptions, warnings, options. The record is
/// embedded in `<script type="application/json" id="causal-estimate">`. A pure function: same arguments, same bytes.
/// Errors: DataError for a member that is missing or of the wrong type.
[[nodiscard]] std::string estimate_report(const io::Json& record, const ReportContext& context = {});

}  // namespace causal::render
