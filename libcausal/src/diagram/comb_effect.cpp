// The effect of one treatment from a joint table, by the comb that find_comb gives. The table is laid out in
// topological order, so the mass of every history v_1..v_i is a sum over a contiguous block.
#include <algorithm>
#include <set>

#include "causal/diagram/comb.hpp"
#include "causal/run/error.hpp"

namespace causal {

namespace {

/// A number that may be undefined; 0 times undefined is 0.
struct Term {
  double value = 1;
  bool undefined = false;
};

class Histories {
 public:
  explicit Histories(Factor table) : table_(std::move(table)) {
    const std::size_t n = table_.scope().size();
    mass_.resize(n + 1);
    block_.assign(n + 1, 1);
    mass_[n] = table_.values();
    for (std::size_t i = n; i-- > 0;) {
      const auto c = static_cast<std::size_t>(table_.cardinalities()[i]);
      block_[i] = block_[i + 1] * c;
      mass_[i].assign(mass_[i + 1].size() / c, 0.0);
      for (std::size_t cell = 0; cell < mass_[i + 1].size(); ++cell) mass_[i][cell / c] += mass_[i + 1][cell];
    }
  }

  [[nodiscard]] const Factor& table() const { return table_; }
  /// Cells of the table that share a history up to position i.
  [[nodiscard]] std::size_t block(std::size_t i) const { return block_[i]; }

  /// The product over the positions of P(v_i | v_1 .. v_i-1) at a cell.
  [[nodiscard]] Term product(const std::vector<std::size_t>& positions, std::size_t cell) const {
    Term term;
    for (const std::size_t i : positions) {
      const double before = mass_[i][cell / block_[i]];
      if (before == 0) {
        term.undefined = true;
      } else if (const double here = mass_[i + 1][cell / block_[i + 1]]; here == 0) {
        return {0, false};
      } else {
        term.value *= here / before;
      }
    }
    return term;
  }
  /// Histories without mass that the product met.
  void collect(const std::vector<std::size_t>& positions, std::size_t cell,
               std::vector<std::set<std::size_t>>& zero) const {
    for (const std::size_t i : positions) {
      if (mass_[i][cell / block_[i]] == 0) zero[i].insert(cell / block_[i]);
    }
  }

 private:
  Factor table_;
  std::vector<std::vector<double>> mass_;  // mass_[i]: of histories of the first i variables
  std::vector<std::size_t> block_;
};

std::vector<std::size_t> positions_of(const NodeSet& nodes, const std::vector<NodeId>& order) {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (std::binary_search(nodes.begin(), nodes.end(), order[i])) positions.push_back(i);
  }
  return positions;
}

void check_table(const Factor& joint) {
  const auto& values = joint.values();
  if (std::any_of(values.begin(), values.end(), [](double v) { return v < 0; })) {
    throw InvalidArgument("comb_effect: the joint distribution has a negative cell");
  }
  if (joint.total() <= 0) throw InvalidArgument("comb_effect: the joint distribution has no mass");
}

/// P(y | do x) = P(y) for a treatment that is no ancestor.
CombEffect without_effect(const Factor& joint, NodeId x, const NodeSet& y) {
  const Factor marginal = joint.marginal(y);
  const Factor ones = Factor::constant({x}, {joint.cardinality(x)}, 1 / joint.total());
  return {product(ones, marginal), std::vector<bool>(ones.size(), false), {}};
}

}  // namespace

CombEffect comb_effect(const CombWitness& witness, const Factor& joint, NodeId x, const NodeSet& y) {
  check_table(joint);
  if (witness.f_boxes.empty()) return without_effect(joint, x, y);
  const std::vector<NodeId>& order = witness.order;
  const Histories histories(joint.marginal(order));
  const Factor& table = histories.table();
  const auto f = positions_of(witness.f_boxes, order), g = positions_of(witness.g_boxes, order);
  const auto at_x = static_cast<std::size_t>(table.position(x));
  const auto levels = static_cast<std::size_t>(table.cardinalities()[at_x]);
  const std::size_t step = histories.block(at_x + 1);

  std::vector<double> effect(table.size(), 0.0);  // P(v - x | do x), at x in its place
  std::vector<bool> undefined(levels, false);
  std::vector<std::set<std::size_t>> zero(order.size());
  for (std::size_t cell = 0; cell < table.size(); ++cell) {
    const std::size_t value = cell / step % levels, rest = cell - value * step;
    const Term outside = histories.product(g, cell);
    if (outside.value == 0 && !outside.undefined) continue;
    double sum = 0;
    bool unknown = false, possible = false;
    for (std::size_t other = 0; other < levels; ++other) {
      const Term inside = histories.product(f, rest + other * step);
      possible = possible || inside.undefined || inside.value > 0;
      unknown = unknown || inside.undefined;
      if (inside.undefined) histories.collect(f, rest + other * step, zero);
      sum += inside.undefined ? 0 : inside.value;
    }
    if (!possible) continue;
    if (outside.undefined) histories.collect(g, cell, zero);
    if (outside.undefined || unknown) undefined[value] = true;
    effect[cell] = outside.undefined ? 0 : outside.value * sum;
  }

  std::vector<VariableId> scope{x};
  scope.insert(scope.end(), y.begin(), y.end());
  CombEffect result{Factor(table.scope(), table.cardinalities(), std::move(effect)).marginal(scope), undefined, {}};
  const std::size_t cells = result.effect.size() / levels;
  std::vector<double> values = result.effect.values();
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = undefined[i / cells] ? 0 : values[i];
  result.effect = Factor(result.effect.scope(), result.effect.cardinalities(), std::move(values));
  for (std::size_t i = 0; i < zero.size(); ++i) {
    if (zero[i].empty()) continue;
    const std::vector<VariableId> before(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(i));
    const Factor shape = table.marginal(before);
    CombZeroSupport support{before, {}};
    for (const std::size_t history : zero[i]) support.cells.push_back(shape.assignment(history));
    result.zero.push_back(std::move(support));
  }
  return result;
}

}  // namespace causal
