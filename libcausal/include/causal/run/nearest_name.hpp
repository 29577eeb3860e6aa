#pragma once
// "Did you mean ...?" for misspelt names.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace causal {

/// The candidate nearest to `wanted` in edit distance (case ignored), when near enough to be a plausible misspelling;
/// the first of equally near ones. Cost O(total length of the candidates x length of `wanted`).
[[nodiscard]] std::optional<std::string> nearest_name(std::string_view wanted, std::span<const std::string> candidates);

/// The hint of an unknown name: "Did you mean '...'?", or nothing when no candidate is near.
[[nodiscard]] std::string nearest_name_hint(std::string_view wanted, std::span<const std::string> candidates);

}  // namespace causal
