// labels: stat
// Level and power of Fisher's z, and its errors.
#include <algorithm>
#include <cmath>
#include <limits>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/search/pc.hpp"
#include "causal/discovery/search/skeleton.hpp"
#include "causal/math/normal.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

// x = a z1 + e, y = b z1 + effect x + e, z2 noise.
Dataset draw(std::int64_t n, double effect, RandomStream& stream) {
  Eigen::MatrixXd X(n, 4);
  for (Eigen::Index i = 0; i < n; ++i) {
    const double z = stream.normal();
    const double x = 0.8 * z + stream.normal();
    X.row(i) << x, 0.7 * z + effect * x + stream.normal(), z, stream.normal();
  }
  return Dataset::continuous(std::move(X), {"x", "y", "z1", "z2"});
}

double rejection_rate(std::int64_t n, double effect, int repeats, std::uint64_t seed) {
  RandomStream stream(seed, RandomDomain::Test);
  int rejected = 0;
  for (int i = 0; i < repeats; ++i) {
    const CiResult result = FisherZ(draw(n, effect, stream)).test(0, 1, std::vector<NodeId>{2, 3});
    rejected += result.independent(0.05) ? 0 : 1;
  }
  return static_cast<double>(rejected) / repeats;
}

}  // namespace

TEST_CASE("the rejection rate over 2,000 nulls lies in the binomial band") {
  // 99.9 % band of a Binomial(2000, .05) share; z is approximate at order 1/n, below the band's width.
  const double band = -normal_quantile(0.0005) * std::sqrt(0.05 * 0.95 / 2000);
  CHECK(std::abs(rejection_rate(100, 0, 2000, 1) - 0.05) < band);
  CHECK(std::abs(rejection_rate(400, 0, 2000, 2) - 0.05) < band);
}

TEST_CASE("the power is what the normal approximation of z says") {
  // Partial correlation rho of x and y given z1: effect / sqrt(effect^2 + 1), unit variances of the residuals.
  const double effect = 0.2;
  const double rho = effect / std::sqrt(effect * effect + 1);
  const double shift = std::sqrt(200.0 - 2 - 3) * std::atanh(rho);
  const double critical = -normal_quantile(0.025);
  const auto phi = [](double z) { return 0.5 * std::erfc(-z / std::sqrt(2.0)); };
  const double power = phi(shift - critical) + phi(-shift - critical);
  const double band = -normal_quantile(0.0005) * std::sqrt(power * (1 - power) / 2000);
  // The approximation itself is off by about rho / (2 (n - 1)) in z, times the density at the critical value.
  const double approximation = rho / (2 * 199.0) * std::sqrt(195.0) * 0.4;
  CHECK(std::abs(rejection_rate(200, effect, 2000, 3) - power) < band + approximation);
}

TEST_CASE("test-wise deletion equals the complete-case test and keeps its level under missing cells") {
  RandomStream stream(4, RandomDomain::Test);
  const Dataset complete = draw(300, 0.1, stream);
  const CiResult a = FisherZ(complete).test(0, 1, std::vector<NodeId>{2});
  const CiResult b = FisherZTestwise(complete).test(0, 1, std::vector<NodeId>{2});
  CHECK(a.effect == doctest::Approx(b.effect).epsilon(1e-12));
  CHECK(a.p_value == doctest::Approx(b.p_value).epsilon(1e-10));

  int rejected = 0;
  constexpr int kRepeats = 2000;
  for (int i = 0; i < kRepeats; ++i) {
    Eigen::MatrixXd X = draw(150, 0, stream).values();
    for (Eigen::Index k = 0; k < X.size(); ++k) {
      if (stream.uniform() < 0.1) X.data()[k] = std::numeric_limits<double>::quiet_NaN();
    }
    const FisherZTestwise test(Dataset::continuous(std::move(X)));
    rejected += test.test(0, 1, std::vector<NodeId>{2, 3}).independent(0.05) ? 0 : 1;
  }
  const double band = -normal_quantile(0.0005) * std::sqrt(0.05 * 0.95 / kRepeats);
  CHECK(std::abs(static_cast<double>(rejected) / kRepeats - 0.05) < band);
}

TEST_CASE("what cannot be tested is refused by name or said to be degenerate") {
  Eigen::MatrixXd X = Eigen::MatrixXd::Random(20, 3);
  X.col(1).setConstant(0.1);
  CHECK_THROWS_WITH_AS(FisherZ(Dataset::continuous(X, {"a", "b", "c"})), doctest::Contains("column 'b' is constant"),
                       DataError);
  X.col(1).setRandom();
  X(3, 2) = std::numeric_limits<double>::quiet_NaN();
  CHECK_THROWS_WITH_AS(FisherZ(Dataset::continuous(X, {"a", "b", "c"})), doctest::Contains("column 'c' has 1 missing"),
                       DataError);
  X(3, 2) = 0;
  const FisherZ few(Dataset::continuous(X.topRows(4)));
  CHECK(few.test(0, 1, {}).status == Status::Ok);
  CHECK(few.test(0, 1, std::vector<NodeId>{2}).status == Status::Degenerate);
  CHECK(std::isnan(few.test(0, 1, std::vector<NodeId>{2}).p_value));
  CHECK_FALSE(few.test(0, 1, std::vector<NodeId>{2}).independent(0.05));
}

TEST_CASE("more variables than rows and copied columns end in a warning, not in deleted edges") {
  RandomStream stream(6, RandomDomain::Test);
  Eigen::MatrixXd X(200, 4);
  for (Eigen::Index i = 0; i < 200; ++i) {
    const double x = stream.normal();
    const double y = x + 0.5 * stream.normal();
    X.row(i) << x, y, x, stream.normal();
  }
  const Skeleton copied = find_skeleton(FisherZ(Dataset::continuous(X)), {.alpha = 0.01});
  CHECK(copied.adjacent(0, 1));
  CHECK(copied.adjacent(1, 2));
  CHECK(copied.adjacent(0, 2));
  CHECK(copied.stats.degenerate_tests > 0);
  REQUIRE(copied.warnings.size() == 1);
  CHECK(copied.warnings[0].find("X1") != std::string::npos);

  Eigen::MatrixXd wide(5, 30);
  for (Eigen::Index i = 0; i < 5; ++i) {
    const double shared = stream.normal();
    for (Eigen::Index j = 0; j < 30; ++j) wide(i, j) = shared + 0.3 * stream.normal();
  }
  const Skeleton few = find_skeleton(FisherZ(Dataset::continuous(wide)), {.alpha = 0.9});
  CHECK(few.status == Status::Ok);
  CHECK(std::any_of(few.warnings.begin(), few.warnings.end(),
                    [](const std::string& w) { return w.find("5 rows are too few") != std::string::npos; }));
}

TEST_CASE("options out of range are refused by name") {
  RandomStream stream(7, RandomDomain::Test);
  const FisherZ test(draw(50, 0, stream));
  CHECK_THROWS_WITH_AS(static_cast<void>(find_skeleton(test, {.alpha = 1.5})), doctest::Contains("alpha = 1.5"),
                       InvalidArgument);
  CHECK_THROWS_WITH_AS(static_cast<void>(find_skeleton(test, {.max_cond_size = -2})),
                       doctest::Contains("max_cond_size"), InvalidArgument);
}

TEST_CASE("too few rows for any test keep every edge and say so") {
  RandomStream stream(8, RandomDomain::Test);
  for (const std::int64_t n : {2, 3}) {
    const Skeleton skeleton = find_skeleton(FisherZ(draw(n, 0, stream)));
    CHECK(skeleton.edges.size() == 6);
    REQUIRE(skeleton.warnings.size() == 1);
    CHECK(skeleton.warnings[0].find("conditioning sets of 0 or more") != std::string::npos);
    for (const LearnedEdge& e : pc(FisherZ(draw(n, 0, stream))).edges) {
      CHECK(std::isnan(e.p_value));  // not 0, the strongest evidence there is
      CHECK(std::isnan(e.strength));
    }
  }
}

TEST_CASE("a column that is constant on the rows of a test is evidence of nothing") {
  RandomStream stream(9, RandomDomain::Test);
  for (int n = 20; n < 80; ++n) {  // whether the mean of n times 0.1 is 0.1 depends on n
    Eigen::MatrixXd X(n + 10, 2);
    for (int i = 0; i < n + 10; ++i) {
      const bool observed = i < n;
      X(i, 0) = observed ? 0.1 : stream.normal();
      X(i, 1) = observed ? stream.normal() : std::numeric_limits<double>::quiet_NaN();
    }
    CHECK(FisherZTestwise(Dataset::continuous(X)).test(0, 1, {}).status == Status::Degenerate);
  }
}

TEST_CASE("the scale of a column changes no correlation, or is refused") {
  RandomStream stream(10, RandomDomain::Test);
  const Dataset data = draw(100, 0.3, stream);
  const double r = FisherZ(data).test(0, 1, {}).effect;
  for (const double scale : {1e-140, 1e-20, 1e20, 1e150}) {
    CHECK(FisherZ(Dataset::continuous(scale * data.values())).test(0, 1, {}).effect == doctest::Approx(r));
  }
  for (const double scale : {1e-200, 1e-160, 1e-156}) {
    CHECK_THROWS_WITH_AS(FisherZ(Dataset::continuous(scale * data.values())), doctest::Contains("too small"),
                         DataError);
  }
  CHECK_THROWS_WITH_AS(FisherZ(Dataset::continuous(1e200 * data.values())), doctest::Contains("not finite"), DataError);
}
