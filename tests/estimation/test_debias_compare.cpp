// labels: unit stat determinism
// Choosing a correction, and the loss that punishes shrinkage in training.

#include <cmath>
#include <vector>

#include "causal/estimation/debias/debias_compare.hpp"
#include "causal/estimation/debias/lcc.hpp"
#include "causal/estimation/debias/quintile_loss.hpp"
#include "causal/estimation/debias/tweedie.hpp"
#include "causal/run/error.hpp"
#include "support/predicted_outcomes.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

const DebiasComparison& named(const std::vector<DebiasComparison>& all, const std::string& name) {
  for (const DebiasComparison& one : all) {
    if (one.name == name) return one;
  }
  throw std::runtime_error(name);
}

}  // namespace

TEST_CASE("groups cut by the outcome show the shrinkage, groups cut by the prediction do not") {
  const test::PredictedStudy study = test::draw_study(20000, 10000, 10, 1, 41);
  const auto& rows = study.calibration;
  const auto by_target = compare_debiasers(rows.prediction, rows.outcome);
  const auto by_prediction =
      compare_debiasers(rows.prediction, rows.outcome, {.select_on = ContrastGroups::Prediction});
  REQUIRE(by_target.size() == 3);
  // Slopes of contrasts: k = var Y / (var Y + 1.74) = 0.605 uncorrected and 1 corrected; from 500 contrasts on folds of
  // 2000 rows each is known to about 0.03.
  CHECK(named(by_target, "naive").slope == doctest::Approx(0.605).epsilon(0.1));
  CHECK(named(by_target, "lcc").slope == doctest::Approx(1).epsilon(0.1));
  CHECK(named(by_target, "tweedie").slope == doctest::Approx(1).epsilon(0.1));
  CHECK(by_target.back().name == "naive");
  CHECK(named(by_prediction, "naive").slope == doctest::Approx(1).epsilon(0.1));
  CHECK(named(by_prediction, "lcc").slope == doctest::Approx(1 / 0.605).epsilon(0.1));
  CHECK(by_prediction.front().name == "naive");
  for (const DebiasComparison& one : by_target) {
    CHECK(std::abs(one.mean_bias) < 0.1);
    CHECK(one.mae < one.rmse);
    // A corrected prediction is a worse one for the single row.
    if (one.name != "naive") CHECK(one.rmse > named(by_target, "naive").rmse);
    const double sd = std::sqrt((rows.outcome.array() - rows.outcome.mean()).square().sum() / 9999);
    CHECK(one.score ==
          doctest::Approx(std::abs(one.slope - 1) + one.contrast_rmse / sd + 0.5 * one.mae / sd + 0.05 * one.flags));
  }
}

TEST_CASE("a comparison has the same bytes at any number of threads, and follows its seed") {
  const test::PredictedStudy study = test::draw_study(2000, 2000, 10, 1, 42);
  const auto& rows = study.calibration;
  const auto run = [&](int threads, std::uint64_t seed) {
    return compare_debiasers(rows.prediction, rows.outcome, {.run = {.threads = threads, .seed = seed}});
  };
  const auto one = run(1, 0);
  const auto other_seed = run(1, 1);
  for (const int threads : {2, 4}) {
    const auto more = run(threads, 0);
    for (std::size_t k = 0; k < one.size(); ++k) {
      CHECK(one[k].name == more[k].name);
      CHECK(one[k].score == more[k].score);
      CHECK(one[k].slope == more[k].slope);
    }
  }
  CHECK(one[0].slope != other_seed[0].slope);
  CHECK_THROWS_AS((void)compare_debiasers(rows.prediction.head(99), rows.outcome.head(99)), DataError);
  CHECK_THROWS_AS((void)compare_debiasers(rows.prediction, rows.outcome, {.folds = 1}), InvalidArgument);
}

TEST_CASE("quintile loss by hand, and its gradient by differences") {
  const Eigen::VectorXd y{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
  const std::array<double, 4> cuts = quintile_cuts(y);
  CHECK(cuts[0] == doctest::Approx(1.8));
  CHECK(cuts[3] == doctest::Approx(7.2));
  const Eigen::VectorXd f = 0.5 * y.array() + 2.25;  // Errors 2.25, 1.75, ..., -2.25.
  const LossAndGradient loss = quintile_loss(f, y, cuts, 3);
  // Mean square of the errors 0.25, 0.75, 1.25, 1.75, 2.25 (twice each) is 2.0625; the outer groups are off by 2.
  CHECK(loss.value == doctest::Approx(2.0625 + 3 * 4));
  CHECK(loss.worst == 0);
  const Eigen::VectorXd moved = f + Eigen::VectorXd{{0.3, -0.1, 0.2, 0, 0.1, 0, -0.2, 0.1, 0.4, 0.2}};
  const LossAndGradient at = quintile_loss(moved, y, cuts, 3);
  for (Eigen::Index i = 0; i < 10; ++i) {
    const double step = 1e-6;
    Eigen::VectorXd up = moved, down = moved;
    up(i) += step;
    down(i) -= step;
    const double slope = (quintile_loss(up, y, cuts, 3).value - quintile_loss(down, y, cuts, 3).value) / (2 * step);
    CHECK(at.gradient(i) == doctest::Approx(slope).epsilon(1e-7));
  }
  CHECK(quintile_loss(y, y, cuts, 15).value == 0);
  CHECK_THROWS_AS((void)quintile_loss(f, y, {3, 2, 4, 5}, 1), InvalidArgument);
  CHECK_THROWS_AS((void)quintile_loss(f, y, cuts, -1), InvalidArgument);
  CHECK_THROWS_AS((void)quintile_loss(f.head(3), y, cuts, 1), InvalidArgument);
  CHECK_THROWS_AS((void)quintile_cuts(y.head(4)), DataError);
}

TEST_CASE("training with the quintile loss shrinks less, and a correction still does better") {
  // The model a + b X, trained by gradient descent on either loss.
  const test::PredictedStudy study = test::draw_study(8000, 2000, 40000, 1.5, 43);
  const Eigen::VectorXd& x = study.train.signal;
  const Eigen::VectorXd& y = study.train.outcome;
  const std::array<double, 4> cuts = quintile_cuts(y);
  const auto train = [&](double weight) {
    test::SignalModel model = test::train_model(study.train);
    double step = 0.05;
    for (int iteration = 0; iteration < 1500; ++iteration) {
      const LossAndGradient loss = quintile_loss(model.predict(x), y, cuts, weight);
      model.intercept -= step * loss.gradient.sum();
      model.slope -= step * loss.gradient.dot(x);
      step = 0.05 / (1 + 0.01 * iteration);  // The maximum has kinks: steps must vanish.
    }
    return model;
  };
  const auto effect = [&](const test::SignalModel& model) {
    const Eigen::VectorXd f = model.predict(study.calibration.signal);
    return NaiveDebiaser::fit(f, study.calibration.outcome)
        .ate(model.predict(study.trial.signal), study.trial.treatment, {.propensity = study.trial.propensity});
  };
  const test::SignalModel plain = test::train_model(study.train);
  const Estimate shrunk = effect(plain);
  const Estimate less = effect(train(4));
  const Eigen::VectorXd f = plain.predict(study.calibration.signal);
  const Estimate corrected =
      TweedieDebiaser::fit(f, study.calibration.outcome)
          .ate(plain.predict(study.trial.signal), study.trial.treatment, {.propensity = study.trial.propensity});
  MESSAGE("squared error " << shrunk.value << ", quintile loss " << less.value << ", tweedie " << corrected.value);
  CHECK(shrunk.value < 1.1);
  CHECK(less.value > shrunk.value + 0.1);
  CHECK(std::abs(corrected.value - 1.5) < 3 * corrected.std_error);
  CHECK(std::abs(corrected.value - 1.5) < std::abs(less.value - 1.5));
}
