#pragma once
// Small tables that are read cell by cell: edge lists and matrices. (Data sets have their own, fast reader.)

#include <string>
#include <vector>

#include "scanner.hpp"

namespace causal::io {

struct CsvCell {
  std::string text;
  std::size_t position = 0;
};

/// One record with cells quoted as in RFC 4180; lines without any character are passed over. Empty at the end of the
/// text. Errors: ParseError for a quote that is never closed or text behind a closing quote.
[[nodiscard]] std::vector<CsvCell> read_csv_record(Scanner& scanner, char delimiter = ',');

/// The cell, quoted when it must be.
[[nodiscard]] std::string csv_cell(std::string_view text);

}  // namespace causal::io
