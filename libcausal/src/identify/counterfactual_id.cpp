#include "causal/identify/counterfactual_id.hpp"

#include <algorithm>

#include "causal/run/error.hpp"
#include "identify/district_factor.hpp"
#include "identify/query_check.hpp"
#include "identify/worlds.hpp"

namespace causal {
namespace {

using identification::CounterfactualFactor;
using identification::FactorGroup;

void check_events(const MixedGraph& graph, const std::vector<CounterfactualEvent>& events) {
  for (const CounterfactualEvent& event : events) {
    NodeSet node{event.node}, action;
    for (const auto& [v, value] : event.action) action.push_back(v);
    identification::check_query_sets("identify_counterfactual", graph, {{"node", &node}});
    identification::check_query_sets("identify_counterfactual", graph, {{"action", &action}});
  }
}

// Removes from both the groups that stand in both.
void cancel(std::vector<FactorGroup>& above, std::vector<FactorGroup>& below) {
  for (auto it = above.begin(); it != above.end();) {
    const auto same = std::find(below.begin(), below.end(), *it);
    if (same == below.end()) {
      ++it;
      continue;
    }
    below.erase(same);
    it = above.erase(it);
  }
}

class Writer {
 public:
  Writer(const AdmgRows& graph, ExpressionPool& pool)
      : graph_(graph), pool_(pool), observed_(pool, graph.n(), graph.topological_order()) {}

  // Nothing: not identifiable; then `failure` says why.
  std::optional<Expression> write(const std::vector<FactorGroup>& groups) {
    std::vector<Expression> parts;
    for (const FactorGroup& group : groups) {
      std::vector<Expression> factors;
      for (const CounterfactualFactor& factor : group.factors) {
        const std::optional<Expression> written = write(factor);
        if (!written) return std::nullopt;
        factors.push_back(*written);
      }
      parts.push_back(pool_.sum(group.summed, pool_.product(std::move(factors))));
    }
    return pool_.product(std::move(parts));
  }

  [[nodiscard]] const CounterfactualNotIdentifiable& failure() const { return failure_; }

 private:
  std::optional<Expression> write(const CounterfactualFactor& factor) {
    if (factor.inconsistent) {
      failure_ = {factor.district, factor.inconsistent, {}};
      return std::nullopt;
    }
    const auto q = identification::district_factor(graph_, NodeBits(graph_.n(), factor.district), observed_,
                                                   NodeBits::all(graph_.n()));
    if (const Hedge* hedge = std::get_if<Hedge>(&q)) {
      failure_ = {factor.district, {}, *hedge};
      return std::nullopt;
    }
    std::vector<std::pair<Symbol, Symbol>> map;
    for (const auto& [node, symbol] : factor.at) map.emplace_back(Symbol{node, 0}, symbol);
    return pool_.rename(std::get<Expression>(q), map);
  }

  const AdmgRows& graph_;
  ExpressionPool& pool_;
  identification::CurrentDistribution observed_;
  CounterfactualNotIdentifiable failure_;
};

CounterfactualIdentified result_of(const Expression& expression, const identification::SymbolTable& symbols) {
  CounterfactualIdentified result{expression, {}, {}};
  const SymbolSet& free = expression.free();
  for (const auto& constant : symbols.constants()) {
    if (std::binary_search(free.begin(), free.end(), constant.first)) result.constants.push_back(constant);
  }
  for (const Symbol s : free) {
    const auto is_s = [&](const auto& constant) { return constant.first == s; };
    if (std::none_of(result.constants.begin(), result.constants.end(), is_s)) result.free_context.push_back(s.node);
  }
  return result;
}

}  // namespace

CounterfactualResult identify_counterfactual(const Admg& admg, const CounterfactualQuery& query) {
  if (query.event.empty()) throw InvalidArgument("identify_counterfactual", "event", "{}", "not be empty");
  check_events(admg.graph(), query.event);
  check_events(admg.graph(), query.evidence);
  const AdmgRows graph(admg);
  ExpressionPool pool;
  identification::SymbolTable symbols;
  Writer writer(graph, pool);

  std::vector<CounterfactualEvent> all = query.event;
  all.insert(all.end(), query.evidence.begin(), query.evidence.end());
  auto above = identification::factor_groups(graph, all, symbols);
  auto below = identification::factor_groups(graph, query.evidence, symbols);
  if (!below) return ImpossibleEvidence{};
  if (!above) return CounterfactualIdentified{pool.zero(), {}, {}};
  cancel(*above, *below);
  const std::optional<Expression> numerator = writer.write(*above);
  if (!numerator) return writer.failure();
  const std::optional<Expression> denominator = writer.write(*below);
  if (!denominator) return writer.failure();
  return result_of(pool.fraction(*numerator, *denominator), symbols);
}

Evaluation evaluate(const CounterfactualIdentified& identified, const ProbabilitySource& source,
                    EvaluateOptions options) {
  options.fixed = identified.constants;
  options.context = identified.free_context;
  return evaluate(identified.expression, source, options);
}

Evaluation evaluate(const CounterfactualIdentified& identified, const Factor& joint, EvaluateOptions options) {
  return evaluate(identified, table_source({{.domain = 0, .intervened = {}, .table = joint}}), std::move(options));
}

std::vector<std::pair<Symbol, std::string>> constant_texts(const CounterfactualIdentified& identified,
                                                           std::span<const std::string> names) {
  std::vector<std::pair<Symbol, std::string>> texts;
  for (const auto& [symbol, value] : identified.constants) {
    texts.emplace_back(symbol, names[slot(symbol.node)] + "=" + std::to_string(value));
  }
  return texts;
}

}  // namespace causal
