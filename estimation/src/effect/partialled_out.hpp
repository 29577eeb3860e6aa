#pragma once
// Outcome, endogenous columns and instruments with the exogenous columns partialled out, rows scaled by root weights.

#include <Eigen/Core>
#include <span>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"

namespace causal::estimation {

/// By the theorem of Frisch, Waugh and Lovell the coefficients of D and their covariance are those of a problem in
/// which y, D and Z are replaced by what is left of them beside X; X only costs degrees of freedom.
struct PartialledOut {
  Eigen::VectorXd y;            ///< n.
  Eigen::MatrixXd D;            ///< n x m.
  Eigen::MatrixXd instruments;  ///< n x q with orthonormal columns: a basis of what is left of the instruments.
  std::vector<int> aliased;     ///< Instruments that had nothing of their own.
  std::vector<bool> explained;  ///< Per column of D: whether X explains it up to rounding.
  int exogenous = 0;            ///< Independent columns of X.
  double rows = 0;              ///< Of positive weight.

  [[nodiscard]] Eigen::MatrixXd projected() const { return instruments * (instruments.transpose() * D); }
};

/// Errors: InvalidArgument for sizes; DataError for fewer instruments than columns of D, or too few rows.
[[nodiscard]] PartialledOut partial_out(const Eigen::Ref<const Eigen::VectorXd>& y,
                                        const Eigen::Ref<const Eigen::MatrixXd>& D,
                                        const Eigen::Ref<const Eigen::MatrixXd>& X,
                                        const Eigen::Ref<const Eigen::MatrixXd>& Z,
                                        const Eigen::Ref<const Eigen::VectorXd>& weights);

/// The same for one treatment, its covariates with a column of ones.
[[nodiscard]] PartialledOut partial_out(const EffectData& data, const Eigen::VectorXd& dose);

/// Sum of s_i s_i' over rows (over sums within clusters), s_i the rows of `scores`, with the small-sample factor of the
/// kind: 1 for Hc0, rows / dof for Hc1, G / (G - 1) (rows - 1) / dof for Cluster. Errors: InvalidArgument for other
/// kinds, missing clusters or fewer than 2.
[[nodiscard]] Eigen::MatrixXd score_products(const Eigen::Ref<const Eigen::MatrixXd>& scores, CovarianceKind kind,
                                             std::span<const int> clusters, double rows, double dof);

/// Cluster when the data have clusters, else the kind given. Errors: InvalidArgument for Cluster without clusters, and
/// for Hc2 and Hc3.
[[nodiscard]] CovarianceKind instrumental_covariance(CovarianceKind kind, std::span<const int> clusters,
                                                     const char* function);

}  // namespace causal::estimation
