#include "causal/scm/effects.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

#include "causal/run/error.hpp"

namespace causal {
namespace {

// The number each level stands for: itself when all levels are numbers, else its code.
std::vector<double> level_values(const Scm& model, NodeId v) {
  const auto& levels = model.levels(v);
  std::vector<double> values;
  for (const std::string& level : levels) {
    char* end = nullptr;
    values.push_back(std::strtod(level.c_str(), &end));
    if (!level.empty() && *end == '\0') continue;
    values.resize(levels.size());
    std::iota(values.begin(), values.end(), 0.0);
    return values;
  }
  return values;
}

double mean_of(const std::vector<double>& probabilities, const std::vector<double>& values) {
  double sum = 0;
  for (std::size_t k = 0; k < values.size(); ++k) sum += probabilities[k] * values[k];
  return sum;
}

bool is_discrete_above(const Scm& model, NodeId v) {
  std::vector<NodeId> stack{v};
  std::vector<bool> seen(slot(model.n()), false);
  while (!stack.empty()) {
    const NodeId u = stack.back();
    stack.pop_back();
    if (seen[slot(u)]) continue;
    seen[slot(u)] = true;
    if (!model.is_discrete(u)) return false;
    for (const NodeId w : model.dag().parents(u)) stack.push_back(w);
  }
  return true;
}

// E[v] in `with` minus E[v] in `without`.
EffectAnswer difference(const Scm& with, const Scm& without, NodeId v, const SamplingOptions& options) {
  if (is_discrete_above(with, v) && is_discrete_above(without, v)) {
    const std::vector<double> values = level_values(with, v);
    double means[2];
    for (const int k : {0, 1}) {
      const auto answer = counterfactual_distribution(k == 0 ? with : without, {{}, {{0, v}}}, {.run = options.run});
      if (const auto* refusal = std::get_if<NoCounterfactual>(&answer)) return *refusal;
      means[k] = mean_of(std::get<DiscreteCounterfactual>(answer).distribution.values(), values);
    }
    return EffectValue{means[0] - means[1]};
  }
  const auto linear_with = with.linear_form();
  const auto linear_without = without.linear_form();
  if (linear_with && linear_without) return EffectValue{linear_with->mean()[v] - linear_without->mean()[v]};
  validate(options, "effects");
  const auto column = [&](const Scm& model) {
    Eigen::VectorXd values = model.sample_values(options.samples, options.run).col(v);
    if (!model.is_discrete(v)) return values;
    const std::vector<double> levels = level_values(model, v);
    for (double& value : values) value = levels[static_cast<std::size_t>(value)];
    return values;
  };
  const Eigen::VectorXd paired = column(with) - column(without);
  const double mean = paired.mean();
  const double n = static_cast<double>(options.samples);
  return EffectValue{mean, std::sqrt((paired.array() - mean).square().sum() / std::max(1.0, n - 1) / n)};
}

NodeSet children_of(const Scm& model, NodeId v) {
  return {model.dag().children(v).begin(), model.dag().children(v).end()};
}

void check(const char* function, const Scm& model, const Contrast& contrast) {
  model.require_value(function, contrast.cause, contrast.treated);
  model.require_value(function, contrast.cause, contrast.control);
  if (contrast.effect < 0 || contrast.effect >= model.n() || contrast.effect == contrast.cause) {
    throw InvalidArgument(function, "effect", std::to_string(contrast.effect), "be another node of the model");
  }
}

// The model in which every edge out of the cause carries the control, except those to `active`.
Scm split_treatment(const Scm& model, const Contrast& contrast, const NodeSet& active) {
  std::vector<Intervention> edges;
  for (const NodeId child : model.dag().children(contrast.cause)) {
    const bool carries = std::find(active.begin(), active.end(), child) != active.end();
    edges.emplace_back(EdgeIntervention{contrast.cause, child, carries ? contrast.treated : contrast.control});
  }
  return intervene(model, edges);
}

}  // namespace

EffectAnswer total_effect(const Scm& model, const Contrast& contrast, const SamplingOptions& options) {
  return controlled_direct_effect(model, contrast, {}, options);
}

EffectAnswer controlled_direct_effect(const Scm& model, const Contrast& contrast, const std::vector<Hard>& held,
                                      const SamplingOptions& options) {
  check("controlled_direct_effect", model, contrast);
  const Scm base = intervene(model, {HardSet{held}});
  return difference(intervene(base, {Hard{contrast.cause, contrast.treated}}),
                    intervene(base, {Hard{contrast.cause, contrast.control}}), contrast.effect, options);
}

EffectAnswer natural_direct_effect(const Scm& model, const Contrast& contrast, const SamplingOptions& options) {
  check("natural_direct_effect", model, contrast);
  NodeSet direct = children_of(model, contrast.cause);
  std::erase_if(direct, [&](NodeId v) { return v != contrast.effect; });
  return path_specific_effect(model, contrast, direct, options);
}

EffectAnswer natural_indirect_effect(const Scm& model, const Contrast& contrast, const SamplingOptions& options) {
  check("natural_indirect_effect", model, contrast);
  NodeSet indirect = children_of(model, contrast.cause);
  std::erase(indirect, contrast.effect);
  return path_specific_effect(model, contrast, indirect, options);
}

EffectAnswer path_specific_effect(const Scm& model, const Contrast& contrast, const NodeSet& children,
                                  const SamplingOptions& options) {
  check("path_specific_effect", model, contrast);
  for (const NodeId child : children) {
    if (child < 0 || child >= model.n() || !model.dag().graph().has_directed_edge(contrast.cause, child)) {
      throw InvalidArgument("path_specific_effect", "children", std::to_string(child), "be children of the cause");
    }
  }
  return difference(split_treatment(model, contrast, children), split_treatment(model, contrast, {}), contrast.effect,
                    options);
}

EffectAnswer effect_on_treated(const Scm& model, const Contrast& contrast) {
  check("effect_on_treated", model, contrast);
  double means[2];
  for (const int k : {0, 1}) {
    const std::vector<Intervention> set{Hard{contrast.cause, k == 0 ? contrast.treated : contrast.control}};
    if (is_discrete_above(model, contrast.effect) && is_discrete_above(model, contrast.cause)) {
      const WorldQuery query{{set}, {{1, contrast.effect}}, {{0, contrast.cause, contrast.treated}}};
      const auto answer = counterfactual_distribution(model, query);
      if (const auto* refusal = std::get_if<NoCounterfactual>(&answer)) return *refusal;
      means[k] =
          mean_of(std::get<DiscreteCounterfactual>(answer).distribution.values(), level_values(model, contrast.effect));
    } else {
      const auto answer = counterfactual_gaussian(model, {{contrast.cause, contrast.treated}}, set);
      if (const auto* refusal = std::get_if<NoCounterfactual>(&answer)) return *refusal;
      means[k] = std::get<GaussianCounterfactual>(answer).mean[contrast.effect];
    }
  }
  return EffectValue{means[0] - means[1]};
}

}  // namespace causal
