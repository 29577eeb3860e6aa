#pragma once
// A random positive discrete model of an ADMG with explicit latents, and what it truly does, by enumeration.

#include <algorithm>
#include <vector>

#include "causal/graph/explicit_latents.hpp"
#include "causal/probability/factor.hpp"
#include "causal/run/random.hpp"
#include "support/golden_model.hpp"

namespace causal::test {

class RandomModel {
 public:
  /// Every observed variable has `cardinality` values, every latent root two.
  RandomModel(const Admg& admg, RandomStream& random, int cardinality)
      : latents_(with_explicit_latents(admg)), cardinality_(cardinality) {
    for (NodeId v = 0; v < latents_.dag.n(); ++v) mechanisms_.push_back(random_mechanism(v, random));
  }

  [[nodiscard]] int observed() const { return latents_.first_latent; }
  [[nodiscard]] int cardinality(NodeId v) const { return v < observed() ? cardinality_ : 2; }
  [[nodiscard]] std::vector<int> cardinalities(const NodeSet& nodes) const {
    return std::vector<int>(nodes.size(), cardinality_);
  }
  /// Draws the mechanism of v anew: the same graph in another population.
  void redraw(NodeId v, RandomStream& random) { mechanisms_[slot(v)] = random_mechanism(v, random); }

  /// P(observed nodes) under do(settings); a set node has its value with probability 1.
  [[nodiscard]] Factor joint(const std::vector<Setting>& settings = {}) const {
    Factor all;
    for (NodeId v = 0; v < latents_.dag.n(); ++v) {
      Factor mechanism = mechanisms_[slot(v)];
      for (const Setting& s : settings) {
        if (s.node != v) continue;
        mechanism = Factor::constant({v}, {cardinality(v)}, 0.0);
        mechanism.at(std::vector<int>{s.value}) = 1;
      }
      all = product(all, mechanism);
    }
    return all.marginal(observed_scope());
  }

  /// P(rest | do(nodes)) for every value of `nodes`, scope 0..n-1.
  [[nodiscard]] Factor experiment(const NodeSet& nodes) const {
    Factor all;
    for (NodeId v = 0; v < latents_.dag.n(); ++v) {
      const bool set = std::find(nodes.begin(), nodes.end(), v) != nodes.end();
      all = product(all, set ? Factor::constant({v}, {cardinality(v)}, 1.0) : mechanisms_[slot(v)]);
    }
    return all.marginal(observed_scope());
  }

 private:
  [[nodiscard]] std::vector<VariableId> observed_scope() const {
    std::vector<VariableId> scope;
    for (NodeId v = 0; v < observed(); ++v) scope.push_back(v);
    return scope;
  }

  [[nodiscard]] Factor random_mechanism(NodeId v, RandomStream& random) const {
    std::vector<VariableId> scope(latents_.dag.parents(v).begin(), latents_.dag.parents(v).end());
    scope.push_back(v);
    std::vector<int> cardinalities;
    for (const VariableId w : scope) cardinalities.push_back(cardinality(w));
    std::vector<double> values(Factor::constant(scope, cardinalities, 0.0).size());
    const auto k = static_cast<std::size_t>(cardinality(v));
    for (std::size_t row = 0; row < values.size(); row += k) {
      double total = 0;
      for (std::size_t i = 0; i < k; ++i) total += values[row + i] = random.uniform(.1, 1);
      for (std::size_t i = 0; i < k; ++i) values[row + i] /= total;
    }
    return {std::move(scope), std::move(cardinalities), std::move(values)};
  }

  ExplicitLatents latents_;
  int cardinality_;
  std::vector<Factor> mechanisms_;
};

}  // namespace causal::test
