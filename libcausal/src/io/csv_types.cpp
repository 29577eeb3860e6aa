#include "io/csv_types.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_map>

#include "causal/run/error.hpp"

namespace causal::io::detail {
namespace {

constexpr std::size_t kMaxDiscrete = 10;  // distinct integers that still read as categories

// The cells of one column as codes of the texts met, which are in order of appearance until `sort_levels`.
struct TextLevels {
  std::unordered_map<std::string, int> codes;
  std::vector<std::string> texts;

  int code(std::string_view text) {
    const auto [entry, added] = codes.try_emplace(std::string(text), static_cast<int>(texts.size()));
    if (added) texts.push_back(entry->first);
    return entry->second;
  }
};

// Puts the texts in byte order and renames the codes in `cells`.
void sort_levels(std::vector<std::string>& texts, double* cells, std::int64_t n) {
  std::vector<std::size_t> order(texts.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return texts[a] < texts[b]; });
  std::vector<double> rank(texts.size());
  std::vector<std::string> sorted;
  for (std::size_t k = 0; k < order.size(); ++k) {
    rank[order[k]] = static_cast<double>(k);
    sorted.push_back(std::move(texts[order[k]]));
  }
  for (std::int64_t i = 0; i < n; ++i) {
    if (!std::isnan(cells[i])) cells[i] = rank[static_cast<std::size_t>(cells[i])];
  }
  texts = std::move(sorted);
}

// Reads the columns marked in `wanted` as texts; the codes go into `values`. Returns the levels of each, in byte order.
std::vector<std::vector<std::string>> read_levels(const CsvPlan& plan, const std::vector<bool>& wanted,
                                                  CsvValues& values) {
  std::vector<TextLevels> levels(wanted.size());
  std::string scratch;
  for (const CsvChunk& chunk : values.chunks) {
    const char* p = chunk.begin;
    for (std::int64_t i = chunk.first_row; i < chunk.first_row + chunk.rows; ++i) {
      p = next_record(plan.source, plan.dialect, p);
      for (const int slot : plan.slot) {
        const CsvCell cell = next_cell(plan.source, plan.dialect, p, scratch);
        p = cell.next;
        if (slot < 0 || !wanted[static_cast<std::size_t>(slot)]) continue;
        values.values(i, slot) = plan.is_missing(cell.text)
                                     ? std::numeric_limits<double>::quiet_NaN()
                                     : static_cast<double>(levels[static_cast<std::size_t>(slot)].code(cell.text));
      }
    }
  }
  std::vector<std::vector<std::string>> texts(wanted.size());
  const std::int64_t n = values.values.rows();
  for (std::size_t j = 0; j < wanted.size(); ++j) {
    if (!wanted[j]) continue;
    texts[j] = std::move(levels[j].texts);
    sort_levels(texts[j], values.values.data() + n * static_cast<std::int64_t>(j), n);
  }
  return texts;
}

// The distinct numbers of a column, ascending; stops at more than `limit`.
std::vector<double> distinct_values(const double* cells, std::int64_t n, std::size_t limit) {
  std::vector<double> found;
  double previous = std::numeric_limits<double>::quiet_NaN();
  for (std::int64_t i = 0; i < n && found.size() <= limit; ++i) {
    if (cells[i] == previous || std::isnan(cells[i])) continue;
    previous = cells[i];
    const auto at = std::lower_bound(found.begin(), found.end(), previous);
    if (at == found.end() || *at != previous) found.insert(at, previous);
  }
  return found;
}

std::vector<double> all_distinct_values(const double* cells, std::int64_t n) {
  std::vector<double> found;
  std::copy_if(cells, cells + n, std::back_inserter(found), [](double cell) { return !std::isnan(cell); });
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

VariableType guess_numeric(const double* cells, std::int64_t n) {
  const std::vector<double> distinct = distinct_values(cells, n, kMaxDiscrete);
  if (distinct.size() == 2) return VariableType::Binary;
  const bool few = !distinct.empty() && distinct.size() <= kMaxDiscrete;
  const bool whole = std::all_of(distinct.begin(), distinct.end(), [](double v) { return v == std::floor(v); });
  return few && whole ? VariableType::Discrete : VariableType::Continuous;
}

// Replaces the numbers of a column by codes; the levels are the numbers, ascending.
std::vector<std::string> code_numbers(double* cells, std::int64_t n) {
  const std::vector<double> distinct = all_distinct_values(cells, n);
  for (std::int64_t i = 0; i < n; ++i) {
    if (std::isnan(cells[i])) continue;
    cells[i] = static_cast<double>(std::lower_bound(distinct.begin(), distinct.end(), cells[i]) - distinct.begin());
  }
  std::vector<std::string> levels;
  for (const double value : distinct) levels.push_back(fmt::format("{}", value == 0 ? 0.0 : value));
  return levels;
}

bool is_decimal_comma(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  const std::size_t comma = text.find(',');
  if (comma == std::string_view::npos || comma == 0 || comma + 1 == text.size()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c == ',' || (c >= '0' && c <= '9'); });
}

// A little text among many numbers is an error in the file, not a category.
void refuse_stray_text(const CsvPlan& plan, const std::string& name, const CsvTally& tally, std::int64_t n) {
  std::string scratch;
  const CsvCell cell = next_cell(plan.source, plan.dialect, tally.first_text, scratch);
  if (is_decimal_comma(cell.text)) {
    plan.source.fail(tally.first_text,
                     "column '" + name + "' holds '" + std::string(cell.text) + "': decimal commas are not read",
                     "Write decimal points, or declare the column with --types " + name + "=discrete.");
  }
  const std::int64_t cells = n - tally.missing;
  if (n > 20 && (tally.text == 1 || tally.text * 100 <= cells)) {
    plan.source.fail(tally.first_text,
                     fmt::format("column '{}' holds the text '{}' but {} of its {} cells are numbers", name, cell.text,
                                 cells - tally.text, cells),
                     "Correct the cell, list it with --na, or declare the column with --types " + name + "=discrete.");
  }
}

// The cell of column `slot` in row `row`, for an error found after reading.
const char* locate(const CsvPlan& plan, const std::vector<CsvChunk>& chunks, std::int64_t row, int slot) {
  const auto after = std::upper_bound(chunks.begin(), chunks.end(), row,
                                      [](std::int64_t r, const CsvChunk& chunk) { return r < chunk.first_row; });
  const CsvChunk& chunk = *(after - 1);
  std::string scratch;
  const char* p = next_record(plan.source, plan.dialect, chunk.begin);
  for (std::int64_t r = chunk.first_row; r < row; ++r) {
    p = next_record(plan.source, plan.dialect, skip_record(plan.source, plan.dialect, p, scratch));
  }
  for (std::size_t f = 0;; ++f) {
    const CsvCell cell = next_cell(plan.source, plan.dialect, p, scratch);
    if (plan.slot[f] == slot) return cell.begin;
    p = cell.next;
  }
}

void check_counts(const CsvPlan& plan, const CsvValues& values, const std::string& name, int slot) {
  for (std::int64_t i = 0; i < values.values.rows(); ++i) {
    const double cell = values.values(i, slot);
    if (cell < 0 || cell != std::floor(cell)) {  // false for a missing cell, NaN
      if (std::isnan(cell)) continue;
      plan.source.fail(locate(plan, values.chunks, i, slot),
                       fmt::format("column '{}' is declared a count but holds {}", name, cell),
                       "Counts are whole numbers from 0 on; declare --types " + name + "=continuous.");
    }
  }
}

std::string level_list(const std::vector<std::string>& levels) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t k = 0; k < std::min(kShown, levels.size()); ++k) text += (k > 0 ? ", " : "") + levels[k];
  return levels.size() > kShown ? text + ", ..." : text;
}

}  // namespace

CsvColumns type_columns(const CsvPlan& plan, const std::vector<std::string>& names,
                        const std::vector<std::optional<VariableType>>& declared, CsvValues& values) {
  const std::int64_t n = values.values.rows();
  std::vector<bool> is_text(names.size());
  for (std::size_t j = 0; j < names.size(); ++j) {
    is_text[j] = values.tallies[j].text > 0;
    if (is_text[j] && !declared[j]) refuse_stray_text(plan, names[j], values.tallies[j], n);
  }
  const bool any_text = std::find(is_text.begin(), is_text.end(), true) != is_text.end();
  std::vector<std::vector<std::string>> texts(names.size());
  if (any_text) texts = read_levels(plan, is_text, values);

  CsvColumns result;
  for (std::size_t j = 0; j < names.size(); ++j) {
    Column column{names[j], VariableType::Continuous, std::move(texts[j])};
    double* cells = values.values.data() + n * static_cast<std::int64_t>(j);
    if (declared[j]) {
      column.type = *declared[j];
    } else if (is_text[j]) {
      column.type = column.levels.size() == 2 ? VariableType::Binary : VariableType::Discrete;
    } else {
      column.type = guess_numeric(cells, n);
    }
    const bool coded = column.type == VariableType::Discrete || column.type == VariableType::Binary;
    if (coded && !is_text[j]) column.levels = code_numbers(cells, n);
    if (column.type == VariableType::Binary && column.levels.size() > 2) {
      throw DataError(fmt::format("column '{}' is declared binary but has {} levels: {}", names[j],
                                  column.levels.size(), level_list(column.levels)),
                      plan.source.name, "Declare --types " + names[j] + "=discrete.");
    }
    if (column.type == VariableType::Count) check_counts(plan, values, names[j], static_cast<int>(j));
    if (coded && !declared[j]) {
      result.notes.push_back(fmt::format("column '{}' read as {}: {} {} ({})", names[j], enum_name(column.type),
                                         column.levels.size(), column.levels.size() == 1 ? "level" : "levels",
                                         level_list(column.levels)));
    }
    result.columns.push_back(std::move(column));
  }
  return result;
}

}  // namespace causal::io::detail
