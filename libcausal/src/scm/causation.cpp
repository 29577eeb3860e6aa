// Probabilities of causation: exact from functions, bounded from experiments and observations.
#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"
#include "causal/scm/effects.hpp"

namespace causal {
namespace {

constexpr double kTolerance = 1e-9;

// World 1 has the treatment, world 2 the control.
WorldQuery two_worlds(const CausationQuery& query, std::vector<WorldNode> asked, std::vector<WorldValue> given = {}) {
  const Contrast& c = query.contrast;
  return {{{Hard{c.cause, c.treated}}, {Hard{c.cause, c.control}}}, std::move(asked), std::move(given)};
}

void check(const char* function, const Scm& model, const CausationQuery& query) {
  model.require_value(function, query.contrast.cause, query.contrast.treated);
  model.require_value(function, query.contrast.cause, query.contrast.control);
  model.require_value(function, query.contrast.effect, query.outcome);
  if (query.contrast.treated == query.contrast.control) {
    throw InvalidArgument(function, "contrast", "one value twice", "compare two values of the cause");
  }
}

double at(const Factor& factor, std::vector<int> cell) { return factor.at(cell); }

// Sums of the cells of an (a, b) table with a other than the value, and b equal to it; of a table over a alone: not it.
// Added up rather than subtracted from 1, so that what is impossible is exactly 0.
double other_then(const Factor& joint, int value) {
  double sum = 0;
  for (int k = 0; k < joint.cardinalities()[0]; ++k) {
    if (k != value) sum += at(joint, {k, value});
  }
  return sum;
}
double other(const Factor& table, int value) {
  double sum = 0;
  for (int k = 0; k < table.cardinalities()[0]; ++k) {
    if (k != value) sum += table.slice(table.scope()[0], k).total();
  }
  return sum;
}

double clamp01(double p) { return std::clamp(p, 0.0, 1.0); }

}  // namespace

ProbabilityAnswer probability_of_necessity(const Scm& model, const CausationQuery& query) {
  check("probability_of_necessity", model, query);
  const Contrast& c = query.contrast;
  const auto answer = counterfactual_distribution(
      model, two_worlds(query, {{2, c.effect}}, {{0, c.cause, c.treated}, {0, c.effect, query.outcome}}));
  if (const auto* refusal = std::get_if<NoCounterfactual>(&answer)) return *refusal;
  return other(std::get<DiscreteCounterfactual>(answer).distribution, static_cast<int>(query.outcome));
}

ProbabilityAnswer probability_of_sufficiency(const Scm& model, const CausationQuery& query) {
  check("probability_of_sufficiency", model, query);
  const Contrast& c = query.contrast;
  // "Y != y" may be several values: condition on it by hand.
  const auto answer =
      counterfactual_distribution(model, two_worlds(query, {{0, c.effect}, {1, c.effect}}, {{0, c.cause, c.control}}));
  if (const auto* refusal = std::get_if<NoCounterfactual>(&answer)) return *refusal;
  const Factor& joint = std::get<DiscreteCounterfactual>(answer).distribution;
  const int y = static_cast<int>(query.outcome);
  const double without = other(joint, y);
  if (without == 0) {
    return NoCounterfactual{Refusal::ZeroSupport, c.effect, "the control never comes without the outcome"};
  }
  return clamp01(other_then(joint, y) / without);
}

ProbabilityAnswer probability_of_necessity_and_sufficiency(const Scm& model, const CausationQuery& query) {
  check("probability_of_necessity_and_sufficiency", model, query);
  const NodeId effect = query.contrast.effect;
  const auto answer = counterfactual_distribution(model, two_worlds(query, {{2, effect}, {1, effect}}));
  if (const auto* refusal = std::get_if<NoCounterfactual>(&answer)) return *refusal;
  const Factor& joint = std::get<DiscreteCounterfactual>(answer).distribution;
  return other_then(joint, static_cast<int>(query.outcome));
}

std::variant<BinaryEvidence, NoCounterfactual> binary_evidence(const Scm& model, const CausationQuery& query) {
  check("binary_evidence", model, query);
  const Contrast& c = query.contrast;
  if (model.cardinality(c.cause) != 2) {
    throw InvalidArgument("binary_evidence", "cause", "'" + model.name(c.cause) + "'", "have two values");
  }
  const auto joint = counterfactual_distribution(model, {{}, {{0, c.cause}, {0, c.effect}}});
  if (const auto* refusal = std::get_if<NoCounterfactual>(&joint)) return *refusal;
  const Factor& p = std::get<DiscreteCounterfactual>(joint).distribution;
  const int x = static_cast<int>(c.treated);
  const int y = static_cast<int>(query.outcome);
  BinaryEvidence evidence;
  evidence.treated_with = at(p, {x, y});
  evidence.treated_without = other(p.slice(0, x), y);
  evidence.control_with = at(p, {1 - x, y});
  evidence.control_without = other(p.slice(0, 1 - x), y);
  for (const bool treated : {true, false}) {
    const Scm after = intervene(model, {Hard{c.cause, treated ? c.treated : c.control}});
    const auto answer = counterfactual_distribution(after, {{}, {{0, c.effect}}});
    if (const auto* refusal = std::get_if<NoCounterfactual>(&answer)) return *refusal;
    (treated ? evidence.outcome_treated : evidence.outcome_control) =
        at(std::get<DiscreteCounterfactual>(answer).distribution, {y});
  }
  return evidence;
}

namespace {

void check(const BinaryEvidence& e) {
  const auto refuse = [](const char* argument, double value, const char* rule) {
    throw InvalidArgument("causation_bounds", argument, std::to_string(value), rule);
  };
  for (const double p :
       {e.outcome_treated, e.outcome_control, e.treated_with, e.treated_without, e.control_with, e.control_without}) {
    if (!(p >= -kTolerance && p <= 1 + kTolerance)) refuse("evidence", p, "lie in [0, 1]");
  }
  const double sum = e.treated_with + e.treated_without + e.control_with + e.control_without;
  if (!(std::abs(sum - 1) <= kTolerance)) refuse("sum of the joint", sum, "be 1");
  // Consistency: those who took x show what do(x) does to them.
  if (e.outcome_treated < e.treated_with - kTolerance || e.outcome_treated > 1 - e.treated_without + kTolerance) {
    refuse("outcome_treated", e.outcome_treated, "lie in [P(x, y), 1 - P(x, not y)]");
  }
  if (e.outcome_control < e.control_with - kTolerance || e.outcome_control > 1 - e.control_without + kTolerance) {
    refuse("outcome_control", e.outcome_control, "lie in [P(x', y), 1 - P(x', not y)]");
  }
}

Interval interval(double low, double high) { return {clamp01(low), clamp01(high)}; }

}  // namespace

CausationBounds causation_bounds(const BinaryEvidence& e) {
  check(e);
  const double y = e.treated_with + e.control_with;
  CausationBounds bounds;
  bounds.necessity_and_sufficiency =
      interval(std::max({0.0, e.outcome_treated - e.outcome_control, y - e.outcome_control, e.outcome_treated - y}),
               std::min({e.outcome_treated, 1 - e.outcome_control, e.treated_with + e.control_without,
                         e.outcome_treated - e.outcome_control + e.treated_without + e.control_with}));
  if (e.treated_with > 0) {
    bounds.necessity = interval((y - e.outcome_control) / e.treated_with,
                                (1 - e.outcome_control - e.control_without) / e.treated_with);
  }
  if (e.control_without > 0) {
    bounds.sufficiency =
        interval((e.outcome_treated - y) / e.control_without, (e.outcome_treated - e.treated_with) / e.control_without);
  }
  return bounds;
}

std::optional<MonotoneCausation> monotone_causation(const BinaryEvidence& e) {
  check(e);
  const double y = e.treated_with + e.control_with;
  // Without a preventive effect, whoever has the outcome keeps it under treatment and loses none under control.
  if (y > e.outcome_treated + kTolerance || e.outcome_control > y + kTolerance) return std::nullopt;
  MonotoneCausation result;
  result.necessity_and_sufficiency = clamp01(e.outcome_treated - e.outcome_control);
  if (e.treated_with > 0) result.necessity = clamp01((y - e.outcome_control) / e.treated_with);
  if (e.control_without > 0) result.sufficiency = clamp01((e.outcome_treated - y) / e.control_without);
  return result;
}

}  // namespace causal
