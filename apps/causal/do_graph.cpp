// causal do on a graph and a table: the effect by ID, evaluated on the observed distribution.

#include <fmt/format.h>

#include <algorithm>

#include "causal/identify/evaluate.hpp"
#include "causal/identify/print.hpp"
#include "causal/identify/simplify.hpp"
#include "causal/io/joint_table.hpp"
#include "causal/run/nearest_name.hpp"
#include "do_observed.hpp"
#include "query_graph.hpp"

namespace causal::cli {
namespace {

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

// P(query | settings) of what was observed; nothing when the settings were never seen.
std::optional<Factor> seen_distribution(const Observed& observed, const std::vector<std::pair<NodeId, int>>& settings,
                                        const std::vector<NodeId>& query) {
  Factor slice = observed.joint;
  for (const auto& [v, code] : settings) slice = slice.slice(v, code);
  const double mass = slice.total();
  if (mass <= 0) return std::nullopt;
  return slice.marginal(query).scaled(1 / mass);
}

// P(query | do(set), seen) by ID, put into `answer`.
void answer_effect(const Observed& observed, const Codes& set, const Codes& seen, const std::vector<NodeId>& query,
                   DoAnswer& answer) {
  Codes both = set;
  both.insert(both.end(), seen.begin(), seen.end());
  if (auto naive = seen_distribution(observed, both, query)) answer.seen = naive->renamed(places(query.size()));
  if (set.size() == 1 && seen.empty()) {
    answer.comb = comb_route(observed.graph, set[0].first, set[0].second, query, observed.joint);
  }
  EffectQuery effect{.y = query, .x = nodes_in(set), .z = nodes_in(seen)};
  std::sort(effect.y.begin(), effect.y.end());
  ExpressionPool pool;
  const IdResult result = identify(observed.graph, effect, pool);
  if (const auto* no = std::get_if<NotIdentifiable>(&result)) {
    answer.refusal = refusal_of(observed, no->hedge);
    return;
  }
  const auto& identified = std::get<Identified>(result);
  const Expression formula = simplify(identified.expression, observed.graph, pool);
  answer.formula = to_text(formula, observed.names());
  answer.formula_latex = to_latex(formula, observed.names());
  answer.free_context = named(observed, identified.free_context);
  EvaluateOptions options;
  for (const auto& [v, code] : both) options.fixed.emplace_back(Symbol{v, 0}, code);
  const Evaluation evaluation = evaluate(identified, observed.joint, options);
  answer.refusal = refusal_of(observed, evaluation);
  if (answer.refusal) return;
  const auto& value = std::get<Evaluated>(evaluation);
  const Factor distribution = value.value.marginal(query);
  if (answer.comb && answer.comb->distribution) {
    answer.comb_difference = max_difference(distribution, *answer.comb->distribution);
  }
  answer.method = "id";
  answer.distribution = distribution.renamed(places(query.size()));
  answer.context_spread = value.context_spread;
}

}  // namespace

DoAnswer do_on_graph(const DoQuestion& question) {
  const Observed observed = read_observed(question);
  const Codes set = coded(observed, question.set);
  const Codes given = coded(observed, question.given);
  const Codes after = coded(observed, question.after);
  std::vector<NodeId> query;
  DoAnswer answer{.source = "graph", .warnings = observed.warnings, .picture = observed.picture};
  for (const auto& [v, code] : set) answer.picture.values.emplace_back(observed.graph.graph().name(v), code);
  for (const std::string& name : question.query) {
    query.push_back(observed.graph.graph().id(name));
    answer.variables.push_back(observed.variables[slot(query.back())]);
  }
  NodeSet asked = query;
  std::sort(asked.begin(), asked.end());
  if (spans_worlds(observed, nodes_in(set), nodes_in(given), asked)) {
    answer_across_worlds(observed, set, given, after, query, answer);
    return answer;
  }
  Codes seen = given;
  seen.insert(seen.end(), after.begin(), after.end());
  answer_effect(observed, set, seen, query, answer);
  return answer;
}

}  // namespace causal::cli
