#pragma once
// What a search over changing data found beside the graph: which mechanisms change, and how.

#include <string>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal {

/// How much the mechanism of a node given `parents` depends on that of the parents themselves; small when `parents` are
/// the causes, because mechanisms change independently.
struct ModuleScore {
  NodeId node = 0;
  NodeSet parents;
  double dependence = 0;  ///< >= 0; normalised HSIC unless an option says otherwise.
  /// In [0, 1]: the smallest share, over values of the surrogate, of pooled parent values inside the range that occurs
  /// there. Near 0 the score rests on extrapolation. NaN when not computed.
  double overlap = 0;
};

/// One round of the search for a sink: every candidate with its score, and what was concluded.
struct SinkRound {
  std::vector<ModuleScore> scores;  ///< Ascending by node.
  NodeId sink = -1;                 ///< The node taken as sink; -1 when the round decided nothing.
  double margin = 0;                ///< (second best - best) / (second best + best), in [0, 1].
  std::vector<Edge> oriented;       ///< Directed edges into the sink made in this round.
  std::string note;                 ///< Why nothing, or another node than the best, was taken; empty otherwise.
};

/// A place where a driving force jumps or bends.
struct ChangePoint {
  double at = 0;    ///< In the units of the surrogate: the first value after the change.
  double size = 0;  ///< Difference of the mean force after and before, in standard deviations of the force.
};

/// The force that drives the mechanism of one node, as a function of the surrogate. Sign and scale are arbitrary: the
/// entry of largest size is positive.
struct DrivingForce {
  NodeId node = 0;
  NodeSet parents;                              ///< Of the mechanism P(node | parents), without the surrogate.
  std::vector<double> shares;                   ///< Explained share of each component, descending, each in [0, 1].
  std::vector<std::vector<double>> components;  ///< One value for each point of the surrogate.
  std::vector<ChangePoint> change_points;       ///< Of the first component, ascending; empty over domains.
};

/// All of it, beside a LearnedGraph that has the surrogate as a node.
struct MechanismChanges {
  NodeId surrogate = 0;
  std::vector<double> points = {};        ///< Values of the surrogate at which the forces are given; ascending.
  std::vector<std::string> domains = {};  ///< Their labels when the surrogate is nominal; else empty.
  std::vector<NodeId> changing = {};      ///< Ascending: nodes adjacent to the surrogate.
  std::vector<SinkRound> rounds = {};     ///< In the order in which they were made.
  std::vector<DrivingForce> forces = {};  ///< Ascending by node.
};

}  // namespace causal
