#pragma once
// Parts that every report page has.

#include <string>
#include <string_view>

#include "causal/data/method_info.hpp"
#include "causal/io/json.hpp"
#include "render/html_report.hpp"

namespace causal::render {

/// From the doctype to the opened body, with the style.
[[nodiscard]] std::string page_opening(std::string_view title);

/// One term of a list of facts; `html` is markup, `wide` takes the whole width.
[[nodiscard]] std::string fact(std::string_view term, std::string_view html, bool wide = false);

/// What a registry says of a method, added to what the page says of methods. An assumption that is there already, under
/// the same name, is not repeated.
void add_method(ReportContext& context, const MethodInfo& info);

/// The methods in words and a table of their assumptions; empty without both.
[[nodiscard]] std::string method_section(const ReportContext& context);

/// JSON for a <script> element, which no HTML parser mistakes for markup: "<" occurs in strings only, where \u003c is
/// the same.
[[nodiscard]] std::string script_json(const io::Json& json);

}  // namespace causal::render
