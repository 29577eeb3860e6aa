#pragma once
// Runs a contraction program step by step.

#include <cstdint>
#include <vector>

#include "causal/run/stop.hpp"
#include "cell_bounds.hpp"
#include "contraction_kernel.hpp"
#include "contraction_program.hpp"

namespace causal::detail {

/// Cells are value * 2^exponent (Linear) or e^(value) * 2^exponent (Log).
struct Table {
  std::vector<double> cells;
  std::int64_t exponent = 0;
  CellBounds bounds = {};  // only kept in the linear domain
};

/// The tensors in the form a run needs.
struct Tensors {
  Domain domain = Domain::Linear;
  std::vector<CellBounds> bounds;         // one per tensor; none when some entry is negative: then nothing is checked
  std::vector<std::vector<double>> logs;  // in the log domain
};

[[nodiscard]] Tensors with_bounds(const TensorNetwork& network);
[[nodiscard]] Tensors with_logs(const TensorNetwork& network);

/// Runs a program on the tensors of a network with the given values of the fixed indices (-1: not fixed). The result is
/// the table over the distinct open indices that are not fixed. Degenerate when a product could leave the range of a
/// double.
[[nodiscard]] Status execute(const TensorNetwork& network, const ContractionProgram& program, const Tensors& tensors,
                             const std::vector<int>& fixed, int threads, const StopSignal& stop, Table& result);

}  // namespace causal::detail
