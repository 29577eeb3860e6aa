// labels: unit
#include "causal/io/joint_table.hpp"

#include <Eigen/Core>

#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;
using io::parse_joint_table;

TEST_CASE("a table of probabilities keeps its numbers and fills what is not listed with zeros") {
  const JointTable table = parse_joint_table("s,t,p\n0,no,0.5\n1,no,0.25\n1,yes,0.25\n");
  REQUIRE(table.variables.size() == 2);
  CHECK(table.variables[1] == DiscreteVariable{"t", {"no", "yes"}});
  CHECK(table.joint == Factor({0, 1}, {2, 2}, {0.5, 0, 0.25, 0.25}));
  CHECK(table.rows == 0);
  CHECK(table.zeros == 1);
  CHECK(table.warnings.empty());
}

TEST_CASE("the column p is a number wherever it stands and however few values it has") {
  const JointTable table = parse_joint_table("p,x\n0,a\n1,b\n");
  CHECK(table.joint.values() == std::vector<double>{0, 1});
  const JointTable many = parse_joint_table("x,p\n0.5,0.25\n1.5,0.25\n2.5,0.5\n");
  CHECK(many.variables[0].levels == std::vector<std::string>{"0.5", "1.5", "2.5"});
}

TEST_CASE("rows without a column p are counted") {
  const JointTable table = parse_joint_table("x,y\n0,1\n0,1\n1,0\n1,1\n");
  CHECK(table.joint == Factor({0, 1}, {2, 2}, {0, 0.5, 0.25, 0.25}));
  CHECK(table.rows == 4);
}

TEST_CASE("a small rounding of the probabilities is mended with a warning") {
  const JointTable table = parse_joint_table("x,p\na,0.3333333\nb,0.3333333\nc,0.3333333\n");
  CHECK(table.joint.total() == doctest::Approx(1).epsilon(1e-15));
  CHECK(table.warnings.size() == 1);
}

TEST_CASE("a table that is no distribution is refused with its place") {
  const auto message = [](const char* text) {
    try {
      static_cast<void>(parse_joint_table(text, {}, "t.csv"));
    } catch (const DataError& error) {
      return error.message() + " | " + error.where();
    }
    return std::string("accepted");
  };
  CHECK(message("x,p\na,0.5\nb,0.4\n") == "the probabilities sum to 0.9 instead of 1 | t.csv, column 'p'");
  CHECK(message("x,p\na,1.5\nb,-0.5\n") == "the probability of row 2 is negative: -0.5 | t.csv, column 'p'");
  CHECK(message("x,p\na,0.5\na,0.5\n") == "row 2 repeats the values of a row before it | t.csv");
  CHECK(message("x,p\na,0.5\nb,NA\n") == "row 2 has no probability | t.csv, column 'p'");
  CHECK(message("x,y,p\na,,1\n") == "column 'y' has 1 empty cells | t.csv");
  CHECK(message("x,y\n0.1,a\n0.7,b\n0.9,a\n") == "column 'x' is continuous, not discrete | t.csv");
}
