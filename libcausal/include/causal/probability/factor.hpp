#pragma once
// Non-negative functions of finitely many discrete variables: tables, conditional tables, joint distributions.

#include <cstdint>
#include <span>
#include <vector>

namespace causal {

/// Names a variable of a factor: a node of a graph, a wire of a diagram, an index of a tensor network. Non-negative.
using VariableId = std::int32_t;

/// A dense table over an ordered scope. The FIRST variable of the scope is the most significant: the cell of the
/// assignment (a_0, ..., a_{k-1}) is at ((a_0 c_1 + a_1) c_2 + a_2) ... An empty scope holds one number.
/// Memory: 8 bytes a cell. Thread-safe for reads.
class Factor {
 public:
  /// The number 1.
  Factor() : values_{1.0} {}
  /// Errors: InvalidArgument for a repeated or negative variable, a cardinality below 1, a number of values that is not
  /// the product of the cardinalities, a value that is not finite.
  Factor(std::vector<VariableId> scope, std::vector<int> cardinalities, std::vector<double> values);
  /// All cells equal to `value`. Errors: as the constructor.
  static Factor constant(std::vector<VariableId> scope, std::vector<int> cardinalities, double value);

  [[nodiscard]] const std::vector<VariableId>& scope() const { return scope_; }
  [[nodiscard]] const std::vector<int>& cardinalities() const { return cardinalities_; }
  [[nodiscard]] const std::vector<double>& values() const { return values_; }
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] bool contains(VariableId v) const { return position(v) >= 0; }
  /// Place of the variable in the scope, or -1.
  [[nodiscard]] int position(VariableId v) const;
  /// Errors: InvalidArgument when the variable is not in the scope.
  [[nodiscard]] int cardinality(VariableId v) const;

  /// The cell of an assignment given in the order of the scope.
  [[nodiscard]] double at(std::span<const int> assignment) const { return values_[cell(assignment)]; }
  [[nodiscard]] double& at(std::span<const int> assignment) { return values_[cell(assignment)]; }
  [[nodiscard]] std::size_t cell(std::span<const int> assignment) const;
  /// The assignment of a cell, in the order of the scope.
  [[nodiscard]] std::vector<int> assignment(std::size_t cell) const;

  [[nodiscard]] double total() const;
  /// Sum over every variable outside `keep`; the scope becomes `keep`, in that order.
  /// Errors: InvalidArgument when `keep` holds a variable outside the scope. O(size).
  [[nodiscard]] Factor marginal(std::span<const VariableId> keep) const;
  /// Sum over the variables given; others keep their order; those not in the scope are passed over. O(size).
  [[nodiscard]] Factor sum_out(std::span<const VariableId> variables) const;
  /// The cells with v = value, without v in the scope. Errors: InvalidArgument for an unknown variable or value.
  [[nodiscard]] Factor slice(VariableId v, int value) const;
  /// The same cells with the scope in another order. Errors: InvalidArgument unless `scope` is a permutation.
  [[nodiscard]] Factor permuted(std::span<const VariableId> scope) const { return marginal(scope); }
  /// The same table with variable scope()[i] called names[i].
  [[nodiscard]] Factor renamed(std::vector<VariableId> names) const;
  /// Every cell times `factor`.
  [[nodiscard]] Factor scaled(double factor) const;

  friend bool operator==(const Factor&, const Factor&) = default;

 private:
  std::vector<VariableId> scope_;
  std::vector<int> cardinalities_;
  std::vector<double> values_;
};

/// The pointwise product over the union of the scopes: that of `a`, then what `b` adds. O(size of the result).
/// Errors: InvalidArgument when a shared variable has two cardinalities.
[[nodiscard]] Factor product(const Factor& a, const Factor& b);

/// A quotient, and where it is not defined.
struct Quotient {
  Factor value;                          ///< 0 in the cells listed.
  std::vector<std::size_t> zero_divide;  ///< Cells with a divisor of 0, ascending: undefined, whatever the numerator.
};
/// a / b over the scope of `a`. Errors: InvalidArgument when the scope of b is not within that of a. O(size of a).
[[nodiscard]] Quotient quotient(const Factor& a, const Factor& b);

/// The largest absolute difference of cells; both over the same variables in any order.
[[nodiscard]] double max_difference(const Factor& a, const Factor& b);

}  // namespace causal
