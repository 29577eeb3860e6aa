#pragma once
// Interventions: surgery on structural causal models.

#include <functional>
#include <variant>
#include <vector>

#include "causal/scm/scm.hpp"

namespace causal {

/// v := value. The parents and the noise of v are cut off.
struct Hard {
  NodeId node;
  double value;
};
/// Several nodes at once.
struct HardSet {
  std::vector<Hard> settings;
};
/// v := a fresh draw from a law; the parents are cut off. Of a discrete node the law is categorical.
struct Stochastic {
  NodeId node;
  Noise law;
};
/// v gets another mechanism with other parents (ascending) and fresh noise.
struct Soft {
  NodeId node;
  NodeSet parents;
  MechanismPtr mechanism;
};
/// v := f(parents, noise) + delta; continuous nodes only.
struct Shift {
  NodeId node;
  double delta;
};
/// v := factor * f(parents, noise), factor not 0; continuous nodes only.
struct Scale {
  NodeId node;
  double factor;
};
/// v := policy(values of `context`, which come in ascending order of their ids).
struct Conditional {
  NodeId node;
  NodeSet context;
  ParentFunction policy;
};
/// Only the mechanism of `to` sees `from` at this value; other children of `from` see what it is.
struct EdgeIntervention {
  NodeId from;
  NodeId to;
  double value;
};

using Intervention = std::variant<Hard, HardSet, Stochastic, Soft, Shift, Scale, Conditional, EdgeIntervention>;

/// The model after the interventions, applied left to right: a later one on the same node acts on what the earlier
/// ones left (a Hard one replaces all of them). The mechanisms that are not touched are shared.
///
/// Errors: InvalidArgument for an unknown node, a value that a discrete node does not have, a shift or scale of a
/// discrete node, an edge that is not there; and for a policy that reads v itself or a descendant of v. GraphError when
/// the parents of a Soft one close a cycle. Cost O(n + m) per intervention.
[[nodiscard]] Scm intervene(const Scm& model, const std::vector<Intervention>& interventions);

}  // namespace causal
