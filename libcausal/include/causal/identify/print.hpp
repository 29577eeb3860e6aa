#pragma once
// Expressions as text and LaTeX.

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "causal/identify/expression.hpp"

namespace causal {

/// How to write an expression.
struct PrintOptions {
  /// Symbols that stand for one value, and its text: "Y=1" is written where a plain symbol would show "Y".
  std::vector<std::pair<Symbol, std::string>> constants = {};
  /// Names of the domains above 0; a missing one is written by its number.
  std::vector<std::string> domains = {};
  /// Refuse to write out more probabilities than this; shared parts are written once for every place they stand in.
  double max_terms = 100'000;
};

/// One line, e.g. "sum_{Z} P(Z | X) sum_{X'} P(X') P(Y | X', Z)", interventions after a semicolon: "P(Y | X; do(Z))",
/// domains as "P_a(Y)". A bound symbol gets as many primes as it takes to differ from every symbol of the same variable
/// that is visible around it.
/// Errors: InvalidArgument when a node has no name, or when the formula exceeds `max_terms`.
[[nodiscard]] std::string to_text(const Expression& expression, std::span<const std::string> names,
                                  const PrintOptions& options = {});
/// The same as LaTeX math, e.g. "\sum_{Z} P(Z \mid X) \sum_{X'} P(X')\,P(Y \mid X', Z)". A name of several letters is
/// set upright, trailing digits become a subscript, special characters are escaped. Errors: as to_text.
[[nodiscard]] std::string to_latex(const Expression& expression, std::span<const std::string> names,
                                   const PrintOptions& options = {});

}  // namespace causal
