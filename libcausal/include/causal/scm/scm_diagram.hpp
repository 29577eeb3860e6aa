#pragma once
// Structural models as string diagrams with their meaning.

#include <vector>

#include "causal/diagram/functor.hpp"
#include "causal/scm/scm.hpp"

namespace causal {

/// A diagram and what its boxes mean.
struct ScmDiagram {
  Diagram diagram;
  FiniteFunctor meaning;
};

/// The joint state of `outputs` of a discrete model, one box per node, labelled and typed by its name, that reads the
/// parents in ascending order. A mechanism with finite noise is a deterministic box that also reads, last, its noise: a
/// state "u_NAME" (primes are added while a node has that name). A table with chance is a channel; without parents, a
/// state. When all tables are functions or roots the diagram is a functional model, ready for `parallel_worlds`.
/// Errors: InvalidArgument for a continuous node; those of network_diagram. O(size of the tables).
[[nodiscard]] ScmDiagram scm_diagram(const Scm& model, const std::vector<NodeId>& outputs);

/// The meaning of network_diagram(model.dag(), ...) of a linear Gaussian model: per node the channel of its equation.
/// Errors: InvalidArgument for a mechanism that is not linear, noise that is not Gaussian, a noise block.
[[nodiscard]] GaussianFunctor gaussian_functor(const Scm& model);

}  // namespace causal
