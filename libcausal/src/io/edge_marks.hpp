#pragma once
// Edges as three characters, as Tetrad, tigramite and many others write them: -->, <->, o->, ---, o-o.

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "causal/graph/mixed_graph.hpp"

namespace causal::io {

[[nodiscard]] inline std::string three_characters(Mark from, Mark to) {
  constexpr std::string_view kFrom = "-<o";
  constexpr std::string_view kTo = "->o";
  return {kFrom[static_cast<std::size_t>(from)], '-', kTo[static_cast<std::size_t>(to)]};
}

/// The marks at both ends, or nothing when `text` is no such edge.
[[nodiscard]] inline std::optional<std::pair<Mark, Mark>> marks_from(std::string_view text) {
  constexpr std::string_view kFrom = "-<o";
  constexpr std::string_view kTo = "->o";
  if (text.size() != 3 || text[1] != '-') return std::nullopt;
  const std::size_t from = kFrom.find(text[0]);
  const std::size_t to = kTo.find(text[2]);
  if (from == std::string_view::npos || to == std::string_view::npos) return std::nullopt;
  return std::pair(static_cast<Mark>(from), static_cast<Mark>(to));
}

}  // namespace causal::io
