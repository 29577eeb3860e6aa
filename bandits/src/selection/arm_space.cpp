#include "arm_space.hpp"

#include <cmath>
#include <string>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {

ArmSpace::ArmSpace(const char* function, const LinearArms& arms, const ArmSearchOptions& options)
    : free(arms.relevant()),
      cost(options.cost),
      max_interventions(options.max_interventions),
      cost_budget(options.cost_budget) {
  validate(options, function);
  require_order(function, arms);
  for (const int node : options.forbidden) {
    if (node < 0 || node >= arms.n()) {
      throw InvalidArgument(function, "forbidden", std::to_string(node), "be a node");
    }
    free[static_cast<std::size_t>(node)] = 0;
  }
  if (cost.empty()) cost.assign(free.size(), 0.0);
  if (cost.size() != free.size()) {
    throw InvalidArgument(function, "cost", std::to_string(cost.size()) + " values",
                          "have one for each of " + std::to_string(arms.n()) + " nodes");
  }
  for (const double value : cost) {
    if (std::isfinite(value) && value >= 0) continue;
    throw InvalidArgument(function, "cost", std::to_string(value), "be finite and not negative");
  }
}

bool ArmSpace::allows(const Action& action) const {
  int interventions = 0;
  double total = 0;
  for (std::size_t j = 0; j < action.size(); ++j) {
    if (action[j] == 0) continue;
    if (free[j] == 0) return false;
    ++interventions;
    total += cost[j];
  }
  return fits(interventions, total);
}

namespace {

double mechanism_mean(const LinearArms& arms, int bit, int node, const std::vector<double>& mean) {
  double sum = arms.offset(bit, node);
  for (const WeightedParent& parent : arms.parents(bit, node)) {
    sum += parent.weight * mean[static_cast<std::size_t>(parent.node)];
  }
  return sum;
}

void forward(const LinearArms& arms, const Action& action, std::vector<double>& mean) {
  for (const int j : arms.order()) {
    const auto s = static_cast<std::size_t>(j);
    mean[s] = mechanism_mean(arms, action[s], j, mean);
  }
}

// From the reward upwards every node takes the bit that is best given all the others: the flow out of it depends on
// nodes after it only, which are settled, and its mean on nodes before it, which have not moved. Whether one did.
bool sweep(const LinearArms& arms, const ArmSpace& space, Action& action, const std::vector<double>& mean,
           std::vector<double>& f, int& interventions, double& total) {
  bool moved = false;
  f.assign(f.size(), 0.0);
  f[static_cast<std::size_t>(arms.reward())] = 1;
  for (std::size_t k = arms.order().size(); k-- > 0;) {
    const int j = arms.order()[k];
    const auto s = static_cast<std::size_t>(j);
    if (f[s] == 0) continue;
    if (space.free[s] != 0) {
      const double gain = f[s] * (mechanism_mean(arms, 1, j, mean) - mechanism_mean(arms, 0, j, mean));
      const double scale = 1e-12 * (1 + std::abs(f[s] * mean[s]));
      if (action[s] == 0 && gain > scale && space.fits(interventions + 1, total + space.cost[s])) {
        action[s] = 1;
        ++interventions;
        total += space.cost[s];
        moved = true;
      } else if (action[s] == 1 && gain < -scale) {
        action[s] = 0;
        --interventions;
        total -= space.cost[s];
        moved = true;
      }
    }
    for (const WeightedParent& parent : arms.parents(action[s], j)) {
      f[static_cast<std::size_t>(parent.node)] += parent.weight * f[s];
    }
  }
  return moved;
}

}  // namespace

Action ascend(const LinearArms& arms, const ArmSpace& space, int restarts, std::uint64_t seed) {
  constexpr int kSweeps = 100;
  RandomStream stream(seed, RandomDomain::Starts, 0xba4d);
  std::vector<double> mean(space.free.size()), f(space.free.size());
  Action best;
  double best_value = 0;
  for (int start = 0; start <= restarts; ++start) {
    Action action(space.free.size(), 0);
    int interventions = 0;
    double total = 0;
    for (std::size_t j = 0; start > 0 && j < action.size(); ++j) {
      if (space.free[j] == 0 || stream.uniform() < 0.5 || !space.fits(interventions + 1, total + space.cost[j]))
        continue;
      action[j] = 1;
      ++interventions;
      total += space.cost[j];
    }
    forward(arms, action, mean);
    for (int round = 0; round < kSweeps && sweep(arms, space, action, mean, f, interventions, total); ++round) {
      forward(arms, action, mean);
    }
    const double value = mean[static_cast<std::size_t>(arms.reward())];
    if (best.empty() || value > best_value) {
      best = action;
      best_value = value;
    }
  }
  return best;
}

}  // namespace causal::bandits
