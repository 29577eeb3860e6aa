#pragma once
// Formulas on Bayesian networks, without their joint table.

#include <span>
#include <string>

#include "causal/identify/evaluate.hpp"
#include "causal/scm/bayesian_network.hpp"

namespace causal {

/// Answers by contraction of the network: node v of the formula is the network's variable called names[v], so the graph
/// of the formula may leave out the network's latent nodes. Experiments are answered as well, by surgery on the
/// network, with one contraction for each of their values. What the network itself refuses becomes EvaluationRefused.
/// The network must outlive the source. Errors when asked: InvalidArgument for a name the network does not have, or a
/// domain other than 0.
[[nodiscard]] ProbabilitySource network_source(const BayesianNetwork& network, std::span<const std::string> names);

}  // namespace causal
