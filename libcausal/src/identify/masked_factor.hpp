#pragma once
// Factors of which some cells are undefined, and why.

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include "causal/probability/factor.hpp"

namespace causal::identification {

/// Sets of causes, each set once; 0 is the empty set.
class CauseSets {
 public:
  CauseSets() : sets_{{}} {}
  [[nodiscard]] std::uint32_t single(std::uint32_t cause) { return id({cause}); }
  [[nodiscard]] std::uint32_t united(std::uint32_t a, std::uint32_t b);
  [[nodiscard]] const std::vector<std::uint32_t>& members(std::uint32_t set) const { return sets_[set]; }

 private:
  std::uint32_t id(std::vector<std::uint32_t> members);
  std::vector<std::vector<std::uint32_t>> sets_;
  std::map<std::vector<std::uint32_t>, std::uint32_t> ids_;
};

/// A cell with a cause is undefined and holds 0. No causes at all: `cause` is empty.
struct MaskedFactor {
  Factor value;
  std::vector<std::uint32_t> cause = {};
  [[nodiscard]] bool all_defined() const { return cause.empty(); }
};

/// Per cell of `whole` the cell of `part` it lies in; the scope of `part` is within that of `whole`.
[[nodiscard]] std::vector<std::size_t> cells_within(const Factor& whole, const Factor& part);

/// An undefined cell times a defined zero is zero.
[[nodiscard]] MaskedFactor multiply(const MaskedFactor& a, const MaskedFactor& b, CauseSets& causes);
/// A sum is undefined when a term is.
[[nodiscard]] MaskedFactor sum_out(const MaskedFactor& a, std::span<const VariableId> variables, CauseSets& causes);
/// The quotient. `on_zero(cell of b)` gives the cause of a denominator of at most `tolerance`.
template <class OnZero>
[[nodiscard]] MaskedFactor divide(const MaskedFactor& a, const MaskedFactor& b, double tolerance, CauseSets& causes,
                                  OnZero&& on_zero) {
  MaskedFactor result = multiply(a, {Factor::constant(b.value.scope(), b.value.cardinalities(), 1.0)}, causes);
  const std::vector<std::size_t> below = cells_within(result.value, b.value);
  std::vector<double> values = result.value.values();
  std::vector<std::uint32_t> cause = result.cause;
  cause.resize(values.size(), 0);
  std::vector<std::uint32_t> of_denominator(b.value.size(), 0);
  for (std::size_t cell = 0; cell < b.value.size(); ++cell) {
    const bool defined = b.all_defined() || b.cause[cell] == 0;
    of_denominator[cell] = !defined                              ? b.cause[cell]
                           : b.value.values()[cell] <= tolerance ? causes.single(on_zero(cell))
                                                                 : 0;
  }
  bool any = false;
  for (std::size_t cell = 0; cell < values.size(); ++cell) {
    cause[cell] = causes.united(cause[cell], of_denominator[below[cell]]);
    any = any || cause[cell] != 0;
    values[cell] = cause[cell] != 0 ? 0.0 : values[cell] / b.value.values()[below[cell]];
  }
  if (!any) cause.clear();
  return {Factor(result.value.scope(), result.value.cardinalities(), std::move(values)), std::move(cause)};
}

}  // namespace causal::identification
