// labels: cli
// causal bandit: policies compared and played, sets worth setting, and what is refused.

#include <algorithm>
#include <sstream>

#include "refused.hpp"
#include "run_causal.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal::test;
using causal::io::Json;

namespace {

const TemporaryFolder& folder() {
  static const TemporaryFolder made;
  return made;
}

JsonSchema schema_of(const std::string& name) {
  return JsonSchema::from_file(std::string(CAUSAL_SOURCE_DIR "/data/schemas/causal.") + name + ".1.schema.json");
}

std::vector<std::string> compare(const std::vector<std::string>& more = {}) {
  std::vector<std::string> words{"bandit",     "compare", "--policies",  "linear_thompson,csl_ucb,uniform",
                                 "--nodes",    "5",       "--instances", "4",
                                 "--horizon",  "120",     "--seed",      "5",
                                 "--no-timing"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

}  // namespace

TEST_CASE("compare writes a record that its schema describes, the same for every number of threads") {
  const ProcessResult one = run_causal(compare({"--json", "--threads", "1", "--at", "20,60"}));
  CAPTURE(one.err);
  REQUIRE(one.exit_code == 0);
  CHECK(run_causal(compare({"--json", "--threads", "2", "--at", "20,60"})).out == one.out);
  CHECK(run_causal(compare({"--json", "--threads", "4", "--at", "20,60"})).out == one.out);
  const Json json = Json::parse(one.out);
  CHECK(schema_of("bandit").violation(json) == "");
  CHECK(json.at("runs").as_array().size() == 12);
  CHECK(json.at("summaries").as_array().size() == 3);
  CHECK(json.at("summaries").as_array().at(0).at("against_first").is_null());
  const Json& chance = json.at("summaries").as_array().at(2);
  CHECK(chance.at("against_first").at("worse").as_integer() == 4);
  CHECK(chance.at("against_first").at("ratio").as_number() > 1);
  CHECK(chance.at("regret_at").as_array().size() == 2);
  const ProcessResult timed =
      run_causal({"bandit", "compare", "--policies", "uniform", "--nodes", "3", "--instances", "1", "--json"});
  CHECK(schema_of("bandit").violation(Json::parse(timed.out)) == "");
  CHECK(contains(timed.out, "\"timing\""));
}

TEST_CASE("the table has a line for each policy, and options reach the policies") {
  const ProcessResult table = run_causal(compare({"-f", "txt"}));
  CHECK(table.exit_code == 0);
  const std::vector<std::string> lines = lines_of(table.out);
  REQUIRE(lines.size() == 6);
  CHECK(lines[0].starts_with("4 systems of 5 nodes, 120 rounds"));
  CHECK(lines[2].starts_with("linear_thompson"));
  CHECK(lines[4].starts_with("uniform"));
  const Json json = Json::parse(run_causal(compare({"--json", "--forced-explore", "1", "--ridge", "3"})).out);
  const Json& policies = json.at("policies");
  CHECK(policies.as_array().at(0).at("options").at("ridge").as_string() == "3");
  CHECK(policies.as_array().at(0).at("options").at("forced_explore").as_string() == "1");
  CHECK(policies.as_array().at(1).at("options").at("forced_explore").as_string() == "1");
  CHECK(policies.as_array().at(2).at("options").as_object().size() == 0);
}

TEST_CASE("traces hold every round, and run repeats one of them") {
  const std::string traces = folder() / "traces.csv";
  REQUIRE(run_causal(compare({"--json", "--traces", traces})).exit_code == 0);
  const std::vector<std::string> lines = lines_of(text_of(traces));
  CHECK(lines.size() == 1 + 12 * 120);
  CHECK(lines[0].starts_with("policy,instance,repeat,round,action,reward"));
  const ProcessResult one = run_causal(
      {"bandit", "run", "--policy", "csl_ucb", "--nodes", "5", "--instance", "2", "--horizon", "120", "--seed", "5"});
  REQUIRE(one.exit_code == 0);
  CHECK(contains(one.err, "csl_ucb: regret"));
  const std::vector<std::string> rounds = lines_of(one.out);
  REQUIRE(rounds.size() == 121);
  std::vector<std::string> same;
  for (const std::string& line : lines) {
    if (line.starts_with("csl_ucb,2,0,")) same.push_back(line.substr(std::string("csl_ucb,2,0,").size()));
  }
  CHECK(same == std::vector<std::string>(rounds.begin() + 1, rounds.end()));
  check_refused(compare({"--json", "--traces", traces}), 2, "exists");
  check_refused(compare({"--traces", folder() / "new.csv", "--memory-limit", "10K"}), 6, "the traces need");
}

TEST_CASE("the record holds intervals of mean and median, and null where there is one system only") {
  const Json json = Json::parse(run_causal(compare({"--json"})).out);
  CHECK(schema_of("bandit").violation(json) == "");
  for (const Json& summary : json.at("summaries").as_array()) {
    for (const std::string name : {"mean", "median"}) {
      const Json& interval = summary.at(name + "_interval");
      CHECK(interval.at("low").as_number() <= summary.at("regret").at(name).as_number());
      CHECK(interval.at("high").as_number() >= summary.at("regret").at(name).as_number());
    }
  }
  const ProcessResult one = run_causal(
      {"bandit", "compare", "--policies", "uniform", "--nodes", "5", "--instances", "1", "--horizon", "20", "--json"});
  const Json single = Json::parse(one.out);
  CHECK(schema_of("bandit").violation(single) == "");
  CHECK(single.at("summaries").as_array().at(0).at("mean_interval").is_null());
}

TEST_CASE("a grid that was stopped goes on from its checkpoint, and a foreign or damaged one is refused") {
  const std::string path = folder() / "grid.checkpoint", first = folder() / "first.csv",
                    second = folder() / "second.csv";
  const ProcessResult whole = run_causal(compare({"--json", "--traces", first}));
  const ProcessResult stopped = run_causal(
      compare({"--json", "--traces", folder() / "part.csv", "--checkpoint", path, "--time-limit-s", "1e-6"}));
  CHECK(stopped.exit_code == 6);
  const ProcessResult rest =
      run_causal(compare({"--json", "--traces", second, "--checkpoint", path, "--threads", "2"}));
  CHECK(rest.exit_code == 0);
  CHECK(rest.out == whole.out);
  CHECK(text_of(second) == text_of(first));
  const ProcessResult again = run_causal(compare({"--json", "--traces", folder() / "third.csv", "--checkpoint", path}));
  CHECK(again.out == whole.out);
  CHECK(contains(again.err, "12 of 12 runs taken from"));
  check_refused(compare({"--traces", folder() / "4.csv", "--checkpoint", path, "--edge-probability", "0.7"}), 3,
                "the file says edge_probability 0.5, this grid edge_probability 0.7");
  check_refused(compare({"--traces", folder() / "4.csv", "--checkpoint", path, "--ridge", "3"}), 3, "another grid");
  check_refused(compare({"--traces", folder() / "4.csv", "--checkpoint", first}), 3, "no checkpoint");
  check_refused(compare({"--checkpoint", "-"}), 2, "is no file");
  check_refused(compare({"--checkpoint", "/dev/null"}), 2, "is no file");
  // Layered systems have weights of their own, whose defaults are not those of the others.
  const std::string layered = folder() / "layered.checkpoint";
  REQUIRE(run_causal(compare({"--systems", "hierarchical", "--checkpoint", layered, "--json"})).exit_code == 0);
  check_refused(compare({"--systems", "hierarchical", "--checkpoint", layered, "--weight-min", "0.5"}), 3,
                "the file says weight_min 0.25, this grid weight_min 0.5");
}

TEST_CASE("a page of the comparison, at once and from the record") {
  const std::string page = folder() / "page.html", record = folder() / "record.json", later = folder() / "later.html";
  REQUIRE(run_causal(compare({"--json", "--report", page, "-o", record, "--change-at", "60"})).exit_code == 0);
  REQUIRE(run_causal({"report", record, "-o", later}).exit_code == 0);
  CHECK(text_of(page) == text_of(later));
  CHECK(contains(text_of(page), "class=\"change\""));
  CHECK(contains(text_of(page), "linear_thompson"));
  CHECK(schema_of("bandit").violation(Json::parse(text_of(record))) == "");
}

TEST_CASE("presets, families of systems, and what cannot be drawn") {
  const Json json =
      Json::parse(run_causal({"bandit", "compare", "--policies", "recommended,paper", "--systems", "hierarchical",
                              "--nodes", "5", "--instances", "2", "--horizon", "60", "--json"})
                      .out);
  CHECK(json.at("policies").as_array().at(0).at("policy").as_string() == "order_thompson");
  CHECK(json.at("policies").as_array().at(1).at("policy").as_string() == "csl_ucb");
  CHECK(json.at("systems").at("systems").as_string() == "hierarchical");
  check_refused({"bandit", "compare", "--systems", "hierarchical", "--nodes", "6", "--layers", "2"}, 2, "must divide");
  check_refused({"bandit", "compare", "--systems", "hierarchical", "--nodes", "5", "--offset", "2"}, 2, "no effect");
  check_refused(compare({"--layers", "3"}), 2, "--layers has no effect on er systems");
  check_refused(compare({"--edges-per-node", "3"}), 2, "--edges-per-node has no effect");
  check_refused(compare({"--change-columns", "3"}), 2, "without --change-at");
  check_refused(compare({"--change-at", "120"}), 2, "less than --horizon");
  check_refused(compare({"--system-sd", "2", "--system-sd-high", "1"}), 2, "system_sd_high");
  check_refused({"bandit", "run", "--change-at", "1000"}, 2, "less than --horizon");
  const std::string existing = folder() / "existing.html";
  std::ofstream(existing) << "mine";
  check_refused(compare({"--report", existing}), 2, "existing.html");
  CHECK(text_of(existing) == "mine");
  check_refused(compare({"--checkpoint", folder() / "absent/file"}), 7, "absent");
  check_refused({"bandit", "compare", "--horizon", "0"}, 2, "--horizon");
  check_refused({"bandit", "compare", "--nodes", "17", "--policies", "recommended"}, 2, "[1, 16]");
}

TEST_CASE("a time limit leaves a valid record and exit code 6") {
  const ProcessResult stopped = run_causal(compare({"--json", "--time-limit-s", "1e-6"}));
  CHECK(stopped.exit_code == 6);
  const Json json = Json::parse(stopped.out);
  CHECK(schema_of("bandit").violation(json) == "");
  CHECK(json.at("status").as_string() == "time_limit");
  CHECK(json.at("summaries").as_array().size() == 0);
  CHECK(contains(stopped.err, "stopped early"));
}

TEST_CASE("pomis lists the sets that can be optimal") {
  // Were there no hidden cause of X and Y, only {X} would be left. Sets of one size stand in the order of the file.
  const std::string graph = folder().file("iv.dagitty", "dag { Z -> X -> Y ; X <-> Y }\n");
  const ProcessResult text = run_causal({"bandit", "pomis", graph, "--outcome", "Y", "-f", "txt"});
  CHECK(text.exit_code == 0);
  CHECK(text.out == "2 possibly optimal sets for Y\n  {Z}\n  {X}\n");
  const Json json = Json::parse(run_causal({"bandit", "pomis", graph, "--outcome", "Y", "--minimal", "--json"}).out);
  CHECK(schema_of("intervention_sets").violation(json) == "");
  CHECK(json.at("sets").as_array().size() == 3);
  const ProcessResult cut =
      run_causal({"bandit", "pomis", graph, "--outcome", "Y", "--minimal", "--max-sets", "1", "--json"});
  CHECK(cut.exit_code == 6);
  CHECK(schema_of("intervention_sets").violation(Json::parse(cut.out)) == "");
  check_refused({"bandit", "pomis", graph, "--outcome", "W"}, 2, "W");
  check_refused({"bandit", "pomis", graph}, 2, "--outcome");
}

TEST_CASE("list and describe know the policies") {
  const Json list = Json::parse(run_causal({"list", "policies", "--json"}).out);
  CHECK(list.at("policies").as_array().size() >= 9);
  const ProcessResult ucb = run_causal({"describe", "ucb1"});
  CHECK(ucb.exit_code == 0);
  CHECK(contains(ucb.out, "--ucb-coefficient"));
  CHECK_FALSE(contains(ucb.out, "--epsilon"));
}

TEST_CASE("wrong words are refused with exit code 2") {
  CHECK(run_causal({"bandit"}).exit_code == 2);
  CHECK(run_causal({"bandit", "--help"}).exit_code == 0);
  check_refused({"bandit", "compar"}, 2, "'compare'");
  check_refused({"bandit", "compare", "--policies", "ucb"}, 2, "'ucb1'");
  check_refused(compare({"--horizon", "0"}), 2, "horizon");
  check_refused(compare({"--epsilon", "0.2"}), 2, "unknown flag");
  check_refused({"bandit", "compare", "--policies", "uniform,uniform"}, 2, "twice");
  check_refused({"bandit", "compare", "--nodes", "40", "--policies", "ucb1"}, 2, "at most 20");
}
