#include "causal/math/normal.hpp"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <cmath>
#include <limits>
#include <numbers>

namespace causal {

double normal_quantile(double probability) { return -std::numbers::sqrt2 * boost::math::erfc_inv(2 * probability); }

double two_sided_normal_p(double z) {
  return std::max(std::erfc(std::abs(z) / std::numbers::sqrt2), std::numeric_limits<double>::min());
}

}  // namespace causal
