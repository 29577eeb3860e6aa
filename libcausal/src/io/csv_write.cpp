#include <array>
#include <charconv>
#include <cmath>
#include <ostream>

#include "causal/io/csv.hpp"

namespace causal::io {
namespace {

void append_text(std::string& line, std::string_view text, char delimiter) {
  const bool plain = text.find(delimiter) == std::string_view::npos &&
                     text.find_first_of("\"\n\r") == std::string_view::npos && !text.empty() && text.front() != ' ' &&
                     text.front() != '\t' && text.front() != '#' && text.back() != ' ' && text.back() != '\t';
  if (plain) {
    line += text;
    return;
  }
  line += '"';
  for (const char c : text) {
    if (c == '"') line += '"';
    line += c;
  }
  line += '"';
}

void append_cell(std::string& line, const Dataset& data, std::int64_t row, int j, char delimiter) {
  const double cell = data.values()(row, j);
  const Column& column = data.column(j);
  if (std::isnan(cell)) {
    // A line without anything would be a blank line, which readers skip.
    if (data.cols() == 1) line += "\"\"";
  } else if (!column.levels.empty()) {
    append_text(line, column.levels[static_cast<std::size_t>(cell)], delimiter);
  } else {
    std::array<char, 32> digits;
    line.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), cell).ptr);
  }
}

}  // namespace

void write_csv(std::ostream& out, const Dataset& data, char delimiter) {
  constexpr std::size_t kFlushBytes = std::size_t{1} << 16;
  std::string text;
  for (int j = 0; j < data.cols(); ++j) {
    if (j > 0) text += delimiter;
    append_text(text, data.column(j).name, delimiter);
  }
  text += '\n';
  for (std::int64_t i = 0; i < data.rows(); ++i) {
    for (int j = 0; j < data.cols(); ++j) {
      if (j > 0) text += delimiter;
      append_cell(text, data, i, j, delimiter);
    }
    text += '\n';
    if (text.size() > kFlushBytes) {
      out.write(text.data(), static_cast<std::streamsize>(text.size()));
      text.clear();
    }
  }
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
}

}  // namespace causal::io
