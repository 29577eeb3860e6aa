#pragma once
// A table: rows are samples, columns are named and typed variables, some with roles.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "causal/run/options.hpp"

namespace causal {

/// What the values of a column are. A discrete or binary cell holds the code 0..k-1 of its level.
enum class VariableType { Continuous, Discrete, Count, Binary };

template <>
struct EnumNames<VariableType> {
  static constexpr std::array<std::pair<VariableType, std::string_view>, 4> names{
      {{VariableType::Continuous, "continuous"},
       {VariableType::Discrete, "discrete"},
       {VariableType::Count, "count"},
       {VariableType::Binary, "binary"}}};
};

/// Name, type and, for discrete and binary columns, the level texts in code order (ascending when all are numeric,
/// else in byte order).
struct Column {
  std::string name;
  VariableType type = VariableType::Continuous;
  std::vector<std::string> levels = {};
};

/// Columns that are not variables of the model; indices into the dataset's columns.
struct Roles {
  std::optional<int> time = {};
  std::optional<int> environment = {};
  std::optional<int> unit = {};
  std::optional<int> weight = {};
};

/// A column-major n x p table of doubles; a missing cell is NaN and nothing else.
///
/// Thread-safe for concurrent reads. Copies copy the values.
class Dataset {
 public:
  Dataset() = default;
  /// values: n x p; one column description per column of `values`, names non-empty and distinct.
  /// Errors: InvalidArgument for a size mismatch, an empty or repeated name, an infinite cell, a code outside a
  /// discrete column's levels.
  Dataset(Eigen::MatrixXd values, std::vector<Column> columns, Roles roles = {});
  /// All-continuous data with names, or X1..Xp when `names` is empty.
  static Dataset continuous(Eigen::MatrixXd values, std::vector<std::string> names = {});

  [[nodiscard]] std::int64_t rows() const { return values_.rows(); }
  [[nodiscard]] int cols() const { return static_cast<int>(values_.cols()); }
  [[nodiscard]] const Eigen::MatrixXd& values() const { return values_; }
  [[nodiscard]] const std::vector<Column>& columns() const { return columns_; }
  [[nodiscard]] const Column& column(int j) const { return columns_[static_cast<std::size_t>(j)]; }
  [[nodiscard]] const Roles& roles() const { return roles_; }
  [[nodiscard]] std::vector<std::string> names() const;

  /// Index of the named column. Errors: InvalidArgument that suggests the nearest name.
  [[nodiscard]] int index_of(std::string_view name) const;
  /// Missing cells per column.
  [[nodiscard]] const std::vector<std::int64_t>& missing_counts() const { return missing_counts_; }
  [[nodiscard]] bool has_missing() const;

  /// The columns with these indices, in this order, roles carried over where their column is kept.
  [[nodiscard]] Dataset select_columns(std::span<const int> indices) const;
  /// The rows with these indices, in this order (repeats allowed).
  [[nodiscard]] Dataset select_rows(std::span<const std::int64_t> indices) const;
  /// Only rows without a missing cell in any column.
  [[nodiscard]] Dataset drop_missing_rows() const;
  /// Indices of the columns that carry no role, i.e. the variables of the model.
  [[nodiscard]] std::vector<int> variable_indices() const;

 private:
  Eigen::MatrixXd values_;
  std::vector<Column> columns_;
  Roles roles_;
  std::vector<std::int64_t> missing_counts_;
};

}  // namespace causal
