// The rectified distribution function lambda F_U + F_Y - lambda F_F is a step function; one pass over the sorted values
// keeps, for the labelled rows, the weight of those whose outcome, whose prediction, or both lie at or below t. All
// moments that the standard error needs follow from these sums.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "debias/ppi_rectify.hpp"

namespace causal::estimation {
namespace {

using ppi::Weights;

/// A value and the weight of its row; without weights the value alone is sorted.
struct Weighted {
  double value;
  double weight;
};
struct Unweighted {
  double value;
  static constexpr double weight = 1;
};

template <class Entry>
Entry entry(double value, double weight) {
  if constexpr (std::is_same_v<Entry, Weighted>) {
    return {value, weight};
  } else {
    static_cast<void>(weight);
    return {value};
  }
}

// Equal values are equal to the sweep up to the order in which weights are added: ties go by weight.
bool before(const Weighted& a, const Weighted& b) {
  return a.value < b.value || (a.value == b.value && a.weight < b.weight);
}
bool before(const Unweighted& a, const Unweighted& b) { return a.value < b.value; }

template <class Entry>
void sort_entries(std::vector<Entry>& entries, int threads) {
  const auto less = [](const Entry& a, const Entry& b) { return before(a, b); };
  const auto n = static_cast<std::int64_t>(entries.size());
  const std::int64_t piece = std::max<std::int64_t>(1, (n + 3) / 4);
  const auto at = [&](std::int64_t i) { return entries.begin() + std::min(i, n); };
  parallel_for(4, threads, [&](std::int64_t p) { std::sort(at(p * piece), at((p + 1) * piece), less); });
  parallel_for(2, threads, [&](std::int64_t p) {
    std::inplace_merge(at(2 * p * piece), at((2 * p + 1) * piece), at((2 * p + 2) * piece), less);
  });
  std::inplace_merge(entries.begin(), at(2 * piece), entries.end(), less);
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

/// The sums at one point t: labelled rows with only the outcome, only the prediction, or both at or below t.
class Cumulated {
 public:
  Cumulated(const PpiData& data, const Weights& weights)
      : n_(static_cast<double>(data.n())), m_(static_cast<double>(data.n_unlabelled())) {
    for (const double w : weights.labelled) labelled_.add(w);
    for (const double w : weights.unlabelled) unlabelled_.add(w);
  }

  void pass_unlabelled(double weight) { u_.add(weight); }
  void pass_outcome_first(double weight) { y_only_.add(weight); }
  void pass_prediction_first(double weight) { f_only_.add(weight); }
  void pass_prediction_second(double weight) {
    y_only_.remove(weight);
    both_.add(weight);
  }
  void pass_outcome_second(double weight) {
    f_only_.remove(weight);
    both_.add(weight);
  }
  void pass_both(double weight) { both_.add(weight); }

  [[nodiscard]] double share(double lambda) const {
    return lambda * (u_.w / m_) + (y_only_.w + (1 - lambda) * both_.w - lambda * f_only_.w) / n_;
  }
  [[nodiscard]] double variance(double lambda) const {
    const double p = u_.w / m_;
    const double of_u = (u_.w2 * (1 - 2 * p) + p * p * unlabelled_.w2) / (m_ * m_);
    const double both = 1 - lambda;
    const double d = (y_only_.w + both * both_.w - lambda * f_only_.w) / n_;
    const double square = y_only_.w2 + both * both * both_.w2 + lambda * lambda * f_only_.w2;
    const double cross = y_only_.w2 + both * both_.w2 - lambda * f_only_.w2;
    const double of_labelled = (square - 2 * d * cross + d * d * labelled_.w2) / (n_ * n_);
    return std::max(0.0, lambda * lambda * of_u + of_labelled);
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
  double n_;
  double m_;
  Mass labelled_, unlabelled_, u_, y_only_, f_only_, both_;
};

/// The values that the sweep meets, each list ascending. A labelled row is in two of them by what comes first, its
/// outcome or its prediction, so that the sweep never looks a row up.
template <class Entry>
struct Sorted {
  std::vector<Entry> outcome_first, prediction_second, prediction_first, outcome_second, both, unlabelled;

  Sorted(const PpiData& data, const Weights& weights, int threads) {
    for (Eigen::Index i = 0; i < data.n(); ++i) {
      const double y = data.outcome(i), f = data.prediction(i), w = weights.labelled(i);
      if (y < f) {
        outcome_first.push_back(entry<Entry>(y, w));
        prediction_second.push_back(entry<Entry>(f, w));
      } else if (f < y) {
        prediction_first.push_back(entry<Entry>(f, w));
        outcome_second.push_back(entry<Entry>(y, w));
      } else {
        both.push_back(entry<Entry>(y, w));
      }
    }
    unlabelled.reserve(static_cast<std::size_t>(data.n_unlabelled()));
    for (Eigen::Index j = 0; j < data.n_unlabelled(); ++j) {
      unlabelled.push_back(entry<Entry>(data.unlabelled(j), weights.unlabelled(j)));
    }
    for (auto* list : {&outcome_first, &prediction_second, &prediction_first, &outcome_second, &both, &unlabelled}) {
      sort_entries(*list, threads);
    }
  }
};

constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// A place in one of the lists.
template <class Entry>
class Cursor {
 public:
  explicit Cursor(const std::vector<Entry>& list) : at_(list.data()), end_(list.data() + list.size()) {}
  [[nodiscard]] double value() const { return at_ == end_ ? kInfinity : at_->value; }
  template <class Pass>
  void pass(double t, Pass&& pass) {
    for (; at_ != end_ && at_->value == t; ++at_) pass(at_->weight);
  }

 private:
  const Entry* at_;
  const Entry* end_;
};

/// Calls visit(t, sums at t) for every distinct value t in ascending order.
template <class Entry, class Visit>
void sweep(const Cumulated& start, const Sorted<Entry>& sorted, Visit&& visit) {
  Cumulated sums = start;
  Cursor y1(sorted.outcome_first), f2(sorted.prediction_second), f1(sorted.prediction_first), y2(sorted.outcome_second);
  Cursor both(sorted.both), u(sorted.unlabelled);
  for (;;) {
    const double t = std::min({y1.value(), f2.value(), f1.value(), y2.value(), both.value(), u.value()});
    if (t == kInfinity) return;
    y1.pass(t, [&](double w) { sums.pass_outcome_first(w); });
    f1.pass(t, [&](double w) { sums.pass_prediction_first(w); });
    f2.pass(t, [&](double w) { sums.pass_prediction_second(w); });
    y2.pass(t, [&](double w) { sums.pass_outcome_second(w); });
    both.pass(t, [&](double w) { sums.pass_both(w); });
    u.pass(t, [&](double w) { sums.pass_unlabelled(w); });
    visit(t, sums);
  }
}

/// The first t where the share comes closest to q.
class Closest {
 public:
  Closest(double q, double lambda, const Cumulated& start) : q_(q), lambda_(lambda), sums_(start) {}
  void see(double t, const Cumulated& sums) {
    const double distance = std::abs(sums.share(lambda_) - q_);
    // Shares that are equal in truth may differ by rounding.
    if (!(distance < least_ - 1e-14)) return;
    least_ = distance;
    at_ = t;
    sums_ = sums;
  }
  [[nodiscard]] double at() const { return at_; }
  [[nodiscard]] const Cumulated& sums() const { return sums_; }

 private:
  double q_;
  double lambda_;
  double least_ = kInfinity;
  double at_ = 0;
  Cumulated sums_;
};

/// Values compatible with the quantile, and how far 0 is from it.
class Compatible {
 public:
  Compatible(double q, double lambda, double z) : q_(q), lambda_(lambda), z_(z), z_of_zero_(q / 1e-16) {}
  void see(double t, const Cumulated& sums) {
    const double distance = std::abs(sums.share(lambda_) - q_);
    const double variance = sums.variance(lambda_);
    if (t <= 0) {
      distance_of_zero_ = distance;
      variance_of_zero_ = variance;
    }
    const double beyond = std::max(0.0, distance - 1e-14);
    if (beyond * beyond > z_ * z_ * variance) return;
    if (!found_) low_ = t;
    found_ = true;
    high_ = t;
  }
  void set_interval(Estimate& estimate) const {
    estimate.ci_low = found_ ? low_ : estimate.value;
    estimate.ci_high = found_ ? high_ : estimate.value;
    if (!found_) {
      // With ties the share may jump past q: the point itself is all that is left.
      estimate.warnings.emplace_back(
          "no value is compatible with the quantile: the share jumps past it at the estimate");
    }
    estimate.std_error = (estimate.ci_high - estimate.ci_low) / (2 * z_);
    // Below all values the share is 0, without error.
    estimate.p_value = two_sided_normal_p(
        distance_of_zero_ < 0 ? z_of_zero_ : distance_of_zero_ / std::max(std::sqrt(variance_of_zero_), 1e-16));
  }

 private:
  double q_, lambda_, z_, z_of_zero_;
  double distance_of_zero_ = -1, variance_of_zero_ = 0;
  bool found_ = false;
  double low_ = 0, high_ = 0;
};

template <class Entry>
void estimate_quantile(Estimate& estimate, ppi::Lambda& lambda, const PpiData& data, const Weights& weights, double q,
                       const PpiOptions& options) {
  const Sorted<Entry> sorted(data, weights, options.run.threads);
  const Cumulated start(data, weights);
  if (options.tuning != PpiTuning::Fixed) {
    Closest plain(q, 1, start);
    sweep(start, sorted, [&](double t, const Cumulated& sums) { plain.see(t, sums); });
    lambda = plain.sums().best_lambda();
  }
  Closest closest(q, lambda.value, start);
  Compatible compatible(q, lambda.value, normal_quantile(0.5 + estimate.level / 2));
  sweep(start, sorted, [&](double t, const Cumulated& sums) {
    closest.see(t, sums);
    compatible.see(t, sums);
  });
  estimate.value = closest.at();
  compatible.set_interval(estimate);
}

}  // namespace

Estimate ppi_quantile(const PpiData& data, double q, const PpiOptions& options) {
  if (!(q > 0 && q < 1)) throw InvalidArgument("ppi_quantile", "q", fmt::format("{}", q), "lie in (0, 1)");
  const Weights weights = ppi::checked_weights(data, options, "ppi_quantile");
  if (!data.clusters.empty()) {
    throw InvalidArgument("ppi_quantile: clusters are not supported", {},
                          "Resample whole clusters with predict_then_debias.");
  }
  const std::string estimand = fmt::format("quantile {:g}", q);
  if (const std::string reason = ppi::too_few_rows(data); !reason.empty()) {
    return degenerate_estimate("ppi", estimand, data.n() + data.n_unlabelled(), reason);
  }
  ppi::Lambda lambda{options.lambda, options.lambda, 0};
  Estimate estimate;
  estimate.method = "ppi";
  estimate.estimand = estimand;
  estimate.level = options.level;
  if (data.weights.size() == 0 && data.unlabelled_weights.size() == 0) {
    estimate_quantile<Unweighted>(estimate, lambda, data, weights, q, options);
  } else {
    estimate_quantile<Weighted>(estimate, lambda, data, weights, q, options);
  }
  ppi::describe_lambda(estimate, lambda, data);
  const std::vector<std::string> warnings = ppi::row_warnings(data);
  estimate.warnings.insert(estimate.warnings.end(), warnings.begin(), warnings.end());
  return estimate;
}

}  // namespace causal::estimation
