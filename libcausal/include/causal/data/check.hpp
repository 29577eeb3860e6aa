#pragma once
// Is this table fit for an analysis? Findings for people, before any computation.

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/run/options.hpp"

namespace causal {

enum class Severity { Warning, Error };

template <>
struct EnumNames<Severity> {
  static constexpr std::array<std::pair<Severity, std::string_view>, 2> names{
      {{Severity::Warning, "warning"}, {Severity::Error, "error"}}};
};

/// One thing to know about a table.
struct DataFinding {
  Severity severity = Severity::Warning;
  std::string column;   ///< Empty when it concerns the whole table.
  std::string message;  ///< What is the case.
  std::string hint;     ///< What to do about it.
};

/// One column in numbers, over its cells that are not missing; NaN where there are too few of them. For discrete and
/// binary columns min, max, mean and sd are those of the codes.
struct ColumnSummary {
  std::string name;
  VariableType type = VariableType::Continuous;
  std::int64_t distinct = 0;  ///< -1 when not counted.
  std::int64_t missing = 0;
  double min = 0;
  double max = 0;
  double mean = 0;
  double sd = 0;  ///< Divisor n - 1.
};

struct DataReport {
  std::int64_t rows = 0;
  std::int64_t complete_rows = 0;  ///< Rows without a missing cell.
  std::vector<ColumnSummary> columns;
  std::vector<DataFinding> findings;  ///< Errors first, then in order of columns.

  [[nodiscard]] bool has_errors() const;
};

struct DataCheckOptions {
  bool count_distinct = true;  ///< Count the distinct values of numeric columns too, which sorts them.
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"count_distinct", "count the distinct values of numeric columns"}, self.count_distinct);
  }
};

/// Examines a table.
///
/// Errors (findings, not exceptions): fewer than 4 rows, fewer than 2 variables, a column that is all missing or
/// constant. Warnings: missing cells, p >= n, copies of a column (equal, or correlated with |r| within 1e-12 of 1), a
/// discrete column with as many levels as rows. Columns with a role are summarised but may be constant. Cost: three
/// passes over the cells, and a sort of every numeric column with `count_distinct`; candidates for copies are found by
/// a random projection.
[[nodiscard]] DataReport check_data(const Dataset& data, const DataCheckOptions& options = {});

/// Throws the first error of the report as a DataError; does nothing when there is none.
void require_usable(const DataReport& report);

}  // namespace causal
