#include "philox_blocks.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace causal::detail {

#if defined(__x86_64__)
namespace {

// 52 bits plus a half, over 2^52: the bits become the mantissa of a double in [2^52, 2^53).
__attribute__((target("avx2"))) inline __m256d to_uniform(__m256i bits) {
  const __m256d two52 = _mm256_set1_pd(0x1p52);
  const __m256i mantissa = _mm256_or_si256(_mm256_srli_epi64(bits, 12), _mm256_castpd_si256(two52));
  const __m256d integer = _mm256_sub_pd(_mm256_castsi256_pd(mantissa), two52);
  return _mm256_mul_pd(_mm256_add_pd(integer, _mm256_set1_pd(0.5)), _mm256_set1_pd(0x1p-52));
}

// The four words of a counter are in four vectors, one counter a 64-bit lane. Only the low halves count: what products
// leave in the high halves is never read.
__attribute__((target("avx2"))) void fill_groups(const std::array<std::uint32_t, 2>& key,
                                                 const std::array<std::uint32_t, 4>& counter, double* out,
                                                 std::size_t groups) {
  const __m256i multiplier0 = _mm256_set1_epi64x(0xD2511F53);
  const __m256i multiplier1 = _mm256_set1_epi64x(0xCD9E8D57);
  const __m256i low_half = _mm256_set1_epi64x(0xFFFFFFFF);
  for (std::size_t g = 0; g < groups; ++g) {
    const std::int64_t first = counter[0] + static_cast<std::int64_t>(4 * g);
    __m256i a = _mm256_set_epi64x(first + 3, first + 2, first + 1, first);
    __m256i b = _mm256_set1_epi64x(counter[1]);
    __m256i c = _mm256_set1_epi64x(counter[2]);
    __m256i d = _mm256_set1_epi64x(counter[3]);
    std::uint32_t key0 = key[0];
    std::uint32_t key1 = key[1];
    for (int round = 0; round < 10; ++round) {
      const __m256i p = _mm256_mul_epu32(a, multiplier0);
      const __m256i q = _mm256_mul_epu32(c, multiplier1);
      a = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(q, 32), b), _mm256_set1_epi64x(key0));
      c = _mm256_xor_si256(_mm256_xor_si256(_mm256_srli_epi64(p, 32), d), _mm256_set1_epi64x(key1));
      b = q;
      d = p;
      key0 += 0x9E3779B9U;
      key1 += 0xBB67AE85U;
    }
    const __m256d even = to_uniform(_mm256_or_si256(_mm256_slli_epi64(b, 32), _mm256_and_si256(a, low_half)));
    const __m256d odd = to_uniform(_mm256_or_si256(_mm256_slli_epi64(d, 32), _mm256_and_si256(c, low_half)));
    const __m256d low = _mm256_unpacklo_pd(even, odd);
    const __m256d high = _mm256_unpackhi_pd(even, odd);
    _mm256_storeu_pd(out + 8 * g, _mm256_permute2f128_pd(low, high, 0x20));
    _mm256_storeu_pd(out + 8 * g + 4, _mm256_permute2f128_pd(low, high, 0x31));
  }
}

}  // namespace

std::size_t philox_uniform_groups(const std::array<std::uint32_t, 2>& key, const std::array<std::uint32_t, 4>& counter,
                                  std::span<double> out) {
  static const bool has_avx2 = __builtin_cpu_supports("avx2") != 0;
  const std::size_t groups = out.size() / 8;
  const bool wraps = counter[0] > UINT32_MAX - 4 * groups;
  if (!has_avx2 || wraps) return 0;
  fill_groups(key, counter, out.data(), groups);
  return groups;
}
#else
std::size_t philox_uniform_groups(const std::array<std::uint32_t, 2>&, const std::array<std::uint32_t, 4>&,
                                  std::span<double>) {
  return 0;
}
#endif

}  // namespace causal::detail
