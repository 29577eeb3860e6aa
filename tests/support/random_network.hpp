#pragma once
// Random tensor networks and the sum over their joint table.

#include <algorithm>
#include <cmath>
#include <vector>

#include "causal/diagram/contraction.hpp"
#include "causal/run/random.hpp"

namespace causal::test {

/// A table over parents and node, scope (parents..., v): every row sums to one; about one cell in ten is 0.
inline Factor random_conditional(std::vector<VariableId> scope, std::vector<int> cardinalities, RandomStream& stream) {
  const auto levels = static_cast<std::size_t>(cardinalities.back());
  std::size_t cells = 1;
  for (const int c : cardinalities) cells *= static_cast<std::size_t>(c);
  std::vector<double> values(cells);
  for (std::size_t row = 0; row < cells; row += levels) {
    double total = 0;
    for (std::size_t k = 0; k < levels; ++k) {
      const bool zero = levels > 1 && k > 0 && stream.uniform() < 0.1;
      values[row + k] = zero ? 0 : stream.uniform();
      total += values[row + k];
    }
    for (std::size_t k = 0; k < levels; ++k) values[row + k] /= total;
  }
  return {std::move(scope), std::move(cardinalities), std::move(values)};
}

/// One conditional table per node of a random DAG 0 < 1 < ... < n-1 with at most `max_parents` parents and 2 (sometimes
/// 1 or 3) levels. Nothing is open. The joint table stays below 2^17 cells for n <= 16.
inline TensorNetwork random_bayesian_network(int n, RandomStream& stream, int max_parents = 3) {
  TensorNetwork network;
  double cells = 1;
  for (int v = 0; v < n; ++v) {
    const std::uint64_t kind = stream.below(10);
    const int c = kind == 0 ? 1 : kind < 3 && cells * 3 * std::exp2(n - v - 1) <= (1 << 17) ? 3 : 2;
    cells *= c;
    network.cardinalities.push_back(c);
  }
  for (int v = 0; v < n; ++v) {
    const int parents = static_cast<int>(stream.below(static_cast<std::uint64_t>(std::min(v, max_parents) + 1)));
    std::vector<VariableId> scope = stream.choice(v, parents);
    scope.push_back(v);
    std::vector<int> cardinalities;
    for (const VariableId u : scope) cardinalities.push_back(network.cardinalities[static_cast<std::size_t>(u)]);
    network.tensors.push_back(random_conditional(std::move(scope), std::move(cardinalities), stream));
  }
  return network;
}

/// Values of `count` distinct indices, each value equally likely.
inline Evidence random_evidence(const TensorNetwork& network, int count, RandomStream& stream) {
  Evidence evidence;
  for (const int v : stream.choice(static_cast<int>(network.cardinalities.size()), count)) {
    const int c = network.cardinalities[static_cast<std::size_t>(v)];
    evidence.push_back({v, static_cast<int>(stream.below(static_cast<std::uint64_t>(c)))});
  }
  return evidence;
}

/// The definition: the product of all tensors over the joint table, zero off the evidence, summed onto open indices
/// (which must not repeat).
inline Factor brute_force(const TensorNetwork& network, const Evidence& evidence) {
  std::vector<VariableId> all;
  for (std::size_t v = 0; v < network.cardinalities.size(); ++v) all.push_back(static_cast<VariableId>(v));
  Factor joint = Factor::constant(all, network.cardinalities, 1.0);
  for (const Factor& tensor : network.tensors) joint = product(joint, tensor);
  for (const auto& [index, value] : evidence) {
    const int c = network.cardinalities[static_cast<std::size_t>(index)];
    std::vector<double> point(static_cast<std::size_t>(c), 0.0);
    point[static_cast<std::size_t>(value)] = 1;
    joint = product(joint, Factor({index}, {c}, std::move(point)));
  }
  return joint.marginal(network.open);
}

}  // namespace causal::test
