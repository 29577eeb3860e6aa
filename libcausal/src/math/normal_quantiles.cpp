#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "causal/math/multiversion.hpp"
#include "causal/math/normal.hpp"

// Three rational functions: near the middle in r = 0.180625 - q^2 with q = p - 1/2, in the tails in
// r = sqrt(-log(min(p, 1 - p))). Five draws in six are in the middle, which is computed for all, four at a time; the
// tails are then mended one by one.

namespace causal {
namespace {

using Coefficients = std::array<double, 8>;
constexpr double kMiddle = 0.425;
constexpr Coefficients kMiddleTop{3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                  1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                  3.3430575583588128105e4, 2.5090809287301226727e3};
constexpr Coefficients kMiddleBottom{1.0,
                                     4.2313330701600911252e1,
                                     6.8718700749205790830e2,
                                     5.3941960214247511077e3,
                                     2.1213794301586595867e4,
                                     3.9307895800092710610e4,
                                     2.8729085735721942674e4,
                                     5.2264952788528545610e3};
constexpr Coefficients kTailTop{1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                                3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                                2.27238449892691845833e-2, 7.74545014278341407640e-4};
constexpr Coefficients kTailBottom{1.0,
                                   2.05319162663775882187e0,
                                   1.67638483018380384940e0,
                                   6.89767334985100004550e-1,
                                   1.48103976427480074590e-1,
                                   1.51986665636164571966e-2,
                                   5.47593808499534494600e-4,
                                   1.05075007164441684324e-9};
constexpr Coefficients kFarTop{6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
                               2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
                               2.71155556874348757815e-5, 2.01033439929228813265e-7};
constexpr Coefficients kFarBottom{1.0,
                                  5.99832206555887937690e-1,
                                  1.36929880922735805310e-1,
                                  1.48753612908506148525e-2,
                                  7.86869131145613259100e-4,
                                  1.84631831751005468180e-5,
                                  1.42151175831644588870e-7,
                                  2.04426310338993978564e-15};

// sum = the polynomial at r; by reference, since returning vectors depends on the instruction set.
template <class Value>
CAUSAL_KERNEL_INLINE void horner(const Coefficients& c, const Value& r, Value& sum) {
  sum = r * c[7] + c[6];
  for (std::size_t i = 6; i-- > 0;) sum = sum * r + c[i];
}

double tail(double p) {
  const double r = std::sqrt(-std::log(p < 0.5 ? p : 1 - p));
  const bool is_far = r > 5;
  double top;
  double bottom;
  horner(is_far ? kFarTop : kTailTop, r - (is_far ? 5 : 1.6), top);
  horner(is_far ? kFarBottom : kTailBottom, r - (is_far ? 5 : 1.6), bottom);
  return p < 0.5 ? -top / bottom : top / bottom;
}

constexpr std::size_t kLanes = 4;
using Lanes = double __attribute__((vector_size(32), aligned(8)));

// out[i] is the middle formula of p[i]: wrong in the tails, never trapping.
CAUSAL_MULTIVERSION
void middle(const double* p, double* out, std::size_t blocks) {
  for (std::size_t b = 0; b < blocks; ++b) {
    const Lanes q = *reinterpret_cast<const Lanes*>(p + b * kLanes) - 0.5;
    const Lanes r = kMiddle * kMiddle - q * q;
    Lanes top;
    Lanes bottom;
    horner(kMiddleTop, r, top);
    horner(kMiddleBottom, r, bottom);
    *reinterpret_cast<Lanes*>(out + b * kLanes) = q * top / bottom;
  }
}

}  // namespace

void normal_quantiles_in_place(std::span<double> probabilities) {
  constexpr std::size_t kChunk = 256;
  std::array<double, kChunk> p;
  std::array<double, kChunk> z;
  for (std::size_t first = 0; first < probabilities.size(); first += kChunk) {
    const std::size_t count = std::min(kChunk, probabilities.size() - first);
    p.fill(0.5);
    for (std::size_t i = 0; i < count; ++i) p[i] = probabilities[first + i];
    middle(p.data(), z.data(), kChunk / kLanes);
    for (std::size_t i = 0; i < count; ++i) {
      probabilities[first + i] = std::abs(p[i] - 0.5) <= kMiddle ? z[i] : tail(p[i]);
    }
  }
}

}  // namespace causal
