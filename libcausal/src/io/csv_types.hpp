#pragma once
// What the columns of a text table are: levels of discrete columns, guessed types, and what to tell about them.

#include <optional>
#include <string>
#include <vector>

#include "causal/data/dataset.hpp"
#include "io/csv_values.hpp"

namespace causal::io::detail {

/// The columns with types and levels, and the notes for the reader.
struct CsvColumns {
  std::vector<Column> columns;
  std::vector<std::string> notes;
};

/// Types every column as `declared` (per column of the table) or by the guess of read_csv, and replaces the cells of
/// discrete and binary columns by codes. Reads the text again for columns that hold any.
/// Errors: ParseError for a stray text cell in a numeric column and for cells against a declared type.
[[nodiscard]] CsvColumns type_columns(const CsvPlan& plan, const std::vector<std::string>& names,
                                      const std::vector<std::optional<VariableType>>& declared, CsvValues& values);

}  // namespace causal::io::detail
