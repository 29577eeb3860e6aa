#include "causal/scm/mechanism.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"
#include "table_rows.hpp"

namespace causal {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

void require_finite(double value, const char* function, const char* argument) {
  if (!std::isfinite(value)) throw InvalidArgument(function, argument, fmt::format("{}", value), "be finite");
}

std::string joined(std::span<const std::string> parents) { return fmt::format("{}", fmt::join(parents, ", ")); }

// "+ 2 x", "- x": the coefficient 1 is not written.
void append_term(std::string& text, double coefficient, const std::string& factor, EquationStyle style) {
  const double size = std::abs(coefficient);
  if (text.empty()) {
    text = coefficient < 0 ? "-" : "";
  } else {
    text += coefficient < 0 ? " - " : " + ";
  }
  if (factor.empty()) {
    text += fmt::format("{}", size);
  } else {
    text += size == 1 ? factor : fmt::format("{}{}{}", size, style == EquationStyle::Latex ? "\\," : " ", factor);
  }
}

}  // namespace

namespace detail {

std::size_t row_count(std::span<const int> cardinalities) {
  std::size_t rows = 1;
  for (const int c : cardinalities) {
    if (c < 1) throw InvalidArgument("Mechanism", "parent cardinality", fmt::format("{}", c), "be at least 1");
    rows *= static_cast<std::size_t>(c);
  }
  return rows;
}

std::size_t row_of(std::span<const double> parents, std::span<const int> cardinalities) {
  std::size_t row = 0;
  for (std::size_t i = 0; i < parents.size(); ++i) {
    const auto cardinality = static_cast<std::size_t>(cardinalities[i]);
    const auto code = static_cast<std::size_t>(parents[i]);
    if (!(parents[i] >= 0) || code >= cardinality) {
      throw InvalidArgument("Mechanism", "parent value", fmt::format("{}", parents[i]),
                            fmt::format("be a code in 0..{}", cardinality - 1));
    }
    row = row * cardinality + code;
  }
  return row;
}

}  // namespace detail

void Mechanism::evaluate(std::span<const double* const> parents, std::span<double> rows) const {
  std::vector<double> row(parents.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t j = 0; j < parents.size(); ++j) row[j] = parents[j][i];
    rows[i] = value(row, rows[i]);
  }
}

NoiseOfValue Mechanism::noise_of(double wanted, std::span<const double> parents) const {
  using Kind = NoiseOfValue::Kind;
  if (noise_.kind() == Noise::Kind::None) return {value(parents, 0) == wanted ? Kind::Unique : Kind::Impossible, 0};
  if (noise_.kind() != Noise::Kind::Categorical) return {};
  NoiseOfValue found{Kind::Impossible};
  for (std::size_t u = 0; u < noise_.probabilities().size(); ++u) {
    if (noise_.probabilities()[u] == 0 || value(parents, static_cast<double>(u)) != wanted) continue;
    if (found.kind == Kind::Unique) return {Kind::NotUnique};
    found = {Kind::Unique, static_cast<double>(u)};
  }
  return found;
}

std::optional<double> Mechanism::log_density(double wanted, std::span<const double> parents) const {
  if (noise_.kind() == Noise::Kind::Categorical) {
    double mass = 0;
    for (std::size_t u = 0; u < noise_.probabilities().size(); ++u) {
      if (value(parents, static_cast<double>(u)) == wanted) mass += noise_.probabilities()[u];
    }
    return std::log(mass);
  }
  const NoiseOfValue found = noise_of(wanted, parents);
  if (found.kind == NoiseOfValue::Kind::Impossible) return kImpossible;
  if (found.kind != NoiseOfValue::Kind::Unique) return std::nullopt;
  if (noise_.kind() == Noise::Kind::None) return 0;
  // Density of value = density of noise / |df/du|, the slope by a central difference.
  const double step = 1e-6 * noise_.sd();
  const double slope = (value(parents, found.noise + step) - value(parents, found.noise - step)) / (2 * step);
  return noise_.log_density(found.noise) - std::log(std::abs(slope));
}

std::vector<double> Mechanism::table(std::span<const int> parent_cardinalities, int cardinality) const {
  if (noise_.kind() != Noise::Kind::Categorical && noise_.kind() != Noise::Kind::None) {
    throw InvalidArgument("Mechanism::table: the noise " + noise_.text() + " has no finite table");
  }
  const std::vector<double> certain{1.0};
  const auto& weights = noise_.kind() == Noise::Kind::None ? certain : noise_.probabilities();
  const std::size_t rows = detail::row_count(parent_cardinalities);
  const auto k = static_cast<std::size_t>(cardinality);
  std::vector<double> cells(rows * k, 0.0);
  std::vector<double> parents(parent_cardinalities.size(), 0.0);
  for (std::size_t row = 0; row < rows; ++row) {
    std::size_t rest = row;
    for (std::size_t i = parents.size(); i-- > 0;) {
      const auto c = static_cast<std::size_t>(parent_cardinalities[i]);
      parents[i] = static_cast<double>(rest % c);
      rest /= c;
    }
    for (std::size_t u = 0; u < weights.size(); ++u) {
      const double code = value(parents, static_cast<double>(u));
      if (!(code >= 0 && code < cardinality && std::floor(code) == code)) {
        throw InvalidArgument("Mechanism::table", "value", fmt::format("{}", code),
                              fmt::format("be a code in 0..{}", cardinality - 1));
      }
      cells[row * k + static_cast<std::size_t>(code)] += weights[u];
    }
  }
  return cells;
}

LinearMechanism::LinearMechanism(std::vector<double> coefficients, double intercept, Noise noise)
    : Mechanism(static_cast<int>(coefficients.size()), std::move(noise)), terms_{std::move(coefficients), intercept} {
  for (const double c : terms_.coefficients) require_finite(c, "LinearMechanism", "coefficients");
  require_finite(intercept, "LinearMechanism", "intercept");
  const Noise::Kind kind = this->noise().kind();
  if (kind != Noise::Kind::Continuous && kind != Noise::Kind::None) {
    throw InvalidArgument("LinearMechanism", "noise", this->noise().text(), "be continuous or none");
  }
}

double LinearMechanism::value(std::span<const double> parents, double noise) const {
  double sum = noise + terms_.intercept;
  for (std::size_t i = 0; i < parents.size(); ++i) sum += terms_.coefficients[i] * parents[i];
  return sum;
}

void LinearMechanism::evaluate(std::span<const double* const> parents, std::span<double> rows) const {
  if (terms_.intercept != 0) {
    for (double& row : rows) row += terms_.intercept;
  }
  for (std::size_t j = 0; j < parents.size(); ++j) {
    const double coefficient = terms_.coefficients[j];
    const double* const parent = parents[j];
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] += coefficient * parent[i];
  }
}

NoiseOfValue LinearMechanism::noise_of(double wanted, std::span<const double> parents) const {
  const double rest = wanted - value(parents, 0);
  if (noise().kind() == Noise::Kind::None) {
    // Evidence is written in decimals: equality up to rounding.
    const bool equal = std::abs(rest) <= 1e-9 * std::max({1.0, std::abs(wanted), std::abs(value(parents, 0))});
    return {equal ? NoiseOfValue::Kind::Unique : NoiseOfValue::Kind::Impossible, 0};
  }
  const auto [low, high] = noise().support();
  return {rest >= low && rest <= high ? NoiseOfValue::Kind::Unique : NoiseOfValue::Kind::Impossible, rest};
}

std::optional<double> LinearMechanism::log_density(double wanted, std::span<const double> parents) const {
  const NoiseOfValue found = noise_of(wanted, parents);
  if (found.kind == NoiseOfValue::Kind::Impossible) return kImpossible;
  return noise().log_density(found.noise);
}

std::string LinearMechanism::equation(std::span<const std::string> parents, const std::string& noise_name,
                                      EquationStyle style) const {
  std::string text;
  for (std::size_t i = 0; i < parents.size(); ++i) append_term(text, terms_.coefficients[i], parents[i], style);
  if (terms_.intercept != 0) append_term(text, terms_.intercept, "", style);
  if (noise().kind() != Noise::Kind::None) append_term(text, 1, noise_name, style);
  return text.empty() ? "0" : text;
}

ConstantMechanism::ConstantMechanism(double value) : Mechanism(0, Noise()), value_(value) {
  require_finite(value, "ConstantMechanism", "value");
}

std::string ConstantMechanism::equation(std::span<const std::string>, const std::string&, EquationStyle) const {
  return fmt::format("{}", value_);
}

DiscreteCpt::DiscreteCpt(std::vector<int> parent_cardinalities, int cardinality, std::vector<double> probabilities)
    : Mechanism(static_cast<int>(parent_cardinalities.size()), Noise::unit_interval()),
      parent_cardinalities_(std::move(parent_cardinalities)),
      cardinality_(cardinality),
      probabilities_(std::move(probabilities)) {
  if (cardinality < 1)
    throw InvalidArgument("DiscreteCpt", "cardinality", fmt::format("{}", cardinality), "be positive");
  const auto k = static_cast<std::size_t>(cardinality);
  const std::size_t cells = detail::row_count(parent_cardinalities_) * k;
  if (probabilities_.size() != cells) {
    throw InvalidArgument("DiscreteCpt", "probabilities", fmt::format("{} numbers", probabilities_.size()),
                          fmt::format("have one number a cell ({})", cells));
  }
  for (std::size_t first = 0; first < cells; first += k) {
    double sum = 0;
    for (std::size_t i = first; i < first + k; ++i) {
      if (!(probabilities_[i] >= 0)) {
        throw InvalidArgument("DiscreteCpt", "probabilities", fmt::format("{}", probabilities_[i]), "not be negative");
      }
      sum += probabilities_[i];
    }
    if (!(std::abs(sum - 1) <= 1e-9)) {
      throw InvalidArgument("DiscreteCpt", "probabilities",
                            fmt::format("a sum of {:.10g} for parent row {}", sum, first / k), "sum to 1 in every row");
    }
  }
  is_function_ = std::all_of(probabilities_.begin(), probabilities_.end(), [](double p) { return p == 0 || p == 1; });
}

std::span<const double> DiscreteCpt::row(std::span<const double> parents) const {
  const auto k = static_cast<std::size_t>(cardinality_);
  return {probabilities_.data() + detail::row_of(parents, parent_cardinalities_) * k, k};
}

double DiscreteCpt::value(std::span<const double> parents, double noise) const {
  const std::span<const double> cells = row(parents);
  double sum = 0;
  std::size_t last = 0;  // takes what rounding leaves of the interval
  for (std::size_t k = 0; k < cells.size(); ++k) {
    if (cells[k] <= 0) continue;
    last = k;
    sum += cells[k];
    if (noise < sum) break;
  }
  return static_cast<double>(last);
}

NoiseOfValue DiscreteCpt::noise_of(double wanted, std::span<const double> parents) const {
  return {*log_density(wanted, parents) == kImpossible ? NoiseOfValue::Kind::Impossible
                                                       : NoiseOfValue::Kind::NotUnique};
}

std::optional<double> DiscreteCpt::log_density(double wanted, std::span<const double> parents) const {
  if (!(wanted >= 0 && wanted < cardinality_ && std::floor(wanted) == wanted)) return kImpossible;
  return std::log(row(parents)[static_cast<std::size_t>(wanted)]);
}

std::vector<double> DiscreteCpt::table(std::span<const int> parent_cardinalities, int cardinality) const {
  if (cardinality != cardinality_ || !std::equal(parent_cardinalities.begin(), parent_cardinalities.end(),
                                                 parent_cardinalities_.begin(), parent_cardinalities_.end())) {
    throw InvalidArgument("DiscreteCpt::table: the cardinalities asked for are not those of the table");
  }
  return probabilities_;
}

std::string DiscreteCpt::equation(std::span<const std::string> parents, const std::string&, EquationStyle style) const {
  if (parents.empty()) return fmt::format("Categorical({})", fmt::join(probabilities_, ", "));
  return style == EquationStyle::Latex ? fmt::format("\\mathrm{{table}}({})", joined(parents))
                                       : fmt::format("table({})", joined(parents));
}

FunctionTable::FunctionTable(std::vector<int> parent_cardinalities, int cardinality, std::vector<int> values,
                             Noise noise)
    : Mechanism(static_cast<int>(parent_cardinalities.size()), std::move(noise)),
      parent_cardinalities_(std::move(parent_cardinalities)),
      cardinality_(cardinality),
      values_(std::move(values)) {
  if (this->noise().kind() != Noise::Kind::Categorical) {
    throw InvalidArgument("FunctionTable", "noise", this->noise().text(), "be categorical");
  }
  const std::size_t cells = detail::row_count(parent_cardinalities_) * this->noise().probabilities().size();
  if (values_.size() != cells) {
    throw InvalidArgument("FunctionTable", "values", fmt::format("{} codes", values_.size()),
                          fmt::format("have one code a cell ({})", cells));
  }
  for (const int code : values_) {
    if (code < 0 || code >= cardinality) {
      throw InvalidArgument("FunctionTable", "values", fmt::format("{}", code),
                            fmt::format("be codes in 0..{}", cardinality - 1));
    }
  }
}

double FunctionTable::value(std::span<const double> parents, double noise) const {
  const std::size_t row = detail::row_of(parents, parent_cardinalities_);
  return values_[row * this->noise().probabilities().size() + static_cast<std::size_t>(noise)];
}

std::string FunctionTable::equation(std::span<const std::string> parents, const std::string& noise_name,
                                    EquationStyle) const {
  return parents.empty() ? fmt::format("f({})", noise_name) : fmt::format("f({}, {})", joined(parents), noise_name);
}

}  // namespace causal
