// Whole runs of policies for unknown graphs: processor time of 1500 rounds with ten nodes, mean over twenty instances.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/policy/csl_ucb.hpp"
#include "causal/bandits/policy/order_thompson.hpp"
#include "causal/bandits/run/play.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::bandits;

namespace {

void time_runs(const char* name, double target_s, double least_rate,
               const std::function<PolicyPtr(const BanditModel&)>& make) {
  const int instances = 20;
  double rate = 0;
  const std::clock_t begin = std::clock();
  for (std::uint32_t k = 0; k < instances; ++k) {
    const LinearArms arms = random_arms_er(10, {}, k);
    const PolicyPtr policy = make(BanditModel::of(arms));
    rate += play(LinearEnvironment(arms), *policy, {.horizon = 1500, .seed = 11, .instance = k}).optimal_rate(100);
  }
  const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC / instances;
  if (rate / instances < least_rate) {
    std::fprintf(stderr, "%s: optimal arm in only %.2f of the last rounds\n", name, rate / instances);
    std::exit(EXIT_FAILURE);
  }
  bench::print_result(name, seconds, "s", true, target_s);
}

}  // namespace

int main() {
  time_runs("csl_ucb_n10_t1500", 0.4, 0.4, [](const BanditModel& m) { return make_csl_ucb(m); });
  time_runs("order_thompson_n10_t1500", 0.8, 0.8, [](const BanditModel& m) { return make_order_thompson(m); });
  time_runs("order_thompson_every_20_n10_t1500", 0.2, 0.8,
            [](const BanditModel& m) { return make_order_thompson(m, {.relearn_every = 20}); });
}
