// Which variables are independent given which, and what must be measured to make two of them so.
#include <iostream>

#include "causal/graph/distance.hpp"
#include "causal/graph/equivalence.hpp"
#include "causal/graph/orientation.hpp"
#include "causal/graph/separation.hpp"

using namespace causal;

namespace {

std::string text(const NodeSet& set, const MixedGraph& graph) {
  std::string out = "{";
  for (const NodeId v : set) out += (out.size() > 1 ? ", " : "") + graph.name(v);
  return out + "}";
}

void show(const char* title, const MixedGraph& graph) {
  std::cout << title << '\n';
  for (const Edge& edge : graph.edges()) std::cout << "  " << edge_text(edge, graph.names()) << '\n';
}

}  // namespace

int main() {
  // The chest clinic of Lauritzen and Spiegelhalter (1988).
  const Dag asia(MixedGraph({"asia", "tub", "smoke", "lung", "bronc", "either", "xray", "dysp"},
                            {directed(0, 1), directed(2, 3), directed(2, 4), directed(1, 5), directed(3, 5),
                             directed(5, 6), directed(5, 7), directed(4, 7)}));
  const MixedGraph& graph = asia.graph();
  const NodeId lung = graph.id("lung"), bronc = graph.id("bronc"), smoke = graph.id("smoke"), dysp = graph.id("dysp");

  std::cout << "lung and bronc given smoke: "
            << (separated(asia, {lung}, {bronc}, {smoke}).separated ? "separated" : "connected") << '\n';
  const SeparationResult opened = separated(asia, {lung}, {bronc}, {smoke, dysp});
  std::cout << "given smoke and dysp: connected by " << walk_text(opened.witness, graph.names()) << '\n';

  const SeparatorResult separator = minimal_separator(asia, {graph.id("xray")}, {bronc});
  std::cout << "a minimal set that separates xray and bronc: " << text(*separator.set, graph) << '\n';
  const SeparatorResult none = minimal_separator(asia, {lung}, {bronc}, {.allowed = NodeSet{dysp}});
  std::cout << "lung and bronc by dysp alone: " << none.reason << '\n';

  const Cpdag cpdag = dag_to_cpdag(asia);
  show("what data can tell at best:", cpdag.graph());

  // Smoking comes before disease: knowledge directs what the data leave open.
  const KnowledgeIndex knowledge({.tiers = {{{"smoke"}}, {{"lung", "bronc"}}}}, graph.names());
  DenseMarks marks(cpdag.graph());
  const MeekResult meek = meek_closure(marks, knowledge, graph.names());
  std::cout << "with knowledge, " << meek.oriented.size() << " more edges are directed:\n";
  for (const Edge& edge : meek.oriented) std::cout << "  " << edge_text(edge, graph.names()) << '\n';
  const GraphComparison comparison = compare_graphs(graph, marks.graph(graph.names()));
  std::cout << "distance from the truth: " << comparison.shd << ", arrowhead recall " << comparison.arrowheads.recall()
            << '\n';
  return opened.separated || none.set ? 1 : 0;
}
