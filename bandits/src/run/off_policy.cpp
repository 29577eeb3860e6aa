#include "causal/bandits/run/off_policy.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "causal/bandits/structure/column_statistics.hpp"
#include "causal/data/resample.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"

namespace causal::bandits {
namespace {

constexpr const char* kName = "evaluate_off_policy";

void check_probabilities(const char* function, const char* what, const std::vector<double>& values, std::size_t n) {
  if (values.size() != n) {
    throw InvalidArgument(function, what, std::to_string(values.size()) + " entries", "have one for each node");
  }
  for (const double value : values) {
    if (!(value >= 0 && value <= 1)) throw InvalidArgument(function, what, std::to_string(value), "lie in [0, 1]");
  }
}

struct Problem {
  const BanditLog& log;
  const std::vector<std::vector<double>>& propensity;
  const std::vector<double>& target;
  int reward;
  const OffPolicyModel* model;
  const OffPolicyOptions& options;

  [[nodiscard]] const std::vector<double>& played(std::size_t t) const {
    return propensity.size() == 1 ? propensity[0] : propensity[t];
  }
  [[nodiscard]] bool counts(std::size_t j) const { return options.relevant.empty() || options.relevant[j] != 0; }
};

void check(const Problem& p) {
  validate(p.options, kName);
  const std::size_t n = p.target.size(), rounds = p.log.rows.size();
  if (rounds == 0) throw DataError(std::string(kName) + ": the log has no rounds");
  if (p.log.actions.size() != rounds) throw InvalidArgument(std::string(kName) + ": actions and rows differ in number");
  if (p.reward < 0 || p.reward >= static_cast<int>(n)) {
    throw InvalidArgument(kName, "reward", std::to_string(p.reward), "be a node");
  }
  if (p.propensity.size() != 1 && p.propensity.size() != rounds) {
    throw InvalidArgument(kName, "propensity", std::to_string(p.propensity.size()) + " rows", "be 1 or the rounds");
  }
  if (!p.options.relevant.empty() && p.options.relevant.size() != n) {
    throw InvalidArgument(kName, "relevant", std::to_string(p.options.relevant.size()) + " entries",
                          "have one for each node");
  }
  check_probabilities(kName, "target", p.target, n);
  for (const std::vector<double>& row : p.propensity) check_probabilities(kName, "propensity", row, n);
  for (std::size_t t = 0; t < rounds; ++t) {
    require_action(kName, p.log.actions[t], static_cast<int>(n));
    if (p.log.rows[t].size() != n) throw InvalidArgument(std::string(kName) + ": a row must have one value a node");
    for (std::size_t j = 0; j < n; ++j) {
      const std::string where = "round " + std::to_string(t) + ", node " + std::to_string(j);
      if (!std::isfinite(p.log.rows[t][j])) throw DataError(std::string(kName) + ": a value is not finite", where);
      const double one = p.played(t)[j];
      if ((p.log.actions[t][j] == 1 ? one : 1 - one) == 0) {
        throw DataError(std::string(kName) + ": the bit has propensity 0", where, "check the propensities of the log");
      }
    }
  }
}

// The first node whose target bit the log never could have set; -1: none.
int unsupported_node(const Problem& p) {
  for (std::size_t j = 0; j < p.target.size(); ++j) {
    if (!p.counts(j)) continue;
    for (const std::vector<double>& row : p.propensity) {
      if ((p.target[j] > 0 && row[j] == 0) || (p.target[j] < 1 && row[j] == 1)) return static_cast<int>(j);
    }
  }
  return -1;
}

std::vector<double> weights(const Problem& p) {
  std::vector<double> w(p.log.rows.size(), 1.0);
  for (std::size_t t = 0; t < w.size(); ++t) {
    for (std::size_t j = 0; j < p.target.size(); ++j) {
      if (!p.counts(j)) continue;
      const double one = p.played(t)[j];
      w[t] *= p.log.actions[t][j] == 1 ? p.target[j] / one : (1 - p.target[j]) / (1 - one);
    }
  }
  return w;
}

// Round t enters `times(t)` times. Nothing where the fit makes no model.
template <class Times>
std::optional<LinearArms> fit(const Problem& p, Times times) {
  ArmStatistics statistics(p.model->offsets);
  for (std::size_t t = 0; t < p.log.rows.size(); ++t) {
    for (std::int32_t k = times(t); k > 0; --k) statistics.add(p.log.actions[t], p.log.rows[t]);
  }
  ArmEstimates estimates = fit_arms(statistics, p.model->graphs, p.reward,
                                    {.prior_sd = std::numeric_limits<double>::infinity(), .noise_sd = 1});
  if (!estimates.arms.has_order()) return std::nullopt;
  for (std::size_t b : {0U, 1U}) {
    for (std::size_t j = 0; j < p.target.size(); ++j) {
      const ColumnFit& column = estimates.columns[b][j];
      const bool used = p.counts(j) && (b == 1 ? p.target[j] > 0 : p.target[j] < 1);
      if (used && (column.ridged || column.rows < static_cast<std::int64_t>(column.parents.size())))
        return std::nullopt;
    }
  }
  return std::move(estimates.arms);
}

OffPolicyValue degenerate(std::string reason) {
  OffPolicyValue out;
  out.status = Status::Degenerate;
  out.reason = std::move(reason);
  return out;
}

// Percentiles of the values that the replicates gave; those without one (NaN) are left out and counted.
void set_interval(OffPolicyValue& out, std::vector<double> values, double level, const char* name,
                  std::vector<std::string>& warnings) {
  const std::size_t all = values.size();
  values.erase(std::remove_if(values.begin(), values.end(), [](double v) { return !std::isfinite(v); }), values.end());
  if (values.size() < all) {
    warnings.push_back(std::string(name) + ": " + std::to_string(all - values.size()) + " of " + std::to_string(all) +
                       " resamples gave no value and were left out of the interval");
  }
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double q) {
    // The (B + 1) q-th smallest of B: a new draw falls between two such with the nominal probability.
    const double last = static_cast<double>(values.size() - 1);
    const double at = std::clamp(q * static_cast<double>(values.size() + 1) - 1, 0.0, last);
    const auto low = static_cast<std::size_t>(at);
    const std::size_t high = std::min(low + 1, values.size() - 1);
    return values[low] + (at - static_cast<double>(low)) * (values[high] - values[low]);
  };
  out.ci_low = quantile((1 - level) / 2);
  out.ci_high = quantile((1 + level) / 2);
}

double ratio_of_sums(const std::vector<double>& above, const std::vector<double>& below,
                     const std::vector<std::int32_t>& times) {
  double a = 0, b = 0;
  for (std::size_t t = 0; t < above.size(); ++t) {
    a += times[t] * above[t];
    b += times[t] * below[t];
  }
  return a / b;
}

// Value and interval of sum(above) / sum(below).
OffPolicyValue ratio(const Problem& p, const std::vector<double>& above, const std::vector<double>& below,
                     const char* name, std::vector<std::string>& warnings) {
  OffPolicyValue out;
  out.value = ratio_of_sums(above, below, std::vector<std::int32_t>(above.size(), 1));
  std::vector<double> values(static_cast<std::size_t>(p.options.replicates));
  parallel_for(p.options.replicates, p.options.threads, [&](std::int64_t k) {
    const auto times = resample_weights(static_cast<std::int64_t>(above.size()), Resampling::Bootstrap, p.options.seed,
                                        static_cast<std::uint32_t>(k));
    values[static_cast<std::size_t>(k)] = ratio_of_sums(above, below, times);
  });
  set_interval(out, std::move(values), p.options.level, name, warnings);
  return out;
}

OffPolicyValue direct_method(const Problem& p, std::vector<std::string>& warnings) {
  const auto all = fit(p, [](std::size_t) { return 1; });
  if (!all) return degenerate("the fitted mechanisms make no model");
  OffPolicyValue out;
  out.value = mean_reward_of(*all, p.target);
  std::vector<double> values(static_cast<std::size_t>(p.options.replicates));
  parallel_for(p.options.replicates, p.options.threads, [&](std::int64_t k) {
    const auto times = resample_weights(static_cast<std::int64_t>(p.log.rows.size()), Resampling::Bootstrap,
                                        p.options.seed, static_cast<std::uint32_t>(k));
    const auto arms = fit(p, [&](std::size_t t) { return times[t]; });
    values[static_cast<std::size_t>(k)] =
        arms ? mean_reward_of(*arms, p.target) : std::numeric_limits<double>::quiet_NaN();
  });
  set_interval(out, std::move(values), p.options.level, "direct", warnings);
  return out;
}

OffPolicyValue doubly_robust(const Problem& p, const std::vector<double>& w, std::vector<std::string>& warnings) {
  std::vector<double> terms(w.size());
  for (const std::size_t half : {0U, 1U}) {
    const auto arms = fit(p, [&](std::size_t t) { return t % 2 == half ? 0 : 1; });
    if (!arms) return degenerate("the mechanisms fitted on half of the rounds make no model");
    const double at_target = mean_reward_of(*arms, p.target);
    for (std::size_t t = half; t < w.size(); t += 2) {
      const double residual = p.log.rows[t][static_cast<std::size_t>(p.reward)] - mean_reward(*arms, p.log.actions[t]);
      terms[t] = at_target + w[t] * residual;
    }
  }
  return ratio(p, terms, std::vector<double>(w.size(), 1.0), "doubly_robust", warnings);
}

}  // namespace

double mean_reward_of(const LinearArms& arms, const std::vector<double>& target) {
  require_order("mean_reward_of", arms);
  check_probabilities("mean_reward_of", "target", target, static_cast<std::size_t>(arms.n()));
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(arms.n());
  for (const int j : arms.order()) {
    for (const int bit : {0, 1}) {
      double here = arms.offset(bit, j);
      for (const WeightedParent& parent : arms.parents(bit, j)) here += parent.weight * mean(parent.node);
      const double one = target[static_cast<std::size_t>(j)];
      mean(j) += (bit == 1 ? one : 1 - one) * here;
    }
  }
  return mean(arms.reward());
}

OffPolicyResult evaluate_off_policy(const BanditLog& log, const std::vector<std::vector<double>>& propensity,
                                    const std::vector<double>& target, int reward, const OffPolicyModel* model,
                                    const OffPolicyOptions& options) {
  const Problem p{log, propensity, target, reward, model, options};
  check(p);
  OffPolicyResult out;
  out.n = static_cast<std::int64_t>(log.rows.size());
  const int unsupported = unsupported_node(p);
  std::vector<double> w;
  if (unsupported < 0) {
    w = weights(p);
    double sum = 0, squares = 0;
    for (const double each : w) {
      sum += each;
      squares += each * each;
      out.largest_weight = std::max(out.largest_weight, each);
    }
    out.effective_sample_size = squares > 0 ? sum * sum / squares : 0;
    std::vector<double> products = w;
    for (std::size_t t = 0; t < w.size(); ++t) products[t] *= log.rows[t][static_cast<std::size_t>(reward)];
    out.ips = ratio(p, products, std::vector<double>(w.size(), 1.0), "ips", out.warnings);
    out.snips = sum > 0 ? ratio(p, products, w, "snips", out.warnings)
                        : degenerate("no round has an action that the target plays");
    if (out.effective_sample_size < 30) {
      out.warnings.push_back("the weighted rounds are worth " + std::to_string(out.effective_sample_size) +
                             " only (fewer than 30): do not trust ips, snips and their intervals");
    }
  } else {
    const std::string reason =
        "the log never could set the bit of node " + std::to_string(unsupported) + " as the target does";
    out.ips = out.snips = out.doubly_robust = degenerate(reason);
  }
  if (model == nullptr) {
    out.direct = degenerate("no model was given");
    if (unsupported < 0) out.doubly_robust = out.direct;
    return out;
  }
  out.direct = direct_method(p, out.warnings);
  if (unsupported < 0) out.doubly_robust = doubly_robust(p, w, out.warnings);
  return out;
}

}  // namespace causal::bandits
