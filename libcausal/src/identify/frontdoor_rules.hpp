#pragma once
// The searches of front-door identification, as rules of `reach` on a DAG. "Up" is against the arrows.
//
// Source: Wienoebst, van der Zander and Liskiewicz, "Linear-time algorithms for front-door adjustment in causal
// graphs", AAAI 2024.

#include "causal/graph/reachability.hpp"

namespace causal::detail {

// How a node was entered.
constexpr int kInit = 0;
constexpr int kUp = 1;
constexpr int kDown = 2;

/// Directed paths that stop at `stops`.
struct DirectedUntil {
  static constexpr int kLabels = 1;
  static constexpr int kStart = 0;
  static constexpr std::array kSteps{Step::Forward};
  const std::uint8_t* stops;
  [[nodiscard]] int next(int, Step, NodeId v) const { return stops[slot(v)] != 0 ? -1 : 0; }
};

/// The same upwards or downwards, where starts do not stop.
template <Step kStep>
struct DirectedPastStarts {
  static constexpr int kLabels = 2;
  static constexpr int kStart = kInit;
  static constexpr std::array kSteps{kStep};
  const std::uint8_t* stops;
  [[nodiscard]] int next(int label, Step, NodeId v) const { return label != kInit && stops[slot(v)] != 0 ? -1 : 1; }
};

/// Back-door walks out of x, nothing given: up first, and never up after down.
struct BackDoorWalks {
  static constexpr int kLabels = 3;
  static constexpr int kStart = kInit;
  static constexpr std::array kSteps{Step::Back, Step::Forward};
  const std::uint8_t* in_x;
  [[nodiscard]] int next(int label, Step step, NodeId, NodeId w) const {
    if (in_x[slot(w)] != 0) return -1;
    if (step == Step::Back) return label == kDown ? -1 : kUp;
    return label == kInit ? -1 : kDown;
  }
};

/// From y to the nodes with a back-door walk to y that x does not block, in the graph without the edges out of z.
struct UnblockedToOutcome {
  static constexpr int kLabels = 2;
  static constexpr int kStart = 0;  // entered upwards
  static constexpr std::array kSteps{Step::Back, Step::Forward};
  const std::uint8_t* in_x;
  const std::uint8_t* in_z;
  const std::uint8_t* opens;  // colliders that may be passed
  [[nodiscard]] int next(int label, Step step, NodeId v, NodeId w) const {
    if (step == Step::Forward) return in_x[slot(v)] != 0 ? -1 : 1;
    if (in_z[slot(w)] != 0) return -1;
    const bool open = label == 0 ? in_x[slot(v)] == 0 : opens[slot(v)] != 0;
    return open ? 0 : -1;
  }
};

/// From the part of a minimal set that x reaches to the mediators that must join it.
struct NeededMediators {
  static constexpr int kLabels = 3;
  static constexpr int kStart = kInit;
  static constexpr std::array kSteps{Step::Back, Step::Forward};
  const std::uint8_t* in_x;
  const std::uint8_t* kept;        // include, and what x reaches first
  const std::uint8_t* candidates;  // include, and what y reaches first
  [[nodiscard]] int next(int label, Step step, NodeId v, NodeId w) const {
    const bool candidate = candidates[slot(v)] != 0;
    if (step == Step::Back) {
      if (in_x[slot(w)] != 0 || kept[slot(w)] != 0) return -1;
      return label != kDown || candidate ? kUp : -1;
    }
    if (label == kInit || candidate || in_x[slot(w)] != 0) return -1;
    return kDown;
  }
};

}  // namespace causal::detail
