// causal do on a Bayesian network or a structural model.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "causal/io/bif.hpp"
#include "causal/io/file.hpp"
#include "causal/scm/counterfactual.hpp"
#include "causal/scm/network_query.hpp"
#include "do_query.hpp"

namespace causal::cli {
namespace {

constexpr std::array<const char*, 5> kRefusals{"zero_support", "not_invertible", "not_determined", "not_identifiable",
                                               "budget_exceeded"};

DoRefusal refusal_of(const Scm& model, const NoCounterfactual& no) {
  return {kRefusals[static_cast<std::size_t>(no.refusal)], no.reason, no.node < 0 ? "" : model.name(no.node)};
}

std::vector<Observation> observations(const Scm& model, const std::vector<Setting>& settings) {
  std::vector<Observation> list;
  for (const auto& [name, text] : settings) {
    const NodeId v = model.id(name);
    list.push_back({v, model.value_of(v, text)});
  }
  return list;
}

// One world with the values set; `given` in world 0 and `after` in world 1.
WorldQuery world_query(const Scm& model, const DoQuestion& question, const std::vector<NodeId>& query) {
  WorldQuery worlds;
  std::vector<Intervention> hard;
  for (const Observation& one : observations(model, question.set)) hard.emplace_back(Hard{one.node, one.value});
  worlds.worlds.push_back(std::move(hard));
  for (const NodeId v : query) worlds.query.push_back({1, v});
  for (const Observation& one : observations(model, question.given)) worlds.given.push_back({0, one.node, one.value});
  for (const Observation& one : observations(model, question.after)) worlds.given.push_back({1, one.node, one.value});
  return worlds;
}

void answer_discrete(Scm model, const DoQuestion& question, const std::vector<NodeId>& query, DoAnswer& answer) {
  const WorldQuery worlds = world_query(model, question, query);
  auto result = counterfactual_distribution(model, worlds, {.run = question.run});
  const auto* no = std::get_if<NoCounterfactual>(&result);
  while (no != nullptr && no->refusal == Refusal::NotIdentifiable && question.independent_responses) {
    answer.warnings.push_back("responses of '" + model.name(no->node) +
                              "' to different parents are assumed to be independent");
    auto with = with_response_functions(model, no->node);
    if (const auto* refused = std::get_if<NoCounterfactual>(&with)) {
      answer.refusal = refusal_of(model, *refused);
      return;
    }
    model = std::get<Scm>(std::move(with));
    result = counterfactual_distribution(model, worlds, {.run = question.run});
    no = std::get_if<NoCounterfactual>(&result);
  }
  if (no != nullptr) {
    answer.refusal = refusal_of(model, *no);
    if (no->refusal == Refusal::NotIdentifiable) answer.refusal->reason += " (--independent-responses assumes a way)";
    return;
  }
  answer.method = "contraction";
  answer.distribution = std::get<DiscreteCounterfactual>(result).distribution;
  // The same where the values set were seen instead.
  WorldQuery seen{{}, {}, {}};
  for (const NodeId v : query) seen.query.push_back({0, v});
  for (const auto* settings : {&question.set, &question.given, &question.after}) {
    for (const Observation& one : observations(model, *settings)) seen.given.push_back({0, one.node, one.value});
  }
  const auto naive = counterfactual_distribution(model, seen, {.run = question.run});
  if (const auto* found = std::get_if<DiscreteCounterfactual>(&naive)) answer.seen = found->distribution;
}

// Probabilities of the levels from weighted draws of one column.
Factor level_weights(const WeightedSample& sample, int levels) {
  std::vector<double> mass(static_cast<std::size_t>(levels), 0.0);
  for (Eigen::Index i = 0; i < sample.weights.size(); ++i) {
    mass[static_cast<std::size_t>(sample.values(i, 0))] += sample.weights[i];
  }
  return {{0}, {levels}, std::move(mass)};
}

void settle(const Scm& model, const CounterfactualAnswer& result, const std::vector<NodeId>& query, DoAnswer& answer) {
  if (const auto* no = std::get_if<NoCounterfactual>(&result)) {
    answer.refusal = refusal_of(model, *no);
    return;
  }
  const auto add = [&](std::size_t i, double mean, double sd, double error) {
    answer.moments.push_back({model.name(query[i]), mean, sd, error});
  };
  if (const auto* point = std::get_if<PointCounterfactual>(&result)) {
    answer.method = "exact";
    for (std::size_t i = 0; i < query.size(); ++i) add(i, point->values[i], 0, 0);
  } else if (const auto* gaussian = std::get_if<GaussianCounterfactual>(&result)) {
    answer.method = "gaussian";
    for (std::size_t i = 0; i < query.size(); ++i) {
      add(i, gaussian->mean[query[i]], std::sqrt(std::max(0.0, gaussian->covariance(query[i], query[i]))), 0);
    }
  } else if (const auto* sample = std::get_if<WeightedSample>(&result)) {
    answer.method = "sampling";
    answer.effective_sample_size = sample->effective_sample_size;
    if (query.size() == 1 && model.is_discrete(query[0])) {
      answer.variables.push_back({model.name(query[0]), model.levels(query[0])});
      answer.distribution = level_weights(*sample, model.cardinality(query[0]));
      return;
    }
    for (std::size_t i = 0; i < query.size(); ++i) {
      const int column = static_cast<int>(i);
      const double mean = sample->mean(column);
      const double variance = sample->weights.dot((sample->values.col(column).array() - mean).square().matrix());
      add(i, mean, std::sqrt(variance), sample->standard_error(column));
    }
  }
}

}  // namespace

DoAnswer do_on_scm(const DoQuestion& question, const Scm& model) {
  if (!question.table.empty()) {
    throw InvalidArgument("a model has its own numbers", "--table", "Leave out --table, or give a graph.");
  }
  DoAnswer answer{.source = "scm", .picture = {model.dag(), model.observed(), {}}};
  for (const Observation& one : observations(model, question.set)) {
    answer.picture.values.emplace_back(model.name(one.node), one.value);
  }
  std::vector<NodeId> query;
  for (const std::string& name : question.query) query.push_back(model.id(name));
  if (model.is_discrete()) {
    for (const NodeId v : query) answer.variables.push_back({model.name(v), model.levels(v)});
    answer_discrete(model, question, query, answer);
    return answer;
  }
  std::vector<Intervention> hard;
  for (const Observation& one : observations(model, question.set)) hard.emplace_back(Hard{one.node, one.value});
  const SamplingOptions options{.samples = question.samples, .run = question.run};
  if (question.after.empty()) {
    settle(model, counterfactual(model, observations(model, question.given), hard, query, options), query, answer);
  } else if (question.given.empty()) {
    // What is seen under the intervention is evidence in the model after it.
    const Scm changed = intervene(model, hard);
    settle(model, counterfactual(changed, observations(model, question.after), {}, query, options), query, answer);
  } else {
    throw InvalidArgument("--given and --after together need a discrete model", "the command line", "Use one of them.");
  }
  return answer;
}

DoAnswer do_on_network(const DoQuestion& question) {
  const io::BifModel file = io::read_bif(std::string(io::MappedFile(question.model).bytes()), question.model);
  DoAnswer answer = do_on_scm(question, to_scm(file.network));
  answer.source = "network";
  answer.warnings.insert(answer.warnings.begin(), file.warnings.begin(), file.warnings.end());
  return answer;
}

}  // namespace causal::cli
