// The record of a trial: what causal debias ate and ppi write as JSON.

#include <algorithm>
#include <array>

#include "causal/estimation/estimate_json.hpp"
#include "causal/io/json.hpp"
#include "debias.hpp"

namespace causal::cli {
namespace {

constexpr std::array<std::string_view, 8> kNotRecorded{"output",  "force", "format",    "json",
                                                       "threads", "quiet", "no-timing", "dry-run"};

io::Json text_or_null(const std::string& text) { return text.empty() ? io::Json() : io::Json(text); }

}  // namespace

std::string trial_json(const TrialRecord& trial, const estimation::Estimate& estimate,
                       const std::vector<OptionRecord>& options, const CommandLine& line) {
  io::Json json = io::Json::object();
  json.set("schema", "causal.estimate/1");
  io::Json question = io::Json::object();
  question.set("outcome", trial.outcome);
  question.set("treatment", trial.treatment);
  question.set("treated", trial.treatment.empty() ? io::Json() : io::Json("1"));
  question.set("control", trial.treatment.empty() ? io::Json() : io::Json("0"));
  question.set("identified_by", "given");
  for (const char* key : {"adjustment_set", "instruments", "mediators"}) question.set(key, io::Json::array());
  question.set("cluster", io::Json());
  question.set("propensity", text_or_null(trial.propensity));
  json.set("question", std::move(question));
  io::Json estimates = io::Json::array();
  estimates.push(estimation::estimate_to_json(estimate));
  json.set("estimates", std::move(estimates));
  io::Json run = io::Json::object();
  run.set("tool", "causal");
  run.set("version", CAUSAL_VERSION);
  run.set("seed", trial.seed);
  io::Json data = io::Json::object();
  data.set("sha256", trial.sha256);
  data.set("n", trial.n);
  data.set("p", trial.p);
  run.set("data", std::move(data));
  io::Json own = io::Json::object();
  for (const OptionRecord& option : options) own.set(option.name, option.value);
  io::Json by_method = io::Json::object();
  by_method.set(estimate.method, std::move(own));
  run.set("options", std::move(by_method));
  io::Json words = io::Json::object();
  for (const auto& [flag, value] : line.given_values()) {
    if (std::find(kNotRecorded.begin(), kNotRecorded.end(), flag) == kNotRecorded.end()) words.set(flag, value);
  }
  run.set("flags", std::move(words));
  run.set("warnings", io::Json::array());
  json.set("run", std::move(run));
  return json.dump(2) + "\n";
}

}  // namespace causal::cli
