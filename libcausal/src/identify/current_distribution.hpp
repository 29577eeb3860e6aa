#pragma once
// The distribution that a subproblem of identification works in.

#include <vector>

#include "causal/graph/district.hpp"
#include "causal/identify/expression.hpp"

namespace causal::identification {

/// Either a distribution P that is given, or a product of conditional distributions in a topological order, summed over
/// some of its variables. Conditionals of the second kind are quotients of its own sums: conditioning P instead is
/// wrong.
class CurrentDistribution {
 public:
  /// P(order | do(intervened)) in a domain; `order` is topological.
  CurrentDistribution(ExpressionPool& pool, int n, std::vector<NodeId> order, SymbolSet intervened = {},
                      int domain = 0);

  /// The sum over every variable outside `keep`, as a distribution.
  [[nodiscard]] CurrentDistribution marginal(const NodeBits& keep) const;
  /// The same as an expression.
  [[nodiscard]] Expression marginal_expression(const NodeBits& keep) const;
  /// D(v | its predecessors).
  [[nodiscard]] Expression conditional(NodeId v) const;
  /// The product over v in `district` of D(v | its predecessors): a distribution over `district`, in which the
  /// predecessors outside it are fixed.
  [[nodiscard]] CurrentDistribution district_product(const NodeBits& district) const;

 private:
  [[nodiscard]] bool is_given() const { return factors_.empty(); }

  ExpressionPool* pool_;
  std::vector<NodeId> order_;        // with the variables summed out
  std::vector<Expression> factors_;  // factors_[i] = conditional of order_[i] given those before; empty: P is given
  NodeBits kept_;
  SymbolSet intervened_;
  int domain_;
};

}  // namespace causal::identification
