// labels: cli
// Ctrl-C once leaves a valid partial result, twice ends the process.

#include <algorithm>

#include "run_causal.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal::test;
using causal::io::Json;

namespace {

/// Words of a search that takes minutes: the test that goes back to the rows, on many columns.
std::vector<std::string> long_search(const TemporaryFolder& folder) {
  const std::string path = folder / "wide.npy";
  REQUIRE(run_causal({"simulate", "--nodes", "500", "--degree", "20", "--n", "4000", "-o", path}).exit_code == 0);
  return {"discover", path, "--test", "fisher_z_testwise", "--alpha", "0.3", "-q", "-o", folder / "part.json"};
}

/// Waits until the process holds SIGINT back, that is until its search has begun; false after 30 seconds.
bool search_has_begun(pid_t child) {
  for (int tries = 0; tries < 3000; ++tries) {
    std::ifstream status("/proc/" + std::to_string(child) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (!line.starts_with("SigBlk:")) continue;
      const unsigned long long blocked = std::stoull(line.substr(7), nullptr, 16);
      if ((blocked >> (SIGINT - 1) & 1) != 0) return true;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

}  // namespace

TEST_CASE("one interrupt stops the search and the partial graph is written") {
  const TemporaryFolder folder;
  bool begun = false;
  const ProcessResult result = run_causal(long_search(folder), {.meanwhile = [&](pid_t child) {
                                            begun = search_has_begun(child);
                                            ::kill(child, SIGINT);
                                          }});
  CAPTURE(result.err);
  CHECK(begun);
  CHECK(result.exit_code == 130);
  const Json graph = Json::parse(text_of(folder / "part.json"));
  CHECK(graph.at("run").at("status").as_string() == "cancelled");
  CHECK(JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.graph.1.schema.json").violation(graph) == "");
}

TEST_CASE("a run of a bandit that is interrupted or out of time leaves the rounds it played") {
  const TemporaryFolder folder;
  const auto words = [&](const std::string& horizon, const std::string& file) {
    return std::vector<std::string>{"bandit",    "run",   "--policy", "linear_thompson", "--nodes", "6",
                                    "--horizon", horizon, "-o",       folder / file};
  };
  bool begun = false;
  const ProcessResult result = run_causal(words("100000000", "part.csv"), {.meanwhile = [&](pid_t child) {
                                            begun = search_has_begun(child);
                                            std::this_thread::sleep_for(std::chrono::milliseconds(300));
                                            ::kill(child, SIGINT);
                                          }});
  CAPTURE(result.err);
  CHECK(begun);
  CHECK(result.exit_code == 130);
  CHECK(contains(result.err, "stopped early"));
  std::vector<std::string> late = words("100000000", "late.csv");
  late.insert(late.end(), {"--time-limit-s", "0.3"});
  CHECK(run_causal(late).exit_code == 6);
  REQUIRE(run_causal(words("200", "whole.csv")).exit_code == 0);
  const std::vector<std::string> whole = lines_of(text_of(folder / "whole.csv"));
  for (const char* file : {"part.csv", "late.csv"}) {
    const std::vector<std::string> rounds = lines_of(text_of(folder / file));
    REQUIRE(rounds.size() > 10);
    for (std::size_t k = 0; k < std::min(rounds.size(), whole.size()); ++k) CHECK(rounds[k] == whole[k]);
  }
}

TEST_CASE("an impatient second interrupt ends the process with the same exit code") {
  const TemporaryFolder folder;
  const ProcessResult result = run_causal(long_search(folder), {.meanwhile = [&](pid_t child) {
                                            search_has_begun(child);
                                            for (int k = 0; k < 50; ++k) {
                                              ::kill(child, SIGINT);
                                              std::this_thread::sleep_for(std::chrono::milliseconds(1));
                                            }
                                          }});
  CHECK(result.exit_code == 130);
  const std::string written = text_of(folder / "part.json");
  CHECK((written.empty() || Json::parse(written).at("run").at("status").as_string() == "cancelled"));
}
