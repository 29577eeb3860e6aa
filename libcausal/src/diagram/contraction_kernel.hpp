#pragma once
// The inner loop of a contraction: one table as a sum of products of others, without intermediate tables.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "causal/run/status.hpp"
#include "causal/run/stop.hpp"

namespace causal::detail {

/// Numbers as they are, or their logarithms (products are sums, sums are log-sum-exp; log 0 = -infinity).
enum class Domain { Linear, Log };

/// out[x] = sum over s < summed of prod_k operand_k[offset_k(x) + sum_offset_k(s)], x over `cardinalities` with the
/// last one fastest. Vectors keep their memory from step to step.
struct FusedStep {
  std::vector<int> cardinalities;
  int summed = 1;
  std::vector<const double*> operands;
  std::vector<std::ptrdiff_t> strides;      ///< Of operand k along dimension d at k * cardinalities.size() + d.
  std::vector<std::ptrdiff_t> sum_offsets;  ///< Of operand k at k * summed + s.
  double* out = nullptr;
};

/// Each cell is computed by one thread in one order: same bytes at any thread count. Asks `stop` now and then; when it
/// says no, the table is unfinished.
Status multiply_and_sum(const FusedStep& step, Domain domain, int threads, const StopSignal& stop);

/// The largest absolute value of n cells; in the log domain the largest cell.
[[nodiscard]] double largest_cell(const double* cells, std::size_t n, Domain domain);

}  // namespace causal::detail
