#include "causal/estimation/invariance/stable_selection.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "causal/math/optimize.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/progress.hpp"
#include "causal/run/stop.hpp"
#include "invariance/adversary.hpp"
#include "invariance/environment_model.hpp"
#include "invariance/predictor_fit.hpp"

namespace causal::estimation {
namespace {

/// One class, fitted and attacked.
struct FittedClass {
  bool reached = false;
  NodeSet inputs;
  SmoothRegression regression;
  Eigen::VectorXd worst;     // n losses
  Eigen::VectorXd observed;  // n losses
};

void check_adversary(const StableGraphFacts& facts, const Dag& graph, const NodeValues& table,
                     const StableSelectionOptions& options) {
  if (options.adversary != AdversaryKind::Network) return;
  if (!optimizer_available()) {
    throw InvalidArgument("select_stable_subset: this build has no optimiser for adversary network", {},
                          "Use adversary cells.");
  }
  for (const NodeId m : facts.mutable_nodes) {
    if (table.levels[slot(m)] == 0) continue;
    throw InvalidArgument(fmt::format("select_stable_subset: adversary network cannot set '{}', which is discrete",
                                      graph.graph().name(m)),
                          {}, "Use adversary cells.");
  }
}

void check_memory(const Dataset& data, const Dag& graph, const StableSelectionOptions& options) {
  // The regenerated rows, and for each thread a fold of them with its features.
  const double rows = static_cast<double>(data.rows()) * options.replicates;
  const double bytes =
      8 * rows *
      (graph.n() + (graph.n() + 2.0 * options.features) / options.folds * resolve_threads(options.run.threads));
  if (bytes > static_cast<double>(options.run.memory_limit_bytes)) {
    throw BudgetError(
        fmt::format("select_stable_subset needs about {:.0f} MiB, more than the memory limit", bytes / 1048576), {},
        "Use fewer replicates or features.");
  }
}

void warn_of_data(const Dataset& data, const Dag& graph, StableSelection& result) {
  std::size_t environments = 1;
  if (data.roles().environment) {
    const Eigen::VectorXd column = data.values().col(*data.roles().environment);
    environments = std::set<double>(column.begin(), column.end()).size();
  }
  result.diagnostics.add("environments", static_cast<double>(environments));
  if (data.roles().environment && environments < 2) {
    result.warnings.emplace_back(
        "all rows come from one environment: what mutable variables do and what their causes do is told apart only by "
        "the noise between them");
  }
  for (const NodeId u : result.facts.unobserved) {
    bool moves_mutable = false, moves_other = false;
    for (const NodeId child : graph.children(u)) {
      const auto& mutable_nodes = result.facts.mutable_nodes;
      const bool is_mutable = std::binary_search(mutable_nodes.begin(), mutable_nodes.end(), child);
      (is_mutable ? moves_mutable : moves_other) = true;
    }
    if (moves_mutable && moves_other) {
      result.warnings.push_back(fmt::format(
          "unobserved '{}' moves mutable and stable variables: the worst environment found does not use it, "
          "and may not be the worst",
          graph.graph().name(u)));
    }
  }
}

std::vector<StableClass> candidate_classes(const Dag& graph, const StableQuestion& question,
                                           const StableSelectionOptions& options, StableSelection& result) {
  StableClasses found = stable_classes(graph, question, {.max_classes = options.max_classes, .run = options.run});
  result.status = found.status;
  result.warnings.insert(result.warnings.end(), found.warnings.begin(), found.warnings.end());
  result.diagnostics.add("classes", static_cast<double>(found.classes.size()));
  if (!options.use_criterion || !result.facts.whole_set_optimal) return std::move(found.classes);
  // One candidate: the class that holds the whole set.
  for (StableClass& each : found.classes) {
    if (each.contains(result.facts.stable)) return {std::move(each)};
  }
  // The search ended before it came to it.
  result.status = Status::Ok;
  result.warnings.clear();
  return {StableClass{.minimal = result.facts.stable, .optional = {}}};
}

FittedClass fit_and_attack(const EnvironmentModel& model, const NodeValues& randomised,
                           const std::vector<int>& randomised_folds, const StableClass& candidate,
                           const StableSelectionOptions& options) {
  FittedClass fitted;
  fitted.inputs = candidate.minimal;
  const NodeSet moving = options.reference_compat
                             ? model.facts.mutable_nodes
                             : relevant_mutable_nodes(*model.graph, model.facts, candidate.minimal);
  fitted.inputs.insert(fitted.inputs.end(), moving.begin(), moving.end());
  std::sort(fitted.inputs.begin(), fitted.inputs.end());
  fitted.regression =
      SmoothRegression(randomised, fitted.inputs, randomised.values.col(model.facts.target), randomised_folds,
                       {.features = options.features, .folds = options.folds, .seed = options.run.seed});
  const Eigen::VectorXd y = model.table.values.col(model.facts.target);
  fitted.observed = (y - fitted.regression.predict(model.table.values, model.fold_of)).cwiseAbs2();
  fitted.worst = held_out_losses(Attack(model, fitted.regression, fitted.inputs), options);
  fitted.reached = true;
  return fitted;
}

double standard_error(const Eigen::VectorXd& values) {
  const auto n = static_cast<double>(values.size());
  return std::sqrt((values.array() - values.mean()).square().sum() / (n - 1) / n);
}

InvariantPredictor make_predictor(const Dataset& data, const Dag& graph, const StableGraphFacts& facts,
                                  const FittedClass& fitted) {
  const auto fit = std::make_shared<InvariantPredictor::Fit>();
  fit->target = graph.graph().name(facts.target);
  fit->nodes = fitted.inputs;
  for (const NodeId v : fitted.inputs) {
    const std::string& name = graph.graph().name(v);
    fit->columns.push_back(name);
    fit->levels.push_back(data.column(data.index_of(name)).levels);
  }
  fit->width = graph.n();
  fit->regression = fitted.regression;
  return InvariantPredictor(fit);
}

SubsetRisk risk_of(const Dataset& data, const Dag& graph, const StableGraphFacts& facts, const StableClass& candidate,
                   const FittedClass& fitted) {
  return {.subset_class = candidate,
          .risk = fitted.worst.mean(),
          .std_error = standard_error(fitted.worst),
          .observed_risk = fitted.observed.mean(),
          .predictor = make_predictor(data, graph, facts, fitted)};
}

/// The least risk, or the smallest set whose risk is as good as that.
int choose(const std::vector<SubsetRisk>& risks, const std::vector<const FittedClass*>& fitted, double tie_errors) {
  if (risks.empty()) return -1;
  const auto less = [](const SubsetRisk& a, const SubsetRisk& b) { return a.risk < b.risk; };
  const auto least = static_cast<std::size_t>(std::min_element(risks.begin(), risks.end(), less) - risks.begin());
  std::size_t chosen = least;
  for (std::size_t i = 0; i < risks.size(); ++i) {
    const Eigen::VectorXd more = fitted[i]->worst - fitted[least]->worst;
    if (more.mean() > tie_errors * standard_error(more)) continue;
    const auto size = [&](std::size_t j) { return risks[j].subset_class.minimal.size(); };
    if (size(i) < size(chosen) || (size(i) == size(chosen) && risks[i].risk < risks[chosen].risk)) chosen = i;
  }
  return static_cast<int>(chosen);
}

}  // namespace

std::string StableSelection::brief(const Dag& graph) const {
  if (chosen < 0) return fmt::format("no subset was reached ({}), n {}", to_string(status), n);
  const SubsetRisk& best = risks[static_cast<std::size_t>(chosen)];
  std::vector<std::string> names;
  for (const NodeId v : best.subset_class.minimal) names.push_back(graph.graph().name(v));
  return fmt::format("{{{}}}: worst-case risk {:.6g} (se {:.2g}), {} classes, n {}{}", fmt::join(names, ", "),
                     best.risk, best.std_error, risks.size(), n,
                     status == Status::Ok ? "" : fmt::format(", {}", to_string(status)));
}

StableSelection select_stable_subset(const Dataset& data, const Dag& graph, const StableQuestion& question,
                                     const StableSelectionOptions& options) {
  validate(options, "select_stable_subset");
  validate(options.run, "select_stable_subset");
  const StopSignal stop(options.run);
  StableSelection result;
  result.facts = stable_graph_facts(graph, question);
  result.n = data.rows();
  check_memory(data, graph, options);
  const EnvironmentModel model = environment_model(data, graph, result.facts, options);
  check_adversary(result.facts, graph, model.table, options);
  warn_of_data(data, graph, result);
  const std::vector<StableClass> classes = candidate_classes(graph, question, options, result);
  const NodeValues randomised = randomised_rows(model, options);
  std::vector<int> randomised_folds;
  for (int r = 0; r < options.replicates; ++r) {
    randomised_folds.insert(randomised_folds.end(), model.fold_of.begin(), model.fold_of.end());
  }

  std::vector<FittedClass> fitted(classes.size());
  {
    ProgressMeter meter(options.run.progress, "classes", std::ssize(classes));
    parallel_chunks(std::ssize(classes), 1, options.run.threads, [&](std::int64_t begin, std::int64_t end, int worker) {
      for (std::int64_t i = begin; i < end; ++i) {
        if (stop.reached()) continue;
        const auto c = static_cast<std::size_t>(i);
        fitted[c] = fit_and_attack(model, randomised, randomised_folds, classes[c], options);
        meter.advance(worker);
      }
    });
  }
  std::vector<const FittedClass*> reached;
  for (std::size_t c = 0; c < classes.size(); ++c) {
    if (!fitted[c].reached) continue;
    result.risks.push_back(risk_of(data, graph, result.facts, classes[c], fitted[c]));
    reached.push_back(&fitted[c]);
  }
  if (reached.size() < classes.size()) {
    result.status = stop.status();
    result.warnings.push_back(fmt::format("{} of {} classes were reached before the end ({})", reached.size(),
                                          classes.size(), to_string(result.status)));
  }
  result.chosen = choose(result.risks, reached, options.tie_errors);
  if (result.chosen >= 0) result.predictor = result.risks[static_cast<std::size_t>(result.chosen)].predictor;
  return result;
}

}  // namespace causal::estimation
