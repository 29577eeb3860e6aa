// labels: golden oracle stat
#include "causal/discovery/ci/g_square.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include "causal/math/chi_square.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Column discrete(const std::string& name, int levels) {
  Column column{name, VariableType::Discrete};
  for (int k = 0; k < levels; ++k) column.levels.push_back(std::to_string(k));
  return column;
}

// Columns with the given numbers of levels; each copies the one before it with probability `dependence`.
Dataset random_table(RandomStream& stream, int n, const std::vector<int>& levels, double dependence, double missing) {
  Eigen::MatrixXd values(n, static_cast<Eigen::Index>(levels.size()));
  std::vector<Column> columns;
  for (std::size_t j = 0; j < levels.size(); ++j) columns.push_back(discrete("v" + std::to_string(j), levels[j]));
  for (int i = 0; i < n; ++i) {
    int previous = 0;
    for (std::size_t j = 0; j < levels.size(); ++j) {
      const int fresh = static_cast<int>(stream.below(static_cast<std::uint64_t>(levels[j])));
      previous = j > 0 && stream.uniform() < dependence ? previous % levels[j] : fresh;
      values(i, static_cast<Eigen::Index>(j)) = stream.uniform() < missing ? kNaN : previous;
    }
  }
  return {values, columns};
}

// The definitions, one map lookup a cell.
struct Oracle {
  double g_square = 0, chi_square = 0, dof = 0, rows = 0;

  Oracle(const Dataset& data, int x, int y, const std::vector<int>& S) {
    std::map<std::vector<int>, std::map<std::pair<int, int>, double>> strata;
    for (std::int64_t i = 0; i < data.rows(); ++i) {
      std::vector<int> z;
      bool complete = !std::isnan(data.values()(i, x)) && !std::isnan(data.values()(i, y));
      for (const int s : S) {
        complete = complete && !std::isnan(data.values()(i, s));
        if (complete) z.push_back(static_cast<int>(data.values()(i, s)));
      }
      if (complete) ++strata[z][{static_cast<int>(data.values()(i, x)), static_cast<int>(data.values()(i, y))}];
    }
    for (auto& [z, counts] : strata) {
      std::map<int, double> of_x, of_y;
      double total = 0;
      for (const auto& [cell, count] : counts) {
        of_x[cell.first] += count;
        of_y[cell.second] += count;
        total += count;
      }
      const double stratum_dof = static_cast<double>((of_x.size() - 1) * (of_y.size() - 1));
      if (stratum_dof == 0) continue;
      dof += stratum_dof;
      rows += total;
      for (const auto& [a, in_row] : of_x) {
        for (const auto& [b, in_column] : of_y) {
          const double expected = in_row * in_column / total;
          const double observed = counts.count({a, b}) > 0 ? counts[{a, b}] : 0;
          if (observed > 0) g_square += 2 * observed * std::log(observed / expected);
          chi_square += (observed - expected) * (observed - expected) / expected;
        }
      }
    }
  }
};

// Smoking, tar and cancer, 100 patients: counts of (s, t, c).
Dataset smoking() {
  const std::vector<std::array<int, 4>> counts = {{1, 1, 1, 50}, {1, 1, 0, 10}, {1, 0, 1, 1}, {1, 0, 0, 2},
                                                  {0, 1, 1, 10}, {0, 1, 0, 5},  {0, 0, 1, 2}, {0, 0, 0, 20}};
  Eigen::MatrixXd values(100, 3);
  Eigen::Index row = 0;
  for (const auto& [s, t, c, count] : counts) {
    for (int k = 0; k < count; ++k) values.row(row++) = Eigen::RowVector3d(s, t, c);
  }
  return {values, {discrete("smoking", 2), discrete("tar", 2), discrete("cancer", 2)}};
}

}  // namespace

TEST_CASE("smoking and cancer given tar, computed by hand") {
  // Tar: 75 patients, margins 60/15 and 60/15, expected 48, 12, 12, 3. No tar: 25, margins 3/22 and 3/22, expected
  // .36, 2.64, 2.64, 19.36. Two degrees of freedom, whose upper tail is exp(-x / 2).
  const auto term = [](double o, double e) { return 2 * o * std::log(o / e); };
  const double by_hand = term(50, 48) + term(10, 12) + term(10, 12) + term(5, 3) + term(1, 0.36) + term(2, 2.64) +
                         term(2, 2.64) + term(20, 19.36);
  const double chi_by_hand =
      4.0 / 48 + 4.0 / 12 + 4.0 / 12 + 4.0 / 3 + 0.4096 / 0.36 + 2 * 0.4096 / 2.64 + 0.4096 / 19.36;
  const std::vector<NodeId> tar = {1};
  const Dataset data = smoking();
  const CiResult g = GSquare(data).test(0, 2, tar);
  CHECK(g.status == Status::Ok);
  CHECK(g.dof == 2);
  CHECK(g.statistic == doctest::Approx(by_hand).epsilon(1e-13));
  CHECK(g.p_value == doctest::Approx(std::exp(-by_hand / 2)).epsilon(1e-12));
  const GSquare chi(data, {.statistic = TableStatistic::ChiSquare});
  CHECK(chi.name() == "chi_square");
  CHECK(chi.test(2, 0, tar).statistic == doctest::Approx(chi_by_hand).epsilon(1e-13));
  CHECK(chi.test(2, 0, tar).p_value == doctest::Approx(std::exp(-chi_by_hand / 2)).epsilon(1e-12));
}

TEST_CASE("the chi-square tail has its closed forms and never reaches zero") {
  for (const double x : {0.0, 1e-9, 0.5, 3.0, 40.0, 300.0}) {
    CAPTURE(x);
    CHECK(chi_square_upper_p(x, 1) == doctest::Approx(std::erfc(std::sqrt(x / 2))).epsilon(1e-12));
    CHECK(chi_square_upper_p(x, 2) == doctest::Approx(std::exp(-x / 2)).epsilon(1e-12));
    CHECK(chi_square_upper_p(x, 4) == doctest::Approx(std::exp(-x / 2) * (1 + x / 2)).epsilon(1e-12));
  }
  CHECK(chi_square_upper_p(1e6, 3) == std::numeric_limits<double>::min());
}

TEST_CASE("random tables agree with the definitions, in both orders of x and y") {
  for (std::uint32_t trial = 0; trial < 200; ++trial) {
    RandomStream stream(13, RandomDomain::Test, trial);
    const int n = 20 + static_cast<int>(stream.below(400));
    std::vector<int> levels;
    for (int j = 0; j < 8; ++j) levels.push_back(2 + static_cast<int>(stream.below(trial % 5 == 0 ? 30 : 3)));
    const Dataset data = random_table(stream, n, levels, 0.4, trial % 2 == 0 ? 0.1 : 0);
    const GSquare g(data, {.small_sample = SmallSample::Test});
    const GSquare chi(data, {.statistic = TableStatistic::ChiSquare, .small_sample = SmallSample::Test});
    const GSquare keep(data);
    for (int size = 0; size <= 6; size += 2) {
      const std::vector<int> nodes = stream.permutation(8);
      std::vector<int> S(nodes.begin() + 2, nodes.begin() + 2 + size);
      std::sort(S.begin(), S.end());
      const Oracle oracle(data, nodes[0], nodes[1], S);
      const CiResult a = g.test(nodes[0], nodes[1], S);
      const CiResult b = g.test(nodes[1], nodes[0], S);
      CHECK(a.statistic == b.statistic);
      CHECK(a.dof == oracle.dof);
      CHECK((a.status == Status::Degenerate) == (oracle.dof == 0));
      CHECK((keep.test(nodes[0], nodes[1], S).status == Status::Degenerate) ==
            (oracle.dof == 0 || oracle.rows < 5 * oracle.dof));
      if (oracle.dof == 0) continue;
      // Sums of at most n terms of size at most n log n.
      CHECK(a.statistic == doctest::Approx(oracle.g_square).epsilon(1e-10));
      CHECK(chi.test(nodes[0], nodes[1], S).statistic == doctest::Approx(oracle.chi_square).epsilon(1e-10));
      CHECK(a.p_value == doctest::Approx(chi_square_upper_p(oracle.g_square, oracle.dof)).epsilon(1e-6));
    }
  }
}

TEST_CASE("small counts are kept, taken as independent or tested, as asked") {
  RandomStream stream(3, RandomDomain::Test);
  const Dataset data = random_table(stream, 20, {5, 5, 2}, 0, 0);  // 16 degrees of freedom need 80 rows
  const CiResult kept = GSquare(data).test(0, 1, {});
  CHECK(kept.status == Status::Degenerate);
  CHECK(std::isnan(kept.p_value));
  CHECK_FALSE(kept.independent(0.01));
  const CiResult independent = GSquare(data, {.small_sample = SmallSample::Independent}).test(0, 1, {});
  CHECK(independent.status == Status::Ok);
  CHECK(independent.p_value == 1);
  const CiResult tested = GSquare(data, {.small_sample = SmallSample::Test}).test(0, 1, {});
  CHECK(tested.p_value > 0);
  CHECK(tested.p_value < 1);
}

TEST_CASE("a copy of a conditioning variable is degenerate, not independent") {
  RandomStream stream(3, RandomDomain::Test, 1);
  const Dataset data = random_table(stream, 500, {3, 3, 3}, 0.5, 0);
  Eigen::MatrixXd values = data.values();
  values.col(2) = values.col(0);
  const GSquare test(Dataset(values, data.columns()));
  CHECK(test.test(0, 1, std::vector<NodeId>{2}).status == Status::Degenerate);
  CHECK(test.test(0, 1, {}).p_value < 1e-6);
}

TEST_CASE("columns that cannot be tested are refused by name") {
  CHECK_THROWS_WITH_AS(GSquare(Dataset::continuous(Eigen::MatrixXd::Random(9, 2), {"age", "b"})),
                       doctest::Contains("column 'age' is continuous"), DataError);
  Eigen::MatrixXd values = Eigen::MatrixXd::Zero(4, 2);
  values(0, 0) = 1;
  CHECK_THROWS_WITH_AS(GSquare(Dataset(values, {discrete("a", 2), discrete("b", 2)})),
                       doctest::Contains("column 'b' is constant"), DataError);
  values.col(1).setConstant(kNaN);
  CHECK_THROWS_WITH_AS(GSquare(Dataset(values, {discrete("a", 2), discrete("b", 2)})),
                       doctest::Contains("column 'b' is all missing"), DataError);
}

TEST_CASE("under independence the level is right, under dependence the power is high") {
  // Binary x and y given a ternary z with equally likely levels, 600 rows a stratum. The mean of a stratum's G^2
  // exceeds its degree of freedom by the factor 1 + (a - 1)(b - 1) / (6 * 600), where a and b sum the reciprocal
  // margins: here at most 1 + 5.25^2 / 3600. With f the density of chi-square with 3 degrees of freedom at its quantile
  // q = 7.81, that moves the level at .05 by less than f q .0077 < .0014, three rejections in 2,000. The band is five
  // binomial standard errors, 49.
  constexpr int kNulls = 2000;
  int rejected_g = 0, rejected_chi = 0;
  const std::vector<NodeId> z = {0};
  for (std::uint32_t trial = 0; trial < kNulls; ++trial) {
    RandomStream stream(17, RandomDomain::Test, trial);
    Eigen::MatrixXd values(1800, 3);
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
      const auto level = static_cast<double>(stream.below(3));
      values(i, 0) = level;
      values(i, 1) = stream.uniform() < 0.2 + 0.3 * level ? 1 : 0;
      values(i, 2) = stream.uniform() < 0.8 - 0.3 * level ? 1 : 0;
    }
    const Dataset data(values, {discrete("z", 3), discrete("x", 2), discrete("y", 2)});
    rejected_g += GSquare(data).test(1, 2, z).independent(0.05) ? 0 : 1;
    rejected_chi += GSquare(data, {.statistic = TableStatistic::ChiSquare}).test(1, 2, z).independent(0.05) ? 0 : 1;
    if (trial < 20) CHECK(GSquare(data).test(1, 2, {}).p_value < 1e-4);
  }
  const double band = 5 * std::sqrt(kNulls * 0.05 * 0.95);
  CHECK(std::abs(rejected_g - kNulls * 0.05) < band);
  CHECK(std::abs(rejected_chi - kNulls * 0.05) < band);
}
