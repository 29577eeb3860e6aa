#include "causal/bandits/policy/parallel_bandit.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "../structure/state_io.hpp"
#include "causal/bandits/policy/infrequency.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

// Rounds and their rewards.
struct Sums {
  std::vector<std::int64_t> count;
  std::vector<double> reward;

  explicit Sums(std::size_t arms) : count(arms, 0), reward(arms, 0.0) {}
  void add(std::size_t arm, double value) {
    ++count[arm];
    reward[arm] += value;
  }
};

class ParallelBandit final : public Policy {
 public:
  ParallelBandit(const BanditModel& model, const std::vector<int>& cardinalities, std::int64_t horizon,
                 std::vector<Action> arms)
      : horizon_(horizon),
        reward_(static_cast<std::size_t>(model.reward)),
        cardinalities_(cardinalities),
        arms_(std::move(arms)),
        seen_(arms_.size()),
        played_(arms_.size()) {
    for (std::size_t k = 0; k < arms_.size(); ++k) number_.emplace(arms_[k], k);
  }

  std::string_view name() const override { return "parallel_bandit"; }

  Action select(std::int64_t, RandomStream&) override {
    if (rounds_ < horizon_ / 2) return arms_[0];
    if (rounds_ >= horizon_) return arms_[best()];
    const std::vector<std::size_t> rare = rare_arms();
    if (rare.empty()) return arms_[0];
    return arms_[rare[static_cast<std::size_t>(rounds_ - horizon_ / 2) % rare.size()]];
  }

  void update(const Action& action, std::span<const double> row) override {
    const auto arm = number_.find(action);
    if (arm == number_.end()) throw InvalidArgument("update: the action is none of the policy's arms");
    check(row);
    if (rounds_ < horizon_ / 2 && arm->second != 0) {
      throw InvalidArgument("update: nothing may be set in the first half of the horizon");
    }
    if (rounds_ < horizon_) learn(arm->second, row);
    ++rounds_;
  }

  void save(std::ostream& out) const override {
    write_value(out, rounds_);
    write_values(out, watched_);
    for (const Sums* sums : {&seen_, &played_}) {
      write_values(out, sums->count);
      write_values(out, sums->reward);
    }
  }
  void load(std::istream& in) override {
    read_value(in, rounds_);
    read_values(in, watched_);
    for (Sums* sums : {&seen_, &played_}) {
      read_values(in, sums->count);
      read_values(in, sums->reward);
      if (sums->count.size() != arms_.size() || sums->reward.size() != arms_.size()) {
        throw DataError("a saved state belongs to another policy");
      }
    }
    const bool past_half = rounds_ >= horizon_ / 2;
    if (watched_.size() != (past_half ? arms_.size() : 0) || (past_half && (watched_[0] < 1 || seen_.count[0] < 1))) {
      throw DataError("a saved state belongs to another policy");
    }
  }

 private:
  void check(std::span<const double> row) const {
    if (row.size() != cardinalities_.size()) throw DataError("parallel_bandit: a row must have one cell for each node");
    for (std::size_t j = 0; j < row.size(); ++j) {
      const double cell = row[j];
      const bool fine =
          j == reward_ ? std::isfinite(cell) : cell >= 0 && cell < cardinalities_[j] && cell == std::floor(cell);
      if (fine) continue;
      throw DataError("parallel_bandit: the value " + std::to_string(cell) + " of node " + std::to_string(j) +
                      (j == reward_ ? " is not finite" : " is not the code of a level"));
    }
  }

  void learn(std::size_t arm, std::span<const double> row) {
    const double reward = row[reward_];
    if (arm != 0) {
      played_.add(arm, reward);
      return;
    }
    seen_.add(0, reward);
    for (std::size_t k = 1; k < arms_.size(); ++k) {
      const auto [node, level] = setting(k);
      if (row[node] == level) seen_.add(k, reward);
    }
    if (rounds_ + 1 == horizon_ / 2) watched_ = seen_.count;
  }

  [[nodiscard]] std::pair<std::size_t, int> setting(std::size_t arm) const {
    const auto set = std::find_if(arms_[arm].begin(), arms_[arm].end(), [](std::uint8_t entry) { return entry > 0; });
    return {static_cast<std::size_t>(set - arms_[arm].begin()), *set - 1};
  }

  // Decided by the first half alone, so that it does not change while it is acted on.
  [[nodiscard]] std::vector<std::size_t> rare_arms() const {
    std::vector<double> share;
    for (std::size_t k = 1; k < watched_.size(); ++k) {
      share.push_back(static_cast<double>(watched_[k]) / static_cast<double>(watched_[0]));
    }
    std::vector<std::size_t> rare;
    const int m = infrequency(share);
    for (std::size_t k = 0; k < share.size(); ++k) {
      if (share[k] < 1.0 / m) rare.push_back(k + 1);
    }
    return rare;
  }

  [[nodiscard]] std::size_t best() const {
    std::vector<char> is_rare(arms_.size(), 0);
    for (const std::size_t k : rare_arms()) is_rare[k] = 1;
    std::size_t best = 0;
    double largest = seen_.reward[0] / static_cast<double>(seen_.count[0]);
    for (std::size_t k = 1; k < arms_.size(); ++k) {
      const Sums& sums = is_rare[k] == 1 ? played_ : seen_;
      if (sums.count[k] == 0) continue;
      const double mean = sums.reward[k] / static_cast<double>(sums.count[k]);
      if (mean <= largest) continue;
      best = k;
      largest = mean;
    }
    return best;
  }

  std::int64_t horizon_;
  std::size_t reward_;
  std::vector<int> cardinalities_;
  std::vector<Action> arms_;
  std::map<Action, std::size_t> number_;
  std::int64_t rounds_ = 0;
  std::vector<std::int64_t> watched_;  // seen_.count at the end of the first half; empty before
  Sums seen_;                          // rounds without intervention, by the levels that nodes had
  Sums played_;
};

}  // namespace

std::vector<Action> single_interventions(const std::vector<int>& cardinalities, NodeId reward,
                                         const NodeSet& not_settable) {
  constexpr const char* kName = "single_interventions";
  const int n = static_cast<int>(cardinalities.size());
  if (reward < 0 || reward >= n) throw InvalidArgument(kName, "reward", std::to_string(reward), "be a node");
  for (const NodeId v : not_settable) {
    if (v < 0 || v >= n) throw InvalidArgument(kName, "not_settable", std::to_string(v), "be a node");
  }
  std::vector<Action> arms{Action(cardinalities.size(), 0)};
  for (NodeId v = 0; v < n; ++v) {
    const int levels = cardinalities[slot(v)];
    if (levels < 1 || levels > 254) {
      throw InvalidArgument(kName, "cardinality of node " + std::to_string(v), std::to_string(levels),
                            "lie in [1, 254]");
    }
    const bool fixed = std::find(not_settable.begin(), not_settable.end(), v) != not_settable.end();
    for (int level = 0; v != reward && !fixed && level < levels; ++level) {
      arms.push_back(arms[0]);
      arms.back()[slot(v)] = static_cast<std::uint8_t>(level + 1);
    }
  }
  return arms;
}

PolicyPtr make_parallel_bandit(const BanditModel& model, const std::vector<int>& cardinalities,
                               const ParallelBanditOptions& options) {
  validate(options, "make_parallel_bandit");
  if (cardinalities.size() != static_cast<std::size_t>(model.n)) {
    throw InvalidArgument("make_parallel_bandit", "cardinalities", std::to_string(cardinalities.size()) + " of them",
                          "be one for each of " + std::to_string(model.n) + " nodes");
  }
  std::vector<Action> arms = single_interventions(cardinalities, model.reward, options.not_settable);
  return std::make_unique<ParallelBandit>(model, cardinalities, options.horizon, std::move(arms));
}

}  // namespace causal::bandits
