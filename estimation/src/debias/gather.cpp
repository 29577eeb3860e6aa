#include "debias/gather.hpp"

#include <cmath>
#include <limits>

namespace causal::estimation {

RangeOfRows range_of(std::span<const double> values, int threads) {
  constexpr std::int64_t kBlock = 1 << 16;
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const std::int64_t n = std::ssize(values);
  std::vector<RangeOfRows> parts(static_cast<std::size_t>((n + kBlock - 1) / kBlock));
  parallel_chunks(n, kBlock, threads, [&](std::int64_t begin, std::int64_t end, int) {
    RangeOfRows part{kInf, -kInf, -1};
    for (std::int64_t i = begin; i < end; ++i) {
      const double value = values[static_cast<std::size_t>(i)];
      if (!std::isfinite(value)) {
        part.not_finite = i;
        break;
      }
      part.least = value < part.least ? value : part.least;
      part.most = value > part.most ? value : part.most;
    }
    parts[static_cast<std::size_t>(begin / kBlock)] = part;
  });
  RangeOfRows range{kInf, -kInf, -1};
  for (const RangeOfRows& part : parts) {
    if (part.not_finite >= 0) {
      range.not_finite = part.not_finite;
      return range;
    }
    range.least = std::min(range.least, part.least);
    range.most = std::max(range.most, part.most);
  }
  return range;
}

}  // namespace causal::estimation
