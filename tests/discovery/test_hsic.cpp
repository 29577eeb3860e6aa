// labels: unit oracle stat golden determinism
#include "causal/discovery/ci/hsic.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "causal/math/chi_square.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Node quantity(const std::string& name, const Eigen::MatrixXd& columns) { return {.name = name, .numeric = columns}; }

Node nominal(const std::string& name, const Eigen::MatrixXd& codes) { return {.name = name, .nominal = codes}; }

Eigen::MatrixXd normals(Eigen::Index n, Eigen::Index p, std::uint32_t key) {
  RandomStream stream(21, RandomDomain::Test, key);
  Eigen::MatrixXd X(n, p);
  stream.fill_normal({X.data(), static_cast<std::size_t>(X.size())});
  return X;
}

Eigen::VectorXd codes(Eigen::Index n, std::uint64_t levels, std::uint32_t key) {
  RandomStream stream(22, RandomDomain::Test, key);
  Eigen::VectorXd x(n);
  for (Eigen::Index i = 0; i < n; ++i) x(i) = static_cast<double>(stream.below(levels));
  return x;
}

// H K H by the definitions, K a Gaussian (width 0: the median of all positive distances) times deltas.
Eigen::MatrixXd centred_kernel(const Node& node, double width = 0) {
  const Eigen::Index n = std::max(node.numeric.rows(), node.nominal.rows());
  Eigen::MatrixXd Z = node.numeric;
  for (Eigen::Index j = 0; j < Z.cols(); ++j) {
    Z.col(j).array() -= Z.col(j).mean();
    Z.col(j) /= std::sqrt(Z.col(j).squaredNorm() / static_cast<double>(n));
  }
  std::vector<double> distances;
  Eigen::MatrixXd D = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n && Z.cols() > 0; ++i) {
    for (Eigen::Index j = 0; j < i; ++j) {
      D(i, j) = D(j, i) = (Z.row(i) - Z.row(j)).norm();
      if (D(i, j) > 0) distances.push_back(D(i, j));
    }
  }
  std::sort(distances.begin(), distances.end());
  if (width == 0) width = distances.empty() ? 1 : distances[distances.size() / 2];
  Eigen::MatrixXd K = (-D.array().square() / (2 * width * width)).exp();
  for (Eigen::Index c = 0; c < node.nominal.cols(); ++c) {
    for (Eigen::Index i = 0; i < n; ++i) {
      for (Eigen::Index j = 0; j < n; ++j) K(i, j) *= node.nominal(i, c) == node.nominal(j, c) ? 1 : 0;
    }
  }
  const Eigen::MatrixXd H =
      Eigen::MatrixXd::Identity(n, n) - Eigen::MatrixXd::Constant(n, n, 1 / static_cast<double>(n));
  return H * K * H;
}

}  // namespace

TEST_CASE("equals the definition, from low-rank factors and from full kernels") {
  const Eigen::Index n = 90;
  const Eigen::MatrixXd X = normals(n, 12, 1);
  const Eigen::VectorXd heavy = X.col(1).array() / X.col(2).array();
  Node mixed = quantity("mixed", X.middleCols(2, 2));
  mixed.nominal = codes(n, 3, 3);
  Node time = quantity("time", Eigen::VectorXd::LinSpaced(n, 5, 50));
  time.surrogate = true;
  const std::vector<Node> nodes{quantity("plain", X.col(0)),
                                quantity("coarse", (X.col(0) * 1.5).array().round().matrix().eval()),
                                quantity("heavy", heavy),
                                nominal("levels", codes(n, 4, 2)),
                                quantity("wide", X),
                                mixed,
                                time};
  const Hsic factors(NodeTable(nodes), {.max_rank = 90});
  const Hsic both(NodeTable(nodes), {.max_rank = 20});  // too few for some nodes: those are held in full
  const Hsic full(NodeTable(nodes), {.max_rank = 1});
  for (NodeId x = 0; x < full.variables(); ++x) {
    for (NodeId y = 0; y < x; ++y) {
      CAPTURE(x);
      CAPTURE(y);
      const Eigen::MatrixXd A = centred_kernel(nodes[static_cast<std::size_t>(x)], x == 6 ? 0.3 : 0);
      const Eigen::MatrixXd B = centred_kernel(nodes[static_cast<std::size_t>(y)]);
      const double expected = A.cwiseProduct(B).sum() / static_cast<double>(n);
      // Residual diagonals of 1e-9 on either side move the trace by at most 1e-9 (tr A + tr B).
      const double error = 1e-9 * (A.trace() + B.trace()) / static_cast<double>(n) + 1e-12;
      for (const Hsic* test : {&factors, &both, &full}) {
        const CiResult result = test->test(x, y, {});
        CHECK(result.status == Status::Ok);
        CHECK(std::abs(result.statistic - expected) <= error);
        CHECK(result.p_value == doctest::Approx(full.test(x, y, {}).p_value).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("the gamma null has the moments that permutations have") {
  // Mean and variance of the statistic over 20,000 permutations of the definition's matrices. Their standard errors
  // are sd / sqrt(N) and, from the fourth moment of the draws, sqrt((m4 - v^2) / N).
  const Eigen::Index n = 40;
  const Eigen::VectorXd skewed = normals(n, 1, 5).array().exp();
  const std::vector<Node> nodes{quantity("a", skewed), nominal("b", codes(n, 3, 6)), quantity("c", normals(n, 2, 7))};
  const Hsic test{NodeTable(nodes)};
  RandomStream stream(23, RandomDomain::Test);
  for (NodeId x = 0; x < 3; ++x) {
    for (NodeId y = 0; y < x; ++y) {
      const Eigen::MatrixXd A = centred_kernel(nodes[static_cast<std::size_t>(x)]);
      const Eigen::MatrixXd B = centred_kernel(nodes[static_cast<std::size_t>(y)]);
      constexpr int kDraws = 20000;
      Eigen::ArrayXd draws(kDraws);
      for (double& draw : draws) {
        const std::vector<int> order = stream.permutation(static_cast<int>(n));
        draw = A.cwiseProduct(B(order, order)).sum();
      }
      const double mean = draws.mean();
      const Eigen::ArrayXd square = (draws - mean).square();
      const double variance = square.mean();
      const double variance_error = std::sqrt((square.square().mean() - variance * variance) / kDraws);
      const double exact_mean = A.trace() * B.trace() / static_cast<double>(n - 1);
      CHECK(std::abs(mean - exact_mean) <= 4.5 * std::sqrt(variance / kDraws));
      // The p-value as a function of the variance is monotone around the observed value: it must lie between those of
      // the ends of the interval.
      const double observed = A.cwiseProduct(B).sum();
      const auto p_of = [&](double v) {
        return chi_square_upper_p(2 * observed * exact_mean / v, 2 * exact_mean * exact_mean / v);
      };
      const double p = test.test(x, y, {}).p_value;
      const double low = p_of(variance - 4.5 * variance_error);
      const double high = p_of(variance + 4.5 * variance_error);
      CHECK(p >= std::min(low, high) - 1e-9);
      CHECK(p <= std::max(low, high) + 1e-9);
    }
  }
}

TEST_CASE("permutations are of rows of the definition's matrices") {
  const Eigen::Index n = 35;
  const Eigen::MatrixXd X = normals(n, 8, 8);
  const std::vector<Node> nodes{quantity("a", X.col(0)), quantity("b", (X.col(0) + 2 * X.col(1)).eval()),
                                nominal("c", codes(n, 3, 9)), quantity("wide", X)};
  const HsicOptions options{.null = HsicNull::Permutation, .permutations = 400};
  const Hsic test(NodeTable(nodes), options);
  const Hsic full(NodeTable(nodes), {.null = HsicNull::Permutation, .permutations = 400, .max_rank = 1});
  const Hsic both(NodeTable(nodes), {.null = HsicNull::Permutation, .permutations = 400, .max_rank = 18});
  RandomStream stream(24, RandomDomain::Test);
  for (NodeId x = 0; x < 4; ++x) {
    for (NodeId y = 0; y < x; ++y) {
      const Eigen::MatrixXd A = centred_kernel(nodes[static_cast<std::size_t>(x)]);
      const Eigen::MatrixXd B = centred_kernel(nodes[static_cast<std::size_t>(y)]);
      const double observed = A.cwiseProduct(B).sum();
      int as_large = 0;
      constexpr int kDraws = 4000;
      for (int draw = 0; draw < kDraws; ++draw) {
        const std::vector<int> order = stream.permutation(static_cast<int>(n));
        if (A.cwiseProduct(B(order, order)).sum() >= observed - 1e-9) ++as_large;
      }
      const double share = as_large / static_cast<double>(kDraws);
      const double p = test.test(x, y, {}).p_value;
      // Two binomial shares of one probability: 4.5 standard errors, and the + 1 of the p-value.
      const double error = 4.5 * std::sqrt(std::max(share * (1 - share), 0.002) * (1.0 / kDraws + 1.0 / 400));
      CHECK(std::abs(p - share) <= error + 1.0 / 400);
      CHECK(full.test(x, y, {}).p_value == p);
      CHECK(both.test(x, y, {}).p_value == p);
    }
  }
}

TEST_CASE("agrees with numpy, and its normalised form with the Python package hyppo") {
  // numpy 2.4: tr(K H L H) / n. hyppo 0.5.2, Hsic(bias=True) on the same kernels: 0.4511431299566677, the root of the
  // trace over those of each kernel with itself, here from copies of the nodes.
  const Eigen::Index n = 40;
  const Eigen::ArrayXd i = Eigen::ArrayXd::LinSpaced(n, 1, 40);
  const Eigen::ArrayXd z = (0.7 * i).sin() + 0.3 * (3.1 * i).cos();
  const Eigen::ArrayXd x = z * z + 0.5 * (5.3 * i * i).sin();
  const Eigen::ArrayXd y = 0.8 * z - 0.4 * (1.9 * i * i).cos() + 0.6 * (2.3 * i * i).cos() + 0.5 * x;
  const Hsic test{NodeTable(
      {quantity("x", x.matrix()), quantity("y", y.matrix()), quantity("x2", x.matrix()), quantity("y2", y.matrix())})};
  const double xy = test.test(0, 1, {}).statistic;
  CHECK(xy == doctest::Approx(0.6272843160971059).epsilon(1e-8));
  const double normalised = xy / std::sqrt(test.test(0, 2, {}).statistic * test.test(1, 3, {}).statistic);
  CHECK(std::sqrt(normalised) == doctest::Approx(0.4511431299566677).epsilon(1e-8));
}

TEST_CASE("keeps its level and sees what correlation misses") {
  // Rejections at 0.05 among nulls, within 4.5 binomial standard errors.
  for (const auto& [n, repeats] : {std::pair{200, 1000u}, std::pair{1000, 500u}}) {
    for (const bool with_levels : {false, true}) {
      int rejected = 0;
      int seen = 0;
      for (std::uint32_t repeat = 0; repeat < repeats; ++repeat) {
        const Eigen::MatrixXd X = normals(n, 3, 1000 + repeat);
        const Eigen::VectorXd g = codes(n, 3, 1000 + repeat);
        const Hsic test{NodeTable({with_levels ? nominal("x", g) : quantity("x", X.col(0)), quantity("y", X.col(1))})};
        rejected += test.test(0, 1, {}).p_value <= 0.05 ? 1 : 0;
        if (repeat >= 50 || with_levels) continue;
        const Eigen::VectorXd square = X.col(0).array().square() + 0.5 * X.col(2).array();
        const Hsic dependent{NodeTable({quantity("x", X.col(0)), quantity("y", square)})};
        seen += dependent.test(0, 1, {}).p_value <= 0.05 ? 1 : 0;
      }
      CAPTURE(n);
      CAPTURE(rejected);
      CHECK(std::abs(rejected - 0.05 * repeats) <= 4.5 * std::sqrt(0.05 * 0.95 * repeats));
      if (!with_levels) CHECK(seen >= 48);
    }
  }
}

TEST_CASE("a time-like surrogate shows changes of the mean and of the variance") {
  const Eigen::Index n = 500;
  const Eigen::MatrixXd X = normals(n, 2, 15);
  Node time = quantity("time", Eigen::VectorXd::LinSpaced(n, 0, n - 1));
  time.surrogate = true;
  const Eigen::ArrayXd wave = (time.numeric.col(0).array() / 50).sin();
  const Hsic test{NodeTable({quantity("mean", (X.col(0).array() + 0.6 * wave).matrix().eval()),
                             quantity("variance", (X.col(1).array() * (1 + 0.8 * wave)).matrix().eval()),
                             quantity("still", X.col(0)), time})};
  CHECK(test.test(0, 3, {}).p_value < 1e-4);
  CHECK(test.test(1, 3, {}).p_value < 0.01);
  CHECK(test.test(2, 3, {}).p_value > 0.01);
}

TEST_CASE("the order of columns, of rows and the coding of levels do not matter") {
  const Eigen::Index n = 120;
  const Eigen::MatrixXd X = normals(n, 3, 31);
  const Eigen::VectorXd g = codes(n, 5, 32);
  const Eigen::VectorXd recoded = 4 - g.array();
  for (const HsicNull null : {HsicNull::Gamma, HsicNull::Permutation}) {
    const HsicOptions options{.null = null, .permutations = 199};
    const NodeTable table({quantity("a", X.col(0)), nominal("g", g), quantity("m", X)});
    const Hsic test(table, options);
    const Hsic turned(NodeTable({quantity("m", X), nominal("g", recoded), quantity("a", X.col(0))}), options);
    std::vector<std::int64_t> reversed(static_cast<std::size_t>(n));
    std::iota(reversed.rbegin(), reversed.rend(), 0);
    const Hsic backwards(table.select_rows(reversed), options);
    for (NodeId x = 0; x < 3; ++x) {
      for (NodeId y = 0; y < x; ++y) {
        const CiResult result = test.test(x, y, {});
        CHECK(test.test(y, x, {}).p_value == result.p_value);
        CHECK(turned.test(2 - x, 2 - y, {}).p_value == result.p_value);
        CHECK(backwards.test(x, y, {}).p_value == doctest::Approx(result.p_value).epsilon(1e-7));
      }
    }
  }
}

TEST_CASE("data that give no answer, missing cells and extreme scales") {
  const Eigen::Index n = 60;
  const Eigen::MatrixXd X = normals(n, 2, 41);
  Eigen::VectorXd holes = X.col(0);
  holes.head(31).setConstant(kNaN);
  Eigen::VectorXd some = X.col(1);
  some.head(5).setConstant(kNaN);
  const NodeTable table({quantity("x", X.col(0)), quantity("y", X.col(1)), quantity("tiny", (X.col(1) * 1e-300).eval()),
                         quantity("constant", Eigen::VectorXd::Constant(n, 0.1)),
                         nominal("one", Eigen::VectorXd::Constant(n, 3)), quantity("holes", holes),
                         quantity("some", some)});
  const Hsic test(table);
  CHECK(test.test(0, 2, {}).statistic == doctest::Approx(test.test(0, 1, {}).statistic).epsilon(1e-9));
  for (const NodeId degenerate : {3, 4, 5}) {
    const CiResult result = test.test(0, degenerate, {});
    CHECK(result.status == Status::Degenerate);
    CHECK_FALSE(result.independent(1e-9));
  }
  CHECK(test.max_cond_size() == 0);
  CHECK(test.test(0, 1, std::vector<NodeId>{2}).status == Status::Degenerate);
  CHECK_THROWS_AS((Hsic(table, {.surrogate_width = 0})), InvalidArgument);
  // The rows in use depend on the other node: what is cached for one test must not serve another.
  std::vector<std::int64_t> rest(static_cast<std::size_t>(n - 5));
  std::iota(rest.begin(), rest.end(), 5);
  const Hsic complete(table.select_rows(rest));
  CHECK(test.test(0, 6, {}).statistic == complete.test(0, 6, {}).statistic);
  CHECK(test.test(0, 1, {}).statistic == Hsic(table).test(0, 1, {}).statistic);
}

TEST_CASE("the same bytes at any number of threads and with any cache") {
  const Eigen::MatrixXd X = normals(300, 4, 51);
  const NodeTable table({quantity("a", X.leftCols(2)), quantity("b", X.rightCols(2))});
  for (const HsicNull null : {HsicNull::Gamma, HsicNull::Permutation}) {
    const CiResult one = Hsic(table, {.null = null, .permutations = 50}, {.threads = 1}).test(0, 1, {});
    for (const int threads : {2, 4}) {
      const Hsic test(table, {.null = null, .permutations = 50, .cache_bytes = 1000}, {.threads = threads});
      CHECK(test.test(0, 1, {}).statistic == one.statistic);
      CHECK(test.test(0, 1, {}).p_value == one.p_value);
    }
  }
}
