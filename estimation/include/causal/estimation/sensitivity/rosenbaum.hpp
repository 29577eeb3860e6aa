#pragma once
// Rosenbaum bounds for matched pairs: how far treatment may depend on something unmeasured before a test loses its
// significance.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/run/options.hpp"

namespace causal::estimation {

enum class PairTest {
  SignedRank,  ///< Wilcoxon's signed-rank test of the differences.
  Sign         ///< Number of positive differences; for binary outcomes McNemar's test.
};
enum class Alternative { Greater, Less, TwoSided };

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::PairTest> {
  using T = causal::estimation::PairTest;
  static constexpr std::array<std::pair<T, std::string_view>, 2> names{
      {{T::SignedRank, "signed_rank"}, {T::Sign, "sign"}}};
};
template <>
struct causal::EnumNames<causal::estimation::Alternative> {
  using A = causal::estimation::Alternative;
  static constexpr std::array<std::pair<A, std::string_view>, 3> names{
      {{A::Greater, "greater"}, {A::Less, "less"}, {A::TwoSided, "two_sided"}}};
};

namespace causal::estimation {

struct RosenbaumOptions {
  PairTest test = PairTest::SignedRank;
  Alternative alternative = Alternative::TwoSided;
  double alpha = 0.05;
  std::vector<double> gammas = {1, 1.25, 1.5, 1.75, 2, 2.5, 3};
  int exact_pairs = 200;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"test", "statistic of the differences"}, self.test);
    visitor(Field{"alternative", "sign of the effect that the test looks for"}, self.alternative);
    visitor(Field{"alpha", "significance level behind the critical gamma", open_interval(0, 1)}, self.alpha);
    visitor(Field{"exact_pairs", "signed-rank bounds are exact up to this number of pairs", closed_interval(0, 2000)},
            self.exact_pairs);
  }
};

/// Bounds on the p-value when the odds of treatment within a pair differ by at most a factor of gamma.
struct RosenbaumBound {
  double gamma = 1;
  double p_low = 1;
  double p_high = 1;
};

struct RosenbaumBounds {
  std::vector<RosenbaumBound> bounds;  ///< One a gamma asked for.
  /// Largest gamma at which p_high is still <= alpha; 1 when the test is not significant as it is.
  double critical_gamma = 1;
  bool significant = false;  ///< At gamma = 1.
  double statistic = 0;      ///< Sum of the ranks of positive differences, or their number.
  std::int64_t pairs = 0;    ///< Given.
  std::int64_t ties = 0;     ///< Differences of 0, left out.
  bool exact = true;         ///< Exact distribution; false: normal approximation without continuity correction.
};

/// differences: treated minus control of each pair. Tied sizes get mean ranks. Two-sided p: twice the smaller one-sided
/// bound, at most 1.
/// Errors: InvalidArgument for a gamma < 1 or options out of range; DataError for a missing cell or when all
/// differences are 0. Cost: the exact bound takes O(pairs^3) once a gamma, about 40 for the critical one.
/// Source: P. R. Rosenbaum, Observational Studies (2002), chapter 4.
[[nodiscard]] RosenbaumBounds rosenbaum_bounds(const Eigen::Ref<const Eigen::VectorXd>& differences,
                                               const RosenbaumOptions& options = {});

}  // namespace causal::estimation
