// labels: unit oracle determinism
#include "causal/math/optimize.hpp"

#include <Eigen/LU>
#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <vector>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "support/gradient_check.hpp"

#include <doctest/doctest.h>

using namespace causal;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

VectorXd vector_of(std::initializer_list<double> values) {
  return Eigen::Map<const VectorXd>(values.begin(), static_cast<Eigen::Index>(values.size()));
}

double rosenbrock(const VectorXd& x, VectorXd& gradient) {
  double value = 0;
  gradient.setZero();
  for (Eigen::Index i = 0; i + 1 < x.size(); ++i) {
    const double a = x[i + 1] - x[i] * x[i];
    value += 100 * a * a + (1 - x[i]) * (1 - x[i]);
    gradient[i] += -400 * a * x[i] - 2 * (1 - x[i]);
    gradient[i + 1] += 200 * a;
  }
  return value;
}

/// (x - centre)' H (x - centre) / 2 with H positive definite.
struct Quadratic {
  MatrixXd hessian;
  VectorXd centre;
  double operator()(const VectorXd& x, VectorXd& gradient) const {
    gradient = hessian * (x - centre);
    return 0.5 * gradient.dot(x - centre);
  }
};

Quadratic random_quadratic(RandomStream& stream, int size) {
  MatrixXd root(size, size);
  for (double& cell : root.reshaped()) cell = stream.normal();
  VectorXd centre(size);
  for (double& cell : centre) cell = 2 * stream.normal();
  const MatrixXd hessian = root * root.transpose() + 0.5 * MatrixXd::Identity(size, size);
  return {hessian, centre};
}

/// The minimum of a quadratic over a box, by trying every choice of active bounds: the one that satisfies the
/// first-order conditions, which for a convex function is the minimum.
VectorXd box_minimum(const Quadratic& f, const VectorXd& lower, const VectorXd& upper) {
  const auto size = static_cast<int>(lower.size());
  int choices = 1;
  for (int i = 0; i < size; ++i) choices *= 3;
  for (int choice = 0; choice < choices; ++choice) {
    // Rows of the system: either x_i = bound, or derivative_i = 0.
    MatrixXd system = f.hessian;
    VectorXd right = f.hessian * f.centre;
    std::vector<int> place(static_cast<std::size_t>(size));
    for (int i = 0, rest = choice; i < size; ++i, rest /= 3) {
      place[static_cast<std::size_t>(i)] = rest % 3;
      if (rest % 3 == 0) continue;
      system.row(i) = MatrixXd::Identity(size, size).row(i);
      right[i] = rest % 3 == 1 ? lower[i] : upper[i];
    }
    const VectorXd x = system.fullPivLu().solve(right);
    const VectorXd gradient = f.hessian * (x - f.centre);
    bool holds = true;
    for (int i = 0; i < size; ++i) {
      const int where = place[static_cast<std::size_t>(i)];
      holds = holds && x[i] >= lower[i] - 1e-12 && x[i] <= upper[i] + 1e-12;
      if (where == 1) holds = holds && gradient[i] >= 0;
      if (where == 2) holds = holds && gradient[i] <= 0;
    }
    if (holds) return x;
  }
  throw std::logic_error("a convex function has a minimum over a box");
}

}  // namespace

TEST_CASE("A build without an optimiser says so") {
  if (optimizer_available()) return;
  CHECK_THROWS_AS((void)minimize(rosenbrock, vector_of({-1.2, 1})), Error);
}

TEST_SUITE("with an optimiser" * doctest::skip(!optimizer_available())) {
  TEST_CASE("Rosenbrock's valley is followed to its end") {
    for (const int size : {2, 5, 10}) {
      VectorXd start = VectorXd::Ones(size);
      for (int i = 0; i < size; i += 2) start[i] = -1.2;
      const MinimizeResult found = minimize(rosenbrock, start);
      CHECK(found.status == Status::Ok);
      // Curvature along the valley is 0.4 for two variables and less for more, so a derivative of 1e-8 leaves 1e-7.
      CHECK((found.x - VectorXd::Ones(size)).lpNorm<Eigen::Infinity>() < 1e-6);
      CHECK(found.value < 1e-14);
      CHECK(found.projected_gradient < 1e-6);
      CHECK(found.evaluations >= found.iterations);
    }
  }

  TEST_CASE("The gradient check tells right derivatives from wrong ones") {
    const VectorXd x = vector_of({-0.7, 0.4, 1.3});
    CHECK(test::gradient_error(rosenbrock, x) < 1e-7);
    const auto wrong = [](const VectorXd& at, VectorXd& gradient) {
      const double value = rosenbrock(at, gradient);
      gradient[1] *= 1.01;
      return value;
    };
    CHECK(test::gradient_error(wrong, x) > 1e-3);
  }

  TEST_CASE("Quadratics over random boxes have the minimum that enumeration of active bounds finds") {
    RandomStream stream(11, RandomDomain::Test);
    int bounds_hit = 0;
    for (int round = 0; round < 60; ++round) {
      const int size = 1 + round % 4;
      const Quadratic f = random_quadratic(stream, size);
      VectorXd lower(size), upper(size), start(size);
      for (int i = 0; i < size; ++i) {
        lower[i] = stream.normal();
        upper[i] = lower[i] + 3 * stream.uniform();
        start[i] = lower[i] + (upper[i] - lower[i]) * stream.uniform();
      }
      const VectorXd truth = box_minimum(f, lower, upper);
      // Bounds that are themselves the start are where a change of variables is flat.
      for (const VectorXd& from : {start, lower, upper}) {
        const MinimizeResult found = minimize(f, from, lower, upper);
        CAPTURE(round);
        CHECK(found.status == Status::Ok);
        CHECK((found.x - truth).lpNorm<Eigen::Infinity>() < 1e-6);
        CHECK((found.x.array() >= lower.array()).all());
        CHECK((found.x.array() <= upper.array()).all());
      }
      for (int i = 0; i < size; ++i) bounds_hit += truth[i] == lower[i] || truth[i] == upper[i];
    }
    CHECK(bounds_hit > 30);  // else the case would not test what it says
  }

  TEST_CASE("One bound, no bound and no room") {
    Quadratic f{MatrixXd::Identity(4, 4), vector_of({-3, 5, 7, 2})};
    const VectorXd lower = vector_of({-1, -kInfinity, -kInfinity, 1.5});
    const VectorXd upper = vector_of({kInfinity, 4, kInfinity, 1.5});
    for (const double far : {0.0, 100.0, -1000.0}) {
      const MinimizeResult found = minimize(f, VectorXd::Constant(4, far), lower, upper);
      CHECK(found.status == Status::Ok);
      CHECK((found.x - vector_of({-1, 4, 7, 1.5})).lpNorm<Eigen::Infinity>() < 1e-6);
      CHECK(found.x[3] == 1.5);
    }
    f.centre = vector_of({30, -20, 7, 2});
    const MinimizeResult inside = minimize(f, vector_of({-1, 4, 0, 0}), lower, upper);
    CHECK((inside.x - vector_of({30, -20, 7, 1.5})).lpNorm<Eigen::Infinity>() < 1e-6);
  }

  TEST_CASE("A closed form: the normal distribution's variance maximises its likelihood") {
    // n observations with sum of squares q: n log s + q / (2 s^2) has its minimum at s^2 = q / n.
    const double n = 40, q = 90;
    const auto f = [&](const VectorXd& x, VectorXd& gradient) {
      const double precision = std::exp(-2 * x[0]);
      gradient[0] = n - q * precision;
      return n * x[0] + q / 2 * precision;
    };
    CHECK(test::gradient_error(f, vector_of({0.3})) < 1e-8);
    const MinimizeResult free = minimize(f, vector_of({2}));
    CHECK(free.x[0] == doctest::Approx(0.5 * std::log(q / n)).epsilon(1e-9));
    const MinimizeResult capped = minimize(f, vector_of({-1}), vector_of({-2}), vector_of({0.1}));
    CHECK(capped.x[0] == doctest::Approx(0.1).epsilon(1e-9));
    CHECK(capped.status == Status::Ok);
    CHECK(std::abs(capped.gradient[0]) > 1);  // the bound holds it back, and only the bound:
    CHECK(capped.projected_gradient < 1e-7);
  }

  TEST_CASE("Limits end the search with the lowest point so far") {
    const VectorXd start = vector_of({-1.2, 1});
    VectorXd ignored(2);
    const double at_start = rosenbrock(start, ignored);
    const MinimizeResult few = minimize(rosenbrock, start, {}, {}, {.max_iterations = 3});
    CHECK(few.status == Status::MaxIterations);
    CHECK(few.iterations == 3);
    CHECK(few.value < at_start);
    CHECK(few.value == rosenbrock(few.x, ignored));
    int calls = 0;
    const auto counted = [&](const VectorXd& x, VectorXd& gradient) {
      ++calls;
      return rosenbrock(x, gradient);
    };
    const MinimizeResult short_of = minimize(counted, start, {}, {}, {.max_evaluations = 7});
    CHECK(short_of.status == Status::MaxIterations);
    CHECK(short_of.evaluations == 7);
    CHECK(calls == 7);
    CHECK(short_of.value <= at_start);
  }

  TEST_CASE("Where the function is undefined the search steps back; undefined at the start is an answer") {
    // -log(1 - x) - x has its minimum at 0 and no value from 1 on; derivatives promise none of that at -30.
    const auto f = [](const VectorXd& x, VectorXd& gradient) {
      gradient[0] = 1 / (1 - x[0]) - 1;
      return -std::log(1 - x[0]) - x[0];
    };
    const MinimizeResult found = minimize(f, vector_of({-30}));
    CHECK(found.status == Status::Ok);
    CHECK(std::abs(found.x[0]) < 1e-7);
    const MinimizeResult nowhere = minimize(f, vector_of({3}));
    CHECK(nowhere.status == Status::Degenerate);
    CHECK(std::isnan(nowhere.value));
    CHECK(nowhere.x[0] == 3);
  }

  TEST_CASE("The function's exceptions come through, and wrong calls are named") {
    int calls = 0;
    const auto f = [&](const VectorXd& x, VectorXd& gradient) {
      if (++calls == 4) throw std::domain_error("fourth");
      return rosenbrock(x, gradient);
    };
    CHECK_THROWS_WITH_AS((void)minimize(f, vector_of({-1.2, 1})), "fourth", std::domain_error);
    CHECK(calls == 4);
    const VectorXd two = vector_of({0, 0});
    CHECK_THROWS_AS((void)minimize(rosenbrock, VectorXd()), InvalidArgument);
    CHECK_THROWS_AS((void)minimize(rosenbrock, two, vector_of({0}), two), InvalidArgument);
    CHECK_THROWS_AS((void)minimize(rosenbrock, two, two, vector_of({1, -1})), InvalidArgument);
    CHECK_THROWS_AS((void)minimize(rosenbrock, two, vector_of({0, NAN}), two), InvalidArgument);
    CHECK_THROWS_AS((void)minimize(rosenbrock, vector_of({0, NAN})), InvalidArgument);
    CHECK_THROWS_AS((void)minimize(rosenbrock, two, {}, {}, {.max_iterations = 0}), InvalidArgument);
  }

  TEST_CASE("The same call gives the same bits, also from several threads at once") {
    const VectorXd start = vector_of({-1.2, 1, -1.2, 1}), low = VectorXd::Constant(4, -2), high = -low;
    const MinimizeResult alone = minimize(rosenbrock, start, low, high);
    std::vector<MinimizeResult> together(16);
    parallel_for(
        16, 4, [&](std::int64_t i) { together[static_cast<std::size_t>(i)] = minimize(rosenbrock, start, low, high); });
    for (const MinimizeResult& one : together) {
      CHECK(one.x == alone.x);
      CHECK(one.value == alone.value);
      CHECK(one.evaluations == alone.evaluations);
    }
  }
}
