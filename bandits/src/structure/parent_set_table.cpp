#include "parent_set_table.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

// Some thousand sets this many binary digits below the largest change its sum by less than a relative 1e-9.
constexpr std::int64_t kNegligible = 45;

}  // namespace

void ParentSetTable::fill(const ColumnStatistics& statistics, int node, const OrderPosteriorOptions& options,
                          std::span<const EdgePrior> edges, int max_candidates) {
  candidates_ = credible_candidates(statistics, node, options, edges, max_candidates);
  places_.assign(edges.size(), -1);
  for (std::size_t k = 0; k < candidates_.size(); ++k) {
    places_[static_cast<std::size_t>(candidates_[k])] = static_cast<std::int8_t>(k);
  }
  const double log_odds = std::log(options.edge_probability) - std::log1p(-options.edge_probability);
  std::vector<CandidatePrior> priors;
  for (const int i : candidates_) priors.push_back({log_odds, edges[static_cast<std::size_t>(i)]});
  std::vector<WeighedSet> sets;
  parent_set_evidences(statistics, candidates_, options, priors, sets);
  std::sort(sets.begin(), sets.end(), [](const WeighedSet& a, const WeighedSet& b) {
    return a.log_evidence != b.log_evidence ? a.log_evidence > b.log_evidence : a.mask < b.mask;
  });
  masks_.resize(sets.size());
  mantissas_.resize(sets.size());
  exponents_.resize(sets.size());
  for (std::size_t k = 0; k < sets.size(); ++k) {
    const ScaledReal evidence = ScaledReal::from_log(sets[k].log_evidence);
    masks_[k] = sets[k].mask;
    mantissas_[k] = evidence.mantissa;
    exponents_[k] = evidence.exponent;
  }
}

template <class Use>
void ParentSetTable::for_each(std::uint32_t allowed, Use&& use) const {
  const std::uint32_t barred = ~allowed;
  const std::size_t size = masks_.size();
  std::size_t k = 0;
  while (k < size && (masks_[k] & barred) != 0) ++k;
  if (k == size) return;
  const std::int64_t top = exponents_[k];
  for (; k < size; ++k) {
    if ((masks_[k] & barred) != 0) continue;
    const std::int64_t below = top - exponents_[k];
    if (below > kNegligible) return;
    if (!use(k, mantissas_[k] * inverse_power(below))) return;
  }
}

double ParentSetTable::log_sum(std::uint32_t allowed) const {
  double sum = 0;
  std::int64_t top = 0;
  for_each(allowed, [&](std::size_t k, double weight) {
    if (sum == 0) top = exponents_[k];
    sum += weight;
    return true;
  });
  return sum > 0 ? ScaledReal{sum, top}.log() : -std::numeric_limits<double>::infinity();
}

void ParentSetTable::add_probabilities(std::uint32_t allowed, Eigen::Ref<Eigen::VectorXd> column) const {
  double total = 0;
  std::vector<double> sums(candidates_.size(), 0.0);
  for_each(allowed, [&](std::size_t k, double weight) {
    total += weight;
    for (std::uint32_t left = masks_[k]; left != 0; left &= left - 1) {
      sums[static_cast<std::size_t>(std::countr_zero(left))] += weight;
    }
    return true;
  });
  for (std::size_t i = 0; i < sums.size() && total > 0; ++i) column(candidates_[i]) += sums[i] / total;
}

std::uint32_t ParentSetTable::draw(std::uint32_t allowed, RandomStream& stream) const {
  double total = 0;
  for_each(allowed, [&](std::size_t, double weight) {
    total += weight;
    return true;
  });
  CAUSAL_ASSERT(total > 0);
  double left = stream.uniform() * total;
  std::size_t chosen = 0;
  for_each(allowed, [&](std::size_t k, double weight) {
    chosen = k;  // the last one takes what rounding leaves
    left -= weight;
    return left > 0;
  });
  return masks_[chosen];
}

}  // namespace causal::bandits
