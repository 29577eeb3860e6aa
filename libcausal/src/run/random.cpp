#include "causal/run/random.hpp"

#include <Random123/philox.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "causal/run/error.hpp"
#include "philox_blocks.hpp"

namespace causal {

RandomStream::RandomStream(std::uint64_t seed, RandomDomain domain, std::uint32_t i, std::uint32_t j)
    : key_{static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32)},
      counter_{0, static_cast<std::uint32_t>(domain), i, j} {}

void RandomStream::refill() {
  using Philox = r123::Philox4x32;
  const Philox::ctr_type block = Philox()(Philox::ctr_type{{counter_[0], counter_[1], counter_[2], counter_[3]}},
                                          Philox::key_type{{key_[0], key_[1]}});
  ++counter_[0];
  CAUSAL_ASSERT(counter_[0] != 0);  // 2^33 draws from one stream: a caller must use more streams
  buffer_ = {(std::uint64_t{block[1]} << 32) | block[0], (std::uint64_t{block[3]} << 32) | block[2]};
  left_ = 2;
}

std::uint64_t RandomStream::bits() {
  if (left_ == 0) refill();
  return buffer_[static_cast<std::size_t>(2 - left_--)];
}

double RandomStream::uniform() {
  // 52 bits plus a half keeps 0 and 1 out and every value exact.
  return (static_cast<double>(bits() >> 12) + 0.5) * 0x1p-52;
}

double RandomStream::normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_normal_;
  }
  const double radius = std::sqrt(-2.0 * std::log(uniform()));
  const double angle = 2.0 * std::numbers::pi * uniform();
  spare_normal_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

std::uint64_t RandomStream::below(std::uint64_t n) {
  CAUSAL_ASSERT(n > 0);
  const std::uint64_t unbiased_below = (0 - n) % n;  // 2^64 mod n values at the bottom are rejected
  for (;;) {
    const std::uint64_t value = bits();
    if (value >= unbiased_below) return value % n;
  }
}

std::vector<int> RandomStream::permutation(int n) {
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[below(i)]);
  return order;
}

std::vector<int> RandomStream::choice(int n, int k) {
  CAUSAL_ASSERT(0 <= k && k <= n);
  // Floyd's algorithm: k draws, no table of size n.
  std::vector<int> chosen;
  for (int top = n - k; top < n; ++top) {
    const int candidate = static_cast<int>(below(static_cast<std::uint64_t>(top) + 1));
    const bool taken = std::find(chosen.begin(), chosen.end(), candidate) != chosen.end();
    chosen.push_back(taken ? top : candidate);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

void RandomStream::fill_uniform(std::span<double> out) {
  std::size_t done = 0;
  while (done < out.size() && left_ > 0) out[done++] = uniform();
  const std::size_t groups = detail::philox_uniform_groups(key_, counter_, out.subspan(done));
  counter_[0] += static_cast<std::uint32_t>(4 * groups);
  for (done += 8 * groups; done < out.size(); ++done) out[done] = uniform();
}

void RandomStream::fill_normal(std::span<double> out) {
  for (double& value : out) value = normal();
}

}  // namespace causal
