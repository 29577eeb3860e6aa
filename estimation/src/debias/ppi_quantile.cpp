// The rectified distribution function lambda F_U + F_Y - lambda F_F is a step function; one pass over the sorted values
// keeps, for the labelled rows, the weight of those whose outcome, whose prediction, or both lie at or below t. All
// moments that the standard error needs follow from these sums.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "debias/ppi_rectify.hpp"

namespace causal::estimation {
namespace {

using ppi::Weights;

struct Event {
  double value;
  std::int32_t row;
};

bool before(const Event& a, const Event& b) { return a.value < b.value || (a.value == b.value && a.row < b.row); }

std::vector<Event> sorted_events(const Eigen::VectorXd& values, int threads) {
  std::vector<Event> events(static_cast<std::size_t>(values.size()));
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    events[static_cast<std::size_t>(i)] = {values(i), static_cast<std::int32_t>(i)};
  }
  // Row numbers make the order total, so the pieces can be cut anywhere.
  const auto n = static_cast<std::int64_t>(events.size());
  const std::int64_t piece = std::max<std::int64_t>(1, (n + 3) / 4);
  const auto at = [&](std::int64_t i) { return events.begin() + std::min(i, n); };
  parallel_for(4, threads, [&](std::int64_t p) { std::sort(at(p * piece), at((p + 1) * piece), before); });
  parallel_for(2, threads, [&](std::int64_t p) {
    std::inplace_merge(at(2 * p * piece), at((2 * p + 1) * piece), at((2 * p + 2) * piece), before);
  });
  std::inplace_merge(events.begin(), at(2 * piece), events.end(), before);
  return events;
}

/// Sum of weights and of squared weights of some rows. Exact for weights of 1.
struct Mass {
  double w = 0;
  double w2 = 0;
  void add(double weight) {
    w += weight;
    w2 += weight * weight;
  }
  void remove(double weight) {
    w -= weight;
    w2 -= weight * weight;
  }
};

/// The sums at one point t.
class Cumulated {
 public:
  Cumulated(const PpiData& data, const Weights& weights)
      : weights_(weights),
        seen_(static_cast<std::size_t>(data.n()), kNeither),
        unit_unlabelled_(data.unlabelled_weights.size() == 0) {
    n_ = static_cast<double>(data.n());
    m_ = static_cast<double>(data.n_unlabelled());
    for (const double w : weights.labelled) labelled_.add(w);
    for (const double w : weights.unlabelled) unlabelled_.add(w);
  }

  void pass_unlabelled(std::int32_t row) { u_.add(unit_unlabelled_ ? 1 : weights_.unlabelled(row)); }
  void pass_outcome(std::int32_t row) { pass(row, kOutcome, y_only_, f_only_); }
  void pass_prediction(std::int32_t row) { pass(row, kPrediction, f_only_, y_only_); }

  [[nodiscard]] double share(double lambda) const {
    return lambda * (u_.w / m_) + (y_only_.w + (1 - lambda) * both_.w - lambda * f_only_.w) / n_;
  }
  [[nodiscard]] double std_error(double lambda) const {
    const double p = u_.w / m_;
    const double of_u = (u_.w2 * (1 - 2 * p) + p * p * unlabelled_.w2) / (m_ * m_);
    const double both = 1 - lambda;
    const double d = (y_only_.w + both * both_.w - lambda * f_only_.w) / n_;
    const double square = y_only_.w2 + both * both * both_.w2 + lambda * lambda * f_only_.w2;
    const double cross = y_only_.w2 + both * both_.w2 - lambda * f_only_.w2;
    const double of_labelled = (square - 2 * d * cross + d * d * labelled_.w2) / (n_ * n_);
    return std::sqrt(std::max(0.0, lambda * lambda * of_u + of_labelled));
  }
  /// The best lambda for this point: that of the mean of the indicators.
  [[nodiscard]] ppi::Lambda best_lambda() const {
    const double y = (y_only_.w + both_.w) / n_;
    const double f = (f_only_.w + both_.w) / n_;
    const double u = u_.w / m_;
    const double covariance =
        (both_.w2 - f * (y_only_.w2 + both_.w2) - y * (f_only_.w2 + both_.w2) + y * f * labelled_.w2) / n_;
    const double of_f = (f_only_.w2 + both_.w2) * (1 - 2 * f) + f * f * labelled_.w2;
    const double of_u = u_.w2 * (1 - 2 * u) + u * u * unlabelled_.w2;
    const double pooled = (of_f + of_u + n_ * m_ / (n_ + m_) * (f - u) * (f - u)) / (n_ + m_ - 1);
    return ppi::best_lambda({covariance, (1 + n_ / m_) * pooled});
  }

 private:
  static constexpr char kNeither = 0, kOutcome = 1, kPrediction = 2;

  void pass(std::int32_t row, char which, Mass& own, Mass& other) {
    char& seen = seen_[static_cast<std::size_t>(row)];
    const double weight = weights_.labelled(row);
    if (seen == kNeither) {
      own.add(weight);
    } else {
      other.remove(weight);
      both_.add(weight);
    }
    seen = static_cast<char>(seen | which);
  }

  const Weights& weights_;
  std::vector<char> seen_;
  bool unit_unlabelled_;  // Looking up weights in sorted order would miss the cache at every row.
  double n_ = 0, m_ = 0;
  Mass labelled_, unlabelled_, u_, y_only_, f_only_, both_;
};

struct Sorted {
  std::vector<Event> outcome, prediction, unlabelled;
};

/// Calls visit(t, sums at t) for every distinct value t in ascending order, until it says false.
template <class Visit>
void sweep(const PpiData& data, const Weights& weights, const Sorted& sorted, Visit&& visit) {
  Cumulated sums(data, weights);
  auto y = sorted.outcome.begin();
  auto f = sorted.prediction.begin();
  auto u = sorted.unlabelled.begin();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (;;) {
    const double at_y = y == sorted.outcome.end() ? kInfinity : y->value;
    const double at_f = f == sorted.prediction.end() ? kInfinity : f->value;
    const double at_u = u == sorted.unlabelled.end() ? kInfinity : u->value;
    const double t = std::min({at_y, at_f, at_u});
    if (t == kInfinity) return;
    for (; y != sorted.outcome.end() && y->value == t; ++y) sums.pass_outcome(y->row);
    for (; f != sorted.prediction.end() && f->value == t; ++f) sums.pass_prediction(f->row);
    for (; u != sorted.unlabelled.end() && u->value == t; ++u) sums.pass_unlabelled(u->row);
    if (!visit(t, sums)) return;
  }
}

/// The first t where the share comes closest to q.
double closest(const PpiData& data, const Weights& weights, const Sorted& sorted, double q, double lambda) {
  double best = std::numeric_limits<double>::infinity();
  double at = 0;
  sweep(data, weights, sorted, [&](double t, const Cumulated& sums) {
    const double distance = std::abs(sums.share(lambda) - q);
    // Shares that are equal in truth may differ by rounding.
    if (distance < best - 1e-14) {
      best = distance;
      at = t;
    }
    return true;
  });
  return at;
}

ppi::Lambda lambda_at(const PpiData& data, const Weights& weights, const Sorted& sorted, double point) {
  ppi::Lambda lambda;
  sweep(data, weights, sorted, [&](double t, const Cumulated& sums) {
    if (t < point) return true;
    lambda = sums.best_lambda();
    return false;
  });
  return lambda;
}

void set_quantile_interval(Estimate& estimate, const PpiData& data, const Weights& weights, const Sorted& sorted,
                           double q, double lambda) {
  const double z = normal_quantile(0.5 + estimate.level / 2);
  bool found = false;
  double z_of_zero = q / 1e-16;  // Below all values the share is 0, without error.
  sweep(data, weights, sorted, [&](double t, const Cumulated& sums) {
    const double distance = std::abs(sums.share(lambda) - q);
    const double error = sums.std_error(lambda);
    if (t <= 0) z_of_zero = distance / std::max(error, 1e-16);
    if (distance <= z * error + 1e-14) {
      if (!found) estimate.ci_low = t;
      found = true;
      estimate.ci_high = t;
    }
    return true;
  });
  if (!found) {
    // Jumps past q between two neighbouring values, as with ties: the point itself is all that is left.
    estimate.ci_low = estimate.ci_high = estimate.value;
    estimate.warnings.emplace_back("no value is compatible with the quantile: the share jumps past it at the estimate");
  }
  estimate.std_error = (estimate.ci_high - estimate.ci_low) / (2 * z);
  estimate.p_value = two_sided_normal_p(z_of_zero);
}

}  // namespace

Estimate ppi_quantile(const PpiData& data, double q, const PpiOptions& options) {
  if (!(q > 0 && q < 1)) throw InvalidArgument("ppi_quantile", "q", fmt::format("{}", q), "must lie in (0, 1)");
  const Weights weights = ppi::checked_weights(data, options, "ppi_quantile");
  if (!data.clusters.empty()) {
    throw InvalidArgument("ppi_quantile: clusters are not supported", {},
                          "Resample whole clusters with predict_then_debias.");
  }
  if (data.n() + data.n_unlabelled() > std::numeric_limits<std::int32_t>::max()) {
    throw InvalidArgument("ppi_quantile takes up to 2^31 rows");
  }
  const std::string estimand = fmt::format("quantile {:g}", q);
  if (const std::string reason = ppi::too_few_rows(data); !reason.empty()) {
    return degenerate_estimate("ppi", estimand, data.n() + data.n_unlabelled(), reason);
  }
  const int threads = options.run.threads;
  const Sorted sorted{sorted_events(data.outcome, threads), sorted_events(data.prediction, threads),
                      sorted_events(data.unlabelled, threads)};
  ppi::Lambda lambda{options.lambda, options.lambda, 0};
  if (options.tuning != PpiTuning::Fixed) {
    lambda = lambda_at(data, weights, sorted, closest(data, weights, sorted, q, 1));
  }
  Estimate estimate;
  estimate.method = "ppi";
  estimate.estimand = estimand;
  estimate.level = options.level;
  estimate.value = closest(data, weights, sorted, q, lambda.value);
  set_quantile_interval(estimate, data, weights, sorted, q, lambda.value);
  ppi::describe_lambda(estimate, lambda, data);
  const std::vector<std::string> warnings = ppi::row_warnings(data);
  estimate.warnings.insert(estimate.warnings.end(), warnings.begin(), warnings.end());
  return estimate;
}

}  // namespace causal::estimation
