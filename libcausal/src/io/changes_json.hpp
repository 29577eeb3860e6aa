#pragma once
// The member `changes` of causal.graph/1.

#include "causal/graph/mechanism_changes.hpp"
#include "json_cursor.hpp"

namespace causal::io {

[[nodiscard]] Json changes_to_json(const MechanismChanges& changes);

/// Of a graph with n nodes. Errors: DataError with the path of the member that is missing, of the wrong type or out of
/// range.
[[nodiscard]] MechanismChanges changes_from_json(const JsonCursor& changes, int n);

}  // namespace causal::io
