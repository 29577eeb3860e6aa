// Mechanisms made of callables or of other mechanisms.
#include <fmt/format.h>

#include <algorithm>
#include <boost/math/tools/toms748_solve.hpp>
#include <cmath>

#include "causal/run/error.hpp"
#include "causal/scm/mechanism.hpp"
#include "table_rows.hpp"

namespace causal {
namespace {

using Kind = NoiseOfValue::Kind;

NoiseOfValue within_support(const Noise& noise, double u) {
  const auto [low, high] = noise.support();
  return {u >= low && u <= high ? Kind::Unique : Kind::Impossible, u};
}

// The root of a strictly monotone g on the support of the noise: the bracket grows from the mean, then Alefeld, Potra
// and Shi's method (TOMS 748, a successor of Brent's) closes it.
NoiseOfValue bracketed_root(const std::function<double(double)>& g, bool increasing, const Noise& noise) {
  const auto rising = [&](double u) { return increasing ? g(u) : -g(u); };
  const auto [support_low, support_high] = noise.support();
  double low = std::max(support_low, noise.mean() - noise.sd());
  double high = std::min(support_high, noise.mean() + noise.sd());
  constexpr int kDoublings = 60;
  double reach = noise.sd();
  for (int k = 0; rising(low) > 0; ++k) {
    if (low == support_low || k == kDoublings) return {Kind::Impossible};
    low = std::max(support_low, noise.mean() - (reach *= 2));
  }
  reach = noise.sd();
  for (int k = 0; rising(high) < 0; ++k) {
    if (high == support_high || k == kDoublings) return {Kind::Impossible};
    high = std::min(support_high, noise.mean() + (reach *= 2));
  }
  const double at_low = rising(low);
  const double at_high = rising(high);
  if (at_low == 0) return {Kind::Unique, low};
  if (at_high == 0) return {Kind::Unique, high};
  std::uintmax_t steps = 200;
  const auto [a, b] = boost::math::tools::toms748_solve(rising, low, high, at_low, at_high,
                                                        boost::math::tools::eps_tolerance<double>(52), steps);
  return {Kind::Unique, a + (b - a) / 2};
}

class CallableMechanism : public Mechanism {
 public:
  CallableMechanism(int arity, NoisyFunction f, Noise noise, InverseFunction inverse, Monotone monotone,
                    bool unit_slope, std::string text)
      : Mechanism(arity, std::move(noise)),
        f_(std::move(f)),
        inverse_(std::move(inverse)),
        monotone_(monotone),
        unit_slope_(unit_slope),
        text_(std::move(text)) {
    if (!f_) throw InvalidArgument("Mechanism: the function is empty");
    if (arity < 0) throw InvalidArgument("Mechanism", "arity", std::to_string(arity), "not be negative");
  }
  [[nodiscard]] double value(std::span<const double> parents, double noise) const override {
    return f_(parents, noise);
  }
  [[nodiscard]] NoiseOfValue noise_of(double wanted, std::span<const double> parents) const override {
    if (noise().kind() != Noise::Kind::Continuous) return Mechanism::noise_of(wanted, parents);
    if (inverse_) {
      const std::optional<double> u = inverse_(wanted, parents);
      return u && std::isfinite(*u) ? within_support(noise(), *u) : NoiseOfValue{Kind::Impossible};
    }
    if (monotone_ == Monotone::Unknown) return {};
    return bracketed_root([&](double u) { return f_(parents, u) - wanted; }, monotone_ == Monotone::Increasing,
                          noise());
  }
  [[nodiscard]] std::optional<double> log_density(double wanted, std::span<const double> parents) const override {
    if (!unit_slope_ || noise().kind() != Noise::Kind::Continuous) return Mechanism::log_density(wanted, parents);
    return noise().log_density(wanted - f_(parents, 0));
  }
  [[nodiscard]] std::string equation(std::span<const std::string> parents, const std::string& noise_name,
                                     EquationStyle) const override {
    std::string arguments = fmt::format("{}", fmt::join(parents, ", "));
    if (unit_slope_ || noise().kind() == Noise::Kind::None) {
      return fmt::format("{}({}){}", text_, arguments, unit_slope_ ? " + " + noise_name : "");
    }
    return fmt::format("{}({}{}{})", text_, arguments, parents.empty() ? "" : ", ", noise_name);
  }

 private:
  NoisyFunction f_;
  InverseFunction inverse_;
  Monotone monotone_;
  bool unit_slope_;
  std::string text_;
};

// factor * base + delta.
class AffineMechanism : public Mechanism {
 public:
  AffineMechanism(MechanismPtr base, double factor, double delta)
      : Mechanism(base->arity(), base->noise()), base_(std::move(base)), factor_(factor), delta_(delta) {}
  [[nodiscard]] double value(std::span<const double> parents, double noise) const override {
    return factor_ * base_->value(parents, noise) + delta_;
  }
  [[nodiscard]] bool is_function() const override { return base_->is_function(); }
  [[nodiscard]] NoiseOfValue noise_of(double wanted, std::span<const double> parents) const override {
    return base_->noise_of((wanted - delta_) / factor_, parents);
  }
  [[nodiscard]] std::optional<double> log_density(double wanted, std::span<const double> parents) const override {
    const auto base = base_->log_density((wanted - delta_) / factor_, parents);
    if (!base) return base;
    return *base - (noise().kind() == Noise::Kind::Continuous ? std::log(std::abs(factor_)) : 0.0);
  }
  [[nodiscard]] std::string equation(std::span<const std::string> parents, const std::string& noise_name,
                                     EquationStyle style) const override {
    std::string text = base_->equation(parents, noise_name, style);
    if (factor_ != 1) text = fmt::format("{} ({})", factor_, text);
    if (delta_ != 0) text += fmt::format(" {} {}", delta_ < 0 ? "-" : "+", std::abs(delta_));
    return text;
  }

 private:
  MechanismPtr base_;
  double factor_;
  double delta_;
};

class ParentFixed : public Mechanism {
 public:
  ParentFixed(MechanismPtr base, std::size_t position, double fixed)
      : Mechanism(base->arity() - 1, base->noise()), base_(std::move(base)), position_(position), fixed_(fixed) {}
  [[nodiscard]] double value(std::span<const double> parents, double noise) const override {
    return base_->value(all(parents), noise);
  }
  [[nodiscard]] bool is_function() const override { return base_->is_function(); }
  [[nodiscard]] NoiseOfValue noise_of(double wanted, std::span<const double> parents) const override {
    return base_->noise_of(wanted, all(parents));
  }
  [[nodiscard]] std::optional<double> log_density(double wanted, std::span<const double> parents) const override {
    return base_->log_density(wanted, all(parents));
  }
  [[nodiscard]] std::string equation(std::span<const std::string> parents, const std::string& noise_name,
                                     EquationStyle style) const override {
    std::vector<std::string> names(parents.begin(), parents.end());
    names.insert(names.begin() + static_cast<std::ptrdiff_t>(position_), fmt::format("{}", fixed_));
    return base_->equation(names, noise_name, style);
  }

 private:
  [[nodiscard]] std::vector<double> all(std::span<const double> parents) const {
    std::vector<double> values(parents.begin(), parents.end());
    values.insert(values.begin() + static_cast<std::ptrdiff_t>(position_), fixed_);
    return values;
  }
  MechanismPtr base_;
  std::size_t position_;
  double fixed_;
};

// The rows of a table, `width` cells each, in which parent `position` has the code.
template <class Cell>
std::vector<Cell> rows_with(const std::vector<Cell>& cells, std::span<const int> cardinalities, std::size_t position,
                            std::size_t code, std::size_t width) {
  const std::size_t inner = detail::row_count(cardinalities.subspan(position + 1)) * width;
  const std::size_t outer = detail::row_count(cardinalities.first(position));
  const auto card = static_cast<std::size_t>(cardinalities[position]);
  std::vector<Cell> kept;
  kept.reserve(outer * inner);
  for (std::size_t o = 0; o < outer; ++o) {
    const auto first = cells.begin() + static_cast<std::ptrdiff_t>((o * card + code) * inner);
    kept.insert(kept.end(), first, first + static_cast<std::ptrdiff_t>(inner));
  }
  return kept;
}

void require_finite(double value, const char* function, const char* argument) {
  if (!std::isfinite(value)) throw InvalidArgument(function, argument, fmt::format("{}", value), "be finite");
}

}  // namespace

MechanismPtr additive_noise(int arity, ParentFunction mean, Noise noise, std::string text) {
  if (!mean) throw InvalidArgument("additive_noise: the mean function is empty");
  const bool has_noise = noise.kind() != Noise::Kind::None;
  InverseFunction inverse = [mean](double v, std::span<const double> parents) { return v - mean(parents); };
  NoisyFunction f = [mean = std::move(mean)](std::span<const double> parents, double u) { return mean(parents) + u; };
  return std::make_shared<CallableMechanism>(arity, std::move(f), std::move(noise), std::move(inverse),
                                             Monotone::Increasing, has_noise, std::move(text));
}

MechanismPtr post_nonlinear(int arity, ScalarFunction outer, ScalarFunction inverse, ParentFunction mean, Noise noise,
                            Monotone monotone, std::string text) {
  if (!outer || !mean) throw InvalidArgument("post_nonlinear: the outer or the mean function is empty");
  InverseFunction to_noise;
  if (inverse) {
    to_noise = [inverse = std::move(inverse), mean](double v, std::span<const double> parents) {
      return inverse(v) - mean(parents);
    };
  }
  NoisyFunction f = [outer = std::move(outer), mean = std::move(mean)](std::span<const double> parents, double u) {
    return outer(mean(parents) + u);
  };
  return std::make_shared<CallableMechanism>(arity, std::move(f), std::move(noise), std::move(to_noise), monotone,
                                             false, std::move(text));
}

MechanismPtr functional(int arity, NoisyFunction f, Noise noise, InverseFunction inverse, Monotone monotone,
                        std::string text) {
  return std::make_shared<CallableMechanism>(arity, std::move(f), std::move(noise), std::move(inverse), monotone, false,
                                             std::move(text));
}

MechanismPtr deterministic(int arity, ParentFunction f, std::string text) {
  if (!f) throw InvalidArgument("deterministic: the function is empty");
  NoisyFunction noisy = [f = std::move(f)](std::span<const double> parents, double) { return f(parents); };
  return std::make_shared<CallableMechanism>(arity, std::move(noisy), Noise(), InverseFunction(), Monotone::Unknown,
                                             false, std::move(text));
}

MechanismPtr shifted(const MechanismPtr& base, double delta) {
  require_finite(delta, "shifted", "delta");
  if (const auto* linear = dynamic_cast<const LinearMechanism*>(base.get())) {
    return std::make_shared<LinearMechanism>(linear->terms().coefficients, linear->terms().intercept + delta,
                                             base->noise());
  }
  if (const auto* constant = dynamic_cast<const ConstantMechanism*>(base.get())) {
    return std::make_shared<ConstantMechanism>(constant->constant() + delta);
  }
  return std::make_shared<AffineMechanism>(base, 1, delta);
}

MechanismPtr scaled(const MechanismPtr& base, double factor) {
  require_finite(factor, "scaled", "factor");
  if (factor == 0) throw InvalidArgument("scaled", "factor", "0", "not be 0: set the node to 0 instead");
  if (const auto* constant = dynamic_cast<const ConstantMechanism*>(base.get())) {
    return std::make_shared<ConstantMechanism>(constant->constant() * factor);
  }
  return std::make_shared<AffineMechanism>(base, factor, 0);
}

MechanismPtr with_parent_fixed(const MechanismPtr& base, int position, double value) {
  require_finite(value, "with_parent_fixed", "value");
  if (position < 0 || position >= base->arity()) {
    throw InvalidArgument("with_parent_fixed", "position", std::to_string(position), "be that of a parent");
  }
  const auto place = static_cast<std::size_t>(position);
  if (const auto* linear = dynamic_cast<const LinearMechanism*>(base.get())) {
    LinearTerms terms = linear->terms();
    terms.intercept += terms.coefficients[place] * value;
    terms.coefficients.erase(terms.coefficients.begin() + position);
    return std::make_shared<LinearMechanism>(std::move(terms.coefficients), terms.intercept, base->noise());
  }
  std::vector<int> cardinalities = base->parent_cardinalities();
  const bool is_table = !cardinalities.empty();
  if (!is_table) return std::make_shared<ParentFixed>(base, place, value);
  const auto code = static_cast<std::size_t>(value);
  if (!(value >= 0) || code >= static_cast<std::size_t>(cardinalities[place])) {
    throw InvalidArgument("with_parent_fixed", "value", fmt::format("{}", value),
                          fmt::format("be a code in 0..{}", cardinalities[place] - 1));
  }
  std::vector<int> rest = cardinalities;
  rest.erase(rest.begin() + position);
  if (const auto* cpt = dynamic_cast<const DiscreteCpt*>(base.get())) {
    return std::make_shared<DiscreteCpt>(
        std::move(rest), cpt->cardinality(),
        rows_with(cpt->probabilities(), cardinalities, place, code, static_cast<std::size_t>(cpt->cardinality())));
  }
  const auto& table = dynamic_cast<const FunctionTable&>(*base);
  return std::make_shared<FunctionTable>(
      std::move(rest), table.cardinality(),
      rows_with(table.values(), cardinalities, place, code, table.noise().probabilities().size()), table.noise());
}

}  // namespace causal
