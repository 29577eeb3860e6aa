#include <fmt/format.h>

#include <utility>

#include "causal/estimation/nuisance/learner.hpp"
#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

class FunctionPredictor final : public Predictor {
 public:
  FunctionPredictor(std::string name, PredictFn predict) : name_(std::move(name)), predict_(std::move(predict)) {}
  [[nodiscard]] Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& X) const override {
    Eigen::VectorXd prediction = predict_(X);
    if (prediction.size() != X.rows() || !prediction.allFinite()) {
      throw DataError(fmt::format("the regression '{}' gave {} predictions, or one that is not finite, for {} rows",
                                  name_, prediction.size(), X.rows()));
    }
    return prediction;
  }

 private:
  std::string name_;
  PredictFn predict_;
};

class FunctionLearner final : public Learner {
 public:
  FunctionLearner(std::string name, FitFn fit) : name_(std::move(name)), fit_(std::move(fit)) {}
  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::unique_ptr<Predictor> fit(const Eigen::Ref<const Eigen::MatrixXd>& X,
                                               const Eigen::Ref<const Eigen::VectorXd>& y,
                                               const Eigen::Ref<const Eigen::VectorXd>& weights,
                                               const FitContext& context) const override {
    return std::make_unique<FunctionPredictor>(name_, fit_(X, y, weights, context));
  }

 private:
  std::string name_;
  FitFn fit_;
};

}  // namespace

std::unique_ptr<Learner> function_learner(std::string name, FitFn fit) {
  return std::make_unique<FunctionLearner>(std::move(name), std::move(fit));
}

}  // namespace causal::estimation
