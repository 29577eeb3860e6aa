#pragma once
// The laws of the exogenous terms of a structural model.

#include <array>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "causal/run/options.hpp"
#include "causal/run/random.hpp"

namespace causal {

/// Distribution of a continuous noise term.
enum class NoiseLaw { Gaussian, Uniform, Laplace, Exponential };

template <>
struct EnumNames<NoiseLaw> {
  static constexpr std::array<std::pair<NoiseLaw, std::string_view>, 4> names{{{NoiseLaw::Gaussian, "gaussian"},
                                                                               {NoiseLaw::Uniform, "uniform"},
                                                                               {NoiseLaw::Laplace, "laplace"},
                                                                               {NoiseLaw::Exponential, "exponential"}}};
};

/// The law of one exogenous term: none, a continuous law with mean and standard deviation, one of finitely many codes,
/// or the unit interval. Immutable.
class Noise {
 public:
  enum class Kind {
    None,         ///< Always 0.
    Continuous,   ///< mean + sd * (a law of mean 0 and variance 1).
    Categorical,  ///< Code k with probability probabilities()[k].
    UnitInterval  ///< Uniform on (0, 1): a table without a function draws from it.
  };

  /// Always 0.
  Noise() = default;
  /// Errors: InvalidArgument for a mean that is not finite, or an sd that is not finite and positive.
  static Noise continuous(NoiseLaw law, double sd = 1, double mean = 0);
  static Noise gaussian(double sd = 1, double mean = 0) { return continuous(NoiseLaw::Gaussian, sd, mean); }
  /// Errors: InvalidArgument unless the probabilities are non-negative and sum to 1 within 1e-9.
  static Noise categorical(std::vector<double> probabilities);
  static Noise unit_interval();

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] NoiseLaw law() const { return law_; }
  [[nodiscard]] double sd() const { return sd_; }
  [[nodiscard]] double mean() const { return mean_; }
  [[nodiscard]] const std::vector<double>& probabilities() const { return probabilities_; }
  [[nodiscard]] bool is_gaussian() const { return kind_ == Kind::Continuous && law_ == NoiseLaw::Gaussian; }

  /// The smallest and largest value the term can take; infinite where the law is unbounded.
  [[nodiscard]] std::pair<double, double> support() const;
  /// Logarithm of the density (continuous) or the probability (categorical) at u; -inf outside the support.
  /// UnitInterval is a density, None has mass 1 at 0.
  [[nodiscard]] double log_density(double u) const;
  /// The value at probability q in (0, 1): with q uniform, a draw. Continuous and increasing in q for continuous laws.
  [[nodiscard]] double quantile(double q) const;
  /// One independent draw per entry. Every entry takes one number from the stream, whatever the law, so entry i of a
  /// block depends on the stream and i only.
  void fill(RandomStream& stream, std::span<double> out) const;
  /// As "N(0, 2.25)", "Uniform(mean 0, sd 1)", "Categorical(0.5, 0.5)".
  [[nodiscard]] std::string text() const;

  friend bool operator==(const Noise&, const Noise&) = default;

 private:
  Kind kind_ = Kind::None;
  NoiseLaw law_ = NoiseLaw::Gaussian;
  double sd_ = 1;
  double mean_ = 0;
  std::vector<double> probabilities_;
};

}  // namespace causal
