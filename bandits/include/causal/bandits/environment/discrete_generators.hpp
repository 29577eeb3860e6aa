#pragma once
// Random discrete models with hidden confounders, and two that are given.

#include <cstdint>
#include <string>
#include <vector>

#include "causal/graph/admg.hpp"
#include "causal/run/options.hpp"
#include "causal/scm/bayesian_network.hpp"

namespace causal::bandits {

struct RandomDiscreteOptions {
  int levels = 2;              ///< Of every node, observed or hidden, named 0, 1, ...
  double concentration = 0.5;  ///< Every row of a table is a symmetric Dirichlet draw: near 0 almost a function.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"levels", "levels of every node", closed_interval(2, 20)}, self.levels);
    visitor(Field{"concentration", "of the Dirichlet law of the tables", closed_interval(0.01, 1000)},
            self.concentration);
  }
};

/// A model with that graph: every bidirected edge is a hidden root with its two ends as children, every table is drawn
/// at random. Observed nodes keep their numbers and names. A function of the arguments. Errors: InvalidArgument for
/// options out of range, a table of more than 2^20 cells.
[[nodiscard]] BayesianNetwork random_discrete_model(const Admg& graph, const RandomDiscreteOptions& options,
                                                    std::uint64_t seed);

/// The network with these nodes hidden as well, for instance one from io::read_bif. Errors: InvalidArgument for an
/// unknown name.
[[nodiscard]] BayesianNetwork with_hidden(const BayesianNetwork& network, const std::vector<std::string>& names);

struct ParallelModelOptions {
  int causes = 10;
  int rare = 2;  ///< So many causes, the first ones, are 1 with rare_probability; the others with 1/2.
  double rare_probability = 0.05;
  double gain = 0.25;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"causes", "number of causes", closed_interval(2, 1000)}, self.causes);
    visitor(Field{"rare", "causes that are seldom 1", closed_interval(0, 1000)}, self.rare);
    visitor(Field{"rare_probability", "how often these are 1", closed_interval(0, 0.5)}, self.rare_probability);
    visitor(Field{"gain", "what a cause adds to the probability of the reward", closed_interval(0, 0.25)}, self.gain);
  }
};

/// Independent binary causes X1, X2, ... and a reward Y in {0, 1} that depends on the first and the last:
/// P(Y = 1 | x) = 1/2 + gain (x_1 - q_1) + gain (x_N - q_N), with q_i = P(X_i = 1). Doing nothing earns 1/2, and
/// do(X_i = x), for one of these two, 1/2 + gain (x - q_i). Nodes are X1, ..., XN, Y. Errors: InvalidArgument for
/// options out of range, more rare causes than causes.
/// Source: after the experiments of Lattimore, Lattimore and Reid, NeurIPS 2016, where one cause matters.
[[nodiscard]] BayesianNetwork parallel_model(const ParallelModelOptions& options = {});

}  // namespace causal::bandits
