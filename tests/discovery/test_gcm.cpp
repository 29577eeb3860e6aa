// labels: unit oracle stat golden determinism
#include "causal/discovery/ci/gcm.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
using Set = std::vector<NodeId>;

Node quantity(const std::string& name, const Eigen::MatrixXd& columns) { return {.name = name, .numeric = columns}; }

Node nominal(const std::string& name, const Eigen::MatrixXd& codes) { return {.name = name, .nominal = codes}; }

Node time_of(Eigen::Index n) {
  Node node = quantity("time", Eigen::VectorXd::LinSpaced(n, 1, static_cast<double>(n)));
  node.surrogate = true;
  return node;
}

Eigen::MatrixXd normals(Eigen::Index n, Eigen::Index p, std::uint32_t key) {
  RandomStream stream(31, RandomDomain::Test, key);
  Eigen::MatrixXd X(n, p);
  stream.fill_normal({X.data(), static_cast<std::size_t>(X.size())});
  return X;
}

Eigen::VectorXd codes(Eigen::Index n, std::uint64_t levels, std::uint32_t key) {
  RandomStream stream(32, RandomDomain::Test, key);
  Eigen::VectorXd x(n);
  for (Eigen::Index i = 0; i < n; ++i) x(i) = static_cast<double>(stream.below(levels));
  return x;
}

Eigen::MatrixXd z_scores(Eigen::MatrixXd X) {
  for (Eigen::Index j = 0; j < X.cols(); ++j) {
    X.col(j).array() -= X.col(j).mean();
    X.col(j) /= std::sqrt(X.col(j).squaredNorm() / static_cast<double>(X.rows()));
  }
  return X;
}

Eigen::MatrixXd gaussian(const Eigen::MatrixXd& Z, double width = 0) {
  std::vector<double> distances;
  Eigen::MatrixXd D = Eigen::MatrixXd::Zero(Z.rows(), Z.rows());
  for (Eigen::Index i = 0; i < Z.rows(); ++i) {
    for (Eigen::Index j = 0; j < i; ++j) {
      D(i, j) = D(j, i) = (Z.row(i) - Z.row(j)).norm();
      if (D(i, j) > 0) distances.push_back(D(i, j));
    }
  }
  std::sort(distances.begin(), distances.end());
  if (width == 0) width = distances[distances.size() / 2];
  return (-D.array().square() / (2 * width * width)).exp();
}

Eigen::MatrixXd delta(const Eigen::VectorXd& code) {
  return Eigen::MatrixXd::NullaryExpr(code.size(), code.size(),
                                      [&](Eigen::Index i, Eigen::Index j) { return code(i) == code(j) ? 1.0 : 0.0; });
}

// y - b - K a with (K + penalty I) a + b 1 = y and 1'a = 0: kernel ridge regression whose intercept is free. Returns
// the matrix that maps y to its fit at the rows K(rows, fitted rows).
Eigen::MatrixXd fit_matrix(const Eigen::MatrixXd& K, const Eigen::MatrixXd& at, double penalty) {
  const Eigen::Index n = K.rows();
  Eigen::MatrixXd system = Eigen::MatrixXd::Ones(n + 1, n + 1);
  system.topLeftCorner(n, n) = K + penalty * Eigen::MatrixXd::Identity(n, n);
  system(n, n) = 0;
  Eigen::MatrixXd map(at.rows(), n + 1);
  map << at, Eigen::VectorXd::Ones(at.rows());
  const Eigen::MatrixXd inverse = system.partialPivLu().inverse();
  return map * inverse.leftCols(n);
}

// The regression by its definition: every penalty is judged by n fits, each without one row.
struct Oracle {
  Eigen::MatrixXd M;  // y to residuals
  Eigen::VectorXd residual;

  Oracle(const Eigen::MatrixXd& K, const Eigen::VectorXd& y) {
    const Eigen::Index n = K.rows();
    double best = std::numeric_limits<double>::infinity();
    double chosen = 0;
    for (int g = 18; g >= 0; --g) {
      const double penalty = static_cast<double>(n) * std::pow(10.0, -8 + 0.5 * g);
      double error = 0;
      for (Eigen::Index left_out = 0; left_out < n; ++left_out) {
        std::vector<Eigen::Index> rest;
        for (Eigen::Index i = 0; i < n; ++i) {
          if (i != left_out) rest.push_back(i);
        }
        const Eigen::MatrixXd kept = K(rest, rest);
        const Eigen::MatrixXd at = K(std::vector<Eigen::Index>{left_out}, rest);
        const Eigen::VectorXd others = y(rest);
        const double miss = y(left_out) - (fit_matrix(kept, at, penalty) * others)(0);
        error += miss * miss;
      }
      if (error < best) {
        best = error;
        chosen = penalty;
      }
    }
    M = Eigen::MatrixXd::Identity(n, n) - fit_matrix(K, K, chosen);
    residual = M * y;
  }
};

// T and the correlation of the residuals, from matrices.
std::pair<double, double> oracle_statistic(const Oracle& x, const Oracle& y) {
  const auto n = static_cast<double>(x.residual.size());
  const Eigen::ArrayXd products = x.residual.array() * y.residual.array();
  const double sd = std::sqrt((products - products.mean()).square().mean());
  const Eigen::MatrixXd M2 = x.M * x.M;
  const Eigen::MatrixXd N2 = y.M * y.M;
  const double inflation = n * (M2 * N2).trace() / (M2.trace() * N2.trace());
  return {std::sqrt(n / inflation) * products.mean() / sd,
          products.sum() / std::sqrt(x.residual.squaredNorm() * y.residual.squaredNorm())};
}

void check_against_oracle(const Gcm& test, const Set& S, const Eigen::MatrixXd& K, const Eigen::VectorXd& x,
                          const Eigen::VectorXd& y, double tolerance) {
  const auto [T, effect] = oracle_statistic(Oracle(K, z_scores(x)), Oracle(K, z_scores(y)));
  const CiResult result = test.test(0, 1, S);
  CHECK(result.status == Status::Ok);
  CHECK(result.statistic == doctest::Approx(T).epsilon(tolerance));
  CHECK(result.effect == doctest::Approx(effect).epsilon(tolerance));
  CHECK(result.p_value == doctest::Approx(two_sided_normal_p(result.statistic)));
}

// x, y, z1, ..., zk: x and y functions of z and noise, independent given z.
NodeTable common_causes(Eigen::Index n, int k, bool linear, std::uint32_t key) {
  const Eigen::MatrixXd noise = normals(n, 2 + k, key);
  const Eigen::ArrayXXd Z = noise.rightCols(k);
  Eigen::ArrayXXd means = Eigen::ArrayXXd::Zero(n, 2);
  if (k > 0 && linear) {
    means.col(0) = Z.rowwise().sum() / std::sqrt(static_cast<double>(k));
    means.col(1) = means.col(0);
  } else if (k > 0) {
    means.col(0) = (2 * Z).sin().rowwise().sum() / std::sqrt(static_cast<double>(k));
    means.col(1) = ((2 * Z).tanh() + 0.5 * Z.square()).rowwise().sum() / std::sqrt(static_cast<double>(k));
  }
  std::vector<Node> nodes{quantity("x", means.col(0) + 0.7 * noise.col(0).array()),
                          quantity("y", means.col(1) + 0.7 * noise.col(1).array())};
  for (int j = 0; j < k; ++j) nodes.push_back(quantity("z" + std::to_string(j), noise.col(2 + j)));
  return NodeTable(std::move(nodes));
}

Set first_causes(int k) {
  Set S(static_cast<std::size_t>(k));
  std::iota(S.begin(), S.end(), 2);
  return S;
}

}  // namespace

TEST_CASE("S empty: the products of the centred columns") {
  const Eigen::MatrixXd X = normals(50, 2, 1);
  const Eigen::MatrixXd Z = z_scores(X);
  const Gcm test{NodeTable({quantity("x", X.col(0)), quantity("y", X.col(1))})};
  const Eigen::ArrayXd products = Z.col(0).array() * Z.col(1).array();
  const double T = std::sqrt(49.0) * products.mean() / std::sqrt((products - products.mean()).square().mean());
  const CiResult result = test.test(0, 1, {});
  CHECK(result.statistic == doctest::Approx(T).epsilon(1e-10));
  CHECK(result.p_value == doctest::Approx(two_sided_normal_p(T)).epsilon(1e-10));
  CHECK(result.effect == doctest::Approx(products.mean()).epsilon(1e-10));
}

TEST_CASE("ridge regression: fits by their definition, each row left out in turn") {
  const Eigen::Index n = 36;
  const Eigen::MatrixXd X = normals(n, 5, 2);
  const Eigen::VectorXd g = codes(n, 3, 3);
  const Eigen::VectorXd x = X.col(0) + X.col(2) - 0.5 * X.col(3);
  const Eigen::VectorXd y = (X.col(1) + 0.7 * X.col(2)).array() + (g.array() == 1).cast<double>();
  const Gcm test(NodeTable({quantity("x", x), quantity("y", y), quantity("z", X.col(2)), quantity("v", X.rightCols(2)),
                            nominal("g", g)}),
                 {.regression = GcmRegression::Ridge});
  const Eigen::MatrixXd z = z_scores(X.col(2));
  const Eigen::MatrixXd v = z_scores(X.rightCols(2));
  Eigen::MatrixXd indicators(n, 3);
  for (int level = 0; level < 3; ++level) indicators.col(level) = (g.array() == level).cast<double>();
  const Eigen::MatrixXd by_level = z_scores(indicators);
  // Ridge regression is kernel ridge regression with the linear kernel.
  check_against_oracle(test, {2}, z * z.transpose(), x, y, 1e-7);
  check_against_oracle(test, {2, 3}, z * z.transpose() + v * v.transpose(), x, y, 1e-7);
  check_against_oracle(test, {2, 4}, z * z.transpose() + by_level * by_level.transpose(), x, y, 1e-7);
}

TEST_CASE("kernel ridge regression: fits by their definition, each row left out in turn") {
  const Eigen::Index n = 36;
  const Eigen::MatrixXd X = normals(n, 4, 4);
  const Eigen::VectorXd g = codes(n, 3, 5);
  const Eigen::VectorXd x = X.col(0).array() + (2 * X.col(2)).array().sin();
  const Eigen::VectorXd y = X.col(1).array() + X.col(2).array().square() + (g.array() == 1).cast<double>();
  const Node time = time_of(n);
  const Gcm test{NodeTable(
      {quantity("x", x), quantity("y", y), quantity("z", X.col(2)), quantity("v", X.col(3)), nominal("g", g), time})};
  const Eigen::MatrixXd zv = z_scores(X.rightCols(2));
  const Eigen::MatrixXd z = zv.col(0);
  const Eigen::MatrixXd v = zv.col(1);
  const Eigen::MatrixXd quantities = 0.25 * gaussian(z) + 0.25 * gaussian(v) + 0.5 * gaussian(zv);
  const auto both = [](const Eigen::MatrixXd& K, const Eigen::MatrixXd& L) -> Eigen::MatrixXd {
    return (K + L + K.cwiseProduct(L)) / 3;
  };
  // The factor leaves out at most 1e-8 of a diagonal entry, the least penalty chosen here is above 1e-6 a row.
  check_against_oracle(test, {2}, gaussian(z), x, y, 1e-4);
  check_against_oracle(test, {2, 3}, quantities, x, y, 1e-4);
  check_against_oracle(test, {2, 4}, both(gaussian(z), delta(g)), x, y, 1e-4);
  check_against_oracle(test, {2, 3, 5}, both(quantities, gaussian(z_scores(time.numeric), 0.3)), x, y, 1e-4);
}

TEST_CASE("several columns: the multiplier bootstrap by its definition") {
  const Eigen::Index n = 80;
  const Eigen::MatrixXd X = normals(n, 6, 6);
  for (const double dependence : {0.0, 0.25, 0.4}) {
    Eigen::MatrixXd Y = X.rightCols(3);
    Y.col(1) += dependence * X.col(0);
    const GcmOptions options{.draws = 4000};
    const CiResult result = Gcm(NodeTable({quantity("x", X.leftCols(3)), quantity("y", Y)}), options).test(0, 1, {});
    const Eigen::MatrixXd A = z_scores(X.leftCols(3));
    const Eigen::MatrixXd B = z_scores(Y);
    Eigen::MatrixXd products(n, 9);
    for (Eigen::Index k = 0; k < 9; ++k) products.col(k) = A.col(k % 3).cwiseProduct(B.col(k / 3));
    const Eigen::RowVectorXd mean = products.colwise().mean();
    const Eigen::MatrixXd standard = z_scores(products);
    const Eigen::RowVectorXd sd = (products.rowwise() - mean).colwise().norm() / std::sqrt(static_cast<double>(n));
    const double largest = (std::sqrt(n - 1.0) * mean.array() / sd.array()).abs().maxCoeff();
    CHECK(std::abs(result.statistic) == doctest::Approx(largest).epsilon(1e-9));
    RandomStream stream(33, RandomDomain::Test);
    Eigen::VectorXd multipliers(n);
    int as_large = 0;
    for (int draw = 0; draw < 4000; ++draw) {
      stream.fill_normal({multipliers.data(), static_cast<std::size_t>(n)});
      const double drawn = (standard.transpose() * multipliers).cwiseAbs().maxCoeff() / std::sqrt(n);
      as_large += drawn >= largest ? 1 : 0;
    }
    const double share = as_large / 4000.0;
    // Two binomial shares of one probability: 4.5 standard errors.
    CHECK(std::abs(result.p_value - share) <= 4.5 * std::sqrt(std::max(share, 0.002) * (1 - share) * 2 / 4000) + 1e-3);
    CHECK(result.p_value <= 9 * two_sided_normal_p(largest));
  }
}

TEST_CASE("agrees with scikit-learn") {
  // scikit-learn 1.9.1, RidgeCV(alphas=grid) with its leave-one-out errors on the z-scored columns and, for kernels, on
  // K^(1/2) from numpy 2.4; residuals, T and its correction by traces in numpy. Penalties chosen a row: x 10 and
  // 10^-2.5, y 10^-1.5 and 10^-2.
  const Eigen::Index n = 40;
  const Eigen::ArrayXd i = Eigen::ArrayXd::LinSpaced(n, 1, 40);
  const Eigen::ArrayXd z = (0.7 * i).sin() + 0.3 * (3.1 * i).cos();
  const Eigen::ArrayXd w = (1.9 * i * i).cos();
  const Eigen::ArrayXd x = z * z + 0.5 * (5.3 * i * i).sin();
  const Eigen::ArrayXd y = 0.8 * z - 0.4 * w + 0.6 * (2.3 * i * i).cos() + 0.5 * x;
  const NodeTable table({quantity("x", x), quantity("y", y), quantity("z", z), quantity("w", w)});
  const CiResult ridge = Gcm(table, {.regression = GcmRegression::Ridge}).test(0, 1, Set{2, 3});
  CHECK(ridge.statistic == doctest::Approx(2.9477885112659896).epsilon(1e-8));
  CHECK(ridge.p_value == doctest::Approx(0.003200559418158026).epsilon(1e-7));
  CHECK(ridge.effect == doctest::Approx(0.5352659330793662).epsilon(1e-8));
  const CiResult kernel = Gcm(table).test(0, 1, Set{2, 3});
  CHECK(kernel.statistic == doctest::Approx(1.7285962022015062).epsilon(1e-5));
  CHECK(kernel.effect == doctest::Approx(0.31723823175458743).epsilon(1e-5));
}

TEST_CASE("keeps its level") {
  // Rejections at 0.05 among 500 (the slowest: 200) nulls: at most 4.5 standard errors sqrt(.05 .95 / repeats) above.
  struct Case {
    Eigen::Index n;
    int k;
    bool linear;
  };
  for (const Case& c : {Case{200, 0, true}, Case{200, 1, true}, Case{200, 1, false}, Case{200, 3, true},
                        Case{200, 3, false}, Case{1000, 0, true}, Case{1000, 1, false}, Case{1000, 3, false}}) {
    CAPTURE(c.n);
    CAPTURE(c.k);
    CAPTURE(c.linear);
    const int repeats = c.n == 1000 && c.k == 3 ? 200 : 500;
    std::vector<int> rejected(static_cast<std::size_t>(repeats));
    parallel_for(repeats, 0, [&](std::int64_t repeat) {
      const Gcm test(common_causes(c.n, c.k, c.linear, 1000 + static_cast<std::uint32_t>(repeat)));
      rejected[static_cast<std::size_t>(repeat)] = test.test(0, 1, first_causes(c.k)).p_value <= 0.05 ? 1 : 0;
    });
    const int count = std::accumulate(rejected.begin(), rejected.end(), 0);
    CHECK(count >= 1);
    CHECK(count <= 0.05 * repeats + 4.5 * std::sqrt(0.05 * 0.95 * repeats));
  }
}

TEST_CASE("sees dependence given S, where a linear regression sees it in vain and a square hides it") {
  const Eigen::Index n = 500;
  int seen = 0;
  int fooled = 0;
  int square = 0;
  for (std::uint32_t repeat = 0; repeat < 40; ++repeat) {
    const NodeTable null = common_causes(n, 1, false, 3000 + repeat);
    const Eigen::VectorXd x = null.node(0).numeric;
    const Eigen::VectorXd y = null.node(1).numeric + 0.3 * x;
    const NodeTable dependent({quantity("x", x), quantity("y", y), null.node(2)});
    seen += Gcm(dependent).test(0, 1, Set{2}).p_value <= 0.05 ? 1 : 0;
    fooled += Gcm(null, {.regression = GcmRegression::Ridge}).test(0, 1, Set{2}).p_value <= 0.05 ? 1 : 0;
    const Eigen::MatrixXd X = normals(n, 2, 4000 + repeat);
    const Eigen::VectorXd squared = X.col(0).array().square() + 0.5 * X.col(1).array();
    square += Gcm(NodeTable({quantity("x", X.col(0)), quantity("y", squared)})).test(0, 1, {}).p_value <= 0.05 ? 1 : 0;
  }
  CHECK(seen >= 38);
  CHECK(fooled >= 38);
  CHECK(square <= 8);  // of 40 at 0.05: blind, as documented; 2 expected, 4.4 standard errors above
}

TEST_CASE("a surrogate shows changes of the mean, and conditioning on it takes them away") {
  const Eigen::Index n = 500;
  const Eigen::MatrixXd X = normals(n, 3, 7);
  const Eigen::ArrayXd t = time_of(n).numeric.col(0).array();
  const Eigen::VectorXd a = X.col(0).array() + 1.5 * (t / 50).sin();
  const Eigen::VectorXd b = X.col(1).array() + (t / 50).sin() + (t / 20).sin();
  const Eigen::VectorXd c = b + X.col(2);
  const Gcm test{NodeTable({quantity("a", a), quantity("b", b), quantity("c", c), time_of(n)})};
  CHECK(test.test(0, 3, {}).p_value < 1e-6);
  CHECK(test.test(1, 3, {}).p_value < 1e-6);
  CHECK(test.test(0, 1, {}).p_value < 1e-3);
  CHECK(test.test(0, 1, Set{3}).p_value > 0.05);
  CHECK(test.test(2, 3, Set{1}).p_value > 0.05);
  CHECK(test.test(1, 2, Set{3}).p_value < 1e-6);

  // Domains: a mean that differs in one of four, and interaction of the domain with a cause.
  const Eigen::VectorXd d = codes(n, 4, 8);
  Node site = nominal("site", d);
  site.surrogate = true;
  const Eigen::VectorXd shifted = X.col(0).array() + (d.array() == 2).cast<double>();
  const Eigen::VectorXd slope = X.col(0).array() * (1 - d.array()) + 0.3 * X.col(1).array();
  const Gcm domains{NodeTable({quantity("shifted", shifted), quantity("x", X.col(0)), quantity("slope", slope),
                               quantity("still", X.col(2)), site})};
  CHECK(domains.test(0, 4, {}).p_value < 1e-6);
  CHECK(domains.test(3, 4, {}).p_value > 0.05);
  CHECK(domains.test(2, 3, Set{1, 4}).p_value > 0.05);
}

TEST_CASE("the order of columns, of rows and the coding of levels do not matter") {
  const Eigen::Index n = 150;
  const Eigen::MatrixXd X = normals(n, 4, 9);
  const Eigen::VectorXd g = codes(n, 4, 10);
  const Eigen::VectorXd h = codes(n, 2, 11);
  const Eigen::VectorXd y = X.col(1).array() + X.col(2).array().square() + 0.5 * g.array();
  for (const GcmRegression regression : {GcmRegression::Ridge, GcmRegression::KernelRidge}) {
    const GcmOptions options{.regression = regression};
    const NodeTable table({quantity("x", X.leftCols(2)), quantity("y", y), nominal("g", g), nominal("h", h),
                           quantity("z", X.rightCols(2))});
    const Gcm test(table, options);
    const Gcm turned(NodeTable({quantity("z", X.rightCols(2).rowwise().reverse()), nominal("h", 1 - h.array()),
                                nominal("g", 3 - g.array()), quantity("y", y), quantity("x", X.leftCols(2))}),
                     options);
    std::vector<std::int64_t> reversed(static_cast<std::size_t>(n));
    std::iota(reversed.rbegin(), reversed.rend(), 0);
    const Gcm backwards(table.select_rows(reversed), options);
    for (const Set& triple : {Set{0, 1}, Set{0, 1, 4}, Set{1, 2, 3}, Set{2, 3, 4}, Set{0, 2, 1, 3, 4}}) {
      const Set S(triple.begin() + 2, triple.end());
      Set mirrored;
      for (auto s = S.rbegin(); s != S.rend(); ++s) mirrored.push_back(4 - *s);
      const CiResult result = test.test(triple[0], triple[1], S);
      REQUIRE(result.status == Status::Ok);
      CHECK(test.test(triple[1], triple[0], S).p_value == result.p_value);
      CHECK(turned.test(4 - triple[0], 4 - triple[1], mirrored).p_value ==
            doctest::Approx(result.p_value).epsilon(1e-4));
      CHECK(backwards.test(triple[0], triple[1], S).p_value == doctest::Approx(result.p_value).epsilon(1e-4));
    }
  }
}

TEST_CASE("data that give no answer, and columns of extreme scale") {
  const Eigen::Index n = 200;
  const Eigen::MatrixXd X = normals(n, 3, 12);
  Eigen::VectorXd holes = X.col(0);
  holes.head(n - 29).setConstant(kNaN);
  Eigen::VectorXd lone = Eigen::VectorXd::Zero(n);
  lone(3) = 1e6;
  const NodeTable table({quantity("x", X.col(0)), quantity("y", X.col(1)), quantity("z", X.col(2)),
                         quantity("copy", 3 * X.col(2)), quantity("cube", X.col(2).array().cube()),
                         quantity("constant", Eigen::VectorXd::Constant(n, 0.1)),
                         nominal("one", Eigen::VectorXd::Constant(n, 2)), quantity("holes", holes),
                         quantity("tiny", 1e-300 * X.col(1)), quantity("lone", lone)});
  for (const GcmRegression regression : {GcmRegression::Ridge, GcmRegression::KernelRidge}) {
    const Gcm test(table, {.regression = regression});
    CHECK(test.test(0, 3, Set{2}).status == Status::Degenerate);
    if (regression == GcmRegression::KernelRidge) CHECK(test.test(0, 4, Set{2}).status == Status::Degenerate);
    for (const NodeId v : {5, 6, 7}) {
      const CiResult result = test.test(0, v, {});
      CHECK(result.status == Status::Degenerate);
      CHECK_FALSE(result.independent(1e-9));
      CHECK(test.test(0, v, Set{2}).status == Status::Degenerate);
    }
    // Constants in S say nothing, a copy in S nothing new.
    CHECK(test.test(0, 1, Set{5, 6}).statistic == doctest::Approx(test.test(0, 1, {}).statistic).epsilon(1e-12));
    CHECK(test.test(0, 1, Set{2, 5}).statistic == test.test(0, 1, Set{2}).statistic);
    CHECK(test.test(0, 1, Set{2, 3}).statistic == doctest::Approx(test.test(0, 1, Set{2}).statistic).epsilon(0.05));
    CHECK(test.test(0, 8, Set{2}).statistic == doctest::Approx(test.test(0, 1, Set{2}).statistic).epsilon(1e-9));
    // One row of weight: T is 1 at most, whatever that row is.
    CHECK(std::abs(test.test(0, 9, {}).statistic) <= 1.2);
  }
  CHECK_THROWS_AS(Gcm(table, {.max_rank = 0}), InvalidArgument);
  CHECK_THROWS_AS(Gcm(table, {.draws = 1}), InvalidArgument);
}

TEST_CASE("rows with missing cells are left out, test by test") {
  const Eigen::Index n = 150;
  Eigen::MatrixXd X = normals(n, 3, 13);
  X.col(0) += X.col(2);
  X.col(1) += X.col(2);
  Eigen::MatrixXd holes = X;
  for (Eigen::Index i = 0; i < n; i += 5) holes(i, 1) = kNaN;
  std::vector<std::int64_t> complete;
  for (std::int64_t i = 0; i < n; ++i) {
    if (i % 5 != 0) complete.push_back(i);
  }
  const Dataset whole = Dataset::continuous(X, {"x", "y", "z"});
  const Gcm with_holes(Dataset::continuous(holes, {"x", "y", "z"}));
  const Gcm without(whole.select_rows(complete));
  CHECK(with_holes.test(0, 1, Set{2}).statistic == without.test(0, 1, Set{2}).statistic);
  // The residuals of x on z over the other rows must not serve this test, nor those of the last test the next.
  CHECK(with_holes.test(0, 2, {}).statistic == Gcm(whole).test(0, 2, {}).statistic);
  CHECK(with_holes.test(0, 2, Set{1}).statistic == without.test(0, 2, Set{1}).statistic);
}

TEST_CASE("the same bytes at any number of threads and with any cache") {
  const Eigen::Index n = 120;
  const Eigen::MatrixXd X = normals(n, 5, 14);
  std::vector<Node> nodes{nominal("g", codes(n, 3, 15))};
  for (int j = 0; j < 5; ++j) nodes.push_back(quantity("x" + std::to_string(j), X.col(j)));
  const NodeTable table(nodes);
  const auto all_results = [&](int threads, std::int64_t cache_bytes) {
    const Gcm test(table, {.cache_bytes = cache_bytes}, {.threads = threads, .seed = 5});
    std::vector<double> results(6 * 6 * 6 * 3, 0);
    parallel_for(6 * 6 * 6, threads, [&](std::int64_t k) {
      const auto x = static_cast<NodeId>(k % 6);
      const auto y = static_cast<NodeId>(k / 6 % 6);
      const auto s = static_cast<NodeId>(k / 36);
      if (x == y || x == s || y == s) return;
      const CiResult result = test.test(x, y, Set{s});
      const std::size_t at = 3 * static_cast<std::size_t>(k);
      results[at] = result.statistic;
      results[at + 1] = result.p_value;
      results[at + 2] = result.effect;
    });
    return results;
  };
  const std::vector<double> one = all_results(1, std::int64_t{1} << 28);
  CHECK(all_results(1, 0) == one);
  CHECK(all_results(2, 200000) == one);
  CHECK(all_results(4, std::int64_t{1} << 28) == one);
}
