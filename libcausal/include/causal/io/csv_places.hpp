#pragma once
// Where records and fields stand in delimited text, for errors found after it was read.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace causal::io {

/// Places in text that parse_csv has accepted with this delimiter and the quote ". Records that are blank do not count;
/// a quoted field may hold delimiters and line ends. Every question reads the text anew: O(text), meant for the one
/// place of an error. `text` must outlive it.
class CsvPlaces {
 public:
  CsvPlaces(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  struct Record {
    std::size_t begin = 0, end = 0;  ///< Offsets into the text, the line end not included.
    std::size_t line = 1;            ///< 1-based, on which it begins.
  };
  /// The record of that number, 0 the first (the header, where there is one); past the last one, the end of the text.
  [[nodiscard]] Record record(std::int64_t number) const;
  /// 1-based column at which a field of that record begins; 1 when it has fewer fields. Fields count from 0.
  [[nodiscard]] std::size_t field_column(const Record& record, std::size_t field) const;

 private:
  std::string_view text_;
  char delimiter_;
};

}  // namespace causal::io
