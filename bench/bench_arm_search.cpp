// The search for the best arm, one thread: average processor time over random sparse arms, and the share of them that
// was solved within the default budget.
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/selection/arm_search.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::bandits;

namespace {

double processor_ms() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void average(const char* name, int n, double in_degree, int instances, int repeats, double target_ms) {
  std::vector<LinearArms> arms;
  for (int k = 0; k < instances; ++k) {
    arms.push_back(random_arms_er(n, {.edge_probability = 2 * in_degree / (n - 1)}, static_cast<std::uint64_t>(k)));
  }
  const double begin = processor_ms();
  int exact = 0;
  for (int repeat = 0; repeat < repeats; ++repeat) {
    exact = 0;
    for (const LinearArms& one : arms) {
      const ArmSearchResult found = best_arm(one);
      if (found.value != mean_reward(one, found.action)) std::exit(EXIT_FAILURE);
      exact += found.gap == 0 ? 1 : 0;
    }
  }
  const double ms = (processor_ms() - begin) / (instances * repeats);
  bench::print_result(name, ms, "ms", true, target_ms);
  bench::print_result(std::string(name) + "_solved", static_cast<double>(exact) / instances, "share", false, 1);
}

}  // namespace

int main() {
  average("best_arm_n100_in_degree_1", 100, 1, 200, 5, 1);
  average("best_arm_n100_in_degree_1.5", 100, 1.5, 200, 1, 6);
  average("best_arm_n100_in_degree_2", 100, 2, 100, 1, 500);
  average("best_arm_n200_in_degree_1", 200, 1, 50, 1, 5);
  average("best_arm_n10_dense", 10, 2.25, 500, 5, 0.05);
}
