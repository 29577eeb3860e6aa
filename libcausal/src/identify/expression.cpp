#include "causal/identify/expression.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <unordered_set>

#include "causal/run/error.hpp"
#include "identify/symbol_set.hpp"

namespace causal {

namespace detail {
struct ExpressionNode {
  ExpressionKind kind = ExpressionKind::One;
  SymbolSet variables = {};
  SymbolSet given = {};
  SymbolSet intervened = {};
  int domain = 0;
  std::vector<Expression> children = {};
  SymbolSet free = {};
  std::uint64_t hash = 0;
};
}  // namespace detail

namespace {

using detail::ExpressionNode;
using identification::merged;
using identification::without;

std::uint64_t mix(std::uint64_t seed, std::uint64_t value) {
  // The finaliser of splitmix64 over a running state.
  std::uint64_t z = seed + 0x9e3779b97f4a7c15ULL + value;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

std::uint64_t mix(std::uint64_t seed, const SymbolSet& symbols) {
  seed = mix(seed, symbols.size());
  for (const Symbol s : symbols) {
    seed = mix(seed, static_cast<std::uint64_t>(s.node) << 32 | static_cast<std::uint32_t>(s.copy));
  }
  return seed;
}

std::uint64_t hash_of(const ExpressionNode& node) {
  std::uint64_t h = mix(static_cast<std::uint64_t>(node.kind), static_cast<std::uint64_t>(node.domain));
  h = mix(mix(mix(h, node.variables), node.given), node.intervened);
  for (const Expression& child : node.children) h = mix(h, child.hash());
  return h;
}

SymbolSet sorted(SymbolSet symbols) {
  std::sort(symbols.begin(), symbols.end());
  symbols.erase(std::unique(symbols.begin(), symbols.end()), symbols.end());
  return symbols;
}

bool disjoint(const SymbolSet& a, const SymbolSet& b) { return without(a, b).size() == a.size(); }

SymbolSet free_symbols(const ExpressionNode& node) {
  if (node.kind == ExpressionKind::Probability) {
    return merged(merged(node.variables, node.given), node.intervened);
  }
  SymbolSet all;
  for (const Expression& child : node.children) all = all.empty() ? child.free() : merged(all, child.free());
  return node.kind == ExpressionKind::Sum ? without(all, node.variables) : all;
}

int sign(std::strong_ordering order) { return order < 0 ? -1 : order > 0 ? 1 : 0; }

int compare_symbols(const SymbolSet& a, const SymbolSet& b) {
  return sign(std::lexicographical_compare_three_way(a.begin(), a.end(), b.begin(), b.end()));
}

using EqualPairs = std::set<std::pair<const void*, const void*>>;

// Pairs once found equal are remembered: two pools may hold the same shared structure, exponential when written out.
int compare_nodes(const Expression& a, const Expression& b, EqualPairs& equal) {
  if (a.identity() == b.identity() || equal.contains({a.identity(), b.identity()})) return 0;
  if (a.kind() != b.kind()) return a.kind() < b.kind() ? -1 : 1;
  if (const int c = compare_symbols(a.variables(), b.variables()); c != 0) return c;
  if (const int c = compare_symbols(a.given(), b.given()); c != 0) return c;
  if (const int c = compare_symbols(a.intervened(), b.intervened()); c != 0) return c;
  if (a.domain() != b.domain()) return a.domain() < b.domain() ? -1 : 1;
  const auto x = a.children(), y = b.children();
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i) {
    if (const int c = compare_nodes(x[i], y[i], equal); c != 0) return c;
  }
  if (x.size() != y.size()) return x.size() < y.size() ? -1 : 1;
  equal.insert({a.identity(), b.identity()});
  return 0;
}

bool same_content(const ExpressionNode& a, const Expression& b) {
  return a.kind == b.kind() && a.domain == b.domain() && a.variables == b.variables() && a.given == b.given() &&
         a.intervened == b.intervened() &&
         std::equal(a.children.begin(), a.children.end(), b.children().begin(), b.children().end());
}

const std::shared_ptr<const ExpressionNode>& one_node() {
  static const std::shared_ptr<const ExpressionNode> node = [] {
    ExpressionNode fresh;
    fresh.hash = hash_of(fresh);
    return std::make_shared<const ExpressionNode>(std::move(fresh));
  }();
  return node;
}

using Renaming = std::vector<std::pair<Symbol, Symbol>>;

Symbol image(const Renaming& map, Symbol s) {
  for (const auto& [from, to] : map) {
    if (from == s) return to;
  }
  return s;
}

class Renamer {
 public:
  explicit Renamer(ExpressionPool& pool) : pool_(pool) {}

  Expression operator()(const Expression& expression, const Renaming& map) {
    const Renaming relevant = restricted(expression.free(), map);
    if (relevant.empty()) return expression;
    const auto key = std::make_pair(expression.identity(), relevant);
    if (const auto found = done_.find(key); found != done_.end()) return found->second;
    return done_.emplace(key, renamed(expression, relevant)).first->second;
  }

 private:
  static Renaming restricted(const SymbolSet& free, const Renaming& map) {
    Renaming kept;
    for (const auto& [from, to] : map) {
      if (from != to && std::binary_search(free.begin(), free.end(), from)) kept.emplace_back(from, to);
    }
    std::sort(kept.begin(), kept.end());
    return kept;
  }

  static SymbolSet images(const SymbolSet& symbols, const Renaming& map) {
    SymbolSet out;
    for (const Symbol s : symbols) out.push_back(image(map, s));
    return out;
  }

  Expression renamed(const Expression& e, Renaming map) {
    switch (e.kind()) {
      case ExpressionKind::Probability:
        return pool_.probability(images(e.variables(), map), images(e.given(), map), images(e.intervened(), map),
                                 e.domain());
      case ExpressionKind::Sum: {
        const SymbolSet taken = merged(sorted(images(e.free(), map)), e.children()[0].free());
        SymbolSet bound;
        for (Symbol s : e.variables()) {
          const Symbol old = s;
          const auto captures = [&](const auto& pair) { return pair.second == old; };
          if (std::any_of(map.begin(), map.end(), captures)) {
            while (std::binary_search(taken.begin(), taken.end(), s) ||
                   std::find(bound.begin(), bound.end(), s) != bound.end()) {
              ++s.copy;
            }
            map.emplace_back(old, s);
          }
          bound.push_back(s);
        }
        return pool_.sum(bound, (*this)(e.children()[0], map));
      }
      case ExpressionKind::Product: {
        std::vector<Expression> factors;
        for (const Expression& child : e.children()) factors.push_back((*this)(child, map));
        return pool_.product(std::move(factors));
      }
      case ExpressionKind::Fraction:
        return pool_.fraction((*this)(e.children()[0], map), (*this)(e.children()[1], map));
      case ExpressionKind::One:
      case ExpressionKind::Zero:
        break;
    }
    return e;
  }

  ExpressionPool& pool_;
  std::map<std::pair<const void*, Renaming>, Expression> done_;
};

}  // namespace

SymbolSet symbols_of(const NodeSet& nodes) {
  SymbolSet symbols;
  symbols.reserve(nodes.size());
  for (const NodeId v : nodes) symbols.push_back({v, 0});
  return symbols;
}

Expression::Expression() : node_(one_node()) {}
ExpressionKind Expression::kind() const { return node_->kind; }
const SymbolSet& Expression::variables() const { return node_->variables; }
const SymbolSet& Expression::given() const { return node_->given; }
const SymbolSet& Expression::intervened() const { return node_->intervened; }
int Expression::domain() const { return node_->domain; }
std::span<const Expression> Expression::children() const { return node_->children; }
const SymbolSet& Expression::free() const { return node_->free; }
std::uint64_t Expression::hash() const { return node_->hash; }

int Expression::compare(const Expression& a, const Expression& b) {
  EqualPairs equal;
  return compare_nodes(a, b, equal);
}

std::size_t Expression::dag_size() const {
  std::unordered_set<const void*> seen;
  std::vector<const Expression*> open{this};
  while (!open.empty()) {
    const Expression* e = open.back();
    open.pop_back();
    if (!seen.insert(e->identity()).second) continue;
    for (const Expression& child : e->children()) open.push_back(&child);
  }
  return seen.size();
}

double Expression::written_terms() const {
  std::unordered_map<const void*, double> known;
  const auto count = [&](const auto& self, const Expression& e) -> double {
    if (e.children().empty()) return 1;
    if (const auto found = known.find(e.identity()); found != known.end()) return found->second;
    double total = 0;
    for (const Expression& child : e.children()) total += self(self, child);
    return known[e.identity()] = total;
  };
  return count(count, *this);
}

Expression ExpressionPool::intern(detail::ExpressionNode node) {
  node.hash = hash_of(node);
  const auto [first, last] = table_.equal_range(node.hash);
  for (auto it = first; it != last; ++it) {
    if (same_content(node, it->second)) return it->second;
  }
  node.free = free_symbols(node);
  const std::uint64_t hash = node.hash;
  return table_.emplace(hash, Expression(std::make_shared<const ExpressionNode>(std::move(node))))->second;
}

Expression ExpressionPool::zero() {
  ExpressionNode node;
  node.kind = ExpressionKind::Zero;
  return intern(std::move(node));
}

Expression ExpressionPool::probability(SymbolSet variables, SymbolSet given, SymbolSet intervened, int domain) {
  ExpressionNode node;
  node.kind = ExpressionKind::Probability;
  node.variables = sorted(std::move(variables));
  node.given = sorted(std::move(given));
  node.intervened = sorted(std::move(intervened));
  node.domain = domain;
  if (!disjoint(node.variables, node.given) || !disjoint(node.variables, node.intervened) ||
      !disjoint(node.given, node.intervened)) {
    throw InvalidArgument("a probability names a symbol twice", "ExpressionPool::probability");
  }
  if (node.variables.empty()) return {};
  return intern(std::move(node));
}

Expression ExpressionPool::sum(SymbolSet bound, const Expression& body) {
  bound = sorted(std::move(bound));
  if (bound.empty() || body.is(ExpressionKind::Zero)) return body;
  ExpressionNode node;
  node.kind = ExpressionKind::Sum;
  if (body.is(ExpressionKind::Sum) && disjoint(bound, body.variables())) {
    node.variables = merged(bound, body.variables());
    node.children = {body.children()[0]};
  } else {
    node.variables = std::move(bound);
    node.children = {body};
  }
  return intern(std::move(node));
}

Expression ExpressionPool::product(std::vector<Expression> factors) {
  ExpressionNode node;
  node.kind = ExpressionKind::Product;
  for (const Expression& factor : factors) {
    if (factor.is(ExpressionKind::Zero)) return factor;
    if (factor.is(ExpressionKind::One)) continue;
    if (factor.is(ExpressionKind::Product)) {
      node.children.insert(node.children.end(), factor.children().begin(), factor.children().end());
    } else {
      node.children.push_back(factor);
    }
  }
  if (node.children.empty()) return {};
  if (node.children.size() == 1) return node.children.front();
  std::sort(node.children.begin(), node.children.end(),
            [](const Expression& a, const Expression& b) { return Expression::compare(a, b) < 0; });
  return intern(std::move(node));
}

Expression ExpressionPool::fraction(const Expression& numerator, const Expression& denominator) {
  if (denominator.is(ExpressionKind::One) || numerator.is(ExpressionKind::Zero)) return numerator;
  ExpressionNode node;
  node.kind = ExpressionKind::Fraction;
  node.children = {numerator, denominator};
  return intern(std::move(node));
}

Expression ExpressionPool::rename(const Expression& expression, const Renaming& map) {
  return Renamer(*this)(expression, map);
}

}  // namespace causal
