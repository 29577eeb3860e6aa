// labels: oracle
// The sweep engine against one factorisation per test.
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/ci/subsets.hpp"
#include "causal/math/normal.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

// Moments of a random model with latent factors; `spread` bends the condition number of the correlation matrix.
Moments random_moments(int p, std::int64_t n, double spread, RandomStream& stream) {
  Eigen::MatrixXd loadings(p, p + 2);
  for (Eigen::Index j = 0; j < loadings.cols(); ++j) {
    const double scale = std::pow(10.0, -spread * stream.uniform());
    for (Eigen::Index i = 0; i < p; ++i) loadings(i, j) = scale * stream.normal();
  }
  Moments m;
  m.n = n;
  m.mean = Eigen::VectorXd::Zero(p);
  m.scatter = loadings * loadings.transpose();
  for (int j = 0; j < p; ++j) m.names.push_back("v" + std::to_string(j));
  return m;
}

// Partial correlation from the inverse of the correlation matrix of (S, x, y), fully pivoted, in long double.
struct Reference {
  double r;
  double condition;
};
Reference reference(const Eigen::MatrixXd& R, NodeId x, NodeId y, std::span<const NodeId> S) {
  std::vector<NodeId> order(S.begin(), S.end());
  order.push_back(x);
  order.push_back(y);
  using Matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  const auto size = static_cast<Eigen::Index>(order.size());
  Matrix C(size, size);
  for (Eigen::Index i = 0; i < size; ++i) {
    for (Eigen::Index j = 0; j < size; ++j) {
      C(i, j) = R(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(j)]);
    }
  }
  const Matrix P = C.fullPivLu().inverse();
  const auto norm = [](const Matrix& m) { return static_cast<double>(m.cwiseAbs().rowwise().sum().maxCoeff()); };
  const long double r = -P(size - 2, size - 1) / std::sqrt(P(size - 2, size - 2) * P(size - 1, size - 1));
  return {static_cast<double>(r), norm(C) * norm(P)};
}

double threshold(double alpha, std::int64_t n, int level) {
  const double root = std::tanh(-normal_quantile(alpha / 2) / std::sqrt(static_cast<double>(n - level - 3)));
  return root * root;
}

}  // namespace

TEST_CASE("a test by LDL^T equals the fully pivoted inverse on 100,000 random tests") {
  RandomStream stream(11, RandomDomain::Test);
  std::int64_t compared = 0;
  double worst = 0;
  while (compared < 100'000) {
    const int p = 4 + static_cast<int>(stream.below(9));
    const FisherZ test(random_moments(p, 1000, 2.5, stream));
    for (int repeat = 0; repeat < 100; ++repeat) {
      const int level = static_cast<int>(stream.below(static_cast<std::uint64_t>(p - 1)));
      std::vector<int> nodes = stream.permutation(p);
      std::vector<NodeId> S(nodes.begin() + 2, nodes.begin() + 2 + level);
      std::sort(S.begin(), S.end());
      const Reference exact = reference(test.correlation(), nodes[0], nodes[1], S);
      if (exact.condition > 1e7) continue;
      const CiResult result = test.test(nodes[0], nodes[1], S);
      REQUIRE(result.status == Status::Ok);
      const double bound = 1e-16 * exact.condition + 1e-12;
      worst = std::max(worst, std::abs(result.effect - exact.r) / bound);
      ++compared;
    }
  }
  MESSAGE("largest error / bound: " << worst);
  CHECK(worst <= 1);
}

TEST_CASE("the sweep finds the sets, p-values and counts of the textbook loop") {
  RandomStream stream(12, RandomDomain::Test);
  std::int64_t tests = 0;
  for (int repeat = 0; repeat < 4500; ++repeat) {
    const int p = 3 + static_cast<int>(stream.below(10));
    const std::int64_t n = 30 + static_cast<std::int64_t>(stream.below(300));
    const double alpha = repeat % 3 == 0 ? 0.3 : 0.01;
    const FisherZ test(random_moments(p, n, repeat % 2 == 0 ? 0.5 : 2.0, stream));
    const NodeId x = static_cast<NodeId>(stream.below(static_cast<std::uint64_t>(p)));
    // Candidates and conditioning variables overlap in every possible way.
    std::vector<NodeId> ys;
    std::vector<NodeId> A;
    for (NodeId v = 0; v < p; ++v) {
      if (v == x) continue;
      const auto where = stream.below(8);
      if (where != 0) A.push_back(v);
      if (where < 5) ys.push_back(v);
    }
    const int level = 1 + static_cast<int>(stream.below(4));
    const StopSignal stop(RunOptions{});
    SeparatorSearch fast;
    SeparatorSearch textbook;
    test.first_separators(x, ys, A, level, alpha, stop, fast);
    test.CiTest::first_separators(x, ys, A, level, alpha, stop, textbook);

    // Within rounding of the threshold the decision may go either way.
    bool borderline = false;
    const double t = threshold(alpha, n, level);
    for (const NodeId y : ys) {
      std::vector<NodeId> rest = A;
      std::erase(rest, y);
      for (Subsets subsets(rest, level); !subsets.done(); subsets.next()) {
        const double r = test.test(x, y, subsets.current()).effect;
        borderline = borderline || std::abs(r * r - t) < 1e-10;
      }
    }
    if (borderline) continue;
    tests += textbook.tests;
    CHECK(fast.found == textbook.found);
    CHECK(fast.sets == textbook.sets);
    CHECK(fast.tests == textbook.tests);
    CHECK(fast.degenerate == textbook.degenerate);
    for (std::size_t i = 0; i < std::min(fast.found.size(), textbook.found.size()); ++i) {
      CHECK(fast.p_values[i] == doctest::Approx(textbook.p_values[i]).epsilon(1e-7));
    }
    for (std::size_t i = 0; i < ys.size(); ++i) {
      if (std::find(fast.found.begin(), fast.found.end(), static_cast<int>(i)) != fast.found.end()) continue;
      // At the smallest representable p-value several tests tie.
      if (fast.max_p_value[i] > 1e-300) CHECK(fast.effect[i] == doctest::Approx(textbook.effect[i]).epsilon(1e-7));
      CHECK(fast.max_p_value[i] == doctest::Approx(textbook.max_p_value[i]).epsilon(1e-6));
    }
  }
  MESSAGE("tests compared: " << tests);
  CHECK(tests >= 100'000);
}

TEST_CASE("a copied variable separates nothing and is named") {
  RandomStream stream(13, RandomDomain::Test);
  Moments m = random_moments(5, 500, 0.3, stream);
  m.scatter.row(4) = m.scatter.row(1);
  m.scatter.col(4) = m.scatter.col(1);
  m.scatter(4, 4) = m.scatter(1, 1);
  const FisherZ test(m);
  const std::vector<NodeId> ys{1, 2, 3};
  const std::vector<NodeId> A{1, 2, 3, 4};
  const StopSignal stop(RunOptions{});
  for (int level = 1; level <= 3; ++level) {
    SeparatorSearch fast;
    SeparatorSearch textbook;
    test.first_separators(0, ys, A, level, 1 - 1e-6, stop, fast);
    test.CiTest::first_separators(0, ys, A, level, 1 - 1e-6, stop, textbook);
    CHECK(fast.found == textbook.found);
    CHECK(fast.tests == textbook.tests);
    CHECK(fast.degenerate == textbook.degenerate);
    CHECK(fast.degenerate > 0);
    CHECK(!fast.degenerate_nodes.empty());
    CHECK(test.test(0, 1, std::vector<NodeId>{4}).status == Status::Degenerate);
  }
}

TEST_CASE("nearly collinear members of the set make no other test degenerate") {
  RandomStream stream(14, RandomDomain::Test);
  const StopSignal stop(RunOptions{});
  std::int64_t tests = 0;
  for (int repeat = 0; repeat < 200; ++repeat) {
    // Copies with noise of size 1e-3 to 1e-4.5: residual variances far above the tolerance and far below 1.
    Eigen::MatrixXd X(60, 7);
    for (double& cell : X.reshaped()) cell = stream.normal();
    const double noise = std::pow(10, -3 - 1.5 * stream.uniform());
    const std::vector<int> order = stream.permutation(7);
    X.col(order[1]) = X.col(order[0]) + noise * X.col(order[1]);
    const FisherZ test(Dataset::continuous(X));
    for (NodeId x = 0; x < 7; ++x) {
      std::vector<NodeId> A;
      for (NodeId v = 0; v < 7; ++v) {
        if (v != x) A.push_back(v);
      }
      for (int level = 2; level <= 3; ++level) {
        SeparatorSearch fast;
        SeparatorSearch textbook;
        test.first_separators(x, A, A, level, 1 - 1e-6, stop, fast);
        test.CiTest::first_separators(x, A, A, level, 1 - 1e-6, stop, textbook);
        CHECK(fast.degenerate == textbook.degenerate);
        tests += fast.tests;
      }
    }
  }
  CHECK(tests > 10'000);
}
