#pragma once
// Maximal ancestral graphs: what a DAG with latent and selected variables says of the others.

#include <optional>
#include <string>

#include "causal/graph/admg.hpp"
#include "causal/graph/dag.hpp"
#include "causal/graph/separation.hpp"

namespace causal {

/// A MixedGraph known to be a maximal ancestral graph:
///   a -> b    a is an ancestor of b or of the selection, b of neither a nor the selection;
///   a <-> b   neither is an ancestor of the other or of the selection;
///   a -- b    each is an ancestor of the other or of the selection;
/// at most one edge a pair, and two nodes without an edge are m-separated by some set.
///
/// Source: Richardson and Spirtes, "Ancestral graph Markov models", Annals of Statistics 30, 2002.
class Mag {
 public:
  Mag() = default;
  /// Errors: GraphError with the reason of `why_not_mag`.
  explicit Mag(MixedGraph graph);

  [[nodiscard]] const MixedGraph& graph() const { return graph_; }
  [[nodiscard]] int n() const { return graph_.n(); }
  friend bool operator==(const Mag& a, const Mag& b) { return a.graph_ == b.graph_; }

 private:
  friend Mag dag_to_mag(const Dag& dag, const NodeSet& latents, const NodeSet& selection);
  friend Mag admg_to_mag(const Admg& admg, const NodeSet& latents, const NodeSet& selection);
  MixedGraph graph_;
};

/// Nothing when `graph` is a MAG; otherwise a sentence naming a witness: a circle, two edges on a pair, a directed
/// cycle, a <-> b with a directed path between them, an arrowhead at an undirected edge, or two nodes without an edge
/// that no set separates, with the walk that stays open. O(n^2 (n + m)).
[[nodiscard]] std::optional<std::string> why_not_mag(const MixedGraph& graph);

/// The MAG over the nodes that are neither latent nor selected: same m-separations among them as in the graph given
/// all of `selection`, and marks by ancestry. Nodes keep their names and order, but not their ids.
///
/// Two nodes are adjacent exactly when an inducing path joins them, which needs no edge between them in the graph or in
/// its latent projection. Latent projection keeps more of the causal structure; a MAG has one edge a pair and is what
/// the independences can be compared by. O(n^2 (n + m)).
/// Errors: InvalidArgument for an unknown node, or one that is both latent and selected.
[[nodiscard]] Mag dag_to_mag(const Dag& dag, const NodeSet& latents, const NodeSet& selection = {});
/// As dag_to_mag; a bidirected edge stands for a latent common cause.
[[nodiscard]] Mag admg_to_mag(const Admg& admg, const NodeSet& latents = {}, const NodeSet& selection = {});

/// Is every node of `x` m-separated from every node of `y` given `z` in a MAG? As `separated` on a Dag or an Admg.
[[nodiscard]] SeparationResult separated(const Mag& mag, const NodeSet& x, const NodeSet& y, const NodeSet& z);

}  // namespace causal
