#pragma once
// Prediction-powered inference without a ready-made predictor: train it on the labelled rows themselves, by folds.

#include <Eigen/Core>
#include <cstdint>

#include "causal/estimation/debias/ppi.hpp"
#include "causal/estimation/nuisance/learner.hpp"

namespace causal::estimation {

struct CrossPpiOptions {
  int folds = 10;
  Target target = Target::Mean;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"folds", "parts of the labelled rows, each predicted by a fit on the others", at_least(2)},
            self.folds);
  }
};

/// Data for ppi_mean, ppi_ate and ppi_regression from a learner: each labelled row is predicted by the fit on the other
/// folds; each unlabelled row gets the mean over the fits, which may be averaged because these estimates are linear in
/// the unlabelled predictions. Not for ppi_quantile: the distribution of a mean of predictions is not that of a
/// prediction.
///
/// X: n x p, y: n, X_unlabelled: N x p, without a column of ones. weights of PpiData can be set afterwards.
/// Errors: InvalidArgument for sizes and folds; DataError for cells that are not finite; those of the learner.
/// Deterministic whatever the number of threads. Memory O(n + N) beside the fits.
/// Source: T. Zrnic, E. J. Candes, "Cross-prediction-powered inference", PNAS 121 (2024); intervals from ppi_mean with
/// lambda = 1 are those of the paper without its bootstrap correction for the spread between fits, so they assume
/// fits that hardly differ from fold to fold.
[[nodiscard]] PpiData cross_predictions(const Learner& learner, const Eigen::Ref<const Eigen::MatrixXd>& X,
                                        const Eigen::Ref<const Eigen::VectorXd>& y,
                                        const Eigen::Ref<const Eigen::MatrixXd>& X_unlabelled,
                                        const CrossPpiOptions& options = {});

/// The same from predictions that were made elsewhere: prediction (n) out of fold, fold_predictions N x K.
/// Errors: InvalidArgument for K < 2.
[[nodiscard]] PpiData cross_predictions(const Eigen::Ref<const Eigen::VectorXd>& y,
                                        const Eigen::Ref<const Eigen::VectorXd>& prediction,
                                        const Eigen::Ref<const Eigen::MatrixXd>& fold_predictions);

}  // namespace causal::estimation
