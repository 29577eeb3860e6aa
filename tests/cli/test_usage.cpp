// labels: cli
// Help, version, unknown words: how the command talks before it works.

#include "run_causal.hpp"

#include <doctest/doctest.h>

using namespace causal::test;

namespace {

const std::vector<std::string> kCommands{"discover", "test",   "simulate", "compare",  "identify", "graph",
                                         "convert",  "report", "list",     "describe", "check",    "version"};

}  // namespace

TEST_CASE("without a command the usage goes to stderr and the exit code is 2") {
  const ProcessResult result = run_causal({});
  CHECK(result.exit_code == 2);
  CHECK(result.out.empty());
  CHECK(contains(result.err, "Usage: causal COMMAND"));
  for (const std::string& command : kCommands) CHECK(contains(result.err, "\n  " + command));
}

TEST_CASE("help goes to stdout with exit code 0, and begins with examples when it is the long one") {
  CHECK(run_causal({"--help"}).exit_code == 0);
  CHECK(contains(run_causal({"-h"}).out, "Commands"));
  for (const std::string& command : kCommands) {
    CAPTURE(command);
    const ProcessResult brief = run_causal({command, "-h"});
    CHECK(brief.exit_code == 0);
    CHECK(brief.err.empty());
    CHECK(contains(brief.out, "causal " + command));
    const ProcessResult full = run_causal({command, "--help"});
    CHECK(full.exit_code == 0);
    CHECK(full.out.size() >= brief.out.size());
    CHECK(run_causal({"help", command}).out == full.out);
  }
  const ProcessResult discover = run_causal({"discover", "--help"});
  CHECK(discover.out.starts_with("Examples\n  causal discover data.csv"));
  CHECK(contains(discover.out, "--max-cond-size"));
  CHECK(contains(discover.out, "(0, 1)"));
  CHECK(contains(discover.out, "--delimiter"));
  CHECK_FALSE(contains(run_causal({"discover", "-h"}).out, "--delimiter"));
}

TEST_CASE("a near miss is suggested and the exit code is 2") {
  const ProcessResult command = run_causal({"discver", "data.csv"});
  CHECK(command.exit_code == 2);
  CHECK(contains(command.err, "'discover'"));
  const ProcessResult flag = run_causal({"discover", "data.csv", "--alhpa", "0.05"});
  CHECK(flag.exit_code == 2);
  CHECK(contains(flag.err, "unknown flag --alhpa"));
  CHECK(contains(flag.err, "'--alpha'"));
  const ProcessResult choice = run_causal({"discover", "data.csv", "--collider-rule", "majorty"});
  CHECK(choice.exit_code == 2);
  CHECK(contains(choice.err, "'majority'"));
  const ProcessResult algorithm = run_causal({"discover", "data.csv", "-a", "pcc"});
  CHECK(algorithm.exit_code == 2);
  CHECK(contains(algorithm.err, "pc"));
  const ProcessResult method = run_causal({"describe", "fisher_x"});
  CHECK(method.exit_code == 2);
  CHECK(contains(method.err, "'fisher_z'"));
}

TEST_CASE("a flag without its value and a word too many are usage errors") {
  CHECK(run_causal({"discover", "data.csv", "--alpha"}).exit_code == 2);
  CHECK(run_causal({"describe", "pc", "fisher_z"}).exit_code == 2);
  CHECK(run_causal({"discover"}).exit_code == 2);
  CHECK(run_causal({"describe"}).exit_code == 2);
  CHECK(run_causal({"report"}).exit_code == 2);
  CHECK(run_causal({"compare"}).exit_code == 2);
  CHECK(run_causal({"convert", "a.json"}).exit_code == 2);
  CHECK(run_causal({"list", "nonsense"}).exit_code == 2);
}

TEST_CASE("errors are three lines, or one JSON object with --json") {
  const ProcessResult plain = run_causal({"discover", "/nowhere/data.csv"});
  CHECK(plain.exit_code == 7);
  CHECK(plain.err.starts_with("error: "));
  CHECK(contains(plain.err, "/nowhere/data.csv"));
  const ProcessResult json = run_causal({"discover", "/nowhere/data.csv", "--json"});
  CHECK(json.exit_code == 7);
  CHECK(json.out.empty());
  const causal::io::Json error = causal::io::Json::parse(json.err).at("error");
  CHECK(error.at("exit_code").as_integer() == 7);
  CHECK_FALSE(error.at("message").as_string().empty());
  CHECK(causal::io::Json::parse(run_causal({"discover", "d.csv", "--json", "--alpa", "1"}).err)
            .at("error")
            .at("exit_code")
            .as_integer() == 2);
}

TEST_CASE("version, list and describe speak JSON too") {
  using causal::io::Json;
  CHECK(contains(run_causal({"version"}).out, "causal 0."));
  CHECK(contains(run_causal({"--version"}).out, "causal 0."));
  CHECK(Json::parse(run_causal({"version", "--json"}).out).at("tool").as_string() == "causal");
  const Json list = Json::parse(run_causal({"list", "--json"}).out);
  CHECK(list.at("algorithms").as_array().front().at("name").as_string() == "pc");
  CHECK(list.at("tests").as_array().size() >= 1);
  const ProcessResult tests = run_causal({"list", "tests"});
  CHECK(contains(tests.out, "fisher_z"));
  CHECK_FALSE(contains(tests.out, "Colombo"));  // the source of pc, which is no test
  for (const Json& test : list.at("tests").as_array()) {
    const ProcessResult described = run_causal({"describe", test.at("name").as_string()});
    CHECK(described.exit_code == 0);
    CHECK(contains(described.out, test.at("title").as_string()));
  }
  const ProcessResult pc = run_causal({"describe", "pc"});
  CHECK(contains(pc.out, "--collider-rule"));
  CHECK(contains(pc.out, "Assumptions"));
}

TEST_CASE("after -- every word is a name, also one that begins with a dash") {
  const TemporaryFolder folder;
  REQUIRE_FALSE(folder.file("-data.csv", collider_csv(200)).empty());
  const ProcessResult result = run_causal({"discover", "-q", "--", "-data.csv"}, {.directory = folder.path().string()});
  CHECK(result.err.empty());
  CHECK(result.exit_code == 0);
}
