#pragma once
// Natural effects as contrasts of four means of worlds.

#include <Eigen/Core>
#include <array>
#include <span>
#include <string>
#include <vector>

#include "causal/estimation/effect/mediation.hpp"

namespace causal::estimation {

/// E Y(a, M(b)) in the order (a, b) = (0, 0), (0, 1), (1, 0), (1, 1).
constexpr std::size_t kWorlds = 4;
enum World : std::size_t { kControl = 0, kControlMoved = 1, kTreatedUnmoved = 2, kTreated = 3 };

/// to minus from.
struct WorldContrast {
  const char* estimand;
  World to;
  World from;
  Estimate MediationResult::*member;
};
inline constexpr std::array<WorldContrast, 5> kNaturalEffects{
    {{"te", kTreated, kControl, &MediationResult::te},
     {"nde", kTreatedUnmoved, kControl, &MediationResult::nde},
     {"tnie", kTreated, kTreatedUnmoved, &MediationResult::tnie},
     {"tnde", kTreated, kControlMoved, &MediationResult::tnde},
     {"nie", kControlMoved, kControl, &MediationResult::nie}}};

/// All effects with standard errors from influence values, n each.
[[nodiscard]] MediationResult natural_effects(const std::string& method, const std::array<double, kWorlds>& values,
                                              const std::array<Eigen::VectorXd, kWorlds>& influence, double level,
                                              std::span<const int> clusters);

/// Calls `change(estimate)` for each of the six.
template <class Change>
void for_each_effect(MediationResult& result, Change&& change) {
  for (Estimate* const estimate :
       {&result.te, &result.nde, &result.tnie, &result.tnde, &result.nie, &result.proportion}) {
    change(*estimate);
  }
}

}  // namespace causal::estimation
