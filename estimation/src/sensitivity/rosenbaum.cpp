// Under the bound, each pair's difference is positive with a probability between 1 / (1 + gamma) and gamma / (1 +
// gamma), independently, whatever the unmeasured variable. The statistic is largest in law at the upper end.

#include "causal/estimation/sensitivity/rosenbaum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

/// The pairs that count: twice their ranks (whole numbers also for mean ranks), or 2 for the sign test.
struct Ranked {
  std::vector<int> doubled;
  std::int64_t positive = 0;  ///< Sum of the doubled ranks of positive differences.
  std::int64_t total = 0;
  bool exact = true;
};

Ranked rank_pairs(const std::vector<double>& differences, PairTest test) {
  const std::size_t n = differences.size();
  Ranked ranked;
  ranked.doubled.assign(n, 2);
  if (test == PairTest::SignedRank) {
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return std::abs(differences[a]) < std::abs(differences[b]); });
    for (std::size_t i = 0; i < n;) {
      std::size_t j = i;
      while (j < n && std::abs(differences[order[j]]) == std::abs(differences[order[i]])) ++j;
      for (std::size_t k = i; k < j; ++k) ranked.doubled[order[k]] = static_cast<int>(i + 1 + j);
      i = j;
    }
  }
  for (std::size_t i = 0; i < n; ++i) {
    ranked.total += ranked.doubled[i];
    if (differences[i] > 0) ranked.positive += ranked.doubled[i];
  }
  return ranked;
}

/// P(sum of independent ranks, each in with probability p, is >= bound), by convolution.
double exact_tail(const Ranked& ranked, double p, std::int64_t bound) {
  if (bound <= 0) return 1;
  std::vector<double> mass(static_cast<std::size_t>(ranked.total) + 1, 0.0);
  mass[0] = 1;
  std::size_t top = 0;
  for (const int rank : ranked.doubled) {
    const auto step = static_cast<std::size_t>(rank);
    top += step;
    for (std::size_t s = top; s >= step; --s) mass[s] = (1 - p) * mass[s] + p * mass[s - step];
    for (std::size_t s = 0; s < step; ++s) mass[s] *= 1 - p;
  }
  double tail = 0;
  for (std::size_t s = mass.size(); s-- > static_cast<std::size_t>(bound);) tail += mass[s];
  return std::min(1.0, tail);
}

double normal_tail(const Ranked& ranked, double p, std::int64_t bound) {
  double squares = 0;
  for (const int rank : ranked.doubled) squares += static_cast<double>(rank) * rank;
  const double z =
      (static_cast<double>(bound) - p * static_cast<double>(ranked.total)) / std::sqrt(p * (1 - p) * squares);
  return std::erfc(z / std::numbers::sqrt2) / 2;
}

/// P(statistic as large as seen) when each rank is in with probability p; `flipped`: as small as seen.
double tail(const Ranked& ranked, double p, bool flipped) {
  const std::int64_t bound = flipped ? ranked.total - ranked.positive : ranked.positive;
  return ranked.exact ? exact_tail(ranked, p, bound) : normal_tail(ranked, p, bound);
}

double p_at(const Ranked& ranked, double p, Alternative alternative) {
  // Small statistics are large ones of the negative ranks, which are in with the same bound on their probability.
  if (alternative != Alternative::TwoSided) return tail(ranked, p, alternative == Alternative::Less);
  return std::min(1.0, 2 * std::min(tail(ranked, p, false), tail(ranked, p, true)));
}

double upper_bound(const Ranked& ranked, double gamma, Alternative alternative) {
  return p_at(ranked, gamma / (1 + gamma), alternative);
}

double critical_gamma(const Ranked& ranked, const RosenbaumOptions& options) {
  double low = 1, high = 2;
  while (upper_bound(ranked, high, options.alternative) <= options.alpha && high < 1e9) {
    low = high;
    high *= 2;
  }
  while (high - low > 1e-9 * high) {
    const double middle = (low + high) / 2;
    (upper_bound(ranked, middle, options.alternative) <= options.alpha ? low : high) = middle;
  }
  return low;
}

}  // namespace

RosenbaumBounds rosenbaum_bounds(const Eigen::Ref<const Eigen::VectorXd>& differences,
                                 const RosenbaumOptions& options) {
  validate(options, "rosenbaum_bounds");
  for (const double gamma : options.gammas) {
    if (gamma >= 1 && std::isfinite(gamma)) continue;
    throw InvalidArgument("rosenbaum_bounds", "gammas", fmt::format("{}", gamma), "be >= 1");
  }
  std::vector<double> kept;
  for (Eigen::Index i = 0; i < differences.size(); ++i) {
    if (!std::isfinite(differences(i))) {
      throw DataError(fmt::format("the difference of pair {} is missing or infinite", i + 1));
    }
    if (differences(i) != 0) kept.push_back(differences(i));
  }
  if (kept.empty()) throw DataError("no pair has a difference other than 0: there is nothing to test");
  Ranked ranked = rank_pairs(kept, options.test);
  const auto pairs = static_cast<int>(std::min<std::size_t>(kept.size(), 1'000'000));
  ranked.exact = pairs <= (options.test == PairTest::Sign ? 2000 : options.exact_pairs);
  RosenbaumBounds result;
  result.pairs = differences.size();
  result.ties = differences.size() - std::ssize(kept);
  result.exact = ranked.exact;
  result.statistic = static_cast<double>(ranked.positive) / 2;
  for (const double gamma : options.gammas) {
    const double low = p_at(ranked, 1 / (1 + gamma), options.alternative);
    result.bounds.push_back({gamma, low, upper_bound(ranked, gamma, options.alternative)});
  }
  result.significant = upper_bound(ranked, 1, options.alternative) <= options.alpha;
  if (result.significant) result.critical_gamma = critical_gamma(ranked, options);
  return result;
}

}  // namespace causal::estimation
