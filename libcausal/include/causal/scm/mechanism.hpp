#pragma once
// Mechanisms: how the value of one node follows from its parents and its noise.

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "causal/scm/noise.hpp"

namespace causal {

class Mechanism;
/// Mechanisms are immutable and shared between a model and the models surgery makes of it.
using MechanismPtr = std::shared_ptr<const Mechanism>;

/// What is known of the noise that led to a value.
struct NoiseOfValue {
  enum class Kind {
    Unique,      ///< `noise` is the only one.
    Impossible,  ///< No noise in the support gives the value.
    NotUnique,   ///< Several do (discrete), or the mechanism is no function of its noise.
    Unknown      ///< No inverse was given and the function was not declared monotone.
  };
  Kind kind = Kind::Unknown;
  double noise = 0;
};

/// value = sum_i coefficients[i] * parent_i + intercept + noise.
struct LinearTerms {
  std::vector<double> coefficients;
  double intercept = 0;
};

/// How equations are written.
enum class EquationStyle { Text, Latex };

/// value = f(parents, noise) with noise of a known law. Discrete values are codes 0, 1, ... held as doubles.
///
/// Parents come in ascending order of their node ids. Thread-safe; callables handed in must be, too.
class Mechanism {
 public:
  Mechanism(int arity, Noise noise) : arity_(arity), noise_(std::move(noise)) {}
  Mechanism(const Mechanism&) = delete;
  Mechanism& operator=(const Mechanism&) = delete;
  virtual ~Mechanism() = default;

  /// Number of parents.
  [[nodiscard]] int arity() const { return arity_; }
  [[nodiscard]] const Noise& noise() const { return noise_; }
  [[nodiscard]] virtual double value(std::span<const double> parents, double noise) const = 0;
  /// A block of rows: parents[i] points to the column of parent i; `rows` holds the noise and receives the values.
  virtual void evaluate(std::span<const double* const> parents, std::span<double> rows) const;
  /// False for a conditional table with chance in it: it says how often a value comes, not what would have come under
  /// other parents.
  [[nodiscard]] virtual bool is_function() const { return true; }
  /// The noise behind a value. Default: the search over finite noise; Unknown for continuous noise.
  [[nodiscard]] virtual NoiseOfValue noise_of(double value, std::span<const double> parents) const;
  /// Logarithm of the density (continuous noise) or probability (discrete) of a value; -inf when impossible, nothing
  /// when the mechanism cannot be inverted.
  [[nodiscard]] virtual std::optional<double> log_density(double value, std::span<const double> parents) const;
  /// The terms when linear with additive noise (or without noise).
  [[nodiscard]] virtual std::optional<LinearTerms> linear() const { return std::nullopt; }
  /// Number of values when the mechanism itself fixes it, else 0.
  [[nodiscard]] virtual int cardinality() const { return 0; }
  /// Cardinalities of the parents when the mechanism itself fixes them, else empty.
  [[nodiscard]] virtual std::vector<int> parent_cardinalities() const { return {}; }
  /// P(value | parents): one row of `cardinality` numbers per assignment of the parents, the first parent most
  /// significant. Errors: InvalidArgument when the noise is not finite or a value is no code below `cardinality`.
  [[nodiscard]] virtual std::vector<double> table(std::span<const int> parent_cardinalities, int cardinality) const;
  /// The right-hand side of the equation. `noise_name` names the noise term.
  [[nodiscard]] virtual std::string equation(std::span<const std::string> parents, const std::string& noise_name,
                                             EquationStyle style) const = 0;

 private:
  int arity_;
  Noise noise_;
};

/// Linear with additive noise, or a linear function when the noise is none. Invertible.
class LinearMechanism : public Mechanism {
 public:
  /// Errors: InvalidArgument for a number that is not finite, or noise that is neither continuous nor none.
  LinearMechanism(std::vector<double> coefficients, double intercept, Noise noise);
  [[nodiscard]] const LinearTerms& terms() const { return terms_; }
  [[nodiscard]] double value(std::span<const double> parents, double noise) const override;
  void evaluate(std::span<const double* const> parents, std::span<double> rows) const override;
  [[nodiscard]] NoiseOfValue noise_of(double value, std::span<const double> parents) const override;
  [[nodiscard]] std::optional<double> log_density(double value, std::span<const double> parents) const override;
  [[nodiscard]] std::optional<LinearTerms> linear() const override { return terms_; }
  [[nodiscard]] std::string equation(std::span<const std::string> parents, const std::string& noise_name,
                                     EquationStyle style) const override;

 private:
  LinearTerms terms_;
};

/// A number. Of a discrete node it is a code.
class ConstantMechanism : public Mechanism {
 public:
  /// Errors: InvalidArgument for a number that is not finite.
  explicit ConstantMechanism(double value);
  [[nodiscard]] double constant() const { return value_; }
  [[nodiscard]] double value(std::span<const double>, double) const override { return value_; }
  [[nodiscard]] std::optional<LinearTerms> linear() const override { return LinearTerms{{}, value_}; }
  [[nodiscard]] std::string equation(std::span<const std::string> parents, const std::string& noise_name,
                                     EquationStyle style) const override;

 private:
  double value_;
};

/// A conditional probability table. Unless it holds zeros and ones only, it leaves open how the values under different
/// parents go together; sampling inverts the cumulative distribution, which is one way among many.
class DiscreteCpt : public Mechanism {
 public:
  /// probabilities: as Mechanism::table. Errors: InvalidArgument for a size mismatch, a negative number, a row that
  /// does not sum to 1 within 1e-9.
  DiscreteCpt(std::vector<int> parent_cardinalities, int cardinality, std::vector<double> probabilities);
  [[nodiscard]] const std::vector<double>& probabilities() const { return probabilities_; }
  [[nodiscard]] double value(std::span<const double> parents, double noise) const override;
  [[nodiscard]] bool is_function() const override { return is_function_; }
  [[nodiscard]] NoiseOfValue noise_of(double value, std::span<const double> parents) const override;
  [[nodiscard]] std::optional<double> log_density(double value, std::span<const double> parents) const override;
  [[nodiscard]] int cardinality() const override { return cardinality_; }
  [[nodiscard]] std::vector<int> parent_cardinalities() const override { return parent_cardinalities_; }
  [[nodiscard]] std::vector<double> table(std::span<const int> parent_cardinalities, int cardinality) const override;
  [[nodiscard]] std::string equation(std::span<const std::string> parents, const std::string& noise_name,
                                     EquationStyle style) const override;

 private:
  [[nodiscard]] std::span<const double> row(std::span<const double> parents) const;
  std::vector<int> parent_cardinalities_;
  int cardinality_;
  std::vector<double> probabilities_;
  bool is_function_ = false;
};

/// A discrete function written out: values[row of the parents][noise], with categorical noise.
class FunctionTable : public Mechanism {
 public:
  /// values: one row per assignment of the parents (the first most significant), one code per value of the noise.
  /// Errors: InvalidArgument for noise that is not categorical, a size mismatch, or a code out of range.
  FunctionTable(std::vector<int> parent_cardinalities, int cardinality, std::vector<int> values, Noise noise);
  [[nodiscard]] const std::vector<int>& values() const { return values_; }
  [[nodiscard]] double value(std::span<const double> parents, double noise) const override;
  [[nodiscard]] int cardinality() const override { return cardinality_; }
  [[nodiscard]] std::vector<int> parent_cardinalities() const override { return parent_cardinalities_; }
  [[nodiscard]] std::string equation(std::span<const std::string> parents, const std::string& noise_name,
                                     EquationStyle style) const override;

 private:
  std::vector<int> parent_cardinalities_;
  int cardinality_;
  std::vector<int> values_;
};

using ParentFunction = std::function<double(std::span<const double> parents)>;
using NoisyFunction = std::function<double(std::span<const double> parents, double noise)>;
/// The noise behind a value, or nothing when no noise gives it.
using InverseFunction = std::function<std::optional<double>(double value, std::span<const double> parents)>;
using ScalarFunction = std::function<double(double)>;
/// How f(parents, noise) moves with the noise, strictly.
enum class Monotone { Unknown, Increasing, Decreasing };

// Mechanisms made of callables. `text` is what equations print, with the parents' names put behind it in parentheses.
// They cannot be written to a file.

/// value = mean(parents) + noise. Invertible.
[[nodiscard]] MechanismPtr additive_noise(int arity, ParentFunction mean, Noise noise, std::string text = "f");
/// value = outer(mean(parents) + noise). Invertible when `inverse` (of `outer`) is given; else when `monotone` says so,
/// by bracketing.
[[nodiscard]] MechanismPtr post_nonlinear(int arity, ScalarFunction outer, ScalarFunction inverse, ParentFunction mean,
                                          Noise noise, Monotone monotone = Monotone::Unknown, std::string text = "f");
/// value = f(parents, noise). Invertible when `inverse` is given; else when `monotone` says so, by bracketing.
[[nodiscard]] MechanismPtr functional(int arity, NoisyFunction f, Noise noise, InverseFunction inverse = {},
                                      Monotone monotone = Monotone::Unknown, std::string text = "f");
/// value = f(parents).
[[nodiscard]] MechanismPtr deterministic(int arity, ParentFunction f, std::string text = "f");

// Mechanisms made of another one; linear ones stay linear, tables stay tables, the rest is wrapped.

/// value + delta, with the parents and noise kept.
[[nodiscard]] MechanismPtr shifted(const MechanismPtr& base, double delta);
/// value * factor. Errors: InvalidArgument for a factor that is 0 or not finite.
[[nodiscard]] MechanismPtr scaled(const MechanismPtr& base, double factor);
/// The same with parent number `position` fixed at `value`: one parent fewer.
[[nodiscard]] MechanismPtr with_parent_fixed(const MechanismPtr& base, int position, double value);

}  // namespace causal
