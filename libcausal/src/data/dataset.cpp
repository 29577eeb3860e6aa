#include "causal/data/dataset.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "causal/run/nearest_name.hpp"

namespace causal {
namespace {

void check_columns(const Eigen::MatrixXd& values, const std::vector<Column>& columns) {
  if (static_cast<std::size_t>(values.cols()) != columns.size()) {
    throw InvalidArgument("Dataset", "columns", std::to_string(columns.size()) + " descriptions",
                          "match the " + std::to_string(values.cols()) + " columns of values");
  }
  std::unordered_set<std::string_view> seen;
  for (std::size_t j = 0; j < columns.size(); ++j) {
    const std::string& name = columns[j].name;
    if (name.empty()) throw DataError("column " + std::to_string(j + 1) + " has an empty name");
    if (!seen.insert(name).second) throw DataError("two columns are named '" + name + "'");
  }
}

bool is_coded(const Column& column) {
  return column.type == VariableType::Discrete || column.type == VariableType::Binary;
}

// Counts missing cells and refuses infinite ones and codes without a level.
std::int64_t check_cells(const double* cells, std::int64_t n, const Column& column) {
  std::int64_t missing = 0;
  const double levels = is_coded(column) ? static_cast<double>(column.levels.size()) : -1;
  for (std::int64_t i = 0; i < n; ++i) {
    const double cell = cells[i];
    if (std::isnan(cell)) {
      ++missing;
    } else if (std::isinf(cell)) {
      throw DataError("column '" + column.name + "' holds an infinite value in row " + std::to_string(i + 1));
    } else if (levels >= 0 && (cell < 0 || cell >= levels || cell != std::floor(cell))) {
      throw DataError("column '" + column.name + "' holds the code " + std::to_string(cell) + " in row " +
                      std::to_string(i + 1) + " but has " + std::to_string(column.levels.size()) + " levels");
    }
  }
  return missing;
}

}  // namespace

Dataset::Dataset(Eigen::MatrixXd values, std::vector<Column> columns, Roles roles)
    : values_(std::move(values)), columns_(std::move(columns)), roles_(roles) {
  check_columns(values_, columns_);
  missing_counts_.reserve(columns_.size());
  for (int j = 0; j < cols(); ++j) {
    missing_counts_.push_back(check_cells(values_.data() + values_.rows() * j, rows(), column(j)));
  }
}

Dataset Dataset::continuous(Eigen::MatrixXd values, std::vector<std::string> names) {
  std::vector<Column> columns(static_cast<std::size_t>(values.cols()));
  for (std::size_t j = 0; j < columns.size(); ++j) {
    columns[j].name = j < names.size() ? names[j] : "X" + std::to_string(j + 1);
  }
  if (!names.empty() && names.size() != columns.size()) {
    throw InvalidArgument("Dataset::continuous", "names", std::to_string(names.size()) + " names",
                          "match the " + std::to_string(columns.size()) + " columns of values");
  }
  return {std::move(values), std::move(columns)};
}

std::vector<std::string> Dataset::names() const {
  std::vector<std::string> names;
  names.reserve(columns_.size());
  for (const Column& column : columns_) names.push_back(column.name);
  return names;
}

int Dataset::index_of(std::string_view name) const {
  for (int j = 0; j < cols(); ++j) {
    if (column(j).name == name) return j;
  }
  throw InvalidArgument("unknown column '" + std::string(name) + "'", {}, nearest_name_hint(name, names()));
}

bool Dataset::has_missing() const {
  return std::any_of(missing_counts_.begin(), missing_counts_.end(), [](std::int64_t count) { return count > 0; });
}

Dataset Dataset::select_columns(std::span<const int> indices) const {
  Dataset out;
  out.values_.resize(values_.rows(), static_cast<Eigen::Index>(indices.size()));
  const auto carry = [](std::optional<int> from, int old_index, int new_index, std::optional<int>& to) {
    if (from == old_index) to = new_index;
  };
  for (std::size_t k = 0; k < indices.size(); ++k) {
    const int j = indices[k];
    const int at = static_cast<int>(k);
    out.values_.col(at) = values_.col(j);
    out.columns_.push_back(column(j));
    out.missing_counts_.push_back(missing_counts_[static_cast<std::size_t>(j)]);
    carry(roles_.time, j, at, out.roles_.time);
    carry(roles_.environment, j, at, out.roles_.environment);
    carry(roles_.unit, j, at, out.roles_.unit);
    carry(roles_.weight, j, at, out.roles_.weight);
  }
  return out;
}

Dataset Dataset::select_rows(std::span<const std::int64_t> indices) const {
  Eigen::MatrixXd rows_kept(static_cast<Eigen::Index>(indices.size()), values_.cols());
  for (Eigen::Index j = 0; j < values_.cols(); ++j) {
    for (std::size_t k = 0; k < indices.size(); ++k)
      rows_kept(static_cast<Eigen::Index>(k), j) = values_(indices[k], j);
  }
  return {std::move(rows_kept), columns_, roles_};
}

Dataset Dataset::drop_missing_rows() const {
  std::vector<std::int64_t> complete;
  for (std::int64_t i = 0; i < rows(); ++i) {
    bool missing = false;
    for (int j = 0; j < cols() && !missing; ++j) missing = std::isnan(values_(i, j));
    if (!missing) complete.push_back(i);
  }
  return select_rows(complete);
}

std::vector<int> Dataset::variable_indices() const {
  std::vector<int> variables;
  for (int j = 0; j < cols(); ++j) {
    if (roles_.time != j && roles_.environment != j && roles_.unit != j && roles_.weight != j) variables.push_back(j);
  }
  return variables;
}

}  // namespace causal
