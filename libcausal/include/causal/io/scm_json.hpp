#pragma once
// Structural causal models as files: the causal.scm/1 schema.

#include "causal/io/json.hpp"
#include "causal/scm/scm.hpp"

namespace causal::io {

/// {schema, nodes: [{name, latent?, levels?, parents, mechanism}], noise_blocks?}. A mechanism is linear, table,
/// function or constant; rows of tables and functions follow the parents listed, the last one fastest. Errors:
/// InvalidArgument naming the first node whose mechanism is a callable: those cannot be written.
[[nodiscard]] Json scm_to_json(const Scm& model);

/// Parents may be listed in any order. The model that comes back from scm_to_json is the one written, bit for bit;
/// noise that an intervention brought counts as the node's own. Errors: DataError with the path of the member for what
/// is not of the form, an unknown or repeated name, a parent without levels under a table, numbers that do not fit;
/// GraphError for a cycle.
[[nodiscard]] Scm scm_from_json(const Json& json);

}  // namespace causal::io
