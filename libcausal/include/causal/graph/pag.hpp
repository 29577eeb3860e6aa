#pragma once
// Partial ancestral graphs: what all Markov equivalent MAGs share.

#include <optional>
#include <string>

#include "causal/graph/mag.hpp"

namespace causal {

/// A MixedGraph known to be the PAG of a Markov equivalence class of MAGs: a tail or an arrowhead is shared by every
/// MAG of the class, a circle is a tail in some and an arrowhead in others.
class Pag {
 public:
  Pag() = default;
  /// Errors: GraphError with the reason of `why_not_pag`.
  explicit Pag(MixedGraph graph);

  [[nodiscard]] const MixedGraph& graph() const { return graph_; }
  [[nodiscard]] int n() const { return graph_.n(); }
  friend bool operator==(const Pag& a, const Pag& b) { return a.graph_ == b.graph_; }

 private:
  friend Pag mag_to_pag(const Mag& mag);
  MixedGraph graph_;
};

/// Nothing when `graph` is a PAG; otherwise a sentence naming a witness: two edges on a pair, a chordless cycle of o-o
/// edges, why the MAG that the circles leave is none, or an edge that differs in the PAG of that MAG.
[[nodiscard]] std::optional<std::string> why_not_pag(const MixedGraph& graph);

/// The PAG of the class of `mag`: its unshielded colliders, then Zhang's rules with its own separators. Cost as
/// apply_pag_rules (orientation_pag.hpp), which names the source.
[[nodiscard]] Pag mag_to_pag(const Mag& mag);

/// A MAG of the class: a o-> b becomes a -> b, a o- b becomes a <- b, and the o-o edges are directed along an order
/// that makes no unshielded collider.
/// Source: Zhang 2008 (orientation_pag.hpp), theorem 2. O(n^2 (n + m)).
[[nodiscard]] Mag pag_to_mag(const Pag& pag);

/// Do the two MAGs have the same m-separations? Compares their PAGs; nodes are matched by id. Errors: InvalidArgument
/// when the names differ.
[[nodiscard]] bool equivalent(const Mag& a, const Mag& b);

}  // namespace causal
