#pragma once
// Graphs of a search over changing mechanisms, with everything it may find.

#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "causal/graph/learned_graph.hpp"

namespace causal::test {

/// x1 -> x2 -> x3 -> x4 and time -> x2, x3, x4: two rounds of the search for a sink, one of them undecided, and the
/// forces of three mechanisms at `points` points of time. The force of x3 jumps, that of x4 is constant.
inline LearnedGraph changing_graph(std::size_t points = 120) {
  LearnedGraph graph = learned_graph_from(
      MixedGraph({"x1", "x2", "x3", "x4", "time"},
                 {directed(0, 1), directed(1, 2), directed(2, 3), directed(4, 1), directed(4, 2), directed(4, 3)}),
      GraphKind::Mpdag);
  MechanismChanges& changes = graph.changes.emplace();
  changes.surrogate = 4;
  changes.changing = {1, 2, 3};
  std::vector<double> smooth, wave, step;
  for (std::size_t i = 0; i < points; ++i) {
    const double t = static_cast<double>(i);
    changes.points.push_back(t);
    smooth.push_back(std::sin(t / 20));
    wave.push_back(0.3 * std::cos(t / 7));
    step.push_back(2 * i < points ? -0.4 : 0.6);
  }
  changes.rounds = {
      {{{1, {2}, 0.0512, 0.81}, {2, {1, 3}, 0.0427, 0.64}, {3, {2}, 0.0102, 0.9}}, 3, 0.61, {directed(2, 3)}, ""},
      {{{1, {2}, 0.0301, 0.03}, {2, {1}, 0.0299, std::numeric_limits<double>::quiet_NaN()}},
       -1,
       1.0 / 300.0,
       {},
       "the margin lies below min_margin = 0.05"}};
  const double at = static_cast<double>(points / 2);
  changes.forces = {{1, {0}, {0.62, 0.11}, {smooth, wave}, {}},
                    {2, {1}, {0.7}, {step}, {{at, 1.9}}},
                    {3, {2}, {0.0}, {std::vector<double>(points, 0.0)}, {}}};
  return graph;
}

/// x -> y with site -> x, y: forces over `count` domains, with labels that need escaping.
inline LearnedGraph domain_graph(std::size_t count) {
  LearnedGraph graph = learned_graph_from(
      MixedGraph({"x", "y", "site"}, {directed(0, 1), directed(2, 0), directed(2, 1)}), GraphKind::Mpdag);
  MechanismChanges& changes = graph.changes.emplace();
  changes.surrogate = 2;
  changes.changing = {0, 1};
  std::vector<double> first, second;
  for (std::size_t k = 0; k < count; ++k) {
    changes.points.push_back(static_cast<double>(k));
    changes.domains.push_back("site <" + std::to_string(k) + "> & co");
    first.push_back(std::sin(1.7 * static_cast<double>(k) + 1));
    second.push_back(0.3 * std::cos(2.3 * static_cast<double>(k)));
  }
  changes.forces = {{0, {}, {0.8, 0.2}, {first, second}, {}}, {1, {0}, {0.5}, {second}, {}}};
  return graph;
}

}  // namespace causal::test
