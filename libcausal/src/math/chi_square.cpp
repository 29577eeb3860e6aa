#include "causal/math/chi_square.hpp"

#include <algorithm>
#include <boost/math/special_functions/gamma.hpp>
#include <limits>

#include "causal/run/error.hpp"

namespace causal {

double chi_square_upper_p(double statistic, double dof) {
  CAUSAL_ASSERT(statistic >= 0 && dof > 0);
  // An underflow of the tail is an answer here, not an error.
  using namespace boost::math::policies;
  constexpr auto kQuiet = policy<underflow_error<ignore_error>>();
  const double tail = boost::math::gamma_q(dof / 2, statistic / 2, kQuiet);
  return std::clamp(tail, std::numeric_limits<double>::min(), 1.0);
}

}  // namespace causal
