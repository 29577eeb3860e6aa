#pragma once
// Philox4x32-10, several counters at a time.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace causal::detail {

/// Fills as many groups of eight uniforms as fit into `out` from consecutive counters (counter[0] counts), four
/// counters a group, with the very bits of the scalar generator; returns the number of groups. 0 on processors without
/// AVX2.
[[nodiscard]] std::size_t philox_uniform_groups(const std::array<std::uint32_t, 2>& key,
                                                const std::array<std::uint32_t, 4>& counter, std::span<double> out);

}  // namespace causal::detail
