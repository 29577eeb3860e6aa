#include "csv_record.hpp"

namespace causal::io {
namespace {

bool at_line_end(const Scanner& scanner) {
  return scanner.at_end() || scanner.peek() == '\n' || (scanner.peek() == '\r' && scanner.peek(1) == '\n');
}

CsvCell read_quoted(Scanner& scanner) {
  CsvCell cell{{}, scanner.position()};
  scanner.advance();
  while (true) {
    if (scanner.at_end()) scanner.fail_at(cell.position, "this quote is never closed");
    if (scanner.accept("\"\"")) {
      cell.text += '"';
    } else if (scanner.accept("\"")) {
      return cell;
    } else {
      cell.text += scanner.peek();
      scanner.advance();
    }
  }
}

CsvCell read_cell(Scanner& scanner, char delimiter) {
  if (scanner.peek() == '"') return read_quoted(scanner);
  CsvCell cell{{}, scanner.position()};
  while (!at_line_end(scanner) && scanner.peek() != delimiter) {
    cell.text += scanner.peek();
    scanner.advance();
  }
  return cell;
}

}  // namespace

std::vector<CsvCell> read_csv_record(Scanner& scanner, char delimiter) {
  while (!scanner.at_end() && at_line_end(scanner)) scanner.line();
  std::vector<CsvCell> record;
  if (scanner.at_end()) return record;
  record.push_back(read_cell(scanner, delimiter));
  while (!at_line_end(scanner)) {
    if (scanner.peek() != delimiter) scanner.fail("expected the end of the cell after its closing quote");
    scanner.advance();
    record.push_back(read_cell(scanner, delimiter));
  }
  scanner.line();
  return record;
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of("\",\n\r") == std::string_view::npos) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace causal::io
