#pragma once
// The largest mean reward that weights within their confidence ellipsoids allow, of one action or over all.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <vector>

#include "causal/bandits/environment/action.hpp"
#include "causal/run/options.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {

/// Where the weights of one mechanism may lie: {b : (b - center)^T L L^T (b - center) <= radius^2}.
struct WeightEllipsoid {
  std::vector<int> parents;
  Eigen::VectorXd center;  ///< One a parent.
  Eigen::MatrixXd factor;  ///< L, lower triangular with a positive diagonal; the rest is not read.
  double radius = 0;
};

/// A linear model whose weights are known up to ellipsoids.
struct EllipsoidModel {
  int reward = 0;
  std::array<Eigen::VectorXd, 2> offsets;                  ///< Per bit, n each.
  std::array<std::vector<WeightEllipsoid>, 2> mechanisms;  ///< Per bit and node.
};

struct OptimisticOptions {
  int starts = 4;           ///< Random starts beside the one from the centers.
  int max_sweeps = 100;     ///< Of one ascent.
  int enumerate_nodes = 8;  ///< Up to so many bits that can matter, all actions are looked at one by one.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"starts", "random starts of the ascent", closed_interval(0, 1000)}, self.starts);
    visitor(Field{"max_sweeps", "sweeps of one ascent", closed_interval(1, 1e6)}, self.max_sweeps);
    visitor(Field{"enumerate_nodes", "bits up to which all actions are looked at", closed_interval(0, 20)},
            self.enumerate_nodes);
  }
};

/// An action and the weights that make it look best.
struct OptimisticArm {
  Action action;
  double value = 0;                      ///< Mean reward under these weights: a lower bound of the maximum.
  std::vector<Eigen::VectorXd> weights;  ///< Per node, of the mechanism that the action uses; empty for other nodes.
  std::vector<double> ascent;            ///< Values after each sweep of the start that won, not falling.
};

/// The maximum over the weights for one action, by block coordinate ascent: the mean reward is affine in the weights of
/// each node given all others, so the best point of its ellipsoid is center + sign(f) radius V^-1 m / |m|_{V^-1}, m the
/// means of the parents and f what a unit of the node adds to the reward. A sweep goes from parents to children, for
/// which f, of the weights further down, is computed once. Rises to a local maximum; several starts are made. The true
/// maximum is not promised: signs of f along different paths can disagree. O(n k^2) a sweep for k parents.
/// Errors: InvalidArgument for an option out of range, an action or model that does not fit, parents that form a cycle.
[[nodiscard]] OptimisticArm optimistic_value(const EllipsoidModel& model, const Action& action,
                                             const OptimisticOptions& options, RandomStream& stream);

/// The maximum over weights and actions. Bits that cannot matter to the reward are 0. In the ascent each node answers
/// the others with the best of both its mechanisms. With at most enumerate_nodes bits that can matter, in addition an
/// ascent for each action by itself from the centers, and from all starts for the 8 best of them. Errors: as above.
[[nodiscard]] OptimisticArm optimistic_arm(const EllipsoidModel& model, const OptimisticOptions& options,
                                           RandomStream& stream);

}  // namespace causal::bandits
