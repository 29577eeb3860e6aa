// labels: unit oracle stat golden
#include "../../discovery/src/ci/gp_widths.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>
#include <functional>
#include <numbers>
#include <string>
#include <utility>
#include <vector>

#include "../../discovery/src/ci/positive_definite.hpp"
#include "causal/math/chi_square.hpp"
#include "causal/math/optimize.hpp"
#include "causal/run/random.hpp"
#include "support/gradient_check.hpp"
#include "support/numpy_legacy_random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery::detail;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

MatrixXd normal_matrix(RandomStream& stream, Index rows, Index columns) {
  MatrixXd out(rows, columns);
  for (double& cell : out.reshaped()) cell = stream.normal();
  return out;
}

VectorXd logs_of(const GpParameters& at) {
  const Index d = at.lengths.size();
  VectorXd logs(d + 2);
  for (Index j = 0; j < d; ++j) logs[j] = std::log(at.lengths[j]);
  logs[d] = std::log(at.signal_variance);
  logs[d + 1] = std::log(at.noise_variance);
  return logs;
}

GpParameters from_logs(const VectorXd& logs) {
  const Index d = logs.size() - 2;
  return {logs.head(d).array().exp(), std::exp(logs[d]), std::exp(logs[d + 1])};
}

/// The covariance, cell by cell from its definition.
MatrixXd covariance(const GpInputs& inputs, const GpParameters& at) {
  const Index n = inputs.quantities.rows();
  MatrixXd K(n, n);
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < n; ++j) {
      double square = 0;
      for (Index c = 0; c < inputs.quantities.cols(); ++c) {
        square += std::pow((inputs.quantities(i, c) - inputs.quantities(j, c)) / at.lengths[c], 2);
      }
      K(i, j) = at.signal_variance * (inputs.factor != nullptr ? (*inputs.factor)(i, j) : 1) * std::exp(-square / 2);
      if (i == j) K(i, j) += at.noise_variance;
    }
  }
  return K;
}

/// Minus the sum over targets of the log density of N(0, covariance).
double direct_nlml(const GpInputs& inputs, const MatrixXd& targets, const GpParameters& at) {
  const MatrixXd K = covariance(inputs, at);
  const Eigen::FullPivLU<MatrixXd> lu(K);
  double sum = 0;
  for (Index t = 0; t < targets.cols(); ++t) {
    const VectorXd v = targets.col(t);
    sum += 0.5 * v.dot(lu.solve(v)) + 0.5 * std::log(lu.determinant()) +
           0.5 * static_cast<double>(v.size()) * std::log(2 * std::numbers::pi);
  }
  return sum;
}

/// Equality of labels 0, 1, 2, ...
MatrixXd same_label(const std::vector<int>& labels) {
  const auto n = static_cast<Index>(labels.size());
  return MatrixXd::NullaryExpr(n, n, [&](Index i, Index j) {
    return labels[static_cast<std::size_t>(i)] == labels[static_cast<std::size_t>(j)] ? 1.0 : 0.0;
  });
}

MatrixXd standardised(const MatrixXd& X) {
  MatrixXd out = X.rowwise() - X.colwise().mean();
  for (Index j = 0; j < X.cols(); ++j) out.col(j) /= out.col(j).norm() / std::sqrt(static_cast<double>(X.rows() - 1));
  return out;
}

MatrixXd centred(const MatrixXd& K) {
  const MatrixXd H = MatrixXd::Identity(K.rows(), K.rows()) -
                     MatrixXd::Constant(K.rows(), K.rows(), 1 / static_cast<double>(K.rows()));
  return H * K * H;
}

}  // namespace

TEST_CASE("The inverse in place is the inverse, at sizes around those at which it halves") {
  RandomStream stream(3, RandomDomain::Test);
  for (const Index n : {1, 2, 47, 48, 49, 97, 130, 250}) {
    const MatrixXd root = normal_matrix(stream, n, n);
    const MatrixXd K = root * root.transpose() + MatrixXd::Identity(n, n);
    MatrixXd work = K;
    work.triangularView<Eigen::StrictlyUpper>().setConstant(-7);  // neither read nor written
    const auto log_determinant = invert_lower_in_place(work);
    REQUIRE(log_determinant.has_value());
    CHECK(*log_determinant == doctest::Approx(K.partialPivLu().matrixLU().diagonal().array().abs().log().sum()));
    const MatrixXd inverse = work.selfadjointView<Eigen::Lower>();
    // Eigenvalues lie in [1, 4 n + 1], so an inverse errs by at most about n * 4 n * 2^-53.
    CHECK((inverse * K - MatrixXd::Identity(n, n)).cwiseAbs().maxCoeff() < 1e-10);
    for (Index j = 1; j < n; ++j) CHECK((work.col(j).head(j).array() == -7).all());
  }
  MatrixXd indefinite = MatrixXd::Identity(60, 60);
  indefinite(59, 59) = -1;
  CHECK_FALSE(invert_lower_in_place(indefinite).has_value());
  MatrixXd zero = MatrixXd::Zero(3, 3);
  CHECK_FALSE(invert_lower_in_place(zero).has_value());
}

TEST_CASE("The likelihood is the normal density, and its derivatives are those of its values") {
  RandomStream stream(5, RandomDomain::Test);
  const MatrixXd factor = same_label({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 0, 1, 1, 2, 2, 2, 0, 1, 2, 0, 1});
  for (int round = 0; round < 12; ++round) {
    const Index n = factor.rows(), d = round % 4, m = 1 + round % 3;
    const MatrixXd X = normal_matrix(stream, n, d), V = normal_matrix(stream, n, m);
    const GpInputs inputs{X, round % 2 == 0 ? nullptr : &factor};
    const GpParameters at{normal_matrix(stream, d, 1).array().exp(), std::exp(stream.normal()),
                          std::exp(stream.normal())};
    CAPTURE(round);
    GpLikelihood likelihood(inputs, V);
    VectorXd gradient;
    // The jitter of 1e-10 changes the value by about m n 1e-10 / (2 noise).
    CHECK(likelihood(at, gradient) == doctest::Approx(direct_nlml(inputs, V, at)).epsilon(1e-8));
    const auto of_logs = [&](const VectorXd& logs, VectorXd& out) { return likelihood(from_logs(logs), out); };
    // Differences with h = 1e-5 err by 1e-10 f''' / 6 + 1e-16 f / 1e-5: below 1e-7 for values of some hundreds.
    CHECK(test::gradient_error(of_logs, logs_of(at)) < 1e-7);
    const MatrixXd signal = signal_kernel(inputs, at);
    MatrixXd expected = covariance(inputs, at);
    expected.diagonal().array() -= at.noise_variance;
    CHECK((signal - expected).cwiseAbs().maxCoeff() < 1e-13 * (at.signal_variance + at.noise_variance));
    if (inputs.factor == nullptr) {
      CHECK((at.signal_variance * squared_exponential(X, at.lengths) - signal).cwiseAbs().maxCoeff() <
            1e-13 * at.signal_variance);
    }
  }
}

TEST_CASE("Scaled eigenvectors reproduce their kernel; a factor has the same ones") {
  RandomStream stream(7, RandomDomain::Test);
  const Index n = 40;
  const MatrixXd F = normal_matrix(stream, n, 6);
  const MatrixXd K = F * F.transpose();
  const double largest = Eigen::SelfAdjointEigenSolver<MatrixXd>(K).eigenvalues()[n - 1];
  const MatrixXd V = scaled_eigenvectors(K, 400, 1e-5), W = scaled_eigenvectors_of_factor(F, 400, 1e-5);
  CHECK(V.cols() == 6);
  CHECK(W.cols() == 6);
  const MatrixXd expected = 4 * static_cast<double>(n) / largest * K;
  CHECK((V * V.transpose() - expected).cwiseAbs().maxCoeff() < 1e-11 * static_cast<double>(n));
  CHECK((W * W.transpose() - expected).cwiseAbs().maxCoeff() < 1e-11 * static_cast<double>(n));
  // The largest eigenvector has length 2 sqrt(n): its cells are about 2 in size.
  CHECK(V.colwise().norm().maxCoeff() == doctest::Approx(2 * std::sqrt(static_cast<double>(n))));

  CHECK(scaled_eigenvectors(K, 2, 0).cols() == 2);
  CHECK((scaled_eigenvectors(K, 2, 0).cwiseAbs() - V.rightCols(2).cwiseAbs()).norm() < 1e-9);
  const VectorXd spectrum = (VectorXd(5) << 1, 0.5, 1e-3, 2e-5, 0.9e-5).finished();
  CHECK(scaled_eigenvectors(spectrum.asDiagonal(), 400, 1e-5).cols() == 4);
  CHECK(scaled_eigenvectors(spectrum.asDiagonal(), 400, 1e-4).cols() == 3);
  CHECK(scaled_eigenvectors(MatrixXd::Zero(9, 9), 400, 1e-5).cols() == 0);
  CHECK(scaled_eigenvectors_of_factor(MatrixXd::Zero(9, 2), 400, 1e-5).cols() == 0);
}

TEST_SUITE("with an optimiser" * doctest::skip(!optimizer_available())) {
  TEST_CASE("The lengths of a simulated process are found again") {
    RandomStream stream(13, RandomDomain::Test);
    const Index n = 120, m = 20;
    const MatrixXd X = normal_matrix(stream, n, 2);
    const GpInputs inputs{X};
    const GpParameters truth{(VectorXd(2) << 0.6, 2.5).finished(), 1.5, 0.2};
    const MatrixXd K = covariance(inputs, truth);
    const MatrixXd root = K.llt().matrixL();
    const MatrixXd targets = root * normal_matrix(stream, n, m);

    const GpFit fit = fit_gp(inputs, targets, {VectorXd::Ones(2)});
    CHECK(fit.status == Status::Ok);
    CHECK(fit.evaluations < 60);
    GpLikelihood likelihood(inputs, targets);
    VectorXd gradient;
    CHECK(fit.nlml <= likelihood(truth, gradient));

    // Fisher information of the logs: m/2 tr(K^-1 K_a K^-1 K_b), the derivatives K_a here by central differences. At
    // four standard errors a right estimator fails once in 16000 for each of the four parameters.
    const VectorXd at = logs_of(truth);
    std::vector<MatrixXd> scaled;
    for (Index a = 0; a < 4; ++a) {
      const VectorXd step = 1e-5 * VectorXd::Unit(4, a);
      const MatrixXd derivative =
          (covariance(inputs, from_logs(at + step)) - covariance(inputs, from_logs(at - step))) / 2e-5;
      scaled.push_back(K.llt().solve(derivative));
    }
    MatrixXd information(4, 4);
    for (std::size_t a = 0; a < 4; ++a) {
      for (std::size_t b = 0; b < 4; ++b) {
        information(static_cast<Index>(a), static_cast<Index>(b)) =
            static_cast<double>(m) / 2 * scaled[a].cwiseProduct(scaled[b].transpose()).sum();
      }
    }
    const VectorXd standard_errors = information.inverse().diagonal().cwiseSqrt();
    CHECK(standard_errors.maxCoeff() < 0.2);  // so that the check says something
    const VectorXd z = (logs_of(fit.parameters) - at).cwiseQuotient(standard_errors);
    CAPTURE(z.transpose());
    CHECK(z.cwiseAbs().maxCoeff() < 4);
  }

  TEST_CASE("A column that says nothing gets the longest length, noise alone the lowest signal") {
    RandomStream stream(17, RandomDomain::Test);
    const Index n = 80;
    const MatrixXd X = normal_matrix(stream, n, 2);
    const MatrixXd targets =
        2 * X.col(0).array().sin().matrix() * VectorXd::Ones(3).transpose() + 0.1 * normal_matrix(stream, n, 3);
    const GpFit fit = fit_gp({X}, targets, {VectorXd::Ones(2)});
    CHECK(fit.status == Status::Ok);
    CHECK(fit.parameters.lengths[1] > 10 * fit.parameters.lengths[0]);
    CHECK(fit.parameters.noise_variance == doctest::Approx(0.01).epsilon(0.3));
    const GpBounds bounds{.length_low = 0.5, .length_high = 2, .noise_low = 0.05};
    const GpFit bounded = fit_gp({X}, targets, {VectorXd::Constant(2, 9)}, bounds);
    CHECK(bounded.parameters.lengths[1] == doctest::Approx(2));
    CHECK(bounded.parameters.noise_variance == doctest::Approx(0.05));
    CHECK(bounded.nlml > fit.nlml);
  }

  TEST_CASE("Nothing to learn from, and a budget that ends") {
    const MatrixXd X = VectorXd::LinSpaced(20, -1, 1);
    const GpFit none = fit_gp({X}, MatrixXd(20, 0), {VectorXd::Constant(1, 0.7)});
    CHECK(none.status == Status::Degenerate);
    CHECK(none.parameters.lengths[0] == 0.7);
    const ConditioningKernel flat = learn_conditioning_kernel(MatrixXd::Zero(20, 20), {X}, {});
    CHECK(flat.fit.status == Status::Degenerate);
    CHECK(flat.kernel.allFinite());
    CHECK(flat.ridge == doctest::Approx(0.1));
    const GpFit cut = fit_gp({X}, X.array().sin().matrix(), {VectorXd::Ones(1)}, {}, 3);
    CHECK(cut.status == Status::MaxIterations);
    CHECK(cut.evaluations == 3);
  }

  // causal-learn 0.1.4.8 (PyPI, with scikit-learn 1.9.1, scipy 1.17.1), KCI_CInd(use_gp=True).compute_pvalue(X, Z, Y),
  // and its GaussianProcessRegressors' kernel_.theta, log_marginal_likelihood_value_ and number of targets.
  TEST_CASE("Learned widths and p-values of causal-learn") {
    struct Learned {
      double signal, length, noise, nlml;
      Index targets;
    };
    struct Case {
      std::string name;
      std::function<double(test::NumpyRandom&)> draw;
      Learned x, y;
      double statistic, p_value;
    };
    const std::vector<Case> cases = {{"normal",
                                      [](test::NumpyRandom& r) { return r.normal(); },
                                      {0.33803921, 0.85961375, 0.11899884, 4931.7590515981, 41},
                                      {0.76698679, 0.94961667, 0.26432288, 3348.8216999893, 14},
                                      15.0388427438,
                                      0.6086619388},
                                     {"exponential",
                                      [](test::NumpyRandom& r) { return r.exponential(); },
                                      {0.21999627, 0.72569063, 0.11475394, 4678.7962491689, 41},
                                      {0.89377423, 0.77066858, 0.27857351, 3233.0828751078, 13},
                                      16.6966659433,
                                      0.4088407666},
                                     {"uniform",
                                      [](test::NumpyRandom& r) { return r.uniform(); },
                                      {0.30619343, 0.91244092, 0.14472616, 4418.9483918830, 30},
                                      {0.53657, 0.57105589, 0.3238871, 3253.6036141823, 12},
                                      14.3956781699,
                                      0.6393224190}};
    const Index n = 300;
    for (const Case& expected : cases) {
      CAPTURE(expected.name);
      test::NumpyRandom random(10);
      const auto column = [&] {
        VectorXd out(n);
        for (double& cell : out) cell = expected.draw(random);
        return out;
      };
      const VectorXd x = column();
      (void)column();                         // an independent copy, unused here
      const VectorXd z = x + 0.5 * column();  // what is conditioned on: x -> z -> y
      const VectorXd y = z + 0.5 * column();
      const double width = 0.7;
      MatrixXd xz(n, 2);
      const MatrixXd zs = standardised(z);
      xz << standardised(x), zs / 2;
      const MatrixXd K1 = centred(squared_exponential(xz, VectorXd::Constant(2, width)));
      const MatrixXd K2 = centred(squared_exponential(standardised(y), VectorXd::Constant(1, width)));
      const ConditioningKernelOptions options{.start_length = width * std::sqrt(0.5)};
      const ConditioningKernel ridge_x = learn_conditioning_kernel(K1, {zs}, options);
      const ConditioningKernel ridge_y = learn_conditioning_kernel(K2, {zs}, options);

      // L-BFGS-B there stops when an iteration changes the likelihood by less than 2e-9 of it, 1e-5. The likelihood's
      // curvature in a logarithm is of the order of the cells, 4000 to 12000, so that its last parameters are within
      // sqrt(2e-5 / 4000) = 7e-5 of the optimum; ours are nearer.
      for (const auto& [ours, theirs] : {std::pair(&ridge_x, &expected.x), std::pair(&ridge_y, &expected.y)}) {
        CHECK(ours->fit.status == Status::Ok);
        CHECK(ours->fit.parameters.signal_variance == doctest::Approx(theirs->signal).epsilon(2e-4));
        CHECK(ours->fit.parameters.lengths[0] == doctest::Approx(theirs->length).epsilon(2e-4));
        CHECK(ours->ridge == doctest::Approx(theirs->noise).epsilon(2e-4));
        CHECK(ours->fit.nlml <= theirs->nlml + 1e-6);
        CHECK(ours->fit.nlml > theirs->nlml - 1e-4);
        CHECK(ours->fit.evaluations < 80);
      }
      CHECK(scaled_eigenvectors(K1, 75, 1e-5).cols() == expected.x.targets);
      CHECK(scaled_eigenvectors(K2, 75, 1e-5).cols() == expected.y.targets);

      // The test itself, densely: residual kernels, their inner product, and the gamma with its null's two moments.
      const auto residual = [&](const MatrixXd& K, const ConditioningKernel& with) {
        const MatrixXd ridged = with.kernel + with.ridge * MatrixXd::Identity(n, n);
        const MatrixXd R = with.ridge * ridged.inverse();
        return MatrixXd(R * K * R);
      };
      const MatrixXd product = residual(K1, ridge_x).cwiseProduct(residual(K2, ridge_y));
      const double statistic = product.sum(), mean = product.trace(), variance = 2 * product.squaredNorm();
      const double p_value = chi_square_upper_p(2 * statistic * mean / variance, 2 * mean * mean / variance);
      // Parameters that differ by 7e-5 relative move the statistic by no more than that; p has slope below 0.05 in it.
      CHECK(statistic == doctest::Approx(expected.statistic).epsilon(7e-5));
      CHECK(std::abs(p_value - expected.p_value) < 0.05 * 15 * 7e-5);
    }
  }
}
