#include "causal/math/student_t.hpp"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <limits>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"

namespace causal {

double student_t_quantile(double probability, double dof) {
  CAUSAL_ASSERT(probability > 0 && probability < 1 && dof > 0);
  if (std::isinf(dof)) return normal_quantile(probability);
  return boost::math::quantile(boost::math::students_t(dof), probability);
}

double two_sided_student_t_p(double t, double dof) {
  CAUSAL_ASSERT(dof > 0 && !std::isnan(t));
  if (std::isinf(dof)) return two_sided_normal_p(t);
  if (std::isinf(t)) return std::numeric_limits<double>::min();
  using namespace boost::math::policies;
  using Quiet = policy<underflow_error<ignore_error>>;
  const boost::math::students_t_distribution<double, Quiet> distribution(dof);
  const double tail = 2 * boost::math::cdf(boost::math::complement(distribution, std::abs(t)));
  return std::clamp(tail, std::numeric_limits<double>::min(), 1.0);
}

}  // namespace causal
