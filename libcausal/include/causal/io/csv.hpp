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
  /// Cells read as missing, quoted or not. A text that is a number matches every cell of that value.
  std::vector<std::string> na = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"};
  std::vector<std::string> columns = {};                         ///< Only these, in this order; empty: all.
  std::vector<std::string> exclude = {};                         ///< All but these.
  std::vector<std::pair<std::string, VariableType>> types = {};  ///< Instead of the guess.
  int threads = 0;  ///< 0: one per core. The result is the same for every number.
};

/// A table and what was decided while reading it.
struct CsvResult {
  Dataset data;
  char delimiter = ',';
  /// One line per column whose type was guessed otherwise than continuous, and per column with missing cells.
  std::vector<std::string> notes;
  std::vector<std::int64_t> first_missing_line;  ///< Per column: the line of its first missing cell, 0 when none.
};

/// Reads a file (memory-mapped) or, for the path "-", standard input.
///
/// Type guess: any text makes a column discrete; two distinct values binary; at most 10 distinct integers discrete;
/// else continuous. A table of more than 20 rows with a single text cell in a column, or with text in at most 1 % of
/// its cells, is taken for a faulty file and refused, unless the column is declared. Blanks around cells are dropped
/// unless quoted; blank lines are skipped; with a blank as delimiter a run of them counts once. Line ends are LF or
/// CRLF. Errors: IoError; ParseError `file:line:column` for a ragged row, an unterminated quote, a non-numeric cell in
/// a column declared numeric, an out-of-range number; DataError for an empty file, a header without rows, repeated or
/// empty column names; InvalidArgument for unknown names in `columns`, `exclude`, `types`. Cost: one pass over the
/// bytes to find the lines, one to read the numbers (parallel), another when a column holds text.
[[nodiscard]] CsvResult read_csv(const std::string& path, const CsvOptions& options = {});
/// The same on text in memory; `name` stands for the file in errors.
[[nodiscard]] CsvResult parse_csv(std::string_view text, const CsvOptions& options = {},
                                  const std::string& name = "<text>");

/// Writes a table: header, shortest-round-trip numbers, level texts, empty cells for missing ones; quotes where needed.
/// Failures are left in the state of `out`.
void write_csv(std::ostream& out, const Dataset& data, char delimiter = ',');

}  // namespace causal::io
