// labels: stat
// Recovery of effects over many trials, and coverage of every kind of interval.

#include <array>
#include <cmath>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "causal/estimation/debias/lcc.hpp"
#include "causal/estimation/debias/ppi.hpp"
#include "causal/estimation/debias/quintile_loss.hpp"
#include "causal/estimation/debias/tweedie.hpp"
#include "causal/run/parallel.hpp"
#include "support/predicted_outcomes.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;
using causal::test::draw_study;
using causal::test::PredictedStudy;

namespace {

struct Line {
  double slope = 0, mean_error = 0;
};

// Slope of estimates on true effects and mean absolute error, over 50 effects from -2 to 2.
Line line_of(const std::vector<double>& truth, const std::vector<double>& found) {
  const auto n = static_cast<double>(truth.size());
  double x = 0, y = 0, xx = 0, xy = 0, error = 0;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    x += truth[i], y += found[i], xx += truth[i] * truth[i], xy += truth[i] * found[i];
    error += std::abs(found[i] - truth[i]);
  }
  return {(xy - x * y / n) / (xx - x * x / n), error / n};
}

using Question = std::function<Estimate(const PredictedStudy&)>;

struct Coverage {
  double mean = 0, sd = 0, mean_se = 0, cover = 0;
};

/// Which trials are drawn.
struct Population {
  double effect = 1;
  std::int64_t train = 20000, trial = 5000;
  std::uint64_t first_seed = 1000;
};

// Of every question, each asked of the same runs.
std::vector<Coverage> coverage(int runs, const std::vector<Question>& questions, const Population& population = {}) {
  std::vector<std::vector<Estimate>> estimates(static_cast<std::size_t>(runs));
  const double truth = population.effect;
  parallel_for(runs, 0, [&](std::int64_t r) {
    const PredictedStudy study = draw_study(population.train, 1000, population.trial, truth,
                                            population.first_seed + static_cast<std::uint64_t>(r));
    for (const Question& question : questions) estimates[static_cast<std::size_t>(r)].push_back(question(study));
  });
  std::vector<Coverage> results(questions.size());
  for (std::size_t q = 0; q < questions.size(); ++q) {
    Coverage& result = results[q];
    for (const std::vector<Estimate>& run : estimates) {
      result.mean += run[q].value / runs;
      result.mean_se += run[q].std_error / runs;
      result.cover += (run[q].ci_low <= truth && truth <= run[q].ci_high) ? 1.0 / runs : 0;
    }
    for (const std::vector<Estimate>& run : estimates) {
      result.sd += (run[q].value - result.mean) * (run[q].value - result.mean) / (runs - 1);
    }
    result.sd = std::sqrt(result.sd);
  }
  return results;
}

// With 400 runs the cover of an exact 95 % interval has a standard error of 0.011 and the ratio of mean standard error
// to standard deviation one of 1 / sqrt(800) = 0.035, so the bounds are nearly three of them away.
void check_coverage(const std::string& name, const Coverage& found) {
  CAPTURE(name);
  std::cout << name << ": mean " << found.mean << ", sd " << found.sd << ", mean se " << found.mean_se << ", cover "
            << found.cover << '\n';
  CHECK(found.cover >= 0.92);
  CHECK(found.cover <= 0.98);
  CHECK(found.mean_se / found.sd >= 0.9);
  CHECK(found.mean_se / found.sd <= 1.1);
}

Estimate effect(const Debiaser& debiaser, const PredictedStudy& study, DebiasedEffectOptions options = {}) {
  options.run.threads = 1;
  return debiaser.ate(study.trial.prediction, study.trial.treatment, {.propensity = study.trial.propensity}, options);
}

TweedieDebiaser tweedie(const PredictedStudy& study, TweedieOptions options = {}) {
  options.threads = 1;
  TweedieSample sample{study.calibration.prediction, study.calibration.outcome};
  if (options.score_source == ScoreSource::Upstream) {
    sample.upstream = {study.train.prediction.data(), static_cast<std::size_t>(study.train.prediction.size())};
  }
  return TweedieDebiaser::fit(sample, options);
}

/// The smallest value of a convex function over [low, high], by golden section.
template <class Function>
std::pair<double, double> least_on(double low, double high, const Function& f) {
  constexpr double kGolden = 0.6180339887498949;
  double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
  double at_left = f(left), at_right = f(right);
  for (int step = 0; step < 22; ++step) {
    if (at_left < at_right) {
      high = right, right = left, at_right = at_left;
      left = high - kGolden * (high - low), at_left = f(left);
    } else {
      low = left, left = right, at_left = at_right;
      right = low + kGolden * (high - low), at_right = f(right);
    }
  }
  return at_left < at_right ? std::pair(left, at_left) : std::pair(right, at_right);
}

/// The predictions of the trial by the line that the loss chooses on 2000 training rows: the model is one of lines, so
/// training it again is a search over intercept and slope, in which the loss is convex.
Eigen::VectorXd retrained(const PredictedStudy& study, double weight) {
  const Eigen::VectorXd f = study.train.prediction.head(2000), y = study.train.outcome.head(2000);
  const std::array<double, 4> cuts = quintile_cuts(y);
  const auto best_intercept = [&](double slope) {
    return least_on(-2, 2, [&](double intercept) {
      return quintile_loss((slope * f.array() + intercept).matrix(), y, cuts, weight).value;
    });
  };
  const double slope = least_on(0.5, 3, [&](double b) { return best_intercept(b).second; }).first;
  return (slope * study.trial.prediction.array() + best_intercept(slope).first).matrix();
}

/// Prediction-powered: the first 100 rows of the trial have their outcome; predictions are trusted (lambda 1).
double powered(const PredictedStudy& study) {
  const auto& rows = study.trial;
  const Eigen::Index labelled = 100, rest = rows.outcome.size() - labelled;
  const PpiData data{.outcome = rows.outcome.head(labelled),
                     .prediction = rows.prediction.head(labelled),
                     .unlabelled = rows.prediction.tail(rest)};
  const PpiArms arms{.treatment = rows.treatment.head(labelled),
                     .unlabelled_treatment = rows.treatment.tail(rest),
                     .propensity = rows.propensity.head(labelled),
                     .unlabelled_propensity = rows.propensity.tail(rest)};
  return ppi_ate(data, arms, PpiContrast::Hajek, {.tuning = PpiTuning::Fixed, .lambda = 1, .run = {.threads = 1}})
      .value;
}

}  // namespace

TEST_CASE("effects from -2 to 2 are recovered on the line") {
  constexpr int kSeeds = 4;
  constexpr int kEffects = 50;
  struct Found {
    double naive, lcc, tweedie, oracle, loss, ppi;
  };
  std::vector<Found> found(kSeeds * kEffects);
  const auto effect_at = [](std::int64_t i) { return -2 + 4.0 * static_cast<double>(i % kEffects) / (kEffects - 1); };
  parallel_for(kSeeds * kEffects, 0, [&](std::int64_t i) {
    const PredictedStudy study = draw_study(8000, 2000, 10000, effect_at(i), 77 + static_cast<std::uint64_t>(i));
    const auto& rows = study.calibration;
    // Horvitz-Thompson sums with the true propensity, as the simulation this follows has them.
    const DebiasedEffectOptions sums{.weighting = TrialWeighting::HorvitzThompson};
    const auto naive = NaiveDebiaser::fit(rows.prediction, rows.outcome);
    const Estimate oracle =
        naive.ate(study.trial.outcome, study.trial.treatment, {.propensity = study.trial.propensity}, sums);
    found[static_cast<std::size_t>(i)] = {
        effect(naive, study, sums).value,
        effect(LccDebiaser::fit(rows.prediction, rows.outcome), study, sums).value,
        effect(tweedie(study), study, sums).value,
        oracle.value,
        naive.ate(retrained(study, 4), study.trial.treatment, {.propensity = study.trial.propensity}, sums).value,
        powered(study)};
  });
  const auto mean_line = [&](double Found::*member, const char* name) {
    Line mean;
    for (int seed = 0; seed < kSeeds; ++seed) {
      std::vector<double> truth, estimates;
      for (int k = 0; k < kEffects; ++k) {
        truth.push_back(effect_at(k));
        estimates.push_back(found[static_cast<std::size_t>(seed * kEffects + k)].*member);
      }
      const Line line = line_of(truth, estimates);
      mean.slope += line.slope / kSeeds;
      mean.mean_error += line.mean_error / kSeeds;
    }
    std::cout << name << ": slope " << mean.slope << ", MAE " << mean.mean_error << '\n';
    return mean;
  };
  const Line naive = mean_line(&Found::naive, "naive");
  const Line lcc = mean_line(&Found::lcc, "lcc");
  const Line corrected = mean_line(&Found::tweedie, "tweedie");
  const Line oracle = mean_line(&Found::oracle, "outcomes");
  const Line loss = mean_line(&Found::loss, "quintile loss");
  const Line ppi = mean_line(&Found::ppi, "PPI, 100 labels");
  // Weight 4 leaves shrinkage; a hundred labels are right on average, with the noise of a hundred rows: the slope over
  // 200 trials has a standard error of about 0.2 / (1.18 sqrt(200)) = 0.012.
  CHECK(loss.slope > naive.slope + 0.05);
  CHECK(loss.slope < 0.95);
  CHECK(std::abs(ppi.slope - 1) <= 0.04);
  CHECK(ppi.mean_error > 2 * corrected.mean_error);
  CHECK(naive.slope > 0.55);
  CHECK(naive.slope < 0.63);
  CHECK(std::abs(lcc.slope - 1) <= 0.02);
  CHECK(std::abs(corrected.slope - 1) <= 0.02);
  CHECK(lcc.mean_error <= 0.06);
  CHECK(corrected.mean_error <= 0.06);
  CHECK(oracle.mean_error < corrected.mean_error);
}

TEST_CASE("intervals for effects cover") {
  const auto lcc = [](LccOptions options, DebiasedEffectOptions ask = {}) -> Question {
    return [=](const PredictedStudy& study) {
      return effect(LccDebiaser::fit(study.calibration.prediction, study.calibration.outcome, options), study, ask);
    };
  };
  const auto curved = [](TweedieOptions options, DebiasedEffectOptions ask = {}) -> Question {
    return [=](const PredictedStudy& study) { return effect(tweedie(study, options), study, ask); };
  };
  // The mean outcome is P(A = 1) = 1/2; moved by 1/2 for the truth 1 of the others.
  const auto average = [](std::function<std::unique_ptr<Debiaser>(const PredictedStudy&)> fit) -> Question {
    return [fit](const PredictedStudy& study) {
      Estimate mean = fit(study)->mean(study.trial.prediction, Eigen::VectorXd(), {.run = {.threads = 1}});
      for (double* number : {&mean.value, &mean.ci_low, &mean.ci_high}) *number += 0.5;
      return mean;
    };
  };
  const DebiasedEffectOptions sums{.weighting = TrialWeighting::HorvitzThompson};
  const std::vector<std::pair<std::string, Question>> named = {
      {"lcc", lcc({})},
      {"lcc, Horvitz-Thompson", lcc({}, sums)},
      {"lcc, Berkson", lcc({.transport = SlopeTransport::Berkson})},
      {"tweedie, calibration", curved({})},
      {"tweedie, Horvitz-Thompson", curved({}, sums)},
      {"tweedie, trial", curved({.score_source = ScoreSource::Trial})},
      {"tweedie, upstream", curved({.score_source = ScoreSource::Upstream})},
      {"tweedie, lindsey", curved({.score = {.kind = ScoreKind::Lindsey}})},
      {"tweedie, gmm", curved({.score = {.kind = ScoreKind::Gmm, .max_components = 3}})},
      {"tweedie, heteroscedastic", curved({.heteroscedastic = true})},
      {"lcc, mean", average([](const PredictedStudy& study) -> std::unique_ptr<Debiaser> {
         return std::make_unique<LccDebiaser>(
             LccDebiaser::fit(study.calibration.prediction, study.calibration.outcome));
       })},
      {"tweedie, mean, centred", average([](const PredictedStudy& study) -> std::unique_ptr<Debiaser> {
         return std::make_unique<TweedieDebiaser>(tweedie(study, {.center = true}));
       })}};
  std::vector<Question> questions;
  for (const auto& entry : named) questions.push_back(entry.second);
  const std::vector<Coverage> found = coverage(400, questions);
  for (std::size_t q = 0; q < named.size(); ++q) check_coverage(named[q].first, found[q]);
}

TEST_CASE("without an effect intervals cover 0") {
  const std::vector<std::pair<std::string, Question>> named = {
      {"naive, no effect",
       [](const PredictedStudy& study) {
         return effect(NaiveDebiaser::fit(study.calibration.prediction, study.calibration.outcome), study);
       }},
      {"lcc, no effect",
       [](const PredictedStudy& study) {
         return effect(LccDebiaser::fit(study.calibration.prediction, study.calibration.outcome), study);
       }},
      {"tweedie, no effect", [](const PredictedStudy& study) { return effect(tweedie(study), study); }}};
  std::vector<Question> questions;
  for (const auto& entry : named) questions.push_back(entry.second);
  const std::vector<Coverage> found =
      coverage(1000, questions, {.effect = 0, .train = 4000, .trial = 2000, .first_seed = 5000});
  for (std::size_t q = 0; q < named.size(); ++q) {
    CAPTURE(named[q].first);
    std::cout << named[q].first << ": cover " << found[q].cover << '\n';
    // 0.95 -+ 0.02: nearly three standard errors, sqrt(0.95 * 0.05 / 1000) = 0.007.
    CHECK(found[q].cover >= 0.93);
    CHECK(found[q].cover <= 0.97);
  }
}
