#pragma once
// What an InvariantPredictor holds.

#include <string>
#include <vector>

#include "causal/estimation/invariance/invariant_predictor.hpp"
#include "invariance/smooth_regression.hpp"

namespace causal::estimation {

class InvariantPredictor::Fit {
 public:
  std::string target;
  std::vector<std::string> columns;
  std::vector<NodeId> nodes;                     ///< By column: where the regression looks for it.
  std::vector<std::vector<std::string>> levels;  ///< By column; empty for numbers.
  NodeId width = 0;                              ///< Nodes of the graph.
  SmoothRegression regression;
};

}  // namespace causal::estimation
