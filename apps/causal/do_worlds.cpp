// causal do across two worlds on a graph and a table: what was seen in one, what would have been in the other.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "causal/identify/counterfactual_id.hpp"
#include "causal/identify/print.hpp"
#include "do_observed.hpp"
#include "query_graph.hpp"

namespace causal::cli {
namespace {

std::string cell_text(const Observed& observed, const ZeroCell& cell) {
  std::string text;
  for (const auto& [symbol, value] : cell.assignment) {
    const DiscreteVariable& variable = observed.variables[slot(symbol.node)];
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", variable.name,
                        variable.levels[static_cast<std::size_t>(value)]);
  }
  return text;
}

DoRefusal refusal_of(const Observed& observed, const CounterfactualNotIdentifiable& no) {
  std::string reason = "models with this graph and these observations differ in it: the district " +
                       set_text(named(observed, no.district));
  if (no.inconsistent) {
    reason += " would need two values of '" + observed.graph.graph().name(*no.inconsistent) + "' at once";
  } else if (no.hedge) {
    reason += fmt::format(" has the hedge {} over {}", set_text(named(observed, no.hedge->outer)),
                          set_text(named(observed, no.hedge->inner)));
  }
  DoRefusal refusal{"not_identifiable", std::move(reason)};
  if (no.hedge) refusal.hedge = std::pair{named(observed, no.hedge->outer), named(observed, no.hedge->inner)};
  return refusal;
}

}  // namespace

NodeSet nodes_in(const std::vector<std::pair<NodeId, int>>& codes) {
  NodeSet nodes;
  for (const auto& [v, code] : codes) nodes.push_back(v);
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

std::vector<std::string> named(const Observed& observed, const NodeSet& nodes) {
  return names_of(observed.graph.graph(), nodes);
}

std::vector<VariableId> places(std::size_t count) {
  std::vector<VariableId> variables(count);
  std::iota(variables.begin(), variables.end(), 0);
  return variables;
}

std::optional<DoRefusal> refusal_of(const Observed& observed, const Evaluation& evaluation) {
  if (const auto* zero = std::get_if<ZeroSupport>(&evaluation)) {
    return DoRefusal{"zero_support", "the formula needs what happens where nothing was ever seen: " +
                                         (zero->cells.empty() ? std::string("the table has no mass there")
                                                              : cell_text(observed, zero->cells.front()))};
  }
  if (const auto* refused = std::get_if<EvaluationRefused>(&evaluation)) {
    return DoRefusal{"budget_exceeded", fmt::format("a table of {:.3g} cells would be needed", refused->cells)};
  }
  return std::nullopt;
}

DoRefusal refusal_of(const Observed& observed, const Hedge& hedge) {
  const auto outer = named(observed, hedge.outer);
  const auto inner = named(observed, hedge.inner);
  return {"not_identifiable",
          fmt::format("two models with this graph and these observations differ in it: the hedge {} over {}",
                      set_text(outer), set_text(inner)),
          "", std::pair{outer, inner}};
}

// What was seen before the intervention counts as seen after it where the intervention does not reach; elsewhere the
// question is about two worlds.
bool spans_worlds(const Observed& observed, const NodeSet& set, const NodeSet& given, const NodeSet& query) {
  std::vector<NodeId> stack = set;
  std::vector<bool> below(slot(observed.graph.n()), false);
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    if (below[slot(v)]) continue;
    below[slot(v)] = true;
    for (const NodeId w : observed.graph.graph().children(v)) stack.push_back(w);
  }
  return std::any_of(given.begin(), given.end(), [&](NodeId v) {
    return below[slot(v)] || (!set.empty() && std::binary_search(query.begin(), query.end(), v));
  });
}

void answer_across_worlds(const Observed& observed, const Codes& set, const Codes& given, const Codes& after,
                          const std::vector<NodeId>& query, DoAnswer& answer) {
  std::vector<int> cardinalities;
  for (const NodeId v : query) cardinalities.push_back(observed.variables[slot(v)].cardinality());
  CounterfactualQuery asked;
  for (const auto& [v, code] : given) asked.evidence.push_back({v, code, {}});
  for (const auto& [v, code] : after) asked.evidence.push_back({v, code, set});
  Factor distribution = Factor::constant(places(query.size()), cardinalities, 0.0);
  for (std::size_t cell = 0; cell < distribution.size(); ++cell) {
    const std::vector<int> codes = distribution.assignment(cell);
    asked.event.clear();
    for (std::size_t i = 0; i < codes.size(); ++i) asked.event.push_back({query[i], codes[i], set});
    const CounterfactualResult result = identify_counterfactual(observed.graph, asked);
    if (std::holds_alternative<ImpossibleEvidence>(result)) {
      answer.refusal = {"zero_support", "what is given contradicts itself in every model of the graph"};
    } else if (const auto* no = std::get_if<CounterfactualNotIdentifiable>(&result)) {
      answer.refusal = refusal_of(observed, *no);
    } else {
      const auto& identified = std::get<CounterfactualIdentified>(result);
      const Evaluation evaluation = evaluate(identified, observed.joint);
      answer.refusal = refusal_of(observed, evaluation);
      if (!answer.refusal) distribution.at(codes) = std::get<Evaluated>(evaluation).value.values()[0];
      // The formula of the last cell stands for all: they differ in the values put in.
      const PrintOptions print{.constants = constant_texts(identified, observed.names())};
      answer.formula = to_text(identified.expression, observed.names(), print);
      answer.formula_latex = to_latex(identified.expression, observed.names(), print);
      answer.free_context = named(observed, identified.free_context);
    }
    if (answer.refusal) return;
  }
  answer.method = "id";
  answer.distribution = std::move(distribution);
}

}  // namespace causal::cli
