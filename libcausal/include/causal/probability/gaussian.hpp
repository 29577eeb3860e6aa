#pragma once
// Gaussian channels: affine maps with Gaussian noise, their composition and conditioning.

#include <Eigen/Core>
#include <optional>
#include <vector>

namespace causal {

/// The channel y = A x + b + N(0, S) from R^n to R^m. A state is a channel from R^0: N(b, S).
/// Source: Fritz, "A synthetic approach to Markov kernels, conditional independence and theorems on sufficient
/// statistics", Adv. Math. 370, 2020, section 6.
class GaussianMap {
 public:
  /// a: m x n, b: m, s: m x m. Errors: InvalidArgument for shapes that do not fit, values that are not finite, a matrix
  /// s that is not symmetric or not positive semidefinite, to 1e-9 of its largest diagonal entry.
  GaussianMap(Eigen::MatrixXd a, Eigen::VectorXd b, Eigen::MatrixXd s);
  /// The state N(mean, covariance). Errors: as above.
  static GaussianMap state(const Eigen::VectorXd& mean, const Eigen::MatrixXd& covariance);
  /// The state that is this point.
  static GaussianMap point(const Eigen::VectorXd& x);
  static GaussianMap identity(int n);
  /// x -> (x, x, ..., x).
  static GaussianMap copy(int n, int times = 2);
  static GaussianMap discard(int n);

  [[nodiscard]] int in() const { return static_cast<int>(a_.cols()); }
  [[nodiscard]] int out() const { return static_cast<int>(a_.rows()); }
  [[nodiscard]] const Eigen::MatrixXd& a() const { return a_; }
  [[nodiscard]] const Eigen::VectorXd& b() const { return b_; }
  [[nodiscard]] const Eigen::MatrixXd& s() const { return s_; }
  /// The outputs listed, in that order (0-based, may repeat). Errors: InvalidArgument out of range.
  [[nodiscard]] GaussianMap outputs(const std::vector<int>& which) const;

 private:
  Eigen::MatrixXd a_, s_;
  Eigen::VectorXd b_;
};

/// First f, then g. Errors: InvalidArgument when dimensions do not meet.
[[nodiscard]] GaussianMap then(const GaussianMap& f, const GaussianMap& g);
/// Side by side, with independent noise.
[[nodiscard]] GaussianMap tensor(const GaussianMap& f, const GaussianMap& g);
/// The largest absolute difference of entries of (A, b, S). Errors: InvalidArgument for different shapes.
[[nodiscard]] double max_difference(const GaussianMap& f, const GaussianMap& g);

/// A conditional distribution, which is determined on the support of what is conditioned on and nowhere else.
struct GaussianConditional {
  GaussianMap channel;      ///< From the given coordinates to the others.
  Eigen::VectorXd centre;   ///< Mean of the given coordinates.
  Eigen::MatrixXd support;  ///< Projector onto the directions in which they vary; the identity at full rank.
  int rank = 0;             ///< Dimension of the support.

  /// Is the value centre + something in the range of `support`, to a relative 1e-9 in units of standard deviations? A
  /// coordinate without variance must equal its mean to 1e-9 of max(1, |mean|).
  [[nodiscard]] bool contains(const Eigen::VectorXd& given) const;

  Eigen::VectorXd scale;  ///< Standard deviations of the given coordinates; 1 where they are constant.
};

/// The conditional of coordinates `of` given coordinates `given` of a state (0-based): with the covariance in blocks,
/// K = S_BA S_AA^+ and (K, mu_B - K mu_A, S_BB - K S_AB). The pseudo-inverse is of the correlation matrix, of rank
/// decided at n eps of the largest pivot, so that units do not matter.
/// Errors: InvalidArgument unless `state` is a state, coordinates are in range and none is given twice.
[[nodiscard]] GaussianConditional disintegrate(const GaussianMap& state, const std::vector<int>& given,
                                               const std::vector<int>& of);

/// The state of coordinates `of` when the `given` ones are observed; nothing when that is outside the support.
[[nodiscard]] std::optional<GaussianMap> condition(const GaussianMap& state, const std::vector<int>& given,
                                                   const Eigen::VectorXd& values, const std::vector<int>& of);

/// The channel from outputs of `channel` back to its inputs, when these are distributed as `prior`.
/// Errors: InvalidArgument unless `prior` is a state on the inputs.
[[nodiscard]] GaussianConditional bayesian_inversion(const GaussianMap& prior, const GaussianMap& channel);

}  // namespace causal
