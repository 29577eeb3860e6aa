#include "causal/math/fisher_f.hpp"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <boost/math/distributions/fisher_f.hpp>
#include <cmath>
#include <limits>

#include "causal/math/chi_square.hpp"
#include "causal/run/error.hpp"

namespace causal {

double fisher_f_upper_p(double statistic, double numerator, double denominator) {
  CAUSAL_ASSERT(statistic >= 0 && numerator > 0 && denominator > 0);
  if (std::isinf(statistic)) return std::numeric_limits<double>::min();
  if (std::isinf(denominator)) return chi_square_upper_p(statistic * numerator, numerator);
  using namespace boost::math::policies;
  using Quiet = policy<underflow_error<ignore_error>>;
  const boost::math::fisher_f_distribution<double, Quiet> distribution(numerator, denominator);
  const double tail = boost::math::cdf(boost::math::complement(distribution, statistic));
  return std::clamp(tail, std::numeric_limits<double>::min(), 1.0);
}

double fisher_f_quantile(double probability, double numerator, double denominator) {
  CAUSAL_ASSERT(probability > 0 && probability < 1 && numerator > 0 && denominator > 0);
  if (std::isinf(denominator)) {
    return boost::math::quantile(boost::math::chi_squared(numerator), probability) / numerator;
  }
  return boost::math::quantile(boost::math::fisher_f(numerator, denominator), probability);
}

}  // namespace causal
