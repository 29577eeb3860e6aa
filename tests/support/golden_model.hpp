#pragma once
// An exact discrete model for any ADMG, and what it truly does under interventions, by enumeration.
//
// Every bidirected edge is a binary latent root with P(1) = 1/3. The inputs of node v are its parents in the order of
// their names, then its latents in the order of (smaller, larger) endpoint name; with m = sum_i input_i 2^i,
// P(v = 1 | inputs) = (1 + ((m + 2)^3 mod 11)) / 13. All variables are binary.

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "causal/graph/admg.hpp"
#include "causal/graph/explicit_latents.hpp"
#include "causal/probability/factor.hpp"

namespace causal::test {

/// A value forced or observed on a node.
struct Setting {
  NodeId node;
  int value;
};

class GoldenModel {
 public:
  explicit GoldenModel(const Admg& admg) : latents_(with_explicit_latents(admg)), inputs_(slot(admg.n())) {
    const MixedGraph& graph = admg.graph();
    const auto by_name = [&](NodeId a, NodeId b) { return graph.name(a) < graph.name(b); };
    for (NodeId v = 0; v < admg.n(); ++v) {
      auto& inputs = inputs_[slot(v)];
      inputs.assign(graph.parents(v).begin(), graph.parents(v).end());
      std::sort(inputs.begin(), inputs.end(), by_name);
      std::vector<std::pair<std::pair<std::string, std::string>, NodeId>> latent;
      for (std::size_t u = 0; u < latents_.children.size(); ++u) {
        auto [a, b] = latents_.children[u];
        if (a != v && b != v) continue;
        if (by_name(b, a)) std::swap(a, b);
        latent.push_back({{graph.name(a), graph.name(b)}, latents_.first_latent + static_cast<NodeId>(u)});
      }
      std::sort(latent.begin(), latent.end());
      for (const auto& [names, id] : latent) inputs.push_back(id);
    }
  }

  /// The DAG with its hidden roots; observed nodes come first and keep their ids.
  [[nodiscard]] const ExplicitLatents& structure() const { return latents_; }
  [[nodiscard]] int observed() const { return latents_.first_latent; }
  /// Observed parents and hidden roots in the order that numbers them.
  [[nodiscard]] const std::vector<NodeId>& inputs(NodeId v) const { return inputs_[slot(v)]; }

  /// P(v = 1 | inputs), or of a hidden root.
  [[nodiscard]] static double probability_of_one(int m) { return (1 + (m + 2) * (m + 2) * (m + 2) % 11) / 13.0; }

  /// The mechanism of a node of the DAG: scope (inputs..., v), so each conditional distribution is contiguous.
  [[nodiscard]] Factor mechanism(NodeId v) const {
    if (v >= latents_.first_latent) return {{v}, {2}, {2.0 / 3, 1.0 / 3}};
    std::vector<VariableId> scope(inputs(v).begin(), inputs(v).end());
    scope.push_back(v);
    Factor factor = Factor::constant(scope, std::vector<int>(scope.size(), 2), 0.0);
    for (std::size_t cell = 0; cell < factor.size(); ++cell) {
      const std::vector<int> bits = factor.assignment(cell);
      int m = 0;
      for (std::size_t i = 0; i + 1 < bits.size(); ++i) m += bits[i] << i;
      const double one = probability_of_one(m);
      factor.at(bits) = bits.back() == 1 ? one : 1 - one;
    }
    return factor;
  }

  /// The joint distribution of the observed nodes (scope 0..n-1) under do(settings), by truncated factorisation. A set
  /// node has its value with probability 1.
  [[nodiscard]] Factor joint(const std::vector<Setting>& settings = {}) const {
    Factor all;
    for (NodeId v = 0; v < latents_.dag.n(); ++v) {
      const auto set = std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.node == v; });
      if (set == settings.end()) {
        all = product(all, mechanism(v));
      } else {
        all = product(all, Factor({v}, {2}, {set->value == 0 ? 1.0 : 0.0, set->value == 1 ? 1.0 : 0.0}));
      }
    }
    std::vector<VariableId> keep;
    for (NodeId v = 0; v < observed(); ++v) keep.push_back(v);
    return all.marginal(keep);
  }

  /// P(event | do(settings)).
  [[nodiscard]] double probability(const std::vector<Setting>& event, const std::vector<Setting>& settings = {}) const {
    return probability_in(joint(settings), event);
  }

  /// Probability of the event under a joint distribution over its nodes.
  [[nodiscard]] static double probability_in(Factor joint, const std::vector<Setting>& event) {
    for (const Setting& setting : event) joint = joint.slice(setting.node, setting.value);
    return joint.total();
  }

 private:
  ExplicitLatents latents_;
  std::vector<std::vector<NodeId>> inputs_;
};

}  // namespace causal::test
