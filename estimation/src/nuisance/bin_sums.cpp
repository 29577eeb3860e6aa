#include "bin_sums.hpp"

#include <algorithm>

#include "causal/math/multiversion.hpp"

namespace causal::estimation::detail {
namespace {

using Bin = TreeGrower::Bin;

CAUSAL_KERNEL_INLINE void add(Bin& bin, const Bin& entry) {
  for (int lane = 0; lane < 4; ++lane) bin.lanes[lane] += entry.lanes[lane];
}

}  // namespace

CAUSAL_MULTIVERSION void add_to_bins(const std::uint8_t* codes, const std::int32_t* rows, const Bin* entries,
                                     std::int64_t m, Bin* bins) {
  for (std::int64_t k = 0; k < m; ++k) add(bins[codes[rows[k]]], entries[k]);
}

CAUSAL_MULTIVERSION void add_to_bins_noted(const std::uint8_t* codes, const std::int32_t* rows, const Bin* entries,
                                           std::int64_t m, Bin* bins, std::uint64_t* used) {
  for (std::int64_t k = 0; k < m; ++k) {
    const std::uint32_t code = codes[rows[k]];
    add(bins[code], entries[k]);
    used[code >> 6] |= std::uint64_t{1} << (code & 63U);
  }
}

CAUSAL_MULTIVERSION std::int64_t partition_rows(const std::uint8_t* codes, std::uint32_t cut, std::int64_t m,
                                                std::int32_t* rows, Bin* entries, std::int32_t* rows_scratch,
                                                Bin* entries_scratch) {
  std::int64_t left = 0;
  std::int64_t right = 0;
  // Both places are written and one index moves on: the branch would be a coin toss.
  for (std::int64_t k = 0; k < m; ++k) {
    const std::int32_t row = rows[k];
    const Bin entry = entries[k];
    const bool goes_right = codes[row] > cut;
    rows[left] = row;
    entries[left] = entry;
    rows_scratch[right] = row;
    entries_scratch[right] = entry;
    left += goes_right ? 0 : 1;
    right += goes_right ? 1 : 0;
  }
  std::copy(rows_scratch, rows_scratch + right, rows + left);
  std::copy(entries_scratch, entries_scratch + right, entries + left);
  return left;
}

}  // namespace causal::estimation::detail
