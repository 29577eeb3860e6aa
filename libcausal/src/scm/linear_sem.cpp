#include "causal/scm/linear_sem.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

namespace causal {
namespace {

// Streams of one seed: coefficients and variances, and the noise of node v in a block of rows.
constexpr std::uint32_t kParameters = 0xFFFFFFFFU;
constexpr std::int64_t kBlockRows = 1024;

void require_finite(const std::vector<double>& values, const char* argument, bool non_negative) {
  for (const double value : values) {
    if (!std::isfinite(value) || (non_negative && value < 0)) {
      throw InvalidArgument("LinearSem", argument, std::to_string(value),
                            non_negative ? "be finite and not negative" : "be finite");
    }
  }
}

void require_node(const char* function, NodeId v, int n) {
  if (v < 0 || v >= n) throw InvalidArgument(function, "node", std::to_string(v), "be a node of the graph");
}

// Mean 0, variance 1.
double draw_noise(NoiseLaw law, RandomStream& stream) {
  switch (law) {
    case NoiseLaw::Gaussian:
      return stream.normal();
    case NoiseLaw::Uniform:
      return std::numbers::sqrt3 * stream.uniform(-1, 1);
    case NoiseLaw::Laplace: {
      const double u = stream.uniform(-1, 1);
      return std::copysign(std::log1p(-std::abs(u)) / std::numbers::sqrt2, u);
    }
    case NoiseLaw::Exponential:
      return -std::log(stream.uniform()) - 1;
  }
  return 0;
}

// Every coefficient of an edge parent -> v, by parent; `edges` are sorted by (from, to).
std::vector<std::vector<std::pair<NodeId, double>>> parents_with_weights(const Dag& dag,
                                                                         const std::vector<double>& weights) {
  std::vector<std::vector<std::pair<NodeId, double>>> parents(static_cast<std::size_t>(dag.n()));
  const auto& edges = dag.graph().edges();
  for (std::size_t k = 0; k < edges.size(); ++k) {
    parents[static_cast<std::size_t>(edges[k].to)].emplace_back(edges[k].from, weights[k]);
  }
  return parents;
}

}  // namespace

LinearSem::LinearSem(Dag graph, std::vector<double> weights, std::vector<double> intercepts,
                     std::vector<double> variances, NoiseLaw noise)
    : dag_(std::move(graph)),
      weights_(std::move(weights)),
      intercepts_(std::move(intercepts)),
      variances_(std::move(variances)),
      noise_(noise) {
  const auto require_size = [](std::size_t size, std::size_t wanted, const char* argument) {
    if (size == wanted) return;
    throw InvalidArgument("LinearSem", argument, std::to_string(size) + " values",
                          "have " + std::to_string(wanted) + " values");
  };
  require_size(weights_.size(), dag_.graph().edges().size(), "weights");
  require_size(intercepts_.size(), static_cast<std::size_t>(dag_.n()), "intercepts");
  require_size(variances_.size(), static_cast<std::size_t>(dag_.n()), "variances");
  require_finite(weights_, "weights", false);
  require_finite(intercepts_, "intercepts", false);
  require_finite(variances_, "variances", true);
}

LinearSem LinearSem::random(Dag graph, const LinearSemOptions& options, std::uint64_t seed) {
  validate(options, "LinearSem::random");
  if (options.weight_min > options.weight_max) {
    throw InvalidArgument("LinearSem::random", "weight_min", std::to_string(options.weight_min),
                          "not exceed weight_max");
  }
  if (options.variance_min > options.variance_max) {
    throw InvalidArgument("LinearSem::random", "variance_min", std::to_string(options.variance_min),
                          "not exceed variance_max");
  }
  RandomStream stream(seed, RandomDomain::LinearSem, kParameters);
  std::vector<double> weights(graph.graph().edges().size());
  for (double& weight : weights) {
    const double size = stream.uniform(options.weight_min, options.weight_max);
    weight = stream.below(2) == 0 ? size : -size;
  }
  std::vector<double> variances(static_cast<std::size_t>(graph.n()));
  for (double& variance : variances) variance = stream.uniform(options.variance_min, options.variance_max);
  std::vector<double> intercepts(variances.size(), 0.0);
  return {std::move(graph), std::move(weights), std::move(intercepts), std::move(variances), options.noise};
}

Eigen::VectorXd LinearSem::mean() const {
  const auto parents = parents_with_weights(dag_, weights_);
  Eigen::VectorXd mean(dag_.n());
  for (const NodeId v : dag_.topological_order()) {
    mean[v] = intercepts_[static_cast<std::size_t>(v)];
    for (const auto& [u, weight] : parents[static_cast<std::size_t>(v)]) mean[v] += weight * mean[u];
  }
  return mean;
}

Eigen::MatrixXd LinearSem::covariance() const { return linear_form().covariance(); }

LinearForm LinearSem::linear_form() const {
  const Eigen::Map<const Eigen::VectorXd> intercepts(intercepts_.data(), dag_.n());
  const Eigen::Map<const Eigen::VectorXd> variances(variances_.data(), dag_.n());
  return {total_effects(), intercepts, variances.asDiagonal(), noise_ == NoiseLaw::Gaussian};
}

double LinearSem::path_specific_effect(NodeId from, NodeId to, const std::vector<Edge>& edges) const {
  require_node("LinearSem::path_specific_effect", from, dag_.n());
  require_node("LinearSem::path_specific_effect", to, dag_.n());
  const auto& all = dag_.graph().edges();
  std::vector<double> weights(all.size(), 0.0);
  for (const Edge& edge : edges) {
    const auto found = std::find(all.begin(), all.end(), edge);
    if (found == all.end())
      throw InvalidArgument("LinearSem::path_specific_effect: there is no such edge in the graph");
    const auto k = static_cast<std::size_t>(found - all.begin());
    weights[k] = weights_[k];
  }
  const auto parents = parents_with_weights(dag_, weights);
  std::vector<double> effect(slot(dag_.n()), 0.0);
  for (const NodeId v : dag_.topological_order()) {
    for (const auto& [u, weight] : parents[slot(v)]) effect[slot(v)] += weight * effect[slot(u)];
    if (v == from) effect[slot(v)] = 1;
  }
  return effect[slot(to)];
}

LinearSem LinearSem::do_(NodeId v, double value) const {
  require_node("LinearSem::do_", v, dag_.n());
  std::vector<Edge> edges;
  LinearSem result = *this;
  result.weights_.clear();
  for (std::size_t k = 0; k < weights_.size(); ++k) {
    const Edge& edge = dag_.graph().edges()[k];
    if (edge.to == v) continue;
    edges.push_back(edge);
    result.weights_.push_back(weights_[k]);
  }
  result.dag_ = Dag(MixedGraph(dag_.graph().names(), std::move(edges)));
  result.intercepts_[slot(v)] = value;
  result.variances_[slot(v)] = 0;
  require_finite(result.intercepts_, "value", false);
  return result;
}

LinearSem LinearSem::shift(NodeId v, double delta) const {
  require_node("LinearSem::shift", v, dag_.n());
  LinearSem result = *this;
  result.intercepts_[slot(v)] += delta;
  require_finite(result.intercepts_, "delta", false);
  return result;
}

Eigen::MatrixXd total_effects(const Dag& dag, const std::vector<double>& weights) {
  const auto parents = parents_with_weights(dag, weights);
  // Built by columns of the transpose: column v holds the effect of every noise on v.
  Eigen::MatrixXd transposed = Eigen::MatrixXd::Zero(dag.n(), dag.n());
  for (const NodeId v : dag.topological_order()) {
    transposed(v, v) = 1;
    for (const auto& [u, weight] : parents[slot(v)]) transposed.col(v) += weight * transposed.col(u);
  }
  return transposed.transpose();
}

Dataset LinearSem::sample(std::int64_t n, const RunOptions& run) const {
  validate(run, "LinearSem::sample");
  if (n < 0) throw InvalidArgument("LinearSem::sample", "n", std::to_string(n), "not be negative");
  const auto parents = parents_with_weights(dag_, weights_);
  Eigen::MatrixXd values(n, dag_.n());
  const std::int64_t blocks = (n + kBlockRows - 1) / kBlockRows;
  parallel_for(blocks, run.threads, [&](std::int64_t block) {
    const std::int64_t first = block * kBlockRows;
    const std::int64_t rows = std::min(kBlockRows, n - first);
    for (const NodeId v : dag_.topological_order()) {
      const auto index = static_cast<std::size_t>(v);
      RandomStream stream(run.seed, RandomDomain::LinearSem, static_cast<std::uint32_t>(v),
                          static_cast<std::uint32_t>(block));
      const double sd = std::sqrt(variances_[index]);
      auto column = values.col(v).segment(first, rows);
      for (std::int64_t i = 0; i < rows; ++i) column[i] = intercepts_[index] + sd * draw_noise(noise_, stream);
      for (const auto& [u, weight] : parents[index]) column += weight * values.col(u).segment(first, rows);
    }
  });
  return Dataset::continuous(std::move(values), dag_.graph().names());
}

}  // namespace causal
