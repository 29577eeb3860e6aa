// labels: unit oracle stat golden determinism
#include "causal/discovery/ci/dcor.hpp"

#include <cmath>
#include <limits>
#include <numeric>

#include "causal/math/chi_square.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Node quantity(const std::string& name, const Eigen::MatrixXd& columns) { return {.name = name, .numeric = columns}; }

Node nominal(const std::string& name, const Eigen::MatrixXd& codes) { return {.name = name, .nominal = codes}; }

Eigen::MatrixXd normals(Eigen::Index n, Eigen::Index p, std::uint32_t key) {
  RandomStream stream(11, RandomDomain::Test, key);
  Eigen::MatrixXd X(n, p);
  stream.fill_normal({X.data(), static_cast<std::size_t>(X.size())});
  return X;
}

Eigen::VectorXd codes(Eigen::Index n, std::uint64_t levels, std::uint32_t key) {
  RandomStream stream(12, RandomDomain::Test, key);
  Eigen::VectorXd x(n);
  for (Eigen::Index i = 0; i < n; ++i) x(i) = static_cast<double>(stream.below(levels));
  return x;
}

// Distances between rows by their definition.
Eigen::MatrixXd distances(const Node& node) {
  const Eigen::Index n = std::max(node.numeric.rows(), node.nominal.rows());
  Eigen::MatrixXd Z = node.numeric;
  for (Eigen::Index j = 0; j < Z.cols(); ++j) {
    Z.col(j).array() -= Z.col(j).mean();
    Z.col(j) /= std::sqrt(Z.col(j).squaredNorm() / static_cast<double>(n));
  }
  Eigen::MatrixXd D(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      double square = 0;
      for (Eigen::Index c = 0; c < Z.cols(); ++c) square += (Z(i, c) - Z(j, c)) * (Z(i, c) - Z(j, c));
      for (Eigen::Index c = 0; c < node.nominal.cols(); ++c) square += node.nominal(i, c) != node.nominal(j, c) ? 1 : 0;
      D(i, j) = std::sqrt(square);
    }
  }
  return D;
}

// U-centred: Szekely and Rizzo 2014, definition 2.
Eigen::MatrixXd u_centred(const Eigen::MatrixXd& D) {
  const auto n = static_cast<double>(D.rows());
  Eigen::MatrixXd A = D;
  const Eigen::VectorXd rows = D.rowwise().sum();
  for (Eigen::Index i = 0; i < D.rows(); ++i) {
    for (Eigen::Index j = 0; j < D.rows(); ++j) {
      A(i, j) = i == j ? 0 : D(i, j) - (rows(i) + rows(j)) / (n - 2) + rows.sum() / ((n - 1) * (n - 2));
    }
  }
  return A;
}

double oracle_correlation(const Node& x, const Node& y) {
  const Eigen::MatrixXd A = u_centred(distances(x));
  const Eigen::MatrixXd B = u_centred(distances(y));
  return A.cwiseProduct(B).sum() / std::sqrt(A.squaredNorm() * B.squaredNorm());
}

}  // namespace

TEST_CASE("equals the definition for every kind of node") {
  const Eigen::Index n = 83;
  const Eigen::MatrixXd X = normals(n, 6, 1);
  Eigen::VectorXd coarse = (X.col(0) * 1.5).array().round();  // ties
  Eigen::VectorXd heavy = X.col(1).array() / X.col(2).array();
  const Eigen::VectorXd levels = codes(n, 4, 2);
  Node mixed = quantity("mixed", X.middleCols(2, 2));
  mixed.nominal = codes(n, 3, 3);
  const std::vector<Node> nodes{quantity("plain", X.col(0)),
                                quantity("coarse", coarse),
                                quantity("heavy", heavy),
                                nominal("levels", levels),
                                nominal("binary", codes(n, 2, 4)),
                                quantity("pair", X.middleCols(0, 2)),
                                mixed,
                                nominal("two", Eigen::MatrixXd::NullaryExpr(n, 2, [&](Eigen::Index i, Eigen::Index j) {
                                          return j == 0 ? levels(i) : std::abs(coarse(i));
                                        }))};
  const Dcor test{NodeTable(nodes)};
  for (NodeId x = 0; x < test.variables(); ++x) {
    for (NodeId y = 0; y < x; ++y) {
      CAPTURE(x);
      CAPTURE(y);
      const CiResult result = test.test(x, y, {});
      const double expected =
          oracle_correlation(nodes[static_cast<std::size_t>(x)], nodes[static_cast<std::size_t>(y)]);
      CHECK(result.status == Status::Ok);
      CHECK(result.effect == doctest::Approx(expected).epsilon(1e-9));
      CHECK(result.statistic == doctest::Approx(static_cast<double>(n) * expected).epsilon(1e-9));
      const double p = result.statistic > -1 ? chi_square_upper_p(result.statistic + 1, 1) : 1;
      CHECK(result.p_value == p);
    }
  }
}

TEST_CASE("permutations are of rows of the definition's matrices") {
  // Every kind of product is counted against the definition, with the same permutations of rows sorted by their cells.
  const Eigen::Index n = 35;
  const Eigen::MatrixXd X = normals(n, 3, 5);
  std::vector<Node> nodes{quantity("a", X.col(0)), quantity("b", (X.col(0) + 2 * X.col(1)).eval()),
                          quantity("c", X.middleCols(0, 2)), nominal("d", codes(n, 3, 6)),
                          nominal("e", codes(n, 2, 7))};
  const int permutations = 400;
  const Dcor test(NodeTable(nodes), {.null = DcorNull::Permutation, .permutations = permutations});
  const Dcor nothing_held(NodeTable(nodes), {.null = DcorNull::Permutation, .permutations = permutations},
                          {.memory_limit_bytes = 0});
  RandomStream stream(13, RandomDomain::Test);
  for (NodeId x = 0; x < test.variables(); ++x) {
    for (NodeId y = 0; y < x; ++y) {
      const Eigen::MatrixXd A = u_centred(distances(nodes[static_cast<std::size_t>(x)]));
      const Eigen::MatrixXd B = u_centred(distances(nodes[static_cast<std::size_t>(y)]));
      const double observed = A.cwiseProduct(B).sum();
      int as_large = 0;
      constexpr int kDraws = 4000;
      for (int draw = 0; draw < kDraws; ++draw) {
        const std::vector<int> order = stream.permutation(static_cast<int>(n));
        const Eigen::MatrixXd moved = B(order, order);
        if (A.cwiseProduct(moved).sum() >= observed - 1e-9) ++as_large;
      }
      const double share = as_large / static_cast<double>(kDraws);
      const double p = test.test(x, y, {}).p_value;
      // Both are binomial shares of the same probability; 4.5 standard errors, and the + 1 of the p-value.
      const double error = 4.5 * std::sqrt(std::max(share * (1 - share), 0.002) * (1.0 / kDraws + 1.0 / permutations));
      CHECK(std::abs(p - share) <= error + 1.0 / permutations);
      CHECK(nothing_held.test(x, y, {}).p_value == p);
    }
  }
}

TEST_CASE("agrees with the Python packages dcor and hyppo") {
  // dcor 0.7 (u_distance_correlation_sqr) and hyppo 0.5.2 (Dcorr) on the same 40 rows, both to the digits shown.
  const Eigen::Index n = 40;
  const Eigen::ArrayXd i = Eigen::ArrayXd::LinSpaced(n, 1, 40);
  const Eigen::ArrayXd z = (0.7 * i).sin() + 0.3 * (3.1 * i).cos();
  const Eigen::ArrayXd w = (1.9 * i * i).cos();
  const Eigen::ArrayXd x = z * z + 0.5 * (5.3 * i * i).sin();
  const Eigen::ArrayXd y = 0.8 * z - 0.4 * w + 0.6 * (2.3 * i * i).cos() + 0.5 * x;
  Eigen::MatrixXd xw(n, 2);
  xw << x, w;
  Eigen::VectorXd g(n);
  for (Eigen::Index k = 0; k < n; ++k) g(k) = static_cast<double>((k + 1) * (k + 1) % 3);
  const Dcor test{
      NodeTable({quantity("x", x.matrix()), quantity("y", y.matrix()), quantity("xw", xw), nominal("g", g)})};
  CHECK(test.test(0, 1, {}).effect == doctest::Approx(0.14867898072016).epsilon(1e-10));
  CHECK(test.test(0, 1, {}).p_value == doctest::Approx(0.008395244214217732).epsilon(1e-9));
  CHECK(test.test(1, 2, {}).effect == doctest::Approx(0.08625625079790959).epsilon(1e-10));
  CHECK(test.test(0, 3, {}).effect == doctest::Approx(0.0034055254822931056).epsilon(1e-10));
}

TEST_CASE("keeps its level and sees what correlation misses") {
  // Rejections at 0.05 among 1,000 nulls: above by less than 4.5 standard errors, 4.5 sqrt(.05 .95 / 1000) = 0.031. The
  // chi-square null is a bound: no lower limit but that it is no constant.
  for (const Eigen::Index n : {200, 1000}) {
    for (const bool skewed : {false, true}) {
      int rejected = 0;
      int seen = 0;
      for (std::uint32_t repeat = 0; repeat < 1000; ++repeat) {
        Eigen::MatrixXd X = normals(n, 3, 1000 + repeat);
        if (skewed) X = X.array().exp().matrix().eval();
        const Dcor test{NodeTable({quantity("x", X.col(0)), quantity("y", X.col(1))})};
        rejected += test.test(0, 1, {}).p_value <= 0.05 ? 1 : 0;
        if (repeat >= 50 || skewed) continue;
        const Eigen::VectorXd square = X.col(0).array().square() + 0.5 * X.col(2).array();
        const Dcor dependent{NodeTable({quantity("x", X.col(0)), quantity("y", square)})};
        seen += dependent.test(0, 1, {}).p_value <= 0.05 ? 1 : 0;
      }
      CAPTURE(n);
      CAPTURE(rejected);
      CHECK(rejected <= 50 + 31);
      CHECK(rejected >= 10);
      if (!skewed) CHECK(seen >= 48);
    }
  }
}

TEST_CASE("the order of columns, of rows and the coding of levels do not matter") {
  const Eigen::Index n = 120;
  const Eigen::MatrixXd X = normals(n, 3, 21);
  const Eigen::VectorXd g = codes(n, 5, 22);
  const Eigen::VectorXd recoded = (7 * g.array() + 3) - 35 * (g.array() > 3).cast<double>();
  for (const DcorNull null : {DcorNull::ChiSquare, DcorNull::Permutation}) {
    const DcorOptions options{.null = null, .permutations = 199};
    const NodeTable table({quantity("a", X.col(0)), nominal("g", g), quantity("m", X)});
    const Dcor test(table, options);
    const Dcor turned(NodeTable({quantity("m", X), nominal("g", (recoded.array() - recoded.minCoeff()).matrix()),
                                 quantity("a", X.col(0))}),
                      options);
    std::vector<std::int64_t> reversed(static_cast<std::size_t>(n));
    std::iota(reversed.rbegin(), reversed.rend(), 0);
    const Dcor backwards(table.select_rows(reversed), options);
    for (NodeId x = 0; x < 3; ++x) {
      for (NodeId y = 0; y < x; ++y) {
        const CiResult result = test.test(x, y, {});
        CHECK(test.test(y, x, {}).p_value == result.p_value);
        CHECK(turned.test(2 - x, 2 - y, {}).p_value == result.p_value);
        CHECK(backwards.test(x, y, {}).p_value == doctest::Approx(result.p_value).epsilon(1e-9));
      }
    }
  }
}

TEST_CASE("columns of extreme scale, and data that give no answer") {
  const Eigen::Index n = 60;
  const Eigen::MatrixXd X = normals(n, 2, 31);
  Eigen::VectorXd lone = Eigen::VectorXd::Zero(n);
  lone(17) = 1;
  Eigen::VectorXd holes = X.col(0);
  holes.head(31).setConstant(kNaN);
  const Dcor test{NodeTable({quantity("x", X.col(0)), quantity("tiny", (X.col(1) * 1e-300).eval()),
                             quantity("huge", ((X.col(1) * 1e300).array() + 1e302).matrix().eval()),
                             quantity("constant", Eigen::VectorXd::Constant(n, 0.1)), quantity("lone", lone),
                             nominal("one", Eigen::VectorXd::Constant(n, 3)), quantity("holes", holes)})};
  const CiResult tiny = test.test(0, 1, {});
  const CiResult huge = test.test(0, 2, {});
  CHECK(tiny.status == Status::Ok);
  CHECK(huge.effect == doctest::Approx(tiny.effect).epsilon(1e-6));  // 1e302 leaves 14 digits less two
  for (const NodeId degenerate : {3, 4, 5, 6}) {
    const CiResult result = test.test(0, degenerate, {});
    CHECK(result.status == Status::Degenerate);
    CHECK_FALSE(result.independent(1e-9));
  }
  CHECK(test.max_cond_size() == 0);
  CHECK(test.test(0, 1, std::vector<NodeId>{2}).status == Status::Degenerate);
  CHECK(test.name() == "dcor");
  CHECK_THROWS_AS((Dcor(NodeTable({quantity("x", X.col(0))}), {.permutations = 0})), InvalidArgument);
}

TEST_CASE("rows with missing cells are left out") {
  const Eigen::MatrixXd X = normals(100, 2, 41);
  Eigen::MatrixXd holes = X;
  for (Eigen::Index i = 0; i < 100; i += 3) holes(i, i % 2) = kNaN;
  std::vector<std::int64_t> complete;
  for (std::int64_t i = 0; i < 100; ++i) {
    if (i % 3 != 0) complete.push_back(i);
  }
  const NodeTable table({quantity("x", X.col(0)), quantity("y", X.col(1))});
  const Dcor whole(table.select_rows(complete));
  const Dcor with_holes(Dataset::continuous(holes, {"x", "y"}));
  CHECK(with_holes.test(0, 1, {}).statistic == whole.test(0, 1, {}).statistic);
}

TEST_CASE("the same bytes at any number of threads") {
  const Eigen::MatrixXd X = normals(300, 4, 51);
  const NodeTable table({quantity("a", X.leftCols(2)), quantity("b", X.rightCols(2))});
  for (const DcorNull null : {DcorNull::ChiSquare, DcorNull::Permutation}) {
    const DcorOptions options{.null = null, .permutations = 50};
    const CiResult one = Dcor(table, options, {.threads = 1}).test(0, 1, {});
    for (const int threads : {2, 4}) {
      const CiResult more = Dcor(table, options, {.threads = threads}).test(0, 1, {});
      CHECK(more.statistic == one.statistic);
      CHECK(more.p_value == one.p_value);
    }
  }
}
