// Uses one thing from each module through the installed headers; exits 0 when the answers are right.
#include <iostream>

#include "causal/discovery/ci/ci_test.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/graph/mixed_graph.hpp"
#include "causal/run/random.hpp"

int main() {
  const causal::MixedGraph graph({"rain", "sprinkler", "wet"}, {causal::directed(0, 2), causal::directed(1, 2)});
  causal::RandomStream stream(7, causal::RandomDomain::Test);
  const auto order = stream.permutation(graph.n());
  std::cout << causal::edge_text(graph.edges().front(), graph.names()) << '\n';
  const causal::estimation::Estimate mean =
      causal::estimation::from_influence("mean", "mean", 2, Eigen::Vector2d(-1, 1), 0.95);
  std::cout << mean.brief() << '\n';
  const bool is_right =
      graph.parents(2).size() == 2 && order.size() == 3 && mean.std_error > 0.707 && mean.std_error < 0.708;
  return is_right ? 0 : 1;
}
