#include "causal/estimation/effect/stratification.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "causal/estimation/effect/balance.hpp"
#include "causal/run/error.hpp"
#include "effect/select_rows.hpp"
#include "effect/two_arms.hpp"

namespace causal::estimation {
namespace {

/// Stratum of each row. A cut is the smallest value whose rows, with all below, make up at least k / strata of them;
/// rows at a cut belong below it.
std::vector<int> strata_of(const Eigen::VectorXd& score, int strata) {
  std::vector<double> sorted(score.begin(), score.end());
  std::sort(sorted.begin(), sorted.end());
  std::vector<double> cuts;
  const auto n = static_cast<std::int64_t>(sorted.size());
  for (std::int64_t k = 1; k < strata; ++k) {
    const std::int64_t position = (k * n + strata - 1) / strata - 1;
    const double cut = sorted[static_cast<std::size_t>(std::max<std::int64_t>(position, 0))];
    if (cut < sorted.back() && (cuts.empty() || cut > cuts.back())) cuts.push_back(cut);
  }
  std::vector<int> stratum;
  for (const double value : score) {
    stratum.push_back(static_cast<int>(std::lower_bound(cuts.begin(), cuts.end(), value) - cuts.begin()));
  }
  return stratum;
}

/// Weighted sums of one stratum.
struct Stratum {
  double rows1 = 0, rows0 = 0;
  double outcome1 = 0, outcome0 = 0;
  double population = 0;

  [[nodiscard]] bool has_both() const { return rows1 > 0 && rows0 > 0; }
  [[nodiscard]] double mean1() const { return outcome1 / rows1; }
  [[nodiscard]] double mean0() const { return outcome0 / rows0; }
};

Eigen::ArrayXd population_rows(const TwoArms& arms, Estimand estimand) {
  switch (estimand) {
    case Estimand::Att:
      return arms.A;
    case Estimand::Atc:
      return arms.C;
    default:
      return Eigen::ArrayXd::Ones(arms.A.size());
  }
}

struct Strata {
  std::vector<int> of;
  std::vector<Stratum> sums;
  double population = 0;  // Of the strata with both arms.
  std::int64_t empty = 0;
};

Strata summed(const TwoArms& arms, const Eigen::ArrayXd& population, std::vector<int> of) {
  Strata strata;
  strata.sums.resize(1 + static_cast<std::size_t>(*std::max_element(of.begin(), of.end())));
  for (std::size_t i = 0; i < of.size(); ++i) {
    const auto row = static_cast<Eigen::Index>(i);
    Stratum& stratum = strata.sums[static_cast<std::size_t>(of[i])];
    stratum.rows1 += arms.w(row) * arms.A(row);
    stratum.rows0 += arms.w(row) * arms.C(row);
    stratum.outcome1 += arms.w(row) * arms.A(row) * arms.y(row);
    stratum.outcome0 += arms.w(row) * arms.C(row) * arms.y(row);
    stratum.population += arms.w(row) * population(row);
  }
  for (const Stratum& stratum : strata.sums) {
    if (stratum.has_both()) {
      strata.population += stratum.population;
    } else {
      ++strata.empty;
    }
  }
  strata.of = std::move(of);
  return strata;
}

double value_of(const Strata& strata) {
  double sum = 0;
  for (const Stratum& stratum : strata.sums) {
    if (stratum.has_both()) sum += stratum.population * (stratum.mean1() - stratum.mean0());
  }
  return sum / strata.population;
}

Estimate stratify(const EffectData& data, const Nuisances& nuisances, const StratificationOptions& options) {
  const TwoArms arms = two_arms(data, {});
  const Eigen::ArrayXd population = population_rows(arms, options.estimand);
  const Eigen::VectorXd score =
      nuisances.propensity_treated.array() / (nuisances.propensity_treated + nuisances.propensity_control).array();
  const Strata strata = summed(arms, population, strata_of(score, options.strata));
  const std::string estimand(enum_name(options.estimand));
  if (!(strata.population > 0)) {
    return degenerate_estimate("stratification", estimand, data.n(), "no stratum has rows of both arms");
  }
  const double value = value_of(strata);
  std::vector<int> kept;
  std::vector<double> influence;
  Eigen::VectorXd weights = Eigen::VectorXd::Zero(data.n());
  for (Eigen::Index i = 0; i < data.n(); ++i) {
    const Stratum& stratum = strata.sums[static_cast<std::size_t>(strata.of[static_cast<std::size_t>(i)])];
    if (!stratum.has_both()) continue;
    kept.push_back(static_cast<int>(i));
    const double weight = arms.w(i) * stratum.population * (arms.A(i) / stratum.rows1 + arms.C(i) / stratum.rows0);
    const double residual = arms.A(i) > 0 ? arms.y(i) - stratum.mean1() : stratum.mean0() - arms.y(i);
    const double contrast = stratum.mean1() - stratum.mean0() - value;
    influence.push_back((weight * residual + arms.w(i) * population(i) * contrast) / strata.population);
    weights(i) = weight;
  }
  const auto n_used = static_cast<double>(kept.size());
  const Eigen::VectorXd psi = Eigen::Map<const Eigen::VectorXd>(influence.data(), std::ssize(influence)) * n_used;
  std::vector<int> clusters;
  if (!data.clusters.empty()) clusters = select_rows(data, kept).clusters;
  Estimate estimate = from_influence("stratification", estimand, value, psi, options.level, clusters);
  estimate.n = data.n();
  estimate.warnings = nuisances.warnings;
  describe_nuisances(estimate.diagnostics, data, nuisances);
  describe_weights(estimate.diagnostics, data, weights);
  estimate.diagnostics.add("strata", static_cast<double>(strata.sums.size()) - static_cast<double>(strata.empty));
  estimate.diagnostics.add("empty_strata", static_cast<double>(strata.empty));
  if (strata.empty > 0) {
    estimate.warnings.push_back(fmt::format(
        "{} of {} strata have rows of one arm only; their {} rows were left out: the effect is of the others",
        strata.empty, strata.sums.size(), data.n() - std::ssize(kept)));
  }
  return estimate;
}

void check_call(const EffectData& data, const StratificationOptions& options) {
  validate(options, "stratification");
  require_two_arms(data, "stratification");
  require_outcomes(data, "stratification");
  if (options.estimand == Estimand::Overlap) {
    throw InvalidArgument("stratification", "estimand", "overlap", "be ate, att or atc (ipw takes overlap)");
  }
}

}  // namespace

Estimate stratification(const EffectData& data, const Nuisances& nuisances, const StratificationOptions& options) {
  check_call(data, options);
  check_nuisances(data, nuisances, {.propensity = true, .outcome = false}, "stratification");
  return stratify(data, nuisances, options);
}

Estimate stratification(const EffectData& data, const StratificationOptions& options) {
  check_call(data, options);
  const Nuisances nuisances =
      fit_nuisances(data, options.nuisances, options.run, {.propensity = true, .outcome = false});
  return stratify(data, nuisances, options);
}

}  // namespace causal::estimation
