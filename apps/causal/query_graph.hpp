#pragma once
// A graph that questions are asked of: typed by its marks, with latents and roles.

#include <string>
#include <variant>
#include <vector>

#include "causal/graph/adjustment_criterion.hpp"
#include "causal/graph/learned_graph.hpp"
#include "causal/io/dagitty.hpp"
#include "json_list.hpp"

namespace causal::cli {

struct QueryGraph {
  std::variant<Dag, Admg, Cpdag, Mpdag> typed;
  io::DagittyRoles roles;
  NodeSet latents;  ///< Those of the file and those named on the command line.

  [[nodiscard]] const MixedGraph& graph() const;
  [[nodiscard]] GraphKind kind() const;
  [[nodiscard]] bool is_class() const { return typed.index() >= 2; }
  /// Every node that is not latent.
  [[nodiscard]] NodeSet observed() const;
  [[nodiscard]] AdjustmentGraph for_adjustment() const;
  /// The graph, or a DAG of its class: both have the same separations.
  [[nodiscard]] std::variant<Dag, Admg> member() const;
  /// The latent projection onto the observed nodes. Errors: GraphError for a class of graphs.
  [[nodiscard]] Admg projection() const;
};

/// Directed edges make a DAG, with bidirected ones an ADMG, with undirected ones a CPDAG or MPDAG.
/// Errors: as read_graph_file; GraphError for other marks, MAGs, PAGs and time-series graphs, and a partially directed
/// graph that is not closed under Meek's rules; InvalidArgument for an unknown latent.
[[nodiscard]] QueryGraph read_query_graph(const std::string& path, const std::vector<std::string>& latents);

/// The named nodes, ascending. Errors: InvalidArgument that suggests the nearest name.
[[nodiscard]] NodeSet nodes_named(const MixedGraph& graph, const std::vector<std::string>& names);
[[nodiscard]] std::vector<std::string> names_of(const MixedGraph& graph, const NodeSet& nodes);
/// "{A, B}".
[[nodiscard]] std::string set_text(const std::vector<std::string>& names);

}  // namespace causal::cli
