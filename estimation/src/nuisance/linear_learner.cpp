#include <fmt/format.h>

#include <utility>

#include "causal/estimation/nuisance/glm.hpp"
#include "causal/estimation/nuisance/learners.hpp"
#include "causal/estimation/nuisance/least_squares.hpp"

namespace causal::estimation {
namespace {

class LinearPredictor final : public Predictor {
 public:
  LinearPredictor(Eigen::VectorXd coefficients, Target target, std::vector<std::string> warnings)
      : coefficients_(std::move(coefficients)), target_(target) {
    warnings_ = std::move(warnings);
  }
  [[nodiscard]] Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& X) const override {
    const Eigen::VectorXd eta = (X * coefficients_.tail(X.cols())).array() + coefficients_(0);
    return target_ == Target::Mean ? eta : glm_mean(GlmFamily::Logistic, eta);
  }

 private:
  Eigen::VectorXd coefficients_;
  Target target_;
};

class LinearLearner final : public Learner {
 public:
  [[nodiscard]] std::string_view name() const override { return "linear"; }
  [[nodiscard]] std::unique_ptr<Predictor> fit(const Eigen::Ref<const Eigen::MatrixXd>& X,
                                               const Eigen::Ref<const Eigen::VectorXd>& y,
                                               const Eigen::Ref<const Eigen::VectorXd>& weights,
                                               const FitContext& context) const override {
    const Eigen::MatrixXd design = with_intercept(X);
    std::vector<std::string> warnings;
    if (context.target == Target::Mean) {
      const LeastSquaresFit fit = least_squares(design, y, weights);
      note_aliased(fit.columns, warnings);
      return std::make_unique<LinearPredictor>(fit.coefficients, context.target, std::move(warnings));
    }
    const GlmFit fit = fit_glm(design, y, {}, weights);
    note_aliased(fit.columns, warnings);
    if (fit.status != Status::Ok) warnings.emplace_back("a logistic regression did not converge (separated data?)");
    return std::make_unique<LinearPredictor>(fit.coefficients, context.target, std::move(warnings));
  }

 private:
  static void note_aliased(const IndependentColumns& columns, std::vector<std::string>& warnings) {
    if (columns.aliased.empty()) return;
    warnings.push_back(
        fmt::format("{} columns were left out of a regression as linear functions of others", columns.aliased.size()));
  }
};

}  // namespace

std::unique_ptr<Learner> linear_learner() { return std::make_unique<LinearLearner>(); }

}  // namespace causal::estimation
