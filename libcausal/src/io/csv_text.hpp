#pragma once
// Delimited text as records and cells.

#include <cstdint>
#include <string>
#include <string_view>

namespace causal::io::detail {

/// The text being read and what it is called in errors.
struct CsvSource {
  std::string_view text;
  std::string name;

  [[nodiscard]] const char* begin() const { return text.data(); }
  [[nodiscard]] const char* end() const { return text.data() + text.size(); }
  /// 1-based line of `at`, a pointer into the text. Cost: a pass over the text before it.
  [[nodiscard]] std::size_t line_of(const char* at) const;
  /// Throws ParseError at the line and column of `at`.
  [[noreturn]] void fail(const char* at, std::string message, std::string hint = {}) const;
};

/// The characters with a meaning; '\0' for quote or comment: none.
struct CsvDialect {
  char delimiter = ',';
  char quote = '"';
  char comment = '\0';

  [[nodiscard]] bool is_blank(char c) const { return c == ' ' || (c == '\t' && delimiter != '\t'); }
};

/// One cell, without the blanks and quotes around it.
struct CsvCell {
  std::string_view text;  ///< Points into the source, or into the scratch string when it held doubled quotes.
  const char* begin;      ///< Where it stands, for errors.
  const char* next;       ///< The next cell, or after the last one the next line.
  bool last;              ///< Ends its record.
};

/// The cell that starts at `p`. Errors: ParseError for an unterminated quote and for text after a closing quote.
[[nodiscard]] CsvCell next_cell(const CsvSource& source, const CsvDialect& dialect, const char* p,
                                std::string& scratch);

/// The start of the first record at or after the line start `p`: skips blank and comment lines. The end when none.
[[nodiscard]] const char* next_record(const CsvSource& source, const CsvDialect& dialect, const char* p);

/// The line after the record at `p`, quotes respected.
[[nodiscard]] const char* skip_record(const CsvSource& source, const CsvDialect& dialect, const char* p,
                                      std::string& scratch);

/// The text without its byte-order mark. Errors: DataError that names what the bytes are when they are not UTF-8 text:
/// UTF-16, an archive, another table format, lone carriage returns.
[[nodiscard]] std::string_view checked_text(std::string_view bytes, const std::string& name);

/// The delimiter among comma, tab, semicolon, pipe and blank that splits the first records into the same number of
/// cells, more than one; the one with most cells when several do. A comma when none occurs.
[[nodiscard]] char sniff_delimiter(const CsvSource& source, CsvDialect dialect);

}  // namespace causal::io::detail
