#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/estimation/sensitivity/refute.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "causal/run/stop.hpp"
#include "replicates.hpp"

namespace causal::estimation {
namespace {

constexpr std::uint32_t kStream = 32;

void check_strengths(const std::vector<double>& strengths, bool are_shares, const char* name, const char* what) {
  if (strengths.empty()) {
    throw InvalidArgument("unobserved_common_cause", name, "an empty list", "hold a strength");
  }
  for (const double kappa : strengths) {
    if (!std::isfinite(kappa) || (are_shares && std::abs(kappa) > 1)) {
      throw InvalidArgument(
          "unobserved_common_cause", name, fmt::format("{}", kappa),
          are_shares ? fmt::format("lie in [-1, 1]: it is a share of rows of a {}", what) : std::string("be finite"));
    }
  }
}

void move_treatment(EffectData& data, const Eigen::VectorXd& u, double kappa, RandomStream& stream) {
  if (data.arms.empty()) {
    data.treatment += kappa * u;
    return;
  }
  // The values that stand for the two arms, whether levels are numbers or texts.
  double treated_value = 0, control_value = 0;
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    const int arm = data.arms[static_cast<std::size_t>(i)];
    if (arm == data.treated) treated_value = data.treatment(i);
    if (arm == data.control) control_value = data.treatment(i);
  }
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    int& arm = data.arms[static_cast<std::size_t>(i)];
    const bool moved = stream.uniform() < std::abs(kappa);
    if (!moved || (arm != data.treated && arm != data.control)) continue;
    const bool treat = kappa * u(i) > 0;
    arm = treat ? data.treated : data.control;
    data.treatment(i) = treat ? treated_value : control_value;
  }
}

void move_outcome(EffectData& data, const Eigen::VectorXd& u, double kappa, RandomStream& stream) {
  if (!data.outcome_is_binary) {
    data.outcome += kappa * u;
    return;
  }
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    const bool moved = stream.uniform() < std::abs(kappa);
    if (moved && !std::isnan(data.outcome(i))) data.outcome(i) = kappa * u(i) > 0 ? 1 : 0;
  }
}

/// The same confounder and draws at every strength, so that the curve is smooth.
EffectData with_confounder(const EffectData& data, double kappa_d, double kappa_y, std::uint64_t seed,
                           std::int64_t replicate) {
  RandomStream stream(seed, RandomDomain::Resample, static_cast<std::uint32_t>(replicate), kStream);
  Eigen::VectorXd u(data.n());
  stream.fill_normal({u.data(), static_cast<std::size_t>(u.size())});
  EffectData changed = data;
  move_treatment(changed, u, kappa_d, stream);
  RandomStream outcome_stream(seed, RandomDomain::Resample, static_cast<std::uint32_t>(replicate), kStream + 1);
  move_outcome(changed, u, kappa_y, outcome_stream);
  check_effect_data(changed);
  return changed;
}

std::string describe(const UnobservedCommonCause& result) {
  const auto crossing = std::find_if(result.curve.begin(), result.curve.end(), [&](const ConfounderEffect& point) {
    return point.done > 0 && point.mean * result.original <= 0;
  });
  if (crossing == result.curve.end()) {
    return fmt::format("No simulated confounder among the {} strengths changed the sign of the estimate {:.4g}.",
                       result.curve.size(), result.original);
  }
  return fmt::format("A confounder with kappa_d = {:g} and kappa_y = {:g} takes the estimate from {:.4g} to {:.4g}.",
                     crossing->kappa_d, crossing->kappa_y, result.original, crossing->mean);
}

}  // namespace

UnobservedCommonCause unobserved_common_cause(const EffectData& data, const EffectEstimator& estimator,
                                              const UnobservedCommonCauseOptions& options) {
  validate(options, "unobserved_common_cause");
  check_strengths(options.kappa_d, !data.arms.empty(), "kappa_d", "discrete treatment");
  check_strengths(options.kappa_y, data.outcome_is_binary, "kappa_y", "binary outcome");
  const Estimate original = estimator(data);
  UnobservedCommonCause result;
  result.original = original.value;
  if (!std::isfinite(original.value)) {
    result.status = Status::Degenerate;
    result.statement = "the estimate itself is degenerate: there is nothing to check";
    return result;
  }
  const StopSignal signal(options.run);
  std::int64_t failed = 0;
  for (const double kappa_d : options.kappa_d) {
    for (const double kappa_y : options.kappa_y) {
      RunOptions run = options.run;
      run.time_limit_s = std::max(options.run.time_limit_s - signal.seconds(), 1e-9);
      const std::string phase = fmt::format("confounder {:g}, {:g}", kappa_d, kappa_y);
      const Replicates done = run_replicates(options.replicates, run, phase, [&](std::int64_t b) {
        return estimator(with_confounder(data, kappa_d, kappa_y, options.run.seed, b));
      });
      if (done.status != Status::Ok) {
        result.status = done.status;
        result.warnings.push_back(fmt::format("stopped early, after {} of {} pairs of strengths", result.curve.size(),
                                              options.kappa_d.size() * options.kappa_y.size()));
        result.statement = describe(result);
        return result;
      }
      ConfounderEffect point{.kappa_d = kappa_d, .kappa_y = kappa_y};
      point.done = std::ssize(done.values);
      point.failed = done.failed;
      failed += done.failed;
      point.mean = done.values.empty() ? std::numeric_limits<double>::quiet_NaN() : mean_of(done.values);
      point.std_dev = standard_deviation(done.values);
      point.p_value = two_sided_rank_p(done.values, original.value);
      result.curve.push_back(point);
    }
  }
  if (failed > 0) result.warnings.push_back(fmt::format("{} replicates failed and are left out", failed));
  result.statement = describe(result);
  return result;
}

}  // namespace causal::estimation
