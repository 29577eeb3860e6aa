#pragma once
// How far a plugged-in mean reward may be from the truth.

#include <Eigen/Core>
#include <array>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "causal/bandits/structure/column_statistics.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

/// A bound on the largest singular value of the error D of the weight matrix, with probability 1 - delta, when the
/// columns of D are independent normal vectors with covariances of the largest eigenvalues given.
struct SpectralBound {
  double always = 0;        ///< Holds for all eigenvalues.
  double square_root = 0;   ///< The simpler form 2 (n^2 + 2n)^(1/4) sqrt(ln(2n/delta) sum).
  bool root_valid = false;  ///< Whether the premise of the simpler form holds; false when one column is far worse
                            ///< known than the others.
  [[nodiscard]] double value() const { return root_valid && square_root < always ? square_root : always; }
};

/// Sub-exponential matrix Bernstein for the Hermitian dilation of D: with l = ln(2n/delta), V = sqrt(n(n+2)) sum and
/// R = sqrt((n+2) max) / 2, the bound is R l + sqrt(R^2 l^2 + 2 V l); its square-root form needs
/// sqrt((n+2)/n) l <= sum/max. n >= 1, 0 <= max <= sum, 0 < delta < 1. Errors: InvalidArgument.
/// Source of the form: Tropp, "User-friendly tail bounds for sums of random matrices", Found. Comput. Math. 12, 2012.
[[nodiscard]] SpectralBound spectral_bound(int n, double sum_of_eigenvalues, double largest_eigenvalue, double delta);

/// How the width of an action is measured.
enum class WidthKind {
  Spectral,  ///< |flow| |mean| sqrt(4 ln(2n/delta) sum_n sqrt(p_n (p_n + 2)) lambda_n): the published index.
  Delta,     ///< z standard errors by the delta method: tight, and no guarantee.
  /// Node after node from confidence ellipsoids (Abbasi-Yadkori, Pal and Szepesvari, NeurIPS 2011): holds for adaptive
  /// data when the graph is right and prior_sd = noise_sd / sqrt(ridge); loose in deep graphs.
  Recursive
};

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::WidthKind> {
  static constexpr std::array<std::pair<bandits::WidthKind, std::string_view>, 3> names{
      {{bandits::WidthKind::Spectral, "spectral"},
       {bandits::WidthKind::Delta, "delta"},
       {bandits::WidthKind::Recursive, "recursive"}}};
};

namespace causal::bandits {

struct WidthOptions {
  WidthKind kind = WidthKind::Spectral;
  double delta = 0.05;     ///< Failure probability of Spectral and Recursive.
  double z = 3;            ///< Standard errors of Delta.
  double weight_norm = 5;  ///< Recursive: a bound on the norm of the weights into a node.
  double ridge = 1;        ///< Recursive: lambda of V = lambda I + G.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"kind", "how the width of an action is measured"}, self.kind);
    visitor(Field{"delta", "failure probability", open_interval(0, 1)}, self.delta);
    visitor(Field{"z", "standard errors of the delta width", at_least(0)}, self.z);
    visitor(Field{"weight_norm", "bound on the norm of the weights into a node", at_least(0)}, self.weight_norm);
    visitor(Field{"ridge", "ridge of the confidence ellipsoids", open_interval(0, 1e100)}, self.ridge);
  }
};

/// Means of all nodes and the flow to the reward under one action.
struct ActionModel {
  Eigen::VectorXd mean;
  Eigen::VectorXd flow;
};
/// By substitution when the arms have an order, else by a dense solve; nothing when I - W is singular.
[[nodiscard]] std::optional<ActionModel> action_model(const LinearArms& arms, const Action& action);

/// Widths of the mean reward under the actions of one set of estimates.
class ActionWidth {
 public:
  /// `statistics` are those the estimates come from; only Recursive reads them. Errors: InvalidArgument for an option
  /// out of range, and for Recursive arms without an order.
  ActionWidth(const ArmEstimates& estimates, const ArmStatistics& statistics, const WidthOptions& options = {});
  /// `model` must be that of the action. O(sum of squares of in-degrees).
  [[nodiscard]] double operator()(const Action& action, const ActionModel& model) const;

 private:
  [[nodiscard]] double spectral(const Action& action, const ActionModel& model) const;
  [[nodiscard]] double delta(const Action& action, const ActionModel& model) const;
  [[nodiscard]] double recursive(const Action& action, const ActionModel& model) const;

  struct Ellipsoid {
    Eigen::MatrixXd inverse;  // of V
    double radius = 0;        // beta
    double largest = 0;       // eigenvalue of the inverse
  };
  const ArmEstimates& estimates_;
  WidthOptions options_;
  std::array<std::vector<Ellipsoid>, 2> ellipsoids_;
};

/// What |mean| can be at most when the estimated mean is `mean_hat`, |C_hat| the norm of the estimated total effects
/// and xi a bound on the error of the weights: |mean_hat| / (1 - |C_hat| xi), infinite when that is not positive.
[[nodiscard]] double mean_norm_bound(double mean_hat_norm, double total_effects_norm, double xi);

}  // namespace causal::bandits
