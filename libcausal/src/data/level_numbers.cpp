#include "causal/data/level_numbers.hpp"

#include <charconv>
#include <cmath>
#include <vector>

namespace causal {

std::optional<double> level_number(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end || !std::isfinite(value)) return std::nullopt;
  return value;
}

NumericCells numeric_cells(const Dataset& data, int column) {
  NumericCells cells{data.values().col(column)};
  std::vector<double> number_of;
  for (const std::string& level : data.column(column).levels) {
    const std::optional<double> number = level_number(level);
    if (!number) {
      cells.text_level = level;
      return cells;
    }
    number_of.push_back(*number);
  }
  if (number_of.empty()) return cells;
  for (double& cell : cells.values) {
    if (!std::isnan(cell)) cell = number_of[static_cast<std::size_t>(cell)];
  }
  return cells;
}

}  // namespace causal
