#pragma once
// Linear structural equation models: x = B x + c + e.

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/graph/dag.hpp"
#include "causal/run/options.hpp"
#include "causal/scm/linear_form.hpp"
#include "causal/scm/noise.hpp"

namespace causal {

/// How random coefficients and noise variances are drawn.
struct LinearSemOptions {
  double weight_min = 0.5;
  double weight_max = 1.0;
  double variance_min = 0.5;
  double variance_max = 1.5;
  NoiseLaw noise = NoiseLaw::Gaussian;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"weight_min", "smallest absolute coefficient", at_least(0)}, self.weight_min);
    visitor(Field{"weight_max", "largest absolute coefficient", at_least(0)}, self.weight_max);
    visitor(Field{"variance_min", "smallest noise variance", at_least(0)}, self.variance_min);
    visitor(Field{"variance_max", "largest noise variance", at_least(0)}, self.variance_max);
    visitor(Field{"noise", "distribution of the noise"}, self.noise);
  }
};

/// A linear model over a DAG with independent noise.
class LinearSem {
 public:
  /// weights[k] belongs to graph().graph().edges()[k]; intercepts and noise variances one per node.
  /// Errors: InvalidArgument for a size mismatch, a value that is not finite, a negative variance.
  LinearSem(Dag graph, std::vector<double> weights, std::vector<double> intercepts, std::vector<double> variances,
            NoiseLaw noise = NoiseLaw::Gaussian);
  /// Coefficients uniform on +-[weight_min, weight_max], variances uniform on [variance_min, variance_max], no
  /// intercepts; a function of (graph, options, seed).
  static LinearSem random(Dag graph, const LinearSemOptions& options, std::uint64_t seed);

  [[nodiscard]] const Dag& dag() const { return dag_; }
  [[nodiscard]] const std::vector<double>& weights() const { return weights_; }
  [[nodiscard]] const std::vector<double>& intercepts() const { return intercepts_; }
  [[nodiscard]] const std::vector<double>& variances() const { return variances_; }
  [[nodiscard]] NoiseLaw noise() const { return noise_; }
  /// M, c and Omega.
  [[nodiscard]] LinearForm linear_form() const;
  /// Implied mean (p) and covariance (p x p): M c and M Omega M^T with M = (I - B)^-1 by forward substitution.
  [[nodiscard]] Eigen::VectorXd mean() const;
  [[nodiscard]] Eigen::MatrixXd covariance() const;
  /// Entry (i, j): how much node i rises when node j is raised by one and all else follows. p x p, O(p (p + m)).
  [[nodiscard]] Eigen::MatrixXd total_effects() const { return causal::total_effects(dag_, weights_); }
  /// The effect of `from` on `to` along the directed paths that use only `edges`: the sum of their products of
  /// coefficients. Errors: InvalidArgument for an edge that the graph does not have. O(p + m).
  [[nodiscard]] double path_specific_effect(NodeId from, NodeId to, const std::vector<Edge>& edges) const;
  /// The model with v set to `value`: the edges into v and its noise are gone.
  /// Errors for both: InvalidArgument for an unknown node or a value that is not finite.
  [[nodiscard]] LinearSem do_(NodeId v, double value) const;
  /// The model with `delta` added to v, which keeps its parents.
  [[nodiscard]] LinearSem shift(NodeId v, double delta) const;
  /// n independent rows. The noise of node v in row i depends on (run.seed, v, i) only, so a row keeps its noise when n
  /// or the thread count changes. Cost O(n (p + m)).
  [[nodiscard]] Dataset sample(std::int64_t n, const RunOptions& run = {}) const;

 private:
  Dag dag_;
  std::vector<double> weights_;
  std::vector<double> intercepts_;
  std::vector<double> variances_;
  NoiseLaw noise_;
};

}  // namespace causal
