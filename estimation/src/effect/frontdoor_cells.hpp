#pragma once
// The front-door formula on cells of discrete treatment, mediators and covariates.

#include <Eigen/Core>
#include <string>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"

namespace causal::estimation {

/// Rows by number of joint value, 0..count-1 in order of values.
struct JointValues {
  std::vector<int> of;
  int count = 1;
  std::vector<Eigen::Index> example;  ///< A row of each value.
};
[[nodiscard]] JointValues joint_values(const Eigen::MatrixXd& columns);

class FrontdoorCells {
 public:
  /// Errors: DataError for a continuous treatment, no mediator, missing outcomes, more than 2e7 cells.
  explicit FrontdoorCells(const EffectData& data);

  struct Mean {
    double value = 0;
    Eigen::VectorXd influence;  ///< Empty unless asked for.
    std::string undefined;      ///< Not empty: which cell has no rows.
  };
  [[nodiscard]] Mean mean(int arm, const Eigen::VectorXd& weights, bool with_influence) const;

 private:
  [[nodiscard]] std::size_t cell(int stratum, int arm, int m) const;
  [[nodiscard]] std::string name_of(int stratum, int arm, int m) const;

  const EffectData& data_;
  JointValues strata_;
  JointValues mediators_;
  int arms_;
};

}  // namespace causal::estimation
