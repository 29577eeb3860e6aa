#pragma once
// Interventions as operations on diagrams: change the boxes of some variables, leave the rest in place.

#include <span>

#include "causal/diagram/diagram.hpp"

namespace causal {

/// Replaces every generator with one of these labels by "discard all inputs, give a uniform state"; other boxes stay.
/// A functor: it commutes with `then` and `tensor`, cut_X cut_Y = cut_{X u Y}, cut_X cut_X = cut_X. A label without a
/// box changes nothing. What only fed the cut boxes is still there, unread: `prune` removes it. O(size).
/// Source: Jacobs, Kissinger, Zanasi 2019, section 5.
[[nodiscard]] Diagram cut(const Diagram& diagram, const std::vector<Name>& labels);

/// A label and the value it is forced to.
struct Assignment {
  Name label;
  double value = 0;
};

/// do(X = x): as `cut`, with the point state at the value. Of two values for one label the later counts. A functor.
/// Errors: InvalidArgument for a box with other than one output, a value that is not finite. O(size).
[[nodiscard]] Diagram do_surgery(const Diagram& diagram, const std::vector<Assignment>& values);

/// Deletes the box of each label; its outputs become new inputs of the whole, after the old ones, in the order given.
/// On the joint state of a network this is the channel x -> P(rest, x | do(x)).
/// Errors: InvalidArgument unless each label has exactly one box and is given once. O(size).
[[nodiscard]] Diagram open(const Diagram& diagram, const std::vector<Name>& labels);

/// Replaces the box of `label` by a channel `replacement` that reads the outputs of the boxes of `parents`, in order:
/// a soft intervention. `replacement` keeps the output types.
/// Errors: InvalidArgument unless `label` and each parent have exactly one box, that of a parent with one output; when
/// the diagram would get a cycle. O(size).
[[nodiscard]] Diagram soft(const Diagram& diagram, Name label, const BoxHead& replacement,
                           const std::vector<Name>& parents);

/// Replaces every generator of `label` by the diagram `part`: the endofunctor that moves this one generator. `cut` and
/// `do_surgery` are of this kind. Errors: InvalidArgument when types do not fit. O(size + boxes replaced * |part|).
[[nodiscard]] Diagram substitute(const Diagram& diagram, Name label, const Diagram& part);

/// Of every wire that an Observe box reads, lets all other readers read the point state at the value observed instead.
/// The meaning stays: where the wire has another value, the observation is 0. Together with merging in normal_form this
/// joins the worlds of a counterfactual wherever evidence fixes what a mechanism reads. O(size).
[[nodiscard]] Diagram propagate_observations(const Diagram& diagram);

/// Composes the diagram with the observation that output number `position` has the value; that output is gone.
/// Errors: InvalidArgument for a position out of range. O(size).
[[nodiscard]] Diagram observe_output(const Diagram& diagram, std::size_t position, double value);

}  // namespace causal
