#pragma once
// A fitted predictor that means the same in every environment.

#include <Eigen/Core>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "causal/data/dataset.hpp"

namespace causal::estimation {

/// E[target | subset, do(mutable)], fitted: made by select_stable_subset, applied to rows of any environment. Copies
/// share the fit. Thread-safe.
class InvariantPredictor {
 public:
  class Fit;  ///< Behind the door.
  explicit InvariantPredictor(std::shared_ptr<const Fit> fit) : fit_(std::move(fit)) {}

  /// What is predicted.
  [[nodiscard]] const std::string& target() const;
  /// The columns that `predict` reads: the subset, and the mutable variables on which the prediction depends.
  [[nodiscard]] const std::vector<std::string>& columns() const;
  /// Predictions for the rows of a table that has the columns by name, other columns besides; levels are matched by
  /// their texts. Errors: InvalidArgument for a missing column; DataError for a missing cell, a level that the fit has
  /// not seen, text where a number is needed.
  [[nodiscard]] Eigen::VectorXd predict(const Dataset& data) const;

 private:
  std::shared_ptr<const Fit> fit_;
};

}  // namespace causal::estimation
