#pragma once
// The design of a regression of the outcome on covariates, treatment and their products.

#include <Eigen/Core>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "causal/estimation/effect/estimand.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"

namespace causal::estimation {

/// The doses of a continuous treatment that are compared.
struct Doses {
  double low = 0;
  double high = 1;
};

/// Columns in this order: ones, covariates, treatment, products of modifiers and treatment. A column that is a linear
/// function of others is left out from the right, so the treatment never takes the place of a covariate. A discrete
/// treatment of k levels has k - 1 indicators, of all levels but the control.
class OutcomeDesign {
 public:
  /// modifiers: names of covariate columns ("educ"), of a discrete covariate ("race": all its indicators), or "*" for
  /// all. Errors: InvalidArgument for an unknown or repeated one.
  OutcomeDesign(const EffectData& data, std::span<const std::string> modifiers, Doses doses, std::string_view function);

  [[nodiscard]] Eigen::MatrixXd observed() const;              ///< n x k.
  [[nodiscard]] Eigen::MatrixXd were_all(bool treated) const;  ///< n x k, were every row treated (or control).
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// The first column that has to do with the treatment.
  [[nodiscard]] int first_treatment_column() const { return 1 + data_.covariates.count(); }
  /// Is that column the one that tells the two compared levels (doses) apart?
  [[nodiscard]] int compared_column() const;

 private:
  [[nodiscard]] Eigen::MatrixXd with_treatment(const Eigen::MatrixXd& treatment) const;

  const EffectData& data_;
  Doses doses_;
  std::vector<int> modifiers_;
  std::vector<int> levels_;  // Of a discrete treatment, those with an indicator.
  std::vector<std::string> names_;
};

/// 1 in every row (ATE), in treated rows (ATT), in control rows (ATC). Errors: InvalidArgument for Overlap, and for a
/// continuous treatment unless the estimand is the ATE.
[[nodiscard]] Eigen::VectorXd population_of(const EffectData& data, Estimand estimand, std::string_view function);

/// Is a' b determined by the data? It is when every aliased column enters `a` as the columns that it is a function of
/// do; else returns the name of one that does not. design, weights: of the fit; bread: its bread.
[[nodiscard]] std::optional<std::string> undetermined_column(const Eigen::MatrixXd& design,
                                                             const Eigen::VectorXd& weights,
                                                             const IndependentColumns& columns,
                                                             const Eigen::MatrixXd& bread, const Eigen::VectorXd& a,
                                                             const std::vector<std::string>& names);

/// "2 of 9 columns were left out as linear functions of others: 'a', 'b'"; empty when none was.
[[nodiscard]] std::string aliased_warning(const IndependentColumns& columns, const std::vector<std::string>& names);

}  // namespace causal::estimation
