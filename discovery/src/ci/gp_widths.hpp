#pragma once
// Kernel widths learned from data: Gaussian-process regression of one variable's kernel features on other variables
// (Rasmussen and Williams 2006, chapter 5), as the kernel tests and embeddings use it (Zhang et al. 2011, section 3.5).

#include <Eigen/Core>
#include <limits>

#include "causal/run/status.hpp"

namespace causal::discovery::detail {

/// What the kernel between rows compares. Immutable references: the matrices must outlive it.
struct GpInputs {
  const Eigen::MatrixXd& quantities;  ///< n x d, d >= 0: each column gets a length of its own.
  /// n x n, symmetric, positive semidefinite, or null: a fixed factor of the kernel, e.g. equality of labels.
  const Eigen::MatrixXd* factor = nullptr;
};

/// The covariance of the targets of rows a and b:
///     signal_variance * factor(a, b) * exp(-sum_j (a_j - b_j)^2 / (2 lengths_j^2)) + noise_variance * [a is b].
struct GpParameters {
  Eigen::VectorXd lengths;  ///< One for each column of quantities.
  double signal_variance = 1;
  double noise_variance = 0.1;
};

/// Where the parameters are searched for.
struct GpBounds {
  double length_low = 1e-2, length_high = 1e2;
  double signal_low = 1e-3, signal_high = 1e3;
  double noise_low = 1e-10, noise_high = 10;
};

struct GpFit {
  GpParameters parameters;
  double nlml = std::numeric_limits<double>::quiet_NaN();  ///< Negative log marginal likelihood there.
  int evaluations = 0;
  /// Ok or MaxIterations, as `minimize` says. Degenerate, with the parameters of the start or the best seen, when there
  /// is nothing to learn from (no targets) or the search could not go on.
  Status status = Status::Ok;
};

/// exp(-sum_j (a_j - b_j)^2 / (2 lengths_j^2)) between the rows of `quantities`: n x n.
[[nodiscard]] Eigen::MatrixXd squared_exponential(const Eigen::MatrixXd& quantities, const Eigen::VectorXd& lengths);

/// The kernel of the learned process without its noise: signal_variance * factor * squared_exponential.
[[nodiscard]] Eigen::MatrixXd signal_kernel(const GpInputs& inputs, const GpParameters& parameters);

/// The negative log marginal likelihood of m independent processes with common parameters, one for each column of
/// targets (n x m), and its derivatives by (log lengths..., log signal_variance, log noise_variance).
/// Keeps its scratch: O(n (n + m)) doubles. An evaluation costs n^3 + 3 n^2 m flops and n^2 / 2 exponentials.
class GpLikelihood {
 public:
  GpLikelihood(const GpInputs& inputs, const Eigen::MatrixXd& targets);
  /// NaN when the covariance is not positive definite in floating point. Not thread-safe.
  [[nodiscard]] double operator()(const GpParameters& at, Eigen::VectorXd& gradient);

 private:
  void differentiate(const GpParameters& at, Eigen::VectorXd& gradient);

  GpInputs inputs_;
  const Eigen::MatrixXd& targets_;
  Eigen::MatrixXd signal_;     // lower triangle: kernel without noise
  Eigen::MatrixXd inverse_;    // lower triangle: inverse of the covariance, then derivative by it
  Eigen::MatrixXd solutions_;  // n x m: inverse times targets
};

/// The parameters of the largest marginal likelihood near `start`, moved within the bounds first.
/// Needs an optimiser (causal::optimizer_available), else throws Error. Deterministic, on one thread.
[[nodiscard]] GpFit fit_gp(const GpInputs& inputs, const Eigen::MatrixXd& targets, const GpParameters& start,
                           const GpBounds& bounds = {}, int max_evaluations = 350);

/// Kernel features of K (n x n, symmetric positive semidefinite, lower triangle read): the leading eigenvectors u_k
/// with eigenvalues e_k > relative_threshold * e_1, at most max_count, as columns 2 sqrt(n e_k / e_1) u_k. No columns
/// when K is 0. Signs are arbitrary, and so is the basis of equal eigenvalues; the likelihood depends on neither.
[[nodiscard]] Eigen::MatrixXd scaled_eigenvectors(const Eigen::MatrixXd& K, Eigen::Index max_count,
                                                  double relative_threshold);

/// The same for K = F F' with F n x r: costs n r^2.
[[nodiscard]] Eigen::MatrixXd scaled_eigenvectors_of_factor(const Eigen::MatrixXd& F, Eigen::Index max_count,
                                                            double relative_threshold);

struct ConditioningKernelOptions {
  double start_length = 1;          ///< For every column of the conditioning variables.
  Eigen::Index max_targets = 400;   ///< Features at most, and
  double max_targets_share = 0.25;  ///< at most this share of the rows.
  double relative_threshold = 1e-5;
  GpBounds bounds = {};
  int max_evaluations = 350;
};

/// What a kernel test removes from a variable given Z: the ridge regression with this kernel and ridge.
struct ConditioningKernel {
  Eigen::MatrixXd kernel;  ///< n x n, not centred.
  double ridge = 0;        ///< The learned noise variance.
  GpFit fit;
};

/// Learns the kernel on Z with which the features of K, the centred kernel of the tested variable, are predicted best.
/// Z: standardised columns. Source: Zhang et al. 2011, section 3.5.
[[nodiscard]] ConditioningKernel learn_conditioning_kernel(const Eigen::MatrixXd& K, const GpInputs& Z,
                                                           const ConditioningKernelOptions& options);

}  // namespace causal::discovery::detail
