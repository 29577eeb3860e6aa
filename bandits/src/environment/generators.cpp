#include "causal/bandits/environment/generators.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "causal/graph/random_graph.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {
namespace {

// Streams of this file, told apart by their second index; rounds of an environment use instance numbers below them.
enum class Draw : std::uint32_t { Er = 0xffff0000U, ScaleFree, Layered, Parallel, Change };

RandomStream stream_of(std::uint64_t seed, Draw what) {
  return {seed, RandomDomain::Environment, static_cast<std::uint32_t>(what), 0};
}

struct Matrices {
  explicit Matrices(int n, double offset)
      : weights{Eigen::MatrixXd::Zero(n, n), Eigen::MatrixXd::Zero(n, n)},
        offsets{Eigen::VectorXd::Constant(n, offset), Eigen::VectorXd::Constant(n, offset)} {}
  LinearArms arms(int reward) && { return {std::move(weights), std::move(offsets), reward}; }

  std::array<Eigen::MatrixXd, 2> weights;
  std::array<Eigen::VectorXd, 2> offsets;
};

template <class Options>
double draw_weight(const Options& options, RandomStream& stream) {
  const double size = stream.uniform(options.weight_min, options.weight_max);
  return stream.uniform() < 0.5 ? -size : size;
}

template <class Options>
void check_weights(const char* function, const Options& options) {
  validate(options, function);
  if (options.weight_min > options.weight_max) {
    throw InvalidArgument(function, "weight_min", std::to_string(options.weight_min), "not exceed weight_max");
  }
}

void require_at_least(const char* function, const char* name, int value, int least) {
  if (value < least) {
    throw InvalidArgument(function, name, std::to_string(value), "be at least " + std::to_string(least));
  }
}

Eigen::VectorXd draw_column(const std::vector<int>& order, std::size_t position, const RandomArmsOptions& options,
                            RandomStream& stream) {
  Eigen::VectorXd column = Eigen::VectorXd::Zero(static_cast<Eigen::Index>(order.size()));
  for (std::size_t k = 0; k < position; ++k) {
    if (stream.uniform() < options.edge_probability) column(order[k]) = draw_weight(options, stream);
  }
  return column;
}

void fill_from(const LinearSem& model, int bit, Matrices& matrices) {
  const auto b = static_cast<std::size_t>(bit);
  const std::vector<Edge>& edges = model.dag().graph().edges();
  for (std::size_t k = 0; k < edges.size(); ++k) {
    matrices.weights[b](edges[k].from, edges[k].to) = model.weights()[k];
  }
  for (int j = 0; j < model.dag().n(); ++j) {
    matrices.offsets[b](j) = model.intercepts()[static_cast<std::size_t>(j)];
  }
}

// The offset or weight of both mechanisms of a node in the layered families.
void draw_mirrored(const LayeredArmsOptions& options, RandomStream& stream, double& plain, double& intervened) {
  plain = draw_weight(options, stream);
  intervened = -plain;
}

}  // namespace

LinearArms random_arms_er(int n, const RandomArmsOptions& options, std::uint64_t seed) {
  check_weights("random_arms_er", options);
  require_at_least("random_arms_er", "n", n, 1);
  if (options.edge_probability <= 0 && n > 1) {
    throw InvalidArgument("random_arms_er", "edge_probability", "0", "be positive: mechanisms could not differ");
  }
  RandomStream stream = stream_of(seed, Draw::Er);
  std::vector<int> order(static_cast<std::size_t>(n));
  for (int j = 0; j < n; ++j) order[static_cast<std::size_t>(j)] = j;
  if (options.shuffle_labels) order = stream.permutation(n);
  Matrices matrices(n, options.offset);
  for (std::size_t position = 1; position < order.size(); ++position) {
    const int j = order[position];
    do {
      for (Eigen::MatrixXd& weights : matrices.weights) weights.col(j) = draw_column(order, position, options, stream);
    } while (matrices.weights[0].col(j) == matrices.weights[1].col(j));
  }
  return std::move(matrices).arms(order.back());
}

LinearArms random_arms_scale_free(int n, int edges_per_node, const RandomArmsOptions& options, std::uint64_t seed) {
  check_weights("random_arms_scale_free", options);
  const Dag dag = random_dag_scale_free(n, edges_per_node, seed);
  RandomStream stream = stream_of(seed, Draw::ScaleFree);
  Matrices matrices(n, options.offset);
  for (const Edge& edge : dag.graph().edges()) {
    for (Eigen::MatrixXd& weights : matrices.weights) weights(edge.from, edge.to) = draw_weight(options, stream);
  }
  return std::move(matrices).arms(dag.topological_order().back());
}

LinearArms hierarchical_arms(int width, int layers, const LayeredArmsOptions& options, std::uint64_t seed) {
  check_weights("hierarchical_arms", options);
  require_at_least("hierarchical_arms", "width", width, 1);
  require_at_least("hierarchical_arms", "layers", layers, 1);
  const int n = width * layers + 1;
  RandomStream stream = stream_of(seed, Draw::Layered);
  Matrices matrices(n, 0);
  for (int j = 0; j < n; ++j) {
    draw_mirrored(options, stream, matrices.offsets[0](j), matrices.offsets[1](j));
    const int layer = j / width;  // the reward stands alone in the last one
    for (int i = (layer - 1) * width; layer > 0 && i < layer * width; ++i) {
      draw_mirrored(options, stream, matrices.weights[0](i, j), matrices.weights[1](i, j));
    }
  }
  return std::move(matrices).arms(n - 1);
}

LinearArms enhanced_parallel_arms(int n, const LayeredArmsOptions& options, std::uint64_t seed) {
  check_weights("enhanced_parallel_arms", options);
  require_at_least("enhanced_parallel_arms", "n", n, 2);
  RandomStream stream = stream_of(seed, Draw::Parallel);
  Matrices matrices(n, 0);
  for (int j = 0; j < n; ++j) {
    draw_mirrored(options, stream, matrices.offsets[0](j), matrices.offsets[1](j));
    const bool is_reward = j == n - 1;
    const int only = is_reward || j == 0 ? -1 : static_cast<int>(stream.below(static_cast<std::uint64_t>(j)));
    for (int i = 0; i < j; ++i) {
      if (!is_reward && i != only) continue;
      draw_mirrored(options, stream, matrices.weights[0](i, j), matrices.weights[1](i, j));
    }
  }
  return std::move(matrices).arms(n - 1);
}

LinearArms soft_arms(const LinearSem& observational, const LinearSem& intervened, int reward) {
  if (observational.dag().graph().names() != intervened.dag().graph().names()) {
    throw InvalidArgument("soft_arms: both models must have the same nodes");
  }
  Matrices matrices(observational.dag().n(), 0);
  fill_from(observational, 0, matrices);
  fill_from(intervened, 1, matrices);
  return std::move(matrices).arms(reward);
}

LinearArms hard_arms(const LinearSem& model, const std::vector<double>& values, int reward) {
  if (values.size() != static_cast<std::size_t>(model.dag().n())) {
    throw InvalidArgument("hard_arms", "values", std::to_string(values.size()) + " of them", "be one a node");
  }
  Matrices matrices(model.dag().n(), 0);
  fill_from(model, 0, matrices);
  for (std::size_t j = 0; j < values.size(); ++j) matrices.offsets[1](static_cast<Eigen::Index>(j)) = values[j];
  return std::move(matrices).arms(reward);
}

LinearArms arms_from_edges(int n, const std::vector<ArmEdge>& edges, double offset, int reward) {
  require_at_least("arms_from_edges", "n", n, 1);
  Matrices matrices(n, offset);
  Eigen::MatrixXi seen = Eigen::MatrixXi::Zero(n, n);
  for (std::size_t k = 0; k < edges.size(); ++k) {
    const auto [from, to, weight, intervened_weight] = edges[k];
    const std::string text = std::to_string(from) + " -> " + std::to_string(to);
    if (from < 0 || from >= n || to < 0 || to >= n || seen(from, to) != 0) {
      throw InvalidArgument("arms_from_edges", "edge " + std::to_string(k), text,
                            "join nodes 0..n-1 and be given once");
    }
    seen(from, to) = 1;
    matrices.weights[0](from, to) = weight;
    matrices.weights[1](from, to) = intervened_weight;
  }
  return std::move(matrices).arms(reward);
}

ChangedArms change_graph(const LinearArms& arms, int k, const RandomArmsOptions& options, std::uint64_t seed) {
  constexpr double kOptimal = 0.01;
  constexpr int kTries = 1000;
  check_weights("change_graph", options);
  require_at_least("change_graph", "k", k, 1);
  if (arms.n() > 20) throw InvalidArgument("change_graph", "nodes", std::to_string(arms.n()), "be at most 20");
  const std::vector<double> rewards = mean_rewards(arms);
  const double best = *std::max_element(rewards.begin(), rewards.end());
  std::vector<std::uint64_t> optimal;
  for (std::uint64_t a = 0; a < rewards.size(); ++a) {
    if (rewards[a] >= best - kOptimal) optimal.push_back(a);
  }
  const Action first = action_from_index(optimal.front(), arms.n());
  std::vector<int> constant;
  for (int j = 1; j < arms.n(); ++j) {  // the first of the order has no parents: nothing to change
    const int node = arms.order()[static_cast<std::size_t>(j)];
    const bool same = std::all_of(optimal.begin(), optimal.end(), [&](std::uint64_t a) {
      return (a >> (arms.n() - 1 - node) & 1) == first[static_cast<std::size_t>(node)];
    });
    if (same) constant.push_back(j);
  }
  if (constant.empty()) return {{}, {}, "every bit takes both values among the optimal arms"};

  RandomStream stream = stream_of(seed, Draw::Change);
  ChangedArms changed;
  std::vector<std::size_t> positions;
  for (int i = 0; i < k; ++i) {
    const int j = constant[stream.below(constant.size())];
    const int node = arms.order()[static_cast<std::size_t>(j)];
    const ArmColumn column{first[static_cast<std::size_t>(node)], node};
    if (std::find(changed.columns.begin(), changed.columns.end(), column) != changed.columns.end()) continue;
    changed.columns.push_back(column);
    positions.push_back(static_cast<std::size_t>(j));
  }
  for (int attempt = 0; attempt < kTries; ++attempt) {
    std::array<Eigen::MatrixXd, 2> weights{arms.weights(0), arms.weights(1)};
    for (std::size_t c = 0; c < positions.size(); ++c) {
      const auto [bit, node] = changed.columns[c];
      weights[static_cast<std::size_t>(bit)].col(node) = draw_column(arms.order(), positions[c], options, stream);
    }
    LinearArms candidate(std::move(weights), {arms.offsets(0), arms.offsets(1)}, arms.reward());
    const std::vector<double> now = mean_rewards(candidate);
    const double limit = *std::max_element(now.begin(), now.end()) - kOptimal;
    if (std::any_of(optimal.begin(), optimal.end(), [&](std::uint64_t a) { return now[a] >= limit; })) continue;
    changed.arms = std::move(candidate);
    return changed;
  }
  changed.reason = "the old optimum stayed optimal in 1000 draws";
  return changed;
}

}  // namespace causal::bandits
