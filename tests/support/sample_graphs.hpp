#pragma once
// Graphs that stress every reader and writer.

#include <string>
#include <vector>

#include "causal/graph/learned_graph.hpp"

namespace causal::test {

/// Names that need quoting somewhere: spaces, quotes, separators, arrows, UTF-8, keywords.
inline std::vector<std::string> awkward_names() {
  return {"a b", "q\"uote", "back\\slash", "é", "x;y,z", "a -> b", "node", "1.5", "<&>'", "[t-1]", "\\"};
}

inline LearnedGraph graph_of(const std::vector<std::string>& names, const std::vector<Edge>& edges, GraphKind kind) {
  LearnedGraph graph;
  graph.kind = kind;
  for (const std::string& name : names) graph.nodes.push_back({name});
  for (const Edge& edge : edges) graph.edges.push_back({edge});
  return graph;
}

/// Every pair of marks, a node without edges, awkward names; edges in canonical order.
inline LearnedGraph all_marks_graph() {
  const Mark tail = Mark::Tail, arrow = Mark::Arrow, circle = Mark::Circle;
  return graph_of(awkward_names(),
                  {{0, 1, tail, arrow},
                   {0, 2, tail, tail},
                   {0, 3, arrow, arrow},
                   {1, 2, circle, circle},
                   {1, 3, circle, arrow},
                   {2, 3, arrow, circle},
                   {2, 4, circle, tail},
                   {3, 4, tail, circle},
                   {5, 4, tail, arrow}},
                  GraphKind::Pag);
}

/// A graph with everything a run records.
inline LearnedGraph full_record_graph() {
  LearnedGraph graph = graph_of({"raf", "mek", "plc", "pip2"},
                                {directed(1, 0), undirected(0, 2), directed(3, 1), bidirected(2, 3)}, GraphKind::Pdag);
  std::swap(graph.edges[0], graph.edges[1]);  // canonical order: (0,2) (1,0) (2,3) (3,1)
  std::swap(graph.edges[2], graph.edges[3]);
  graph.nodes[1].type = VariableType::Discrete;
  graph.edges[0].strength = 0.41;
  graph.edges[0].p_value = 1.2e-9;
  graph.edges[1].frequency = 1.0;
  graph.edges[2].strength = -1.0 / 3.0;
  graph.sepsets = {{0, 3, {1, 2}, 0.31}, {1, 2, {0}, 0.5}};
  graph.ambiguous_triples = {{0, 1, 3}};
  graph.not_a_cpdag = "raf -> mek is not compelled";
  graph.status = Status::TimeLimit;
  graph.warnings = {"column 'raf' is \"odd\"", "é"};
  graph.stats.tests_by_level = {6, 12, 0, 3};
  graph.stats.degenerate_tests = 2;
  graph.run = {"causal",
               "0.1.0",
               "pc",
               {{"alpha", "0.05"}, {"skeleton", "stable"}, {"threads", "-1"}, {"big", "1e5"}, {"verbose", "true"}},
               18446744073709551615ULL,
               "00ff",
               7466,
               4};
  graph.timing = TimingRecord{{"discover", "a b.csv"}, "a b.csv", "host", 2, 0.08, 21, {{"skeleton", 0.5}}};
  return graph;
}

}  // namespace causal::test
