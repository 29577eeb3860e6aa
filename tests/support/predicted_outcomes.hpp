#pragma once
// Trials whose outcomes are predicted by a model that shrinks, with known truth.

#include <Eigen/Core>
#include <cmath>
#include <cstdint>

#include "causal/run/random.hpp"

namespace causal::test {

/// C ~ N(0, 1); A ~ Bernoulli(logistic(C)); Y ~ N(tau A + C, 1); X = Y + N(0, noise_var), all that the model sees.
struct PredictedTrial {
  Eigen::VectorXd outcome, treatment, propensity, signal, prediction;
};

inline PredictedTrial draw_trial(std::int64_t n, double tau, std::uint64_t seed, std::uint32_t part,
                                 double noise_var = 1.74) {
  PredictedTrial trial;
  for (Eigen::VectorXd* column :
       {&trial.outcome, &trial.treatment, &trial.propensity, &trial.signal, &trial.prediction}) {
    column->resize(n);
  }
  RandomStream stream(seed, RandomDomain::Test, part);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double c = stream.normal();
    trial.propensity(i) = 1 / (1 + std::exp(-c));
    trial.treatment(i) = stream.uniform() < trial.propensity(i) ? 1 : 0;
    trial.outcome(i) = tau * trial.treatment(i) + c + stream.normal();
    trial.signal(i) = trial.outcome(i) + std::sqrt(noise_var) * stream.normal();
  }
  return trial;
}

/// The least-squares line of outcome on signal, the model of these trials.
struct SignalModel {
  double slope = 0, intercept = 0;
  [[nodiscard]] Eigen::VectorXd predict(const Eigen::VectorXd& signal) const {
    return (slope * signal.array() + intercept).matrix();
  }
};

inline SignalModel train_model(const PredictedTrial& rows) {
  const Eigen::ArrayXd x = rows.signal.array() - rows.signal.mean();
  SignalModel model;
  model.slope = (x * rows.outcome.array()).sum() / x.square().sum();
  model.intercept = rows.outcome.mean() - model.slope * rows.signal.mean();
  return model;
}

/// Training, calibration and trial rows from one population, predicted by the model of the training rows.
struct PredictedStudy {
  PredictedTrial train, calibration, trial;
};

inline PredictedStudy draw_study(std::int64_t n_train, std::int64_t n_calibration, std::int64_t n_trial, double tau,
                                 std::uint64_t seed) {
  PredictedStudy study{draw_trial(n_train, tau, seed, 0), draw_trial(n_calibration, tau, seed, 1),
                       draw_trial(n_trial, tau, seed, 2)};
  const SignalModel model = train_model(study.train);
  for (PredictedTrial* rows : {&study.train, &study.calibration, &study.trial}) {
    rows->prediction = model.predict(rows->signal);
  }
  return study;
}

}  // namespace causal::test
