#pragma once
// Linear models as environments, at rest, changing at known rounds, or drifting.

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/bandits/environment/environment.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

/// The law of the noise, always of mean 0 and variance 1 before it is scaled.
enum class NoiseShape {
  Gaussian,
  Uniform,
  StudentT,  ///< With LinearNoise::t_dof degrees of freedom, scaled to variance 1.
  Laplace
};

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::NoiseShape> {
  static constexpr std::array<std::pair<bandits::NoiseShape, std::string_view>, 4> names{
      {{bandits::NoiseShape::Gaussian, "gaussian"},
       {bandits::NoiseShape::Uniform, "uniform"},
       {bandits::NoiseShape::StudentT, "t"},
       {bandits::NoiseShape::Laplace, "laplace"}}};
};

namespace causal::bandits {

/// The noise of a linear environment.
struct LinearNoise {
  NoiseShape shape = NoiseShape::Gaussian;
  int t_dof = 5;  ///< At least 3, so that the variance is finite.
  /// Standard deviation per bit and node; empty: 1 everywhere. A node set by do() has 0 at bit 1.
  std::array<std::vector<double>, 2> sd = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"shape", "law of the noise"}, self.shape);
    visitor(Field{"t_dof", "degrees of freedom of t noise", closed_interval(3, 1000)}, self.t_dof);
  }
};

/// A stretch of rounds with one model.
struct LinearPiece {
  std::int64_t first_round = 0;
  LinearArms arms;
};

/// A linear model whose mechanisms are constant between the first rounds of its pieces.
class LinearEnvironment final : public Environment {
 public:
  /// One model for ever. Errors: InvalidArgument for arms without an order, a noise option out of range, standard
  /// deviations that do not fit or are negative.
  explicit LinearEnvironment(LinearArms arms, LinearNoise noise = {});
  /// Pieces in ascending order of first_round, the first at 0, all with the same nodes and reward. Errors: as above,
  /// and InvalidArgument for pieces that do not fit.
  explicit LinearEnvironment(std::vector<LinearPiece> pieces, LinearNoise noise = {});

  [[nodiscard]] int n() const override { return pieces_.front().arms.n(); }
  [[nodiscard]] int reward() const override { return pieces_.front().arms.reward(); }
  /// O(n + edges). Errors: InvalidArgument for an action or row that does not fit.
  void observe(const Action& action, const Episode& episode, std::int64_t round, std::span<double> row) const override;
  [[nodiscard]] double mean(const Action& action, std::int64_t round) const override;
  [[nodiscard]] std::int64_t segment(std::int64_t round) const override;
  [[nodiscard]] const LinearArms* linear(std::int64_t round) const override;

 private:
  void check() const;

  std::vector<LinearPiece> pieces_;
  LinearNoise noise_;
};

/// Pieces that lead from one model to another in `steps` equal steps of weights and offsets over `rounds` rounds, and
/// stay there. Errors: InvalidArgument unless 1 <= steps <= rounds and both have the same nodes and reward.
[[nodiscard]] std::vector<LinearPiece> drifting_pieces(const LinearArms& from, const LinearArms& to,
                                                       std::int64_t rounds, int steps);

}  // namespace causal::bandits
