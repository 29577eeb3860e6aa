#pragma once
// Predict-then-debias: prediction-powered inference for any estimator, and for predicted covariates as well.

#include <Eigen/Core>
#include <functional>
#include <string>
#include <vector>

#include "causal/estimation/estimate.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

/// A table of complete rows, the same rows with some columns replaced by predictions, and the rows where only the
/// replaced table exists. The columns are the same in all three.
struct ProxyData {
  Eigen::MatrixXd complete;                 ///< n x p.
  Eigen::MatrixXd proxy;                    ///< n x p.
  Eigen::MatrixXd unlabelled;               ///< N x p.
  Eigen::VectorXd weights = {};             ///< n, or empty for ones.
  Eigen::VectorXd unlabelled_weights = {};  ///< N, or empty for ones.
  std::vector<int> clusters = {};           ///< n and N numbers in one numbering, or both empty.
  std::vector<int> unlabelled_clusters = {};
};

/// k coefficients from a table whose rows count `weights` times. Called from several threads at once; deterministic.
using WeightedFit = std::function<Eigen::VectorXd(const Eigen::MatrixXd& rows, const Eigen::VectorXd& weights)>;

struct PtdOptions {
  int replicates = 2000;
  double level = 0.95;
  bool tuned = true;
  std::vector<std::string> names = {};  ///< k, or empty: "theta1", ...
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"replicates", "bootstrap resamples", at_least(20)}, self.replicates);
    visitor(Field{"level", "confidence level", open_interval(0, 1)}, self.level);
    visitor(Field{"tuned", "weigh the predictions by what they explain; else weight 1"}, self.tuned);
  }
};

/// theta = omega gamma_U + (theta_L - omega gamma_L), gamma from proxies, with omega the diagonal matrix
/// cov(theta_L, gamma_L) / (var gamma_L + var gamma_U) over bootstrap replicates, not clipped (it may well be outside
/// [0, 1] and the estimate stays consistent). Percentile intervals over resamples of all n + N rows, or of whole
/// clusters; p_value: twice the smaller share of replicates on a side of 0, (1 + count) / (replicates + 1), at most 1.
///
/// Figures: omega, replicates, failed_replicates (the fit threw causal::Error or gave a number that is not finite; also
/// warned of). Stopped early: status says so and the replicates done are used; Degenerate with fewer than 20.
/// No influence values. Errors: InvalidArgument for sizes; DataError for cells that are not finite; those of `fit` on
/// the data themselves. Cost 3 fits a replicate. Deterministic whatever the number of threads.
/// Source: D. M. Kluger, K. Lu, T. Zrnic, S. Wang, S. Bates, "Prediction-powered inference with imputed covariates and
/// nonuniform sampling", arXiv 2501.18577, the bootstrap with diagonal tuning.
[[nodiscard]] std::vector<Estimate> predict_then_debias(const ProxyData& data, const WeightedFit& fit,
                                                        const PtdOptions& options = {});

}  // namespace causal::estimation
