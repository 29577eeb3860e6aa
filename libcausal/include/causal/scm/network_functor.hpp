#pragma once
// A Bayesian network as a functor on the diagram of its graph.

#include "causal/diagram/functor.hpp"
#include "causal/scm/bayesian_network.hpp"

namespace causal {

/// Cardinalities and matrices under the names of the variables, as network_diagram(network.dag(), ...) asks for them:
/// evaluate(network_functor(b), network_diagram(b.dag(), outputs)) is the joint distribution of the outputs. O(tables).
[[nodiscard]] FiniteFunctor network_functor(const BayesianNetwork& network);

}  // namespace causal
