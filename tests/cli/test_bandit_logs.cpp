// labels: cli
// causal bandit simulate, replay, detect and ope: logs drawn, read and judged, and what is refused.

#include <algorithm>
#include <cmath>
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

std::string path(const std::string& name) { return folder() / name; }

std::string schema_violation(const std::string& name, const Json& json) {
  return JsonSchema::from_file(std::string(CAUSAL_SOURCE_DIR "/data/schemas/causal.") + name + ".1.schema.json")
      .violation(json);
}

std::string written(const std::string& name, const std::string& text) {
  std::ofstream(path(name), std::ios::binary) << text;
  return path(name);
}

// A log of 1500 rounds on four nodes, its graph and what is true of it: log.csv, graph.json, truth.json.
void draw_log() {
  static const bool drawn = [] {
    const ProcessResult result =
        run_causal({"bandit", "simulate", "--nodes", "4", "--rounds", "1500", "--seed", "3", "-o", path("log.csv"),
                    "--graph-out", path("graph.json"), "--truth", path("truth.json")});
    return result.exit_code == 0;
  }();
  REQUIRE(drawn);
}

// The true mean reward of an arm, from the record of the truth: X's in any order, offsets and weights by bit.
double true_mean(const Json& truth, const std::vector<std::string>& on) {
  const Json& piece = truth.at("pieces").as_array().front();
  std::vector<std::pair<std::string, double>> means;
  const auto known = [&](const std::string& node) {
    return std::find_if(means.begin(), means.end(), [&](const auto& entry) { return entry.first == node; });
  };
  for (std::size_t sweep = 0; sweep < truth.at("nodes").as_array().size(); ++sweep) {
    for (const Json& mechanism : piece.at("mechanisms").as_array()) {
      const std::string node = mechanism.at("node").as_string();
      const bool bit = std::find(on.begin(), on.end(), node) != on.end();
      if (mechanism.at("bit").as_integer() != (bit ? 1 : 0) || known(node) != means.end()) continue;
      double mean = mechanism.at("offset").as_number();
      bool ready = true;
      for (const Json& parent : mechanism.at("parents").as_array()) {
        const auto at = known(parent.at("node").as_string());
        ready = ready && at != means.end();
        if (ready) mean += parent.at("weight").as_number() * at->second;
      }
      if (ready) means.emplace_back(node, mean);
    }
  }
  REQUIRE(known("Y") != means.end());
  return known("Y")->second;
}

}  // namespace

TEST_CASE("simulate draws a log, the same for the same seed, and says what is true") {
  draw_log();
  const std::vector<std::string> lines = lines_of(text_of(path("log.csv")));
  REQUIRE(lines.size() == 1501);
  CHECK(lines[0] == "X1,Y,X2,X3,do:X1,do:Y,do:X2,do:X3");
  const ProcessResult again = run_causal({"bandit", "simulate", "--nodes", "4", "--rounds", "1500", "--seed", "3"});
  CHECK(again.out == text_of(path("log.csv")));
  CHECK(run_causal({"bandit", "simulate", "--nodes", "4", "--rounds", "1500", "--seed", "4"}).out != again.out);
  const Json truth = Json::parse(text_of(path("truth.json")));
  CHECK(schema_violation("bandit_truth", truth) == "");
  CHECK(truth.at("pieces").as_array().size() == 1);
  CHECK(truth.at("change").is_null());
  const Json& best = truth.at("pieces").as_array().front().at("best_arm");
  std::vector<std::string> on;
  for (const Json& node : best.at("bits_on").as_array()) on.push_back(node.as_string());
  CHECK(std::abs(true_mean(truth, on) - best.at("mean_reward").as_number()) < 1e-9);
  // Other probabilities of the bits are logged.
  const std::string rare =
      run_causal({"bandit", "simulate", "--nodes", "2", "--rounds", "3", "--bits-probability", "0.2"}).out;
  CHECK(contains(lines_of(rare)[0], ",p:"));
  CHECK(lines_of(rare)[1].ends_with(",0.2,0.2"));
  CHECK(contains(run_causal({"bandit", "simulate", "--dry-run"}).out, "10 nodes, 1000 rounds"));
}

TEST_CASE("detect finds what simulate changed, and nothing where nothing did") {
  for (const std::string change : {"weights", "mean", "sd"}) {
    CAPTURE(change);
    std::vector<std::string> words{
        "bandit",  "simulate",           "--nodes", "6",  "--rounds",          "1000",        "--change-at",
        "500",     "--change",           change,    "-o", path("changed.csv"), "--graph-out", path("changed.json"),
        "--truth", path("changes.json"), "--force"};
    if (change != "weights") words.insert(words.end(), {"--change-size", "4"});
    REQUIRE(run_causal(words).exit_code == 0);
    const Json truth = Json::parse(text_of(path("changes.json")));
    CHECK(schema_violation("bandit_truth", truth) == "");
    CHECK(truth.at("pieces").as_array().size() == 2);
    for (const std::string detector : {"glr", "kl"}) {
      CAPTURE(detector);
      const ProcessResult found = run_causal(
          {"bandit", "detect", path("changed.csv"), "--graph", path("changed.json"), "--detector", detector, "--json"});
      REQUIRE(found.exit_code == 0);
      const Json json = Json::parse(found.out);
      CHECK(schema_violation("bandit_alarms", json) == "");
      const auto& alarms = json.at("alarms").as_array();
      REQUIRE(alarms.size() == 1);
      CHECK(alarms[0].at("node").as_string() == truth.at("changed").as_array().front().at("node").as_string());
      CHECK(alarms[0].at("bit").as_integer() == truth.at("changed").as_array().front().at("bit").as_integer());
      CHECK(alarms[0].at("round").as_integer() >= 500);
      CHECK(alarms[0].at("round").as_integer() < 600);
      CHECK(json.at("offset").is_null());
    }
  }
  draw_log();
  const ProcessResult quiet =
      run_causal({"bandit", "detect", path("log.csv"), "--graph", path("graph.json"), "-f", "txt"});
  CHECK(quiet.out == "0 alarms in 1500 rounds\n");
  CHECK(run_causal({"bandit", "detect", path("log.csv"), "--graph", path("graph.json"), "-f", "txt", "--offset", "1"})
            .out == quiet.out);
  // A wrong offset is a change from the start for the nodes without parents.
  CHECK(run_causal({"bandit", "detect", path("log.csv"), "--graph", path("graph.json"), "-f", "txt", "--offset", "-2"})
            .out != quiet.out);
}

TEST_CASE("replay shows a policy its rounds") {
  draw_log();
  const auto replayed = [](std::vector<std::string> more) {
    std::vector<std::string> words{"bandit", "replay", path("log.csv"), "--reward", "Y"};
    words.insert(words.end(), more.begin(), more.end());
    return run_causal(words);
  };
  const ProcessResult one = replayed({"--policy", "ucb1", "--json"});
  CAPTURE(one.err);
  REQUIRE(one.exit_code == 0);
  const Json json = Json::parse(one.out);
  CHECK(schema_violation("bandit_replay", json) == "");
  CHECK(json.at("offset").is_null());
  CHECK(json.at("bits_that_must_agree").as_array().size() == 4);
  // Four bits of probability 1/2: 1500 / 16 = 94 rounds, standard error sqrt(1500 * 15) / 16 = 9.4.
  const auto used = json.at("replayed").at("rounds").as_integer();
  CHECK(std::abs(static_cast<double>(used) - 1500.0 / 16) < 4 * 9.4);
  CHECK(json.at("logged").at("rounds").as_integer() == 1500);
  CHECK(replayed({"--policy", "ucb1", "--json", "--seed", "9"}).out != one.out);

  // A policy that knows the graph earns more than the log, whose arms were random.
  const Json knowing = Json::parse(
      replayed({"--policy", "linear_thompson", "--graph", path("graph.json"), "--offset", "1", "--json"}).out);
  CHECK(schema_violation("bandit_replay", knowing) == "");
  CHECK(knowing.at("offset").as_number() == 1);
  CHECK(knowing.at("replayed").at("ci_low").as_number() > knowing.at("logged").at("mean_reward").as_number());

  // Fewer bits must agree, so more rounds do.
  const Json fewer = Json::parse(replayed({"--policy", "uniform", "--relevant", "Y", "--json"}).out);
  CHECK(fewer.at("replayed").at("rounds").as_integer() > 650);
  CHECK(contains(replayed({"--policy", "order_thompson"}).err, "is told 0"));

  REQUIRE(replayed({"--policy", "ucb1", "-o", path("used.csv")}).exit_code == 0);
  const std::vector<std::string> rows = lines_of(text_of(path("used.csv")));
  CHECK(rows.size() == static_cast<std::size_t>(used) + 1);
  CHECK(rows[0].starts_with("round,X1,Y,"));
  const std::vector<std::string> log = lines_of(text_of(path("log.csv")));
  const std::size_t comma = rows[1].find(',');
  CHECK(rows[1].substr(comma + 1) == log[std::stoul(rows[1].substr(0, comma)) + 1]);
  // That file is a log itself, but for the number of the round.
  CHECK(run_causal({"bandit", "replay", path("used.csv"), "--ignore", "round", "--reward", "Y", "--policy", "uniform"})
            .exit_code == 0);

  const ProcessResult text = replayed({"--policy", "ucb1", "-f", "txt"});
  CHECK(contains(text.out, "rounds had the action that ucb1 chose, in the bits of X1, Y, X2, X3"));
  const std::string all_ones = written("ones.csv", "X,Y,do:X\n1,2,1\n1,3,1\n2,2,1\n");
  const ProcessResult none =
      run_causal({"bandit", "replay", all_ones, "--reward", "Y", "--policy", "explore_then_commit", "--json"});
  CHECK(none.exit_code == 4);
  CHECK(contains(none.err, "there is no estimate"));
  CHECK(contains(none.err, "never intervened on, having no column of bits: Y"));
  CHECK(Json::parse(none.out).at("replayed").at("mean_reward").is_null());
  CHECK(schema_violation("bandit_replay", Json::parse(none.out)) == "");
  // Bits that were not random are warned of.
  std::string text_log = "X,Y,do:X\n";
  for (int t = 0; t < 100; ++t) text_log += t % 10 == 0 ? "1,2,1\n" : "1,3,0\n";
  const ProcessResult uneven = run_causal(
      {"bandit", "replay", written("uneven.csv", text_log), "--reward", "Y", "--policy", "uniform", "-f", "txt"});
  CHECK(uneven.exit_code == 0);
  CHECK(contains(uneven.err, "the bit of 'X' was 1 in 10.0 % of the rounds"));
}

TEST_CASE("ope estimates what another policy would have earned") {
  draw_log();
  const Json truth = Json::parse(text_of(path("truth.json")));
  const ProcessResult result = run_causal({"bandit", "ope", path("log.csv"), "--reward", "Y", "--target", "X1=1,Y=1",
                                           "--graph", path("graph.json"), "--json", "--level", "0.999"});
  REQUIRE(result.exit_code == 0);
  const Json json = Json::parse(result.out);
  CHECK(schema_violation("off_policy", json) == "");
  CHECK(run_causal({"bandit", "ope", path("log.csv"), "--reward", "Y", "--target", "X1=1,Y=1", "--graph",
                    path("graph.json"), "--json", "--level", "0.999", "--threads", "1"})
            .out == result.out);
  const Json& policy = json.at("policies").as_array().front();
  const double mean = true_mean(truth, {"X1", "Y"});
  for (const char* name : {"ips", "snips", "direct", "doubly_robust"}) {
    CAPTURE(name);
    CHECK(policy.at(name).at("ci_low").as_number() < mean);
    CHECK(policy.at(name).at("ci_high").as_number() > mean);
  }
  // Known offsets or estimated ones: both are right here.
  const Json known = Json::parse(run_causal({"bandit", "ope", path("log.csv"), "--reward", "Y", "--target", "X1=1,Y=1",
                                             "--graph", path("graph.json"), "--json", "--offset", "1"})
                                     .out);
  CHECK(std::abs(known.at("policies").as_array().front().at("direct").at("value").as_number() -
                 policy.at("direct").at("value").as_number()) < 0.5);

  const std::string targets = written("targets.csv", "X1,Y\n1,1\n0,0.5\n0.25,0\n");
  const Json three = Json::parse(
      run_causal({"bandit", "ope", path("log.csv"), "--reward", "Y", "--target-csv", targets, "--json"}).out);
  CHECK(schema_violation("off_policy", three) == "");
  REQUIRE(three.at("policies").as_array().size() == 3);
  CHECK(three.at("policies").as_array()[1].at("target").at("Y").as_number() == 0.5);
  CHECK(three.at("policies").as_array()[0].at("direct").at("value").is_null());
  CHECK(three.at("policies").as_array()[0].at("direct").at("status").as_string() == "degenerate");

  // No round has the target's bit: nothing can be said.
  const std::string zeros = written("zeros.csv", "X,Y,do:X\n1,2,0\n1,3,0\n2,2,0\n");
  const ProcessResult none = run_causal({"bandit", "ope", zeros, "--reward", "Y", "--target", "X=1", "--json"});
  CHECK(schema_violation("off_policy", Json::parse(none.out)) == "");
  CHECK(none.exit_code == 4);
  CHECK(Json::parse(none.out).at("policies").as_array().front().at("effective_sample_size").as_number() == 0);
}

TEST_CASE("bad logs, graphs and flags are refused with their place") {
  draw_log();
  const std::string log = path("log.csv"), graph = path("graph.json");
  check_refused(
      {"bandit", "replay", written("bit.csv", "X,Y,do:X\n1,2,0\n1,2,3\n"), "--reward", "Y", "--policy", "uniform"}, 3,
      "bit.csv:3:5");
  check_refused(
      {"bandit", "replay", written("nan.csv", "X,Y,do:X\n1,2,0\n1,NaN,1\n"), "--reward", "Y", "--policy", "uniform"}, 3,
      "column 'Y': the value is missing");
  check_refused({"bandit", "ope", written("p.csv", "X,Y,do:X,p:X\n1,2,0,0\n"), "--reward", "Y", "--target", "X=1"}, 3,
                "column 'p:X': the propensity is 0");
  check_refused({"bandit", "replay", written("head.csv", "X,Y,do:X\n"), "--reward", "Y", "--policy", "uniform"}, 3,
                "no rows");
  check_refused({"bandit", "replay", written("bits.csv", "X,Y\n1,2\n"), "--reward", "Y", "--policy", "uniform"}, 3,
                "no column holds the bit of a node");
  check_refused({"bandit", "detect", written("extra.csv", "X1,X2,X3,Y,t,do:X1\n1,2,3,4,5,1\n"), "--graph", graph}, 3,
                "--ignore t");
  check_refused({"bandit", "detect", log}, 2, "--graph");
  check_refused({"bandit", "detect", log, "--graph", written("hidden.dagitty", "dag { X1 -> X2\n X1 <-> Y\n X3 }")}, 3,
                "admg");
  check_refused({"bandit", "detect", log, "--graph", graph, "--window", "1"}, 2, "window");
  check_refused({"bandit", "detect", log, "--graph", written("small.dagitty", "dag { X1 -> Y }")}, 3, "X2");
  check_refused({"bandit", "replay", log, "--policy", "uniform"}, 2, "--reward");
  check_refused({"bandit", "replay", log, "--reward", "W", "--policy", "uniform"}, 2, "W");
  check_refused({"bandit", "replay", log, "--reward", "Y", "--policy", "ucb"}, 2, "ucb1");
  check_refused({"bandit", "replay", log, "--reward", "Y", "--policy", "linear_thompson"}, 2, "--graph");
  check_refused({"bandit", "replay", log, "--reward", "Y", "--policy", "uniform", "--relevant", "W"}, 2, "W");
  check_refused({"bandit", "replay", path("absent.csv"), "--reward", "Y", "--policy", "uniform"}, 7, "absent.csv");
  check_refused({"bandit", "replay", log, "--reward", "Y", "--policy", "uniform", "-o", log, "--force"}, 2,
                "overwrite");
  check_refused({"bandit", "ope", log, "--reward", "Y"}, 2, "--target");
  check_refused({"bandit", "ope", log, "--reward", "Y", "--target", "X1"}, 2, "NODE=P");
  check_refused({"bandit", "ope", log, "--reward", "Y", "--target", "X1=2"}, 2, "[0, 1]");
  check_refused({"bandit", "ope", log, "--reward", "Y", "--target", "W=1"}, 2, "W");
  check_refused({"bandit", "ope", log, "--reward", "Y", "--target", "X1=1", "--offset", "1"}, 2, "without --graph");
  check_refused({"bandit", "ope", log, "--reward", "Y", "--target", "X1=1", "--propensity", "1"}, 2, "--propensity");
  check_refused({"bandit", "simulate", "--change", "mean"}, 2, "--change-at");
  check_refused({"bandit", "simulate", "--rounds", "10", "--change-at", "10"}, 2, "less than --rounds");
  check_refused({"bandit", "simulate", "--rounds", "0"}, 2, "--rounds");
  check_refused({"bandit", "simulate", "--bits-probability", "1"}, 2, "--bits-probability");
  check_refused({"bandit", "simulate", "-o", log}, 2, "log.csv");
}
