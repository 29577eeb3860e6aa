#include "causal/bandits/policy/parent_ucb.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "../structure/random_gamma.hpp"
#include "../structure/state_io.hpp"
#include "causal/bandits/policy/arm_policies.hpp"
#include "causal/run/error.hpp"
#include "causal/scm/network_query.hpp"

namespace causal::bandits {
namespace {

class ParentPolicy final : public Policy {
 public:
  ParentPolicy(ParentBandit bandit, const ParentUcbOptions& options) : bandit_(std::move(bandit)), options_(options) {
    count_.assign(static_cast<std::size_t>(bandit_.probability.cols()), 0);
    sum_.assign(count_.size(), 0.0);
  }

  std::string_view name() const override { return enum_name(options_.rule); }

  Action select(std::int64_t, RandomStream& stream) override {
    Eigen::VectorXd values(bandit_.probability.cols());
    for (std::size_t z = 0; z < count_.size(); ++z) values(static_cast<Eigen::Index>(z)) = value(z, stream);
    double best = -std::numeric_limits<double>::infinity();
    std::vector<std::size_t> equal;
    for (std::size_t k = 0; k < bandit_.arms.size(); ++k) {
      double index = 0;
      for (Eigen::Index z = 0; z < values.size(); ++z) {
        index += bandit_.probability(static_cast<Eigen::Index>(k), z) * values(z);
      }
      if (index < best) continue;
      if (index > best) equal.clear();
      best = index;
      equal.push_back(k);
    }
    return bandit_.arms[equal.size() == 1 ? equal[0] : equal[stream.below(equal.size())]];
  }

  void update(const Action& action, std::span<const double> row) override {
    if (action.size() != static_cast<std::size_t>(bandit_.n) || row.size() != action.size()) {
      throw InvalidArgument("update", "action", std::to_string(action.size()) + " entries",
                            "have one for each of " + std::to_string(bandit_.n) + " nodes, and the row too");
    }
    const double reward = row[slot(bandit_.reward)];
    const bool binary_only = options_.rule == ParentRule::Thompson;
    if (!(reward >= 0 && reward <= 1) || (binary_only && reward != 0 && reward != 1)) {
      throw DataError(std::string(name()) + ": the reward " + std::to_string(reward) +
                      (binary_only ? " is neither 0 nor 1" : " is not in [0, 1]"));
    }
    const std::size_t z = parent_configuration(bandit_, row);
    ++total_;
    ++count_[z];
    sum_[z] += reward;
  }

  void save(std::ostream& out) const override {
    write_value(out, total_);
    write_values(out, count_);
    write_values(out, sum_);
  }
  void load(std::istream& in) override {
    const std::size_t size = count_.size();
    read_value(in, total_);
    read_values(in, count_);
    read_values(in, sum_);
    if (count_.size() != size || sum_.size() != size) throw DataError("a saved state belongs to another policy");
  }

 private:
  [[nodiscard]] double value(std::size_t z, RandomStream& stream) const {
    const auto n = static_cast<double>(count_[z]);
    if (options_.rule == ParentRule::Thompson) {
      const double ones = random_gamma(1 + sum_[z], stream);
      const double zeros = random_gamma(1 + n - sum_[z], stream);
      return ones / (ones + zeros);
    }
    if (n == 0) return 1;
    const double mean = sum_[z] / n;
    const double log_t = std::log(static_cast<double>(total_ + 1));
    if (options_.rule == ParentRule::KlUcb) return kl_upper_bound(std::min(mean, 1.0), n, log_t);
    return std::min(1.0, mean + options_.ucb_coefficient * std::sqrt(log_t / n));
  }

  ParentBandit bandit_;
  ParentUcbOptions options_;
  std::int64_t total_ = 0;
  std::vector<std::int64_t> count_;  // per configuration
  std::vector<double> sum_;
};

double configurations(const std::vector<int>& cardinalities) {
  double product = 1;
  for (const int levels : cardinalities) product *= levels;
  return product;
}

// P(parents | do(arm)): parents that the arm sets have their level, the others are asked for.
void fill_row(const DiscreteEnvironment& environment, const Action& arm, std::size_t number, ParentBandit& bandit) {
  NetworkQuery asked;
  for (int j = 0; j < environment.n(); ++j) {
    const int entry = arm[slot(j)];
    if (entry > 0) asked.interventions.push_back({environment.network_node(j), entry - 1});
  }
  std::vector<std::size_t> asked_parents;
  for (std::size_t k = 0; k < bandit.parents.size(); ++k) {
    if (arm[slot(bandit.parents[k])] != 0) continue;
    asked.target.push_back(environment.network_node(bandit.parents[k]));
    asked_parents.push_back(k);
  }
  Factor law;
  if (!asked.target.empty()) {
    const NetworkAnswer answer = query(environment.network(), asked);
    if (!answer.distribution) {
      throw InvalidArgument("parent_bandit", "arm", environment.describe(arm), "have a law that can be contracted");
    }
    law = *answer.distribution;
  }
  for (std::size_t cell = 0; cell < law.size(); ++cell) {
    const std::vector<int> levels = law.assignment(cell);
    Eigen::Index z = 0;
    std::size_t next = 0;
    for (std::size_t k = 0; k < bandit.parents.size(); ++k) {
      const bool is_asked = next < asked_parents.size() && asked_parents[next] == k;
      const int level = is_asked ? levels[next++] : arm[slot(bandit.parents[k])] - 1;
      z = z * bandit.cardinalities[k] + level;
    }
    bandit.probability(static_cast<Eigen::Index>(number), z) = law.values()[cell];
  }
}

}  // namespace

ParentBandit parent_bandit(const DiscreteEnvironment& environment, std::vector<Action> arms) {
  if (arms.empty()) throw InvalidArgument("parent_bandit: there must be an arm");
  for (const Action& arm : arms) environment.require_action("parent_bandit", arm);
  const MixedGraph& graph = environment.graph().graph();
  const int reward = environment.reward();
  if (!graph.siblings(reward).empty()) {
    throw InvalidArgument("parent_bandit", "reward", environment.name(reward),
                          "share no hidden cause with " + environment.name(graph.siblings(reward).front()));
  }
  ParentBandit bandit{.n = environment.n(), .reward = reward, .arms = std::move(arms)};
  const auto parents = graph.parents(reward);
  bandit.parents.assign(parents.begin(), parents.end());
  std::sort(bandit.parents.begin(), bandit.parents.end());
  const std::vector<int> cardinalities = environment.cardinalities();
  for (const NodeId v : bandit.parents) bandit.cardinalities.push_back(cardinalities[slot(v)]);
  const double columns = configurations(bandit.cardinalities);
  if (columns > 1 << 20) {
    throw InvalidArgument("parent_bandit", "configurations of the parents", std::to_string(columns), "be at most 2^20");
  }
  bandit.probability =
      Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(bandit.arms.size()), static_cast<Eigen::Index>(columns));
  for (std::size_t k = 0; k < bandit.arms.size(); ++k) fill_row(environment, bandit.arms[k], k, bandit);
  return bandit;
}

void require_parent_bandit(const char* function, const ParentBandit& bandit) {
  if (bandit.reward < 0 || bandit.reward >= bandit.n) {
    throw InvalidArgument(function, "reward", std::to_string(bandit.reward), "be a node");
  }
  bool fits = bandit.parents.size() == bandit.cardinalities.size();
  for (const NodeId v : bandit.parents) fits = fits && v >= 0 && v < bandit.n && v != bandit.reward;
  for (const int levels : bandit.cardinalities) fits = fits && levels >= 1;
  if (!fits)
    throw InvalidArgument(std::string(function) + ": parents must be nodes other than the reward, with levels each");
  if (bandit.arms.empty() || bandit.probability.rows() != static_cast<Eigen::Index>(bandit.arms.size()) ||
      static_cast<double>(bandit.probability.cols()) != configurations(bandit.cardinalities)) {
    throw InvalidArgument(function, "probability",
                          std::to_string(bandit.probability.rows()) + " x " + std::to_string(bandit.probability.cols()),
                          "be arms x configurations of the parents, with at least one arm");
  }
  std::vector<Action> sorted = bandit.arms;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    throw InvalidArgument(std::string(function) + ": an arm is given twice");
  }
  for (std::size_t k = 0; k < bandit.arms.size(); ++k) {
    if (bandit.arms[k].size() != static_cast<std::size_t>(bandit.n)) {
      throw InvalidArgument(function, "arm " + std::to_string(k), std::to_string(bandit.arms[k].size()) + " entries",
                            "have one for each of " + std::to_string(bandit.n) + " nodes");
    }
    double sum = 0;
    bool negative = false;
    for (Eigen::Index z = 0; z < bandit.probability.cols(); ++z) {
      const double p = bandit.probability(static_cast<Eigen::Index>(k), z);
      sum += p;
      negative = negative || !(p >= 0);
    }
    if (!negative && std::abs(sum - 1) <= 1e-9) continue;
    throw InvalidArgument(function, "probability of arm " + std::to_string(k), "a row with sum " + std::to_string(sum),
                          "not be negative and sum to 1");
  }
}

std::size_t parent_configuration(const ParentBandit& bandit, std::span<const double> row) {
  std::size_t z = 0;
  for (std::size_t k = 0; k < bandit.parents.size(); ++k) {
    const double cell = row[slot(bandit.parents[k])];
    if (!(cell >= 0 && cell < bandit.cardinalities[k] && cell == std::floor(cell))) {
      throw DataError("parent_configuration: the value " + std::to_string(cell) + " of node " +
                      std::to_string(bandit.parents[k]) + " is not the code of a level");
    }
    z = z * static_cast<std::size_t>(bandit.cardinalities[k]) + static_cast<std::size_t>(cell);
  }
  return z;
}

PolicyPtr make_parent_ucb(ParentBandit bandit, const ParentUcbOptions& options) {
  validate(options, "make_parent_ucb");
  require_parent_bandit("make_parent_ucb", bandit);
  return std::make_unique<ParentPolicy>(std::move(bandit), options);
}

}  // namespace causal::bandits
