#include "causal/bandits/environment/discrete_environment.hpp"

#include <algorithm>
#include <cmath>

#include "causal/data/level_numbers.hpp"
#include "causal/graph/latent_projection.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "causal/scm/network_query.hpp"

namespace causal::bandits {
namespace {

constexpr const char* kName = "DiscreteEnvironment";

std::vector<char> ancestors_of(const Dag& dag, NodeId v) {
  std::vector<char> is(static_cast<std::size_t>(dag.n()), 0);
  is[slot(v)] = 1;
  const std::vector<NodeId>& order = dag.topological_order();
  for (auto u = order.rbegin(); u != order.rend(); ++u) {
    if (is[slot(*u)] == 0) continue;
    for (const NodeId parent : dag.parents(*u)) is[slot(parent)] = 1;
  }
  return is;
}

// The level at the share u of the distribution; rounding of its sum goes to the last level that has any mass.
int level_at(const double* distribution, int levels, double u) {
  double sum = 0;
  int last = 0;
  for (int k = 0; k < levels; ++k) {
    if (distribution[k] <= 0) continue;
    last = k;
    sum += distribution[k];
    if (u < sum) break;
  }
  return last;
}

}  // namespace

DiscreteEnvironment::DiscreteEnvironment(BayesianNetwork network, const std::string& reward,
                                         DiscreteEnvironmentOptions options)
    : network_(std::move(network)), observed_(network_.observed()) {
  validate(options, kName);
  place_.assign(static_cast<std::size_t>(network_.n()), -1);
  for (std::size_t j = 0; j < observed_.size(); ++j) place_[slot(observed_[j])] = static_cast<int>(j);
  reward_ = node(reward);
  read_reward(options);
  read_settings(options);
  graph_ = latent_projection(network_.dag(), network_.latents());
  compute_means(options.max_actions);
}

void DiscreteEnvironment::read_reward(const DiscreteEnvironmentOptions& options) {
  const std::vector<std::string>& levels = network_.variable(network_node(reward_)).levels;
  if (!options.reward_values.empty() && options.reward_values.size() != levels.size()) {
    throw InvalidArgument(kName, "reward_values", std::to_string(options.reward_values.size()) + " of them",
                          "be one for each of " + std::to_string(levels.size()) + " levels of the reward");
  }
  reward_values_ = options.reward_values;
  for (const std::string& level : levels) {
    if (!options.reward_values.empty()) break;
    const std::optional<double> number = level_number(level);
    if (!number) {
      throw InvalidArgument(kName, "level of the reward", level, "be a number, or give reward_values");
    }
    reward_values_.push_back(*number);
  }
  for (const double value : reward_values_) {
    if (!std::isfinite(value)) throw InvalidArgument(kName, "reward value", std::to_string(value), "be finite");
  }
}

void DiscreteEnvironment::read_settings(const DiscreteEnvironmentOptions& options) {
  settings_.assign(observed_.size(), 1);
  std::vector<int> settable;
  for (const std::string& name : options.settable) settable.push_back(node(name));
  for (int j = 0; options.settable.empty() && j < n(); ++j) {
    if (j != reward_) settable.push_back(j);
  }
  for (const int j : settable) {
    if (j == reward_) throw InvalidArgument(kName, "settable", name(j), "not be the reward");
    const int levels = network_.variable(network_node(j)).cardinality();
    if (levels > 254) {
      throw InvalidArgument(kName, "levels of " + name(j), std::to_string(levels), "be at most 254");
    }
    settings_[static_cast<std::size_t>(j)] = levels + 1;
  }
}

void DiscreteEnvironment::compute_means(std::int64_t max_actions) {
  const std::vector<char> is_ancestor = ancestors_of(network_.dag(), network_node(reward_));
  double actions = 1;
  for (int j = 0; j < n(); ++j) {
    if (settings(j) == 1 || is_ancestor[slot(network_node(j))] == 0) continue;
    relevant_.push_back(j);
    actions *= settings(j);
  }
  if (actions > static_cast<double>(max_actions)) {
    throw InvalidArgument(kName, "actions on ancestors of the reward", std::to_string(actions),
                          "be at most max_actions = " + std::to_string(max_actions) + "; limit `settable`");
  }
  best_action_.assign(observed_.size(), 0);
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(actions); ++k) {
    Action action(observed_.size(), 0);
    std::int64_t left = k;
    NetworkQuery asked{.target = {network_node(reward_)}};
    for (auto j = relevant_.rbegin(); j != relevant_.rend(); ++j) {
      const auto entry = static_cast<std::uint8_t>(left % settings(*j));
      left /= settings(*j);
      action[static_cast<std::size_t>(*j)] = entry;
      if (entry > 0) asked.interventions.push_back({network_node(*j), entry - 1});
    }
    const NetworkAnswer answer = query(network_, asked);
    if (!answer.distribution) {
      throw InvalidArgument(kName, "network", describe(action), "have means that can be contracted");
    }
    double mean = 0;
    for (std::size_t v = 0; v < reward_values_.size(); ++v) {
      mean += reward_values_[v] * answer.distribution->values()[v];
    }
    means_.push_back(mean);
    if (k == 0 || mean > best_mean_) {
      best_mean_ = mean;
      best_action_ = action;
    }
  }
}

void DiscreteEnvironment::require_action(const char* function, const Action& action) const {
  if (action.size() != observed_.size()) {
    throw InvalidArgument(function, "action", std::to_string(action.size()) + " entries",
                          "have one for each of " + std::to_string(n()) + " observed nodes");
  }
  for (int j = 0; j < n(); ++j) {
    const int entry = action[static_cast<std::size_t>(j)];
    if (entry < settings(j)) continue;
    throw InvalidArgument(function, "entry of " + name(j), std::to_string(entry),
                          "be less than " + std::to_string(settings(j)) + ", the number of its settings");
  }
}

double DiscreteEnvironment::mean(const Action& action, std::int64_t) const {
  require_action("mean", action);
  std::size_t cell = 0;
  for (const int j : relevant_) {
    cell = cell * static_cast<std::size_t>(settings(j)) + action[static_cast<std::size_t>(j)];
  }
  return means_[cell];
}

void DiscreteEnvironment::observe(const Action& action, const Episode& episode, std::int64_t round,
                                  std::span<double> row) const {
  require_action("observe", action);
  if (row.size() != action.size()) {
    throw InvalidArgument("observe", "row", std::to_string(row.size()) + " cells", "have one for each node");
  }
  RandomStream stream(episode.seed, RandomDomain::Environment, episode.instance, static_cast<std::uint32_t>(round));
  std::vector<int> value(static_cast<std::size_t>(network_.n()), 0);
  for (const NodeId v : network_.dag().topological_order()) {
    const double u = stream.uniform();  // also for a node that is set: the others keep their numbers
    const int place = place_[slot(v)];
    const int entry = place < 0 ? 0 : action[static_cast<std::size_t>(place)];
    if (entry > 0) {
      value[slot(v)] = entry - 1;
    } else {
      const Factor& table = network_.table(v);
      std::size_t cell = 0;
      for (const NodeId parent : network_.dag().parents(v)) {
        cell = cell * static_cast<std::size_t>(network_.variable(parent).cardinality()) +
               static_cast<std::size_t>(value[slot(parent)]);
      }
      const int levels = network_.variable(v).cardinality();
      value[slot(v)] = level_at(table.values().data() + cell * static_cast<std::size_t>(levels), levels, u);
    }
    if (place >= 0) row[static_cast<std::size_t>(place)] = value[slot(v)];
  }
  double& reward = row[static_cast<std::size_t>(reward_)];
  reward = reward_values_[static_cast<std::size_t>(reward)];
}

int DiscreteEnvironment::node(const std::string& name) const {
  for (int j = 0; j < n(); ++j) {
    if (this->name(j) == name) return j;
  }
  throw InvalidArgument(kName, "node", name, "be an observed node of the network");
}

std::vector<int> DiscreteEnvironment::cardinalities() const {
  std::vector<int> levels;
  for (const NodeId v : observed_) levels.push_back(network_.variable(v).cardinality());
  return levels;
}

NodeSet DiscreteEnvironment::not_settable() const {
  NodeSet nodes;
  for (int j = 0; j < n(); ++j) {
    if (j != reward_ && settings(j) == 1) nodes.push_back(j);
  }
  return nodes;
}

std::string DiscreteEnvironment::describe(const Action& action) const {
  require_action("describe", action);
  std::string text;
  for (int j = 0; j < n(); ++j) {
    const std::size_t entry = action[static_cast<std::size_t>(j)];
    if (entry == 0) continue;
    if (!text.empty()) text += ", ";
    text += name(j) + " = " + network_.variable(network_node(j)).levels[entry - 1];
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace causal::bandits
