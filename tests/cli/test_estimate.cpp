// labels: cli golden
// causal estimate and causal refute: numbers on real data, questions from graphs, records, what they refuse.
#include <cmath>

#include "run_causal.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal::test;
using causal::io::Json;

namespace {

const std::string kData = CAUSAL_SOURCE_DIR "/data/";
const std::vector<std::string> kNsw{"estimate",    kData + "nsw.csv",
                                    "--treatment", "treat",
                                    "--outcome",   "re78",
                                    "--adjust",    "age,age^2,educ,black,hisp,marr,nodegree,re74,re75"};

const TemporaryFolder& folder() {
  static const TemporaryFolder made;
  return made;
}

std::vector<std::string> with(std::vector<std::string> words, const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// The record that the command writes, which must fit the schema.
Json record_of(const std::vector<std::string>& words, int exit_code = 0) {
  const ProcessResult result = run_causal(with(words, {"--json"}));
  CAPTURE(result.err);
  REQUIRE(result.exit_code == exit_code);
  const Json record = Json::parse(result.out);
  static const JsonSchema schema =
      JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.estimate.1.schema.json");
  CHECK(schema.violation(record) == "");
  return record;
}

double number(const Json& record, std::size_t index, const char* key) {
  return record.at("estimates").as_array().at(index).at(key).as_number();
}

}  // namespace

// Values of lm() with the sandwich formulas in R 4.2, and of the formulas of IPW and AIPW written out there.
TEST_CASE("the NSW experiment: several methods side by side, and the same bytes at any number of threads") {
  const std::vector<std::string> words =
      with(kNsw, {"-m", "regression,aipw", "--folds", "1", "--covariance", "hc2", "--no-timing"});
  const Json record = record_of(words);
  REQUIRE(record.at("estimates").as_array().size() == 2);
  CHECK(number(record, 0, "value") == doctest::Approx(1675.862359).epsilon(1e-8));
  CHECK(number(record, 0, "std_error") == doctest::Approx(677.1163508).epsilon(1e-8));
  CHECK(number(record, 1, "n_used") == 445);
  CHECK(record.at("question").at("treated").as_string() == "1");
  const std::string one = run_causal(with(words, {"--json", "--threads", "1"})).out;
  CHECK(one == run_causal(with(words, {"--json", "--threads", "2"})).out);
  CHECK(one == run_causal(with(words, {"--json", "--threads", "4"})).out);
}

TEST_CASE("an instrument: nearness of a college and schooling") {
  const Json record = record_of({"estimate", kData + "close_college.csv", "--treatment", "educ", "--outcome", "lwage",
                                 "--instruments", "nearc4", "--adjust", "exper,black,south,married,smsa", "--missing",
                                 "drop", "--types", "married=cont", "-m", "iv", "--covariance", "classic"});
  CHECK(number(record, 0, "value") == doctest::Approx(0.1241642355).epsilon(1e-8));
  CHECK(number(record, 0, "std_error") == doctest::Approx(0.04995580225).epsilon(1e-8));
  CHECK(number(record, 0, "n_used") == 3003);
  CHECK(record.at("estimates").as_array().at(1).at("method").as_string() == "anderson_rubin");
  CHECK(record.at("run").at("warnings").as_array().size() == 1);  // The rows that were dropped.
}

TEST_CASE("a graph says what to adjust for, finds front doors, and says when there is no way") {
  const std::string confounded =
      folder().file("g.dagitty",
                    "dag { treat [exposure] re78 [outcome] age -> treat age -> re78 educ -> treat "
                    "educ -> re78 treat -> re78 }");
  const Json record = record_of({"estimate", kData + "nsw.csv", "--graph", confounded, "-m", "regression"});
  CHECK(record.at("question").at("identified_by").as_string() == "backdoor");
  CHECK(record.at("question").at("adjustment_set").as_array().size() == 2);
  CHECK(record.at("question").at("treatment").as_string() == "treat");

  const Json door =
      record_of({"estimate", kData + "smoking.csv", "--graph", kData + "smoking.dagitty", "--weights", "p"});
  CHECK(door.at("question").at("identified_by").as_string() == "frontdoor");

  const std::string hidden = folder().file("h.dagitty",
                                           "dag { treat [exposure] re78 [outcome] U [latent] U -> treat "
                                           "U -> re78 treat -> re78 }");
  const ProcessResult none = run_causal({"estimate", kData + "nsw.csv", "--graph", hidden});
  CHECK(none.exit_code == 4);
  CHECK(contains(none.err, "does not identify"));

  const std::string apart = folder().file("a.dagitty", "dag { treat [exposure] re78 [outcome] age -> re78 }");
  const Json nothing = record_of({"estimate", kData + "nsw.csv", "--graph", apart});
  CHECK(nothing.at("question").at("identified_by").as_string() == "no_effect");
  CHECK(nothing.at("estimates").as_array().empty());

  const ProcessResult two = run_causal({"estimate", kData + "nsw.csv", "--graph", confounded, "--adjust", "age"});
  CHECK(two.exit_code == 2);
}

TEST_CASE("a record is checked again from its own flags, and made into a page") {
  const std::string path = folder().path().string() + "/run.json";
  REQUIRE(run_causal(with(kNsw, {"-m", "regression", "-o", path})).exit_code == 0);
  const ProcessResult again = run_causal({"refute", path, "--replicates", "20", "--benchmark", "re75", "--json"});
  CAPTURE(again.err);
  REQUIRE(again.exit_code == 0);
  const Json refuted = Json::parse(again.out);
  CHECK(refuted.at("refutations").as_array().size() == 6);
  for (const Json& item : refuted.at("refutations").as_array()) {
    if (const Json* original = item.find("original")) {
      CHECK(original->as_number() == doctest::Approx(1675.862359).epsilon(1e-8));
    }
  }
  // 2 benchmarks more than the first: 1, 2 and 3 times as strong.
  CHECK(refuted.at("sensitivity").at("omitted_variable").at("benchmarks").as_array().size() == 3);

  const std::string page = folder().path().string() + "/run.html";
  REQUIRE(run_causal({"report", path, "-o", page}).exit_code == 0);
  CHECK(contains(text_of(page), "causal-estimate"));
  CHECK(contains(text_of(page), "Regression adjustment"));

  const ProcessResult other = run_causal({"refute", path, "--data", kData + "cps.csv"});
  CHECK(other.exit_code == 3);
  const ProcessResult graph = run_causal({"refute", kData + "er20.truth.json"});
  CHECK(graph.exit_code == 3);
  CHECK(contains(graph.err, "no record of causal estimate"));
  CHECK(run_causal({"refute", path, "--checks", "placebo"}).exit_code == 2);
}

TEST_CASE("a record that cannot be used, and checks of what it does not hold, are refused before work starts") {
  const std::string path = folder().path().string() + "/good.json";
  REQUIRE(run_causal(with(kNsw, {"-m", "regression", "-o", path})).exit_code == 0);
  const std::string output = folder().path().string() + "/refuted.json";
  const auto refused = [&](std::vector<std::string> words, int exit_code, const std::string& text) {
    words.insert(words.end(), {"-o", output});
    const ProcessResult result = run_causal(words);
    CAPTURE(result.err);
    CHECK(result.exit_code == exit_code);
    CHECK(contains(result.err, text));
    CHECK(text_of(output).empty());
  };
  refused({"refute", path, "--benchmark", "height"}, 2, "height");
  refused({"refute", path, "-m", "aipw"}, 2, "aipw");
  refused({"refute", path, "--replicates", "3"}, 2, "replicates");
  refused({"refute", folder().path().string() + "/none.json"}, 7, "none.json");
  refused({"refute", folder().file("broken.json", "{\"schema\": ")}, 3, "broken.json:1");
  std::string text = text_of(path);
  const std::size_t at = text.find("\"treatment\": \"treat\"", text.find("\"flags\""));
  REQUIRE(at != std::string::npos);
  text.replace(at, 11, "\"treatmemt\"");
  refused({"refute", folder().file("flags.json", text)}, 3, "run.flags");
}

TEST_CASE("an option that several methods have is one flag, switches too; nothing is overwritten without force") {
  const Json record =
      record_of(with(kNsw, {"-m", "aipw,tmle", "--honest", "--folds", "2", "--outcome-learner", "ridge"}));
  for (const char* method : {"aipw", "tmle"}) {
    const Json& options = record.at("run").at("options").at(method);
    CHECK(options.at("honest").as_string() == "true");
    CHECK(options.at("folds").as_string() == "2");
    CHECK(options.at("outcome_learner").as_string() == "ridge");
  }
  const std::string there = folder().file("there.csv", "mine");
  for (const char* flag : {"-o", "--report", "--effects"}) {
    const ProcessResult result = run_causal(with(kNsw, {"-m", "cate", flag, there}));
    CHECK(result.exit_code == 2);
    CHECK(text_of(there) == "mine");
  }
}

TEST_CASE("what cannot be estimated is refused by name before work starts") {
  const auto refused = [](const std::vector<std::string>& words, int exit_code, const std::string& text) {
    const ProcessResult result = run_causal(words);
    CAPTURE(result.err);
    CAPTURE(text);
    CHECK(result.exit_code == exit_code);
    CHECK(contains(result.err, text));
    CHECK(result.out.empty());
  };
  const std::string nsw = kData + "nsw.csv";
  refused({"estimate", nsw, "--treatment", "treat"}, 2, "no outcome given");
  refused({"estimate", nsw, "--treatment", "treat", "--outcome", "re87"}, 2, "re87");
  refused({"estimate", nsw, "--treatment", "treat", "--outcome", "treat"}, 2, "treat");
  refused({"estimate", nsw, "--treatment", "treat", "--outcome", "re78", "--adjust", "age^x"}, 2, "age^x");
  refused({"estimate", nsw, "--treatment", "treat", "--outcome", "re78", "-m", "aipv"}, 2, "aipw");
  refused({"estimate", nsw, "--treatment", "treat", "--outcome", "re78", "-m", "iv"}, 2, "instrument");
  refused({"estimate", nsw, "--treatment", "age", "--outcome", "re78", "-m", "aipw"}, 3, "age");
  refused({"estimate", nsw, "--treatment", "treat", "--outcome", "re78", "--treated", "2"}, 2, "level '2'");
  const std::string hiv = kData + "thornton_hiv.csv";
  refused({"estimate", hiv, "--treatment", "any", "--outcome", "got"}, 3, "missing");
  const std::string one_arm = folder().file("one.csv", "t,y\n1,2.5\n1,3.5\n1,1.5\n");
  refused({"estimate", one_arm, "--treatment", "t", "--outcome", "y", "--types", "t=bin"}, 3, "t");
  const std::string no_weight = folder().file("w.csv", "t,y,w\n1,2.5,0\n0,3.5,0\n1,1.5,0\n0,0.5,0\n");
  refused({"estimate", no_weight, "--treatment", "t", "--outcome", "y", "--weights", "w"}, 3, "weight");
}

TEST_CASE("missing outcomes are weighted for only when that is asked for") {
  std::string csv = "t,x,y\n";
  for (int i = 0; i < 200; ++i) {
    const double x = std::sin(i * 12.9898);
    const int t = std::sin(i * 78.233) + x > 0 ? 1 : 0;
    csv += std::to_string(t) + "," + std::to_string(x) + "," +
           (i % 7 == 0 ? "" : std::to_string(2 * t + x + 0.3 * std::sin(i * 3.7))) + "\n";
  }
  const std::string path = folder().file("missing.csv", csv);
  const std::vector<std::string> words{"estimate", path, "--treatment", "t", "--outcome", "y", "--adjust", "x"};
  CHECK(run_causal(words).exit_code == 3);
  const Json dropped = record_of(with(words, {"--missing", "drop"}));
  CHECK(number(dropped, 0, "n") == 171);
  const Json weighted = record_of(with(words, {"--censoring-weights"}));
  CHECK(number(weighted, 0, "n") == 200);
  CHECK(number(weighted, 0, "value") == doctest::Approx(2).epsilon(0.1));
}

TEST_CASE("effects that vary: a line in the covariates, and a prediction for every row") {
  std::string csv = "t,x,y\n";
  for (int i = 0; i < 400; ++i) {
    const double x = std::sin(i * 12.9898);
    const int t = std::sin(i * 78.233) > 0 ? 1 : 0;
    const std::string outcome = i == 7 ? "" : std::to_string((1 + 2 * x) * t + x + 0.3 * std::sin(i * 3.7));
    csv += std::to_string(t) + "," + std::to_string(x) + "," + outcome + "\n";
  }
  const std::string path = folder().file("varying.csv", csv);
  const std::string effects = folder().path().string() + "/effects.csv";
  const std::vector<std::string> words{"estimate", path, "--treatment", "t",    "--outcome", "y",
                                       "--adjust", "x",  "--missing",   "drop", "--effects", effects};
  const Json record = record_of(with(words, {"-m", "cate"}));
  REQUIRE(record.at("estimates").as_array().size() == 3);  // The average, the intercept, x.
  CHECK(number(record, 1, "value") == doctest::Approx(1).epsilon(0.1));
  CHECK(number(record, 2, "value") == doctest::Approx(2).epsilon(0.1));
  const std::string rows = text_of(effects);
  CHECK(contains(rows, "\n7,"));
  CHECK_FALSE(contains(rows, "\n8,"));  // Its outcome is missing.
  CHECK(contains(rows, "\n400,"));
  CHECK(run_causal(words).exit_code == 2);
}

TEST_CASE("estimators are listed and described with their options") {
  const ProcessResult list = run_causal({"list", "estimators"});
  CHECK(list.exit_code == 0);
  for (const char* name : {"regression", "ipw", "aipw", "tmle", "matching", "plr", "iv", "frontdoor", "mediation"}) {
    CHECK(contains(list.out, name));
  }
  const ProcessResult described = run_causal({"describe", "aipw"});
  CHECK(described.exit_code == 0);
  CHECK(contains(described.out, "--outcome-learner"));
  CHECK(contains(described.out, "no_unmeasured_confounding"));
}
