#include "io/csv_text.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "causal/run/error.hpp"

namespace causal::io::detail {
namespace {

const char* find(const char* p, const char* end, char c) {
  const void* found = p < end ? std::memchr(p, c, static_cast<std::size_t>(end - p)) : nullptr;
  return found != nullptr ? static_cast<const char*>(found) : end;
}

// Completes `cell`, whose content stops at `p`: a delimiter, a line end or the end of the text.
void finish_cell(const CsvSource& source, const CsvDialect& dialect, const char* p, CsvCell& cell) {
  const char* end = source.end();
  const auto at_line_end = [end](const char* q) {
    return q == end || *q == '\n' || (*q == '\r' && (q + 1 == end || q[1] == '\n'));
  };
  if (!at_line_end(p)) {
    ++p;
    // A run of blanks is one delimiter, and none at the end of a line.
    if (dialect.delimiter == ' ') {
      while (p < end && *p == ' ') ++p;
    }
    cell.last = dialect.delimiter == ' ' && at_line_end(p);
    cell.next = p;
    if (!cell.last) return;
  }
  cell.last = true;
  if (p < end && *p == '\r') ++p;
  cell.next = p < end ? p + 1 : end;
}

CsvCell quoted_cell(const CsvSource& source, const CsvDialect& dialect, const char* open, std::string& scratch) {
  const char* end = source.end();
  CsvCell cell{{}, open, nullptr, false};
  const char* from = open + 1;
  const char* close = find(from, end, dialect.quote);
  scratch.clear();
  bool doubled = false;
  while (close + 1 < end && close[1] == dialect.quote) {
    doubled = true;
    scratch.append(from, close + 1);
    from = close + 2;
    close = find(from, end, dialect.quote);
  }
  if (close == end) {
    source.fail(open, "the quote that opens here is never closed",
                "Close it, double a quote inside a quoted cell, or read without quotes (--quote '').");
  }
  if (doubled) {
    scratch.append(from, close);
    cell.text = scratch;
  } else {
    cell.text = {from, static_cast<std::size_t>(close - from)};
  }
  const char* p = close + 1;
  while (p < end && dialect.is_blank(*p) && *p != dialect.delimiter) ++p;
  const bool ended =
      p == end || *p == '\n' || *p == dialect.delimiter || (*p == '\r' && (p + 1 == end || p[1] == '\n'));
  if (!ended) {
    source.fail(p, "text follows a closing quote",
                "Double a quote inside a quoted cell, or read without quotes (--quote '').");
  }
  finish_cell(source, dialect, p, cell);
  return cell;
}

}  // namespace

std::size_t CsvSource::line_of(const char* at) const {
  return 1 + static_cast<std::size_t>(std::count(begin(), at, '\n'));
}

void CsvSource::fail(const char* at, std::string message, std::string hint) const {
  const char* line_start = at;
  while (line_start > begin() && line_start[-1] != '\n') --line_start;
  throw ParseError(std::move(message), name, line_of(at), static_cast<std::size_t>(at - line_start) + 1,
                   std::move(hint));
}

CsvCell next_cell(const CsvSource& source, const CsvDialect& dialect, const char* p, std::string& scratch) {
  const char* end = source.end();
  while (p < end && dialect.is_blank(*p)) ++p;
  if (p < end && dialect.quote != '\0' && *p == dialect.quote) return quoted_cell(source, dialect, p, scratch);
  CsvCell cell{{}, p, nullptr, false};
  while (p < end && *p != dialect.delimiter && *p != '\n') ++p;
  // A carriage return belongs to the line end.
  const char* stop = p > cell.begin && p[-1] == '\r' && (p == end || *p == '\n') ? p - 1 : p;
  const char* content_end = stop;
  while (content_end > cell.begin && dialect.is_blank(content_end[-1])) --content_end;
  cell.text = {cell.begin, static_cast<std::size_t>(content_end - cell.begin)};
  finish_cell(source, dialect, stop, cell);
  return cell;
}

const char* next_record(const CsvSource& source, const CsvDialect& dialect, const char* p) {
  const char* end = source.end();
  while (p < end) {
    if (dialect.comment == '\0' || *p != dialect.comment) {
      const char* q = p;
      while (q < end && (dialect.is_blank(*q) || *q == '\r')) ++q;
      if (q < end && *q != '\n') return p;
    }
    const char* line_end = find(p, end, '\n');
    p = line_end < end ? line_end + 1 : end;
  }
  return end;
}

const char* skip_record(const CsvSource& source, const CsvDialect& dialect, const char* p, std::string& scratch) {
  const char* line_end = find(p, source.end(), '\n');
  if (dialect.quote == '\0' || find(p, line_end, dialect.quote) == line_end) {
    return line_end < source.end() ? line_end + 1 : line_end;
  }
  for (;;) {
    const CsvCell cell = next_cell(source, dialect, p, scratch);
    if (cell.last) return cell.next;
    p = cell.next;
  }
}

std::string_view checked_text(std::string_view bytes, const std::string& name) {
  struct Signature {
    std::string_view bytes;
    const char* what;
    const char* hint;
  };
  using namespace std::string_view_literals;
  static constexpr std::array<Signature, 10> kSignatures = {{
      {"\xFF\xFE"sv, "UTF-16 text", "Convert it: iconv -f UTF-16 -t UTF-8 IN > OUT."},
      {"\xFE\xFF"sv, "UTF-16 text", "Convert it: iconv -f UTF-16 -t UTF-8 IN > OUT."},
      {"\x1F\x8B"sv, "gzip-compressed", "Decompress it first: gunzip -c IN | causal ... -"},
      {"PK\x03\x04"sv, "a zip archive or a spreadsheet", "Export the table as CSV."},
      {"\x28\xB5\x2F\xFD"sv, "zstd-compressed", "Decompress it first."},
      {"\x93NUMPY"sv, "a NumPy array", "Give the file the extension .npy."},
      {"PAR1"sv, "a Parquet file", "Export the table as CSV."},
      {"\x89HDF"sv, "an HDF5 file", "Export the table as CSV."},
      {"BZh"sv, "bzip2-compressed", "Decompress it first."},
      {"\xFD"
       "7zXZ"sv,
       "xz-compressed", "Decompress it first."},
  }};
  for (const Signature& signature : kSignatures) {
    if (bytes.starts_with(signature.bytes)) {
      throw DataError(std::string("the file is ") + signature.what + ", not delimited text", name, signature.hint);
    }
  }
  if (bytes.starts_with("\xEF\xBB\xBF"sv)) bytes.remove_prefix(3);
  const std::string_view start = bytes.substr(0, std::size_t{1} << 16);
  if (start.find('\0') != std::string_view::npos) {
    throw DataError("the file is binary or UTF-16, not delimited text (it holds a zero byte)", name,
                    "If it is text, convert it: iconv -f UTF-16 -t UTF-8 IN > OUT.");
  }
  if (start.find('\r') != std::string_view::npos && start.find('\n') == std::string_view::npos &&
      start.find('\r') + 1 < start.size()) {
    throw DataError("the lines end in lone carriage returns", name, "Convert it: tr '\\r' '\\n' < IN > OUT.");
  }
  return bytes;
}

char sniff_delimiter(const CsvSource& source, CsvDialect dialect) {
  constexpr int kRecords = 20;
  char best = '\0';
  int most_cells = 1;
  char fallback = ',';
  int most_in_first = 1;
  std::string scratch;
  for (const char candidate : {',', '\t', ';', '|', ' '}) {
    dialect.delimiter = candidate;
    int cells_in_first = 0;
    bool consistent = true;
    const char* p = next_record(source, dialect, source.begin());
    for (int record = 0; record < kRecords && p < source.end(); ++record) {
      int cells = 1;
      try {
        for (CsvCell cell = next_cell(source, dialect, p, scratch);; ++cells) {
          p = cell.next;
          if (cell.last) break;
          cell = next_cell(source, dialect, p, scratch);
        }
      } catch (const ParseError&) {  // with this delimiter the quotes make no sense
        consistent = false;
        break;
      }
      if (record == 0) cells_in_first = cells;
      consistent = consistent && cells == cells_in_first;
      p = next_record(source, dialect, p);
    }
    // Blanks stand inside cells too: they delimit only where nothing else does.
    if (consistent && cells_in_first > most_cells && (candidate != ' ' || best == '\0')) {
      most_cells = cells_in_first;
      best = candidate;
    }
    if (candidate != ' ' && cells_in_first > most_in_first) {
      most_in_first = cells_in_first;
      fallback = candidate;
    }
  }
  return best != '\0' ? best : fallback;
}

}  // namespace causal::io::detail
