#include "causal/identify/simplify.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>

#include "causal/graph/separation.hpp"
#include "causal/identify/do_calculus.hpp"
#include "identify/symbol_set.hpp"

namespace causal {
namespace {

using identification::contains;
using identification::merged;
using identification::without;
using Factors = std::vector<Expression>;

bool mentions(const Expression& e, const SymbolSet& symbols) {
  return std::any_of(symbols.begin(), symbols.end(), [&](Symbol s) { return contains(e.free(), s); });
}

bool within(const SymbolSet& a, const SymbolSet& b) { return std::includes(b.begin(), b.end(), a.begin(), a.end()); }

NodeSet nodes(const SymbolSet& a, const SymbolSet& b = {}) {
  NodeSet set;
  for (const Symbol s : a) set.push_back(s.node);
  for (const Symbol s : b) set.push_back(s.node);
  std::sort(set.begin(), set.end());
  return set;
}

bool has_two_of_one(const SymbolSet& set) {
  const auto same_node = [](Symbol a, Symbol b) { return a.node == b.node; };
  return std::adjacent_find(set.begin(), set.end(), same_node) != set.end();
}

bool same_regime(const Expression& a, const Expression& b) {
  return a.is(ExpressionKind::Probability) && b.is(ExpressionKind::Probability) && a.domain() == b.domain() &&
         a.intervened() == b.intervened();
}

Factors factors_of(const Expression& e) {
  if (e.is(ExpressionKind::One)) return {};
  if (!e.is(ExpressionKind::Product)) return {e};
  return {e.children().begin(), e.children().end()};
}

class Simplifier {
 public:
  Simplifier(const Admg& admg, ExpressionPool& pool) : admg_(admg), pool_(pool) {}

  Expression run(const Expression& e) {
    if (const auto known = done_.find(e.identity()); known != done_.end()) return known->second.second;
    Expression result = step(e);
    if (result.identity() != e.identity()) result = run(result);
    // The key is an address: its owner must live as long as the table.
    done_.emplace(e.identity(), std::pair{e, result});
    return result;
  }

 private:
  Expression step(const Expression& e) {
    switch (e.kind()) {
      case ExpressionKind::Probability:
        return without_irrelevant(e);
      case ExpressionKind::Sum:
        return sum(e.variables(), run(e.children()[0]));
      case ExpressionKind::Product: {
        Factors factors;
        for (const Expression& factor : e.children()) factors.push_back(run(factor));
        return product(factors_of(pool_.product(std::move(factors))));
      }
      case ExpressionKind::Fraction:
        return fraction(factors_of(run(e.children()[0])), factors_of(run(e.children()[1])));
      case ExpressionKind::One:
      case ExpressionKind::Zero:
        break;
    }
    return e;
  }

  // P(asked | given, others) = P(asked | given) under do(intervened), for disjoint sets of distinct variables.
  bool is_irrelevant(const SymbolSet& others, const SymbolSet& asked, const SymbolSet& given,
                     const SymbolSet& intervened) {
    if (others.empty()) return true;
    const NodeSet condition = nodes(given, intervened);
    if (intervened.empty()) return separated(admg_, nodes(asked), nodes(others), condition).separated;
    return separated(mutilated(admg_, nodes(intervened)), nodes(asked), nodes(others), condition).separated;
  }

  Expression without_irrelevant(const Expression& e) {
    SymbolSet given = e.given();
    for (std::size_t i = given.size(); i-- > 0;) {
      const SymbolSet rest = without(given, {given[i]});
      if (is_irrelevant({given[i]}, e.variables(), rest, e.intervened())) given = rest;
    }
    return pool_.probability(e.variables(), given, e.intervened(), e.domain());
  }

  // Quotients inside a product become one quotient; chains of conditionals join.
  Expression product(Factors factors) {
    Factors above, below;
    for (const Expression& factor : factors) {
      if (!factor.is(ExpressionKind::Fraction)) {
        above.push_back(factor);
        continue;
      }
      for (const Expression& part : factors_of(factor.children()[0])) above.push_back(part);
      for (const Expression& part : factors_of(factor.children()[1])) below.push_back(part);
    }
    if (!below.empty()) return fraction(std::move(above), std::move(below));
    join_chains(factors);
    return pool_.product(std::move(factors));
  }

  void join_chains(Factors& factors) {
    for (std::size_t i = 0; i < factors.size(); ++i) {
      for (std::size_t j = 0; j < factors.size(); ++j) {
        if (i == j) continue;
        const std::optional<Expression> joined = chain(factors[i], factors[j]);
        if (!joined) continue;
        factors[i] = *joined;
        factors.erase(factors.begin() + static_cast<std::ptrdiff_t>(j));
        join_chains(factors);
        return;
      }
    }
  }

  // P(a | b, ...) P(b | ...) = P(a, b | ...) when both may be conditioned on all that either is.
  std::optional<Expression> chain(const Expression& a, const Expression& b) {
    if (!same_regime(a, b) || mentions(b, a.variables())) return std::nullopt;
    const SymbolSet outside = without(a.given(), b.variables());
    if (outside.size() == a.given().size()) return std::nullopt;
    const SymbolSet given = merged(outside, b.given());
    const SymbolSet both = merged(a.variables(), b.variables());
    if (has_two_of_one(merged(merged(both, given), a.intervened())) ||
        !is_irrelevant(without(merged(b.variables(), given), a.given()), a.variables(), a.given(), a.intervened()) ||
        !is_irrelevant(without(given, b.given()), b.variables(), b.given(), b.intervened())) {
      return std::nullopt;
    }
    return pool_.probability(both, given, a.intervened(), a.domain());
  }

  Expression sum(const SymbolSet& bound, const Expression& body) {
    if (body.is(ExpressionKind::Fraction)) {
      const Expression& below = body.children()[1];
      if (!mentions(below, bound)) return pool_.fraction(pool_.sum(bound, body.children()[0]), below);
    }
    Factors factors = factors_of(body);
    SymbolSet left = bound;
    for (const Symbol s : bound) {
      if (drop_summed(factors, s)) left = without(left, {s});
    }
    return parted(left, std::move(factors));
  }

  // sum_s of a product in which s stands left of the bar of one probability and nowhere else.
  bool drop_summed(Factors& factors, Symbol s) {
    const auto has_s = [&](const Expression& e) { return contains(e.free(), s); };
    if (std::count_if(factors.begin(), factors.end(), has_s) != 1) return false;
    Expression& e = *std::find_if(factors.begin(), factors.end(), has_s);
    if (!e.is(ExpressionKind::Probability) || !contains(e.variables(), s)) return false;
    e = pool_.probability(without(e.variables(), {s}), e.given(), e.intervened(), e.domain());
    return true;
  }

  // Factors tied by summed symbols stay under one sum; the groups multiply.
  Expression parted(SymbolSet left, Factors factors) {
    Factors parts;
    std::erase_if(factors, [&](const Expression& e) {
      if (mentions(e, left)) return false;
      parts.push_back(e);
      return true;
    });
    while (!factors.empty()) {
      Factors group{factors.back()};
      factors.pop_back();
      for (std::size_t i = 0; i < group.size(); ++i) {
        std::erase_if(factors, [&](const Expression& e) {
          const auto tied = [&](Symbol s) { return contains(e.free(), s) && contains(group[i].free(), s); };
          if (std::none_of(left.begin(), left.end(), tied)) return false;
          group.push_back(e);
          return true;
        });
      }
      SymbolSet own;
      for (const Expression& e : group) {
        for (const Symbol s : left) {
          if (contains(e.free(), s)) own = merged(own, {s});
        }
      }
      left = without(left, own);
      parts.push_back(pool_.sum(own, pool_.product(std::move(group))));
    }
    // A symbol nothing depends on still counts its values.
    return pool_.sum(left, pool_.product(std::move(parts)));
  }

  Expression fraction(Factors above, Factors below) {
    for (auto it = below.begin(); it != below.end();) {
      if (it->is(ExpressionKind::Fraction)) {
        const Expression divisor = *it;
        it = below.erase(it);
        for (const Expression& part : factors_of(divisor.children()[0])) below.push_back(part);
        for (const Expression& part : factors_of(divisor.children()[1])) above.push_back(part);
        return fraction(std::move(above), std::move(below));
      }
      it = divide_by(above, *it) ? below.erase(it) : it + 1;
    }
    if (below.empty()) return pool_.product(std::move(above));
    join_chains(above);
    join_chains(below);
    return pool_.fraction(pool_.product(std::move(above)), pool_.product(std::move(below)));
  }

  // Equal factors cancel; P(a, b | c) / P(b | c) = P(a | b, c).
  bool divide_by(Factors& above, const Expression& divisor) {
    if (const auto same = std::find(above.begin(), above.end(), divisor); same != above.end()) {
      above.erase(same);
      return true;
    }
    for (Expression& e : above) {
      if (!same_regime(e, divisor) || e.given() != divisor.given() || !within(divisor.variables(), e.variables())) {
        continue;
      }
      e = pool_.probability(without(e.variables(), divisor.variables()), merged(e.given(), divisor.variables()),
                            e.intervened(), e.domain());
      return true;
    }
    return false;
  }

  const Admg& admg_;
  ExpressionPool& pool_;
  std::unordered_map<const void*, std::pair<Expression, Expression>> done_;
};

}  // namespace

Expression simplify(const Expression& expression, const Admg& admg, ExpressionPool& pool) {
  return Simplifier(admg, pool).run(expression);
}

}  // namespace causal
