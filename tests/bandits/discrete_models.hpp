#pragma once
// Random confounded graphs, and the mean reward of an action by its definition.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "causal/bandits/environment/discrete_environment.hpp"
#include "causal/bandits/environment/discrete_generators.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {

// Nodes V0, V1, ...; the last one of a random order is Y and has a parent.
inline Admg random_confounded_graph(int n, std::uint32_t seed) {
  RandomStream stream(1, RandomDomain::Test, seed, 77);
  const std::vector<int> order = stream.permutation(n);
  std::vector<std::string> names;
  for (int v = 0; v < n; ++v) names.push_back(v == order.back() ? "Y" : "V" + std::to_string(v));
  std::vector<Edge> edges;
  for (std::size_t a = 0; a < order.size(); ++a) {
    for (std::size_t b = a + 1; b < order.size(); ++b) {
      const bool last_pair = a + 2 == order.size();
      if (stream.uniform() < 0.5 || last_pair) edges.push_back(directed(order[a], order[b]));
      if (stream.uniform() < 0.3) edges.push_back(bidirected(order[a], order[b]));
    }
  }
  return Admg(MixedGraph(std::move(names), std::move(edges)));
}

// Z -> X -> Y with X <-> Y, nodes X, Y, Z.
inline Admg instrument_graph() {
  return Admg(MixedGraph({"X", "Y", "Z"}, {directed(2, 0), directed(0, 1), bidirected(0, 1)}));
}

// Sums over all assignments of all nodes, hidden ones too, of the product of the tables of nodes that are not set.
inline double mean_by_definition(const DiscreteEnvironment& environment, const Action& action) {
  const BayesianNetwork& network = environment.network();
  std::vector<int> set_to(static_cast<std::size_t>(network.n()), -1);
  for (int j = 0; j < environment.n(); ++j) {
    set_to[slot(environment.network_node(j))] = int{action[static_cast<std::size_t>(j)]} - 1;
  }
  std::vector<int> value(set_to.size(), 0);
  double mean = 0;
  for (bool more = true; more;) {
    double probability = 1;
    for (NodeId v = 0; v < network.n(); ++v) {
      if (set_to[slot(v)] >= 0) {
        probability *= value[slot(v)] == set_to[slot(v)] ? 1 : 0;
        continue;
      }
      std::vector<int> cell;
      for (const VariableId u : network.table(v).scope()) cell.push_back(value[slot(u)]);
      probability *= network.table(v).at(cell);
    }
    const NodeId y = environment.network_node(environment.reward());
    mean += probability * environment.reward_values()[static_cast<std::size_t>(value[slot(y)])];
    more = false;
    for (NodeId v = 0; v < network.n() && !more; ++v) {
      more = ++value[slot(v)] < network.variable(v).cardinality();
      if (!more) value[slot(v)] = 0;
    }
  }
  return mean;
}

// Every action of the environment.
inline std::vector<Action> all_actions(const Environment& environment) {
  std::vector<Action> actions{Action(static_cast<std::size_t>(environment.n()), 0)};
  for (int j = 0; j < environment.n(); ++j) {
    const std::size_t before = actions.size();
    for (int entry = 1; entry < environment.settings(j); ++entry) {
      for (std::size_t k = 0; k < before; ++k) {
        actions.push_back(actions[k]);
        actions.back()[static_cast<std::size_t>(j)] = static_cast<std::uint8_t>(entry);
      }
    }
  }
  return actions;
}

}  // namespace causal::bandits
