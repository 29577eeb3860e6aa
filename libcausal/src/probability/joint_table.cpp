#include "causal/probability/joint_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"

namespace causal {
namespace {

constexpr std::size_t kMaxCells = std::size_t{1} << 26;

/// The variables of `columns` and an empty table over them.
JointTable empty_table(const Dataset& data, const std::vector<int>& columns) {
  JointTable table;
  std::vector<VariableId> scope;
  std::vector<int> cardinalities;
  std::size_t cells = 1;
  for (const int j : columns) {
    const Column& column = data.column(j);
    if (column.type != VariableType::Discrete && column.type != VariableType::Binary) {
      throw DataError(fmt::format("column '{}' is {}, not discrete", column.name, enum_name(column.type)), {},
                      "A joint table is over discrete columns. Declare its type, or leave it out.");
    }
    if (data.missing_counts()[static_cast<std::size_t>(j)] > 0) {
      throw DataError(fmt::format("column '{}' has {} empty cells", column.name,
                                  data.missing_counts()[static_cast<std::size_t>(j)]),
                      {}, "Drop the rows with missing cells first.");
    }
    scope.push_back(static_cast<VariableId>(table.variables.size()));
    cardinalities.push_back(static_cast<int>(column.levels.size()));
    table.variables.push_back({column.name, column.levels});
    cells *= column.levels.size();
    if (cells > kMaxCells) {
      throw DataError(fmt::format("the joint table of {} columns has more than {} cells", columns.size(), kMaxCells),
                      {}, "Keep only the columns the question is about.");
    }
  }
  if (columns.empty() || data.rows() == 0) throw DataError("there is no row or no column to make a joint table of");
  table.joint = Factor::constant(std::move(scope), std::move(cardinalities), 0.0);
  return table;
}

std::vector<int> codes_of(const Dataset& data, const std::vector<int>& columns, std::int64_t row) {
  std::vector<int> codes(columns.size());
  for (std::size_t i = 0; i < columns.size(); ++i) codes[i] = static_cast<int>(data.values()(row, columns[i]));
  return codes;
}

void count_zeros(JointTable& table) {
  table.zeros = std::count(table.joint.values().begin(), table.joint.values().end(), 0.0);
}

}  // namespace

JointTable joint_from_rows(const Dataset& data) {
  const std::vector<int> columns = data.variable_indices();
  JointTable table = empty_table(data, columns);
  std::vector<std::int64_t> counts(table.joint.size(), 0);
  for (std::int64_t row = 0; row < data.rows(); ++row) ++counts[table.joint.cell(codes_of(data, columns, row))];
  std::vector<double> values(counts.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<double>(counts[i]) / static_cast<double>(data.rows());
  }
  table.joint = Factor(table.joint.scope(), table.joint.cardinalities(), std::move(values));
  table.rows = data.rows();
  count_zeros(table);
  return table;
}

JointTable joint_from_probabilities(const Dataset& data, const std::string& probability) {
  const int p = data.index_of(probability);
  std::vector<int> columns = data.variable_indices();
  std::erase(columns, p);
  JointTable table = empty_table(data, columns);
  std::vector<bool> listed(table.joint.size(), false);
  for (std::int64_t row = 0; row < data.rows(); ++row) {
    const double value = data.values()(row, p);
    if (!(value >= 0)) {
      throw DataError(std::isnan(value) ? fmt::format("row {} has no probability", row + 1)
                                        : fmt::format("the probability of row {} is negative: {}", row + 1, value),
                      fmt::format("column '{}'", probability));
    }
    const std::vector<int> codes = codes_of(data, columns, row);
    const std::size_t cell = table.joint.cell(codes);
    if (listed[cell]) {
      throw DataError(fmt::format("row {} repeats the values of a row before it", row + 1), {},
                      "List every combination once.");
    }
    listed[cell] = true;
    table.joint.at(codes) = value;
  }
  const double total = table.joint.total();
  if (!(std::abs(total - 1) <= 1e-6)) {
    throw DataError(fmt::format("the probabilities sum to {:.9g} instead of 1", total),
                    fmt::format("column '{}'", probability),
                    fmt::format("If '{}' is a variable and the rows are observations, rename it.", probability));
  }
  if (std::abs(total - 1) > 1e-12) {
    table.warnings.push_back(fmt::format("the probabilities sum to {:.9g} and were divided by it", total));
    table.joint = table.joint.scaled(1 / total);
  }
  count_zeros(table);
  return table;
}

}  // namespace causal
