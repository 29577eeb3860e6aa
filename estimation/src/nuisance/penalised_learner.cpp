#include <algorithm>
#include <utility>

#include "causal/estimation/nuisance/glm.hpp"
#include "causal/estimation/nuisance/penalised.hpp"
#include "training_data.hpp"

namespace causal::estimation {
namespace {

class PenalisedPredictor final : public Predictor {
 public:
  PenalisedPredictor(double intercept, Eigen::VectorXd coefficients, Target target, std::vector<std::string> warnings)
      : intercept_(intercept), coefficients_(std::move(coefficients)), target_(target) {
    warnings_ = std::move(warnings);
  }
  [[nodiscard]] Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& X) const override {
    const Eigen::VectorXd eta = (X * coefficients_).array() + intercept_;
    return target_ == Target::Mean ? eta : glm_mean(GlmFamily::Logistic, eta);
  }

 private:
  double intercept_;
  Eigen::VectorXd coefficients_;
  Target target_;
};

class PenalisedLearner final : public Learner {
 public:
  PenalisedLearner(Penalty penalty, LearnerOptions options) : penalty_(penalty), options_(std::move(options)) {}
  [[nodiscard]] std::string_view name() const override { return penalty_ == Penalty::Squares ? "ridge" : "lasso"; }
  [[nodiscard]] std::unique_ptr<Predictor> fit(const Eigen::Ref<const Eigen::MatrixXd>& X,
                                               const Eigen::Ref<const Eigen::VectorXd>& y,
                                               const Eigen::Ref<const Eigen::VectorXd>& weights,
                                               const FitContext& context) const override {
    const detail::TrainingData data = detail::training_data(name(), X, y, weights, context.target);
    if (data.X.cols() == 0) return detail::constant_predictor(data.mean(), {});
    if (data.constant_outcome) return detail::constant_predictor(data.y(0), {"all outcomes of a fit were the same"});
    const std::vector<double> lambdas = penalties(data, context);
    const PenalisedPath path = fit_penalised_path(penalty_, context.target, data.X, data.y, data.weights, lambdas);
    std::vector<std::string> warnings;
    if (path.status != Status::Ok) warnings.emplace_back("a penalised regression did not converge");
    const Eigen::Index last = std::ssize(lambdas) - 1;
    return std::make_unique<PenalisedPredictor>(path.intercepts(last), path.coefficients.col(last), context.target,
                                                std::move(warnings));
  }

 private:
  /// The path down to the penalty that is used.
  [[nodiscard]] std::vector<double> penalties(const detail::TrainingData& data, const FitContext& context) const {
    if (options_.lambda > 0) return {options_.lambda};
    std::vector<double> grid = penalty_grid(penalty_, data.X, data.y, data.weights, options_.lambda_steps);
    const int folds = std::min(options_.tuning_folds, static_cast<int>(data.n()));
    PenaltyChoice choice =
        choose_penalty(penalty_, data.X, data.y, data.weights, grid, options_.lambda_rule, folds, context);
    grid.resize(static_cast<std::size_t>(choice.chosen) + 1);
    return grid;
  }

  Penalty penalty_;
  LearnerOptions options_;
};

}  // namespace

std::unique_ptr<Learner> ridge_learner(const LearnerOptions& options) {
  validate(options, "ridge_learner");
  return std::make_unique<PenalisedLearner>(Penalty::Squares, options);
}

std::unique_ptr<Learner> lasso_learner(const LearnerOptions& options) {
  validate(options, "lasso_learner");
  return std::make_unique<PenalisedLearner>(Penalty::AbsoluteValues, options);
}

}  // namespace causal::estimation
