// labels: cli
// causal debias: a correction fitted, saved and used, and what is refused.

#include <cmath>
#include <memory>
#include <sstream>

#include "causal/estimation/debias/tweedie.hpp"
#include "causal/io/csv.hpp"
#include "causal/io/npy.hpp"
#include "refused.hpp"
#include "run_causal.hpp"
#include "support/json_schema.hpp"
#include "support/predicted_outcomes.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::test;
using causal::io::Json;

namespace {

const TemporaryFolder& folder() {
  static const TemporaryFolder made;
  return made;
}

std::string csv_of(const PredictedTrial& rows, bool with_outcome) {
  std::ostringstream out;
  out.precision(17);
  out << (with_outcome ? "f,y\n" : "f,a,e\n");
  for (Eigen::Index i = 0; i < rows.outcome.size(); ++i) {
    out << rows.prediction(i) << ',';
    if (with_outcome) {
      out << rows.outcome(i) << '\n';
    } else {
      out << rows.treatment(i) << ',' << rows.propensity(i) << '\n';
    }
  }
  return out.str();
}

const PredictedStudy& study() {
  static const PredictedStudy made = draw_study(5000, 1000, 4000, 1, 91);
  return made;
}

struct Files {
  std::string calibration = folder().file("calibration.csv", csv_of(study().calibration, true));
  std::string trial = folder().file("trial.csv", csv_of(study().trial, false));
};

const Files& files() {
  static const Files made;
  return made;
}

std::string fitted(const std::string& method) {
  const std::string path = folder() / (method + ".json");
  const ProcessResult result = run_causal({"debias", "fit", files().calibration, "--prediction", "f", "--outcome", "y",
                                           "--method", method, "-o", path, "--force"});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(result.out.empty());
  return path;
}

}  // namespace

TEST_CASE("fit, then the effect in a trial, as the library has it") {
  const test::JsonSchema schema =
      test::JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.debiaser.1.schema.json");
  for (const char* method : {"naive", "lcc", "tweedie"}) {
    CAPTURE(method);
    const std::string map = fitted(method);
    const Json json = Json::parse(text_of(map));
    CHECK(schema.violation(json) == "");
    CHECK(json.at("method").as_string() == method);
    const ProcessResult result = run_causal(
        {"debias", "ate", map, files().trial, "--prediction", "f", "--treatment", "a", "--propensity", "e", "--json"});
    CAPTURE(result.err);
    REQUIRE(result.exit_code == 0);
    const Json answer = Json::parse(result.out);
    CHECK(answer.at("schema").as_string() == "causal.estimate/1");
    const Json& estimate = answer.at("estimates").as_array().at(0);
    const auto debiaser = estimation::Debiaser::from_json(json);
    const auto expected =
        debiaser->ate(study().trial.prediction, study().trial.treatment, {.propensity = study().trial.propensity});
    CHECK(estimate.at("value").as_number() == doctest::Approx(expected.value).epsilon(1e-12));
    CHECK(estimate.at("std_error").as_number() == doctest::Approx(expected.std_error).epsilon(1e-10));
    CHECK(estimate.at("n_used").as_integer() == 4000);
    CHECK(estimate.at("estimand").as_string() == "ate");
    CHECK(answer.at("question").at("propensity").as_string() == "e");
    if (std::string(method) != "naive") {
      CHECK(estimate.at("ci_low").as_number() < 1);
      CHECK(estimate.at("ci_high").as_number() > 1);
    }
  }
}

TEST_CASE("the same answer as a table, from a pipe, from .npy in pieces, and at any number of threads") {
  const std::string map = fitted("tweedie");
  const std::vector<std::string> ask{"debias", "ate", map, files().trial, "--prediction", "f", "--treatment", "a"};
  const ProcessResult text = run_causal(ask);
  CHECK(text.exit_code == 0);
  const auto with = [&](std::vector<std::string> words) {
    std::vector<std::string> all = ask;
    all.insert(all.end(), words.begin(), words.end());
    return run_causal(all);
  };
  const ProcessResult table = with({"-f", "txt"});
  CHECK(contains(table.out, "tweedie"));
  CHECK(contains(table.out, "standard error from the trial"));
  const ProcessResult one = with({"--json", "--threads", "1"});
  CHECK(one.out == with({"--json", "--threads", "2"}).out);

  Eigen::MatrixXd cells(4000, 3);
  cells << study().trial.prediction, study().trial.treatment, study().trial.propensity;
  std::ostringstream bytes;
  io::write_npy(bytes, Dataset::continuous(cells));
  const std::string npy = folder().file("trial.npy", bytes.str());
  const ProcessResult pieces =
      run_causal({"debias", "ate", map, npy, "--prediction", "X1", "--treatment", "X2", "--json"});
  CAPTURE(pieces.err);
  REQUIRE(pieces.exit_code == 0);
  const auto value = [](const ProcessResult& result) {
    return Json::parse(result.out).at("estimates").as_array().at(0).at("value").as_number();
  };
  CHECK(value(pieces) == doctest::Approx(value(one)).epsilon(1e-12));

  const std::string out = folder() / "corrected.npy";
  REQUIRE(run_causal({"debias", "apply", map, npy, "--prediction", "X1", "-o", out}).exit_code == 0);
  const Dataset corrected = io::read_npy(out);
  REQUIRE(corrected.cols() == 4);
  CHECK(corrected.values().leftCols(3) == cells);
  const auto debiaser = estimation::Debiaser::from_json(Json::parse(text_of(map)));
  CHECK(corrected.values().col(3) == debiaser->apply(study().trial.prediction));
}

TEST_CASE("apply adds a column and leaves the others as they are") {
  const std::string map = fitted("lcc");
  const std::string out = folder() / "out.csv";
  const ProcessResult result = run_causal({"debias", "apply", map, files().trial, "--prediction", "f", "-o", out});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  const Dataset table = io::read_csv(out).data;
  REQUIRE(table.names() == std::vector<std::string>{"f", "a", "e", "corrected"});
  const auto debiaser = estimation::Debiaser::from_json(Json::parse(text_of(map)));
  CHECK(table.values().col(3) == debiaser->apply(study().trial.prediction));
  CHECK(table.values().col(0) == study().trial.prediction);
  check_refused({"debias", "apply", map, files().trial, "--prediction", "f", "-o", out}, 2, "exists");
  CHECK(run_causal({"debias", "apply", map, files().trial, "--prediction", "f", "--column", "g", "-o", out, "--force"})
            .exit_code == 0);
  CHECK(io::read_csv(out).data.names().back() == "g");
}

TEST_CASE("compare puts the corrections above the predictions as they are") {
  const ProcessResult result =
      run_causal({"debias", "compare", files().calibration, "--prediction", "f", "--outcome", "y", "--json"});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  const Json answer = Json::parse(result.out);
  const auto& items = answer.at("comparison").as_array();
  REQUIRE(items.size() == 3);
  CHECK(items.back().at("method").as_string() == "naive");
  const ProcessResult other = run_causal({"debias", "compare", files().calibration, "--prediction", "f", "--outcome",
                                          "y", "--select-on", "prediction", "-f", "txt"});
  CHECK(contains(other.out, "groups by prediction"));
}

TEST_CASE("options reach the fit") {
  const std::string path = folder() / "options.json";
  const std::string upstream = folder().file("upstream.csv", csv_of(study().train, true));
  const ProcessResult result = run_causal({"debias", "fit", files().calibration, "--prediction", "f", "--outcome", "y",
                                           "--upstream", upstream, "--score", "lindsey", "--center", "-o", path});
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  CHECK(contains(result.err, "score_rows 5000"));
  const Json options = Json::parse(text_of(path)).at("options");
  CHECK(options.at("score_source").as_string() == "upstream");
  CHECK(options.at("score").as_string() == "lindsey");
  CHECK(options.at("center").as_bool());
}

TEST_CASE("what is refused, and how") {
  const std::string map = fitted("lcc");
  const std::string& calibration = files().calibration;
  const std::string& trial = files().trial;
  check_refused({"debias", "fity"}, 2, "unknown verb 'fity'");
  check_refused({"debias"}, 2, "Usage");
  check_refused({"debias", "fit", calibration, "--outcome", "y"}, 2, "--prediction and --outcome are needed");
  check_refused({"debias", "fit", calibration, "--prediction", "g", "--outcome", "y"}, 2, "unknown column 'g'");
  check_refused({"debias", "fit", calibration, "--prediction", "y", "--outcome", "y"}, 2,
                "as prediction and as outcome");
  check_refused({"debias", "ate", map, trial, "--prediction", "f"}, 2, "--treatment is needed");
  check_refused({"debias", "ate", calibration, trial, "--prediction", "f", "--treatment", "a"}, 3, calibration);
  check_refused({"debias", "ate", map, trial, "--prediction", "f", "--treatment", "a", "--level", "2"}, 2, "level");
  check_refused({"debias", "ate", map, trial, "--prediction", "f", "--treatment", "a", "--propensity", "a"}, 3,
                "must lie in (0, 1)");
  const std::string one_arm = folder().file("one_arm.csv", "f,a\n0.5,1\n0.7,1\n0.9,1\n");
  check_refused({"debias", "ate", map, one_arm, "--prediction", "f", "--treatment", "a"}, 3, "has treatment 0");
  const std::string broken = folder().file("broken.json", R"({"schema": "causal.debiaser/9"})");
  check_refused({"debias", "ate", broken, trial, "--prediction", "f", "--treatment", "a"}, 3, "does not know");
  // The trial's predictions as calibration rows.
  const std::string shared = folder().file("shared.csv", csv_of(study().trial, true));
  check_refused({"debias", "ate", map, trial, "--prediction", "f", "--treatment", "a", "--calibration", shared}, 3,
                "have the prediction");
  CHECK(run_causal({"debias", "ate", map, trial, "--prediction", "f", "--treatment", "a", "--calibration", calibration})
            .exit_code == 0);
  const std::string constant = folder().file("constant.csv", "f,a\n1,0\n1,1\n1,0\n1,1\n");
  CHECK(run_causal({"debias", "ate", map, constant, "--prediction", "f", "--treatment", "a"}).exit_code == 5);
  CHECK(contains(run_causal({"debias", "--help"}).out, "causal debias fit"));
}
