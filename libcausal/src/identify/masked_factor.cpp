#include "identify/masked_factor.hpp"

#include <algorithm>
#include <iterator>

namespace causal::identification {

std::uint32_t CauseSets::id(std::vector<std::uint32_t> members) {
  const auto [entry, fresh] = ids_.emplace(std::move(members), static_cast<std::uint32_t>(sets_.size()));
  if (fresh) sets_.push_back(entry->first);
  return entry->second;
}

std::uint32_t CauseSets::united(std::uint32_t a, std::uint32_t b) {
  if (a == b || b == 0) return a;
  if (a == 0) return b;
  std::vector<std::uint32_t> members;
  std::set_union(sets_[a].begin(), sets_[a].end(), sets_[b].begin(), sets_[b].end(), std::back_inserter(members));
  return id(std::move(members));
}

std::vector<std::size_t> cells_within(const Factor& whole, const Factor& part) {
  const std::size_t k = whole.scope().size();
  std::vector<std::size_t> stride(k, 0);
  std::size_t step = 1;
  for (std::size_t i = part.scope().size(); i-- > 0;) {
    stride[static_cast<std::size_t>(whole.position(part.scope()[i]))] = step;
    step *= static_cast<std::size_t>(part.cardinalities()[i]);
  }
  std::vector<std::size_t> cells(whole.size());
  std::vector<int> digit(k, 0);
  std::size_t at = 0;
  for (std::size_t cell = 0; cell < cells.size(); ++cell) {
    cells[cell] = at;
    for (std::size_t i = k; i-- > 0;) {
      at += stride[i];
      if (++digit[i] < whole.cardinalities()[i]) break;
      at -= stride[i] * static_cast<std::size_t>(digit[i]);
      digit[i] = 0;
    }
  }
  return cells;
}

MaskedFactor multiply(const MaskedFactor& a, const MaskedFactor& b, CauseSets& causes) {
  MaskedFactor result{product(a.value, b.value)};
  if (a.all_defined() && b.all_defined()) return result;
  const std::vector<std::size_t> in_a = cells_within(result.value, a.value), in_b = cells_within(result.value, b.value);
  result.cause.assign(result.value.size(), 0);
  const auto cause_of = [](const MaskedFactor& f, std::size_t cell) { return f.all_defined() ? 0 : f.cause[cell]; };
  for (std::size_t cell = 0; cell < result.cause.size(); ++cell) {
    const std::uint32_t of_a = cause_of(a, in_a[cell]), of_b = cause_of(b, in_b[cell]);
    const bool vanishes =
        (of_a == 0 && a.value.values()[in_a[cell]] == 0) || (of_b == 0 && b.value.values()[in_b[cell]] == 0);
    if (!vanishes) result.cause[cell] = causes.united(of_a, of_b);
  }
  return result;
}

MaskedFactor sum_out(const MaskedFactor& a, std::span<const VariableId> variables, CauseSets& causes) {
  MaskedFactor result{a.value.sum_out(variables)};
  if (a.all_defined()) return result;
  result.cause.assign(result.value.size(), 0);
  const std::vector<std::size_t> into = cells_within(a.value, result.value);
  for (std::size_t cell = 0; cell < into.size(); ++cell) {
    std::uint32_t& cause = result.cause[into[cell]];
    cause = causes.united(cause, a.cause[cell]);
  }
  if (std::none_of(result.cause.begin(), result.cause.end(), [](std::uint32_t c) { return c != 0; })) {
    result.cause.clear();
    return result;
  }
  std::vector<double> values = result.value.values();
  for (std::size_t cell = 0; cell < values.size(); ++cell) {
    if (result.cause[cell] != 0) values[cell] = 0;
  }
  result.value = Factor(result.value.scope(), result.value.cardinalities(), std::move(values));
  return result;
}

}  // namespace causal::identification
