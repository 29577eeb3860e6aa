#pragma once
// What a diagram becomes under a functor to tables: tensors that share indices.

#include <vector>

#include "causal/probability/factor.hpp"

namespace causal {

/// A product of factors, summed over every index that is not open. An index may stand in any number of factors: copying
/// costs nothing. Index i has cardinality `cardinalities[i]`.
struct TensorNetwork {
  std::vector<int> cardinalities;
  std::vector<Factor> tensors;   ///< Scopes are indices.
  std::vector<VariableId> open;  ///< Indices of the result, in order; may repeat (then the result is on the diagonal).
};

}  // namespace causal
