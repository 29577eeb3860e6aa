#pragma once
// What was observed on the nodes of a graph, and why a formula on it gave no number.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "causal/identify/evaluate.hpp"
#include "do_query.hpp"

namespace causal::cli {

/// The latent projection of the graph, and the observed distribution over its nodes.
struct Observed {
  DoPicture picture;
  Admg graph;
  std::vector<DiscreteVariable> variables;
  Factor joint;
  std::vector<std::string> warnings;

  [[nodiscard]] const std::vector<std::string>& names() const { return graph.graph().names(); }
};

/// Nodes and the codes of their values.
using Codes = std::vector<std::pair<NodeId, int>>;

[[nodiscard]] NodeSet nodes_in(const Codes& codes);
[[nodiscard]] std::vector<std::string> named(const Observed& observed, const NodeSet& nodes);
/// 0, 1, ...: the variables of an answer.
[[nodiscard]] std::vector<VariableId> places(std::size_t count);

/// Why an evaluation gave no value, or nothing when it did.
[[nodiscard]] std::optional<DoRefusal> refusal_of(const Observed& observed, const Evaluation& evaluation);
/// The refusal of an effect with a hedge.
[[nodiscard]] DoRefusal refusal_of(const Observed& observed, const Hedge& hedge);

/// Whether something given is acted on by the intervention or asked for: a question about two worlds.
[[nodiscard]] bool spans_worlds(const Observed& observed, const NodeSet& set, const NodeSet& given,
                                const NodeSet& query);
/// P(query after do(set) | after, given) across two worlds, put into `answer`.
void answer_across_worlds(const Observed& observed, const Codes& set, const Codes& given, const Codes& after,
                          const std::vector<NodeId>& query, DoAnswer& answer);

}  // namespace causal::cli
