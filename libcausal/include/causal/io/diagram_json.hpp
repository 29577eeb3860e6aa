#pragma once
// The causal.diagram/1 schema.

#include "causal/diagram/diagram.hpp"
#include "causal/io/json.hpp"

namespace causal::io {

/// The diagram as `causal.diagram/1`: `types` one per wire, `boxes` with label, kind, flags, value and wires, `dom`,
/// `cod`. Key order fixed. Errors: DataError at `dump` for a name that is not UTF-8.
[[nodiscard]] Json diagram_to_json(const Diagram& diagram);

/// Reads what `diagram_to_json` writes, the same wires and boxes in the same places; boxes may come in any order.
/// `kind` (generator), `deterministic`, `partial` (by kind) and `value` (0) may be left out; unknown members are passed
/// over. Errors: DataError whose place is the path of the member that is missing, of the wrong type or out of range;
/// DataError with the rule broken when the parts are no diagram.
[[nodiscard]] Diagram diagram_from_json(const Json& json);

}  // namespace causal::io
