#include "order_starts.hpp"

#include <cstdint>

namespace causal::bandits {
namespace {

// Appends, again and again, the node of least cost(node, placed) among those whose known parents are placed.
template <class Cost>
std::vector<int> build_order(std::span<const EdgePrior> priors, int n, Cost&& cost) {
  const auto size = static_cast<std::size_t>(n);
  std::vector<char> placed(size, 0);
  std::vector<int> order;
  while (order.size() < size) {
    int best = -1;
    double least = 0;
    for (std::size_t j = 0; j < size; ++j) {
      bool ready = placed[j] == 0;
      for (std::size_t i = 0; i < size && ready; ++i) {
        ready = priors[j * size + i] != EdgePrior::Known || placed[i] != 0;
      }
      if (!ready) continue;
      const double mine = cost(j, placed);
      if (best >= 0 && mine >= least) continue;
      best = static_cast<int>(j);
      least = mine;
    }
    if (best < 0) return {};
    order.push_back(best);
    placed[static_cast<std::size_t>(best)] = 1;
  }
  return order;
}

}  // namespace

std::vector<int> random_start(std::span<const EdgePrior> priors, int n, RandomStream& stream) {
  const std::vector<int> rank = stream.permutation(n);
  return build_order(priors, n, [&](std::size_t j, const std::vector<char>&) { return static_cast<double>(rank[j]); });
}

std::vector<int> greedy_start(std::span<const EdgePrior> priors, int n, std::span<const ParentSetTable> tables) {
  return build_order(priors, n, [&](std::size_t j, const std::vector<char>& placed) {
    double loss = 0;
    for (const ParentSetTable& table : tables.subspan(2 * j, 2)) {
      std::uint32_t before = 0;
      for (std::size_t k = 0; k < table.candidates().size(); ++k) {
        before |= std::uint32_t{placed[static_cast<std::size_t>(table.candidates()[k])] != 0} << k;
      }
      loss += table.log_sum(~std::uint32_t{0}) - table.log_sum(before);
    }
    return loss;
  });
}

}  // namespace causal::bandits
