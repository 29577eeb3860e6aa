#include "causal/data/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

namespace causal {
namespace {

std::span<const double> cells_of(const Dataset& data, int j) {
  return {data.values().data() + data.rows() * j, static_cast<std::size_t>(data.rows())};
}

std::int64_t count_distinct(std::span<const double> cells) {
  std::vector<double> sorted;
  sorted.reserve(cells.size());
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(sorted), [](double cell) { return !std::isnan(cell); });
  std::sort(sorted.begin(), sorted.end());
  return std::unique(sorted.begin(), sorted.end()) - sorted.begin();
}

ColumnSummary summarise(const Dataset& data, int j, bool with_distinct) {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const std::span<const double> cells = cells_of(data, j);
  ColumnSummary summary{data.column(j).name, data.column(j).type, -1, 0, kNaN, kNaN, kNaN, kNaN};
  double sum = 0;
  for (const double cell : cells) {
    if (std::isnan(cell)) {
      ++summary.missing;
      continue;
    }
    sum += cell;
    summary.min = std::fmin(summary.min, cell);
    summary.max = std::fmax(summary.max, cell);
  }
  const std::int64_t observed = data.rows() - summary.missing;
  if (with_distinct) summary.distinct = count_distinct(cells);
  if (observed > 0) summary.mean = sum / static_cast<double>(observed);
  double squares = 0;
  for (const double cell : cells) {
    if (!std::isnan(cell)) squares += (cell - summary.mean) * (cell - summary.mean);
  }
  if (observed > 1) summary.sd = std::sqrt(squares / static_cast<double>(observed - 1));
  return summary;
}

bool varies(const ColumnSummary& summary) { return summary.min < summary.max; }

bool is_coded(const Column& column) {
  return column.type == VariableType::Discrete || column.type == VariableType::Binary;
}

enum class Relation { None, Equal, Linear };

// How column b follows from column a. Missing cells must coincide.
Relation relation(const Dataset& data, const DataReport& report, int a, int b) {
  const std::span<const double> x = cells_of(data, a);
  const std::span<const double> y = cells_of(data, b);
  const ColumnSummary& of_x = report.columns[static_cast<std::size_t>(a)];
  const ColumnSummary& of_y = report.columns[static_cast<std::size_t>(b)];
  if (of_x.missing != of_y.missing) return Relation::None;
  const bool coded = is_coded(data.column(a)) || is_coded(data.column(b));
  bool equal = true;
  double product = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) != std::isnan(y[i])) return Relation::None;
    if (std::isnan(x[i])) continue;
    equal = equal && x[i] == y[i];
    product += (x[i] - of_x.mean) / of_x.sd * ((y[i] - of_y.mean) / of_y.sd);
  }
  if (equal) return data.column(a).levels == data.column(b).levels ? Relation::Equal : Relation::None;
  const double observed = static_cast<double>(data.rows() - of_x.missing);
  const double r = product / (observed - 1);
  return !coded && 1 - std::abs(r) <= 1e-12 ? Relation::Linear : Relation::None;
}

// For every variable the first earlier variable it is a copy of, or -1.
//
// Unit vectors u, v with |u'v| within 1e-12 of 1 are at most sqrt(2e-12) apart up to sign, so their projections on any
// g differ by at most sqrt(2e-12) |g| in size: only neighbours in the order of projections are compared in full.
std::vector<std::pair<int, Relation>> find_copies(const Dataset& data, const DataReport& report, int threads) {
  std::vector<double> direction(static_cast<std::size_t>(data.rows()));
  RandomStream(0, RandomDomain::Ordering, 0xC0B1E5U).fill_normal(direction);
  double length = 0;
  for (const double g : direction) length += g * g;
  const double window = 1.5e-6 * std::sqrt(length);

  std::vector<int> order;
  for (const int j : data.variable_indices()) {
    if (varies(report.columns[static_cast<std::size_t>(j)])) order.push_back(j);
  }
  std::vector<double> projection(static_cast<std::size_t>(data.cols()));
  parallel_for(static_cast<std::int64_t>(order.size()), threads, [&](std::int64_t k) {
    const int j = order[static_cast<std::size_t>(k)];
    const std::span<const double> cells = cells_of(data, j);
    const ColumnSummary& summary = report.columns[static_cast<std::size_t>(j)];
    double sum = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (!std::isnan(cells[i])) sum += direction[i] * (cells[i] - summary.mean);
    }
    const double observed = static_cast<double>(data.rows() - summary.missing);
    projection[static_cast<std::size_t>(j)] = std::abs(sum) / (summary.sd * std::sqrt(observed - 1));
  });
  // Columns whose sums overflow have no place in the order.
  std::erase_if(order, [&](int j) { return !std::isfinite(projection[static_cast<std::size_t>(j)]); });
  const auto key = [&](int j) { return projection[static_cast<std::size_t>(j)]; };
  std::sort(order.begin(), order.end(), [&](int a, int b) { return key(a) < key(b) || (key(a) == key(b) && a < b); });

  std::vector<std::pair<int, Relation>> copy_of(static_cast<std::size_t>(data.cols()), {-1, Relation::None});
  std::vector<int> originals;
  for (const int j : order) {
    Relation found = Relation::None;
    for (std::size_t k = originals.size(); k-- > 0 && key(j) - key(originals[k]) <= window;) {
      found = relation(data, report, originals[k], j);
      if (found == Relation::None) continue;
      const int first = std::min(originals[k], j);
      const int later = std::max(originals[k], j);
      copy_of[static_cast<std::size_t>(later)] = {first, found};
      originals[k] = first;
      break;
    }
    if (found == Relation::None) originals.push_back(j);
  }
  return copy_of;
}

void examine_table(const Dataset& data, DataReport& report) {
  const std::size_t variables = data.variable_indices().size();
  if (report.rows < 4) {
    report.findings.push_back(
        {Severity::Error,
         {},
         fmt::format("the table has {} {}; at least 4 are needed", report.rows, report.rows == 1 ? "row" : "rows"),
         {}});
  }
  if (variables < 2) {
    report.findings.push_back({Severity::Error,
                               {},
                               fmt::format("the table has {} {}; at least 2 are needed", variables,
                                           variables == 1 ? "variable" : "variables"),
                               "Check the delimiter and the selection of columns."});
  }
  if (static_cast<std::int64_t>(variables) >= report.rows) {
    report.findings.push_back({Severity::Warning,
                               {},
                               fmt::format("there are {} variables but only {} rows", variables, report.rows),
                               "Tests with large conditioning sets are impossible; limit them or collect more rows."});
  }
}

void examine_column(const Dataset& data, int j, DataReport& report) {
  const ColumnSummary& summary = report.columns[static_cast<std::size_t>(j)];
  const Column& column = data.column(j);
  const auto add = [&](Severity severity, std::string message, std::string hint) {
    report.findings.push_back({severity, column.name, std::move(message), std::move(hint)});
  };
  if (summary.missing == report.rows) {
    add(Severity::Error, fmt::format("column '{}' is all missing", column.name), "Leave it out with --exclude.");
    return;
  }
  if (!varies(summary)) {
    const std::string value =
        is_coded(column) ? column.levels[static_cast<std::size_t>(summary.min)] : fmt::format("{}", summary.min);
    add(Severity::Error, fmt::format("column '{}' is constant: every cell is {}", column.name, value),
        "Leave it out with --exclude.");
  }
  if (summary.missing > 0) {
    add(Severity::Warning, fmt::format("column '{}' has {} missing cells", column.name, summary.missing),
        "Use --missing drop or --missing pairwise.");
  }
  if (column.type == VariableType::Discrete && report.rows > 20 && summary.distinct == report.rows) {
    add(Severity::Warning, fmt::format("column '{}' has a level of its own in every row", column.name),
        "An identifier? Leave it out with --exclude.");
  }
}

}  // namespace

bool DataReport::has_errors() const {
  return std::any_of(findings.begin(), findings.end(),
                     [](const DataFinding& finding) { return finding.severity == Severity::Error; });
}

DataReport check_data(const Dataset& data, const DataCheckOptions& options) {
  validate(options.run, "check_data");
  DataReport report;
  report.rows = data.rows();
  for (std::int64_t i = 0; i < data.rows(); ++i) report.complete_rows += data.values().row(i).hasNaN() ? 0 : 1;
  report.columns.resize(static_cast<std::size_t>(data.cols()));
  parallel_for(data.cols(), options.run.threads, [&](std::int64_t j) {
    // The levels of a coded column are few: counting them is cheap.
    const bool count = options.count_distinct || is_coded(data.column(static_cast<int>(j)));
    report.columns[static_cast<std::size_t>(j)] = summarise(data, static_cast<int>(j), count);
  });
  examine_table(data, report);
  const auto copies = find_copies(data, report, options.run.threads);
  for (const int j : data.variable_indices()) {
    examine_column(data, j, report);
    const auto [original, kind] = copies[static_cast<std::size_t>(j)];
    if (original < 0) continue;
    report.findings.push_back(
        {Severity::Warning, data.column(j).name,
         fmt::format("column '{}' is {} column '{}'", data.column(j).name,
                     kind == Relation::Equal ? "a copy of" : "a linear function of", data.column(original).name),
         "Leave one of them out with --exclude."});
  }
  std::stable_partition(report.findings.begin(), report.findings.end(),
                        [](const DataFinding& finding) { return finding.severity == Severity::Error; });
  return report;
}

void require_usable(const DataReport& report) {
  if (!report.has_errors()) return;
  const DataFinding& first = report.findings.front();
  throw DataError(first.message, {}, first.hint);
}

}  // namespace causal
