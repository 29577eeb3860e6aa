#pragma once
// Ridge regression on linear and random cosine features: smooth, quick to fit in folds, differentiable, and growing no
// faster than linearly beyond the data.

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal::estimation {

/// Rows of values by node; discrete nodes hold codes.
struct NodeValues {
  Eigen::MatrixXd values;   ///< rows x nodes.
  std::vector<int> levels;  ///< By node: number of levels, 0 for a continuous node.
};

/// One standardised input: a node's value, or whether it has a level.
struct SmoothInput {
  NodeId node = 0;
  int level = -1;  ///< -1: the value itself.
  double mean = 0;
  double scale = 1;
};

/// The inputs that vary in the table; more than two levels are an input each but the first.
[[nodiscard]] std::vector<SmoothInput> smooth_inputs(const NodeValues& table, const NodeSet& nodes);
/// rows x inputs.
[[nodiscard]] Eigen::MatrixXd encode(const std::vector<SmoothInput>& inputs,
                                     const Eigen::Ref<const Eigen::MatrixXd>& values);

struct SmoothFitOptions {
  int features = 48;  ///< Cosines.
  int folds = 5;
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;  ///< Keeps the random features of regressions apart.
};

/// A fit on all rows and one without each fold.
class SmoothRegression {
 public:
  SmoothRegression() = default;
  /// Fits `target` on `inputs`, any of which may be constant (it is then passed over). fold_of: the fold of each row.
  /// Ridge penalty and width of the cosines are those of the least squared error out of fold.
  SmoothRegression(const NodeValues& table, const NodeSet& inputs, const Eigen::Ref<const Eigen::VectorXd>& target,
                   std::span<const int> fold_of, const SmoothFitOptions& options);

  /// The fit on all rows stands behind the folds.
  [[nodiscard]] int whole() const { return static_cast<int>(weights_.cols()) - 1; }
  /// Predictions for the rows of `values`, row i by the fit without fold fit_of[i], or by `whole()`.
  [[nodiscard]] Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& values,
                                        std::span<const int> fit_of) const;
  /// The same; adds to `adjoint` (rows x nodes) the derivative of sum_i slope_i prediction_i in the continuous inputs.
  void pull_back(const Eigen::Ref<const Eigen::MatrixXd>& values, std::span<const int> fit_of,
                 const Eigen::Ref<const Eigen::VectorXd>& slope, Eigen::MatrixXd& adjoint) const;

 private:
  [[nodiscard]] Eigen::MatrixXd design(const Eigen::MatrixXd& Z) const;
  void draw_cosines(double width, const SmoothFitOptions& options);

  std::vector<SmoothInput> inputs_;
  Eigen::MatrixXd directions_;  // inputs x features
  Eigen::RowVectorXd phases_;
  Eigen::MatrixXd weights_;  // (1 + inputs + features) x (folds + 1)
};

}  // namespace causal::estimation
