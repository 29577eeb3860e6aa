#pragma once
// Parametric regressions along treatment -> mediators -> outcome, and the means of worlds that they imply.

#include <Eigen/Core>
#include <string>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/mediation.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"

namespace causal::estimation {

struct PathSpec {
  PathModelKind outcome = PathModelKind::Linear;
  PathModelKind mediator = PathModelKind::Linear;
  bool interaction = false;
};

/// The columns of the regressions.
struct PathData {
  Eigen::VectorXd outcome;
  Eigen::VectorXd dose;
  Eigen::MatrixXd mediators;
  Eigen::MatrixXd covariates;  ///< n x p, indicators of levels that are not compared included.
  Eigen::MatrixXd averaged;    ///< The same with those indicators 0: everybody is treated or control.
  double control = 0;
  double treated = 1;
  std::string outcome_name;
  std::vector<std::string> mediator_names;
};

/// Errors: DataError for missing outcomes, no mediator, cells that the models do not allow.
[[nodiscard]] PathData path_data(const EffectData& data, const PathSpec& spec, double control_value,
                                 double treated_value, std::string_view function);

/// E Y(t, M(t')): per row, and the derivative of the weighted mean by the parameters.
struct WorldMean {
  Eigen::VectorXd rows;
  Eigen::VectorXd gradient;  ///< Empty unless asked for.
  double value = 0;
};

/// One regression: of a mediator or of the outcome.
struct PathFit {
  Eigen::MatrixXd design;
  Eigen::VectorXd coefficients;
  Eigen::MatrixXd bread;
  Eigen::VectorXd residuals;  ///< Linear: y - mean; else (y - mean) times derivative over variance.
  double dof = 0;
};

class PathModel {
 public:
  /// Fits; weights: n, of any positive sum. Keeps references to data.
  PathModel(const PathData& data, const PathSpec& spec, Eigen::VectorXd weights);

  [[nodiscard]] WorldMean mean(double t, double t_mediators, bool with_gradient) const;
  /// Influence values of all parameters, n x P.
  [[nodiscard]] Eigen::MatrixXd parameter_influence() const;
  /// P x P: model-based covariance of the parameters.
  [[nodiscard]] Eigen::MatrixXd parameter_covariance() const;
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }
  [[nodiscard]] const Eigen::VectorXd& weights() const { return weights_; }

 private:
  [[nodiscard]] Eigen::Index mediator_count() const { return data_.mediators.cols(); }
  [[nodiscard]] Eigen::Index parameters() const;
  /// Where the parameters of mediator k, of the residual covariance and of the outcome begin.
  [[nodiscard]] Eigen::Index start_of(Eigen::Index k) const;
  [[nodiscard]] bool has_spread() const {
    return spec_.mediator == PathModelKind::Linear && spec_.outcome != PathModelKind::Linear;
  }
  /// Effects of the mediators on the linear predictor at dose t.
  [[nodiscard]] Eigen::VectorXd slopes_at(double t) const;
  [[nodiscard]] Eigen::VectorXd predictor_without_mediators(double t) const;
  [[nodiscard]] WorldMean mean_over_normal(double t, double t_mediators, bool with_gradient) const;
  [[nodiscard]] WorldMean mean_over_values(double t, double t_mediators, bool with_gradient) const;
  void fit(PathFit& fit, const Eigen::VectorXd& y, PathModelKind kind, const std::string& name);

  const PathData& data_;
  PathSpec spec_;
  Eigen::VectorXd weights_;
  std::vector<PathFit> mediator_fits_;
  Eigen::MatrixXd spread_;  ///< Residual covariance of linear mediators.
  PathFit outcome_fit_;
  std::vector<std::string> warnings_;
};

}  // namespace causal::estimation
