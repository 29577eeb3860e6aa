// labels: unit oracle
// Student's t and the F distribution against closed forms.
#include <cmath>
#include <limits>
#include <numbers>

#include "causal/math/fisher_f.hpp"
#include "causal/math/normal.hpp"
#include "causal/math/student_t.hpp"
//
#include <doctest/doctest.h>

using namespace causal;

constexpr double kInf = std::numeric_limits<double>::infinity();

TEST_CASE("t with one degree of freedom is Cauchy, with two algebraic, with infinitely many normal") {
  for (const double t : {0.0, 0.3, 1.0, 4.7, 60.0}) {
    CHECK(two_sided_student_t_p(t, 1) == doctest::Approx(1 - 2 * std::atan(t) / std::numbers::pi).epsilon(1e-10));
    CHECK(two_sided_student_t_p(-t, 2) == doctest::Approx(1 - t / std::sqrt(2 + t * t)).epsilon(1e-10));
    CHECK(two_sided_student_t_p(t, kInf) == two_sided_normal_p(t));
  }
  CHECK(student_t_quantile(0.75, 1) == doctest::Approx(1).epsilon(1e-12));
  CHECK(student_t_quantile(0.975, kInf) == doctest::Approx(1.959963984540054).epsilon(1e-12));
  CHECK(two_sided_student_t_p(1e200, 5) == std::numeric_limits<double>::min());
}

TEST_CASE("F with one numerator degree is t squared; with two it is algebraic") {
  for (const double f : {0.01, 0.9, 3.2, 40.0}) {
    CHECK(fisher_f_upper_p(f, 1, 7) == doctest::Approx(two_sided_student_t_p(std::sqrt(f), 7)).epsilon(1e-10));
    CHECK(fisher_f_upper_p(f, 2, 9) == doctest::Approx(std::pow(1 + 2 * f / 9, -4.5)).epsilon(1e-10));
    CHECK(fisher_f_upper_p(f, 2, kInf) == doctest::Approx(std::exp(-f)).epsilon(1e-10));
  }
  CHECK(fisher_f_upper_p(fisher_f_quantile(0.95, 3, 20), 3, 20) == doctest::Approx(0.05).epsilon(1e-10));
  CHECK(fisher_f_upper_p(fisher_f_quantile(0.95, 3, kInf), 3, kInf) == doctest::Approx(0.05).epsilon(1e-10));
}
