#include "identify/context_choice.hpp"

#include <algorithm>
#include <limits>
#include <optional>

namespace causal::identification {
namespace {

// One settled context.
struct Choice {
  std::vector<int> values;
  std::size_t undefined = 0;
  double mass = 1;
};

// The answer for one assignment of the context, from the table over (context, rest).
Choice judge(const MaskedFactor& table, std::size_t block, std::size_t first, std::vector<int> values,
             const NodeSet& context, const std::vector<Factor>& denominators) {
  Choice choice{std::move(values)};
  for (std::size_t cell = first; cell < first + block && !table.all_defined(); ++cell) {
    if (table.cause[cell] != 0) ++choice.undefined;
  }
  for (const Factor& denominator : denominators) {
    std::vector<int> at;
    for (const VariableId v : denominator.scope()) {
      const auto place = std::lower_bound(context.begin(), context.end(), v) - context.begin();
      at.push_back(choice.values[static_cast<std::size_t>(place)]);
    }
    choice.mass = std::min(choice.mass, denominator.at(at));
  }
  return choice;
}

}  // namespace

MaskedFactor reordered(const MaskedFactor& table, const std::vector<VariableId>& scope) {
  MaskedFactor result{table.value.permuted(scope)};
  if (!table.all_defined()) {
    for (const std::size_t cell : cells_within(result.value, table.value)) {
      result.cause.push_back(table.cause[cell]);
    }
  }
  return result;
}

void settle_context(MaskedFactor& table, const NodeSet& context, const std::vector<Factor>& denominators,
                    Evaluated& result) {
  std::vector<VariableId> rest, scope(context.begin(), context.end());
  std::vector<int> rest_cardinalities;
  for (const VariableId v : table.value.scope()) {
    if (std::binary_search(context.begin(), context.end(), v)) continue;
    rest.push_back(v);
    rest_cardinalities.push_back(table.value.cardinality(v));
  }
  scope.insert(scope.end(), rest.begin(), rest.end());
  const MaskedFactor blocks = reordered(table, scope);
  std::size_t block = 1;
  for (const int c : rest_cardinalities) block *= static_cast<std::size_t>(c);

  std::optional<Choice> best;
  std::size_t best_first = 0;
  std::vector<double> low(block, std::numeric_limits<double>::infinity()), high(block, -low.front());
  for (std::size_t first = 0; first < blocks.value.size(); first += block) {
    std::vector<int> values = blocks.value.assignment(first);
    values.resize(context.size());
    const Choice choice = judge(blocks, block, first, std::move(values), context, denominators);
    for (std::size_t i = 0; i < block; ++i) {
      if (!blocks.all_defined() && blocks.cause[first + i] != 0) continue;
      low[i] = std::min(low[i], blocks.value.values()[first + i]);
      high[i] = std::max(high[i], blocks.value.values()[first + i]);
    }
    const bool better = !best || choice.undefined < best->undefined ||
                        (choice.undefined == best->undefined && choice.mass > best->mass);
    if (!better) continue;
    best = choice;
    best_first = first;
  }
  for (std::size_t i = 0; i < block; ++i) result.context_spread = std::max(result.context_spread, high[i] - low[i]);
  for (std::size_t i = 0; i < context.size(); ++i) result.context.emplace_back(context[i], best->values[i]);

  const auto start = static_cast<std::ptrdiff_t>(best_first), end = start + static_cast<std::ptrdiff_t>(block);
  const std::vector<double>& values = blocks.value.values();
  table.value = Factor(rest, rest_cardinalities, std::vector<double>(values.begin() + start, values.begin() + end));
  if (!blocks.all_defined()) {
    table.cause = std::vector<std::uint32_t>(blocks.cause.begin() + start, blocks.cause.begin() + end);
  }
}

}  // namespace causal::identification
