// labels: unit oracle
#include "causal/data/contingency.hpp"

#include <array>
#include <limits>
#include <map>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

// n rows of three discrete columns with 2, 3 and 4 levels, a tenth of the cells missing.
Dataset random_table(std::uint32_t trial, int n) {
  RandomStream stream(6, RandomDomain::Test, trial);
  Eigen::MatrixXd values(n, 3);
  std::vector<Column> columns;
  for (int j = 0; j < 3; ++j) {
    Column column{"v" + std::to_string(j), VariableType::Discrete};
    for (int k = 0; k < j + 2; ++k) column.levels.push_back(std::to_string(k));
    for (int i = 0; i < n; ++i) {
      const bool missing = stream.below(10) == 0;
      values(i, j) = missing ? std::numeric_limits<double>::quiet_NaN()
                             : static_cast<double>(stream.below(static_cast<std::uint64_t>(j) + 2));
    }
    columns.push_back(column);
  }
  return {values, columns};
}

}  // namespace

TEST_CASE("counts equal a map from combinations to counts") {
  for (std::uint32_t trial = 0; trial < 50; ++trial) {
    const Dataset data = random_table(trial, 200);
    const std::array<int, 3> order = {2, 0, 1};
    std::map<std::array<int, 3>, std::int64_t> expected;
    std::int64_t missing = 0;
    for (int i = 0; i < 200; ++i) {
      if (data.values().row(i).hasNaN()) {
        ++missing;
      } else {
        const auto code = [&](int j) { return static_cast<int>(data.values()(i, j)); };
        ++expected[{code(2), code(0), code(1)}];
      }
    }
    const ContingencyTable table = count_table(data, order);
    CHECK(table.missing == missing);
    CHECK(table.n() == 200 - missing);
    CHECK(table.counts.size() == 24);
    for (int a = 0; a < 4; ++a) {
      for (int b = 0; b < 2; ++b) {
        for (int c = 0; c < 3; ++c) CHECK(table.at(std::array{a, b, c}) == expected[{a, b, c}]);
      }
    }
  }
}

TEST_CASE("tables of two halves merge to the table of the whole") {
  const Dataset data = random_table(1, 101);
  std::vector<std::int64_t> first, second;
  for (std::int64_t i = 0; i < 101; ++i) (i < 37 ? first : second).push_back(i);
  const std::array<int, 2> columns = {0, 2};
  const ContingencyTable whole = count_table(data, columns);
  const ContingencyTable sum =
      merge(count_table(data.select_rows(first), columns), count_table(data.select_rows(second), columns));
  CHECK(sum.counts == whole.counts);
  CHECK(sum.missing == whole.missing);
}

TEST_CASE("tables of other variables or levels do not merge") {
  const Dataset data = random_table(1, 20);
  const ContingencyTable a = count_table(data, std::array{0, 1});
  CHECK_THROWS_AS((void)merge(a, count_table(data, std::array{1, 0})), InvalidArgument);
  ContingencyTable b = a;
  b.levels[1].back() = "other";
  CHECK_THROWS_AS((void)merge(a, b), InvalidArgument);
}

TEST_CASE("what cannot be counted is refused by name") {
  const Dataset numbers = Dataset::continuous(Eigen::MatrixXd::Ones(3, 1), {"age"});
  CHECK_THROWS_WITH_AS((void)count_table(numbers, std::array{0}), doctest::Contains("column 'age' is continuous"),
                       DataError);
  Column wide{"w", VariableType::Discrete};
  for (int k = 0; k < 256; ++k) wide.levels.push_back(std::to_string(k));
  CHECK_THROWS_AS((void)count_table(Dataset(Eigen::MatrixXd::Zero(2, 1), {wide}), std::array{0}), DataError);
  wide.levels.pop_back();
  const Dataset largest(Eigen::MatrixXd::Constant(2, 1, 254), {wide});
  CHECK(count_table(largest, std::array{0}).at(std::array{254}) == 2);
  CHECK_THROWS_AS((void)count_table(largest, std::array{0, 0, 0, 0}), InvalidArgument);  // 255^4 cells
  const ContingencyTable table = count_table(largest, std::array{0});
  CHECK_THROWS_AS((void)table.at(std::array{255}), InvalidArgument);
  CHECK_THROWS_AS((void)table.at(std::array{1, 1}), InvalidArgument);
}
