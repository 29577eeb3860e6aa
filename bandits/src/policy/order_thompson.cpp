#include "causal/bandits/policy/order_thompson.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <optional>

#include "../structure/state_io.hpp"
#include "alarm_io.hpp"
#include "causal/run/error.hpp"
#include "check_model.hpp"
#include "idle_bits.hpp"
#include "random_action.hpp"

namespace causal::bandits {
namespace {

constexpr std::size_t kKeptRounds = 256;

constexpr std::int64_t kSuspicionRounds = 64;

struct Round {
  std::int64_t number = 0;
  Action action;
  std::vector<double> row;
};

// A mechanism with an alarm that the rows do not yet bear out.
struct Suspect {
  ArmColumn column;
  std::int64_t changed_at = 0;
  std::int64_t since = 0;
};
// A mechanism as it was before a change.
struct PastMechanism {
  ArmColumn column;
  ColumnStatistics rows;
};

class OrderThompson final : public Policy {
 public:
  OrderThompson(const BanditModel& model, const OrderThompsonOptions& options)
      : model_(model),
        options_(options),
        statistics_(model.offsets),
        posterior_(model.n, options.posterior, options.edges),
        stale_(static_cast<std::size_t>(2 * model.n), 0) {
    if (options.detect_changes) {
      const Eigen::MatrixXi none = Eigen::MatrixXi::Zero(model.n, model.n);
      monitor_.emplace(model.offsets, std::array{none, none}, options.monitor);
    }
  }

  std::string_view name() const override { return "order_thompson"; }

  Action select(std::int64_t round, RandomStream& stream) override {
    round_ = round;
    if (round <= options_.relearn_after || round % options_.relearn_every == 0 || !suspects_.empty()) relearn();
    if (options_.forced_explore > 0 && stream.uniform() < options_.forced_explore) {
      return random_action(model_.n, stream);
    }
    std::vector<LinearArms> models;
    std::vector<Action> candidates;
    for (int k = 0; k < options_.draws; ++k) {
      models.push_back(posterior_.draw(statistics_, model_.reward, stream).arms);
      candidates.push_back(best_arm(models.back(), options_.search).action);
    }
    Action action = best_on_average(models, candidates);
    if (options_.random_ties) randomise_idle_bits(models, options_.search, action, stream);
    return action;
  }

  void update(const Action& action, std::span<const double> row) override {
    statistics_.add(action, row);
    for (std::size_t j = 0; j < action.size(); ++j) stale_[2 * j + action[j]] = 1;
    if (!monitor_ || round_ < options_.change_after) return;
    recent_.push_back({round_, action, {row.begin(), row.end()}});
    if (recent_.size() > kKeptRounds) recent_.pop_front();
    for (const MechanismAlarm& alarm : monitor_->add(round_, action, row)) suspect(alarm);
  }

  std::span<const ChangeAlarm> alarms() const override { return alarms_; }

  // The posterior is a function of the statistics it saw last: both are kept, for it may lag behind.
  void save(std::ostream& out) const override {
    statistics_.save(out);
    seen_.has_value() ? seen_->save(out) : statistics_.save(out);
    write_value(out, std::uint8_t{seen_.has_value()});
    write_values(out, stale_);
    if (!monitor_) return;
    monitor_->save(out);
    write_value(out, static_cast<std::uint64_t>(recent_.size()));
    for (const Round& kept : recent_) {
      write_value(out, kept.number);
      write_values(out, kept.action);
      write_values(out, kept.row);
    }
    write_value(out, static_cast<std::uint64_t>(suspects_.size()));
    for (const Suspect& one : suspects_) {
      write_column(out, one.column);
      write_value(out, one.changed_at);
      write_value(out, one.since);
    }
    write_value(out, static_cast<std::uint64_t>(past_.size()));
    for (const PastMechanism& one : past_) {
      write_column(out, one.column);
      one.rows.save(out);
    }
    write_alarms(out, alarms_);
  }
  void load(std::istream& in) override {
    statistics_.load(in);
    seen_ = ArmStatistics(model_.offsets);
    seen_->load(in);
    std::uint8_t learned = 0;
    read_value(in, learned);
    if (learned == 0) seen_.reset();
    read_values(in, stale_);
    if (stale_.size() != static_cast<std::size_t>(2 * model_.n)) throw DataError("a saved state is of another policy");
    if (monitor_) load_watch(in);
    posterior_ = OrderPosterior(model_.n, options_.posterior, options_.edges);
    for (const PastMechanism& one : past_) posterior_.archive(one.column.bit, one.column.node, one.rows);
    if (!seen_) return;
    for (int j = 0; j < model_.n; ++j) {
      for (const int bit : {0, 1}) posterior_.update(bit, j, seen_->column(bit, j));
    }
    posterior_.refresh();
  }

 private:
  static Action best_on_average(const std::vector<LinearArms>& models, const std::vector<Action>& candidates) {
    if (models.size() == 1) return candidates.front();
    double best = -std::numeric_limits<double>::infinity();
    const Action* chosen = &candidates.front();
    for (const Action& candidate : candidates) {
      double sum = 0;
      for (const LinearArms& model : models) sum += mean_reward(model, candidate);
      if (sum <= best) continue;
      best = sum;
      chosen = &candidate;
    }
    return *chosen;
  }

  void relearn() {
    bool any = false;
    for (int j = 0; j < model_.n; ++j) {
      for (const int bit : {0, 1}) {
        char& stale = stale_[static_cast<std::size_t>(2 * j + bit)];
        if (stale != 0) posterior_.update(bit, j, statistics_.column(bit, j));
        any = any || stale != 0;
        stale = 0;
      }
    }
    if (!any) return;
    posterior_.refresh();
    judge_suspects();
    seen_ = statistics_;
    if (monitor_ && round_ >= options_.change_after) watch_along_order();
  }

  void suspect(const MechanismAlarm& alarm) {
    for (Suspect& known : suspects_) {
      if (known.column == alarm.mechanism) return;
    }
    suspects_.push_back({alarm.mechanism, alarm.changed_at, round_});
  }

  // A wrong order makes innovations jump when the policy moves to another action. So an alarm counts only when a change
  // explains all rows better than every order does without one.
  void judge_suspects() {
    std::vector<Suspect> open;
    for (const Suspect& one : suspects_) {
      const auto [bit, node] = one.column;
      const ColumnStatistics after = recent_rows(one);
      const ColumnStatistics before = statistics_.column(bit, node).without(after);
      if (posterior_.split_gain(bit, node, before, after) > std::log(options_.monitor.rounds_between_alarms)) {
        posterior_.archive(bit, node, before);
        past_.push_back({one.column, before});
        statistics_.replace(bit, node, after);
        posterior_.update(bit, node, after);
        posterior_.refresh();
        alarms_.push_back({round_, one.column});
      } else if (round_ - one.since < kSuspicionRounds) {
        open.push_back(one);
      }
    }
    suspects_ = std::move(open);
  }

  [[nodiscard]] ColumnStatistics recent_rows(const Suspect& one) const {
    const auto j = static_cast<std::size_t>(one.column.node);
    ColumnStatistics rows(model_.n);
    for (const Round& kept : recent_) {
      if (kept.number < one.changed_at || kept.action[j] != one.column.bit) continue;
      rows.add(kept.row, kept.row[j] - statistics_.offsets(one.column.bit)(one.column.node));
    }
    return rows;
  }

  // All predecessors predict at least as well as the parents among them, and need no decision about single edges.
  void watch_along_order() {
    std::vector<int> before;
    for (const int node : posterior_.likely_order()) {
      for (const int bit : {0, 1}) {
        if (monitor_->parents(bit, node) != before) monitor_->set_parents(bit, node, before);
      }
      before.insert(std::upper_bound(before.begin(), before.end(), node), node);
    }
  }

  void load_watch(std::istream& in) {
    monitor_->load(in);
    std::uint64_t count = 0;
    read_value(in, count);
    recent_.clear();
    for (std::uint64_t k = 0; k < count; ++k) {
      Round kept;
      read_value(in, kept.number);
      read_values(in, kept.action);
      read_values(in, kept.row);
      require_action("load", kept.action, model_.n);
      if (kept.row.size() != kept.action.size()) throw DataError("a saved state is of another policy");
      recent_.push_back(std::move(kept));
    }
    suspects_.clear();
    read_value(in, count);
    for (std::uint64_t k = 0; k < count; ++k) {
      Suspect one{.column = read_column(in, model_.n)};
      read_value(in, one.changed_at);
      read_value(in, one.since);
      suspects_.push_back(one);
    }
    past_.clear();
    read_value(in, count);
    for (std::uint64_t k = 0; k < count; ++k) {
      PastMechanism one{read_column(in, model_.n), ColumnStatistics(model_.n)};
      one.rows.load(in);
      past_.push_back(std::move(one));
    }
    read_alarms(in, model_.n, alarms_);
  }

  BanditModel model_;
  OrderThompsonOptions options_;
  ArmStatistics statistics_;
  std::optional<ArmStatistics> seen_;
  OrderPosterior posterior_;
  std::vector<char> stale_;  // per mechanism: it has rows that the posterior has not seen
  std::int64_t round_ = 0;
  std::optional<MechanismMonitor> monitor_;
  std::deque<Round> recent_;  // while it is watched: the last rounds, to go on with after a change
  std::vector<Suspect> suspects_;
  std::vector<PastMechanism> past_;
  std::vector<ChangeAlarm> alarms_;
};

}  // namespace

PolicyPtr make_order_thompson(const BanditModel& model, const OrderThompsonOptions& options) {
  validate(options, "make_order_thompson");
  check_linear_model("make_order_thompson", model);
  return std::make_unique<OrderThompson>(model, options);
}

}  // namespace causal::bandits
