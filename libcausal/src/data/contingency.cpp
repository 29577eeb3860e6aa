#include "causal/data/contingency.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "causal/run/error.hpp"

namespace causal {

LevelCodes::LevelCodes(const Dataset& data, std::span<const int> columns) : rows_(data.rows()) {
  codes_.reserve(static_cast<std::size_t>(rows_) * columns.size());
  for (const int j : columns) {
    const Column& column = data.column(j);
    if (column.type != VariableType::Discrete && column.type != VariableType::Binary) {
      throw DataError("column '" + column.name + "' is " + std::string(enum_name(column.type)) + ", not discrete", {},
                      "Declare --types " + column.name + "=discrete, or use a test for numbers.");
    }
    if (column.levels.size() > kMissing) {
      throw DataError("column '" + column.name + "' has " + std::to_string(column.levels.size()) +
                          " levels; at most 255 can be counted",
                      {}, "Group its levels, or leave it out with --exclude.");
    }
    level_counts_.push_back(static_cast<int>(column.levels.size()));
    const double* cells = data.values().data() + rows_ * j;
    std::transform(cells, cells + rows_, std::back_inserter(codes_),
                   [](double cell) { return std::isnan(cell) ? kMissing : static_cast<std::uint8_t>(cell); });
  }
}

std::int64_t ContingencyTable::n() const { return std::accumulate(counts.begin(), counts.end(), std::int64_t{0}); }

std::int64_t ContingencyTable::at(std::span<const int> codes) const {
  if (codes.size() != levels.size()) {
    throw InvalidArgument("ContingencyTable::at", "codes", std::to_string(codes.size()) + " codes",
                          "name one level of each of the " + std::to_string(levels.size()) + " variables");
  }
  std::size_t index = 0;
  for (std::size_t j = levels.size(); j-- > 0;) {
    if (codes[j] < 0 || static_cast<std::size_t>(codes[j]) >= levels[j].size()) {
      throw InvalidArgument("ContingencyTable::at", "codes", std::to_string(codes[j]),
                            "be a level of '" + names[j] + "', 0 to " + std::to_string(levels[j].size() - 1));
    }
    index = index * levels[j].size() + static_cast<std::size_t>(codes[j]);
  }
  return counts[index];
}

ContingencyTable count_table(const Dataset& data, std::span<const int> columns) {
  constexpr std::size_t kMaxCells = std::size_t{1} << 28;
  const LevelCodes codes(data, columns);
  ContingencyTable table;
  std::size_t cells = 1;
  for (const int j : columns) {
    table.names.push_back(data.column(j).name);
    table.levels.push_back(data.column(j).levels);
    cells *= std::max<std::size_t>(1, data.column(j).levels.size());
    if (cells > kMaxCells) {
      throw InvalidArgument("count_table", "columns", std::to_string(columns.size()) + " columns",
                            "have at most 2^28 combinations of levels");
    }
  }
  table.counts.assign(cells, 0);
  for (std::int64_t i = 0; i < codes.rows(); ++i) {
    std::size_t index = 0;
    bool complete = true;
    for (int j = codes.cols(); j-- > 0;) {
      const std::uint8_t code = codes.codes(j)[static_cast<std::size_t>(i)];
      complete = complete && code != LevelCodes::kMissing;
      index = index * static_cast<std::size_t>(codes.level_count(j)) + code;
    }
    if (complete) {
      ++table.counts[index];
    } else {
      ++table.missing;
    }
  }
  return table;
}

ContingencyTable merge(const ContingencyTable& a, const ContingencyTable& b) {
  if (a.names != b.names) {
    throw InvalidArgument("merge", "b", "a table of other variables", "have the same variables in the same order");
  }
  for (std::size_t j = 0; j < a.levels.size(); ++j) {
    if (a.levels[j] != b.levels[j]) {
      throw InvalidArgument("merge", "b", "a table in which '" + a.names[j] + "' has other levels",
                            "have the same levels in the same order");
    }
  }
  ContingencyTable sum = a;
  for (std::size_t k = 0; k < sum.counts.size(); ++k) sum.counts[k] += b.counts[k];
  sum.missing += b.missing;
  return sum;
}

}  // namespace causal
