#include "causal/scm/counterfactual.hpp"

#include <fmt/format.h>

#include <cmath>

#include "causal/run/error.hpp"
#include "counterfactual_parts.hpp"

namespace causal {

using Kind = NoiseOfValue::Kind;

namespace detail {

std::vector<std::optional<double>> observed_values(const char* function, const Scm& model,
                                                   const std::vector<Observation>& evidence) {
  std::vector<std::optional<double>> values(slot(model.n()));
  for (const Observation& one : evidence) {
    model.require_value(function, one.node, one.value);
    if (values[slot(one.node)]) {
      throw InvalidArgument(function, "evidence", "'" + model.name(one.node) + "'", "be given once");
    }
    values[slot(one.node)] = one.value;
  }
  return values;
}

std::vector<bool> changed_nodes(const Scm& model, const Scm& after) {
  std::vector<bool> changed(slot(model.n()), false);
  for (const NodeId v : after.dag().topological_order()) {
    changed[slot(v)] = model.mechanism_ptr(v) != after.mechanism_ptr(v);
    for (const NodeId u : after.dag().parents(v)) changed[slot(v)] = changed[slot(v)] || changed[slot(u)];
  }
  return changed;
}

std::vector<bool> ancestors_of(const Scm& model, const std::vector<NodeId>& nodes) {
  std::vector<bool> above(slot(model.n()), false);
  for (const NodeId v : nodes) {
    if (v < 0 || v >= model.n()) throw InvalidArgument("counterfactual", "query", std::to_string(v), "be a node");
    above[slot(v)] = true;
  }
  const auto& order = model.dag().topological_order();
  for (auto v = order.rbegin(); v != order.rend(); ++v) {
    if (!above[slot(*v)]) continue;
    for (const NodeId u : model.dag().parents(*v)) above[slot(u)] = true;
  }
  return above;
}

NoCounterfactual refuse_noise(const Scm& model, NodeId v, Kind kind) {
  const std::string name = "'" + model.name(v) + "'";
  if (kind == Kind::Impossible) {
    return {Refusal::ZeroSupport, v, "the evidence has probability zero: " + name + " cannot have its value"};
  }
  if (kind == Kind::Unknown) {
    return {Refusal::NotInvertible, v,
            "the mechanism of " + name + " has no inverse and is not declared monotone in its noise"};
  }
  return {Refusal::NotDetermined, v, "several noise values of " + name + " fit the evidence"};
}

}  // namespace detail

namespace {

using detail::observed_values;
using Values = std::vector<std::optional<double>>;

// The values of the parents, or nothing when one is not known.
std::optional<std::vector<double>> parent_values(const Scm& model, NodeId v, const Values& values) {
  std::vector<double> parents;
  for (const NodeId u : model.dag().parents(v)) {
    if (!values[slot(u)]) return std::nullopt;
    parents.push_back(*values[slot(u)]);
  }
  return parents;
}

// Adds what follows without noise from what was observed; refuses what contradicts it.
std::optional<NoCounterfactual> complete(const Scm& model, Values& values) {
  for (const NodeId v : model.dag().topological_order()) {
    const auto parents = parent_values(model, v, values);
    if (!parents) continue;
    if (values[slot(v)]) {
      const NoiseOfValue noise = model.mechanism(v).noise_of(*values[slot(v)], *parents);
      if (noise.kind == Kind::Impossible) return detail::refuse_noise(model, v, noise.kind);
    } else if (model.mechanism(v).noise().kind() == Noise::Kind::None) {
      values[slot(v)] = model.mechanism(v).value(*parents, 0);
    }
  }
  return std::nullopt;
}

// The noise of v in the world that was observed.
std::variant<double, NoCounterfactual> noise_of(const Scm& model, NodeId v, const Values& factual) {
  if (model.mechanism(v).noise().kind() == Noise::Kind::None) return 0.0;
  const auto parents = parent_values(model, v, factual);
  if (!factual[slot(v)] || !parents) {
    return NoCounterfactual{Refusal::NotDetermined, v,
                            "the noise of '" + model.name(v) + "' follows only from it and all its parents together"};
  }
  const NoiseOfValue noise = model.mechanism(v).noise_of(*factual[slot(v)], *parents);
  if (noise.kind == Kind::Unique) return noise.noise;
  return detail::refuse_noise(model, v, noise.kind);
}

}  // namespace

std::variant<std::vector<double>, NoCounterfactual> abduct(const Scm& model, const std::vector<Observation>& evidence) {
  const Values values = observed_values("abduct", model, evidence);
  std::vector<double> noise(slot(model.n()), 0.0);
  for (NodeId v = 0; v < model.n(); ++v) {
    if (!values[slot(v)]) throw InvalidArgument("abduct: '" + model.name(v) + "' is not observed");
    const std::vector<double> parents = *parent_values(model, v, values);
    const NoiseOfValue found = model.mechanism(v).noise_of(*values[slot(v)], parents);
    if (found.kind != Kind::Unique) return detail::refuse_noise(model, v, found.kind);
    noise[slot(v)] = found.noise;
  }
  return noise;
}

std::variant<PointCounterfactual, NoCounterfactual> counterfactual_point(const Scm& model,
                                                                         const std::vector<Observation>& evidence,
                                                                         const std::vector<Intervention>& interventions,
                                                                         const std::vector<NodeId>& query) {
  const Scm after = intervene(model, interventions);
  Values factual = observed_values("counterfactual_point", model, evidence);
  if (auto refusal = complete(model, factual)) return *refusal;
  const std::vector<bool> changed = detail::changed_nodes(model, after);
  const std::vector<bool> needed = detail::ancestors_of(after, query);
  Values values(slot(model.n()));
  for (const NodeId v : after.dag().topological_order()) {
    if (!needed[slot(v)]) continue;
    const bool is_random = after.has_fresh_noise(v) && after.mechanism(v).noise().kind() != Noise::Kind::None;
    if (is_random) {
      return NoCounterfactual{Refusal::NotDetermined, v, "the intervention on '" + model.name(v) + "' is random"};
    }
    if (!changed[slot(v)]) {
      // What no intervention touches stays as it was; only what is asked for or feeds a changed node must be known.
      values[slot(v)] = factual[slot(v)];
      continue;
    }
    const auto parents = parent_values(after, v, values);
    if (!parents) {
      return NoCounterfactual{Refusal::NotDetermined, v, "a parent of '" + model.name(v) + "' is not observed"};
    }
    double u = 0;
    if (after.mechanism(v).noise().kind() != Noise::Kind::None) {
      const auto found = noise_of(model, v, factual);
      if (const auto* refusal = std::get_if<NoCounterfactual>(&found)) return *refusal;
      u = std::get<double>(found);
    }
    values[slot(v)] = after.mechanism(v).value(*parents, u);
  }
  PointCounterfactual result;
  for (const NodeId v : query) {
    if (!values[slot(v)]) return NoCounterfactual{Refusal::NotDetermined, v, "'" + model.name(v) + "' is not observed"};
    result.values.push_back(*values[slot(v)]);
  }
  return result;
}

CounterfactualAnswer counterfactual(const Scm& model, const std::vector<Observation>& evidence,
                                    const std::vector<Intervention>& interventions, const std::vector<NodeId>& query,
                                    const SamplingOptions& options) {
  const auto as_answer = [](auto&& one) -> CounterfactualAnswer { return one; };
  if (model.is_discrete()) {
    WorldQuery worlds{{interventions}, {}};
    for (const NodeId v : query) worlds.query.push_back({1, v});
    for (const Observation& one : evidence) worlds.given.push_back({0, one.node, one.value});
    return std::visit(as_answer, counterfactual_distribution(model, worlds, {.run = options.run}));
  }
  const auto point = counterfactual_point(model, evidence, interventions, query);
  const auto* refusal = std::get_if<NoCounterfactual>(&point);
  if (refusal == nullptr || refusal->refusal == Refusal::ZeroSupport) return std::visit(as_answer, point);
  const auto before = model.linear_form();
  const auto after = intervene(model, interventions).linear_form();
  if (before && before->gaussian && after && after->gaussian) {
    return std::visit(as_answer, counterfactual_gaussian(model, evidence, interventions));
  }
  return std::visit(as_answer, counterfactual_sample(model, evidence, interventions, query, options));
}

}  // namespace causal
