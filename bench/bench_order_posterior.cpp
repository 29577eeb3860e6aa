// The posterior over orders and parent sets, one thread, processor time: evidences a second with their sums over
// subsets, the sum over all orders, and a draw.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <vector>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/structure/order_posterior.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::bandits;

namespace {

double processor_s() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

ArmStatistics rows_of(const LinearArms& arms, int rounds) {
  const LinearEnvironment environment(arms);
  ArmStatistics statistics({arms.offsets(0), arms.offsets(1)});
  std::vector<double> row(static_cast<std::size_t>(arms.n()));
  for (int t = 0; t < rounds; ++t) {
    RandomStream stream(1, RandomDomain::Policy, 0, static_cast<std::uint32_t>(t));
    Action action(row.size());
    for (std::uint8_t& bit : action) bit = static_cast<std::uint8_t>(stream.below(2));
    environment.observe(action, {}, t, row);
    statistics.add(action, row);
  }
  return statistics;
}

void check(bool right) {
  if (right) return;
  std::fprintf(stderr, "wrong result\n");
  std::exit(EXIT_FAILURE);
}

}  // namespace

int main() {
  const int n = 14;
  const LinearArms arms = random_arms_er(n, {}, 3);
  const ArmStatistics statistics = rows_of(arms, 400);
  OrderPosterior posterior(n);
  double begin = processor_s();
  int columns = 0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    for (int j = 0; j < n; ++j) {
      for (const int bit : {0, 1}) {
        posterior.update(bit, j, statistics.column(bit, j));
        ++columns;
      }
    }
  }
  const double update_s = (processor_s() - begin) / columns;
  // Sets with the same evidence whether computed together or alone.
  const double alone = parent_set_evidence(statistics.column(1, 5), {0, 2, 9}, {});
  check(std::abs(posterior.log_evidence(1, 5, 1U << 0 | 1U << 2 | 1U << 9) - alone) < 1e-8 * std::abs(alone));
  begin = processor_s();
  for (int repeat = 0; repeat < 20; ++repeat) posterior.refresh();
  const double refresh_s = (processor_s() - begin) / 20;
  RandomStream stream(1, RandomDomain::Test);
  begin = processor_s();
  for (int repeat = 0; repeat < 200; ++repeat)
    check(posterior.draw(statistics, arms.reward(), stream).arms.has_order());
  const double draw_s = (processor_s() - begin) / 200;
  bench::print_result("order_posterior_evidences_n14", (1 << (n - 1)) / update_s, "per_s", false, 2e6);
  bench::print_result("order_posterior_orders_n14", 1e3 * refresh_s, "ms", true, 10);
  bench::print_result("order_posterior_draw_n14", 1e3 * draw_s, "ms", true, 1);
}
