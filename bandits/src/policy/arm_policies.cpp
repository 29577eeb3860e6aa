#include "causal/bandits/policy/arm_policies.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <map>
#include <string>

#include "../structure/random_gamma.hpp"
#include "../structure/state_io.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

class ArmPolicy final : public Policy {
 public:
  ArmPolicy(const BanditModel& model, const ArmPolicyOptions& options, std::vector<Action> arms)
      : options_(options), reward_(static_cast<std::size_t>(model.reward)), arms_(std::move(arms)) {
    for (std::size_t k = 0; k < arms_.size(); ++k) number_.emplace(arms_[k], k);
    if (options_.window == 0) options_.window = 2 * static_cast<std::int64_t>(arms_.size());
    count_.assign(arms_.size(), 0);
    sum_.assign(arms_.size(), 0.0);
    in_play_.assign(arms_.size(), 1);
    if (options.rule == ArmRule::SuccessiveRejects && arms_.size() > 1) {
      pulls_ = successive_rejects_pulls(static_cast<std::int64_t>(arms_.size()), options.horizon);
    }
  }

  std::string_view name() const override { return enum_name(options_.rule); }

  Action select(std::int64_t, RandomStream& stream) override {
    switch (options_.rule) {
      case ArmRule::Uniform:
        return any(stream);
      case ArmRule::EpsilonGreedy:
        if (stream.uniform() < options_.epsilon) return any(stream);
        return largest(stream, [&](std::size_t k) { return mean(k); });
      case ArmRule::ExploreThenCommit: {
        const auto least = std::min_element(count_.begin(), count_.end());
        if (*least < options_.explore_rounds) return arms_[static_cast<std::size_t>(least - count_.begin())];
        return largest(stream, [&](std::size_t k) { return mean(k); });
      }
      case ArmRule::Ucb1: {
        const double log_t = std::log(static_cast<double>(total_ + 1));
        return largest(stream, [&](std::size_t k) {
          const double n = static_cast<double>(count_[k]);
          if (n == 0) return std::numeric_limits<double>::infinity();
          return mean(k) + options_.ucb_coefficient * options_.reward_sd * std::sqrt(log_t / n);
        });
      }
      case ArmRule::GaussianThompson:
        return largest(stream, [&](std::size_t k) {
          const double n = static_cast<double>(count_[k]);
          return sum_[k] / (n + 1) + options_.reward_sd / std::sqrt(n + 1) * stream.normal();
        });
      case ArmRule::KlUcb: {
        const double log_t = std::log(static_cast<double>(total_ + 1));
        const double budget = log_t + options_.kl_loglog * std::log(std::max(log_t, 1.0));
        return largest(stream, [&](std::size_t k) {
          if (count_[k] == 0) return std::numeric_limits<double>::infinity();
          return kl_upper_bound(std::min(mean(k), 1.0), static_cast<double>(count_[k]), budget);
        });
      }
      case ArmRule::BetaThompson:
        return largest(stream, [&](std::size_t k) {
          const double ones = random_gamma(1 + sum_[k], stream);
          const double zeros = random_gamma(1 + static_cast<double>(count_[k]) - sum_[k], stream);
          return ones / (ones + zeros);
        });
      case ArmRule::SlidingUcb: {
        const double log_t = std::log(static_cast<double>(std::min(total_ + 1, options_.window)));
        return largest(stream, [&](std::size_t k) {
          if (count_[k] == 0) return std::numeric_limits<double>::infinity();
          const double n = static_cast<double>(count_[k]);
          return mean(k) + options_.ucb_coefficient * options_.reward_sd * std::sqrt(log_t / n);
        });
      }
      case ArmRule::SuccessiveRejects:
        return next_of_survivors(stream);
    }
    return {};
  }

  void update(const Action& action, std::span<const double> row) override {
    const auto found = number_.find(action);
    if (found == number_.end()) throw InvalidArgument("update: the action is none of the policy's arms");
    const double reward = row[reward_];
    check_reward(reward);
    ++total_;
    ++count_[found->second];
    sum_[found->second] += reward;
    if (options_.rule != ArmRule::SlidingUcb) return;
    recent_arm_.push_back(found->second);
    recent_reward_.push_back(reward);
    if (static_cast<std::int64_t>(recent_arm_.size()) > options_.window) forget_oldest();
  }

  void save(std::ostream& out) const override {
    write_value(out, total_);
    write_values(out, count_);
    write_values(out, sum_);
    write_values(out, in_play_);
    write_values(out, std::vector<std::size_t>(recent_arm_.begin(), recent_arm_.end()));
    write_values(out, std::vector<double>(recent_reward_.begin(), recent_reward_.end()));
  }
  void load(std::istream& in) override {
    read_value(in, total_);
    read_values(in, count_);
    read_values(in, sum_);
    read_values(in, in_play_);
    std::vector<std::size_t> recent_arm;
    std::vector<double> recent_reward;
    read_values(in, recent_arm);
    read_values(in, recent_reward);
    const bool known =
        std::all_of(recent_arm.begin(), recent_arm.end(), [&](std::size_t arm) { return arm < arms_.size(); });
    if (count_.size() != arms_.size() || sum_.size() != arms_.size() || in_play_.size() != arms_.size() ||
        recent_arm.size() != recent_reward.size() || !known) {
      throw DataError("a saved state belongs to another policy");
    }
    recent_arm_.assign(recent_arm.begin(), recent_arm.end());
    recent_reward_.assign(recent_reward.begin(), recent_reward.end());
  }

 private:
  // An arm without rewards comes first: nothing is known against it.
  [[nodiscard]] double mean(std::size_t k) const {
    return count_[k] == 0 ? std::numeric_limits<double>::infinity() : sum_[k] / static_cast<double>(count_[k]);
  }
  [[nodiscard]] const Action& any(RandomStream& stream) const { return arms_[stream.below(arms_.size())]; }

  void check_reward(double reward) const {
    if (options_.rule == ArmRule::KlUcb && !(reward >= 0 && reward <= 1)) {
      throw DataError("kl_ucb: the reward " + std::to_string(reward) + " is not in [0, 1]", {},
                      "scale the rewards, or use ucb1");
    }
    if (options_.rule == ArmRule::BetaThompson && reward != 0 && reward != 1) {
      throw DataError("beta_thompson: the reward " + std::to_string(reward) + " is neither 0 nor 1", {},
                      "use gaussian_thompson");
    }
  }

  // Sums anew from the window: taking rewards off a running sum would leave rounding behind for ever.
  void forget_oldest() {
    const std::size_t arm = recent_arm_.front();
    recent_arm_.pop_front();
    recent_reward_.pop_front();
    --count_[arm];
    sum_[arm] = 0;
    for (std::size_t t = 0; t < recent_arm_.size(); ++t) {
      if (recent_arm_[t] == arm) sum_[arm] += recent_reward_[t];
    }
  }

  // The first arm in play that lacks pulls of its phase; when none does the worst is dropped.
  const Action& next_of_survivors(RandomStream& stream) {
    for (;;) {
      const auto left = static_cast<std::size_t>(std::count(in_play_.begin(), in_play_.end(), 1));
      if (left == 1) {
        return arms_[static_cast<std::size_t>(std::find(in_play_.begin(), in_play_.end(), 1) - in_play_.begin())];
      }
      const std::int64_t wanted = pulls_[arms_.size() - left];
      for (std::size_t k = 0; k < arms_.size(); ++k) {
        if (in_play_[k] == 1 && count_[k] < wanted) return arms_[k];
      }
      const Action& worst = largest(stream, [&](std::size_t k) {
        return in_play_[k] == 1 ? -mean(k) : -std::numeric_limits<double>::infinity();
      });
      in_play_[number_.at(worst)] = 0;
    }
  }

  template <class Value>
  const Action& largest(RandomStream& stream, Value value) const {
    double best = -std::numeric_limits<double>::infinity();
    std::vector<std::size_t> equal;
    for (std::size_t k = 0; k < arms_.size(); ++k) {
      const double v = value(k);
      if (v < best) continue;
      if (v > best) equal.clear();
      best = v;
      equal.push_back(k);
    }
    return arms_[equal.size() == 1 ? equal[0] : equal[stream.below(equal.size())]];
  }

  ArmPolicyOptions options_;
  std::size_t reward_;
  std::vector<Action> arms_;
  std::map<Action, std::size_t> number_;
  std::int64_t total_ = 0;
  std::vector<std::int64_t> count_;
  std::vector<double> sum_;
  std::vector<char> in_play_;           // SuccessiveRejects: 0 once dropped
  std::vector<std::int64_t> pulls_;     // SuccessiveRejects: wanted in each phase
  std::deque<std::size_t> recent_arm_;  // SlidingUcb: the rounds that count
  std::deque<double> recent_reward_;
};

void check_probability(const char* function, const char* name, double value) {
  if (value >= 0 && value <= 1) return;
  throw InvalidArgument(function, name, std::to_string(value), "lie in [0, 1]");
}

}  // namespace

double bernoulli_divergence(double p, double q) {
  check_probability("bernoulli_divergence", "p", p);
  check_probability("bernoulli_divergence", "q", q);
  const double ones = p == 0 ? 0 : p * std::log(p / q);
  const double zeros = p == 1 ? 0 : (1 - p) * std::log((1 - p) / (1 - q));
  return std::max(ones + zeros, 0.0);
}

double kl_upper_bound(double mean, double count, double budget) {
  check_probability("kl_upper_bound", "mean", mean);
  if (!(count >= 0 && budget >= 0)) throw InvalidArgument("kl_upper_bound: count and budget must not be negative");
  if (count == 0) return 1;
  double low = mean;
  double high = std::min(1.0, mean + std::sqrt(budget / (2 * count)) + 1e-15);  // Pinsker
  while (high - low > 1e-15) {
    const double middle = 0.5 * (low + high);
    if (middle <= low || middle >= high) break;
    (count * bernoulli_divergence(mean, middle) <= budget ? low : high) = middle;
  }
  return low;
}

std::vector<std::int64_t> successive_rejects_pulls(std::int64_t arms, std::int64_t horizon) {
  if (arms < 2 || horizon < arms) {
    throw InvalidArgument("successive_rejects_pulls", "horizon", std::to_string(horizon),
                          "be at least the number of arms, and that (" + std::to_string(arms) + ") at least 2");
  }
  double log_bar = 0.5;
  for (std::int64_t i = 2; i <= arms; ++i) log_bar += 1 / static_cast<double>(i);
  std::vector<std::int64_t> pulls;
  for (std::int64_t k = 1; k < arms; ++k) {
    const double share = static_cast<double>(horizon - arms) / (log_bar * static_cast<double>(arms + 1 - k));
    pulls.push_back(static_cast<std::int64_t>(std::ceil(share)));
  }
  return pulls;
}

PolicyPtr make_arm_policy(const BanditModel& model, const ArmPolicyOptions& options, std::vector<Action> arms) {
  validate(options, "make_arm_policy");
  if (model.reward < 0 || model.reward >= model.n) {
    throw InvalidArgument("make_arm_policy", "reward", std::to_string(model.reward), "be a node");
  }
  if (arms.empty()) {
    if (model.n > 20) {
      throw InvalidArgument("make_arm_policy", "nodes", std::to_string(model.n), "be at most 20 without `arms`");
    }
    for (std::uint64_t k = 0; k < std::uint64_t{1} << model.n; ++k) arms.push_back(action_from_index(k, model.n));
  }
  std::vector<Action> sorted = arms;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    throw InvalidArgument("make_arm_policy: an arm is given twice");
  }
  for (const Action& arm : arms) {
    if (arm.size() == static_cast<std::size_t>(model.n)) continue;
    throw InvalidArgument("make_arm_policy", "arm", std::to_string(arm.size()) + " entries",
                          "have one for each of " + std::to_string(model.n) + " nodes");
  }
  const auto count = static_cast<std::int64_t>(arms.size());
  if (options.rule == ArmRule::SlidingUcb && options.window != 0 && options.window < count) {
    throw InvalidArgument("make_arm_policy", "window", std::to_string(options.window),
                          "be at least the number of arms, " + std::to_string(count));
  }
  if (options.rule == ArmRule::SuccessiveRejects && options.horizon < count) {
    throw InvalidArgument("make_arm_policy", "horizon", std::to_string(options.horizon),
                          "be at least the number of arms, " + std::to_string(count));
  }
  return std::make_unique<ArmPolicy>(model, options, std::move(arms));
}

}  // namespace causal::bandits
