#include "query_graph.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "causal/graph/equivalence.hpp"
#include "causal/graph/latent_projection.hpp"
#include "file_errors.hpp"
#include "graph_files.hpp"

namespace causal::cli {
namespace {

std::variant<Dag, Admg, Cpdag, Mpdag> typed_by_marks(MixedGraph graph, GraphKind kind) {
  if (kind == GraphKind::Mag || kind == GraphKind::Pag || kind >= GraphKind::TsDag) {
    throw GraphError(fmt::format("a graph of kind {} cannot be asked", enum_name(kind)), {},
                     "This takes a dag, admg, cpdag or mpdag.");
  }
  const auto& edges = graph.edges();
  const auto any = [&edges](auto&& of) { return std::any_of(edges.begin(), edges.end(), of); };
  if (any([](const Edge& edge) { return edge.is_bidirected(); })) return Admg(std::move(graph));
  if (!any([](const Edge& edge) { return !edge.is_directed(); })) return Dag(std::move(graph));
  if (!why_not_cpdag(graph)) return Cpdag(Pdag(std::move(graph)));
  return Mpdag(Pdag(std::move(graph)));
}

}  // namespace

const MixedGraph& QueryGraph::graph() const {
  return std::visit([](const auto& graph) -> const MixedGraph& { return graph.graph(); }, typed);
}

GraphKind QueryGraph::kind() const {
  constexpr std::array kKinds{GraphKind::Dag, GraphKind::Admg, GraphKind::Cpdag, GraphKind::Mpdag};
  return kKinds[typed.index()];
}

NodeSet QueryGraph::observed() const {
  NodeSet nodes;
  for (NodeId v = 0; v < graph().n(); ++v) {
    if (!std::binary_search(latents.begin(), latents.end(), v)) nodes.push_back(v);
  }
  return nodes;
}

AdjustmentGraph QueryGraph::for_adjustment() const {
  return std::visit([](const auto& graph) { return AdjustmentGraph(graph); }, typed);
}

std::variant<Dag, Admg> QueryGraph::member() const {
  if (const auto* admg = std::get_if<Admg>(&typed)) return *admg;
  if (const auto* dag = std::get_if<Dag>(&typed)) return *dag;
  return Dag(for_adjustment().member());
}

Admg QueryGraph::projection() const {
  if (const auto* dag = std::get_if<Dag>(&typed)) return latent_projection(*dag, latents);
  if (const auto* admg = std::get_if<Admg>(&typed)) return latent_projection(*admg, latents);
  throw GraphError(fmt::format("a {} stands for several graphs, which have no common projection", enum_name(kind())));
}

QueryGraph read_query_graph(const std::string& path, const std::vector<std::string>& latents) {
  GraphWithRoles file = read_graph_with_roles(path, "");
  return reading(path == "-" ? "<stdin>" : path, [&] {
    QueryGraph query{typed_by_marks(file.graph.graph(), file.graph.kind), std::move(file.roles), {}};
    query.latents = nodes_named(query.graph(), latents);
    query.latents.insert(query.latents.end(), query.roles.latents.begin(), query.roles.latents.end());
    std::sort(query.latents.begin(), query.latents.end());
    query.latents.erase(std::unique(query.latents.begin(), query.latents.end()), query.latents.end());
    return query;
  });
}

NodeSet nodes_named(const MixedGraph& graph, const std::vector<std::string>& names) {
  NodeSet nodes;
  for (const std::string& name : names) nodes.push_back(graph.id(name));
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  return nodes;
}

std::vector<std::string> names_of(const MixedGraph& graph, const NodeSet& nodes) {
  std::vector<std::string> names;
  for (const NodeId v : nodes) names.push_back(graph.name(v));
  return names;
}

std::string set_text(const std::vector<std::string>& names) { return fmt::format("{{{}}}", fmt::join(names, ", ")); }

}  // namespace causal::cli
