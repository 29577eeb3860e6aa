// labels: cli
// causal discover -a cdnod, and the tests over nodes on the command line.
#include <sstream>

#include "run_causal.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal::test;
using causal::io::Json;

namespace {

struct Example {
  TemporaryFolder folder;
  std::string data = folder / "data.csv";
  std::string truth = folder / "truth.json";

  explicit Example(const std::string& process, int n = 200) {
    const ProcessResult result = run_causal(
        {"simulate", "--process", process, "--n", std::to_string(n), "--seed", "1", "-o", data, "--graph-out", truth});
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
  }
  [[nodiscard]] std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return folder / name;
  }
};

// x,y of `rows` rows with a third column.
std::string table(int rows, const std::string& column, const std::function<std::string(int)>& cell) {
  std::istringstream in(collider_csv(rows));
  std::string line;
  std::getline(in, line);
  std::string text = "x,y," + column + "\n";
  for (int i = 0; std::getline(in, line); ++i) {
    text += line.substr(0, line.find(',', line.find(',') + 1)) + "," + cell(i) + "\n";
  }
  return text;
}

}  // namespace

TEST_CASE("a run over time: graph, changes, report, comparison") {
  const Example example("cdnod-1");
  const std::string out = example.folder / "graph.json";
  const std::string report = example.folder / "report.html";
  const ProcessResult result = run_causal({"discover", example.data, "-a", "cdnod", "--time", "time", "-o", out,
                                           "--report", report, "--true-graph", example.truth});
  CAPTURE(result.err);
  CHECK(result.exit_code == 0);
  CHECK(contains(result.err, "test: kci"));
  CHECK(contains(result.err, "SHD"));
  const Json graph = Json::parse(text_of(out));
  CHECK(JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.graph.1.schema.json").violation(graph) == "");
  CHECK(graph.at("nodes").as_array().back().at("name").as_string() == "time");
  CHECK(graph.at("changes").at("surrogate").as_integer() == 4);
  CHECK(graph.at("changes").at("points").as_array().size() == 200);
  CHECK(graph.at("run").at("options").at("test").as_string() == "kci");
  CHECK(graph.at("run").at("options").at("kci.width").as_string() == "by_n");
  CHECK(contains(text_of(report), "What changes"));

  const ProcessResult again = run_causal({"report", out, "-o", example.folder / "again.html"});
  CAPTURE(again.err);
  CHECK(again.exit_code == 0);
}

TEST_CASE("domains, groups, lags, the order of rows, and options of the test") {
  const Example domains("cdnod-3");
  const ProcessResult by_domain = run_causal({"discover", domains.data, "-a", "cdnod", "--env", "domain", "--json"});
  CAPTURE(by_domain.err);
  REQUIRE(by_domain.exit_code == 0);
  const Json changes = Json::parse(by_domain.out).at("changes");
  CHECK(changes.at("domains").as_array().size() == 2);

  const Example vectors("cdnod-4");
  const ProcessResult grouped = run_causal({"discover", vectors.data, "-a", "cdnod", "--time", "time", "--groups",
                                            "x1=x1_1,x1_2;x2=x2_1,x2_2", "--no-forces", "--json"});
  CAPTURE(grouped.err);
  REQUIRE(grouped.exit_code == 0);
  CHECK(Json::parse(grouped.out).at("nodes").as_array().size() == 5);

  const Example chain("cdnod-1", 100);
  const ProcessResult by_rows =
      run_causal({"discover", chain.data, "-a", "cdnod", "--exclude", "time", "--test", "kci", "--surrogate-width",
                  "0.5", "--max-lag", "1", "--no-forces", "--no-directions", "--max-cond-size", "1", "--json"});
  CAPTURE(by_rows.err);
  REQUIRE(by_rows.exit_code == 0);
  CHECK(contains(by_rows.err, "the order of the rows stands for time"));
  const Json graph = Json::parse(by_rows.out);
  CHECK(graph.at("nodes").as_array()[4].at("name").as_string() == "row");
  CHECK(graph.at("nodes").as_array()[5].at("name").as_string() == "x1");
  CHECK(graph.at("nodes").as_array()[5].at("lag").as_integer() == 1);
  CHECK(graph.at("run").at("options").at("kci.surrogate_width").as_number() == 0.5);
}

TEST_CASE("same bytes at one, two and four threads") {
  const Example example("cdnod-2", 150);
  const auto bytes = [&](const std::string& threads) {
    const ProcessResult result = run_causal(
        {"discover", example.data, "-a", "cdnod", "--time", "time", "--no-timing", "--json", "--threads", threads});
    CHECK(result.exit_code == 0);
    return result.out;
  };
  const std::string one = bytes("1");
  CHECK(!one.empty());
  CHECK(bytes("2") == one);
  CHECK(bytes("4") == one);
}

TEST_CASE("bad input: what is wrong, and nothing is written") {
  const Example example("cdnod-1", 60);
  const std::string out = example.folder / "out.json";
  const auto fails = [&](std::vector<std::string> arguments, int code, const std::string& message) {
    arguments.insert(arguments.begin(), "discover");
    arguments.insert(arguments.end(), {"-a", "cdnod", "-o", out});
    const ProcessResult result = run_causal(arguments);
    CAPTURE(result.err);
    CHECK(result.exit_code == code);
    CHECK(contains(result.err, message));
    CHECK(result.out.empty());
    CHECK_FALSE(std::filesystem::exists(out));
  };
  const auto file = [&](int rows, const std::function<std::string(int)>& cell) {
    return example.write("bad.csv", table(rows, "c", cell));
  };
  const auto number = [](int i) { return std::to_string(i); };
  fails({example.data, "--time", "tine"}, 2, "Did you mean 'time'?");
  fails({example.data, "--time", "time", "--test", "fisher_z"}, 2, "cannot relate variables to a time");
  fails({example.data, "--time", "time", "--groups", "a"}, 2, "'a' is not NAME=COLUMN,COLUMN");
  fails({example.data, "--time", "time", "--alpha", "0"}, 2, "alpha");
  fails({file(60, [](int) { return std::string("7"); }), "--time", "c"}, 3,
        "'c', which says what changes, has one value");
  fails({file(60, [](int i) { return i == 4 ? std::string() : std::to_string(i); }), "--time", "c", "--missing",
         "pairwise"},
        3, "'c', which says what changes, has missing cells");
  fails({file(60, [](int i) { return std::string(i < 30 ? "early" : "late"); }), "--time", "c"}, 3, "is no number");
  fails({file(60, [](int i) { return std::string(i < 2 ? "a" : "b"); }), "--env", "c"}, 3,
        "domain 'a' of 'c' has 2 rows");
  fails({file(20, number), "--time", "c"}, 3, "observed in 20 rows");
  fails({file(60, [](int i) { return std::to_string(3 * i + 1); })}, 3, "'c' is a linear function of 'row'");
  fails({example.data, "--time", "time", "--memory-limit", "1M"}, 6, "limit");
}

TEST_CASE("one test over nodes on the command line, with its options") {
  const Example example("cdnod-1");
  for (const std::string test : {"kci", "rcot", "gcm"}) {
    const ProcessResult result = run_causal({"test", example.data, "x1", "x3", "x2", "--test", test, "--json"});
    CAPTURE(result.err);
    REQUIRE(result.exit_code == 0);
    const double p = Json::parse(result.out).at("results").as_array().front().at("p_value").as_number();
    CHECK(p > 0);
    CHECK(p <= 1);
  }
  const ProcessResult wide = run_causal(
      {"test", example.data, "x1", "x2", "--test", "kci", "--width", "manual", "--manual-width", "2", "--json"});
  CHECK(wide.exit_code == 0);
  const ProcessResult wrong = run_causal({"test", example.data, "x1", "x2", "--test", "kci", "--ridge", "0"});
  CHECK(wrong.exit_code == 2);
  CHECK(contains(wrong.err, "--ridge"));
}
