// causal do on a graph and a table: the effect by ID, evaluated on the observed distribution.

#include <fmt/format.h>

#include <algorithm>

#include "causal/identify/evaluate.hpp"
#include "causal/identify/print.hpp"
#include "causal/identify/simplify.hpp"
#include "causal/io/joint_table.hpp"
#include "causal/run/nearest_name.hpp"
#include "do_query.hpp"
#include "query_graph.hpp"

namespace causal::cli {
namespace {

/// The latent projection of the graph, and the observed distribution over its nodes.
struct Observed {
  DoPicture picture;
  Admg graph;
  std::vector<DiscreteVariable> variables;
  Factor joint;
  std::vector<std::string> warnings;

  [[nodiscard]] const std::vector<std::string>& names() const { return graph.graph().names(); }
};

Observed read_observed(const DoQuestion& question) {
  if (question.table.empty()) {
    throw InvalidArgument("a graph alone gives no numbers", question.model,
                          "Add the distribution: --table FILE. For the formula: causal identify.");
  }
  const QueryGraph query = read_query_graph(question.model, question.latent);
  for (const std::string& name : question.query) {
    const NodeId v = query.graph().id(name);
    if (std::binary_search(query.latents.begin(), query.latents.end(), v)) {
      throw InvalidArgument("'" + name + "' is latent", "--query", "Ask for something that is measured.");
    }
  }
  const JointTable table = io::read_joint_table(question.table);
  Observed observed{{query.member(), query.observed(), {}}, query.projection(), {}, {}, table.warnings};
  std::vector<VariableId> columns;
  std::vector<VariableId> nodes;
  for (NodeId v = 0; v < observed.graph.n(); ++v) {
    const std::string& name = observed.graph.graph().name(v);
    const auto column = std::find_if(table.variables.begin(), table.variables.end(),
                                     [&](const DiscreteVariable& variable) { return variable.name == name; });
    if (column == table.variables.end()) {
      throw InvalidArgument("the table has no column for '" + name + "'", question.table,
                            "If it is not measured: --latent " + name + ".");
    }
    columns.push_back(static_cast<VariableId>(column - table.variables.begin()));
    nodes.push_back(v);
    observed.variables.push_back(*column);
  }
  observed.joint = table.joint.marginal(columns).renamed(std::move(nodes));
  return observed;
}

std::vector<std::pair<NodeId, int>> coded(const Observed& observed, const std::vector<Setting>& settings) {
  std::vector<std::pair<NodeId, int>> codes;
  for (const auto& [name, text] : settings) {
    const NodeId v = observed.graph.graph().id(name);
    const auto& levels = observed.variables[slot(v)].levels;
    const auto level = std::find(levels.begin(), levels.end(), text);
    if (level == levels.end()) {
      throw InvalidArgument(fmt::format("'{}' is no value of '{}'", text, name), "the command line",
                            fmt::format("Its values are {}.", fmt::join(levels, ", ")));
    }
    codes.emplace_back(v, static_cast<int>(level - levels.begin()));
  }
  return codes;
}

NodeSet nodes_in(const std::vector<std::pair<NodeId, int>>& codes) {
  NodeSet nodes;
  for (const auto& [v, code] : codes) nodes.push_back(v);
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

std::string cell_text(const Observed& observed, const ZeroCell& cell) {
  std::string text;
  for (const auto& [symbol, value] : cell.assignment) {
    const DiscreteVariable& variable = observed.variables[slot(symbol.node)];
    text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", variable.name,
                        variable.levels[static_cast<std::size_t>(value)]);
  }
  return text;
}

// P(query | settings) of what was observed; nothing when the settings were never seen.
std::optional<Factor> seen_distribution(const Observed& observed, const std::vector<std::pair<NodeId, int>>& settings,
                                        const std::vector<NodeId>& query) {
  Factor slice = observed.joint;
  for (const auto& [v, code] : settings) slice = slice.slice(v, code);
  const double mass = slice.total();
  if (mass <= 0) return std::nullopt;
  return slice.marginal(query).scaled(1 / mass);
}

// What was seen before the intervention counts as seen after it where the intervention does not reach.
void refuse_affected(const Observed& observed, const NodeSet& set, const NodeSet& given) {
  std::vector<NodeId> stack = set;
  std::vector<bool> below(slot(observed.graph.n()), false);
  while (!stack.empty()) {
    const NodeId v = stack.back();
    stack.pop_back();
    if (below[slot(v)]) continue;
    below[slot(v)] = true;
    for (const NodeId w : observed.graph.graph().children(v)) stack.push_back(w);
  }
  for (const NodeId v : given) {
    if (!below[slot(v)]) continue;
    throw InvalidArgument(
        fmt::format("the intervention acts on '{}', so what it was before is a counterfactual",
                    observed.graph.graph().name(v)),
        "--given", "A graph with a table does not answer that: give a model, or use --after for what is seen after.");
  }
}

std::vector<std::string> named(const Observed& observed, const NodeSet& nodes) {
  return names_of(observed.graph.graph(), nodes);
}

void settle(const Observed& observed, const Evaluation& evaluation, const std::vector<NodeId>& query,
            DoAnswer& answer) {
  if (const auto* zero = std::get_if<ZeroSupport>(&evaluation)) {
    answer.refusal = {"zero_support", "the formula needs what happens where nothing was ever seen: " +
                                          (zero->cells.empty() ? std::string("the table has no mass there")
                                                               : cell_text(observed, zero->cells.front()))};
    return;
  }
  if (const auto* refused = std::get_if<EvaluationRefused>(&evaluation)) {
    answer.refusal = {"budget_exceeded", fmt::format("a table of {:.3g} cells would be needed", refused->cells)};
    return;
  }
  const auto& value = std::get<Evaluated>(evaluation);
  answer.method = "id";
  answer.distribution = value.value.marginal(query);
  answer.context_spread = value.context_spread;
}

}  // namespace

DoAnswer do_on_graph(const DoQuestion& question) {
  const Observed observed = read_observed(question);
  const auto set = coded(observed, question.set);
  auto seen = coded(observed, question.given);
  const auto after = coded(observed, question.after);
  refuse_affected(observed, nodes_in(set), nodes_in(seen));
  seen.insert(seen.end(), after.begin(), after.end());
  std::vector<NodeId> query;
  DoAnswer answer{.source = "graph", .warnings = observed.warnings, .picture = observed.picture};
  for (const auto& [v, code] : set) answer.picture.values.emplace_back(observed.graph.graph().name(v), code);
  for (const std::string& name : question.query) {
    query.push_back(observed.graph.graph().id(name));
    answer.variables.push_back(observed.variables[slot(query.back())]);
  }
  EffectQuery effect{.y = query, .x = nodes_in(set), .z = nodes_in(seen)};
  std::sort(effect.y.begin(), effect.y.end());

  auto both = set;
  both.insert(both.end(), seen.begin(), seen.end());
  if (auto naive = seen_distribution(observed, both, query)) {
    std::vector<VariableId> places(query.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<VariableId>(i);
    answer.seen = naive->renamed(places);
  }
  ExpressionPool pool;
  const IdResult result = identify(observed.graph, effect, pool);
  if (const auto* no = std::get_if<NotIdentifiable>(&result)) {
    answer.refusal = {
        "not_identifiable",
        fmt::format("two models with this graph and these observations differ in it: the hedge {} over {}",
                    set_text(named(observed, no->hedge.outer)), set_text(named(observed, no->hedge.inner))),
        "", std::pair{named(observed, no->hedge.outer), named(observed, no->hedge.inner)}};
    if (set.size() == 1 && seen.empty()) {
      answer.comb = comb_route(observed.graph, set[0].first, set[0].second, query, observed.joint);
    }
    return answer;
  }
  const auto& identified = std::get<Identified>(result);
  const Expression formula = simplify(identified.expression, observed.graph, pool);
  answer.formula = to_text(formula, observed.names());
  answer.formula_latex = to_latex(formula, observed.names());
  answer.free_context = named(observed, identified.free_context);
  EvaluateOptions options;
  for (const auto& [v, code] : both) options.fixed.emplace_back(Symbol{v, 0}, code);
  settle(observed, evaluate(identified, observed.joint, options), query, answer);
  if (set.size() == 1 && seen.empty()) {
    answer.comb = comb_route(observed.graph, set[0].first, set[0].second, query, observed.joint);
    if (answer.distribution && answer.comb->distribution) {
      answer.comb_difference = max_difference(*answer.distribution, *answer.comb->distribution);
    }
  }
  if (answer.distribution) {
    std::vector<VariableId> places(query.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = static_cast<VariableId>(i);
    answer.distribution = answer.distribution->renamed(places);
  }
  return answer;
}

}  // namespace causal::cli
