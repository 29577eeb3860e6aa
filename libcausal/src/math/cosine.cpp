#include "causal/math/cosine.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "causal/math/multiversion.hpp"

// With k the nearest whole number to x / pi and r = x - k pi, cos x = (-1)^k cos r and |r| <= pi / 2, where the Taylor
// series to r^20 leaves 2e-17. Pi is held in three parts; the first two have 33 bits, so that their products with
// |k| < 2^20 are exact and only the last steps of the reduction round.

namespace causal {
namespace {

constexpr std::size_t kLanes = 4;
using Lanes = double __attribute__((vector_size(32), aligned(8)));
using Bits = std::int64_t __attribute__((vector_size(32), aligned(8)));

constexpr double kReach = 1e6;
constexpr double kInversePi = 0x1.45f306dc9c883p-2;
constexpr double kPiHigh = 0x1.921fb544p+1;
constexpr double kPiMiddle = 0x1.0b4611a6p-33;
constexpr double kPiLow = 0x1.3198a2e037073p-68;
constexpr double kRounder = 0x1.8p52;  // added, it leaves the nearest whole number in the low bits

constexpr std::array<double, 11> kTaylor{1.0,
                                         -1.0 / 2,
                                         1.0 / 24,
                                         -1.0 / 720,
                                         1.0 / 40320,
                                         -1.0 / 3628800,
                                         1.0 / 479001600,
                                         -1.0 / 87178291200,
                                         1.0 / 20922789888000,
                                         -1.0 / 6402373705728000,
                                         1.0 / 2432902008176640000};

// Any finite numbers: those beyond kReach come out wrong, never trapping.
CAUSAL_MULTIVERSION
void near_cosines(const double* x, double* out, std::size_t blocks) {
  for (std::size_t b = 0; b < blocks; ++b) {
    const Lanes value = *reinterpret_cast<const Lanes*>(x + b * kLanes);
    const Lanes shifted = value * kInversePi + kRounder;
    const Lanes k = shifted - kRounder;
    const Lanes r = ((value - k * kPiHigh) - k * kPiMiddle) - k * kPiLow;
    const Lanes square = r * r;
    Lanes sum = square * kTaylor[10] + kTaylor[9];
    for (std::size_t i = 9; i-- > 0;) sum = sum * square + kTaylor[i];
    const Bits sign = (Bits)shifted << 63;
    const Bits signed_sum = (Bits)sum ^ sign;
    *reinterpret_cast<Lanes*>(out + b * kLanes) = (Lanes)signed_sum;
  }
}

}  // namespace

void cosines_in_place(std::span<double> values) {
  constexpr std::size_t kChunk = 512;
  std::array<double, kChunk> x;
  std::array<double, kChunk> cosines;
  for (std::size_t first = 0; first < values.size(); first += kChunk) {
    const std::size_t count = std::min(kChunk, values.size() - first);
    double* const here = values.data() + first;
    bool far = false;
    for (std::size_t i = 0; i < count; ++i) far |= !(std::abs(here[i]) <= kReach);
    std::copy_n(here, count, x.begin());
    std::fill(x.begin() + static_cast<std::ptrdiff_t>(count), x.end(), 0.0);
    near_cosines(x.data(), cosines.data(), (count + kLanes - 1) / kLanes);
    std::copy_n(cosines.begin(), count, here);
    if (!far) continue;
    for (std::size_t i = 0; i < count; ++i) {
      if (!(std::abs(x[i]) <= kReach)) here[i] = std::cos(x[i]);
    }
  }
}

}  // namespace causal
