#include "refutation_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "json_list.hpp"

namespace causal::cli {
namespace {

using estimation::ConfounderBenchmark;
using estimation::ConfounderContours;
using estimation::EValue;
using estimation::OmittedVariableBias;
using estimation::Refutation;
using estimation::UnobservedCommonCause;

template <class Numbers>
io::Json numbers(const Numbers& values) {
  io::Json array = io::Json::array();
  for (const double value : values) array.push(value);
  return array;
}

io::Json refutation_json(const Checked& checked, const Refutation& refutation) {
  io::Json json = io::Json::object();
  json.set("method", checked.method);
  json.set("estimand", checked.estimand);
  json.set("check", refutation.check);
  json.set("original", refutation.original);
  json.set("expected", refutation.expected);
  json.set("mean", refutation.mean);
  json.set("std_dev", refutation.std_dev);
  json.set("p_value", refutation.p_value);
  json.set("mean_p_value", refutation.mean_p_value);
  json.set("problem", refutation.problem);
  json.set("replicates", static_cast<std::int64_t>(refutation.replicates.size()));
  json.set("asked", refutation.asked);
  json.set("failed", refutation.failed);
  json.set("status", to_string(refutation.status));
  json.set("sentence", refutation.statement);
  json.set("warnings", json_list(refutation.warnings));
  return json;
}

/// The whole curve as one item: its mean is that of the strongest confounder.
io::Json curve_json(const Checked& checked, const UnobservedCommonCause& cause) {
  io::Json json = io::Json::object();
  json.set("method", checked.method);
  json.set("estimand", checked.estimand);
  json.set("check", "unobserved_common_cause");
  json.set("original", cause.original);
  json.set("mean", cause.curve.empty() ? std::nan("") : cause.curve.back().mean);
  json.set("p_value", std::nan(""));
  json.set("status", to_string(cause.status));
  json.set("sentence", cause.statement);
  io::Json points = io::Json::array();
  for (const estimation::ConfounderEffect& point : cause.curve) {
    io::Json item = io::Json::object();
    item.set("kappa_d", point.kappa_d);
    item.set("kappa_y", point.kappa_y);
    item.set("mean", point.mean);
    item.set("std_dev", point.std_dev);
    item.set("done", point.done);
    item.set("failed", point.failed);
    points.push(std::move(item));
  }
  json.set("curve", std::move(points));
  json.set("warnings", json_list(cause.warnings));
  return json;
}

io::Json e_value_json(const EValue& value) {
  io::Json json = io::Json::object();
  json.set("risk_ratio", value.risk_ratio);
  json.set("risk_ratio_low", value.risk_ratio_low);
  json.set("risk_ratio_high", value.risk_ratio_high);
  json.set("point", value.point);
  json.set("limit", value.limit);
  return json;
}

io::Json benchmark_json(const ConfounderBenchmark& benchmark) {
  io::Json json = io::Json::object();
  json.set("covariate", benchmark.covariate);
  json.set("times", benchmark.times);
  json.set("possible", benchmark.possible);
  json.set("r2_dz", benchmark.adjusted.r2_dz);
  json.set("r2_yz", benchmark.adjusted.r2_yz);
  json.set("value", benchmark.adjusted.value);
  json.set("std_error", benchmark.adjusted.std_error);
  json.set("ci_low", benchmark.adjusted.ci_low);
  json.set("ci_high", benchmark.adjusted.ci_high);
  return json;
}

io::Json rows_json(const Eigen::MatrixXd& matrix) {
  io::Json rows = io::Json::array();
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) rows.push(numbers(Eigen::VectorXd(matrix.row(i).transpose())));
  return rows;
}

io::Json omitted_json(const OmittedVariableBias& bias, const ConfounderContours& contours) {
  io::Json json = io::Json::object();
  json.set("value", bias.coefficient.value);
  json.set("std_error", bias.coefficient.std_error);
  json.set("dof", bias.coefficient.dof);
  json.set("partial_r2", bias.partial_r2);
  json.set("robustness_value", bias.robustness_value);
  json.set("robustness_value_alpha", bias.robustness_value_alpha);
  io::Json benchmarks = io::Json::array();
  for (const ConfounderBenchmark& benchmark : bias.benchmarks) benchmarks.push(benchmark_json(benchmark));
  json.set("benchmarks", std::move(benchmarks));
  io::Json grid = io::Json::object();
  grid.set("r2_dz", numbers(contours.r2_dz));
  grid.set("r2_yz", numbers(contours.r2_yz));
  grid.set("value", rows_json(contours.value));
  json.set("contours", std::move(grid));
  json.set("warnings", json_list(bias.warnings));
  return json;
}

std::string e_value_text(const std::string& of, const EValue& value) {
  const std::string limit =
      std::isnan(value.limit) ? "" : fmt::format("; for the interval to reach it {:.3g}", value.limit);
  return fmt::format(
      "  E-value of {}: {:.3g}{}\n    An unmeasured confounder would have to raise the risk of treatment "
      "and of outcome by this factor, both, to explain the estimate away.\n",
      of, value.point, limit);
}

std::string omitted_text(const OmittedVariableBias& bias) {
  std::string text = fmt::format(
      "  Linear regression: {:.6g} (t {:.3g}). Robustness value {:.3g}: a confounder that explains this share of what "
      "is "
      "left of treatment and of outcome, both, takes the estimate to 0; {:.3g} makes it not significant.\n",
      bias.coefficient.value, bias.coefficient.t(), bias.robustness_value, bias.robustness_value_alpha);
  for (const ConfounderBenchmark& benchmark : bias.benchmarks) {
    text += benchmark.possible ? fmt::format("    a confounder {:g} times as strong as {}: {:.6g} [{:.6g}, {:.6g}]\n",
                                             benchmark.times, benchmark.covariate, benchmark.adjusted.value,
                                             benchmark.adjusted.ci_low, benchmark.adjusted.ci_high)
                               : fmt::format("    a confounder {:g} times as strong as {}: none can be\n",
                                             benchmark.times, benchmark.covariate);
  }
  return text;
}

}  // namespace

io::Json refutations_json(const std::vector<Checked>& checked) {
  io::Json items = io::Json::array();
  for (const Checked& one : checked) {
    for (const Refutation& refutation : one.refutations) items.push(refutation_json(one, refutation));
    for (const UnobservedCommonCause& cause : one.curves) items.push(curve_json(one, cause));
  }
  return items;
}

io::Json sensitivity_json(const Sensitivity& sensitivity) {
  io::Json json = io::Json::object();
  io::Json e_values = io::Json::object();
  for (const auto& [name, value] : sensitivity.e_values) e_values.set(name, e_value_json(value));
  json.set("e_values", std::move(e_values));
  json.set("omitted_variable", sensitivity.omitted.empty()
                                   ? io::Json()
                                   : omitted_json(sensitivity.omitted.front(), sensitivity.contours.front()));
  json.set("skipped", json_list(sensitivity.skipped));
  return json;
}

std::string refutations_text(const std::vector<Checked>& checked, const Sensitivity& sensitivity) {
  std::string text;
  for (const Checked& one : checked) {
    if (one.refutations.empty() && one.curves.empty()) continue;
    text += fmt::format("{} {}\n  {:<24}  {:>12}  {:>12}  {:>10}  {:>7}  \n", one.method, one.estimand, "check",
                        "expected", "mean", "std. dev.", "p");
    for (const Refutation& refutation : one.refutations) {
      text += fmt::format("  {:<24}  {:>12.6g}  {:>12.6g}  {:>10.4g}  {:>7.3g}  {}\n", refutation.check,
                          refutation.expected, refutation.mean, refutation.std_dev, refutation.p_value,
                          refutation.status != Status::Ok ? std::string(to_string(refutation.status))
                          : refutation.problem            ? "PROBLEM"
                                                          : "passed");
    }
    for (const UnobservedCommonCause& cause : one.curves) text += "  " + cause.statement + "\n";
  }
  if (!text.empty()) {
    text += "A small p (below 0.05) means that the check found a problem. A check that is passed proves nothing.\n";
  }
  std::string sensitive;
  for (const auto& [name, value] : sensitivity.e_values) sensitive += e_value_text(name, value);
  for (const OmittedVariableBias& bias : sensitivity.omitted) sensitive += omitted_text(bias);
  for (const std::string& reason : sensitivity.skipped) sensitive += "  " + reason + "\n";
  if (!sensitive.empty()) text += "Sensitivity to unmeasured confounding\n" + sensitive;
  return text;
}

}  // namespace causal::cli
