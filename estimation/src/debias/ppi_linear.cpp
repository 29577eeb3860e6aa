// Means, contrasts of arms and linear regressions: estimates whose three parts are linear in the outcomes.

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/LU>
#include <cmath>

#include "causal/math/product.hpp"
#include "causal/run/error.hpp"
#include "debias/ppi_design.hpp"
#include "debias/ppi_rectify.hpp"

namespace causal::estimation {
namespace {

using ppi::Lambda;
using ppi::LambdaTerms;
using ppi::Parts;
using ppi::Weights;

Lambda lambda_of(const Parts& parts, const PpiData& data, const PpiOptions& options) {
  if (options.tuning == PpiTuning::Fixed) return {options.lambda, options.lambda, 0};
  return ppi::best_lambda(ppi::lambda_terms(parts, data));
}

Estimate one_number(std::string estimand, const Parts& parts, const PpiData& data, const PpiOptions& options) {
  Estimate estimate = ppi::rectified(std::move(estimand), parts, lambda_of(parts, data, options), 0, data, options);
  const std::vector<std::string> warnings = ppi::row_warnings(data);
  estimate.warnings.insert(estimate.warnings.end(), warnings.begin(), warnings.end());
  return estimate;
}

double weighted_mean(const Eigen::VectorXd& values, const Eigen::VectorXd& weights) {
  return weights.dot(values) / static_cast<double>(values.size());
}

/// Row values whose weighted mean is asked for; the weights are random, so the influence is w (x - mean).
Parts mean_parts(const Eigen::VectorXd& y, const Eigen::VectorXd& f, const Eigen::VectorXd& u, const Weights& weights) {
  Parts parts;
  parts.a = weighted_mean(y, weights.labelled);
  parts.b = weighted_mean(f, weights.labelled);
  parts.c = weighted_mean(u, weights.unlabelled);
  parts.influence_a = weights.labelled.cwiseProduct((y.array() - parts.a).matrix());
  parts.influence_b = weights.labelled.cwiseProduct((f.array() - parts.b).matrix());
  parts.influence_c = weights.unlabelled.cwiseProduct((u.array() - parts.c).matrix());
  parts.centre();
  parts.between = parts.b - parts.c;
  return parts;
}

void check_arms(const Eigen::VectorXd& treatment, const Eigen::VectorXd& propensity, Eigen::Index rows,
                const Eigen::VectorXd& weights, std::string_view group) {
  if (treatment.size() != rows || propensity.size() != rows) {
    throw InvalidArgument("ppi_ate", fmt::format("{} treatment and propensity", group),
                          fmt::format("{} and {} rows", treatment.size(), propensity.size()),
                          fmt::format("have the {} rows of the group", rows));
  }
  std::array<bool, 2> seen{false, false};
  for (Eigen::Index i = 0; i < rows; ++i) {
    if (treatment(i) != 0 && treatment(i) != 1) {
      throw DataError(fmt::format("{} treatment of row {} is {}; it must be 0 or 1", group, i + 1, treatment(i)));
    }
    if (!(propensity(i) > 0 && propensity(i) < 1)) {
      throw DataError(fmt::format("{} propensity of row {} is {}; it must lie in (0, 1)", group, i + 1, propensity(i)),
                      {}, "Rows that could be in one arm only have no effect to estimate: leave them out.");
    }
    if (weights(i) > 0) seen[treatment(i) == 1 ? 1 : 0] = true;
  }
  for (const int arm : {0, 1}) {
    if (!seen[static_cast<std::size_t>(arm)]) {
      throw DataError(fmt::format("no {} row of positive weight has treatment {}", group, arm));
    }
  }
}

/// Difference of weighted arm means and its influence values.
std::pair<double, Eigen::VectorXd> hajek(const Eigen::VectorXd& x, const Eigen::VectorXd& treatment,
                                         const Eigen::VectorXd& propensity, const Eigen::VectorXd& weights) {
  const Eigen::ArrayXd treated = weights.array() * treatment.array() / propensity.array();
  const Eigen::ArrayXd control = weights.array() * (1 - treatment.array()) / (1 - propensity.array());
  const double mean1 = (treated * x.array()).sum() / treated.sum();
  const double mean0 = (control * x.array()).sum() / control.sum();
  Eigen::VectorXd influence =
      (treated * (x.array() - mean1) / treated.mean() - control * (x.array() - mean0) / control.mean()).matrix();
  return {mean1 - mean0, std::move(influence)};
}

Parts hajek_parts(const PpiData& data, const PpiArms& arms, const Weights& weights) {
  Parts parts;
  std::tie(parts.a, parts.influence_a) = hajek(data.outcome, arms.treatment, arms.propensity, weights.labelled);
  std::tie(parts.b, parts.influence_b) = hajek(data.prediction, arms.treatment, arms.propensity, weights.labelled);
  std::tie(parts.c, parts.influence_c) =
      hajek(data.unlabelled, arms.unlabelled_treatment, arms.unlabelled_propensity, weights.unlabelled);
  parts.centre();
  return parts;
}

Eigen::VectorXd signed_weights(const Eigen::VectorXd& treatment, const Eigen::VectorXd& propensity) {
  return (treatment.array() / propensity.array() - (1 - treatment.array()) / (1 - propensity.array())).matrix();
}

/// (X' W X / n)^-1 of one group.
Eigen::MatrixXd bread_of(const Eigen::MatrixXd& X, const Eigen::VectorXd& weights, int threads) {
  const Eigen::MatrixXd weighted = weights.asDiagonal() * X;
  const Eigen::MatrixXd gram = cross_product(X, weighted, threads) / static_cast<double>(X.rows());
  return gram.llt().solve(Eigen::MatrixXd::Identity(X.cols(), X.cols()));
}

}  // namespace

Estimate ppi_mean(const PpiData& data, const PpiOptions& options) {
  const Weights weights = ppi::checked_weights(data, options, "ppi_mean");
  if (const std::string reason = ppi::too_few_rows(data); !reason.empty()) {
    return degenerate_estimate("ppi", "mean", data.n() + data.n_unlabelled(), reason);
  }
  return one_number("mean", mean_parts(data.outcome, data.prediction, data.unlabelled, weights), data, options);
}

Estimate ppi_ate(const PpiData& data, const PpiArms& arms, PpiContrast contrast, const PpiOptions& options) {
  const Weights weights = ppi::checked_weights(data, options, "ppi_ate");
  check_arms(arms.treatment, arms.propensity, data.n(), weights.labelled, "labelled");
  check_arms(arms.unlabelled_treatment, arms.unlabelled_propensity, data.n_unlabelled(), weights.unlabelled,
             "unlabelled");
  if (const std::string reason = ppi::too_few_rows(data); !reason.empty()) {
    return degenerate_estimate("ppi", "ate", data.n() + data.n_unlabelled(), reason);
  }
  if (contrast == PpiContrast::Hajek) return one_number("ate", hajek_parts(data, arms, weights), data, options);
  const Eigen::VectorXd w = signed_weights(arms.treatment, arms.propensity);
  const Eigen::VectorXd w_unlabelled = signed_weights(arms.unlabelled_treatment, arms.unlabelled_propensity);
  return one_number("ate",
                    mean_parts(data.outcome.cwiseProduct(w), data.prediction.cwiseProduct(w),
                               data.unlabelled.cwiseProduct(w_unlabelled), weights),
                    data, options);
}

namespace ppi {

/// The three regressions of OLS, kept so that their parts can be made column by column.
class OlsFits {
 public:
  OlsFits(const PpiData& data, const PpiDesign& design, const Weights& weights, const PpiOptions& options)
      : data_(data), design_(design), weights_(weights), joint_(options.scores == PpiScores::JointFit) {
    const int threads = options.run.threads;
    bread_ = bread_of(design.labelled, weights.labelled, threads);
    bread_unlabelled_ = bread_of(design.unlabelled, weights.unlabelled, threads);
    a_ = bread_ * moment(design.labelled, weights.labelled, data.outcome, threads);
    b_ = bread_ * moment(design.labelled, weights.labelled, data.prediction, threads);
    c_ = bread_unlabelled_ * moment(design.unlabelled, weights.unlabelled, data.unlabelled, threads);
    if (!joint_) return;
    const auto n = static_cast<double>(data.n());
    const auto m = static_cast<double>(data.n_unlabelled());
    pooled_ = ((n * bread_.inverse() + m * bread_unlabelled_.inverse()) / (n + m)).inverse();
  }

  /// Column j; with JointFit residuals are taken at the coefficients for this lambda.
  [[nodiscard]] Parts parts(Eigen::Index j, double lambda) const {
    const Eigen::VectorXd joint = a_ + lambda * (c_ - b_);
    // ppi_py takes the bread of the labelled rows when the predictions are unused.
    const Eigen::MatrixXd& labelled = joint_ && lambda != 0 ? pooled_ : bread_;
    const Eigen::MatrixXd& unlabelled = joint_ ? pooled_ : bread_unlabelled_;
    Parts parts;
    parts.a = a_(j);
    parts.b = b_(j);
    parts.c = c_(j);
    const Eigen::VectorXd lever = weights_.labelled.cwiseProduct(design_.labelled * labelled.col(j));
    parts.influence_a = lever.cwiseProduct(data_.outcome - design_.labelled * (joint_ ? joint : a_));
    parts.influence_b = lever.cwiseProduct(data_.prediction - design_.labelled * (joint_ ? joint : b_));
    parts.influence_c = weights_.unlabelled.cwiseProduct(design_.unlabelled * unlabelled.col(j))
                            .cwiseProduct(data_.unlabelled - design_.unlabelled * (joint_ ? joint : c_));
    parts.centre();
    return parts;
  }
  [[nodiscard]] double spent() const { return joint_ ? 1 : static_cast<double>(design_.labelled.cols()); }

 private:
  static Eigen::VectorXd moment(const Eigen::MatrixXd& X, const Eigen::VectorXd& weights, const Eigen::VectorXd& y,
                                int threads) {
    const Eigen::VectorXd weighted = weights.cwiseProduct(y);
    return cross_product(X, weighted, threads) / static_cast<double>(X.rows());
  }

  const PpiData& data_;
  const PpiDesign& design_;
  const Weights& weights_;
  bool joint_;
  Eigen::MatrixXd bread_, bread_unlabelled_, pooled_;
  Eigen::VectorXd a_, b_, c_;
};

std::vector<Estimate> ols(const PpiData& data, const PpiDesign& design, const std::vector<std::string>& names,
                          const Weights& weights, const PpiOptions& options) {
  const OlsFits fits(data, design, weights, options);
  const Eigen::Index k = design.labelled.cols();
  std::vector<Lambda> lambdas(static_cast<std::size_t>(k), {options.lambda, options.lambda, 0});
  if (options.tuning != PpiTuning::Fixed) {
    LambdaTerms sum;
    for (Eigen::Index j = 0; j < k; ++j) {
      const LambdaTerms own = lambda_terms(fits.parts(j, 1), data);
      lambdas[static_cast<std::size_t>(j)] = best_lambda(own);
      sum.numerator += own.numerator;
      sum.denominator += own.denominator;
    }
    if (options.tuning == PpiTuning::Overall) lambdas.assign(static_cast<std::size_t>(k), best_lambda(sum));
  }
  std::vector<Estimate> estimates;
  for (Eigen::Index j = 0; j < k; ++j) {
    const Lambda& lambda = lambdas[static_cast<std::size_t>(j)];
    estimates.push_back(rectified(names[static_cast<std::size_t>(j)], fits.parts(j, lambda.value), lambda, fits.spent(),
                                  data, options));
  }
  return estimates;
}

}  // namespace ppi
}  // namespace causal::estimation
