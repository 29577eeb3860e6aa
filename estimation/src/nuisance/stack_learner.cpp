#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/estimation/nuisance/learners.hpp"
#include "causal/estimation/nuisance/nonnegative.hpp"
#include "causal/run/error.hpp"
#include "training_data.hpp"

namespace causal::estimation {
namespace {

/// "linear, forest" as kinds.
std::vector<LearnerKind> parse_members(const std::string& text) {
  std::vector<LearnerKind> kinds;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    std::string name = text.substr(begin, end - begin);
    std::erase(name, ' ');
    const std::optional<LearnerKind> kind = enum_from_name<LearnerKind>(name);
    if (!kind || *kind == LearnerKind::Stack || std::find(kinds.begin(), kinds.end(), *kind) != kinds.end()) {
      throw InvalidArgument("stack_learner", "members", "'" + text + "'",
                            "list different learners, by commas, of linear, ridge, lasso, nearest, forest, "
                            "boosting");
    }
    kinds.push_back(*kind);
    begin = end + 1;
  }
  if (kinds.size() < 2) throw InvalidArgument("stack_learner", "members", "'" + text + "'", "be two or more");
  return kinds;
}

class StackPredictor final : public Predictor {
 public:
  void add(double weight, std::unique_ptr<Predictor> member) {
    for (const std::string& warning : member->warnings()) warnings_.push_back(warning);
    members_.emplace_back(weight, std::move(member));
  }
  [[nodiscard]] Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& X) const override {
    Eigen::VectorXd prediction = Eigen::VectorXd::Zero(X.rows());
    for (const auto& [weight, member] : members_) prediction += weight * member->predict(X);
    // A mixture of probabilities passes 1 by rounding only.
    if (is_probability_) prediction = prediction.cwiseMin(1);
    return prediction;
  }
  explicit StackPredictor(Target target) : is_probability_(target == Target::Probability) {}

 private:
  bool is_probability_;
  std::vector<std::pair<double, std::unique_ptr<Predictor>>> members_;
};

class StackLearner final : public Learner {
 public:
  explicit StackLearner(const LearnerOptions& options) : tuning_folds_(options.tuning_folds) {
    for (const LearnerKind kind : parse_members(options.members)) members_.push_back(make_learner(kind, options));
  }
  [[nodiscard]] std::string_view name() const override { return "stack"; }
  [[nodiscard]] std::unique_ptr<Predictor> fit(const Eigen::Ref<const Eigen::MatrixXd>& X,
                                               const Eigen::Ref<const Eigen::VectorXd>& y,
                                               const Eigen::Ref<const Eigen::VectorXd>& weights,
                                               const FitContext& context) const override {
    const detail::TrainingData data = detail::training_data(name(), X, y, weights, context.target);
    const int count = std::min(tuning_folds_, static_cast<int>(data.n()));
    const std::vector<int> strata = detail::outcome_strata(data.y, context.target);
    const Folds folds = make_folds(data.n(), count, strata, {}, detail::inner_seed(context, 0));
    const Eigen::VectorXd given = data.is_weighted ? data.weights : Eigen::VectorXd();
    Eigen::MatrixXd predictions(data.n(), std::ssize(members_));
    for (std::size_t m = 0; m < members_.size(); ++m) {
      predictions.col(static_cast<Eigen::Index>(m)) =
          cross_fit(*members_[m], data.X, data.y, given, {}, folds, inside(context, m)).prediction;
    }
    const Eigen::VectorXd mixture = mixture_weights(predictions, data.y, data.weights);
    auto stack = std::make_unique<StackPredictor>(context.target);
    for (std::size_t m = 0; m < members_.size(); ++m) {
      const double weight = mixture(static_cast<Eigen::Index>(m));
      FitContext member_context = inside(context, m);
      member_context.stream = 1;  // 0 gave the streams of the folds, 0 to 1023.
      member_context.seed = detail::inner_seed(member_context, 0);
      if (weight > 0) stack->add(weight, members_[m]->fit(data.X, data.y, given, member_context));
    }
    return stack;
  }

 private:
  static FitContext inside(const FitContext& context, std::size_t member) {
    FitContext inner = context;
    inner.seed = detail::inner_seed(context, static_cast<std::uint32_t>(member) + 1);
    inner.stream = 0;
    return inner;
  }

  int tuning_folds_;
  std::vector<std::unique_ptr<Learner>> members_;
};

}  // namespace

std::unique_ptr<Learner> stack_learner(const LearnerOptions& options) {
  validate(options, "stack_learner");
  return std::make_unique<StackLearner>(options);
}

}  // namespace causal::estimation
