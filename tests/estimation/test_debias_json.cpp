// labels: unit fuzz
// Debiasers as files.

#include <charconv>
#include <cmath>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "causal/estimation/debias/lcc.hpp"
#include "causal/estimation/debias/tweedie.hpp"
#include "causal/estimation/estimate_json.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "support/json_schema.hpp"
#include "support/predicted_outcomes.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using causal::io::Json;

namespace {

const test::PredictedStudy& study() {
  static const test::PredictedStudy made = test::draw_study(1000, 400, 3000, 1, 61);
  return made;
}

std::vector<std::unique_ptr<Debiaser>> debiasers() {
  const Eigen::VectorXd& f = study().calibration.prediction;
  const Eigen::VectorXd& y = study().calibration.outcome;
  const Eigen::VectorXd& upstream = study().train.prediction;
  std::vector<std::unique_ptr<Debiaser>> all;
  all.push_back(std::make_unique<NaiveDebiaser>(NaiveDebiaser::fit(f, y)));
  all.push_back(std::make_unique<LccDebiaser>(LccDebiaser::fit(f, y)));
  all.push_back(std::make_unique<LccDebiaser>(
      LccDebiaser::fit(f, y, {.transport = SlopeTransport::Berkson, .label_noise_var = 0.1})));
  const auto add = [&](const TweedieOptions& options) {
    TweedieSample sample{f, y};
    if (options.score_source == ScoreSource::Upstream) {
      sample.upstream = {upstream.data(), static_cast<std::size_t>(upstream.size())};
    }
    all.push_back(std::make_unique<TweedieDebiaser>(TweedieDebiaser::fit(sample, options)));
  };
  add({});
  add({.score_source = ScoreSource::Trial});
  add({.score_source = ScoreSource::Upstream, .score = {.kind = ScoreKind::Lindsey}});
  add({.score = {.kind = ScoreKind::Gmm}, .heteroscedastic = true, .center = true, .clamp_high = 4});
  return all;
}

bool same_bits(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), sizeof(double) * static_cast<std::size_t>(a.size())) == 0;
}

std::string message_of(const Json& json) {
  try {
    (void)Debiaser::from_json(json);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

Json with(const Json& json, const std::string& key, Json value) {
  Json changed = Json::object();
  for (const auto& [name, member] : json.as_object()) changed.set(name, name == key ? value : member);
  return changed;
}

}  // namespace

TEST_CASE("after a file the map has the same bits, and effects are the same") {
  const test::JsonSchema schema =
      test::JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.debiaser.1.schema.json");
  const test::PredictedTrial& rows = study().trial;
  for (const auto& debiaser : debiasers()) {
    CAPTURE(debiaser->method());
    const Json json = debiaser->to_json();
    CHECK(schema.violation(json) == "");
    const std::string text = json.dump();
    const std::unique_ptr<Debiaser> read = Debiaser::from_json(Json::parse(text));
    CHECK(read->method() == debiaser->method());
    CHECK(read->to_json().dump() == text);
    CHECK(same_bits(read->apply(rows.prediction), debiaser->apply(rows.prediction)));
    for (const DebiasInterval interval : {DebiasInterval::Influence, DebiasInterval::Bootstrap}) {
      const DebiasedEffectOptions options{.interval = interval, .replicates = 10};
      const auto effect = [&](const Debiaser& of) {
        return estimate_to_json(of.ate(rows.prediction, rows.treatment, {.propensity = rows.propensity}, options))
            .dump();
      };
      CHECK(effect(*read) == effect(*debiaser));
    }
    CHECK(read->warnings() == debiaser->warnings());
  }
}

TEST_CASE("no outcome and no residual of a single row is in the file") {
  for (const auto& debiaser : debiasers()) {
    const std::string text = debiaser->to_json().dump();
    std::set<double> numbers;
    for (std::size_t at = 0; at < text.size();) {
      double value = 0;
      const auto read = std::from_chars(text.data() + at, text.data() + text.size(), value);
      if (read.ec == std::errc{}) {
        numbers.insert(value);
        at = static_cast<std::size_t>(read.ptr - text.data());
      } else {
        ++at;
      }
    }
    REQUIRE(numbers.size() > 10);
    const Eigen::VectorXd& f = study().calibration.prediction;
    const Eigen::VectorXd& y = study().calibration.outcome;
    const double offset = (y - f).mean();
    for (Eigen::Index i = 0; i < y.size(); ++i) {
      CHECK(numbers.count(y(i)) == 0);
      CHECK(numbers.count(y(i) - f(i)) == 0);
      CHECK(numbers.count(y(i) - f(i) - offset) == 0);
      if (f(i) != f.minCoeff() && f(i) != f.maxCoeff()) CHECK(numbers.count(f(i)) == 0);
    }
  }
  const TweedieDebiaser tweedie = TweedieDebiaser::fit(study().calibration.prediction, study().calibration.outcome);
  CHECK(tweedie.residuals().n.minCoeff() >= 10);
}

TEST_CASE("files of something else are refused with a reason") {
  const Json json = debiasers()[3]->to_json();
  CHECK(message_of(Json::object()).find("no debiaser file") != std::string::npos);
  CHECK(message_of(Json(3)).find("no debiaser file") != std::string::npos);
  CHECK(message_of(with(json, "schema", "causal.graph/1")).find("no debiaser file") != std::string::npos);
  CHECK(message_of(with(json, "schema", "causal.debiaser/2")).find("which this version does not know") !=
        std::string::npos);
  CHECK(message_of(with(json, "method", "magic")).find("none of naive, lcc, tweedie") != std::string::npos);
  CHECK(message_of(with(json, "noise", Json())).find("'noise'") != std::string::npos);
  CHECK(message_of(with(json, "offset", "much")).find("a string is no number") != std::string::npos);
  Json grid = Json::object();
  grid.set("low", 0.0);
  grid.set("step", 0.1);
  grid.set("nodes", 12);
  CHECK(message_of(with(json, "grid", grid)).find("is not in [0, 11]") != std::string::npos);
  Json without = Json::object();
  for (const auto& [name, member] : json.as_object()) {
    if (name != "map") without.set(name, member);
  }
  CHECK(message_of(without).find("lacks 'map'") != std::string::npos);
}

TEST_CASE("mutated files are refused or work, and never crash") {
  // Bytes of the text are replaced, cut out or repeated. What is still a debiaser must correct to finite numbers.
  RandomStream stream(71, RandomDomain::Test);
  const Eigen::VectorXd at = study().trial.prediction.head(50);
  const Eigen::VectorXd arms = study().trial.treatment.head(50);
  constexpr std::string_view kBytes = "0123456789-+.eE,:{}[]\"nulltruefalse ";
  int refused = 0;
  int accepted = 0;
  for (const auto& debiaser : debiasers()) {
    const std::string text = debiaser->to_json().dump();
    for (int run = 0; run < 300; ++run) {
      std::string mutated = text;
      const auto changes = 1 + stream.below(3);
      for (std::uint64_t k = 0; k < changes; ++k) {
        // Half of the changes near the front, where the parameters are.
        const std::size_t reach = stream.below(2) == 0 ? std::min<std::size_t>(900, mutated.size()) : mutated.size();
        const std::size_t place = stream.below(reach);
        switch (stream.below(3)) {
          case 0:
            mutated[place] = kBytes[stream.below(kBytes.size())];
            break;
          case 1:
            mutated.erase(place, 1 + stream.below(6));
            break;
          default:
            mutated.insert(place, mutated.substr(place, 1 + stream.below(6)));
        }
      }
      try {
        const std::unique_ptr<Debiaser> read = Debiaser::from_json(Json::parse(mutated));
        const Estimate estimate = read->ate(at, arms);
        CHECK((estimate.status != Status::Ok || std::isfinite(estimate.value)));
        ++accepted;
      } catch (const Error&) {
        ++refused;
      }
    }
  }
  CHECK(refused > 200);
  CHECK(accepted > 20);
}
