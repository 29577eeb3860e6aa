#include "invariance/environment_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/graph/reachability.hpp"
#include "causal/graph/separation.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "effect/terms.hpp"

namespace causal::estimation {
namespace {

bool holds(const NodeSet& set, NodeId v) { return std::binary_search(set.begin(), set.end(), v); }

/// A hidden parent is noise when it moves one variable only and nothing moves it.
bool is_noise(const Dag& graph, NodeId v) { return graph.parents(v).empty() && graph.children(v).size() == 1; }

void choose_below(const Dag& graph, EnvironmentModel& model) {
  const NodeSet reached = descendants(graph.graph(), model.facts.mutable_nodes);
  for (const NodeId v : graph.topological_order()) {
    if (!holds(reached, v) || holds(model.facts.mutable_nodes, v)) continue;
    const std::string& name = graph.graph().name(v);
    if (holds(model.facts.unobserved, v)) {
      if (graph.children(v).empty()) continue;
      throw InvalidArgument(fmt::format("'{}' lies below a mutable variable and is unobserved", name), {},
                            "What lies below has to be regenerated for other environments, so it must be observed.");
    }
    for (const NodeId u : graph.parents(v)) {
      if (!holds(model.facts.unobserved, u) || is_noise(graph, u)) continue;
      throw InvalidArgument(
          fmt::format("'{}', a parent of '{}' below a mutable variable, is unobserved", graph.graph().name(u), name),
          {}, "What lies below has to be regenerated from all its parents.");
    }
    model.below.push_back(v);
  }
  for (NodeId v = 0; v < graph.n(); ++v) {
    NodeSet parents;
    for (const NodeId u : graph.parents(v)) {
      if (!holds(model.facts.unobserved, u)) parents.push_back(u);
    }
    model.observed_parents.push_back(std::move(parents));
  }
}

void take_columns(const Dataset& data, const Dag& graph, EnvironmentModel& model) {
  model.table.values = Eigen::MatrixXd::Zero(data.rows(), graph.n());
  model.table.levels.assign(slot(graph.n()), 0);
  const std::set<NodeId> below(model.below.begin(), model.below.end());
  for (NodeId v = 0; v < graph.n(); ++v) {
    if (holds(model.facts.unobserved, v)) continue;
    const std::string& name = graph.graph().name(v);
    const int column = data.index_of(name);
    refuse_missing(data, column, "variable");
    const bool discrete = !data.column(column).levels.empty();
    if (discrete && below.count(v) != 0) {
      throw DataError(fmt::format("'{}' lies below a mutable variable and is discrete", name), {},
                      "Only numbers are regenerated, as a function of the parents plus noise. Declare it continuous if "
                      "its levels are numbers on a scale.");
    }
    if (discrete && v != model.facts.target) {
      model.table.values.col(v) = data.values().col(column);
      model.table.levels[slot(v)] = static_cast<int>(data.column(column).levels.size());
    } else {
      model.table.values.col(v) = numeric_column(data, column, "variable");
    }
  }
  const auto target = model.table.values.col(model.facts.target).array();
  if ((target == target(0)).all()) {
    throw DataError(fmt::format("target '{}' has the same value in every row", graph.graph().name(model.facts.target)));
  }
}

void deal_folds(const Dataset& data, const StableSelectionOptions& options, EnvironmentModel& model) {
  std::vector<int> environments;
  if (data.roles().environment) {
    refuse_missing(data, *data.roles().environment, "environment");
    const Eigen::VectorXd column = data.values().col(*data.roles().environment);
    const std::set<double> values(column.begin(), column.end());
    for (const double value : column) {
      environments.push_back(static_cast<int>(std::distance(values.begin(), values.find(value))));
    }
  }
  model.folds = options.folds;
  model.fold_of = make_folds(data.rows(), options.folds, environments, {}, options.run.seed).of;
}

Eigen::VectorXd shuffled(const Eigen::VectorXd& column, std::uint64_t seed, int replicate, NodeId v) {
  RandomStream stream(seed, RandomDomain::Permutation, static_cast<std::uint32_t>(replicate),
                      static_cast<std::uint32_t>(v));
  return column(stream.permutation(static_cast<int>(column.size())));
}

}  // namespace

bool EnvironmentModel::is_mutable(NodeId v) const { return holds(facts.mutable_nodes, v); }

Eigen::VectorXd EnvironmentModel::regenerate(NodeId v, const Eigen::MatrixXd& values, std::span<const int> fits,
                                             std::span<const int> noise_rows) const {
  Eigen::VectorXd value = mechanisms[slot(v)].predict(values, fits);
  if (noise_free && v != facts.target) return value;
  for (Eigen::Index i = 0; i < value.size(); ++i) {
    value(i) += residuals(noise_rows[static_cast<std::size_t>(i)], v);
  }
  return value;
}

EnvironmentModel environment_model(const Dataset& data, const Dag& graph, const StableGraphFacts& facts,
                                   const StableSelectionOptions& options) {
  EnvironmentModel model;
  model.graph = &graph;
  model.facts = facts;
  model.noise_free = options.reference_compat;
  choose_below(graph, model);
  const std::int64_t needed = 10 * static_cast<std::int64_t>(options.folds);
  if (data.rows() < needed) {
    throw DataError(
        fmt::format("select_stable_subset needs 10 rows a fold, {} in all, and got {}", needed, data.rows()), {},
        "Use fewer folds, or more data.");
  }
  take_columns(data, graph, model);
  deal_folds(data, options, model);
  model.mechanisms.resize(slot(graph.n()));
  model.residuals = Eigen::MatrixXd::Zero(data.rows(), graph.n());
  parallel_for(std::ssize(model.below), options.run.threads, [&](std::int64_t i) {
    const NodeId v = model.below[static_cast<std::size_t>(i)];
    const Eigen::VectorXd y = model.table.values.col(v);
    SmoothRegression& mechanism = model.mechanisms[slot(v)];
    mechanism = SmoothRegression(model.table, model.observed_parents[slot(v)], y, model.fold_of,
                                 {.features = options.features,
                                  .folds = options.folds,
                                  .seed = options.run.seed,
                                  .stream = static_cast<std::uint32_t>(1 + v)});
    model.residuals.col(v) = y - mechanism.predict(model.table.values, model.fold_of);
  });
  return model;
}

NodeValues randomised_rows(const EnvironmentModel& model, const StableSelectionOptions& options) {
  const Eigen::Index n = model.table.values.rows();
  const std::uint64_t seed = options.run.seed;
  const NodeId count = model.graph->n();
  const NodeSet& set_at_random = options.reference_compat ? model.facts.shuffled : model.facts.mutable_nodes;
  const NodeSet reached = descendants(model.graph->graph(), set_at_random);
  NodeValues rows{Eigen::MatrixXd(n * options.replicates, count), model.table.levels};
  parallel_for(options.replicates, options.run.threads, [&](std::int64_t r) {
    const int replicate = static_cast<int>(r);
    Eigen::MatrixXd values = model.table.values;
    for (const NodeId v : set_at_random) values.col(v) = shuffled(values.col(v), seed, replicate, v);
    for (const NodeId v : model.below) {
      if (!holds(reached, v) || holds(set_at_random, v)) continue;
      RandomStream stream(seed, RandomDomain::Permutation, static_cast<std::uint32_t>(replicate),
                          static_cast<std::uint32_t>(count + v));
      values.col(v) = model.regenerate(v, values, model.fold_of, stream.permutation(static_cast<int>(n)));
    }
    rows.values.middleRows(r * n, n) = values;
  });
  return rows;
}

NodeSet relevant_mutable_nodes(const Dag& graph, const StableGraphFacts& facts, const NodeSet& subset) {
  std::vector<Edge> edges;
  for (const Edge& edge : graph.graph().edges()) {
    if (!holds(facts.mutable_nodes, edge.to)) edges.push_back(edge);
  }
  const Dag set_from_outside(MixedGraph(graph.graph().names(), std::move(edges)));
  NodeSet relevant;
  for (const NodeId m : facts.mutable_nodes) {
    NodeSet given = subset;
    for (const NodeId other : facts.mutable_nodes) {
      if (other != m) given.push_back(other);
    }
    std::sort(given.begin(), given.end());
    if (!separated(set_from_outside, {facts.target}, {m}, given).separated) relevant.push_back(m);
  }
  return relevant;
}

}  // namespace causal::estimation
