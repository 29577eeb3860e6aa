// A trial whose outcomes were predicted from images, say, by a model that shrinks: the effect before and after
// correction.

#include <cmath>
#include <iostream>

#include "causal/estimation/debias/debias_compare.hpp"
#include "causal/estimation/debias/lcc.hpp"
#include "causal/estimation/debias/tweedie.hpp"
#include "causal/run/random.hpp"

using namespace causal;
using namespace causal::estimation;

namespace {

struct Rows {
  Eigen::VectorXd prediction, outcome, treatment;
};

// Households in two groups, poor and better off; treatment adds 1 to the outcome. The model sees the outcome through
// noise and predicts E[Y | what it sees], here with the probabilities of the two groups known.
Rows draw(int n, bool trial, std::uint32_t part) {
  Rows rows{Eigen::VectorXd(n), Eigen::VectorXd(n), Eigen::VectorXd(n)};
  RandomStream stream(7, RandomDomain::Test, part);
  for (int i = 0; i < n; ++i) {
    const bool better_off = stream.uniform() < 0.4;
    rows.treatment(i) = trial && i % 2 == 0 ? 1 : 0;
    // Outcome = what can be seen (the prediction) + what cannot.
    rows.prediction(i) = (better_off ? 4.0 : 0.0) + 0.8 * stream.normal();
    rows.outcome(i) = rows.prediction(i) + 1.2 * stream.normal();
  }
  if (!trial) return rows;
  // In the trial the outcome moves first and the prediction follows: draw rows until the outcome is that of the arm.
  for (int i = 0; i < n; ++i) {
    const double target = rows.outcome(i) + rows.treatment(i);
    for (;;) {
      const double f = (stream.uniform() < 0.4 ? 4.0 : 0.0) + 0.8 * stream.normal();
      const double gap = (target - f) / 1.2;
      if (stream.uniform() > std::exp(-0.5 * gap * gap)) continue;  // F given Y = target.
      rows.prediction(i) = f;
      break;
    }
    rows.outcome(i) = target;
  }
  return rows;
}

}  // namespace

int main() {
  const Rows calibration = draw(2000, false, 1);
  const Rows trial = draw(100000, true, 2);
  const auto naive = NaiveDebiaser::fit(calibration.prediction, calibration.outcome);
  const auto lcc = LccDebiaser::fit(calibration.prediction, calibration.outcome);
  const auto tweedie =
      TweedieDebiaser::fit(calibration.prediction, calibration.outcome, {.score = {.kind = ScoreKind::Gmm}});
  std::cout << "measured outcomes: " << naive.ate(trial.outcome, trial.treatment).brief() << '\n';
  for (const Debiaser* debiaser : {static_cast<const Debiaser*>(&naive), static_cast<const Debiaser*>(&lcc),
                                   static_cast<const Debiaser*>(&tweedie)}) {
    std::cout << debiaser->ate(trial.prediction, trial.treatment).brief() << '\n';
    for (const std::string& warning : debiaser->warnings()) std::cout << "  " << warning << '\n';
  }
  std::cout << "slope of predictions on outcomes " << lcc.slope() << ", noise variance " << tweedie.noise_variance()
            << '\n';
  for (const DebiasComparison& one : compare_debiasers(calibration.prediction, calibration.outcome)) {
    std::cout << one.name << ": slope of contrasts " << one.slope << ", score " << one.score << '\n';
  }
  return 0;
}
