// labels: unit
#include "causal/data/check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "causal/io/csv.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Eigen::MatrixXd noise(int n, int p) {
  Eigen::MatrixXd values(n, p);
  RandomStream stream(4, RandomDomain::Test);
  stream.fill_normal({values.data(), static_cast<std::size_t>(values.size())});
  return values;
}

// The messages of that severity.
std::vector<std::string> messages(const DataReport& report, Severity severity) {
  std::vector<std::string> found;
  for (const DataFinding& finding : report.findings) {
    if (finding.severity == severity) found.push_back(finding.message);
  }
  return found;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("a sound table has no findings and exact summaries") {
  Eigen::MatrixXd values = noise(50, 3);
  values.col(0).setLinSpaced(1, 50);
  const DataReport report = check_data(Dataset::continuous(values));
  CHECK(report.findings.empty());
  CHECK_FALSE(report.has_errors());
  require_usable(report);
  CHECK(report.rows == 50);
  CHECK(report.complete_rows == 50);
  const ColumnSummary& first = report.columns[0];
  CHECK(first.distinct == 50);
  CHECK(first.min == 1);
  CHECK(first.max == 50);
  CHECK(first.mean == 25.5);
  CHECK(first.sd == doctest::Approx(std::sqrt(50.0 * 51 / 12)).epsilon(1e-14));
}

TEST_CASE("constant and all-missing columns are errors that name the column") {
  Eigen::MatrixXd values = noise(10, 4);
  values.col(1).setConstant(3);
  values.col(2).setConstant(kNaN);
  const DataReport report = check_data(Dataset::continuous(values, {"a", "b", "c", "d"}));
  CHECK(messages(report, Severity::Error) ==
        Texts{"column 'b' is constant: every cell is 3", "column 'c' is all missing"});
  CHECK(report.findings[0].column == "b");
  CHECK(report.columns[2].missing == 10);
  CHECK(report.complete_rows == 0);
  try {
    require_usable(report);
    FAIL("no exception");
  } catch (const DataError& error) {
    CHECK(error.message() == "column 'b' is constant: every cell is 3");
    CHECK(error.hint() == "Leave it out with --exclude.");
  }
}

TEST_CASE("too few rows or columns are errors, p >= n is a warning") {
  for (int n = 1; n <= 3; ++n) {
    const DataReport report = check_data(Dataset::continuous(noise(n, 2)));
    CHECK(report.has_errors());
    CHECK(messages(report, Severity::Error).front().find("at least 4 are needed") != std::string::npos);
  }
  CHECK(messages(check_data(Dataset::continuous(noise(4, 1))), Severity::Error) ==
        Texts{"the table has 1 variable; at least 2 are needed"});
  CHECK(messages(check_data(Dataset::continuous(noise(5, 5))), Severity::Warning) ==
        Texts{"there are 5 variables but only 5 rows"});
  CHECK(check_data(Dataset::continuous(noise(5, 4))).findings.empty());
  CHECK(check_data(Dataset()).has_errors());
}

TEST_CASE("a table of one column from a file, and a role column, count as variables or not") {
  const Dataset one = io::parse_csv("a\n1.5\n2.5\n3.5\n4.5\n").data;
  CHECK(messages(check_data(one), Severity::Error) == Texts{"the table has 1 variable; at least 2 are needed"});
  Eigen::MatrixXd values = noise(9, 3);
  values.col(2).setConstant(1);
  Roles roles;
  roles.weight = 2;
  CHECK(check_data(Dataset(values, {{"a"}, {"b"}, {"w"}}, roles)).findings.empty());
}

TEST_CASE("copies and linear functions of columns are found at any position and sign") {
  Eigen::MatrixXd values = noise(300, 40);
  values.col(7) = values.col(3);
  values.col(12) = (-2.5 * values.col(5).array() + 100).matrix();
  values.col(30) = values.col(3);
  values(4, 20) = kNaN;
  values.col(25) = values.col(20);
  const DataReport report = check_data(Dataset::continuous(values));
  CHECK(messages(report, Severity::Warning) ==
        Texts{"column 'X8' is a copy of column 'X4'", "column 'X13' is a linear function of column 'X6'",
              "column 'X21' has 1 missing cells", "column 'X26' has 1 missing cells",
              "column 'X26' is a copy of column 'X21'", "column 'X31' is a copy of column 'X4'"});
  values.col(7)[0] += 1e-3;  // 1 - r about 1e-9
  CHECK(messages(check_data(Dataset::continuous(values)), Severity::Warning).size() == 5);
}

TEST_CASE("an identifier is suspected when every row has a level of its own") {
  std::string text = "id,v\n";
  for (int i = 0; i < 30; ++i) text += "p" + std::to_string(i) + "," + std::to_string(i) + ".5\n";
  const DataReport report = check_data(io::parse_csv(text).data);
  CHECK(messages(report, Severity::Warning) == Texts{"column 'id' has a level of its own in every row"});
}

TEST_CASE("the report does not depend on the number of threads, and distinct values may be left uncounted") {
  const Dataset data = Dataset::continuous(noise(100, 30));
  const DataReport one = check_data(data, {.run = {.threads = 1}});
  const DataReport four = check_data(data, {.count_distinct = false, .run = {.threads = 4}});
  for (std::size_t j = 0; j < 30; ++j) {
    CHECK(one.columns[j].sd == four.columns[j].sd);
    CHECK(one.columns[j].distinct == 100);
    CHECK(four.columns[j].distinct == -1);
  }
}

TEST_CASE("columns whose sums overflow do not hide the copies among the others") {
  RandomStream stream(21, RandomDomain::Test);
  for (int repeat = 0; repeat < 20; ++repeat) {
    Eigen::MatrixXd X(30, 60);
    for (Eigen::Index j = 0; j < 60; ++j) {
      for (Eigen::Index i = 0; i < 30; ++i)
        X(i, j) = j % 3 == 0 ? (1 + 0.7 * stream.uniform()) * 1e308 : stream.normal();
    }
    X.col(58) = X.col(1);
    const DataReport report = check_data(Dataset::continuous(X));
    CHECK(std::any_of(report.findings.begin(), report.findings.end(), [](const DataFinding& finding) {
      return finding.message == "column 'X59' is a copy of column 'X2'";
    }));
  }
}
