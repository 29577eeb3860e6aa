#include "causal/discovery/ci/g_square.hpp"

#include <algorithm>
#include <bitset>
#include <cmath>
#include <limits>
#include <numeric>

#include "causal/math/chi_square.hpp"
#include "causal/run/error.hpp"

namespace causal::discovery {
namespace {

constexpr std::uint64_t kLeftOut = UINT64_MAX;  // the stratum of a row with a missing cell

// The stratum of S each row falls in, numbered 0 to count - 1.
struct Strata {
  std::vector<std::uint64_t> of_row;
  std::size_t count = 1;
};

// Renumbers the strata that occur, in order, so that there are at most as many as rows.
void compress(Strata& strata) {
  std::vector<std::uint64_t> present = strata.of_row;
  std::sort(present.begin(), present.end());
  present.erase(std::unique(present.begin(), present.end()), present.end());
  if (!present.empty() && present.back() == kLeftOut) present.pop_back();
  for (std::uint64_t& stratum : strata.of_row) {
    if (stratum == kLeftOut) continue;
    const auto at = std::lower_bound(present.begin(), present.end(), stratum);
    stratum = static_cast<std::uint64_t>(at - present.begin());
  }
  strata.count = std::max<std::size_t>(1, present.size());
}

Strata strata_of(const LevelCodes& codes, std::span<const NodeId> S) {
  constexpr std::size_t kFew = 1024;
  Strata strata{std::vector<std::uint64_t>(static_cast<std::size_t>(codes.rows()), 0)};
  for (const NodeId s : S) {
    const std::span<const std::uint8_t> column = codes.codes(s);
    const auto levels = static_cast<std::uint64_t>(codes.level_count(s));
    for (std::size_t i = 0; i < column.size(); ++i) {
      std::uint64_t& stratum = strata.of_row[i];
      const bool left_out = stratum == kLeftOut || column[i] == LevelCodes::kMissing;
      stratum = left_out ? kLeftOut : stratum * levels + column[i];
    }
    strata.count *= levels;
    if (strata.count > kFew && strata.count > column.size() / 4) compress(strata);
  }
  return strata;
}

// Adds up the strata's tables of x by y.
class TableSum {
 public:
  TableSum(TableStatistic statistic, std::size_t x_levels, std::size_t y_levels)
      : statistic_(statistic), x_levels_(x_levels), row_(x_levels), column_(y_levels) {}

  // counts[x + x_levels * y] of one stratum.
  void add(std::span<const std::int32_t> counts) {
    std::fill(row_.begin(), row_.end(), 0);
    std::fill(column_.begin(), column_.end(), 0);
    double total = 0;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      row_[k % x_levels_] += counts[k];
      column_[k / x_levels_] += counts[k];
      total += counts[k];
    }
    const auto occurs = [](double margin) { return margin > 0; };
    const auto rows = std::count_if(row_.begin(), row_.end(), occurs);
    const auto columns = std::count_if(column_.begin(), column_.end(), occurs);
    if (rows < 2 || columns < 2) return;
    dof_ += static_cast<double>((rows - 1) * (columns - 1));
    contributing_rows_ += total;
    for (std::size_t k = 0; k < counts.size(); ++k) {
      const double product = row_[k % x_levels_] * column_[k / x_levels_];
      if (product > 0) sum_ += cell(counts[k], product / total);
    }
  }

  [[nodiscard]] double statistic() const { return std::max(0.0, sum_); }  // rounding may leave a tiny negative sum
  [[nodiscard]] double dof() const { return dof_; }
  [[nodiscard]] double contributing_rows() const { return contributing_rows_; }

 private:
  [[nodiscard]] double cell(double observed, double expected) const {
    if (statistic_ == TableStatistic::ChiSquare) return (observed - expected) * (observed - expected) / expected;
    return observed > 0 ? 2 * observed * std::log(observed / expected) : 0;
  }

  TableStatistic statistic_;
  std::size_t x_levels_;
  std::vector<double> row_;
  std::vector<double> column_;
  double sum_ = 0;
  double dof_ = 0;
  double contributing_rows_ = 0;
};

// Few strata: all their tables at once, in one pass over the rows.
void add_dense(const Strata& strata, std::span<const std::uint8_t> x, std::span<const std::uint8_t> y,
               std::size_t x_levels, std::size_t y_levels, TableSum& sum) {
  const std::size_t cells = x_levels * y_levels;
  std::vector<std::int32_t> counts(strata.count * cells, 0);
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (strata.of_row[i] == kLeftOut || x[i] == LevelCodes::kMissing || y[i] == LevelCodes::kMissing) continue;
    ++counts[strata.of_row[i] * cells + x[i] + x_levels * y[i]];
  }
  for (std::size_t z = 0; z < strata.count; ++z) sum.add({counts.data() + z * cells, cells});
}

// Many strata: rows are grouped by stratum (counting sort), and one table is filled again and again.
void add_grouped(const Strata& strata, std::span<const std::uint8_t> x, std::span<const std::uint8_t> y,
                 std::size_t x_levels, std::size_t y_levels, TableSum& sum) {
  const auto counted = [&](std::size_t i) {
    return strata.of_row[i] != kLeftOut && x[i] != LevelCodes::kMissing && y[i] != LevelCodes::kMissing;
  };
  std::vector<std::size_t> end(strata.count + 1, 0);  // after filling, end[z] is where stratum z ends
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (counted(i)) ++end[strata.of_row[i] + 1];
  }
  std::partial_sum(end.begin(), end.end(), end.begin());
  std::vector<std::uint16_t> cell_of(end.back());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (counted(i)) cell_of[end[strata.of_row[i]]++] = static_cast<std::uint16_t>(x[i] + x_levels * y[i]);
  }
  std::vector<std::int32_t> counts(x_levels * y_levels);
  std::size_t begin = 0;
  for (std::size_t z = 0; z < strata.count; begin = end[z++]) {
    if (end[z] - begin < 2) continue;  // one row has one row and one column
    std::fill(counts.begin(), counts.end(), 0);
    for (std::size_t k = begin; k < end[z]; ++k) ++counts[cell_of[k]];
    sum.add(counts);
  }
}

void check_levels(const Dataset& data, const LevelCodes& codes, std::span<const int> columns) {
  for (int j = 0; j < codes.cols(); ++j) {
    std::bitset<256> occurs;
    for (const std::uint8_t code : codes.codes(j)) occurs.set(code);
    occurs.reset(LevelCodes::kMissing);
    if (occurs.count() < 2) {
      throw DataError("column '" + data.column(columns[static_cast<std::size_t>(j)]).name + "' " +
                          (occurs.none() ? "is all missing" : "is constant"),
                      {}, "Leave it out with --exclude.");
    }
  }
}

}  // namespace

GSquare::GSquare(const Dataset& data, const GSquareOptions& options)
    : options_(options), codes_(data, data.variable_indices()) {
  validate(options, "g_square");
  const std::vector<int> variables = data.variable_indices();
  for (const int j : variables) names_.push_back(data.column(j).name);
  check_levels(data, codes_, variables);
}

CiResult GSquare::test(NodeId x, NodeId y, std::span<const NodeId> S) const {
  constexpr std::size_t kDenseCells = std::size_t{1} << 16;
  if (x > y) std::swap(x, y);  // so that both orders add up the same cells in the same order
  const auto x_levels = static_cast<std::size_t>(codes_.level_count(x));
  const auto y_levels = static_cast<std::size_t>(codes_.level_count(y));
  const Strata strata = strata_of(codes_, S);
  TableSum sum(options_.statistic, x_levels, y_levels);
  const bool few_cells = strata.count * x_levels * y_levels <= kDenseCells;
  (few_cells ? add_dense : add_grouped)(strata, codes_.codes(x), codes_.codes(y), x_levels, y_levels, sum);

  CiResult result{.statistic = sum.statistic(),
                  .p_value = 1,
                  .effect = std::numeric_limits<double>::quiet_NaN(),
                  .dof = sum.dof(),
                  .status = Status::Ok};
  const bool small = sum.contributing_rows() < 5 * sum.dof();
  if (sum.dof() == 0 || (small && options_.small_sample == SmallSample::Keep)) {
    result.statistic = 0;
    result.p_value = std::numeric_limits<double>::quiet_NaN();
    result.status = Status::Degenerate;
  } else if (!small || options_.small_sample == SmallSample::Test) {
    result.p_value = chi_square_upper_p(result.statistic, result.dof);
  }
  return result;
}

}  // namespace causal::discovery
