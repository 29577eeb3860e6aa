// labels: unit oracle golden
// Least squares against normal equations in long double, and its covariances against loops over rows.
#include "causal/estimation/nuisance/least_squares.hpp"

#include <Eigen/LU>
#include <cmath>
#include <string>
#include <vector>

#include "causal/io/csv.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
//
#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

const Eigen::VectorXd kUnweighted;

using LongMatrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
using LongVector = Eigen::Matrix<long double, Eigen::Dynamic, 1>;

Eigen::MatrixXd normals(Eigen::Index rows, Eigen::Index cols, std::uint32_t key) {
  Eigen::MatrixXd X(rows, cols);
  RandomStream(7, RandomDomain::Test, key).fill_normal({X.data(), static_cast<std::size_t>(X.size())});
  return X;
}

struct Problem {
  Eigen::MatrixXd design;
  Eigen::VectorXd y, weights;
};

Problem problem(Eigen::Index n, Eigen::Index p, std::uint32_t key) {
  Problem result;
  result.design = with_intercept(normals(n, p, 10 * key));
  result.y = result.design.rowwise().sum() + Eigen::VectorXd(normals(n, 1, 10 * key + 1));
  result.weights = normals(n, 1, 10 * key + 2).cwiseAbs().array() + 0.1;
  return result;
}

LongMatrix long_inverse(const Problem& p) {
  const LongMatrix X = p.design.cast<long double>();
  const LongMatrix G = X.transpose() * p.weights.cast<long double>().asDiagonal() * X;
  return G.fullPivLu().inverse();
}

double largest(const Eigen::MatrixXd& difference) { return difference.cwiseAbs().maxCoeff(); }

Eigen::VectorXd ones(Eigen::Index n) { return Eigen::VectorXd::Ones(n); }

}  // namespace

TEST_CASE("coefficients and bread solve the normal equations") {
  for (std::uint32_t key = 0; key < 20; ++key) {
    Problem p = problem(30 + key, 1 + key % 5, key);
    if (key % 2 == 0) p.weights = ones(p.y.size());
    const LongMatrix inverse = long_inverse(p);
    const LongVector b =
        inverse * (p.design.cast<long double>().transpose() * p.weights.cwiseProduct(p.y).cast<long double>());
    const LeastSquaresFit fit = least_squares(p.design, p.y, p.weights);
    // Condition numbers are below 1e3, so QR loses at most three of sixteen digits.
    CHECK(largest(fit.coefficients - b.cast<double>()) < 1e-12);
    CHECK(largest(fit.bread - inverse.cast<double>()) < 1e-12);
    CHECK(largest(fit.residuals - (p.y - p.design * fit.coefficients)) < 1e-12);
    CHECK(fit.dof == static_cast<double>(p.y.size() - p.design.cols()));
    CHECK(fit.columns.aliased.empty());
    if (key % 2 == 0) {
      const LeastSquaresFit plain = least_squares(p.design, p.y);
      CHECK(largest(plain.coefficients - fit.coefficients) < 1e-13);
      CHECK(plain.dof == fit.dof);
    }
  }
}

TEST_CASE("covariances are what their formulas say, row by row") {
  const Problem p = problem(40, 3, 50);
  const Eigen::Index n = p.y.size();
  const auto k = p.design.cols();
  std::vector<int> clusters;
  for (int i = 0; i < n; ++i) clusters.push_back((i * 7) % 9);
  for (const bool weighted : {false, true}) {
    Problem q = p;
    if (!weighted) q.weights = ones(n);
    const Eigen::VectorXd given = weighted ? q.weights : Eigen::VectorXd();
    const LeastSquaresFit fit = least_squares(q.design, q.y, given);
    const LongMatrix inverse = long_inverse(q);
    LongMatrix meat[6];
    for (LongMatrix& m : meat) m = LongMatrix::Zero(k, k);
    long double squares = 0;
    LongMatrix sums = LongMatrix::Zero(k, 9);
    for (Eigen::Index i = 0; i < n; ++i) {
      const LongVector x = q.design.row(i).transpose().cast<long double>();
      const long double w = q.weights(i);
      const long double e = static_cast<long double>(q.y(i)) - x.dot(fit.coefficients.cast<long double>());
      const long double h = w * x.dot(inverse * x);
      squares += w * e * e;
      const LongMatrix outer = x * x.transpose() * (w * w * e * e);
      meat[1] += outer;
      meat[2] += outer * (static_cast<long double>(n) / static_cast<long double>(n - k));
      meat[3] += outer / (1 - h);
      meat[4] += outer / ((1 - h) * (1 - h));
      sums.col(clusters[static_cast<std::size_t>(i)]) += x * (w * e);
    }
    meat[5] = sums * sums.transpose() * (9.0L / 8 * static_cast<long double>(n - 1) / static_cast<long double>(n - k));
    const LongMatrix classic = inverse * (squares / static_cast<long double>(n - k));
    for (int kind = 0; kind < 6; ++kind) {
      const LongMatrix expected = kind == 0 ? classic : LongMatrix(inverse * meat[kind] * inverse);
      const Eigen::MatrixXd got =
          coefficient_covariance(fit, static_cast<CovarianceKind>(kind), q.design, given, clusters);
      INFO(enum_name(static_cast<CovarianceKind>(kind)), " weighted ", weighted);
      CHECK(largest(got - expected.cast<double>()) < 1e-12);
    }
  }
}

TEST_CASE("the NSW experiment as R reports it") {
  // Computed in R 4.x with base functions: lm() and the sandwich written out, re78 on treat.
  const Dataset data = io::read_csv(std::string(CAUSAL_SOURCE_DIR) + "/data/nsw.csv").data;
  const auto columns = [&](const std::vector<std::string>& names) {
    Eigen::MatrixXd X(data.rows(), std::ssize(names));
    for (std::size_t j = 0; j < names.size(); ++j) {
      X.col(static_cast<Eigen::Index>(j)) = data.values().col(data.index_of(names[j]));
    }
    return X;
  };
  const Eigen::VectorXd y = columns({"re78"}).col(0);
  const Eigen::MatrixXd design = with_intercept(columns({"treat"}));
  const LeastSquaresFit fit = least_squares(design, y);
  CHECK(fit.coefficients(1) == doctest::Approx(1794.342382).epsilon(1e-9));
  const double errors[] = {632.8533924, 669.3153224, 670.8244908, 670.9965445, 672.6821471};
  for (int kind = 0; kind < 5; ++kind) {
    const Eigen::MatrixXd V = coefficient_covariance(fit, static_cast<CovarianceKind>(kind), design);
    CHECK(std::sqrt(V(1, 1)) == doctest::Approx(errors[kind]).epsilon(1e-9));
  }
  Eigen::MatrixXd X = columns({"treat", "age", "age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"});
  X.col(2) = X.col(1).cwiseAbs2();
  const Eigen::MatrixXd wide = with_intercept(X);
  const LeastSquaresFit adjusted = least_squares(wide, y);
  CHECK(adjusted.coefficients(1) == doctest::Approx(1675.862359).epsilon(1e-9));
  const Eigen::MatrixXd classic = coefficient_covariance(adjusted, CovarianceKind::Classic, wide);
  const Eigen::MatrixXd hc2 = coefficient_covariance(adjusted, CovarianceKind::Hc2, wide);
  CHECK(std::sqrt(classic(1, 1)) == doctest::Approx(639.3440857).epsilon(1e-9));
  CHECK(std::sqrt(hc2(1, 1)) == doctest::Approx(677.1163508).epsilon(1e-9));
}

TEST_CASE("integer weights are repeated rows, in coefficients and in the sampling covariances' bread") {
  const Problem p = problem(25, 3, 60);
  Eigen::VectorXd weights(25);
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < 25; ++i) {
    weights(i) = static_cast<double>((i * 5) % 4);  // 0 among them.
    for (int times = 0; times < (i * 5) % 4; ++times) rows.push_back(i);
  }
  const LeastSquaresFit weighted = least_squares(p.design, p.y, weights);
  const LeastSquaresFit repeated =
      least_squares(Eigen::MatrixXd(p.design(rows, Eigen::all)), Eigen::VectorXd(p.y(rows)));
  CHECK(largest(weighted.coefficients - repeated.coefficients) < 1e-12);
  CHECK(largest(weighted.bread - repeated.bread) < 1e-12);
  // A row without weight is no row.
  CHECK(weighted.dof == static_cast<double>((weights.array() > 0).count() - 4));
}

TEST_CASE("columns that repeat others are aliased, the first one kept, as in R") {
  const Problem p = problem(30, 3, 70);
  Eigen::MatrixXd design(30, 7);
  design.leftCols(2) = p.design.leftCols(2);
  design.col(2) = 2 * p.design.col(1) - 3 * p.design.col(0);  // Of columns before it.
  design.col(3) = p.design.col(2);
  design.col(4).setZero();
  design.col(5) = p.design.col(3);
  design.col(6) = design.col(5) + design.col(3) - design.col(1);
  for (const double scale : {1.0, 1e-7, 1e7}) {
    Eigen::MatrixXd scaled = design;
    scaled.rightCols(6) *= scale;
    scaled.col(2) = 2 * scaled.col(1) - 3 * scaled.col(0);
    const LeastSquaresFit fit = least_squares(scaled, p.y);
    CHECK(fit.columns.kept == std::vector<int>{0, 1, 3, 5});
    CHECK(fit.columns.aliased == std::vector<int>{2, 4, 6});
    const LeastSquaresFit full = least_squares(p.design, p.y);
    CHECK(largest(fit.residuals - full.residuals) < 1e-9);
    for (const int column : fit.columns.aliased) {
      CHECK(fit.coefficients(column) == 0);
      CHECK(fit.bread.row(column).norm() == 0);
      CHECK(fit.bread.col(column).norm() == 0);
    }
    CHECK(independent_columns(scaled).kept == fit.columns.kept);
  }
}

TEST_CASE("nearly collinear columns are told apart from collinear ones at the stated bar") {
  const Eigen::MatrixXd X = normals(200, 2, 80);
  for (const double noise : {1e-6, 1e-12}) {
    Eigen::MatrixXd design(200, 3);
    design << ones(200), X.col(0), X.col(0) + noise * X.col(1);
    CHECK(independent_columns(design).aliased.size() == (noise < 1e-9 ? 1 : 0));
  }
}

TEST_CASE("a column that some weight makes constant is aliased, and too few rows are refused") {
  const Problem p = problem(12, 2, 90);
  Eigen::MatrixXd design = p.design;
  design.col(2).setZero();
  design(0, 2) = 1;
  Eigen::VectorXd weights = ones(12);
  weights(0) = 0;
  CHECK(least_squares(design, p.y, weights).columns.aliased == std::vector<int>{2});
  weights.tail(10).setZero();
  CHECK_NOTHROW(static_cast<void>(least_squares(design, p.y, weights)));
  Eigen::VectorXd none = Eigen::VectorXd::Zero(12);
  CHECK_THROWS_AS(static_cast<void>(least_squares(design, p.y, none)), DataError);
  CHECK_THROWS_AS(static_cast<void>(least_squares(design, p.y.head(5))), InvalidArgument);
  weights(4) = -1;
  CHECK_THROWS_WITH_AS(static_cast<void>(least_squares(design, p.y, weights)), doctest::Contains("row 5"), DataError);
}

TEST_CASE("covariances refuse what they cannot give") {
  Problem p = problem(10, 1, 95);
  p.design.col(1).setZero();
  p.design(3, 1) = 1;  // Row 4 alone determines this coefficient.
  const LeastSquaresFit fit = least_squares(p.design, p.y);
  CHECK_THROWS_WITH_AS(static_cast<void>(coefficient_covariance(fit, CovarianceKind::Hc3, p.design)),
                       doctest::Contains("row 4"), DataError);
  CHECK_NOTHROW(static_cast<void>(coefficient_covariance(fit, CovarianceKind::Hc1, p.design)));
  CHECK_THROWS_AS(static_cast<void>(coefficient_covariance(fit, CovarianceKind::Cluster, p.design)), InvalidArgument);
  const std::vector<int> one(10, 0);
  CHECK_THROWS_AS(static_cast<void>(coefficient_covariance(fit, CovarianceKind::Cluster, p.design, kUnweighted, one)),
                  InvalidArgument);
  const LeastSquaresFit exact = least_squares(Eigen::MatrixXd(p.design({0, 3}, Eigen::all)), p.y.head(2));
  CHECK_THROWS_AS(static_cast<void>(coefficient_covariance(exact, CovarianceKind::Hc0,
                                                           Eigen::MatrixXd(p.design({0, 3}, Eigen::all)))),
                  DataError);
}
