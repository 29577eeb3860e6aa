#pragma once
// Background knowledge as files: Tetrad's text and JSON.

#include <string>
#include <string_view>
#include <vector>

#include "causal/graph/knowledge.hpp"

namespace causal::io {

/// Reads Tetrad's text, or JSON when the first character is '{'. `file` names the text in errors.
/// Errors: as of the two readers.
[[nodiscard]] Knowledge read_knowledge(std::string_view text, const std::string& file);

/// Tetrad's text: `/knowledge`, then the sections `addtemporal` (lines `1 a b c`; `4* x y` forbids edges within the
/// tier; tiers count from 0 or 1 and several lines of one number make one tier), `forbiddirect` and `requiredirect`
/// (lines `a b`, an edge from a to b). Names with spaces stand in double quotes. Lines that start with # are passed
/// over. Errors: ParseError for an unknown section (forbiddengroup, requiredgroup: write their pairs), a tier that is
/// no number, a line without exactly two names, a variable in two tiers.
[[nodiscard]] Knowledge read_tetrad_knowledge(std::string_view text, const std::string& file);

/// {"tiers": [{"variables": [..], "forbid_within": false}], "forbidden": [["a", "b"]], "required": [["a", "b"]]}; each
/// member may be left out. Unlike graphs, knowledge with an unknown member is an error: it may not be passed over.
/// Errors: ParseError, DataError with the path of the member.
[[nodiscard]] Knowledge read_json_knowledge(std::string_view text, const std::string& file);

/// Errors: GraphError for a name with a line end, which the text cannot hold.
[[nodiscard]] std::string write_tetrad_knowledge(const Knowledge& knowledge);
[[nodiscard]] std::string write_json_knowledge(const Knowledge& knowledge);

/// The knowledge with every name that ends with '*', such as `gene_*`, replaced by all variables that start so, in
/// their order; a variable that is itself called so stands for itself. A tier pattern takes only variables in no other
/// tier by name. Pairs of a variable with itself are left out. Errors: InvalidArgument when a pattern matches no
/// variable, or two tiers' patterns match the same one.
[[nodiscard]] Knowledge expand_patterns(const Knowledge& knowledge, const std::vector<std::string>& variables);

}  // namespace causal::io
