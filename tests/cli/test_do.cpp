// labels: cli golden
// causal do: answers by every way, and what it says when there is none.

#include <cmath>
#include <filesystem>

#include "refused.hpp"
#include "run_causal.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal::test;
using causal::io::Json;

namespace {

const std::string kData = CAUSAL_SOURCE_DIR "/data/";

const TemporaryFolder& folder() {
  static const TemporaryFolder made;
  return made;
}

// The answer as JSON, which must fit the schema and the exit code.
Json ask(std::vector<std::string> words, int exit_code = 0) {
  words.insert(words.begin(), "do");
  words.emplace_back("--json");
  const ProcessResult result = run_causal(words);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == exit_code);
  const Json answer = Json::parse(result.out);
  static const JsonSchema schema =
      JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.distribution.1.schema.json");
  CHECK(schema.violation(answer) == "");
  CHECK(answer.at("answered").as_bool() == (exit_code == 0));
  return answer;
}

double probability(const Json& answer, std::size_t cell) {
  return answer.at("cells").as_array()[cell].at("probability").as_number();
}

std::string refusal(const Json& answer) { return answer.at("refusal").at("kind").as_string(); }

// The exit code and the first words on stderr of a call that fails.
void fails(std::vector<std::string> words, int exit_code, const std::string& part) {
  words.insert(words.begin(), "do");
  check_refused(words, exit_code, part);
}

// X = U_X, H = .5 X + U_H, Y = .7 X + .4 H + U_Y.
std::string student() {
  return folder().file("student.json", R"({"schema": "causal.scm/1", "nodes": [
    {"name": "X", "mechanism": {"kind": "linear", "coefficients": [], "noise": {"law": "gaussian"}}},
    {"name": "H", "parents": ["X"], "mechanism": {"kind": "linear", "coefficients": [0.5], "noise": {"law": "gaussian"}}},
    {"name": "Y", "parents": ["X", "H"], "mechanism": {"kind": "linear", "coefficients": [0.7, 0.4], "noise": {"law": "gaussian"}}}]})");
}

// x -> y by a table with chance.
std::string coin() {
  return folder().file("coin.json", R"({"schema": "causal.scm/1", "nodes": [
    {"name": "x", "levels": ["0", "1"], "mechanism": {"kind": "table", "probabilities": [[0.4, 0.6]]}},
    {"name": "y", "levels": ["0", "1"], "parents": ["x"], "mechanism": {"kind": "table", "probabilities": [[0.9, 0.1], [0.3, 0.7]]}}]})");
}

}  // namespace

TEST_CASE("smoking, tar and cancer: .7465 and .4577 by ID and by the comb") {
  // Provenance: Jacobs, Kissinger, Zanasi, "Causal inference by string diagram surgery", FoSSaCS 2019, section 5.
  const Json smokers =
      ask({kData + "smoking.dagitty", "--table", kData + "smoking.csv", "--set", "s=1", "--query", "c"});
  CHECK(std::abs(probability(smokers, 1) - 0.746522366522366) < 1e-12);
  CHECK(smokers.at("cells").as_array()[1].at("values").as_array()[0].as_string() == "1");
  CHECK(smokers.at("cells").as_array()[1].at("seen").as_number() == doctest::Approx(0.51 / 0.63));
  CHECK(smokers.at("method").as_string() == "id");
  CHECK(contains(smokers.at("estimand").at("text").as_string(), "sum_{t}"));
  CHECK(smokers.at("comb").at("exists").as_bool());
  CHECK(smokers.at("comb").at("teeth").as_array().size() == 2);
  CHECK(smokers.at("comb").at("difference").as_number() < 1e-12);
  const Json others =
      ask({kData + "smoking.dagitty", "--table", kData + "smoking.csv", "--set", "s=0", "--query", "c"});
  CHECK(std::abs(probability(others, 1) - 0.457702702702702) < 1e-12);
  const std::string bidirected = folder().file("g.dagitty", "dag { s -> t\n t -> c\n s <-> c }");
  const Json same = ask({bidirected, "--table", kData + "smoking.csv", "--set", "s=1", "--query", "c"});
  CHECK(probability(same, 1) == probability(smokers, 1));
}

TEST_CASE("an effect that is not identifiable is refused with its hedge and the path in the way of a comb") {
  const std::string bow = folder().file("bow.dagitty", "dag { s -> c\n s <-> c }");
  const Json answer = ask({bow, "--table", kData + "smoking.csv", "--set", "s=1", "--query", "c"}, 4);
  CHECK(refusal(answer) == "not_identifiable");
  CHECK(answer.at("refusal").at("hedge").at("outer").as_array().size() == 2);
  CHECK_FALSE(answer.at("comb").at("exists").as_bool());
  CHECK(answer.at("comb").at("obstruction").as_array()[1].as_string() == "c");
  const ProcessResult text =
      run_causal({"do", bow, "--table", kData + "smoking.csv", "--set", "s=1", "--query", "c", "-f", "txt"});
  CHECK(text.exit_code == 4);
  CHECK(contains(text.out, "not identifiable"));
  CHECK(contains(text.out, "hedge"));
}

TEST_CASE("what was seen before the intervention makes a counterfactual, identified from the table or refused") {
  const std::string model = kData + "smoking.dagitty";
  const std::string table = kData + "smoking.csv";
  // Of those who do not smoke: sum_t P(t | s = 1) P(c = 1 | s = 0, t).
  const Json others = ask({model, "--table", table, "--set", "s=1", "--given", "s=0", "--query", "c"});
  CHECK(std::abs(probability(others, 1) - (0.6 / 0.63 * 0.1 / 0.15 + 0.03 / 0.63 * 0.02 / 0.22)) < 1e-12);
  CHECK(probability(others, 0) + probability(others, 1) == doctest::Approx(1));
  // Whether this one smoker with cancer would have been spared is not in the table.
  const Json one = ask({model, "--table", table, "--set", "s=0", "--given", "s=1,c=1", "--query", "c"}, 4);
  CHECK(refusal(one) == "not_identifiable");
  // Consistency: setting what was the case changes nothing.
  const Json same = ask({model, "--table", table, "--set", "s=1", "--given", "s=1,c=1", "--query", "c"});
  CHECK(probability(same, 1) == doctest::Approx(1));
  // The effect on everybody is that on both groups, by their size.
  const Json smokers = ask({model, "--table", table, "--set", "s=1", "--given", "s=1", "--query", "c"});
  CHECK(0.63 * probability(smokers, 1) + 0.37 * probability(others, 1) == doctest::Approx(0.746522366522366));
}

TEST_CASE("rows of data are counted, and what was never seen is zero support") {
  const std::string graph = folder().file("confounded.dagitty", "dag { z -> x\n z -> y\n x -> y }");
  const std::string rows = folder().file("rows.csv", "z,x,y\n0,0,0\n0,1,1\n0,1,0\n1,0,1\n1,1,1\n1,1,1\n1,0,0\n0,0,0\n");
  // P(y | do x=1) = P(z=0) 1/2 + P(z=1) 1.
  CHECK(probability(ask({graph, "--table", rows, "--set", "x=1", "--query", "y"}), 1) == doctest::Approx(0.75));
  CHECK(probability(ask({graph, "--table", rows, "--set", "x=1", "--given", "z=0", "--query", "y"}), 1) ==
        doctest::Approx(0.5));
  const std::string gap = folder().file("gap.csv", "z,x,y\n0,0,0\n0,1,1\n1,0,1\n1,0,0\n");
  const Json refused = ask({graph, "--table", gap, "--set", "x=1", "--query", "y"}, 4);
  CHECK(refusal(refused) == "zero_support");
  CHECK(contains(refused.at("refusal").at("reason").as_string(), "z = 1"));
}

TEST_CASE("a Bayesian network answers interventions, and counterfactuals where its tables allow") {
  // P(xray = yes | do(lung = no)) = sum over either of P(xray | either) P(either | lung = no): 0.0104 tub.
  const Json answer = ask({kData + "asia.bif", "--set", "lung=no", "--query", "xray"});
  CHECK(answer.at("source").as_string() == "network");
  CHECK(probability(answer, 0) == doctest::Approx(0.98 * 0.0104 + 0.05 * (1 - 0.0104)));
  CHECK(answer.at("cells").as_array()[0].at("values").as_array()[0].as_string() == "yes");
  // Setting differs from seeing: smoking explains bronchitis, bronchitis does not make anybody smoke.
  const Json smoke = ask({kData + "asia.bif", "--set", "bronc=yes", "--query", "smoke"});
  CHECK(probability(smoke, 0) == doctest::Approx(0.5));
  CHECK(smoke.at("cells").as_array()[0].at("seen").as_number() == doctest::Approx(0.3 / 0.45));
  const Json crossing =
      ask({kData + "asia.bif", "--given", "smoke=yes,lung=yes", "--set", "smoke=no", "--query", "lung"}, 4);
  CHECK(refusal(crossing) == "not_identifiable");
  CHECK(crossing.at("refusal").at("node").as_string() == "lung");
}

TEST_CASE("structural models answer counterfactuals exactly, in closed form and under assumptions") {
  // Provenance: Pearl, Glymour, Jewell, "Causal Inference in Statistics: A Primer", section 4.2.3.
  const Json exact = ask({student(), "--given", "X=0.5,H=1,Y=1.5", "--set", "H=2", "--query", "Y"});
  CHECK(exact.at("method").as_string() == "exact");
  CHECK(exact.at("moments").as_array()[0].at("mean").as_number() == doctest::Approx(1.90).epsilon(1e-14));
  const Json partial = ask({student(), "--given", "X=0.5", "--set", "H=2", "--query", "Y"});
  CHECK(partial.at("method").as_string() == "gaussian");
  CHECK(partial.at("moments").as_array()[0].at("mean").as_number() == doctest::Approx(0.7 * 0.5 + 0.8));
  CHECK(partial.at("moments").as_array()[0].at("sd").as_number() == doctest::Approx(1));
  const Json after = ask({student(), "--after", "Y=1.5", "--set", "H=2", "--query", "X"});
  CHECK(after.at("moments").as_array()[0].at("mean").as_number() == doctest::Approx(0.7 * 0.7 / 1.49));

  CHECK(probability(ask({coin(), "--set", "x=1", "--query", "y"}), 1) == doctest::Approx(0.7));
  const std::vector<std::string> crossing{coin(), "--given", "x=0,y=0", "--set", "x=1", "--query", "y"};
  CHECK(refusal(ask(crossing, 4)) == "not_identifiable");
  std::vector<std::string> assumed = crossing;
  assumed.emplace_back("--independent-responses");
  const Json answer = ask(assumed);
  CHECK(probability(answer, 1) == doctest::Approx(0.7));
  CHECK(answer.at("warnings").as_array().size() == 1);
}

TEST_CASE("evidence of probability zero is an answer, not an error") {
  const std::string copy = folder().file("copy.json", R"({"schema": "causal.scm/1", "nodes": [
    {"name": "x", "levels": ["0", "1"], "mechanism": {"kind": "table", "probabilities": [[0.4, 0.6]]}},
    {"name": "y", "levels": ["0", "1"], "parents": ["x"], "mechanism": {"kind": "table", "probabilities": [[1, 0], [0, 1]]}}]})");
  CHECK(refusal(ask({copy, "--given", "x=0,y=1", "--set", "x=1", "--query", "y"}, 4)) == "zero_support");
  CHECK(probability(ask({copy, "--given", "x=0,y=0", "--set", "x=1", "--query", "y"}), 1) == 1);
}

TEST_CASE("a terminal gets a table") {
  const ProcessResult result = run_causal(
      {"do", kData + "smoking.dagitty", "--table", kData + "smoking.csv", "--set", "s=1", "--query", "c", "-f", "txt"});
  CHECK(result.exit_code == 0);
  CHECK(contains(result.out, "P(c | do(s = 1)): identified by ID"));
  CHECK(contains(result.out, "  1  0.7465223665  0.8095238095"));
  CHECK(contains(result.out, "the comb with teeth {s} {c} gives the same"));
}

TEST_CASE("diagrams are drawn before and after surgery") {
  const std::string stem = folder() / "picture";
  for (const std::string extension : {".dot", ".tex", ".json"}) {
    (void)ask({kData + "smoking.dagitty", "--table", kData + "smoking.csv", "--set", "s=1", "--query", "c", "--diagram",
               stem + extension});
    const std::string before = text_of(stem + ".before" + extension);
    const std::string after = text_of(stem + ".after" + extension);
    CHECK(contains(before, "h"));
    CHECK_FALSE(after.empty());
    CHECK(before != after);
  }
  const Json before = Json::parse(text_of(stem + ".before.json"));
  CHECK(before.at("boxes").as_array().size() == 4);
  CHECK(before.at("cod").as_array().size() == 3);
  fails({kData + "smoking.dagitty", "--table", kData + "smoking.csv", "--set", "s=1", "--query", "c", "--diagram",
         stem + ".json"},
        2, "exists");
  fails({kData + "smoking.dagitty", "--table", kData + "smoking.csv", "--query", "c", "--diagram", "x.png"}, 2, ".dot");
}

TEST_CASE("what cannot be asked is refused with the exit code of its kind") {
  const std::string smoking = kData + "smoking.dagitty";
  const std::string table = kData + "smoking.csv";
  fails({smoking, "--table", table, "--set", "q=1", "--query", "c"}, 2, "'q'");
  fails({smoking, "--table", table, "--set", "s=7", "--query", "c"}, 2, "'7' is no value of 's'");
  fails({smoking, "--table", table, "--set", "s", "--query", "c"}, 2, "NAME=VALUE");
  fails({smoking, "--table", table, "--set", "s=1,s=0", "--query", "c"}, 2, "given twice");
  fails({smoking, "--table", table, "--set", "c=1", "--query", "c"}, 2, "two parts");
  fails({smoking, "--table", table, "--set", "s=1"}, 2, "--query");
  fails({smoking, "--table", table, "--set", "s=1", "--query", "h"}, 2, "latent");
  fails({smoking, "--set", "s=1", "--query", "c"}, 2, "--table");
  fails(
      {smoking, "--table", folder().file("sum.csv", "s,t,c,p\n1,1,1,0.5\n0,0,0,0.6\n"), "--set", "s=1", "--query", "c"},
      3, "1.1");
  fails({folder().file("cycle.dagitty", "dag { s -> t\n t -> c\n c -> s }"), "--table", table, "--set", "s=1",
         "--query", "c"},
        3, "cycle s -> t -> c -> s");
  fails({folder().file("wide.dagitty", "dag { s -> t\n t -> c\n z -> c }"), "--table", table, "--set", "s=1", "--query",
         "c"},
        2, "no column for 'z'");
  fails({folder().file("broken.json", R"({"schema": "causal.scm/1", "nodes": [{"name": "x", "mechanism": {}}]})"),
         "--query", "x"},
        3, "nodes[0].mechanism");
  fails({coin(), "--set", "x=2", "--query", "y"}, 2, "'2' is no value of 'x'");
  fails({"nowhere.json", "--query", "x"}, 7, "nowhere.json");

  const std::string picture = folder() / "refused", answer = folder() / "refused.json";
  fails({smoking, "--table", table, "--set", "s=7", "--query", "c", "--diagram", picture + ".dot", "-o", answer}, 2,
        "'7'");
  for (const std::string& file : {picture + ".before.dot", picture + ".after.dot", answer}) {
    CAPTURE(file);
    CHECK_FALSE(std::filesystem::exists(file));
  }
}
