#pragma once
// Named causal quantities of a model: total, direct and indirect effects, and probabilities of causation.

#include <variant>
#include <vector>

#include "causal/scm/counterfactual.hpp"

namespace causal {

/// The cause at two values and the node it acts on.
struct Contrast {
  NodeId cause;
  NodeId effect;
  double treated = 1;
  double control = 0;
};

/// A difference of means. Discrete effects are valued by their levels when all of these are numbers, else by code.
struct EffectValue {
  double value = 0;
  double standard_error = 0;  ///< 0: exact.
};
using EffectAnswer = std::variant<EffectValue, NoCounterfactual>;

// All are exact for discrete and for linear models; else means over options.samples draws with common random numbers.
// Errors: InvalidArgument for unknown nodes and values. Answer: BudgetExceeded.

/// E[Y | do(treated)] - E[Y | do(control)].
[[nodiscard]] EffectAnswer total_effect(const Scm& model, const Contrast& contrast,
                                        const SamplingOptions& options = {});
/// The same with the nodes of `held` set, too.
[[nodiscard]] EffectAnswer controlled_direct_effect(const Scm& model, const Contrast& contrast,
                                                    const std::vector<Hard>& held, const SamplingOptions& options = {});
/// E[Y_{treated, M_control}] - E[Y_control]: the edge cause -> effect alone carries the treatment.
/// TE = NDE(treated, control) - NIE(control, treated).
[[nodiscard]] EffectAnswer natural_direct_effect(const Scm& model, const Contrast& contrast,
                                                 const SamplingOptions& options = {});
/// E[Y_{control, M_treated}] - E[Y_control]: all edges out of the cause but cause -> effect carry the treatment.
[[nodiscard]] EffectAnswer natural_indirect_effect(const Scm& model, const Contrast& contrast,
                                                   const SamplingOptions& options = {});
/// The edges from the cause to `children` carry the treatment, its other edges the control: the effect along all paths
/// that start with one of them. Errors: InvalidArgument for a node that is no child of the cause.
/// Effects along paths told apart further down are in LinearSem::path_specific_effect.
[[nodiscard]] EffectAnswer path_specific_effect(const Scm& model, const Contrast& contrast, const NodeSet& children,
                                                const SamplingOptions& options = {});
/// E[Y_treated - Y_control | X = treated], the effect of treatment on the treated. The cause is discrete, or the model
/// linear and Gaussian.
[[nodiscard]] EffectAnswer effect_on_treated(const Scm& model, const Contrast& contrast);

/// An event `effect = outcome` and a cause at two values.
struct CausationQuery {
  Contrast contrast;
  double outcome = 1;
};
using ProbabilityAnswer = std::variant<double, NoCounterfactual>;

// Discrete models, exactly. Answers: NotIdentifiable when a table with chance lies between cause and effect (then use
// the bounds), ZeroSupport when the condition has probability zero, BudgetExceeded.

/// PN = P(Y_control != y | X = treated, Y = y).
[[nodiscard]] ProbabilityAnswer probability_of_necessity(const Scm& model, const CausationQuery& query);
/// PS = P(Y_treated = y | X = control, Y != y).
[[nodiscard]] ProbabilityAnswer probability_of_sufficiency(const Scm& model, const CausationQuery& query);
/// PNS = P(Y_treated = y, Y_control != y).
[[nodiscard]] ProbabilityAnswer probability_of_necessity_and_sufficiency(const Scm& model, const CausationQuery& query);

/// What a trial and an observational study of a binary cause and outcome give together.
struct BinaryEvidence {
  double outcome_treated = 0;  ///< P(y | do(x)).
  double outcome_control = 0;  ///< P(y | do(x')).
  /// P(x, y), P(x, not y), P(x', y), P(x', not y): sum to 1.
  double treated_with = 0, treated_without = 0, control_with = 0, control_without = 0;
};
/// The evidence a model implies; the cause has two values. Errors: InvalidArgument otherwise.
[[nodiscard]] std::variant<BinaryEvidence, NoCounterfactual> binary_evidence(const Scm& model,
                                                                             const CausationQuery& query);

struct Interval {
  double low = 0;
  double high = 1;
};
/// Sharp bounds given the evidence. PN and PS are [0, 1] when their condition has probability zero.
struct CausationBounds {
  Interval necessity;
  Interval sufficiency;
  Interval necessity_and_sufficiency;
};
/// Source: Tian and Pearl, "Probabilities of causation: bounds and identification", 2000.
/// Errors: InvalidArgument for evidence that no model has: a number outside [0, 1], a joint that does not sum to 1, or
/// an experiment that contradicts it, such as P(y | do(x)) < P(x, y).
[[nodiscard]] CausationBounds causation_bounds(const BinaryEvidence& evidence);

/// The point values under monotonicity: nobody in whom the treatment prevents the outcome.
struct MonotoneCausation {
  double necessity = 0;
  double sufficiency = 0;
  double necessity_and_sufficiency = 0;
};
/// Nothing when the evidence contradicts monotonicity: a value would lie outside its bounds. Errors: as
/// causation_bounds; a value whose condition has probability zero is 0.
[[nodiscard]] std::optional<MonotoneCausation> monotone_causation(const BinaryEvidence& evidence);

}  // namespace causal
