#include "causal/estimation/estimate_json.hpp"

#include <array>
#include <cmath>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

io::Json number(double value) {
  if (std::isinf(value)) return io::Json(value > 0 ? "inf" : "-inf");
  return io::Json(value);
}

double number_at(const io::Json& json, std::string_view key) {
  const io::Json& member = json.at(key);
  if (!member.is_string()) return member.as_number();
  if (member.as_string() == "inf") return kInf;
  if (member.as_string() == "-inf") return -kInf;
  throw DataError("'" + member.as_string() + "' is no number", "member '" + std::string(key) + "'");
}

Status status_from(const std::string& name) {
  constexpr std::array kAll{Status::Ok,        Status::MaxIterations, Status::TimeLimit, Status::BudgetExceeded,
                            Status::Cancelled, Status::Degenerate};
  for (const Status status : kAll) {
    if (to_string(status) == name) return status;
  }
  throw DataError("'" + name + "' is no status", "member 'status'");
}

}  // namespace

io::Json estimate_to_json(const Estimate& estimate) {
  io::Json json = io::Json::object();
  json.set("method", estimate.method);
  json.set("estimand", estimate.estimand);
  json.set("value", number(estimate.value));
  json.set("std_error", number(estimate.std_error));
  json.set("ci_low", number(estimate.ci_low));
  json.set("ci_high", number(estimate.ci_high));
  json.set("p_value", number(estimate.p_value));
  json.set("level", estimate.level);
  json.set("dof", number(estimate.dof));
  json.set("n", estimate.n);
  json.set("n_used", estimate.n_used);
  json.set("status", to_string(estimate.status));
  io::Json figures = io::Json::object();
  for (const Figure& figure : estimate.diagnostics.figures) figures.set(figure.name, number(figure.value));
  io::Json balance = io::Json::array();
  for (const CovariateBalance& row : estimate.diagnostics.balance) {
    io::Json item = io::Json::object();
    item.set("name", row.name);
    item.set("before", number(row.before));
    item.set("after", number(row.after));
    balance.push(std::move(item));
  }
  io::Json diagnostics = io::Json::object();
  diagnostics.set("figures", std::move(figures));
  diagnostics.set("balance", std::move(balance));
  json.set("diagnostics", std::move(diagnostics));
  io::Json warnings = io::Json::array();
  for (const std::string& warning : estimate.warnings) warnings.push(warning);
  json.set("warnings", std::move(warnings));
  return json;
}

Estimate estimate_from_json(const io::Json& json) {
  Estimate estimate;
  estimate.method = json.at("method").as_string();
  estimate.estimand = json.at("estimand").as_string();
  estimate.value = number_at(json, "value");
  estimate.std_error = number_at(json, "std_error");
  estimate.ci_low = number_at(json, "ci_low");
  estimate.ci_high = number_at(json, "ci_high");
  estimate.p_value = number_at(json, "p_value");
  estimate.level = number_at(json, "level");
  estimate.dof = number_at(json, "dof");
  estimate.n = json.at("n").as_integer();
  estimate.n_used = json.at("n_used").as_integer();
  estimate.status = status_from(json.at("status").as_string());
  const io::Json& diagnostics = json.at("diagnostics");
  for (const auto& [name, value] : diagnostics.at("figures").as_object()) {
    static_cast<void>(value);
    estimate.diagnostics.add(name, number_at(diagnostics.at("figures"), name));
  }
  for (const io::Json& item : diagnostics.at("balance").as_array()) {
    estimate.diagnostics.balance.push_back(
        {item.at("name").as_string(), number_at(item, "before"), number_at(item, "after")});
  }
  for (const io::Json& warning : json.at("warnings").as_array()) estimate.warnings.push_back(warning.as_string());
  return estimate;
}

}  // namespace causal::estimation
