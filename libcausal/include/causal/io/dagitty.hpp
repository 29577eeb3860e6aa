#pragma once
// Model code of DAGitty.

#include <string>
#include <string_view>

#include "causal/graph/learned_graph.hpp"

namespace causal::io {

/// What model code says of nodes beside their edges; each ascending.
struct DagittyRoles {
  NodeSet exposures;
  NodeSet outcomes;
  NodeSet latents;
  NodeSet adjusted;
  NodeSet selected;
  friend bool operator==(const DagittyRoles&, const DagittyRoles&) = default;
};

struct DagittyModel {
  LearnedGraph graph;
  DagittyRoles roles;
};

/// Reads `type [name] { statements }` with type dag, pdag, mag, pag, graph or digraph, or bare statements without that
/// frame. Edges are -> <- <-> -- @-> <-@ @-@ @-- --@ (@ is a circle); a group {a b} stands for all nodes in it, inner
/// groups included. Names are bare words of letters, digits, '_', '.' and UTF-8, or quoted, joined by '+'.
///
/// Attributes: roles (exposure or e, outcome or o, latent, adjusted, selected) and an edge's `beta`, which becomes its
/// strength, are kept; positions, labels and others are passed over. A repeated edge counts once. Cycles are not
/// looked for: what `dag` promises is checked by those who rely on it. A type that says less than the marks
/// (graph, digraph, none) leaves the kind to be guessed. `name` names the text in errors. Errors: ParseError.
[[nodiscard]] DagittyModel read_dagitty_model(std::string_view text, const std::string& name);
[[nodiscard]] LearnedGraph read_dagitty(std::string_view text, const std::string& name);

/// Every node is listed, in order. Holds nodes, marks, strengths (as beta) and roles.
/// Errors: GraphError naming the first lagged edge or node.
[[nodiscard]] std::string write_dagitty(const LearnedGraph& graph, const DagittyRoles& roles);
[[nodiscard]] std::string write_dagitty(const LearnedGraph& graph);

}  // namespace causal::io
