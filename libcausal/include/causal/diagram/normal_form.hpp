#pragma once
// When two diagrams are the same morphism: rewriting to a normal form, and its writing as bytes.

#include <string>

#include "causal/diagram/diagram.hpp"

namespace causal {

/// Without the boxes whose outputs are all discarded, unless they are partial; and so on backwards. O(size).
[[nodiscard]] Diagram prune(Diagram diagram);

/// Which laws beyond those of copy, discard and uniform states a normal form uses.
struct NormalFormOptions {
  bool merge_deterministic = true;  ///< Equal deterministic boxes on equal inputs become one, copied.
};

/// The normal form: uniform states split into one per wire, identities folded, unread boxes removed (as `prune`), equal
/// deterministic boxes on equal inputs merged. The rules end and are confluent. O(size).
[[nodiscard]] Diagram normal_form(Diagram diagram, const NormalFormOptions& options = {});

/// Bytes that are equal for two diagrams exactly when their normal forms are isomorphic with dom, cod, labels, flags
/// and the order of ports fixed. The same in every process; to be compared and hashed, not read.
///
/// O(size) for the part that outputs depend on: boxes are numbered as a depth-first search from `cod` along ordered
/// ports leaves them. Boxes that end in partial boxes without read outputs are placed component by component by
/// refinement of colours with backtracking, exponential in the worst case only in indistinguishable such ends of one
/// component.
[[nodiscard]] std::string canonical_form(Diagram diagram, const NormalFormOptions& options = {});

/// Do the two have the same canonical form?
[[nodiscard]] bool equivalent(const Diagram& a, const Diagram& b, const NormalFormOptions& options = {});

}  // namespace causal
