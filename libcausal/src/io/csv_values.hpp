#pragma once
// The numbers of delimited text, in parallel over chunks of records.

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <vector>

#include "io/csv_text.hpp"

namespace causal::io::detail {

/// What a column may hold.
enum class CellRule {
  Guess,    ///< Anything; a number beyond the range of double is an error.
  Numeric,  ///< Numbers; text is an error.
  Levels    ///< Anything.
};

/// What to read from every record.
struct CsvPlan {
  CsvSource source;
  CsvDialect dialect;
  const char* body = nullptr;           ///< The first line after the header.
  std::vector<std::string> file_names;  ///< One name per cell of a record.
  std::vector<int> slot;                ///< Per cell of a record: its column in the table, or -1.
  std::vector<CellRule> rules;          ///< Per column of the table.
  std::vector<std::string> na;          ///< Texts of missing cells, sorted.
  std::vector<double> na_numbers;       ///< Those that are numbers; they match by value.
  int threads = 1;

  [[nodiscard]] int columns() const { return static_cast<int>(rules.size()); }
  [[nodiscard]] bool is_missing(std::string_view text) const;
};

/// Whole records, about a mebibyte of them.
struct CsvChunk {
  const char* begin;
  const char* end;
  std::int64_t first_row;
  std::int64_t rows;
};

/// What a column held besides numbers; the pointers are into the source.
struct CsvTally {
  std::int64_t missing = 0;
  std::int64_t text = 0;
  const char* first_missing = nullptr;
  const char* first_text = nullptr;
};

struct CsvValues {
  Eigen::MatrixXd values;  ///< Rows x columns; missing and text cells are NaN.
  std::vector<CsvTally> tallies;
  std::vector<CsvChunk> chunks;
};

/// Reads all cells as numbers. The result does not depend on the number of threads.
/// Errors: ParseError for a ragged record, a number out of range, text in a Numeric column, a broken quote.
[[nodiscard]] CsvValues parse_values(const CsvPlan& plan);

}  // namespace causal::io::detail
