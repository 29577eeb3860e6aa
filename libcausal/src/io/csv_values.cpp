#include "io/csv_values.hpp"

#include <algorithm>
#include <limits>

#include "causal/io/parse_number.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "io/decimal.hpp"

namespace causal::io::detail {
namespace {

std::vector<CsvChunk> split_records(const CsvPlan& plan) {
  constexpr std::ptrdiff_t kChunkBytes = std::ptrdiff_t{1} << 20;
  const char* end = plan.source.end();
  std::vector<CsvChunk> chunks;
  std::string scratch;
  std::int64_t row = 0;
  const char* p = next_record(plan.source, plan.dialect, plan.body);
  while (p < end) {
    CsvChunk chunk{p, p, row, 0};
    while (p < end && p - chunk.begin < kChunkBytes) {
      p = skip_record(plan.source, plan.dialect, p, scratch);
      ++chunk.rows;
      chunk.end = p;
      // Most lines plainly are records; blank and comment lines are for next_record.
      if (p == end || *p <= ' ' || *p == plan.dialect.comment) p = next_record(plan.source, plan.dialect, p);
    }
    row += chunk.rows;
    chunks.push_back(chunk);
  }
  return chunks;
}

// Rows are parsed into a block and then copied column by column, so that the column-major table is written a cache line
// at a time.
class ChunkParser {
 public:
  ChunkParser(const CsvPlan& plan, Eigen::MatrixXd& values)
      : plan_(plan), values_(values), end_(plan.source.end()), tallies_(static_cast<std::size_t>(plan.columns())) {
    constexpr std::int64_t kBlockCells = 8192;
    block_rows_ = std::clamp<std::int64_t>(kBlockCells / std::max(1, plan.columns()), 8, 512);
    block_.resize(static_cast<std::size_t>(block_rows_ * std::max(1, plan.columns())));
  }

  std::vector<CsvTally> parse(const CsvChunk& chunk) {
    const char* p = chunk.begin;
    for (std::int64_t done = 0; done < chunk.rows; done += block_rows_) {
      const std::int64_t rows = std::min(block_rows_, chunk.rows - done);
      for (std::int64_t i = 0; i < rows; ++i) {
        if (*p <= ' ' || *p == plan_.dialect.comment) p = next_record(plan_.source, plan_.dialect, p);
        p = parse_record(p, block_.data() + i);
      }
      for (int j = 0; j < plan_.columns(); ++j) {
        const double* column = block_.data() + j * block_rows_;
        std::copy_n(column, rows, values_.data() + values_.rows() * j + chunk.first_row + done);
      }
    }
    return std::move(tallies_);
  }

 private:
  // Cell j goes to out[j * block_rows_]. Returns the next line.
  const char* parse_record(const char* p, double* out) {
    const std::size_t width = plan_.slot.size();
    const char delimiter = plan_.dialect.delimiter;
    // A run of blanks is one delimiter, and NA numbers have to be looked up: both leave the fast path.
    const bool fast = delimiter != ' ' && plan_.na_numbers.empty();
    for (std::size_t f = 0; f < width; ++f) {
      const int slot = plan_.slot[f];
      const bool last = f + 1 == width;
      if (fast && slot >= 0) {
        double value = 0;
        const char* stop = scan_decimal(p, end_, value);
        if (stop != nullptr && last && end_ - stop > 1 && *stop == '\r') ++stop;
        if (stop != nullptr && stop < end_ && *stop == (last ? '\n' : delimiter)) {
          out[slot * block_rows_] = value;
          p = stop + 1;
          continue;
        }
      }
      const CsvCell cell = next_cell(plan_.source, plan_.dialect, p, scratch_);
      if (cell.last != last) fail_ragged(cell, f);
      if (slot >= 0) out[slot * block_rows_] = cell_value(cell, f, static_cast<std::size_t>(slot));
      p = cell.next;
    }
    return p;
  }

  double cell_value(const CsvCell& cell, std::size_t f, std::size_t slot) {
    CsvTally& tally = tallies_[slot];
    double value = 0;
    NumberStatus status = NumberStatus::NotANumber;
    bool missing = plan_.is_missing(cell.text);
    if (!missing) {
      status = parse_number(cell.text, value);
      missing = status == NumberStatus::Ok &&
                std::find(plan_.na_numbers.begin(), plan_.na_numbers.end(), value) != plan_.na_numbers.end();
    }
    if (missing) {
      if (tally.missing++ == 0) tally.first_missing = cell.begin;
    } else if (status == NumberStatus::Ok) {
      return value;
    } else if (status == NumberStatus::OutOfRange && plan_.rules[slot] != CellRule::Levels) {
      fail_range(cell, f);
    } else if (plan_.rules[slot] == CellRule::Numeric) {
      fail_text(cell, f);
    } else if (tally.text++ == 0) {
      tally.first_text = cell.begin;
    }
    return std::numeric_limits<double>::quiet_NaN();
  }

  [[noreturn]] void fail_text(const CsvCell& cell, std::size_t f) const {
    const std::string& name = plan_.file_names[f];
    plan_.source.fail(cell.begin, "column '" + name + "' is numeric but holds '" + std::string(cell.text) + "'",
                      "Correct the cell, list it with --na, or declare the column with --types " + name + "=discrete.");
  }

  [[noreturn]] void fail_range(const CsvCell& cell, std::size_t f) const {
    plan_.source.fail(cell.begin,
                      "column '" + plan_.file_names[f] + "' holds " + std::string(cell.text) +
                          ", which is beyond the range of a double",
                      "Correct the cell or list it with --na.");
  }

  [[noreturn]] void fail_ragged(const CsvCell& cell, std::size_t f) {
    const std::size_t width = plan_.slot.size();
    const std::string wanted = std::to_string(width) + (width == 1 ? " cell" : " cells");
    const std::string hint = plan_.file_names.front().starts_with('#')
                                 ? "The header begins with #: if that marks comments, use --comment '#'."
                                 : "Check the line for a missing or an extra delimiter, or a line break inside a cell.";
    if (cell.last) {
      const char* at = cell.begin + cell.text.size();
      plan_.source.fail(at,
                        "the row has " + std::to_string(f + 1) + " of " + wanted + ": it ends before column '" +
                            plan_.file_names[f + 1] + "'",
                        hint);
    }
    std::size_t cells = width;
    CsvCell extra = next_cell(plan_.source, plan_.dialect, cell.next, scratch_);
    const char* at = extra.begin;
    for (++cells; !extra.last; ++cells) extra = next_cell(plan_.source, plan_.dialect, extra.next, scratch_);
    plan_.source.fail(at,
                      "the row has " + std::to_string(cells) + " cells instead of " + wanted +
                          ": it goes on after column '" + plan_.file_names.back() + "'",
                      hint);
  }

  const CsvPlan& plan_;
  Eigen::MatrixXd& values_;
  const char* end_;
  std::vector<CsvTally> tallies_;
  std::vector<double> block_;  // block_rows_ x columns, column-major
  std::int64_t block_rows_;
  std::string scratch_;
};

// Chunks are merged in order, so that "first" is the first in the file.
void add(CsvTally& sum, const CsvTally& part) {
  if (sum.first_missing == nullptr) sum.first_missing = part.first_missing;
  if (sum.first_text == nullptr) sum.first_text = part.first_text;
  sum.missing += part.missing;
  sum.text += part.text;
}

}  // namespace

bool CsvPlan::is_missing(std::string_view text) const {
  return std::binary_search(na.begin(), na.end(), text, [](std::string_view a, std::string_view b) { return a < b; });
}

CsvValues parse_values(const CsvPlan& plan) {
  CsvValues result;
  result.chunks = split_records(plan);
  const std::int64_t rows = result.chunks.empty() ? 0 : result.chunks.back().first_row + result.chunks.back().rows;
  const std::int64_t bytes = plan.source.end() - plan.body;
  CsvPlan checked = plan;
  // Every cell takes a byte. Where that cannot be, some row is too short: find it before making room for the table.
  const bool impossible = rows > (bytes + 1) / static_cast<std::int64_t>(plan.slot.size());
  if (impossible) {
    std::fill(checked.slot.begin(), checked.slot.end(), -1);
    checked.rules.clear();
  }
  result.values.resize(rows, checked.columns());
  std::vector<std::vector<CsvTally>> parts(result.chunks.size());
  parallel_for(static_cast<std::int64_t>(parts.size()), plan.threads, [&](std::int64_t c) {
    const auto at = static_cast<std::size_t>(c);
    parts[at] = ChunkParser(checked, result.values).parse(result.chunks[at]);
  });
  CAUSAL_ASSERT(!impossible);
  result.tallies.resize(static_cast<std::size_t>(plan.columns()));
  for (const std::vector<CsvTally>& part : parts) {
    for (std::size_t j = 0; j < part.size(); ++j) add(result.tallies[j], part[j]);
  }
  return result;
}

}  // namespace causal::io::detail
