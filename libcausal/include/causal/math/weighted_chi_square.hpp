#pragma once
// Weighted sums of chi-square variables: the null distribution of kernel and random-feature statistics.

#include <array>
#include <span>
#include <string_view>
#include <utility>

#include "causal/run/options.hpp"

namespace causal {

/// How the distribution of sum_k l_k X_k, X_k independent chi-square with one degree of freedom, is approximated.
enum class MixtureApproximation {
  Sw,   ///< A gamma with the same mean and variance (Satterthwaite, Welch).
  Hbe,  ///< A shifted gamma with the same first three cumulants (Hall, Buckley, Eagleson).
  Lpb4  ///< A mixture of four gammas with the same first eight moments (Lindsay, Pilla, Basak).
};

template <>
struct EnumNames<MixtureApproximation> {
  static constexpr std::array<std::pair<MixtureApproximation, std::string_view>, 3> names{
      {{MixtureApproximation::Sw, "sw"}, {MixtureApproximation::Hbe, "hbe"}, {MixtureApproximation::Lpb4, "lpb4"}}};
};

/// What the approximations need of the weights l_k > 0. For the eigenvalues of a matrix C these are traces of its
/// powers, which need no eigenvalues.
struct MixturePowers {
  std::array<double, 8> sums{};  ///< sums[i] = sum_k l_k^(i + 1). Sw reads two, Hbe three, Lpb4 all.
  int weights = 0;               ///< How many weights are positive, or a bound on it.
};

/// The power sums of the positive ones among `weights`; the others are left out. Errors: none; finite input expected.
[[nodiscard]] MixturePowers mixture_powers(std::span<const double> weights);

/// P(sum_k l_k X_k > statistic), in (0, 1] and never NaN: below the smallest normal double it stays at that double.
///
/// All weights equal: Sw and Hbe are exact. Otherwise, for p below 0.2, errors are within 0.03 (Sw), 0.007 (Hbe) and
/// 0.004 (Lpb4) of 1; for larger p within 0.06, 0.1 and 0.006, most with few weights of which one dominates. Far in the
/// upper tail p is right to a factor, not to digits. Lpb4 answers as Hbe for fewer than four weights, and whenever its
/// moment equations have no solution in double precision (nearly equal weights, where Hbe is nearly exact). No positive
/// weight: 1. Cost O(weights), microseconds. Sources: Hall 1983; Buckley and Eagleson 1988; Lindsay, Pilla and Basak
/// 2000; compared by Bodenham and Adams, Statistics and Computing 26 (2016).
[[nodiscard]] double weighted_chi_square_upper_p(double statistic, const MixturePowers& powers,
                                                 MixtureApproximation approximation = MixtureApproximation::Hbe);
[[nodiscard]] double weighted_chi_square_upper_p(double statistic, std::span<const double> weights,
                                                 MixtureApproximation approximation = MixtureApproximation::Hbe);

}  // namespace causal
