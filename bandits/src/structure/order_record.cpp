#include "order_record.hpp"

#include <cmath>
#include <limits>
#include <numeric>

namespace causal::bandits {

void OrderRecord::add(const OrderWalk& walk, std::span<const ParentSetTable> tables) {
  scores.push_back(walk.log_score());
  for (std::size_t slot = 0; slot < tables.size(); ++slot) {
    tables[slot].add_probabilities(walk.allowed(slot), edges[slot % 2].col(static_cast<Eigen::Index>(slot / 2)));
  }
  const std::vector<int>& order = walk.order();
  for (std::size_t b = 0; b < order.size(); ++b) {
    for (std::size_t a = 0; a < b; ++a) before(order[a], order[b]) += 1;
  }
}

double split_rhat(std::span<const OrderRecord> records) {
  const std::size_t half = records.front().scores.size() / 2;
  if (half < 2) return std::numeric_limits<double>::quiet_NaN();
  std::vector<double> means;
  double within = 0;
  for (const OrderRecord& one : records) {
    for (const std::size_t begin : {std::size_t{0}, one.scores.size() - half}) {
      double mean = 0, squares = 0;
      for (std::size_t k = begin; k < begin + half; ++k) mean += one.scores[k] / static_cast<double>(half);
      for (std::size_t k = begin; k < begin + half; ++k) squares += std::pow(one.scores[k] - mean, 2);
      within += squares / static_cast<double>(half - 1);
      means.push_back(mean);
    }
  }
  const auto m = static_cast<double>(means.size());
  within /= m;
  const double centre = std::accumulate(means.begin(), means.end(), 0.0) / m;
  double between = 0;
  for (const double mean : means) between += std::pow(mean - centre, 2) / (m - 1);
  if (between == 0 && within == 0) return std::numeric_limits<double>::quiet_NaN();
  const auto length = static_cast<double>(half);
  return std::sqrt((length - 1) / length + between / within);
}

}  // namespace causal::bandits
