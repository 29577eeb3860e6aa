#pragma once
// Counterfactuals as diagrams: several worlds that share their hidden states.

#include <vector>

#include "causal/diagram/diagram.hpp"
#include "causal/diagram/surgery.hpp"

namespace causal {

/// What is forced in one world; empty for the world as it is.
using World = std::vector<Assignment>;

/// The joint state of the outputs of `model` in every world, those of the first world first.
///
/// `model` is a functional causal model: a state whose boxes are deterministic, but for roots without inputs that hold
/// all chance. Roots stand once and are copied to all worlds; every world has its own copies of the deterministic
/// boxes, with the forced ones replaced by point states. The result is in normal form: boxes that are the same in
/// several worlds have merged, unread ones are gone. Observe evidence with `observe_output`, then
/// `propagate_observations` merges further what it fixes. O(worlds * size). Errors: InvalidArgument when `model` has
/// inputs or a box with inputs that is not deterministic, when a label forced has no box or one with other than one
/// output. Source: Shpitser and Pearl, "What counterfactuals can be tested", UAI 2007, make-cg.
[[nodiscard]] Diagram parallel_worlds(const Diagram& model, const std::vector<World>& worlds);

/// The world as it is, and the one in which `values` are forced.
[[nodiscard]] Diagram twin(const Diagram& model, const World& values);

}  // namespace causal
