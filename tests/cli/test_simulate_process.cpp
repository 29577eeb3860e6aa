// labels: cli
// causal simulate --process: data, truth, and what does not go with it.

#include <algorithm>
#include <filesystem>

#include "run_causal.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal::test;
using causal::io::Json;

namespace {

const std::vector<std::string> kProcesses{"cdnod-1",           "cdnod-2",
                                          "cdnod-3",           "cdnod-4",
                                          "cdnod-few-domains", "cdnod-slope-domains",
                                          "cdnod-step",        "cdnod-shared-confounder"};

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

TEST_CASE("a process gives its data, its true graph, and a report of what changes") {
  const TemporaryFolder folder;
  const JsonSchema schema = JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.graph.1.schema.json");
  for (const std::string& process : kProcesses) {
    CAPTURE(process);
    const std::string data = folder / process + ".csv";
    const std::string truth = folder / process + ".json";
    const ProcessResult run = run_causal({"simulate", "--process", process, "-o", data, "--graph-out", truth});
    CAPTURE(run.err);
    REQUIRE(run.exit_code == 0);
    const Json graph = Json::parse(text_of(truth));
    CHECK(schema.violation(graph) == "");
    CHECK(graph.at("kind").as_string() == "dag");
    CHECK(graph.at("run").at("options").at("process").as_string() == process);
    const std::int64_t n = graph.at("run").at("data").at("n").as_integer();
    CHECK(lines(text_of(data)) == static_cast<std::size_t>(n) + 1);
    const std::string surrogate = graph.at("nodes").as_array().back().at("name").as_string();
    CHECK(first_line(text_of(data)).ends_with("," + surrogate));
    CHECK(contains(run.err, "the surrogate '" + surrogate + "'"));
    CHECK(graph.at("changes").at("forces").as_array().size() == graph.at("changes").at("changing").as_array().size());

    const std::string page = folder / process + ".html";
    REQUIRE(run_causal({"report", truth, "-o", page}).exit_code == 0);
    CHECK(contains(text_of(page), "What drives each mechanism"));
    const std::string copy = folder / process + ".copy.json";
    REQUIRE(run_causal({"convert", truth, copy}).exit_code == 0);
    CHECK(text_of(copy) == text_of(truth));
  }
}

TEST_CASE("rows, seed and form of the output are as asked for") {
  const TemporaryFolder folder;
  const ProcessResult some = run_causal({"simulate", "--process", "cdnod-1", "--n", "40", "--seed", "5", "-q"});
  CHECK(some.exit_code == 0);
  CHECK(some.err.empty());
  CHECK(first_line(some.out) == "x1,x2,x3,x4,time");
  CHECK(lines(some.out) == 41);
  CHECK(run_causal({"simulate", "--process", "cdnod-1", "--n", "40", "--seed", "5", "--threads", "2"}).out == some.out);
  CHECK(run_causal({"simulate", "--process", "cdnod-1", "--n", "40", "--seed", "6"}).out != some.out);
  const ProcessResult domains = run_causal({"simulate", "--process", "cdnod-3", "--n", "5"});
  CHECK(first_line(domains.out) == "x1,x2,x3,x4,domain");
  CHECK(contains(domains.out, ",1\n"));
  CHECK(contains(domains.out, ",2\n"));
  CHECK(run_causal({"simulate", "--process", "cdnod-4", "--n", "9", "-o", folder / "a.npy"}).exit_code == 0);
  const ProcessResult plan =
      run_causal({"simulate", "--process", "cdnod-1", "--n", "1000000", "--dry-run", "-o", folder / "none.csv"});
  CHECK(plan.exit_code == 0);
  CHECK(contains(plan.out, "cdnod-1, 1,000,000 rows"));
  CHECK_FALSE(std::filesystem::exists(folder / "none.csv"));
}

TEST_CASE("what does not go with a process is refused, and nothing is written") {
  const TemporaryFolder folder;
  const std::string data = folder / "data.csv";
  const auto refused = [&](std::vector<std::string> more, const std::string& message) {
    more.insert(more.begin(), {"simulate", "--process", "cdnod-1", "-o", data});
    const ProcessResult run = run_causal(more);
    CAPTURE(run.err);
    CHECK(run.exit_code == 2);
    CHECK(contains(run.err, message));
    CHECK_FALSE(std::filesystem::exists(data));
  };
  refused({"--nodes", "5"}, "--nodes does not go with --process");
  refused({"--degree", "1"}, "--degree does not go with --process");
  refused({"--density", "0.1"}, "--density does not go with --process");
  refused({"--graph", "er"}, "--graph does not go with --process");
  refused({"--scm", "truth.json"}, "--scm does not go with --process");
  refused({"--noise", "laplace"}, "--noise does not go with --process");
  refused({"--weight-min", "0.5"}, "--weight-min does not go with --process");
  refused({"--n", "1"}, "--n = 1 must be at least 2 for cdnod-1");
  refused({"--n", "0"}, "--n");
  refused({"--process", "cdnod-slope-domains", "--n", "59"}, "--n = 59 must be at least 60");
  refused({"--process", "cdnod-9"}, "cdnod-9");
  refused({"--graph-out", data}, "two outputs");
  const ProcessResult large =
      run_causal({"simulate", "--process", "cdnod-1", "--n", "100000000", "--memory-limit", "1MiB", "-o", data});
  CAPTURE(large.err);
  CHECK(large.exit_code == 6);
  CHECK_FALSE(std::filesystem::exists(data));
}
