#pragma once
// Expressions as JSON, with sharing kept.

#include <span>
#include <string>

#include "causal/identify/expression.hpp"
#include "causal/io/json.hpp"

namespace causal::io {

/// {"nodes": [...], "root": k}: every distinct subexpression once, parts before wholes, so the size is linear in
/// dag_size() where the formula written out may be exponential. A node is {"kind": one | zero | probability | sum |
/// product | fraction} with
/// - probability: "variables", "given", "do" (lists of symbols, left out when empty), "domain" (left out when 0);
/// - sum: "over" (list of symbols), "of" (index of the body);
/// - product: "factors" (indices); fraction: "numerator", "denominator" (indices).
/// A symbol is the name of its variable, or {"name", "copy"} for a further copy. Sums bind lexically.
/// Errors: InvalidArgument when a node has no name.
[[nodiscard]] Json expression_to_json(const Expression& expression, std::span<const std::string> names);

/// The expression back; expression_from_json(expression_to_json(e)) == e.
/// Errors: DataError naming what is missing, of another type or out of range; InvalidArgument for an unknown name.
[[nodiscard]] Expression expression_from_json(const Json& json, std::span<const std::string> names,
                                              ExpressionPool& pool);

}  // namespace causal::io
