// labels: stat oracle determinism
// Intervals of 95 % hold the truth in 1000 samples between 0.93 and 0.97 of the time: 0.95 has a binomial standard
// error of 0.0069, so an exact interval leaves that band once in 270.
#include <cmath>

#include "causal/estimation/debias/ppi.hpp"
#include "causal/estimation/debias/ppi_bootstrap.hpp"
#include "causal/estimation/debias/ppi_cross.hpp"
#include "causal/estimation/nuisance/learners.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

constexpr std::int64_t kRuns = 1000;

struct Covered {
  double share = 0;
  double mean_std_error = 0;
  double spread = 0;  ///< Standard deviation of the estimates.
};

/// run(stream) gives an estimate of `truth`.
template <class Run>
Covered coverage(double truth, std::uint32_t key, Run&& run, std::int64_t runs = kRuns) {
  std::vector<Estimate> estimates(static_cast<std::size_t>(runs));
  parallel_for(runs, 0, [&](std::int64_t r) {
    RandomStream stream(17, RandomDomain::Test, static_cast<std::uint32_t>(r), key);
    estimates[static_cast<std::size_t>(r)] = run(stream);
  });
  Covered covered;
  double sum = 0, squares = 0;
  for (const Estimate& e : estimates) {
    covered.share += e.ci_low <= truth && truth <= e.ci_high ? 1 : 0;
    covered.mean_std_error += e.std_error;
    sum += e.value;
    squares += e.value * e.value;
  }
  const auto count = static_cast<double>(runs);
  covered.share /= count;
  covered.mean_std_error /= count;
  covered.spread = std::sqrt((squares - sum * sum / count) / (count - 1));
  return covered;
}

void check_band(const Covered& covered) {
  CAPTURE(covered.share);
  CAPTURE(covered.mean_std_error);
  CAPTURE(covered.spread);
  CHECK(covered.share >= 0.93);
  CHECK(covered.share <= 0.97);
}

/// Outcomes with mean 1 and slope 0.5, biased predictions with another slope.
struct Rows {
  PpiData data;
  PpiDesign design;
};

Rows linear_rows(RandomStream& stream, Eigen::Index n, Eigen::Index m, bool heavy = false) {
  Rows rows;
  rows.data.outcome.resize(n);
  rows.data.prediction.resize(n);
  rows.data.unlabelled.resize(m);
  rows.design = {Eigen::MatrixXd::Ones(n, 2), Eigen::MatrixXd::Ones(m, 2)};
  for (Eigen::Index i = 0; i < n + m; ++i) {
    const double x = stream.normal();
    double noise = stream.normal();
    if (heavy) noise = std::exp(0.5 * noise);
    const double y = 1 + 0.5 * x + noise;
    const double f = 0.7 * y + 0.8 * x + 2 + 0.6 * stream.normal();
    if (i < n) {
      rows.data.outcome(i) = y;
      rows.data.prediction(i) = f;
      rows.design.labelled(i, 1) = x;
    } else {
      rows.data.unlabelled(i - n) = f;
      rows.design.unlabelled(i - n, 1) = x;
    }
  }
  return rows;
}

}  // namespace

TEST_CASE("ppi coverage: mean, and it beats the classical interval") {
  const Covered tuned =
      coverage(1, 1, [](RandomStream& stream) { return ppi_mean(linear_rows(stream, 100, 1000).data); });
  check_band(tuned);
  const Covered classical = coverage(1, 1, [](RandomStream& stream) {
    return ppi_mean(linear_rows(stream, 100, 1000).data, {.tuning = PpiTuning::Fixed, .lambda = 0});
  });
  check_band(classical);
  CHECK(tuned.mean_std_error < 0.9 * classical.mean_std_error);
}

TEST_CASE("ppi coverage: slope of a linear regression") {
  check_band(coverage(0.5, 2, [](RandomStream& stream) {
    const Rows rows = linear_rows(stream, 150, 1000);
    return ppi_regression(rows.data, rows.design, PpiModel::Ols)[1];
  }));
  // Residuals at the joint coefficients take the wrong slope of the predictions for noise.
  const Covered joint = coverage(0.5, 2, [](RandomStream& stream) {
    const Rows rows = linear_rows(stream, 150, 1000);
    return ppi_regression(rows.data, rows.design, PpiModel::Ols,
                          {.tuning = PpiTuning::Fixed, .lambda = 1, .scores = PpiScores::JointFit})[1];
  });
  CHECK(joint.mean_std_error > 1.1 * joint.spread);
}

TEST_CASE("ppi coverage: logistic and poisson slopes") {
  for (const PpiModel model : {PpiModel::Logistic, PpiModel::Poisson}) {
    const bool logistic = model == PpiModel::Logistic;
    check_band(coverage(0.6, logistic ? 3 : 4, [&](RandomStream& stream) {
      Rows rows = linear_rows(stream, 300, 1500);
      const auto outcome = [&](double x) {
        const double eta = -0.2 + 0.6 * x, u = stream.uniform();
        if (logistic) return u < 1 / (1 + std::exp(-eta)) ? 1.0 : 0.0;
        double y = 0;
        for (double left = u, p = std::exp(-std::exp(eta)); left > p && y < 60; ++y) {
          left -= p;
          p *= std::exp(eta) / (y + 1);
        }
        return y;
      };
      const auto predicted = [&](double y) {
        return logistic ? 0.15 + 0.5 * y + 0.3 * stream.uniform() : 0.5 + 0.7 * y + stream.uniform();
      };
      for (Eigen::Index i = 0; i < 300; ++i) {
        rows.data.outcome(i) = outcome(rows.design.labelled(i, 1));
        rows.data.prediction(i) = predicted(rows.data.outcome(i));
      }
      for (Eigen::Index j = 0; j < 1500; ++j)
        rows.data.unlabelled(j) = predicted(outcome(rows.design.unlabelled(j, 1)));
      return ppi_regression(rows.data, rows.design, model)[1];
    }));
  }
}

TEST_CASE("ppi coverage: quantile") {
  // The outcome is 1 + N(0, 1.25): its 0.7 quantile is 1 + sqrt(1.25) z.
  const double truth = 1 + std::sqrt(1.25) * 0.5244005127080407;
  check_band(
      coverage(truth, 5, [](RandomStream& stream) { return ppi_quantile(linear_rows(stream, 200, 1000).data, 0.7); }));
}

TEST_CASE("ppi coverage: effect in a trial, both contrasts") {
  for (const PpiContrast contrast : {PpiContrast::Hajek, PpiContrast::WeightedOutcome}) {
    check_band(coverage(0.8, 6, [&](RandomStream& stream) {
      Rows rows = linear_rows(stream, 200, 1000);
      PpiArms arms;
      const auto assign = [&](const Eigen::MatrixXd& X, Eigen::VectorXd& a, Eigen::VectorXd& e) {
        e = (1 / (1 + (-0.7 * X.col(1).array()).exp())).matrix();
        a.resize(e.size());
        for (Eigen::Index i = 0; i < e.size(); ++i) a(i) = stream.uniform() < e(i) ? 1 : 0;
      };
      assign(rows.design.labelled, arms.treatment, arms.propensity);
      assign(rows.design.unlabelled, arms.unlabelled_treatment, arms.unlabelled_propensity);
      rows.data.outcome += 0.8 * arms.treatment;
      rows.data.prediction += 0.5 * arms.treatment;
      rows.data.unlabelled += 0.5 * arms.unlabelled_treatment;
      return ppi_ate(rows.data, arms, contrast);
    }));
  }
}

TEST_CASE("ppi coverage: clusters of unequal size, some with rows of both groups") {
  const auto clustered = [](RandomStream& stream, bool use) {
    PpiData data;
    std::vector<double> y, f, u;
    for (int g = 0; g < 160; ++g) {
      const double shared = stream.normal();
      const auto size = 2 + static_cast<int>(stream.below(6));
      for (int i = 0; i < size; ++i) {
        const double outcome = 2 + shared + stream.normal();
        const double prediction = 1 + 0.8 * outcome + 0.7 * stream.normal();
        // Of clusters 60 to 79 the first row is labelled, the others are not.
        if (g < 60 || (g < 80 && i == 0)) {
          y.push_back(outcome);
          f.push_back(prediction);
          data.clusters.push_back(g);
        } else {
          u.push_back(prediction);
          data.unlabelled_clusters.push_back(g);
        }
      }
    }
    data.outcome = Eigen::Map<Eigen::VectorXd>(y.data(), std::ssize(y));
    data.prediction = Eigen::Map<Eigen::VectorXd>(f.data(), std::ssize(f));
    data.unlabelled = Eigen::Map<Eigen::VectorXd>(u.data(), std::ssize(u));
    if (!use) {
      data.clusters.clear();
      data.unlabelled_clusters.clear();
    }
    return ppi_mean(data);
  };
  check_band(coverage(2, 7, [&](RandomStream& stream) { return clustered(stream, true); }));
  // Taken for independent, the same rows give intervals that are far too short.
  CHECK(coverage(2, 7, [&](RandomStream& stream) { return clustered(stream, false); }).share < 0.9);
}

TEST_CASE("ppi coverage: covariate shift set right by weights") {
  // Labelled rows have x ~ N(0.5, 1), the others x ~ N(0, 1): the density ratio is exp(0.125 - 0.5 x).
  const auto shifted = [](RandomStream& stream, bool weigh) {
    Rows rows = linear_rows(stream, 300, 1000);
    for (Eigen::Index i = 0; i < 300; ++i) {
      rows.design.labelled(i, 1) += 0.5;
      rows.data.outcome(i) += 0.25;
      // The predictions follow the outcome (0.7 * 0.25) and the covariate (0.8 * 0.5), and bend.
      rows.data.prediction(i) += 0.575 + 0.3 * rows.design.labelled(i, 1) * rows.design.labelled(i, 1);
    }
    for (Eigen::Index j = 0; j < 1000; ++j) rows.data.unlabelled(j) += 0.3 * std::pow(rows.design.unlabelled(j, 1), 2);
    if (weigh) rows.data.weights = (0.125 - 0.5 * rows.design.labelled.col(1).array()).exp().matrix();
    return ppi_mean(rows.data);
  };
  check_band(coverage(1, 8, [&](RandomStream& stream) { return shifted(stream, true); }));
  CHECK(coverage(1, 8, [&](RandomStream& stream) { return shifted(stream, false); }).share < 0.9);
}

TEST_CASE("ppi coverage: predictor trained on the labelled rows by folds") {
  check_band(coverage(1, 9, [](RandomStream& stream) {
    const Rows rows = linear_rows(stream, 150, 1000);
    const auto learner = linear_learner();
    CrossPpiOptions options{.folds = 5};
    options.run.threads = 1;
    const PpiData data = cross_predictions(*learner, rows.design.labelled.rightCols(1), rows.data.outcome,
                                           rows.design.unlabelled.rightCols(1), options);
    return ppi_mean(data, {.tuning = PpiTuning::Fixed, .lambda = 1});
  }));
}

TEST_CASE("ppi coverage: predict-then-debias with a predicted covariate") {
  const WeightedFit slope = [](const Eigen::MatrixXd& rows, const Eigen::VectorXd& w) {
    const double total = w.sum(), x = w.dot(rows.col(0)) / total, y = w.dot(rows.col(1)) / total;
    const Eigen::ArrayXd centred = rows.col(0).array() - x;
    const double spread = (w.array() * centred.square()).sum();
    if (!(spread > 0)) throw DataError("no spread");
    return Eigen::VectorXd::Constant(1, (w.array() * centred * (rows.col(1).array() - y)).sum() / spread);
  };
  const auto run = [&](RandomStream& stream, int replicates) {
    ProxyData data{Eigen::MatrixXd(120, 2), Eigen::MatrixXd(120, 2), Eigen::MatrixXd(480, 2)};
    for (Eigen::Index i = 0; i < 600; ++i) {
      const double x = stream.normal(), y = 0.7 * x + stream.normal(), proxy = 0.5 * x + 0.4 * stream.normal();
      if (i < 120) {
        data.complete.row(i) << x, y;
        data.proxy.row(i) << proxy, y;
      } else {
        data.unlabelled.row(i - 120) << proxy, y;
      }
    }
    PtdOptions options{.replicates = replicates};
    options.run.threads = 1;
    return predict_then_debias(data, slope, options).front();
  };
  // 400 replicates and 1000 samples; percentile intervals of a slope from 120 rows are short by some 1 %.
  const Covered covered = coverage(0.7, 10, [&](RandomStream& stream) { return run(stream, 400); });
  check_band(covered);
  RandomStream stream(1, RandomDomain::Test, 3);
  const Estimate once = run(stream, 400);
  CHECK(once.diagnostics.find("failed_replicates").value() == 0);
  CHECK(once.diagnostics.find("omega").value() > 0);
}

TEST_CASE("predict-then-debias: equals ppi_mean for means, same bytes at any thread count, stops when asked") {
  RandomStream stream(4, RandomDomain::Test, 1);
  const Rows rows = linear_rows(stream, 200, 800);
  const ProxyData data{rows.data.outcome, rows.data.prediction, rows.data.unlabelled};
  const WeightedFit mean = [](const Eigen::MatrixXd& table, const Eigen::VectorXd& w) {
    return Eigen::VectorXd::Constant(1, w.dot(table.col(0)) / w.sum());
  };
  PtdOptions options{.replicates = 3000};
  options.run.threads = 1;
  const Estimate one = predict_then_debias(data, mean, options).front();
  const Estimate closed = ppi_mean(rows.data);
  // A standard deviation over B replicates has relative error 1 / sqrt(2 B) = 0.013; four of them.
  CHECK(one.std_error == doctest::Approx(closed.std_error).epsilon(0.052));
  CHECK(std::abs(one.value - closed.value) < 0.2 * closed.std_error);
  for (const int threads : {2, 4}) {
    options.run.threads = threads;
    const Estimate many = predict_then_debias(data, mean, options).front();
    CHECK(many.value == one.value);
    CHECK(many.ci_low == one.ci_low);
    CHECK(many.ci_high == one.ci_high);
  }
  std::stop_source source;
  source.request_stop();
  options.run.stop = source.get_token();
  CHECK(predict_then_debias(data, mean, options).front().status == Status::Degenerate);
}
