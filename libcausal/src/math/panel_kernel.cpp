#include "panel_kernel.hpp"

#include "causal/math/multiversion.hpp"

namespace causal::detail {
namespace {

constexpr Eigen::Index kHalf = kPanel / 2;

using Lanes = double __attribute__((vector_size(32), aligned(32)));
static_assert(sizeof(Lanes) == kHalf * sizeof(double));

}  // namespace

CAUSAL_MULTIVERSION
void multiply_panels(const double* left, const double* right, Eigen::Index depth, double* tile) {
  for (Eigen::Index half = 0; half < 2; ++half) {
    Lanes sum[kHalf][2] = {};
    const double* l = left;
    const double* r = right + half * kHalf;
    for (Eigen::Index k = 0; k < depth; ++k, l += kPanel, r += kPanel) {
      const Lanes low = *reinterpret_cast<const Lanes*>(l);
      const Lanes high = *reinterpret_cast<const Lanes*>(l + kHalf);
      for (Eigen::Index j = 0; j < kHalf; ++j) {
        const Lanes factor = {r[j], r[j], r[j], r[j]};
        sum[j][0] += low * factor;
        sum[j][1] += high * factor;
      }
    }
    for (Eigen::Index j = 0; j < kHalf; ++j) {
      auto* column = reinterpret_cast<Lanes*>(tile + (half * kHalf + j) * kPanel);
      column[0] += sum[j][0];
      column[1] += sum[j][1];
    }
  }
}

}  // namespace causal::detail
