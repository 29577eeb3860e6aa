#include "causal/identify/evaluate.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "causal/run/error.hpp"
#include "identify/context_choice.hpp"
#include "identify/masked_factor.hpp"
#include "identify/symbol_set.hpp"

namespace causal {
namespace {

using identification::contains;

using identification::CauseSets;
using identification::MaskedFactor;
using identification::reordered;
using identification::settle_context;

// Symbols as variables of factors: the plain letter is the node itself, further copies follow in blocks.
class Numbering {
 public:
  explicit Numbering(NodeId nodes) : nodes_(nodes) {}
  [[nodiscard]] VariableId operator()(Symbol s) const { return s.node + s.copy * nodes_; }
  [[nodiscard]] Symbol symbol(VariableId v) const { return {v % nodes_, v / nodes_}; }

 private:
  NodeId nodes_;
};

class Evaluator {
 public:
  Evaluator(const ProbabilitySource& source, const EvaluateOptions& options, Numbering number)
      : source_(source), options_(options), number_(number) {}

  const MaskedFactor& value(const Expression& e) {
    if (const auto known = known_.find(e.identity()); known != known_.end()) return known->second;
    MaskedFactor computed = compute(e);
    return known_.emplace(e.identity(), std::move(computed)).first->second;
  }

  [[nodiscard]] std::vector<ZeroCell> zero_cells(const std::vector<std::uint32_t>& cause) const {
    std::vector<std::uint32_t> members;
    for (const std::uint32_t set : cause) {
      members.insert(members.end(), causes_.members(set).begin(), causes_.members(set).end());
    }
    std::sort(members.begin(), members.end());
    members.erase(std::unique(members.begin(), members.end()), members.end());
    std::vector<ZeroCell> cells;
    for (const std::uint32_t member : members) cells.push_back(zero_cells_[member]);
    return cells;
  }

  // The smallest denominator met, as a function of the context; absent where no denominator depends on it.
  [[nodiscard]] const std::vector<Factor>& denominators() const { return denominators_; }

 private:
  MaskedFactor compute(const Expression& e) {
    switch (e.kind()) {
      case ExpressionKind::One:
        return {};
      case ExpressionKind::Zero:
        return {Factor({}, {}, {0.0})};
      case ExpressionKind::Probability:
        return probability(e);
      case ExpressionKind::Sum:
        return sum(e);
      case ExpressionKind::Product: {
        MaskedFactor all;
        for (const Expression& factor : e.children()) all = multiplied(all, value(factor));
        return all;
      }
      case ExpressionKind::Fraction:
        break;
    }
    const MaskedFactor above = value(e.children()[0]);
    return divided(e, above, value(e.children()[1]));
  }

  MaskedFactor probability(const Expression& e) {
    NodeSet nodes, intervened;
    std::vector<Symbol> symbols = e.variables();
    symbols.insert(symbols.end(), e.given().begin(), e.given().end());
    for (const Symbol s : symbols) nodes.push_back(s.node);
    for (const Symbol s : e.intervened()) intervened.push_back(s.node);
    symbols.insert(symbols.end(), e.intervened().begin(), e.intervened().end());
    std::sort(nodes.begin(), nodes.end());
    if (std::adjacent_find(nodes.begin(), nodes.end()) != nodes.end()) {
      throw InvalidArgument("one probability holds two values of one variable", "evaluate");
    }
    const Factor found = source_.marginal(e.domain(), intervened, nodes);
    std::vector<VariableId> names;
    for (const VariableId v : found.scope()) {
      const auto of_node = [&](Symbol s) { return s.node == v; };
      names.push_back(number_(*std::find_if(symbols.begin(), symbols.end(), of_node)));
    }
    MaskedFactor joint{found.renamed(std::move(names))};
    for (const auto& [symbol, fixed] : options_.fixed) {
      if (e.given().empty() && joint.value.contains(number_(symbol))) {
        joint.value = joint.value.slice(number_(symbol), fixed);
      }
    }
    if (e.given().empty()) return joint;
    std::vector<VariableId> asked;
    for (const Symbol s : e.variables()) asked.push_back(number_(s));
    MaskedFactor condition = sum_out(joint, asked, causes_);
    for (const auto& [symbol, fixed] : options_.fixed) {
      if (joint.value.contains(number_(symbol))) joint.value = joint.value.slice(number_(symbol), fixed);
      if (condition.value.contains(number_(symbol))) condition.value = condition.value.slice(number_(symbol), fixed);
    }
    return divided(e, joint, condition);
  }

  // Sum over a product: one variable after another, the one whose table stays smallest first.
  MaskedFactor sum(const Expression& e) {
    const Expression& body = e.children()[0];
    std::vector<MaskedFactor> factors;
    if (body.is(ExpressionKind::Product)) {
      for (const Expression& factor : body.children()) factors.push_back(value(factor));
    } else {
      factors.push_back(value(body));
    }
    std::vector<VariableId> left;
    double multiplicity = 1;
    for (const Symbol s : e.variables()) {
      if (contains(body.free(), s)) {
        left.push_back(number_(s));
      } else {
        multiplicity *= source_.cardinality(s.node);
      }
    }
    while (!left.empty()) {
      const auto cheapest = std::min_element(left.begin(), left.end(), [&](VariableId a, VariableId b) {
        return cells_of_elimination(factors, a) < cells_of_elimination(factors, b);
      });
      eliminate(factors, *cheapest);
      left.erase(cheapest);
    }
    MaskedFactor all;
    for (const MaskedFactor& factor : factors) all = multiplied(all, factor);
    if (multiplicity != 1) all.value = all.value.scaled(multiplicity);
    return all;
  }

  [[nodiscard]] static double cells_of_elimination(const std::vector<MaskedFactor>& factors, VariableId v) {
    std::vector<VariableId> seen;
    double cells = 1;
    for (const MaskedFactor& factor : factors) {
      if (!factor.value.contains(v)) continue;
      for (std::size_t i = 0; i < factor.value.scope().size(); ++i) {
        const VariableId w = factor.value.scope()[i];
        if (std::find(seen.begin(), seen.end(), w) != seen.end()) continue;
        seen.push_back(w);
        cells *= factor.value.cardinalities()[i];
      }
    }
    return cells;
  }

  void eliminate(std::vector<MaskedFactor>& factors, VariableId v) {
    MaskedFactor joined;
    std::vector<MaskedFactor> rest;
    for (MaskedFactor& factor : factors) {
      if (factor.value.contains(v)) {
        joined = multiplied(joined, factor);
      } else {
        rest.push_back(std::move(factor));
      }
    }
    const std::vector<VariableId> gone{v};
    rest.push_back(sum_out(joined, gone, causes_));
    factors = std::move(rest);
  }

  MaskedFactor multiplied(const MaskedFactor& a, const MaskedFactor& b) {
    double cells = static_cast<double>(a.value.size());
    for (std::size_t i = 0; i < b.value.scope().size(); ++i) {
      if (!a.value.contains(b.value.scope()[i])) cells *= b.value.cardinalities()[i];
    }
    if (cells > static_cast<double>(options_.max_cells)) throw EvaluationRefused{cells};
    return multiply(a, b, causes_);
  }

  MaskedFactor divided(const Expression& e, const MaskedFactor& above, const MaskedFactor& below) {
    note_denominator(below);
    return identification::divide(above, below, options_.zero_tolerance, causes_, [&](std::size_t cell) {
      ZeroCell zero{e, {}};
      const std::vector<int> values = below.value.assignment(cell);
      for (std::size_t i = 0; i < values.size(); ++i) {
        zero.assignment.emplace_back(number_.symbol(below.value.scope()[i]), values[i]);
      }
      std::sort(zero.assignment.begin(), zero.assignment.end());
      zero_cells_.push_back(std::move(zero));
      return static_cast<std::uint32_t>(zero_cells_.size() - 1);
    });
  }

  void note_denominator(const MaskedFactor& below) {
    std::vector<VariableId> scope;
    std::vector<int> cardinalities;
    for (const NodeId v : options_.context) {
      if (!below.value.contains(v)) continue;
      scope.push_back(v);
      cardinalities.push_back(below.value.cardinality(v));
    }
    if (scope.empty()) return;
    const Factor shape = Factor::constant(scope, cardinalities, 1.0);
    std::vector<double> least(shape.size(), 1.0);
    const std::vector<std::size_t> into = identification::cells_within(below.value, shape);
    for (std::size_t cell = 0; cell < into.size(); ++cell) {
      least[into[cell]] = std::min(least[into[cell]], below.value.values()[cell]);
    }
    denominators_.emplace_back(std::move(scope), std::move(cardinalities), std::move(least));
  }

  const ProbabilitySource& source_;
  const EvaluateOptions& options_;
  Numbering number_;
  CauseSets causes_;
  std::vector<ZeroCell> zero_cells_;
  std::vector<Factor> denominators_;
  std::unordered_map<const void*, MaskedFactor> known_;
};

// Bounds over every symbol of the formula, bound ones too.
struct Extent {
  NodeId nodes = 1;
  std::int32_t highest_copy = 0;
};

Extent extent_of(const Expression& expression) {
  Extent extent;
  const auto look = [&](const SymbolSet& set) {
    for (const Symbol s : set) {
      extent.nodes = std::max(extent.nodes, s.node + 1);
      extent.highest_copy = std::max(extent.highest_copy, s.copy);
    }
  };
  std::unordered_set<const void*> seen;
  std::vector<const Expression*> open{&expression};
  while (!open.empty()) {
    const Expression* e = open.back();
    open.pop_back();
    if (!seen.insert(e->identity()).second) continue;
    look(e->free());
    look(e->variables());
    for (const Expression& child : e->children()) open.push_back(&child);
  }
  return extent;
}

// Free symbols with a fixed value get copies that no sum binds, so that tables can be cut down at the leaves.
Expression with_own_constants(const Expression& expression, const Extent& extent, EvaluateOptions& options,
                              ExpressionPool& pool) {
  std::vector<std::pair<Symbol, Symbol>> map;
  for (auto& [symbol, value] : options.fixed) {
    const Symbol own{symbol.node, extent.highest_copy + 1 + symbol.copy};
    map.emplace_back(symbol, own);
    symbol = own;
  }
  return map.empty() ? expression : pool.rename(expression, map);
}

// Puts the caller's symbols for the constants back, with their values.
void with_given_constants(std::vector<ZeroCell>& cells, const std::vector<std::pair<Symbol, int>>& given,
                          const std::vector<std::pair<Symbol, int>>& own, ExpressionPool& pool) {
  std::vector<std::pair<Symbol, Symbol>> map;
  for (std::size_t i = 0; i < given.size(); ++i) map.emplace_back(own[i].first, given[i].first);
  for (ZeroCell& cell : cells) {
    const Expression& term = cell.term;
    const SymbolSet condition = term.is(ExpressionKind::Probability) ? term.given() : term.children()[1].free();
    for (std::size_t i = 0; i < given.size(); ++i) {
      if (contains(condition, own[i].first)) cell.assignment.push_back(given[i]);
    }
    std::sort(cell.assignment.begin(), cell.assignment.end());
    cell.term = pool.rename(term, map);
  }
}

void check_options(const Expression& expression, const ProbabilitySource& source, const EvaluateOptions& options) {
  for (const auto& [symbol, value] : options.fixed) {
    if (!contains(expression.free(), symbol)) continue;
    if (value < 0 || value >= source.cardinality(symbol.node)) {
      throw InvalidArgument("evaluate", "fixed", std::to_string(value),
                            "lie in [0, " + std::to_string(source.cardinality(symbol.node)) + ")");
    }
  }
  for (const NodeId v : options.context) {
    if (!contains(expression.free(), {v, 0})) {
      throw InvalidArgument("evaluate", "context", std::to_string(v), "be free in the formula");
    }
  }
  for (const Symbol s : expression.free()) {
    const auto is_s = [&](const auto& pair) { return pair.first == s; };
    if (s.copy != 0 && std::none_of(options.fixed.begin(), options.fixed.end(), is_s)) {
      throw InvalidArgument("a further value of node " + std::to_string(s.node) + " is free in the formula", "evaluate",
                            "give its value in `fixed`");
    }
  }
}

}  // namespace

Evaluation evaluate(const Expression& expression, const ProbabilitySource& source, const EvaluateOptions& options) {
  EvaluateOptions own = options;
  std::sort(own.context.begin(), own.context.end());
  check_options(expression, source, own);
  ExpressionPool pool;
  const Extent extent = extent_of(expression);
  const Expression settled = with_own_constants(expression, extent, own, pool);
  Evaluator evaluator(source, own, Numbering(extent.nodes));
  MaskedFactor table;
  try {
    table = evaluator.value(settled);
  } catch (const EvaluationRefused& refusal) {
    return refusal;
  }
  Evaluated result;
  if (!own.context.empty()) settle_context(table, own.context, evaluator.denominators(), result);
  std::vector<VariableId> scope = table.value.scope();
  std::sort(scope.begin(), scope.end());
  table = reordered(table, scope);
  result.value = table.value;
  for (std::size_t cell = 0; cell < table.cause.size(); ++cell) {
    if (table.cause[cell] != 0) result.undefined.push_back(cell);
  }
  if (result.undefined.empty()) return result;
  result.zero_cells = evaluator.zero_cells(table.cause);
  with_given_constants(result.zero_cells, options.fixed, own.fixed, pool);
  if (!own.partial) return ZeroSupport{std::move(result.zero_cells), std::move(result.undefined)};
  return result;
}

Evaluation evaluate(const Expression& expression, const Factor& joint, const EvaluateOptions& options) {
  return evaluate(expression, table_source({{.domain = 0, .intervened = {}, .table = joint}}), options);
}

Evaluation evaluate(const Identified& identified, const ProbabilitySource& source, EvaluateOptions options) {
  options.context = identified.free_context;
  return evaluate(identified.expression, source, options);
}

Evaluation evaluate(const Identified& identified, const Factor& joint, EvaluateOptions options) {
  options.context = identified.free_context;
  return evaluate(identified.expression, joint, options);
}

}  // namespace causal
