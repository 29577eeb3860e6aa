// labels: unit
#include "causal/bandits/run/bandit_log.hpp"

#include <cmath>
#include <sstream>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

std::string text_of(const NamedLog& log, const LogFormat& format = {}) {
  std::ostringstream out;
  write_bandit_log(out, log, format);
  return out.str();
}

// The error of reading the text: "where: message".
std::string error_of(const std::string& text, const LogFormat& format = {}) {
  try {
    (void)parse_bandit_log(text, format, "log.csv");
  } catch (const Error& error) {
    return error.where() + ": " + error.message();
  }
  return "none";
}

}  // namespace

TEST_CASE("a log is read by the names of its columns") {
  const NamedLog log = parse_bandit_log("X,do:X,Y,do:Y,p:X,p:Y,Z\n1.5,0,2,1,0.5,0.25,9\n-1,1,1e3,0,0.1,0.5,8\n");
  CHECK(log.names == std::vector<std::string>{"X", "Y", "Z"});
  CHECK(log.has_bit == std::vector<std::uint8_t>{1, 1, 0});
  CHECK(log.log.actions == std::vector<Action>{{0, 1, 0}, {1, 0, 0}});
  CHECK(log.log.rows == std::vector<std::vector<double>>{{1.5, 2, 9}, {-1, 1000, 8}});
  CHECK(log.propensity == std::vector<std::vector<double>>{{0.5, 0.25, 0}, {0.1, 0.5, 0}});
  CHECK(log.propensity_or(0.3) == log.propensity);
  CHECK(log.index_of("Y") == 1);
  CHECK_THROWS_AS((void)log.index_of("W"), InvalidArgument);
  // Every column is one of numbers, whatever it looks like: all ones, few integers.
  const NamedLog ones = parse_bandit_log("X,do:X\n1,1\n1,1\n2,1\n");
  CHECK(ones.log.actions == std::vector<Action>{{1}, {1}, {1}});
  CHECK(ones.propensity_or(0.3) == std::vector<std::vector<double>>{{0.3}});
  CHECK_THROWS_AS((void)ones.propensity_or(1), InvalidArgument);
  // Another prefix, ignored text, semicolons.
  const NamedLog other = parse_bandit_log("who;X;a_X\nann;1;0\nbob;2;1\n", {.action_prefix = "a_", .ignore = {"who"}});
  CHECK(other.names == std::vector<std::string>{"X"});
  CHECK(other.log.actions == std::vector<Action>{{0}, {1}});
}

TEST_CASE("levels of a guessed table are the numbers they are") {
  Eigen::MatrixXd codes(3, 2);
  codes << 0, 0, 1, 0, 1, 0;
  const Dataset table(codes, {{"X", VariableType::Binary, {"2", "5"}}, {"do:X", VariableType::Discrete, {"1"}}});
  const NamedLog log = read_bandit_log(table);
  CHECK(log.log.rows == std::vector<std::vector<double>>{{2}, {5}, {5}});
  CHECK(log.log.actions == std::vector<Action>{{1}, {1}, {1}});
}

TEST_CASE("what is wrong with a log is said with its place") {
  CHECK(error_of("X,do:X\n1,0\n2,2\n") == "log.csv:3:3: column 'do:X': the bit is 2, and must be 0 or 1");
  CHECK(error_of("X,do:X\n1,0\n\n\"2\" , 0.5\n") == "log.csv:4:6: column 'do:X': the bit is 0.5, and must be 0 or 1");
  CHECK(error_of("X,do:X\n1,0\n,1\n") == "log.csv:3:1: column 'X': the value is missing");
  CHECK(error_of("X,do:X\n1,0\nNaN,1\n") == "log.csv:3:1: column 'X': the value is missing");
  CHECK(error_of("X,do:X\n1,0\n1,\n") == "log.csv:3:3: column 'do:X': the bit is missing");
  CHECK(error_of("X,do:X,p:X\n1,0,1\n") ==
        "log.csv:2:5: column 'p:X': the propensity is 1, and must lie between 0 and 1");
  // The first line with a fault is named, whatever its column.
  CHECK(error_of("X,do:X,Y,do:Y\n1,0,1,7\n1,9,1,0\n") ==
        "log.csv:2:7: column 'do:Y': the bit is 7, and must be 0 or 1");
  CHECK(error_of("X,do:X\n").starts_with("log.csv: the file has a header but no rows"));
  CHECK(error_of("").starts_with("log.csv: the file is empty"));
  CHECK(error_of("X,Y\n1,0\n") == "log.csv: no column holds the bit of a node");
  CHECK(error_of("X,do:Y\n1,0\n") == "log.csv: column 'do:Y' belongs to no node: there is no column 'Y'");
  CHECK(error_of("X,do:X,p:X,Y,p:Y\n1,0,.5,1,.5\n") == "log.csv: node 'Y' has a propensity but no bit");
  CHECK(error_of("X,do:X,p:X,Y,do:Y\n1,0,.5,1,1\n") == "log.csv: node 'Y' has a bit but no propensity, unlike others");
  CHECK(error_of("X,do:X,t\n1,0,1\n", {.nodes = {"X"}}) == "log.csv: column 't' is neither a node nor the bit of one");
  CHECK(error_of("X,do:X,t\n1,0,1\n", {.ignore = {"t"}, .nodes = {"X"}}) == "none");
  CHECK(error_of("X,do:X\n1,0\n", {.nodes = {"X", "W"}}).find("'W'") != std::string::npos);
  CHECK(error_of("X,do:X\n1,0\n", {.ignore = {"W"}}).find("W") != std::string::npos);
  CHECK(error_of("X,do:X\n1,yes\n").find("do:X") != std::string::npos);
  CHECK_THROWS_AS((void)parse_bandit_log("X,do:X\n1,0\n", {.action_prefix = "p:x"}), InvalidArgument);
  CHECK_THROWS_AS((void)parse_bandit_log("X,do:X\n1,0\n", {.action_prefix = ""}), InvalidArgument);
  Eigen::MatrixXd cells(2, 2);
  cells << 1, 0, 1, 3;
  try {
    (void)read_bandit_log(Dataset::continuous(cells, {"X", "do:X"}));
    FAIL("a bit of 3 was read");
  } catch (const DataError& error) {
    CHECK(error.where() == "row 2");
  }
}

TEST_CASE("a log that was written reads back the same") {
  const LinearArms arms = random_arms_er(4, {}, 3);
  const LinearEnvironment environment(arms);
  for (const double probability : {0.5, 0.2}) {
    NamedLog log = random_log(environment, {"a", "b c", "d,e", "Y"}, 50, probability, 9);
    CHECK(log.propensity.empty() == (probability == 0.5));
    log.has_bit[1] = 0;  // never intervened on
    for (std::size_t t = 0; t < 50; ++t) {
      log.log.actions[t][1] = 0;
      if (!log.propensity.empty()) log.propensity[t][1] = 0;
    }
    const NamedLog again = parse_bandit_log(text_of(log));
    CHECK(again.names == log.names);
    CHECK(again.has_bit == log.has_bit);
    CHECK(again.log.rows == log.log.rows);
    CHECK(again.log.actions == log.log.actions);
    CHECK(again.propensity == log.propensity);
    CHECK(text_of(again) == text_of(log));
  }
  NamedLog log = random_log(environment, {"a", "b", "p:a", "Y"}, 5, 0.5, 9);
  CHECK_THROWS_AS((void)text_of(log), InvalidArgument);
  log.names[2] = "c";
  log.log.rows[3].pop_back();
  CHECK_THROWS_AS((void)text_of(log), InvalidArgument);
  CHECK_THROWS_AS((void)random_log(environment, {"a"}, 5, 0.5, 9), InvalidArgument);
  CHECK_THROWS_AS((void)random_log(environment, {"a", "b", "c", "Y"}, 0, 0.5, 9), InvalidArgument);
  CHECK_THROWS_AS((void)random_log(environment, {"a", "b", "c", "Y"}, 5, 1, 9), InvalidArgument);
}

TEST_CASE("random logs have the bits they should, of streams that no policy uses") {
  const int rounds = 4000;
  const LinearArms arms = random_arms_er(3, {}, 4);
  const LinearEnvironment environment(arms);
  const NamedLog log = random_log(environment, {"a", "b", "Y"}, rounds, 0.5, 11);
  CHECK(log.uniformity_warnings().empty());
  const PolicyPtr uniform =
      make_arm_policy({.n = 3, .reward = arms.reward(), .offsets = {}}, {.rule = ArmRule::Uniform});
  // An independent policy meets one round in eight: standard error sqrt(4000 * 7 / 64) = 21.
  const ReplayResult met = replay(log.log, *uniform, arms.reward(), 11);
  CHECK(std::abs(static_cast<double>(met.used.size()) - rounds / 8.0) < 4 * 21);
  const NamedLog rare = random_log(environment, {"a", "b", "Y"}, rounds, 0.2, 11);
  double ones = 0;
  for (const Action& action : rare.log.actions) ones += action[0] + action[1] + action[2];
  // 12000 bits of probability .2: standard error sqrt(12000 * .16) = 44.
  CHECK(std::abs(ones - 2400) < 4 * 44);
  CHECK(rare.uniformity_warnings().size() == 3);
  NamedLog unstated = rare;
  unstated.propensity.clear();
  REQUIRE(unstated.uniformity_warnings().size() == 3);
  CHECK(unstated.uniformity_warnings()[0].find("'a'") != std::string::npos);
}

TEST_CASE("whatever the bytes, a log is read or refused") {
  const std::string good = "X,do:X,Y,\"do:Y\",p:X,p:Y\n1.5,0,2,1,0.5,0.25\n-1,1,1e3,0,0.1,0.5\n";
  const std::string bytes = "01,\"\n\r;. -eNaX:dop\t";
  int read = 0;
  for (std::uint32_t k = 0; k < 5000; ++k) {
    RandomStream stream(17, RandomDomain::Test, k);
    std::string text = good;
    for (std::uint64_t edits = 1 + stream.below(3); edits > 0; --edits) {
      const std::size_t at = stream.below(text.size());
      if (stream.below(3) == 0) {
        text.erase(at, 1);
      } else {
        text[at] = bytes[stream.below(bytes.size())];
      }
    }
    try {
      const NamedLog log = parse_bandit_log(text);
      CHECK(log.log.rows.size() == log.log.actions.size());
      ++read;
    } catch (const Error&) {
    }
  }
  CHECK(read > 100);
  CHECK(read < 4900);
}
