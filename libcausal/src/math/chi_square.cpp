#include "causal/math/chi_square.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>

#include "causal/run/error.hpp"

namespace causal {

namespace {

// Above, the cube root of X / dof is normal to about 1 / dof (Wilson and Hilferty 1931), and the series of the
// incomplete gamma function no longer converges.
constexpr double kManyDof = 1e8;

double upper_p_of_many(double statistic, double dof) {
  const double variance = 2 / (9 * dof);
  const double z = (std::cbrt(statistic / dof) - (1 - variance)) / std::sqrt(variance);
  return std::erfc(z / std::sqrt(2.0)) / 2;
}

}  // namespace

double chi_square_upper_p(double statistic, double dof) {
  CAUSAL_ASSERT(statistic >= 0 && dof > 0);
  // An underflow of the tail is an answer here, not an error.
  using namespace boost::math::policies;
  constexpr auto kQuiet = policy<underflow_error<ignore_error>>();
  const double tail =
      dof > kManyDof ? upper_p_of_many(statistic, dof) : boost::math::gamma_q(dof / 2, statistic / 2, kQuiet);
  return std::clamp(tail, std::numeric_limits<double>::min(), 1.0);
}

}  // namespace causal
