#pragma once
// Formulas over probabilities: what identification returns, printers print and evaluation computes.

#include <compare>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal {

/// A value of a variable, as a letter in a formula. Copy 0 is the plain letter x; further copies x', x'' stand for
/// other values of the same variable in the same formula.
struct Symbol {
  NodeId node = 0;
  std::int32_t copy = 0;
  friend auto operator<=>(const Symbol&, const Symbol&) = default;
};
/// Ascending, without repeats.
using SymbolSet = std::vector<Symbol>;

/// The plain symbols of a set of nodes.
[[nodiscard]] SymbolSet symbols_of(const NodeSet& nodes);

namespace detail {
struct ExpressionNode;
}

/// What stands at the root of an expression.
enum class ExpressionKind : std::uint8_t { One, Zero, Probability, Sum, Product, Fraction };

template <>
struct EnumNames<ExpressionKind> {
  static constexpr std::array<std::pair<ExpressionKind, std::string_view>, 6> names{
      {{ExpressionKind::One, "one"},
       {ExpressionKind::Zero, "zero"},
       {ExpressionKind::Probability, "probability"},
       {ExpressionKind::Sum, "sum"},
       {ExpressionKind::Product, "product"},
       {ExpressionKind::Fraction, "fraction"}}};
};

/// An immutable formula; a cheap value (one shared pointer), safe to read from any thread.
///
/// Scoping is lexical, as in mathematics: a sum binds its symbols in its body and nowhere else, and an inner sum hides
/// an outer one. Printers give bound symbols fresh primes where a reader could mistake them.
class Expression {
 public:
  /// The number 1.
  Expression();

  [[nodiscard]] ExpressionKind kind() const;
  [[nodiscard]] bool is(ExpressionKind wanted) const { return kind() == wanted; }
  /// Of a probability: the symbols left of the bar. Of a sum: the symbols bound. Else empty.
  [[nodiscard]] const SymbolSet& variables() const;
  /// Of a probability: the symbols conditioned on.
  [[nodiscard]] const SymbolSet& given() const;
  /// Of a probability: the symbols set by do().
  [[nodiscard]] const SymbolSet& intervened() const;
  /// Of a probability: which population it is of; 0 is the one asked about.
  [[nodiscard]] int domain() const;
  /// Of a sum: its body. Of a product: its factors in canonical order. Of a fraction: numerator, denominator.
  [[nodiscard]] std::span<const Expression> children() const;
  /// Symbols that stand in the formula without being bound by a sum around them.
  [[nodiscard]] const SymbolSet& free() const;

  /// Equal expressions of one pool have equal identity; a key for memoisation.
  [[nodiscard]] const void* identity() const { return node_.get(); }
  [[nodiscard]] std::uint64_t hash() const;
  /// Distinct subexpressions, itself included. Linear in the answer.
  [[nodiscard]] std::size_t dag_size() const;
  /// Probabilities that the formula has when written out, as a double since sharing can make it astronomical.
  [[nodiscard]] double written_terms() const;

  /// Same formula up to the order of factors; renamed bound symbols make a difference.
  friend bool operator==(const Expression& a, const Expression& b) { return compare(a, b) == 0; }
  /// A total order that depends on the formulas alone: -1, 0, 1. Subexpressions shared by identity cost nothing.
  [[nodiscard]] static int compare(const Expression& a, const Expression& b);

 private:
  friend class ExpressionPool;
  explicit Expression(std::shared_ptr<const detail::ExpressionNode> node) : node_(std::move(node)) {}
  std::shared_ptr<const detail::ExpressionNode> node_;
};

/// Makes expressions, each distinct one once (hash-consing). Expressions outlive their pool; those of two pools may be
/// mixed, they are only shared less. Not thread-safe.
class ExpressionPool {
 public:
  [[nodiscard]] Expression one() const { return {}; }
  [[nodiscard]] Expression zero();
  /// P(variables | given, do(intervened)) in `domain`. No variables: 1. Sets in any order.
  /// Errors: InvalidArgument when a symbol stands in two of the sets.
  [[nodiscard]] Expression probability(SymbolSet variables, SymbolSet given = {}, SymbolSet intervened = {},
                                       int domain = 0);
  /// Sum over all values of `bound`. Empty `bound` gives the body; nested sums over different symbols become one.
  [[nodiscard]] Expression sum(SymbolSet bound, const Expression& body);
  /// Nested products are opened, ones dropped, a zero absorbs, factors sorted canonically.
  [[nodiscard]] Expression product(std::vector<Expression> factors);
  /// numerator / denominator; a denominator of one is dropped.
  [[nodiscard]] Expression fraction(const Expression& numerator, const Expression& denominator);
  /// The expression with free symbols replaced (symbols not in the map stay). Bound symbols that would capture a
  /// replacement get a fresh copy. Linear in dag_size for a given scope.
  [[nodiscard]] Expression rename(const Expression& expression, const std::vector<std::pair<Symbol, Symbol>>& map);

 private:
  [[nodiscard]] Expression intern(detail::ExpressionNode node);
  std::unordered_multimap<std::uint64_t, Expression> table_;
};

}  // namespace causal
