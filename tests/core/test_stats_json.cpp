// labels: unit
#include <limits>
#include <string>

#include "causal/io/options_json.hpp"
#include "causal/io/stats_json.hpp"
#include "causal/run/error.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::io;

namespace {

enum class Rule { Stable, Original };

struct SampleOptions {
  double alpha = 0.05;
  int depth = -1;
  bool verbose = false;
  Rule rule = Rule::Stable;
  std::string label = "x";
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"alpha", "level"}, self.alpha);
    visitor(Field{"depth", "largest set"}, self.depth);
    visitor(Field{"verbose", "say more"}, self.verbose);
    visitor(Field{"rule", "which"}, self.rule);
    visitor(Field{"label", "text"}, self.label);
    RunOptions::visit(self.run, visitor);
  }
};

Moments sample_moments() {
  Eigen::MatrixXd covariance(2, 2);
  covariance << 2.0, 0.1, 0.1, 1.0 / 3.0;
  Moments moments = moments_from_covariance(covariance, 100, {"a b", "é"});
  moments.mean << 0.25, -7;
  return moments;
}

template <class Read>
std::string place(Read read) {
  try {
    read();
  } catch (const DataError& error) {
    return error.where();
  }
  return "no error";
}

std::string stats_place(const std::string& text) {
  return place([&] { static_cast<void>(moments_from_json(Json::parse(text))); });
}

}  // namespace

template <>
struct causal::EnumNames<Rule> {
  static constexpr std::array<std::pair<Rule, std::string_view>, 2> names{
      {{Rule::Stable, "stable"}, {Rule::Original, "original"}}};
};

TEST_CASE("moments come back from causal.stats/1, which conforms to its schema") {
  const Moments moments = sample_moments();
  const Json json = moments_to_json(moments);
  CHECK(json.dump() == R"({"schema":"causal.stats/1","n":100,"names":["a b","é"],"means":[0.25,-7.0],)"
                       R"("covariance":[[2.0,0.1],[0.1,0.3333333333333333]]})");
  const auto schema =
      test::JsonSchema::from_file(std::string(CAUSAL_SOURCE_DIR) + "/data/schemas/causal.stats.1.schema.json");
  CHECK(schema.violation(json) == "");
  const Moments back = moments_from_json(Json::parse(json.dump(1)));
  CHECK(back.n == moments.n);
  CHECK(back.names == moments.names);
  CHECK(back.mean == moments.mean);
  // One division and one product, each rounded once.
  CHECK((back.scatter - moments.scatter).cwiseAbs().maxCoeff() <=
        2 * std::numeric_limits<double>::epsilon() * moments.scatter.cwiseAbs().maxCoeff());
}

TEST_CASE("errors in causal.stats/1 name the member") {
  const auto with = [](const std::string& n, const std::string& names, const std::string& means,
                       const std::string& rows) {
    return R"({"schema":"causal.stats/1","n":)" + n + ",\"names\":" + names + ",\"means\":" + means +
           ",\"covariance\":" + rows + "}";
  };
  CHECK(stats_place(with("2", R"(["a"])", "[0]", "[[1]]")) == "no error");
  CHECK(stats_place(with("1", R"(["a"])", "[0]", "[[1]]")) == "n");
  CHECK(stats_place(with("2", R"(["a","a"])", "[0,0]", "[[1,0],[0,1]]")) == "names[1]");
  CHECK(stats_place(with("2", R"(["a"])", "[]", "[[1]]")) == "means");
  CHECK(stats_place(with("2", R"(["a"])", "[0]", "[[1,2]]")) == "covariance[0]");
  CHECK(stats_place(with("2", R"(["a"])", "[0]", "[[null]]")) == "covariance[0][0]");
  CHECK(stats_place(with("2", R"(["a"])", "[0]", "[[-1]]")) == "covariance[0][0]");
  CHECK(stats_place(with("2", R"(["a","b"])", "[0,0]", "[[1,0.5],[0.4,1]]")) != "no error");
}

TEST_CASE("a covariance table, with and without row names") {
  const Moments moments = read_covariance_csv("x,y\n2,0.5\n0.5,1\n", 11, "f");
  CHECK(moments.names == std::vector<std::string>{"x", "y"});
  CHECK(moments.scatter(0, 0) == 20);
  CHECK(moments.scatter(1, 0) == 5);
  CHECK(read_covariance_csv("\"\"\tx\ty\nx\t2\t0.5\ny\t0.5\t1\n", 11, "f").scatter == moments.scatter);
  const auto table_place = [](std::string_view text) {
    return place([&] { static_cast<void>(read_covariance_csv(text, 11, "f")); });
  };
  CHECK(table_place("") == "f:1:1");
  CHECK(table_place("x,y\n1,2\n") == "f:2:1");
  CHECK(table_place("x,y,z\n1,2\n") == "f:1:1");
  CHECK(table_place("x,x\n1,0\n0,1\n") == "f:1:3");
  CHECK(table_place("x,y\n1,0\n0\n") == "f:3:1");
  CHECK(table_place("x,y\n1,0\n0,b\n") == "f:3:3");
  CHECK(table_place(",x,y\nx,1,0\nz,0,1\n") == "f:3:1");
  CHECK_THROWS_AS(static_cast<void>(read_covariance_csv("x,y\n1,2\n3,1\n", 11, "f")), DataError);
}

TEST_CASE("options go to JSON and back by their own description") {
  SampleOptions options;
  options.alpha = 0.01;
  options.rule = Rule::Original;
  options.run.seed = 18446744073709551615ULL;
  const Json json = options_to_json(options);
  CHECK(json.dump() == R"({"alpha":0.01,"depth":-1,"verbose":false,"rule":"original","label":"x","threads":0,)"
                       R"("seed":18446744073709551615,"time_limit_s":null,"memory_limit_bytes":9223372036854775807})");
  SampleOptions back;
  options_from_json(json, back);
  CHECK(options_to_json(back) == json);
  CHECK(back.run.time_limit_s == std::numeric_limits<double>::infinity());
  const auto records = option_records(options);
  REQUIRE(records.size() == 9);
  CHECK(records[0].value == "0.01");
  CHECK(records[3].value == "original");
  CHECK(records[7].value == "inf");
}

TEST_CASE("errors in options name the option") {
  SampleOptions options;
  const auto option_place = [&](const std::string& text) {
    return place([&] { options_from_json(Json::parse(text), options); });
  };
  CHECK(option_place(R"({"alpha":"x"})") == "option 'alpha'");
  CHECK(option_place(R"({"depth":1e3})") == "option 'depth'");
  CHECK(option_place(R"({"depth":99999999999})") == "option 'depth'");
  CHECK(option_place(R"({"rule":"fast"})") == "option 'rule'");
  CHECK(option_place(R"({"seed":-1})") == "option 'seed'");
  try {
    options_from_json(Json::parse(R"({"alpa":0.1})"), options);
    FAIL_CHECK("nothing was refused");
  } catch (const DataError& error) {
    CHECK(error.hint().find("alpha") != std::string::npos);
  }
}
