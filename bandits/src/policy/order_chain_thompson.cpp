#include "causal/bandits/policy/order_chain_thompson.hpp"

#include <algorithm>
#include <cmath>

#include "../structure/state_io.hpp"
#include "causal/run/error.hpp"
#include "check_model.hpp"
#include "idle_bits.hpp"
#include "random_action.hpp"

namespace causal::bandits {
namespace {

class OrderChainThompson final : public Policy {
 public:
  OrderChainThompson(const BanditModel& model, const OrderChainThompsonOptions& options)
      : model_(model),
        options_(options),
        statistics_(model.offsets),
        seen_(model.offsets),
        chain_(model.n, options.chain, options.edges, options.seed),
        stale_(static_cast<std::size_t>(2 * model.n), 0) {}

  std::string_view name() const override { return "order_chain_thompson"; }

  Action select(std::int64_t round, RandomStream& stream) override {
    if (round <= options_.relearn_after || round % options_.relearn_every == 0) relearn();
    // The chains move on in rounds without relearning too: draws of one order after another differ.
    chain_.advance(options_.moves, stream);
    if (options_.forced_explore > 0 && stream.uniform() < options_.forced_explore) {
      return random_action(model_.n, stream);
    }
    const LinearArms arms = chain_.draw(statistics_, model_.reward, stream).arms;
    Action action = best_arm(arms, options_.search).action;
    if (options_.random_ties) randomise_idle_bits({&arms, 1}, options_.search, action, stream);
    return action;
  }

  void update(const Action& action, std::span<const double> row) override {
    statistics_.add(action, row);
    for (std::size_t j = 0; j < action.size(); ++j) stale_[2 * j + action[j]] = 1;
  }

  // The evidences are a function of the statistics that they were computed from, and those lag behind.
  void save(std::ostream& out) const override {
    statistics_.save(out);
    seen_.save(out);
    write_values(out, stale_);
    chain_.save(out);
  }
  void load(std::istream& in) override {
    statistics_.load(in);
    seen_.load(in);
    read_values(in, stale_);
    if (stale_.size() != static_cast<std::size_t>(2 * model_.n)) throw DataError("a saved state is of another policy");
    for (int j = 0; j < model_.n; ++j) {
      for (const int bit : {0, 1}) chain_.update(bit, j, seen_.column(bit, j));
    }
    chain_.load(in);
  }

 private:
  void relearn() {
    bool any = false;
    for (int j = 0; j < model_.n; ++j) {
      for (const int bit : {0, 1}) {
        char& stale = stale_[static_cast<std::size_t>(2 * j + bit)];
        if (stale != 0) chain_.update(bit, j, statistics_.column(bit, j));
        any = any || stale != 0;
        stale = 0;
      }
    }
    if (any) seen_ = statistics_;
  }

  BanditModel model_;
  OrderChainThompsonOptions options_;
  ArmStatistics statistics_;
  ArmStatistics seen_;
  OrderChain chain_;
  std::vector<char> stale_;  // per mechanism: it has rows that the chains have not seen
};

}  // namespace

PolicyPtr make_order_chain_thompson(const BanditModel& model, const OrderChainThompsonOptions& options) {
  validate(options, "make_order_chain_thompson");
  validate(options.search, "make_order_chain_thompson");
  check_linear_model("make_order_chain_thompson", model);
  return std::make_unique<OrderChainThompson>(model, options);
}

}  // namespace causal::bandits
