#include "causal/bandits/policy/arm_policies.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>

#include "../structure/state_io.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

class ArmPolicy final : public Policy {
 public:
  ArmPolicy(const BanditModel& model, const ArmPolicyOptions& options, std::vector<Action> arms)
      : options_(options), reward_(static_cast<std::size_t>(model.reward)), arms_(std::move(arms)) {
    for (std::size_t k = 0; k < arms_.size(); ++k) number_.emplace(arms_[k], k);
    count_.assign(arms_.size(), 0);
    sum_.assign(arms_.size(), 0.0);
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
    }
    return {};
  }

  void update(const Action& action, std::span<const double> row) override {
    const auto found = number_.find(action);
    if (found == number_.end()) throw InvalidArgument("update: the action is none of the policy's arms");
    ++total_;
    ++count_[found->second];
    sum_[found->second] += row[reward_];
  }

  void save(std::ostream& out) const override {
    write_value(out, total_);
    write_values(out, count_);
    write_values(out, sum_);
  }
  void load(std::istream& in) override {
    read_value(in, total_);
    read_values(in, count_);
    read_values(in, sum_);
    if (count_.size() != arms_.size() || sum_.size() != arms_.size()) {
      throw DataError("a saved state belongs to another policy");
    }
  }

 private:
  // An arm without rewards comes first: nothing is known against it.
  [[nodiscard]] double mean(std::size_t k) const {
    return count_[k] == 0 ? std::numeric_limits<double>::infinity() : sum_[k] / static_cast<double>(count_[k]);
  }
  [[nodiscard]] const Action& any(RandomStream& stream) const { return arms_[stream.below(arms_.size())]; }

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
};

}  // namespace

PolicyPtr make_arm_policy(const BanditModel& model, const ArmPolicyOptions& options, std::vector<Action> arms) {
  validate(options, "make_arm_policy");
  if (model.reward < 0 || model.reward >= model.n) {
    throw InvalidArgument("make_arm_policy", "reward", std::to_string(model.reward), "must be a node");
  }
  if (arms.empty()) {
    if (model.n > 20) {
      throw InvalidArgument("make_arm_policy", "nodes", std::to_string(model.n), "must be at most 20 without `arms`");
    }
    for (std::uint64_t k = 0; k < std::uint64_t{1} << model.n; ++k) arms.push_back(action_from_index(k, model.n));
  }
  std::vector<Action> sorted = arms;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    throw InvalidArgument("make_arm_policy: an arm is given twice");
  }
  for (const Action& arm : arms) require_action("make_arm_policy", arm, model.n);
  return std::make_unique<ArmPolicy>(model, options, std::move(arms));
}

}  // namespace causal::bandits
