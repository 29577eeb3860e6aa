#pragma once
// Probabilities of events in several worlds at once, from the observed distribution.

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "causal/graph/admg.hpp"
#include "causal/identify/evaluate.hpp"
#include "causal/identify/expression.hpp"
#include "causal/identify/hedge.hpp"

namespace causal {

/// "Had the nodes of `action` been set to these values, `node` would have had this value": Y_{x = 0} = 1. An empty
/// action speaks of what did happen.
struct CounterfactualEvent {
  NodeId node = 0;
  int value = 0;
  std::vector<std::pair<NodeId, int>> action = {};
};

/// P(all of event | all of evidence).
struct CounterfactualQuery {
  std::vector<CounterfactualEvent> event;
  std::vector<CounterfactualEvent> evidence = {};
};

struct CounterfactualIdentified {
  /// A number once `constants` and `free_context` are given.
  Expression expression;
  /// The value every symbol of the query stands for: different values of one variable are different copies.
  std::vector<std::pair<Symbol, int>> constants;
  /// As Identified::free_context.
  NodeSet free_context;
};

/// Why the query is not a function of the observed distribution.
struct CounterfactualNotIdentifiable {
  /// The district whose factor cannot be had.
  NodeSet district;
  /// The district would need two values of this node at once ...
  std::optional<NodeId> inconsistent;
  /// ... or, where it would not, this is a hedge for the effect of all other nodes on the district.
  std::optional<Hedge> hedge;
};

/// The evidence contradicts itself in every model of the graph.
struct ImpossibleEvidence {};

using CounterfactualResult = std::variant<CounterfactualIdentified, CounterfactualNotIdentifiable, ImpossibleEvidence>;

/// Identifies the query from P(all nodes): events are reduced to the actions that matter, the counterfactual ancestors
/// split into factors by district, worlds that agree on the inputs of a variable share its value, and every factor is
/// identified by itself. Of a conditional query, factors that stand above and below the line cancel first, identified
/// or not. An event that contradicts itself is identified, with value zero. O(k^2 n) for k variables in all worlds, and
/// an ID call a district. Errors: InvalidArgument for an unknown node, a node set twice in one action, an empty event.
/// Source: Correa, Lee and Bareinboim, "Nested counterfactual identification from arbitrary surrogate experiments",
/// NeurIPS 2021, for one observed distribution. (The older ID* reports inconsistencies that are none.)
[[nodiscard]] CounterfactualResult identify_counterfactual(const Admg& admg, const CounterfactualQuery& query);

/// The value; the answer is a table without variables. Errors: as evaluate.
[[nodiscard]] Evaluation evaluate(const CounterfactualIdentified& identified, const ProbabilitySource& source,
                                  EvaluateOptions options = {});
[[nodiscard]] Evaluation evaluate(const CounterfactualIdentified& identified, const Factor& joint,
                                  EvaluateOptions options = {});

/// How print.hpp should show the constants: "Y=1".
[[nodiscard]] std::vector<std::pair<Symbol, std::string>> constant_texts(const CounterfactualIdentified& identified,
                                                                         std::span<const std::string> names);

}  // namespace causal
