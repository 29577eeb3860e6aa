#include "causal/estimation/debias/quintile_loss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "causal/run/error.hpp"

namespace causal::estimation {

std::array<double, 4> quintile_cuts(const Eigen::Ref<const Eigen::VectorXd>& outcomes) {
  if (outcomes.size() < 5) throw DataError("five groups of outcomes need at least 5 rows");
  if (!outcomes.allFinite()) throw DataError("an outcome is not a finite number");
  std::vector<double> sorted(outcomes.begin(), outcomes.end());
  std::sort(sorted.begin(), sorted.end());
  std::array<double, 4> cuts{};
  for (std::size_t k = 0; k < cuts.size(); ++k) {
    const double place = 0.2 * static_cast<double>((k + 1) * (sorted.size() - 1));
    const auto below = static_cast<std::size_t>(place);
    const double share = place - static_cast<double>(below);
    cuts[k] = sorted[below] + share * (sorted[std::min(below + 1, sorted.size() - 1)] - sorted[below]);
  }
  return cuts;
}

LossAndGradient quintile_loss(const Eigen::Ref<const Eigen::VectorXd>& predictions,
                              const Eigen::Ref<const Eigen::VectorXd>& outcomes, const std::array<double, 4>& cuts,
                              double weight) {
  if (predictions.size() != outcomes.size() || predictions.size() == 0) {
    throw InvalidArgument(
        fmt::format("quintile_loss: {} predictions for {} outcomes", predictions.size(), outcomes.size()));
  }
  if (!std::is_sorted(cuts.begin(), cuts.end())) throw InvalidArgument("quintile_loss: the cuts do not ascend");
  if (!(weight >= 0)) throw InvalidArgument("quintile_loss", "weight", fmt::format("{}", weight), "not be negative");
  const auto n = static_cast<double>(predictions.size());
  const auto group_of = [&](double outcome) {
    return static_cast<std::size_t>(std::upper_bound(cuts.begin(), cuts.end(), outcome) - cuts.begin());
  };
  std::array<double, 5> sums{};
  std::array<double, 5> rows{};
  LossAndGradient loss;
  loss.gradient = 2 / n * (predictions - outcomes);
  loss.value = (predictions - outcomes).squaredNorm() / n;
  for (Eigen::Index i = 0; i < predictions.size(); ++i) {
    const std::size_t group = group_of(outcomes(i));
    sums[group] += predictions(i) - outcomes(i);
    rows[group] += 1;
  }
  const auto mean = [&](std::size_t group) { return rows[group] > 0 ? sums[group] / rows[group] : 0; };
  std::size_t worst = 0;
  for (std::size_t group = 1; group < 5; ++group) {
    if (std::abs(mean(group)) > std::abs(mean(worst))) worst = group;
  }
  loss.worst = static_cast<int>(worst);
  loss.value += weight * mean(worst) * mean(worst);
  if (rows[worst] <= 0) return loss;
  for (Eigen::Index i = 0; i < predictions.size(); ++i) {
    if (group_of(outcomes(i)) == worst) loss.gradient(i) += weight * 2 * mean(worst) / rows[worst];
  }
  return loss;
}

}  // namespace causal::estimation
