#pragma once
// What the registry says of a method, as JSON and as words.

#include <string>

#include "causal/discovery/registry.hpp"
#include "causal/io/json.hpp"

namespace causal::cli {

/// name, title, summary, source, data_types, assumptions, docs_page.
[[nodiscard]] io::Json method_json(const MethodInfo& method);
/// "continuous, binary"
[[nodiscard]] std::string data_types_text(const MethodInfo& method);

}  // namespace causal::cli
