#include "debias/debiaser_json.hpp"

#include <fmt/format.h>

#include <cmath>

#include "causal/estimation/debias/debiaser.hpp"
#include "causal/estimation/debias/lcc.hpp"
#include "causal/estimation/debias/tweedie.hpp"
#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

constexpr Eigen::Index kMostNumbers = (1 << 20) + 2;

const io::Json& member(const io::Json& json, std::string_view key) {
  const io::Json* found = json.find(key);
  if (found == nullptr) {
    throw DataError(fmt::format("the debiaser lacks '{}'", key), {}, "Write the file again with to_json.");
  }
  return *found;
}

double checked(const io::Json& json, std::string_view key, Range range) {
  if (!json.is_number()) throw DataError(fmt::format("{} is no number", json.type_name()), fmt::format("'{}'", key));
  const double value = json.as_number();
  if (!std::isfinite(value) || !range.contains(value)) {
    throw DataError(fmt::format("{} is not in {}", value, range.text()), fmt::format("'{}'", key));
  }
  return value;
}

}  // namespace

void refuse_file(std::string_view what) {
  throw DataError(fmt::format("the debiaser file contradicts itself: {}", what));
}

io::Json vector_json(const Eigen::Ref<const Eigen::VectorXd>& values) {
  io::Json json = io::Json::array();
  for (Eigen::Index i = 0; i < values.size(); ++i) json.push(values(i));
  return json;
}

io::Json matrix_json(const Eigen::Ref<const Eigen::MatrixXd>& values) {
  io::Json json = io::Json::array();
  for (Eigen::Index i = 0; i < values.rows(); ++i) {
    const Eigen::VectorXd row = values.row(i);
    json.push(vector_json(row));
  }
  return json;
}

double read_number(const io::Json& json, std::string_view key, Range range) {
  return checked(member(json, key), key, range);
}

std::int64_t read_integer(const io::Json& json, std::string_view key, Range range) {
  const io::Json& value = member(json, key);
  if (!value.is_integer()) {
    throw DataError(fmt::format("{} is no integer", value.type_name()), fmt::format("'{}'", key));
  }
  static_cast<void>(checked(value, key, range));
  return value.as_integer();
}

bool read_flag(const io::Json& json, std::string_view key) {
  const io::Json& value = member(json, key);
  if (!value.is_bool()) throw DataError(fmt::format("{} is no boolean", value.type_name()), fmt::format("'{}'", key));
  return value.as_bool();
}

Eigen::VectorXd read_vector(const io::Json& json, std::string_view key, Eigen::Index size, Range range) {
  const io::Json& value = member(json, key);
  if (!value.is_array()) throw DataError(fmt::format("{} is no array", value.type_name()), fmt::format("'{}'", key));
  const io::Json::Array& array = value.as_array();
  const Eigen::Index found = std::ssize(array);
  if (size >= 0 ? found != size : found < 1 || found > kMostNumbers) {
    throw DataError(fmt::format("has {} numbers{}", found, size >= 0 ? fmt::format(" instead of {}", size) : ""),
                    fmt::format("'{}'", key));
  }
  Eigen::VectorXd numbers(found);
  for (Eigen::Index i = 0; i < found; ++i) numbers(i) = checked(array[static_cast<std::size_t>(i)], key, range);
  return numbers;
}

Eigen::MatrixXd read_matrix(const io::Json& json, std::string_view key, Eigen::Index rows) {
  const io::Json& value = member(json, key);
  if (!value.is_array() || std::ssize(value.as_array()) != rows) {
    throw DataError(fmt::format("is no array of {} rows", rows), fmt::format("'{}'", key));
  }
  Eigen::MatrixXd matrix(rows, rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    io::Json row = io::Json::object();
    row.set(std::string(key), value.as_array()[static_cast<std::size_t>(i)]);
    matrix.row(i) = read_vector(row, key, rows).transpose();
  }
  return matrix;
}

const io::Json& read_object(const io::Json& json, std::string_view key) {
  const io::Json& value = member(json, key);
  if (!value.is_object()) throw DataError(fmt::format("{} is no object", value.type_name()), fmt::format("'{}'", key));
  return value;
}

void Debiaser::write_head(io::Json& json) const {
  json.set("schema", kDebiaserSchema);
  json.set("method", method());
  io::Json summary = io::Json::object();
  summary.set("n", calibration_.n);
  summary.set("mean", calibration_.mean);
  summary.set("variance", calibration_.variance);
  summary.set("least", calibration_.least);
  summary.set("most", calibration_.most);
  summary.set("outcome_mean", calibration_.outcome_mean);
  summary.set("outcome_variance", calibration_.outcome_variance);
  summary.set("slope", calibration_.slope);
  summary.set("slope_std_error", calibration_.slope_std_error);
  summary.set("intercept", calibration_.intercept);
  summary.set("intercept_std_error", calibration_.intercept_std_error);
  json.set("calibration", std::move(summary));
}

void Debiaser::write_tail(io::Json& json) const {
  io::Json figures = io::Json::object();
  for (const Figure& figure : diagnostics_.figures) figures.set(figure.name, figure.value);
  json.set("diagnostics", std::move(figures));
  io::Json warnings = io::Json::array();
  for (const std::string& warning : warnings_) warnings.push(warning);
  json.set("warnings", std::move(warnings));
}

void Debiaser::read_common(const io::Json& json) {
  const io::Json& summary = read_object(json, "calibration");
  calibration_.n = read_integer(summary, "n", closed_interval(2, 9e15));
  calibration_.mean = read_number(summary, "mean");
  calibration_.variance = read_number(summary, "variance", at_least(0));
  calibration_.least = read_number(summary, "least");
  calibration_.most = read_number(summary, "most");
  if (calibration_.least > calibration_.mean || calibration_.most < calibration_.mean) {
    refuse_file("the mean prediction lies outside the range of predictions");
  }
  calibration_.outcome_mean = read_number(summary, "outcome_mean");
  calibration_.outcome_variance = read_number(summary, "outcome_variance", at_least(0));
  calibration_.slope = read_number(summary, "slope");
  calibration_.slope_std_error = read_number(summary, "slope_std_error", at_least(0));
  calibration_.intercept = read_number(summary, "intercept");
  calibration_.intercept_std_error = read_number(summary, "intercept_std_error", at_least(0));
  for (const auto& [name, value] : read_object(json, "diagnostics").as_object()) {
    diagnostics_.add(name, checked(value, name, {}));
  }
  const io::Json& warnings = member(json, "warnings");
  if (!warnings.is_array()) throw DataError("is no array", "'warnings'");
  for (const io::Json& warning : warnings.as_array()) {
    if (!warning.is_string()) throw DataError(fmt::format("{} is no text", warning.type_name()), "'warnings'");
    warnings_.push_back(warning.as_string());
  }
}

std::unique_ptr<Debiaser> Debiaser::from_json(const io::Json& json) {
  const io::Json* schema = json.find("schema");
  if (schema == nullptr || !schema->is_string() || !schema->as_string().starts_with("causal.debiaser/")) {
    throw DataError("this is no debiaser file", {}, "Make one with causal debias fit, or with to_json.");
  }
  if (schema->as_string() != kDebiaserSchema) {
    throw DataError(
        fmt::format("the debiaser has the schema '{}', which this version does not know", schema->as_string()), {},
        fmt::format("It reads {}.", kDebiaserSchema));
  }
  const io::Json& method = member(json, "method");
  if (method.is_string()) {
    if (method.as_string() == "naive") return std::make_unique<NaiveDebiaser>(NaiveDebiaser::read(json));
    if (method.as_string() == "lcc") return std::make_unique<LccDebiaser>(LccDebiaser::read(json));
    if (method.as_string() == "tweedie") return std::make_unique<TweedieDebiaser>(TweedieDebiaser::read(json));
  }
  throw DataError(fmt::format("the method {} is none of naive, lcc, tweedie", method.dump()), "'method'");
}

}  // namespace causal::estimation
