// labels: unit oracle
#include "causal/data/transform.hpp"

#include <cmath>
#include <limits>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("ranks equal one plus the smaller cells plus half of the other equal ones") {
  RandomStream stream(8, RandomDomain::Test);
  for (int trial = 0; trial < 50; ++trial) {
    Eigen::VectorXd column(40);
    for (double& cell : column) cell = stream.below(8) == 0 ? kNaN : static_cast<double>(stream.below(12));
    const Eigen::VectorXd ranks = transformed(column, Transform::Ranks);
    const Eigen::VectorXd scores = transformed(column, Transform::NormalScores);
    const double observed = static_cast<double>((column.array() == column.array()).count());
    for (Eigen::Index i = 0; i < column.size(); ++i) {
      if (std::isnan(column[i])) {
        CHECK(std::isnan(ranks[i]));
        CHECK(std::isnan(scores[i]));
        continue;
      }
      const double below = static_cast<double>((column.array() < column[i]).count());
      const double equal = static_cast<double>((column.array() == column[i]).count());
      CHECK(ranks[i] == below + (equal + 1) / 2);
      CHECK(scores[i] == doctest::Approx(normal_quantile(ranks[i] / (observed + 1))).epsilon(1e-12));
    }
  }
}

TEST_CASE("standardised columns have mean 0 and standard deviation 1 over the observed cells") {
  Eigen::VectorXd column(5);
  column << 1, kNaN, 2, 3, 4;
  const Eigen::VectorXd scaled = transformed(column, Transform::Standardise);
  CHECK(std::isnan(scaled[1]));
  const Eigen::Vector4d rest(scaled[0], scaled[2], scaled[3], scaled[4]);
  CHECK(std::abs(rest.sum()) < 1e-15);
  CHECK(rest.squaredNorm() == doctest::Approx(3).epsilon(1e-14));
  CHECK_THROWS_AS((void)transformed(Eigen::VectorXd::Constant(4, 0.1), Transform::Standardise), DataError);
  CHECK_THROWS_AS((void)transformed(Eigen::VectorXd::Constant(4, kNaN), Transform::Standardise), DataError);
}

TEST_CASE("a table keeps its discrete and role columns") {
  Eigen::MatrixXd values(3, 4);
  values << 5, 0, 10, 1, 7, 1, 30, 1, 6, 0, 20, 1;
  Roles roles;
  roles.time = 2;
  const Dataset data(values, {{"a", VariableType::Count}, {"b", VariableType::Binary, {"n", "y"}}, {"t"}, {"c"}},
                     roles);
  const Dataset ranked = transformed(data, Transform::Ranks);
  CHECK(ranked.values().col(0) == Eigen::Vector3d(1, 3, 2));
  CHECK(ranked.values().col(1) == values.col(1));
  CHECK(ranked.values().col(2) == values.col(2));
  CHECK(ranked.column(0).type == VariableType::Continuous);
  CHECK(ranked.column(1).levels == data.column(1).levels);
  CHECK(ranked.roles().time == 2);
  try {
    (void)transformed(data, Transform::Standardise);
    FAIL("no exception");
  } catch (const DataError& error) {
    CHECK(error.where() == "column 'c'");
  }
}
