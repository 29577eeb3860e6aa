#pragma once
// An elimination order written out as steps over tables, with their cost.

#include <vector>

#include "interaction_graph.hpp"

namespace causal::detail {

/// Multiplies the inputs and sums out `summed`. Tables 0..T-1 are the tensors of the network, T + s is the result of
/// step s; every table is used once.
struct ContractionStep {
  std::vector<VariableId> summed;
  std::vector<int> inputs;
  /// Of the result; what is summed first stands first, open indices last. Of a matrix product: `batch` indices of both
  /// inputs, then `rows` of the first, then those of the second alone.
  std::vector<VariableId> scope;
  bool is_matrix_product = false;
  std::size_t batch = 0;
  std::size_t rows = 0;
};

struct ContractionProgram {
  std::vector<ContractionStep> steps;  ///< The last one gives the result over the distinct open indices, in order.
  double max_table_bytes = 0;
  std::size_t largest_step = 0;  ///< The step whose result is largest.
  double peak_bytes = 0;
  double operations = 0;
  int width = 0;
};

/// Scopes are those without fixed indices and slices. Cost: O(sum of scope lengths).
[[nodiscard]] ContractionProgram compile(const TensorNetwork& network, const IndexRoles& roles,
                                         const std::vector<VariableId>& order);

/// The order and slices of a plan, and their program.
struct PlannedProgram {
  ContractionPlan plan;
  ContractionProgram program;
  IndexRoles roles;  ///< Slices are fixed at 0 here.
};

/// `plan` without the lower bound.
[[nodiscard]] PlannedProgram plan_program(const TensorNetwork& network, const Evidence& evidence,
                                          const ContractionOptions& options, const StopSignal& stop);

/// Whether a plan stays within memory and multiplications.
[[nodiscard]] bool is_allowed(const ContractionPlan& plan, const ContractionOptions& options);

/// The bytes that tables may take together.
[[nodiscard]] double allowed_bytes(const ContractionOptions& options);

}  // namespace causal::detail
