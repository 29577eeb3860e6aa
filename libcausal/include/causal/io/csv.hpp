#pragma once
// Delimited text to Dataset and back.

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/data/dataset.hpp"

namespace causal::io {

/// How to read delimited text.
struct CsvOptions {
  char delimiter = '\0';  ///< '\0': sniffed among comma, tab, semicolon, pipe and blank.
  bool header = true;     ///< false: columns are named X1..Xp.
  char quote = '"';       ///< '\0': no quoting.
  char comment = '\0';    ///< Lines that start with it are skipped; '\0': none.
  std::vector<std::string> na = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"};  ///< Cells read as missing.
  std::vector<std::string> columns = {};                         ///< Only these, in this order; empty: all.
  std::vector<std::string> exclude = {};                         ///< All but these.
  std::vector<std::pair<std::string, VariableType>> types = {};  ///< Instead of the guess.
};

/// A table and what was decided while reading it.
struct CsvResult {
  Dataset data;
  char delimiter = ',';
  /// One line per column whose type was guessed otherwise than continuous, and per column with missing cells.
  std::vector<std::string> notes;
};

/// Reads a file (memory-mapped) or, for the path "-", standard input.
///
/// Type guess: any text makes a column discrete; two distinct values binary; at most 10 distinct integers discrete;
/// else continuous. Errors: IoError; ParseError `file:line:column` for a ragged row, an unterminated quote, a
/// non-numeric cell in a column declared numeric, an out-of-range number; DataError for an empty file, a header without
/// rows, repeated or empty column names; InvalidArgument for unknown names in `columns`, `exclude`, `types`. Cost: one
/// pass over the bytes for numeric columns, a second for columns with text.
[[nodiscard]] CsvResult read_csv(const std::string& path, const CsvOptions& options = {});
/// The same on text in memory; `name` stands for the file in errors.
[[nodiscard]] CsvResult parse_csv(std::string_view text, const CsvOptions& options = {},
                                  const std::string& name = "<text>");

/// Writes a table: header, shortest-round-trip numbers, level texts, empty cells for missing ones; quotes where needed.
void write_csv(std::ostream& out, const Dataset& data, char delimiter = ',');

}  // namespace causal::io
