#pragma once
// What all prediction-powered estimates share: checks, lambda, and the estimate from its three parts.

#include <Eigen/Core>
#include <string>
#include <string_view>
#include <vector>

#include "causal/estimation/debias/ppi.hpp"

namespace causal::estimation::ppi {

/// Weights of mean 1.
struct Weights {
  Eigen::VectorXd labelled;
  Eigen::VectorXd unlabelled;
};

/// Checks what needs no covariates; the weights, normalised.
[[nodiscard]] Weights checked_weights(const PpiData& data, const PpiOptions& options, std::string_view function);

void check_cells(const Eigen::Ref<const Eigen::VectorXd>& values, std::string_view name);

/// Why the data give no answer, or empty.
[[nodiscard]] std::string too_few_rows(const PpiData& data);

/// What is odd about the rows themselves.
[[nodiscard]] std::vector<std::string> row_warnings(const PpiData& data);

/// One coefficient, from outcomes (a), predictions of the same rows (b) and of the others (c). To first order the error
/// of a is mean(influence_a), and so on.
struct Parts {
  double a = 0;
  double b = 0;
  double c = 0;
  Eigen::VectorXd influence_a;
  Eigen::VectorXd influence_b;
  Eigen::VectorXd influence_c;
  /// Mean of influence_b minus mean of influence_c before they were shifted: part of the pooled variance.
  double between = 0;

  /// Shifts the influence values to mean 0 and sets `between`.
  void centre();
};

/// Weight of the predictions, and numerator and denominator of the best one.
struct Lambda {
  double value = 1;
  double raw = 1;
  int halvings = 0;
};
struct LambdaTerms {
  double numerator = 0;
  double denominator = 0;
};
[[nodiscard]] LambdaTerms lambda_terms(const Parts& parts, const PpiData& data);
/// Clips to [0, 1]; 0 when the predictions do not vary.
[[nodiscard]] Lambda best_lambda(const LambdaTerms& terms);

/// The estimate a + lambda (c - b) and its standard error; spent: degrees of freedom taken by the fit in each group.
[[nodiscard]] Estimate rectified(std::string estimand, const Parts& parts, const Lambda& lambda, double spent,
                                 const PpiData& data, const PpiOptions& options);

/// Warnings and figures about lambda.
void describe_lambda(Estimate& estimate, const Lambda& lambda, const PpiData& data);

}  // namespace causal::estimation::ppi
