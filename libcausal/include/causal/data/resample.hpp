#pragma once
// Resamples of the rows as integer weights, so that no data are copied.

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/run/options.hpp"

namespace causal {

enum class Resampling {
  Bootstrap,     ///< n rows drawn with replacement: multinomial multiplicities.
  HalfSubsample  ///< floor(n / 2) rows drawn without replacement.
};

template <>
struct EnumNames<Resampling> {
  static constexpr std::array<std::pair<Resampling, std::string_view>, 2> names{
      {{Resampling::Bootstrap, "bootstrap"}, {Resampling::HalfSubsample, "half_subsample"}}};
};

/// How often each of n rows occurs in replicate number `replicate`. The weights are a function of (n, kind, seed,
/// replicate) alone, so replicates can be split over shards in any way. Cost: O(n).
[[nodiscard]] std::vector<std::int32_t> resample_weights(std::int64_t n, Resampling kind, std::uint64_t seed,
                                                         std::uint32_t replicate);

}  // namespace causal
