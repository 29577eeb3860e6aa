#include "causal/io/csv.hpp"

#include <algorithm>
#include <unordered_map>

#include "causal/io/file.hpp"
#include "causal/io/parse_number.hpp"
#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"
#include "io/csv_types.hpp"
#include "io/utf8.hpp"

namespace causal::io {
namespace {

using namespace detail;

CsvDialect dialect_of(const CsvOptions& options, const CsvSource& source) {
  CsvDialect dialect{options.delimiter, options.quote, options.comment};
  const std::string_view special{"\n\r", 2};
  const bool clash = (options.delimiter != '\0' && options.delimiter == options.quote) ||
                     special.find(options.delimiter) != std::string_view::npos ||
                     special.find(options.quote) != std::string_view::npos;
  if (clash) throw InvalidArgument("read_csv", "delimiter", "the quote or a line end", "differ from both");
  if (dialect.delimiter == '\0') dialect.delimiter = sniff_delimiter(source, dialect);
  return dialect;
}

void check_header(const CsvSource& source, const std::vector<CsvCell>& cells, const std::vector<std::string>& names) {
  double number = 0;
  const auto is_number = [&](const std::string& name) { return parse_number(name, number) == NumberStatus::Ok; };
  if (std::all_of(names.begin(), names.end(), is_number)) {
    throw DataError("the first line holds only numbers, not column names",
                    source.name + ":" + std::to_string(source.line_of(cells.front().begin)),
                    "Use --no-header if the file has no header.");
  }
  std::unordered_map<std::string_view, std::size_t> first_with;
  for (std::size_t f = 0; f < names.size(); ++f) {
    if (names[f].empty()) {
      source.fail(cells[f].begin, "column " + std::to_string(f + 1) + " has an empty name",
                  "Name it in the header (row numbers too), or remove a trailing delimiter.");
    }
    if (const auto bad = first_invalid_utf8(names[f])) {
      source.fail(cells[f].begin,
                  "the name of column " + std::to_string(f + 1) + " is not UTF-8 from its byte " +
                      std::to_string(*bad + 1) + " on",
                  "Convert the file: iconv -f LATIN1 -t UTF-8 IN > OUT.");
    }
    const auto [entry, added] = first_with.try_emplace(names[f], f);
    if (!added) {
      source.fail(cells[f].begin,
                  "columns " + std::to_string(entry->second + 1) + " and " + std::to_string(f + 1) +
                      " are both named '" + names[f] + "'",
                  "Give every column its own name.");
    }
  }
}

// Reads the header, or makes names; leaves `plan.body` at the first line of data.
void read_names(const CsvOptions& options, CsvPlan& plan) {
  const CsvSource& source = plan.source;
  const char* p = next_record(source, plan.dialect, source.begin());
  if (p == source.end()) throw DataError("the file is empty", source.name, "It needs a header line and rows.");
  plan.body = p;
  std::vector<CsvCell> cells;
  std::string scratch;
  do {
    cells.push_back(next_cell(source, plan.dialect, p, scratch));
    p = cells.back().next;
    plan.file_names.push_back(options.header ? std::string(cells.back().text) : "X" + std::to_string(cells.size()));
  } while (!cells.back().last);
  if (!options.header) return;
  plan.body = p;
  check_header(source, cells, plan.file_names);
  if (next_record(source, plan.dialect, p) == source.end()) {
    throw DataError("the file has a header but no rows", source.name);
  }
}

std::size_t index_of(const std::vector<std::string>& names, const std::string& wanted, const std::string& file) {
  const auto found = std::find(names.begin(), names.end(), wanted);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  throw InvalidArgument("unknown column '" + wanted + "'", file, nearest_name_hint(wanted, names));
}

// The file's columns that are wanted, in the order of the table.
std::vector<std::size_t> selected_columns(const CsvOptions& options, const CsvPlan& plan) {
  const std::vector<std::string>& names = plan.file_names;
  std::vector<std::size_t> selected;
  if (options.columns.empty()) {
    for (std::size_t f = 0; f < names.size(); ++f) selected.push_back(f);
  }
  for (const std::string& name : options.columns) {
    const std::size_t f = index_of(names, name, plan.source.name);
    if (std::find(selected.begin(), selected.end(), f) != selected.end()) {
      throw InvalidArgument("column '" + name + "' is selected twice", plan.source.name);
    }
    selected.push_back(f);
  }
  for (const std::string& name : options.exclude) std::erase(selected, index_of(names, name, plan.source.name));
  if (selected.empty()) throw InvalidArgument("no column is left after the selection", plan.source.name);
  return selected;
}

void set_missing_texts(const CsvOptions& options, CsvPlan& plan) {
  for (const std::string& text : options.na) {
    double number = 0;
    if (parse_number(text, number) == NumberStatus::Ok) plan.na_numbers.push_back(number);
  }
  plan.na = options.na;
  std::sort(plan.na.begin(), plan.na.end());
}

// Notes on missing cells. The places are in file order within a column only, so lines are counted from place to place.
void note_missing(const CsvPlan& plan, const std::vector<std::string>& names, const CsvValues& values,
                  CsvResult& result) {
  std::vector<std::size_t> order;
  for (std::size_t j = 0; j < names.size(); ++j) {
    if (values.tallies[j].missing > 0) order.push_back(j);
  }
  const auto place = [&](std::size_t j) { return values.tallies[j].first_missing; };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  result.first_missing_line.assign(names.size(), 0);
  std::size_t line = 1;
  const char* from = plan.source.begin();
  for (const std::size_t j : order) {
    line += static_cast<std::size_t>(std::count(from, place(j), '\n'));
    from = place(j);
    result.first_missing_line[j] = static_cast<std::int64_t>(line);
  }
  for (std::size_t j = 0; j < names.size(); ++j) {
    const std::int64_t missing = values.tallies[j].missing;
    if (missing == 0) continue;
    result.notes.push_back("column '" + names[j] + "' has " + std::to_string(missing) + " missing of " +
                           std::to_string(values.values.rows()) + " cells (first: line " +
                           std::to_string(result.first_missing_line[j]) + ")");
  }
}

}  // namespace

CsvResult parse_csv(std::string_view text, const CsvOptions& options, const std::string& name) {
  CsvPlan plan;
  plan.source = {checked_text(text, name), name};
  plan.dialect = dialect_of(options, plan.source);
  plan.threads = options.threads;
  read_names(options, plan);
  set_missing_texts(options, plan);

  const std::vector<std::size_t> selected = selected_columns(options, plan);
  std::vector<std::string> names;
  plan.slot.assign(plan.file_names.size(), -1);
  for (const std::size_t f : selected) {
    plan.slot[f] = static_cast<int>(names.size());
    names.push_back(plan.file_names[f]);
  }
  std::vector<std::optional<VariableType>> declared(names.size());
  plan.rules.assign(names.size(), CellRule::Guess);
  for (const auto& [column, type] : options.types) {
    const int slot = plan.slot[index_of(plan.file_names, column, name)];
    if (slot < 0) continue;
    const bool coded = type == VariableType::Discrete || type == VariableType::Binary;
    declared[static_cast<std::size_t>(slot)] = type;
    plan.rules[static_cast<std::size_t>(slot)] = coded ? CellRule::Levels : CellRule::Numeric;
  }

  CsvValues values = parse_values(plan);
  CsvResult result;
  result.delimiter = plan.dialect.delimiter;
  CsvColumns typed = type_columns(plan, names, declared, values);
  result.notes = std::move(typed.notes);
  note_missing(plan, names, values, result);
  result.data = Dataset(std::move(values.values), std::move(typed.columns));
  return result;
}

CsvResult read_csv(const std::string& path, const CsvOptions& options) {
  const MappedFile file(path);
  return parse_csv(file.bytes(), options, path == "-" ? "<stdin>" : path);
}

}  // namespace causal::io
