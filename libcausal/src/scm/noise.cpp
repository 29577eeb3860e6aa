#include "causal/scm/noise.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"

namespace causal {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Quantile of the law scaled to mean 0 and variance 1.
double standard_quantile(NoiseLaw law, double q) {
  switch (law) {
    case NoiseLaw::Gaussian:
      return normal_quantile(q);
    case NoiseLaw::Uniform:
      return std::numbers::sqrt3 * (2 * q - 1);
    case NoiseLaw::Laplace: {
      const double u = 2 * q - 1;
      return std::copysign(-std::log1p(-std::abs(u)) / std::numbers::sqrt2, u);
    }
    case NoiseLaw::Exponential:
      return -std::log1p(-q) - 1;
  }
  return 0;
}

double standard_log_density(NoiseLaw law, double z) {
  switch (law) {
    case NoiseLaw::Gaussian:
      return -0.5 * z * z - 0.5 * std::log(2 * std::numbers::pi);
    case NoiseLaw::Uniform:
      return std::abs(z) <= std::numbers::sqrt3 ? -std::log(2 * std::numbers::sqrt3) : -kInfinity;
    case NoiseLaw::Laplace:
      return -std::numbers::sqrt2 * std::abs(z) - 0.5 * std::log(2.0);
    case NoiseLaw::Exponential:
      return z >= -1 ? -(z + 1) : -kInfinity;
  }
  return 0;
}

std::size_t category_at(const std::vector<double>& probabilities, double q) {
  double sum = 0;
  std::size_t last = 0;  // takes what rounding leaves of the interval
  for (std::size_t k = 0; k < probabilities.size(); ++k) {
    if (probabilities[k] <= 0) continue;
    last = k;
    sum += probabilities[k];
    if (q < sum) break;
  }
  return last;
}

}  // namespace

Noise Noise::continuous(NoiseLaw law, double sd, double mean) {
  if (!std::isfinite(mean)) throw InvalidArgument("Noise", "mean", fmt::format("{}", mean), "be finite");
  if (!std::isfinite(sd) || sd <= 0) {
    throw InvalidArgument("Noise", "sd", fmt::format("{}", sd), "be finite and above 0");
  }
  Noise noise;
  noise.kind_ = Kind::Continuous;
  noise.law_ = law;
  noise.sd_ = sd;
  noise.mean_ = mean;
  return noise;
}

Noise Noise::categorical(std::vector<double> probabilities) {
  double sum = 0;
  for (const double p : probabilities) {
    if (!(p >= 0))
      throw InvalidArgument("Noise::categorical", "probabilities", fmt::format("{}", p), "not be negative");
    sum += p;
  }
  if (!(std::abs(sum - 1) <= 1e-9)) {
    throw InvalidArgument("Noise::categorical", "probabilities", fmt::format("a sum of {}", sum), "sum to 1");
  }
  Noise noise;
  noise.kind_ = Kind::Categorical;
  noise.probabilities_ = std::move(probabilities);
  return noise;
}

Noise Noise::unit_interval() {
  Noise noise;
  noise.kind_ = Kind::UnitInterval;
  return noise;
}

std::pair<double, double> Noise::support() const {
  switch (kind_) {
    case Kind::None:
      return {0, 0};
    case Kind::Categorical:
      return {0, static_cast<double>(probabilities_.size()) - 1};
    case Kind::UnitInterval:
      return {0, 1};
    case Kind::Continuous:
      break;
  }
  if (law_ == NoiseLaw::Uniform) return {mean_ - std::numbers::sqrt3 * sd_, mean_ + std::numbers::sqrt3 * sd_};
  if (law_ == NoiseLaw::Exponential) return {mean_ - sd_, kInfinity};
  return {-kInfinity, kInfinity};
}

double Noise::log_density(double u) const {
  switch (kind_) {
    case Kind::None:
      return u == 0 ? 0 : -kInfinity;
    case Kind::Categorical: {
      const bool is_code = u >= 0 && u < static_cast<double>(probabilities_.size()) && std::floor(u) == u;
      return is_code ? std::log(probabilities_[static_cast<std::size_t>(u)]) : -kInfinity;
    }
    case Kind::UnitInterval:
      return u > 0 && u < 1 ? 0 : -kInfinity;
    case Kind::Continuous:
      break;
  }
  return standard_log_density(law_, (u - mean_) / sd_) - std::log(sd_);
}

double Noise::quantile(double q) const {
  switch (kind_) {
    case Kind::None:
      return 0;
    case Kind::Categorical:
      return static_cast<double>(category_at(probabilities_, q));
    case Kind::UnitInterval:
      return q;
    case Kind::Continuous:
      break;
  }
  return mean_ + sd_ * standard_quantile(law_, q);
}

void Noise::fill(RandomStream& stream, std::span<double> out) const {
  if (kind_ == Kind::None) {
    std::fill(out.begin(), out.end(), 0.0);
    return;
  }
  stream.fill_uniform(out);
  if (!is_gaussian()) {
    if (kind_ == Kind::UnitInterval) return;
    for (double& value : out) value = quantile(value);
    return;
  }
  normal_quantiles_in_place(out);
  for (double& value : out) value = mean_ + sd_ * value;
}

std::string Noise::text() const {
  switch (kind_) {
    case Kind::None:
      return "0";
    case Kind::Categorical:
      return fmt::format("Categorical({})", fmt::join(probabilities_, ", "));
    case Kind::UnitInterval:
      return "Uniform(0, 1)";
    case Kind::Continuous:
      break;
  }
  if (law_ == NoiseLaw::Gaussian) return fmt::format("N({}, {:.10g})", mean_, sd_ * sd_);
  std::string name(enum_name(law_));
  name[0] = static_cast<char>(name[0] - 'a' + 'A');
  return fmt::format("{}(mean {}, sd {})", name, mean_, sd_);
}

}  // namespace causal
