#pragma once
// Texts as a JSON array: names, warnings.

#include <string>
#include <vector>

#include "causal/io/json.hpp"

namespace causal::cli {

[[nodiscard]] io::Json json_list(const std::vector<std::string>& texts);

}  // namespace causal::cli
