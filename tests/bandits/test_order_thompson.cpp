// labels: stat determinism
// Thompson sampling over orders in systems that change.

#include "causal/bandits/policy/order_thompson.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/run/play.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "resumed_run.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

constexpr std::int64_t kChange = 500;

// The same policy, but for a voice that says when which mechanisms changed.
class Told final : public Policy {
 public:
  Told(const BanditModel& model, std::vector<ArmColumn> columns)
      : model_(model),
        columns_(std::move(columns)),
        statistics_(model.offsets),
        posterior_(model.n),
        stale_(static_cast<std::size_t>(2 * model.n), 0) {}
  std::string_view name() const override { return "told"; }
  Action select(std::int64_t round, RandomStream& stream) override {
    if (round == kChange) {
      for (const ArmColumn& column : columns_) {
        posterior_.archive(column.bit, column.node, statistics_.column(column.bit, column.node));
        statistics_.reset(column.bit, column.node);
        stale_[static_cast<std::size_t>(2 * column.node + column.bit)] = 1;
      }
    }
    if (round <= 200 || round % 10 == 0 || (round >= kChange && round < kChange + 64)) relearn();
    std::vector<LinearArms> models;
    for (int k = 0; k < 2; ++k) models.push_back(posterior_.draw(statistics_, model_.reward, stream).arms);
    const Action first = best_arm(models[0], {.restarts = 1}).action,
                 second = best_arm(models[1], {.restarts = 1}).action;
    const auto both = [&](const Action& a) { return mean_reward(models[0], a) + mean_reward(models[1], a); };
    Action chosen = both(second) > both(first) ? second : first;
    for (std::size_t j = 0; j < chosen.size(); ++j) {
      const bool idle = models[0].relevant()[j] == 0 && models[1].relevant()[j] == 0;
      if (idle) chosen[j] = static_cast<std::uint8_t>(stream.bits() >> 63);
    }
    return chosen;
  }
  void update(const Action& action, std::span<const double> row) override {
    statistics_.add(action, row);
    for (std::size_t j = 0; j < action.size(); ++j) stale_[2 * j + action[j]] = 1;
  }
  void save(std::ostream&) const override {}
  void load(std::istream&) override {}

 private:
  void relearn() {
    for (int j = 0; j < model_.n; ++j) {
      for (const int bit : {0, 1}) {
        char& stale = stale_[static_cast<std::size_t>(2 * j + bit)];
        if (stale != 0) posterior_.update(bit, j, statistics_.column(bit, j));
        stale = 0;
      }
    }
    posterior_.refresh();
  }

  BanditModel model_;
  std::vector<ArmColumn> columns_;
  ArmStatistics statistics_;
  OrderPosterior posterior_;
  std::vector<char> stale_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

}  // namespace

TEST_CASE("after a change the policy pays hardly more than one that is told of it") {
  const int instances = 40;
  struct Outcome {
    double watched = 0, told = 0;
    int false_alarms = 0;
  };
  std::vector<Outcome> outcomes(instances);
  parallel_for(instances, 0, [&](std::int64_t k) {
    const auto seed = static_cast<std::uint64_t>(k);
    const LinearArms before = random_arms_er(10, {}, seed);
    const ChangedArms changed = change_graph(before, 2, {}, seed);
    REQUIRE(changed.arms.has_value());
    const LinearEnvironment environment(std::vector<LinearPiece>{{0, before}, {kChange, *changed.arms}});
    const PlayOptions play_options{.horizon = 1000, .seed = 3, .instance = static_cast<std::uint32_t>(k)};
    const PolicyPtr watching =
        make_order_thompson(BanditModel::of(before), {.relearn_every = 10, .detect_changes = true});
    Told told(BanditModel::of(before), changed.columns);
    Outcome& outcome = outcomes[static_cast<std::size_t>(k)];
    const Trace first = play(environment, *watching, play_options), second = play(environment, told, play_options);
    outcome.watched = first.pseudo_regret() - first.pseudo_regret(kChange);
    outcome.told = second.pseudo_regret() - second.pseudo_regret(kChange);
    for (const ChangeAlarm& alarm : watching->alarms()) {
      const bool right =
          alarm.round >= kChange && std::count(changed.columns.begin(), changed.columns.end(), alarm.column) > 0;
      outcome.false_alarms += right ? 0 : 1;
    }
  });
  std::vector<double> watched, told;
  int false_alarms = 0;
  for (const Outcome& outcome : outcomes) {
    watched.push_back(outcome.watched);
    told.push_back(outcome.told);
    false_alarms += outcome.false_alarms;
  }
  MESSAGE("median regret after the change: ", median(watched), ", told ", median(told), "; false alarms ",
          false_alarms);
  CHECK(median(watched) <= 1.5 * median(told));
  CHECK(false_alarms <= 4);  // one in ten thousand rounds
}

TEST_CASE("shifts of the mean of two standard deviations are found, and nothing where nothing changed") {
  const int instances = 40;
  std::vector<int> found(instances, 0), others(instances, 0), quiet(instances, 0);
  parallel_for(instances, 0, [&](std::int64_t k) {
    const auto seed = static_cast<std::uint64_t>(k), i = static_cast<std::size_t>(k);
    const LinearArms before = random_arms_er(10, {}, 1000 + seed);
    RandomStream stream(seed, RandomDomain::Test);
    const int node = static_cast<int>(stream.below(10));
    const int bit = best_arm(before).action[static_cast<std::size_t>(node)];
    std::array<Eigen::VectorXd, 2> offsets{before.offsets(0), before.offsets(1)};
    offsets[static_cast<std::size_t>(bit)](node) += stream.uniform() < 0.5 ? -2 : 2;
    const LinearArms after({before.weights(0), before.weights(1)}, offsets, before.reward());
    const LinearEnvironment environment(std::vector<LinearPiece>{{0, before}, {kChange, after}});
    const OrderThompsonOptions options{.relearn_every = 20, .detect_changes = true};
    const PolicyPtr policy = make_order_thompson(BanditModel::of(before), options);
    (void)play(environment, *policy, {.horizon = kChange + 100, .seed = seed});
    for (const ChangeAlarm& alarm : policy->alarms()) {
      const bool right = alarm.round >= kChange && alarm.column == ArmColumn{bit, node};
      (right ? found[i] : others[i]) = 1;
    }
    const PolicyPtr resting = make_order_thompson(BanditModel::of(before), options);
    (void)play(LinearEnvironment(before), *resting, {.horizon = 1000, .seed = seed});
    quiet[i] = static_cast<int>(resting->alarms().size());
  });
  // Nearly all arms are settled by round 500, so nearly all shifts are seen in every round. With .99 for each, fewer
  // than 38 of 40 have probability .007.
  CHECK(std::count(found.begin(), found.end(), 1) >= 38);
  // At most one in ten thousand rounds: 6.4 in these 64,000; a Poisson number of that mean exceeds 14 with probability
  // .002. (There is none.)
  int false_alarms = 0;
  for (std::size_t i = 0; i < quiet.size(); ++i) false_alarms += others[i] + quiet[i];
  CHECK(false_alarms <= 14);
}

TEST_CASE("a run with suspicions and alarms goes on from a saved state as if nothing had happened") {
  const LinearArms before = random_arms_er(6, {}, 9);
  const ChangedArms changed = change_graph(before, 2, {}, 3);
  REQUIRE(changed.arms.has_value());
  const LinearEnvironment environment(std::vector<LinearPiece>{{0, before}, {120, *changed.arms}});
  OrderThompsonOptions options{.relearn_after = 50, .relearn_every = 7, .detect_changes = true, .change_after = 30};
  options.monitor.rounds_between_alarms = 20;
  const auto make = [&] { return make_order_thompson(BanditModel::of(before), options); };
  const PolicyPtr whole = make();
  const Trace trace = play(environment, *whole, {.horizon = 260, .seed = 5});
  REQUIRE(whole->alarms().size() >= 1);
  for (const std::int64_t stop : {40, 122, 124, 130, 200}) {
    const ResumedRun run = resumed_run(environment, make, {.horizon = 260, .seed = 5}, stop);
    CHECK(run.rest == from_round(trace, stop));
    CHECK(run.policy->alarms().size() == whole->alarms().size());
    const std::string& bytes = run.saved;
    for (std::size_t length = 0; length < bytes.size(); length += 1 + bytes.size() / 50) {
      std::istringstream cut(bytes.substr(0, length));
      CHECK_THROWS_AS(make()->load(cut), DataError);
    }
  }
}

TEST_CASE("rewards that are no numbers and options out of range are refused") {
  const LinearArms arms = random_arms_er(3, {}, 1);
  const PolicyPtr policy = make_order_thompson(BanditModel::of(arms));
  CHECK_THROWS_AS(policy->update({0, 1, 0}, std::vector<double>{1, std::nan(""), 2}), InvalidArgument);
  CHECK_THROWS_AS(policy->update({0, 1}, std::vector<double>{1, 2}), InvalidArgument);
  CHECK_THROWS_AS((void)make_order_thompson(BanditModel::of(arms), {.draws = 0}), InvalidArgument);
  CHECK_THROWS_AS((void)make_order_thompson(BanditModel::of(arms), {.detect_changes = true, .monitor = {.window = 0}}),
                  InvalidArgument);
  BanditModel many{.n = 17, .reward = 0, .offsets = {Eigen::VectorXd::Ones(17), Eigen::VectorXd::Ones(17)}};
  CHECK_THROWS_AS((void)make_order_thompson(many), InvalidArgument);
}
