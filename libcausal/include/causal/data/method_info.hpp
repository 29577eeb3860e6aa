#pragma once
// What every registry says of a method: the same words for the command line, `list`, `describe` and the docs.

#include <span>
#include <string_view>

#include "causal/data/dataset.hpp"

namespace causal {

/// An assumption in words. `tested` says that a run checks it and reports the outcome.
struct Assumption {
  std::string_view name;
  std::string_view text;
  bool tested = false;
};

/// What one method is, for people.
struct MethodInfo {
  std::string_view name;     ///< As in flags and JSON, e.g. "pc", "fisher_z".
  std::string_view title;    ///< "Peter-Clark algorithm".
  std::string_view summary;  ///< One sentence: what it does and when to use it.
  std::string_view source;   ///< Paper, year.
  std::span<const VariableType> data_types;
  std::span<const Assumption> assumptions;
  std::string_view docs_page;  ///< Relative to docs/.
};

}  // namespace causal
