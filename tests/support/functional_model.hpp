#pragma once
// A random model with explicit deterministic functions and noise, so that every joint counterfactual has a true
// probability, found by enumerating the noise.

#include <span>
#include <vector>

#include "causal/graph/explicit_latents.hpp"
#include "causal/identify/counterfactual_id.hpp"
#include "causal/probability/factor.hpp"
#include "causal/run/random.hpp"

namespace causal::test {

/// Binary variables. Every node has its own noise with three states: 0 and 1 force the node to that value (so that all
/// probabilities are positive), 2 lets a random function of its parents and hidden roots decide.
class FunctionalModel {
 public:
  FunctionalModel(const Admg& admg, RandomStream& random) : latents_(with_explicit_latents(admg)) {
    for (NodeId v = 0; v < latents_.dag.n(); ++v) {
      if (v >= latents_.first_latent) {
        weights_.push_back({random.uniform(.2, .8)});
        weights_.back().push_back(1 - weights_.back()[0]);
        functions_.emplace_back();
        continue;
      }
      const double low = random.uniform(.05, .3), high = random.uniform(.05, .3);
      weights_.push_back({low, high, 1 - low - high});
      std::vector<int> table(std::size_t{1} << latents_.dag.parents(v).size());
      for (int& cell : table) cell = static_cast<int>(random.below(2));
      functions_.push_back(std::move(table));
    }
  }

  /// Calls visit(weight, noise) for every state of all noise.
  template <class Visit>
  void for_each_noise(Visit&& visit) const {
    std::vector<int> noise(weights_.size(), 0);
    while (true) {
      double weight = 1;
      for (std::size_t i = 0; i < noise.size(); ++i) weight *= weights_[i][static_cast<std::size_t>(noise[i])];
      visit(weight, noise);
      std::size_t i = 0;
      while (i < noise.size() && ++noise[i] == static_cast<int>(weights_[i].size())) noise[i++] = 0;
      if (i == noise.size()) return;
    }
  }

  /// The values of all nodes in the world where the nodes of `action` are set.
  [[nodiscard]] std::vector<int> world(const std::vector<int>& noise,
                                       const std::vector<std::pair<NodeId, int>>& action) const {
    std::vector<int> values(noise.size());
    for (const NodeId v : latents_.dag.topological_order()) {
      values[slot(v)] = noise[slot(v)];
      if (v < latents_.first_latent && noise[slot(v)] == 2) {
        std::size_t row = 0;
        for (const NodeId p : latents_.dag.parents(v)) row = 2 * row + static_cast<std::size_t>(values[slot(p)]);
        values[slot(v)] = functions_[slot(v)][row];
      }
      for (const auto& [node, value] : action) {
        if (node == v) values[slot(v)] = value;
      }
    }
    return values;
  }

  [[nodiscard]] double probability(std::span<const CounterfactualEvent> events) const {
    double total = 0;
    for_each_noise([&](double weight, const std::vector<int>& noise) {
      for (const CounterfactualEvent& event : events) {
        if (world(noise, event.action)[slot(event.node)] != event.value) return;
      }
      total += weight;
    });
    return total;
  }

  /// P(observed nodes).
  [[nodiscard]] Factor joint() const {
    std::vector<VariableId> scope;
    for (NodeId v = 0; v < latents_.first_latent; ++v) scope.push_back(v);
    Factor factor = Factor::constant(scope, std::vector<int>(scope.size(), 2), 0.0);
    for_each_noise([&](double weight, const std::vector<int>& noise) {
      std::vector<int> values = world(noise, {});
      values.resize(scope.size());
      factor.at(values) += weight;
    });
    return factor;
  }

 private:
  ExplicitLatents latents_;
  std::vector<std::vector<double>> weights_;
  std::vector<std::vector<int>> functions_;
};

}  // namespace causal::test
