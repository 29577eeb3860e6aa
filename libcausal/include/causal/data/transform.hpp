#pragma once
// Transforms of numeric columns, cell by cell, that keep missing cells missing.

#include <Eigen/Core>
#include <array>
#include <string_view>
#include <utility>

#include "causal/data/dataset.hpp"
#include "causal/run/options.hpp"

namespace causal {

/// A monotone change of scale of a column.
enum class Transform {
  Ranks,         ///< 1 to the number of observed cells; ties share their average rank.
  NormalScores,  ///< Van der Waerden scores: the normal quantile of rank / (observed + 1).
  Standardise    ///< Mean 0 and standard deviation 1 (divisor n - 1).
};

template <>
struct EnumNames<Transform> {
  static constexpr std::array<std::pair<Transform, std::string_view>, 3> names{
      {{Transform::Ranks, "ranks"},
       {Transform::NormalScores, "normal_scores"},
       {Transform::Standardise, "standardise"}}};
};

/// The transform of one column; NaN cells are left out of it and stay NaN.
/// Errors: DataError when standardising fewer than two distinct values. Cost: O(n log n), O(n) to standardise.
[[nodiscard]] Eigen::VectorXd transformed(const Eigen::Ref<const Eigen::VectorXd>& column, Transform transform);

/// A copy of the table with its continuous and count columns transformed, which makes them continuous; columns with a
/// role and discrete and binary columns stay as they are. Errors: as above, naming the column.
[[nodiscard]] Dataset transformed(const Dataset& data, Transform transform, const RunOptions& run = {});

}  // namespace causal
