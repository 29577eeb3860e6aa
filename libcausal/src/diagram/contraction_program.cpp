#include "contraction_program.hpp"

#include <algorithm>
#include <cmath>

namespace causal::detail {

namespace {

class Compiler {
 public:
  Compiler(const TensorNetwork& network, const IndexRoles& roles, const std::vector<VariableId>& order)
      : network_(network),
        rank_(network.cardinalities.size(), -1),
        holders_(network.cardinalities.size()),
        seen_(network.cardinalities.size(), 0),
        summed_(network.cardinalities.size(), 0),
        is_summable_(network.cardinalities.size(), 0) {
    int rank = 0;
    for (const VariableId v : order) {
      rank_[at(v)] = rank++;
      is_summable_[at(v)] = 1;
    }
    for (const VariableId v : network.open) {
      if (roles.fixed[at(v)] < 0 && rank_[at(v)] < 0) {
        rank_[at(v)] = rank++;
        result_scope_.push_back(v);
      }
    }
    for (const Factor& tensor : network.tensors) {
      std::vector<VariableId> scope;
      for (const VariableId v : tensor.scope()) {
        if (roles.fixed[at(v)] < 0) scope.push_back(v);
      }
      add_table(std::move(scope));
    }
    program_.steps.reserve(order.size() + 1);
  }

  ContractionProgram run(const std::vector<VariableId>& order) {
    for (const VariableId v : order) eliminate(v);
    combine_rest();
    return std::move(program_);
  }

 private:
  int add_table(std::vector<VariableId> scope) {
    const auto id = static_cast<int>(scopes_.size());
    for (const VariableId v : scope) holders_[at(v)].push_back(id);
    scopes_.push_back(std::move(scope));
    used_.push_back(0);
    return id;
  }

  void eliminate(VariableId v) {
    if (summed_[at(v)] != 0) return;
    ContractionStep step;
    step.summed = {v};
    for (const int table : holders_[at(v)]) {
      if (used_[at(table)] == 0) step.inputs.push_back(table);
    }
    for (const int table : step.inputs) {
      for (const VariableId w : scopes_[at(table)]) {
        if (w == v || seen_[at(w)] != 0) continue;
        seen_[at(w)] = 1;
        step.scope.push_back(w);
      }
    }
    for (const VariableId w : step.scope) seen_[at(w)] = 0;
    const auto by_rank = [this](VariableId a, VariableId b) { return rank_[at(a)] < rank_[at(b)]; };
    std::sort(step.scope.begin(), step.scope.end(), by_rank);
    program_.width = std::max(program_.width, static_cast<int>(step.scope.size()));
    if (step.inputs.size() == 2) become_matrix_product(step);
    for (const VariableId w : step.summed) summed_[at(w)] = 1;
    finish(std::move(step));
  }

  [[nodiscard]] bool holds(int table, VariableId v) const {
    const auto& scope = scopes_[at(table)];
    return std::find(scope.begin(), scope.end(), v) != scope.end();
  }

  [[nodiscard]] bool is_only_in(const std::vector<int>& tables, VariableId v) const {
    return std::all_of(holders_[at(v)].begin(), holders_[at(v)].end(), [&](int table) {
      return used_[at(table)] != 0 || std::find(tables.begin(), tables.end(), table) != tables.end();
    });
  }

  // Two tables: sums out at once whatever only they share, when rows, columns and summed values make a matrix.
  void become_matrix_product(ContractionStep& step) {
    constexpr double kWorthPacking = 8;
    std::vector<VariableId> summed = step.summed, batch, rows, columns;
    double inner = network_.cardinalities[at(summed[0])], m = 1, n = 1;
    for (const VariableId w : step.scope) {
      const int c = network_.cardinalities[at(w)];
      const bool left = holds(step.inputs[0], w);
      if (left && holds(step.inputs[1], w)) {
        const bool is_done = is_summable_[at(w)] != 0 && is_only_in(step.inputs, w);
        if (is_done) inner *= c;
        (is_done ? summed : batch).push_back(w);
      } else {
        (left ? m : n) *= c;
        (left ? rows : columns).push_back(w);
      }
    }
    if (std::min({inner, m, n}) < kWorthPacking) return;
    step.is_matrix_product = true;
    step.summed = std::move(summed);
    step.batch = batch.size();
    step.rows = rows.size();
    step.scope = std::move(batch);
    step.scope.insert(step.scope.end(), rows.begin(), rows.end());
    step.scope.insert(step.scope.end(), columns.begin(), columns.end());
  }

  void combine_rest() {
    ContractionStep step;
    step.scope = result_scope_;
    for (int table = 0; table < static_cast<int>(scopes_.size()); ++table) {
      if (used_[at(table)] == 0) step.inputs.push_back(table);
    }
    finish(std::move(step));
  }

  // Books the cost of a step; its result becomes a table.
  void finish(ContractionStep step) {
    double cells = 1;
    for (const VariableId w : step.scope) cells *= network_.cardinalities[at(w)];
    double summed = 1;
    for (const VariableId w : step.summed) summed *= network_.cardinalities[at(w)];
    program_.operations += cells * summed * std::max<double>(1, static_cast<double>(step.inputs.size()));
    if (8 * cells > program_.max_table_bytes) {
      program_.max_table_bytes = 8 * cells;
      program_.largest_step = program_.steps.size();
    }
    held_ += 8 * cells;
    program_.peak_bytes = std::max(program_.peak_bytes, held_ + (step.is_matrix_product ? packed_bytes(step) : 0));
    for (const int table : step.inputs) {
      used_[at(table)] = 1;
      const std::int64_t made_by = table - static_cast<std::int64_t>(network_.tensors.size());
      if (made_by >= 0) held_ -= bytes_[at(made_by)];
    }
    bytes_.push_back(8 * cells);
    add_table(step.scope);
    program_.steps.push_back(std::move(step));
  }

  // Both inputs are copied into matrices.
  [[nodiscard]] double packed_bytes(const ContractionStep& step) const {
    double bytes = 0;
    for (const int table : step.inputs) {
      double cells = 8;
      for (const VariableId v : scopes_[at(table)]) cells *= network_.cardinalities[at(v)];
      bytes += cells;
    }
    return bytes;
  }

  const TensorNetwork& network_;
  std::vector<int> rank_;
  std::vector<std::vector<int>> holders_;
  std::vector<std::uint8_t> seen_;
  std::vector<std::uint8_t> summed_;
  std::vector<std::uint8_t> is_summable_;
  std::vector<std::vector<VariableId>> scopes_;
  std::vector<std::uint8_t> used_;
  std::vector<VariableId> result_scope_;
  std::vector<double> bytes_;
  double held_ = 0;
  ContractionProgram program_;
};

}  // namespace

ContractionProgram compile(const TensorNetwork& network, const IndexRoles& roles,
                           const std::vector<VariableId>& order) {
  return Compiler(network, roles, order).run(order);
}

}  // namespace causal::detail
