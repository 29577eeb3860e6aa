#pragma once
// The innermost loops of growing a tree: sums of rows by bin.

#include <cstdint>

#include "causal/estimation/nuisance/tree.hpp"

namespace causal::estimation::detail {

/// bins[codes[rows[k]]] += entries[k] for k in [0, m), in order.
void add_to_bins(const std::uint8_t* codes, const std::int32_t* rows, const TreeGrower::Bin* entries, std::int64_t m,
                 TreeGrower::Bin* bins);

/// The same, and sets bit code of the 256 bits of `used` for every bin that got something.
void add_to_bins_noted(const std::uint8_t* codes, const std::int32_t* rows, const TreeGrower::Bin* entries,
                       std::int64_t m, TreeGrower::Bin* bins, std::uint64_t* used);

/// Moves rows and entries with a code above `cut` behind the others, both in their old order; returns how many stay.
/// The scratch arrays have room for m.
[[nodiscard]] std::int64_t partition_rows(const std::uint8_t* codes, std::uint32_t cut, std::int64_t m,
                                          std::int32_t* rows, TreeGrower::Bin* entries, std::int32_t* rows_scratch,
                                          TreeGrower::Bin* entries_scratch);

}  // namespace causal::estimation::detail
