#include "parent_set_evidence.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

#include "causal/run/error.hpp"
#include "small_matrix.hpp"

namespace causal::bandits {
namespace {

// ln of the evidence from ln det(prior_sd^2 L) and g' L^-1 g, with L the posterior precision (over s^2 when the noise
// is unknown). Known noise: N(0, prior_sd^2) weights. Unknown: normal-inverse-gamma with shape and scale 1.
class Evidence {
 public:
  Evidence(double rows, double squares, const OrderPosteriorOptions& options)
      : known_(options.noise_sd > 0), squares_(squares) {
    const double log_two_pi = std::log(2 * std::numbers::pi);
    variance_ = known_ ? options.noise_sd * options.noise_sd : 1.0;
    shape_ = 1 + rows / 2;
    constant_ = known_ ? -rows / 2 * (log_two_pi + std::log(variance_)) - squares / (2 * variance_)
                       : -rows / 2 * log_two_pi + std::lgamma(shape_);
  }
  [[nodiscard]] double gram_factor() const { return 1 / variance_; }
  [[nodiscard]] double operator()(double log_det, double quadratic) const {
    if (known_) return constant_ + quadratic / 2 - log_det / 2;
    const double scale = 1 + std::max(0.0, squares_ - quadratic) / 2;  // below 0 by rounding only
    return constant_ - log_det / 2 - shape_ * std::log(scale);
  }

 private:
  bool known_;
  double squares_;
  double variance_ = 1;
  double shape_ = 1;
  double constant_ = 0;
};

// Walks over all sets of candidates; `take(mask, ln evidence)` gets each that is not ruled out.
template <class Take>
class SubsetWalk {
 public:
  SubsetWalk(const Evidence& evidence, const OrderPosteriorOptions& options, std::span<const CandidatePrior> priors,
             Take& take)
      : evidence_(evidence),
        priors_(priors),
        take_(take),
        count_(priors.size()),
        least_pivot_(1 / (options.prior_sd * options.prior_sd)),
        log_prior_variance_(2 * std::log(options.prior_sd)),
        max_parents_(options.max_parents),
        levels_(count_ + 1, std::vector<double>((count_ + 1) * (count_ + 1))) {}

  // The first level holds, row by row, the precision of all candidates bordered by their products with y.
  std::vector<double>& first() { return levels_[0]; }

  // `matrix`: what is left of the bordered matrix after eliminating the parents in `mask`, candidates from k on.
  void walk(std::size_t k, const double* matrix, std::uint32_t mask, int parents, double log_det, double quadratic,
            double log_prior) {
    if (k == count_) {
      take_(mask, evidence_(log_det, quadratic) + log_prior);
      return;
    }
    const std::size_t width = count_ + 1;
    const CandidatePrior& prior = priors_[k];
    if (prior.edge != EdgePrior::Known) walk(k + 1, matrix, mask, parents, log_det, quadratic, log_prior);
    if (prior.edge == EdgePrior::Forbidden || parents == max_parents_) return;
    // The precision is at least that of the prior, and so is every pivot: rounding may not take it below.
    const double* const row = matrix + k * width;
    const double pivot = std::max(row[k], least_pivot_);
    double* const next = levels_[k + 1].data();
    const std::size_t end = parents + 1 < max_parents_ ? count_ : k;  // of a full set nothing is looked at any more
    for (std::size_t i = k + 1; i < end; ++i) {
      const double factor = row[i] / pivot;
      double* const to = next + i * width;
      const double* const from = matrix + i * width;
      for (std::size_t j = i; j <= count_; ++j) to[j] = from[j] - factor * row[j];
    }
    walk(k + 1, next, mask | std::uint32_t{1} << k, parents + 1, log_det + std::log(pivot) + log_prior_variance_,
         quadratic + row[count_] * row[count_] / pivot, log_prior + prior.log_odds);
  }

 private:
  const Evidence& evidence_;
  std::span<const CandidatePrior> priors_;
  Take& take_;
  std::size_t count_;
  double least_pivot_;
  double log_prior_variance_;
  int max_parents_;
  std::vector<std::vector<double>> levels_;
};

// The precision of the candidates bordered by their products with y: rows of candidates.size() + 1 values, of which
// the upper triangle is filled.
void fill_bordered(const ColumnStatistics& statistics, std::span<const int> candidates, const Evidence& evidence,
                   double prior_sd, std::vector<double>& matrix) {
  const std::size_t count = candidates.size(), width = count + 1;
  for (std::size_t i = 0; i < count; ++i) {
    for (std::size_t j = i; j < count; ++j) {
      matrix[i * width + j] = statistics.gram()(candidates[i], candidates[j]) * evidence.gram_factor();
    }
    matrix[i * width + i] += 1 / (prior_sd * prior_sd);
    matrix[i * width + count] = statistics.cross()(candidates[i]) * evidence.gram_factor();
  }
}

template <class Take>
void walk_subsets(const ColumnStatistics& statistics, std::span<const int> candidates,
                  const OrderPosteriorOptions& options, std::span<const CandidatePrior> priors, Take&& take) {
  const Evidence evidence(static_cast<double>(statistics.count()), statistics.squares(), options);
  SubsetWalk<Take> subsets(evidence, options, priors, take);
  fill_bordered(statistics, candidates, evidence, options.prior_sd, subsets.first());
  subsets.walk(0, subsets.first().data(), 0, 0, 0, 0, 0);
}

// All sets of up to three candidates, or of two or one where there are many candidates: per candidate the best evidence
// of a set that holds it, and the best set.
class SmallSets {
 public:
  SmallSets(const Evidence& evidence, const OrderPosteriorOptions& options, std::size_t count)
      : evidence_(evidence),
        count_(count),
        least_pivot_(1 / (options.prior_sd * options.prior_sd)),
        log_step_(2 * std::log(options.prior_sd)),
        log_odds_(std::log(options.edge_probability) - std::log1p(-options.edge_probability)),
        credit_(count, -std::numeric_limits<double>::infinity()) {
    constexpr std::size_t kMostSets = 5000;
    const std::size_t pairs = count * (count - 1) / 2, triples = pairs * (count - 2) / 3;
    const std::size_t depth = count + pairs + triples <= kMostSets ? 3 : count + pairs <= kMostSets ? 2 : 1;
    levels_.assign(std::min(depth, static_cast<std::size_t>(std::max(options.max_parents, 1))),
                   std::vector<double>(count * (count + 1)));
  }
  [[nodiscard]] std::vector<double>& first() { return levels_.front(); }
  void walk() { walk(0, 0, 0, 0); }
  [[nodiscard]] const std::vector<std::size_t>& best() const { return best_; }
  [[nodiscard]] double credit(std::size_t i) const { return credit_[i]; }

 private:
  void walk(std::size_t first, std::size_t level, double log_det, double quadratic) {
    const std::size_t width = count_ + 1;
    const double* const matrix = levels_[level].data();
    for (std::size_t k = first; k < count_; ++k) {
      const double* const row = matrix + k * width;
      const double pivot = std::max(row[k], least_pivot_);
      const double det = log_det + std::log(pivot) + log_step_, squares = quadratic + row[count_] * row[count_] / pivot;
      path_.push_back(k);
      const double value = evidence_(det, squares) + log_odds_ * static_cast<double>(path_.size());
      for (const std::size_t i : path_) credit_[i] = std::max(credit_[i], value);
      if (best_.empty() || value > top_) {
        top_ = value;
        best_ = path_;
      }
      if (level + 1 < levels_.size()) {
        double* const next = levels_[level + 1].data();
        for (std::size_t i = k + 1; i < count_; ++i) {
          const double factor = row[i] / pivot;
          // Of a set that is complete with the next member only its pivot and its product with y are looked at.
          const bool last = level + 2 == levels_.size();
          for (std::size_t j = i; j < (last ? i + 1 : count_); ++j) {
            next[i * width + j] = matrix[i * width + j] - factor * row[j];
          }
          next[i * width + count_] = matrix[i * width + count_] - factor * row[count_];
        }
        walk(k + 1, level + 1, det, squares);
      }
      path_.pop_back();
    }
  }

  const Evidence& evidence_;
  std::size_t count_;
  double least_pivot_, log_step_, log_odds_;
  std::vector<double> credit_;
  std::vector<std::vector<double>> levels_;
  std::vector<std::size_t> path_, best_;
  double top_ = 0;
};

// Takes candidates one by one and eliminates each from the rest, whose upper triangle is kept.
class ForwardSearch {
 public:
  ForwardSearch(const Evidence& evidence, const OrderPosteriorOptions& options, std::vector<double> matrix,
                std::size_t count)
      : evidence_(evidence),
        matrix_(std::move(matrix)),
        count_(count),
        least_pivot_(1 / (options.prior_sd * options.prior_sd)),
        taken_(count, 0) {}

  [[nodiscard]] const std::vector<std::size_t>& chosen() const { return chosen_; }

  // The one that raises the evidence most.
  [[nodiscard]] std::size_t next() const {
    std::size_t best = count_;
    double most = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      if (taken_[i] != 0) continue;
      const double pivot = std::max(entry(i, i), least_pivot_), cross = entry(i, count_);
      const double value = evidence_(log_det_ + std::log(pivot), quadratic_ + cross * cross / pivot);
      if (best < count_ && value <= most) continue;
      best = i;
      most = value;
    }
    return best;
  }

  void take(std::size_t best) {
    if (taken_[best] != 0) return;
    taken_[best] = 1;
    chosen_.push_back(best);
    const double pivot = std::max(entry(best, best), least_pivot_), cross = entry(best, count_);
    log_det_ += std::log(pivot);
    quadratic_ += cross * cross / pivot;
    for (std::size_t i = 0; i < count_; ++i) {
      if (taken_[i] != 0) continue;
      const double factor = entry(best, i) / pivot;
      for (std::size_t j = i; j < count_; ++j) {
        if (taken_[j] == 0) matrix_[i * (count_ + 1) + j] -= factor * entry(best, j);
      }
      matrix_[i * (count_ + 1) + count_] -= factor * cross;
    }
  }

 private:
  [[nodiscard]] double entry(std::size_t i, std::size_t j) const {
    return matrix_[std::min(i, j) * (count_ + 1) + std::max(i, j)];
  }

  const Evidence& evidence_;
  std::vector<double> matrix_;
  std::size_t count_;
  double least_pivot_;
  std::vector<char> taken_;
  std::vector<std::size_t> chosen_;
  double log_det_ = 0, quadratic_ = 0;
};

}  // namespace

void parent_set_evidences(const ColumnStatistics& statistics, int node, const OrderPosteriorOptions& options,
                          std::span<const CandidatePrior> priors, std::span<ScaledReal> out) {
  std::vector<int> candidates;
  for (int i = 0; i <= static_cast<int>(priors.size()); ++i) {
    if (i != node) candidates.push_back(i);
  }
  std::fill(out.begin(), out.end(), ScaledReal{});
  walk_subsets(statistics, candidates, options, priors,
               [&](std::uint32_t mask, double log_evidence) { out[mask] = ScaledReal::from_log(log_evidence); });
}

void parent_set_evidences(const ColumnStatistics& statistics, std::span<const int> candidates,
                          const OrderPosteriorOptions& options, std::span<const CandidatePrior> priors,
                          std::vector<WeighedSet>& out) {
  out.clear();
  walk_subsets(statistics, candidates, options, priors, [&](std::uint32_t mask, double log_evidence) {
    out.push_back({log_evidence, mask});
  });
}

std::vector<int> credible_candidates(const ColumnStatistics& statistics, int node, const OrderPosteriorOptions& options,
                                     std::span<const EdgePrior> edges, int limit) {
  std::vector<int> open;
  for (int i = 0; i < statistics.n(); ++i) {
    if (i != node && edges[static_cast<std::size_t>(i)] != EdgePrior::Forbidden) open.push_back(i);
  }
  const auto most = static_cast<std::size_t>(limit);
  if (open.size() <= most) return open;
  const Evidence evidence(static_cast<double>(statistics.count()), statistics.squares(), options);
  SmallSets small(evidence, options, open.size());
  fill_bordered(statistics, open, evidence, options.prior_sd, small.first());
  ForwardSearch forward(evidence, options, small.first(), open.size());
  small.walk();
  for (std::size_t i = 0; i < open.size(); ++i) {
    if (edges[static_cast<std::size_t>(open[i])] == EdgePrior::Known) forward.take(i);
  }
  for (const std::size_t i : small.best()) {
    if (forward.chosen().size() < most) forward.take(i);
  }
  while (3 * forward.chosen().size() < 2 * most) forward.take(forward.next());
  std::vector<std::size_t> rest(open.size());
  std::iota(rest.begin(), rest.end(), std::size_t{0});
  std::stable_sort(rest.begin(), rest.end(),
                   [&](std::size_t i, std::size_t j) { return small.credit(i) > small.credit(j); });
  for (const std::size_t i : rest) {
    if (forward.chosen().size() < most) forward.take(i);
  }
  std::vector<int> chosen;
  for (const std::size_t i : forward.chosen()) chosen.push_back(open[i]);
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

void sum_over_subsets(std::span<ScaledReal> values) {
  for (std::size_t bit = 1; bit < values.size(); bit <<= 1) {
    for (std::size_t base = 0; base < values.size(); base += 2 * bit) {
      for (std::size_t k = base; k < base + bit; ++k) values[k + bit] = values[k + bit] + values[k];
    }
  }
}

void sum_over_supersets(std::span<ScaledReal> values) {
  for (std::size_t bit = 1; bit < values.size(); bit <<= 1) {
    for (std::size_t base = 0; base < values.size(); base += 2 * bit) {
      for (std::size_t k = base; k < base + bit; ++k) values[k] = values[k] + values[k + bit];
    }
  }
}

double parent_set_evidence(const ColumnStatistics& statistics, const std::vector<int>& parents,
                           const OrderPosteriorOptions& options) {
  validate(options, "parent_set_evidence");
  const Evidence evidence(static_cast<double>(statistics.count()), statistics.squares(), options);
  const auto k = static_cast<Eigen::Index>(parents.size());
  Eigen::MatrixXd precision(k, k);
  Eigen::VectorXd cross(k);
  for (Eigen::Index a = 0; a < k; ++a) {
    const int p = parents[static_cast<std::size_t>(a)];
    cross(a) = statistics.cross()(p) * evidence.gram_factor();
    for (Eigen::Index b = 0; b < k; ++b) {
      precision(a, b) = statistics.gram()(p, parents[static_cast<std::size_t>(b)]) * evidence.gram_factor();
    }
    precision(a, a) += 1 / (options.prior_sd * options.prior_sd);
  }
  CAUSAL_ASSERT(cholesky_in_place(precision));
  solve_lower(precision, cross);
  double log_det = 0, quadratic = 0;
  for (Eigen::Index a = 0; a < k; ++a) {
    log_det += 2 * std::log(precision(a, a)) + 2 * std::log(options.prior_sd);
    quadratic += cross(a) * cross(a);
  }
  return evidence(log_det, quadratic);
}

}  // namespace causal::bandits
