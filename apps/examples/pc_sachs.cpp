// Learn a causal graph from a CSV file and look at one of its independences. Run from the repository's root.
#include <iostream>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/search/pc.hpp"
#include "causal/io/csv.hpp"

int main() {
  using namespace causal;
  const Dataset data = io::read_csv("data/sachs.csv").data;
  const discovery::FisherZ test(data);
  const LearnedGraph learned = discovery::pc(test, {.alpha = 0.01, .collider_rule = discovery::ColliderRule::Majority});

  std::cout << learned.brief() << '\n';
  const MixedGraph graph = learned.graph();
  for (const Edge& edge : graph.edges()) std::cout << edge_text(edge, graph.names()) << '\n';

  const NodeId raf = graph.id("raf");
  const NodeId erk = graph.id("erk");
  const discovery::CiResult result = test.test(raf, erk, std::vector<NodeId>{graph.id("mek")});
  std::cout << "raf and erk given mek: r = " << result.effect << ", p = " << result.p_value << '\n';
  return learned.status == Status::Ok ? 0 : 1;
}
