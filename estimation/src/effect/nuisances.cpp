#include "causal/estimation/effect/nuisances.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/error.hpp"
#include "effect/select_rows.hpp"

namespace causal::estimation {
namespace {

// Streams of the fits; arms follow their base.
constexpr std::uint32_t kPropensityStream = 0;
constexpr std::uint32_t kOutcomeStream = 64;
constexpr std::uint32_t kObservedStream = 128;
constexpr std::uint32_t kStreamsPerRepetition = 192;

/// Moves probabilities into [low, high]; returns how many moved.
std::int64_t move_into(Eigen::VectorXd& probabilities, double low, double high) {
  std::int64_t moved = 0;
  for (double& p : probabilities) {
    const double inside = std::clamp(p, low, high);
    if (inside == p) continue;
    p = inside;
    ++moved;
  }
  return moved;
}

void take_warnings(const CrossFitted& fitted, std::string_view what, std::vector<std::string>& warnings) {
  for (const std::string& warning : fitted.warnings) warnings.push_back(fmt::format("{}: {}", what, warning));
}

/// The fits of one repetition.
class Fits {
 public:
  Fits(const EffectData& data, const Learner& outcome, const Learner& propensity, const NuisanceOptions& options,
       const RunOptions& run, std::uint32_t repetition)
      : data_(data),
        outcome_(outcome),
        propensity_(propensity),
        options_(options),
        run_(run),
        base_stream_(repetition * kStreamsPerRepetition),
        folds_(nuisance_folds(data, options.folds, run.seed, repetition)) {}

  void propensity(Nuisances& result, const NuisanceParts& parts) const {
    const double lowest_treated = parts.divides_by_treated ? options_.clip : 0;
    const double lowest_control = parts.divides_by_control ? options_.clip : 0;
    if (data_.known_propensity.size() != 0) {
      result.propensity_treated = data_.known_propensity;
      result.propensity_control = 1 - data_.known_propensity.array();
      return;
    }
    const auto fit_arm = [&](int arm) {
      CrossFitted fitted = cross_fit(propensity_, data_.covariates.values, data_.arm_indicator(arm), data_.weights, {},
                                     folds_, context(Target::Probability, kPropensityStream + index(arm)));
      take_warnings(fitted, "propensity", result.warnings);
      if (arm == data_.treated) result.propensity_loss = fitted.loss;
      return fitted.prediction;
    };
    const int levels = static_cast<int>(data_.arm_levels.size());
    result.propensity_treated = fit_arm(data_.treated);
    if (levels == 2) {
      result.clipped_rows += move_into(result.propensity_treated, lowest_treated, 1 - lowest_control);
      result.propensity_control = 1 - result.propensity_treated.array();
      return;
    }
    result.propensity_control = fit_arm(data_.control);
    Eigen::VectorXd total = result.propensity_treated + result.propensity_control;
    for (int arm = 0; arm < levels; ++arm) {
      if (arm != data_.treated && arm != data_.control) total += fit_arm(arm);
    }
    result.propensity_treated = result.propensity_treated.cwiseQuotient(total);
    result.propensity_control = result.propensity_control.cwiseQuotient(total);
    result.clipped_rows += move_into(result.propensity_treated, lowest_treated, 1);
    result.clipped_rows += move_into(result.propensity_control, lowest_control, 1);
  }

  void outcomes(Nuisances& result) const {
    const Target target = data_.outcome_is_binary ? Target::Probability : Target::Mean;
    double loss = 0;
    double rows = 0;
    const auto fit_arm = [&](int arm) {
      std::vector<char> train(data_.arms.size());
      for (std::size_t i = 0; i < train.size(); ++i) {
        train[i] = data_.arms[i] == arm && !std::isnan(data_.outcome(static_cast<Eigen::Index>(i))) ? 1 : 0;
      }
      CrossFitted fitted = cross_fit(outcome_, data_.covariates.values, data_.outcome, data_.weights, train, folds_,
                                     context(target, kOutcomeStream + index(arm)));
      take_warnings(fitted, "outcome", result.warnings);
      const auto trained = static_cast<double>(std::count(train.begin(), train.end(), 1));
      loss += fitted.loss * trained;
      rows += trained;
      return fitted.prediction;
    };
    result.outcome_treated = fit_arm(data_.treated);
    result.outcome_control = fit_arm(data_.control);
    result.outcome_loss = loss / rows;
  }

  /// P(Y observed | A, X), from covariates and indicators of the levels.
  void observed(Nuisances& result) const {
    const Eigen::MatrixXd X = observation_design(data_);
    const Eigen::VectorXd is_observed = data_.outcome.unaryExpr([](double y) { return std::isnan(y) ? 0.0 : 1.0; });
    CrossFitted fitted = cross_fit(propensity_, X, is_observed, data_.weights, {}, folds_,
                                   context(Target::Probability, kObservedStream));
    take_warnings(fitted, "observed", result.warnings);
    result.observed = std::move(fitted.prediction);
    result.clipped_rows += move_into(result.observed, options_.clip, 1);
  }

 private:
  [[nodiscard]] FitContext context(Target target, std::uint32_t stream) const {
    return {.target = target, .seed = run_.seed, .stream = base_stream_ + stream, .threads = run_.threads};
  }
  [[nodiscard]] static std::uint32_t index(int arm) { return static_cast<std::uint32_t>(arm) % 64; }

  const EffectData& data_;
  const Learner& outcome_;
  const Learner& propensity_;
  const NuisanceOptions& options_;
  const RunOptions& run_;
  std::uint32_t base_stream_;
  Folds folds_;
};

/// The learners say how many columns they left out, not which: they do not know the names.
void name_aliased(const EffectData& data, Nuisances& result) {
  const auto mentions = [](const std::string& warning) { return warning.find("left out") != std::string::npos; };
  if (std::none_of(result.warnings.begin(), result.warnings.end(), mentions)) return;
  const IndependentColumns columns = independent_columns(with_intercept(data.covariates.values), data.weights);
  if (columns.aliased.empty()) return;
  std::string names;
  for (const int column : columns.aliased) {
    names += (names.empty() ? "'" : ", '") + data.covariates.names[static_cast<std::size_t>(column - 1)] + "'";
  }
  result.warnings.push_back(fmt::format("{} of {} covariates are linear functions of others: {}",
                                        columns.aliased.size(), data.covariates.count(), names));
}

void check_part(const Eigen::VectorXd& values, Eigen::Index n, bool is_probability, std::string_view part,
                std::string_view function) {
  const auto refuse = [&](const std::string& value, const std::string& rule) {
    throw InvalidArgument(std::string(function), "nuisances." + std::string(part), value, rule);
  };
  if (values.size() != n) refuse(fmt::format("{} values", values.size()), fmt::format("must have one for {} rows", n));
  for (Eigen::Index i = 0; i < n; ++i) {
    if (!std::isfinite(values(i))) refuse(fmt::format("{} in row {}", values(i), i + 1), "must be finite");
    if (is_probability && !(values(i) >= 0 && values(i) <= 1)) {
      refuse(fmt::format("{} in row {}", values(i), i + 1), "must lie in [0, 1]");
    }
  }
}

}  // namespace

void check_nuisances(const EffectData& data, const Nuisances& nuisances, NuisanceParts parts,
                     std::string_view function) {
  const Eigen::Index n = data.n();
  if (parts.propensity) {
    check_part(nuisances.propensity_treated, n, true, "propensity_treated", function);
    check_part(nuisances.propensity_control, n, true, "propensity_control", function);
  }
  if (parts.outcome) {
    check_part(nuisances.outcome_treated, n, false, "outcome_treated", function);
    check_part(nuisances.outcome_control, n, false, "outcome_control", function);
  }
  if (data.missing_outcomes > 0) check_part(nuisances.observed, n, true, "observed", function);
}

Folds nuisance_folds(const EffectData& data, int count, std::uint64_t seed, std::uint32_t repetition) {
  return make_folds(data.n(), count, data.arms, data.clusters, seed, repetition);
}

std::int64_t clip_probabilities(Eigen::VectorXd& probabilities, double clip) {
  return move_into(probabilities, clip, 1 - clip);
}

NuisanceParts parts_for(Estimand estimand, bool outcome) {
  return {.propensity = true,
          .outcome = outcome,
          .divides_by_treated = estimand == Estimand::Ate || estimand == Estimand::Atc,
          .divides_by_control = estimand == Estimand::Ate || estimand == Estimand::Att};
}

Nuisances fit_nuisances(const EffectData& data, const NuisanceOptions& options, const RunOptions& run,
                        NuisanceParts parts, std::uint32_t repetition) {
  validate(options, "fit_nuisances");
  const std::unique_ptr<Learner> outcome = make_learner(options.outcome_learner, options.learners);
  const std::unique_ptr<Learner> propensity = make_learner(options.propensity_learner, options.learners);
  return fit_nuisances(data, *outcome, *propensity, options, run, parts, repetition);
}

Nuisances fit_nuisances(const EffectData& data, const Learner& outcome, const Learner& propensity,
                        const NuisanceOptions& options, const RunOptions& run, NuisanceParts parts,
                        std::uint32_t repetition) {
  validate(options, "fit_nuisances");
  require_two_arms(data, "fit_nuisances");
  Nuisances result;
  const Fits fits(data, outcome, propensity, options, run, repetition);
  if (parts.propensity) fits.propensity(result, parts);
  if (parts.outcome) fits.outcomes(result);
  if (data.missing_outcomes > 0) fits.observed(result);
  name_aliased(data, result);
  if (result.clipped_rows > 0) {
    result.warnings.push_back(
        fmt::format("{} of {} rows have a propensity below {} that weights divide by, which was raised to it: "
                    "the arms overlap poorly",
                    result.clipped_rows, data.n(), options.clip));
  }
  return result;
}

}  // namespace causal::estimation
