#include "training_data.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

namespace causal::estimation::detail {
namespace {

class ConstantPredictor final : public Predictor {
 public:
  ConstantPredictor(double value, std::vector<std::string> warnings) : value_(value) {
    warnings_ = std::move(warnings);
  }
  [[nodiscard]] Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& X) const override {
    return Eigen::VectorXd::Constant(X.rows(), value_);
  }

 private:
  double value_;
};

void check_outcome(std::string_view learner, double y, Target target, Eigen::Index row) {
  if (!std::isfinite(y)) throw DataError(fmt::format("{}: the outcome of row {} is {}", learner, row + 1, y));
  if (target == Target::Probability && y != 0 && y != 1) {
    throw DataError(
        fmt::format("{}: probabilities are fitted to outcomes 0 and 1; row {} has {}", learner, row + 1, y));
  }
}

}  // namespace

double TrainingData::mean() const { return weights.dot(y) / weights.sum(); }

TrainingData training_data(std::string_view learner, const Eigen::Ref<const Eigen::MatrixXd>& X,
                           const Eigen::Ref<const Eigen::VectorXd>& y, const Eigen::Ref<const Eigen::VectorXd>& weights,
                           Target target) {
  if (y.size() != X.rows() || (weights.size() != 0 && weights.size() != y.size())) {
    throw InvalidArgument(
        fmt::format("{}: X has {} rows, y {} and weights {}", learner, X.rows(), y.size(), weights.size()));
  }
  TrainingData data;
  data.is_weighted = weights.size() != 0;
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < y.size(); ++i) {
    const double weight = data.is_weighted ? weights(i) : 1;
    if (!(weight >= 0) || !std::isfinite(weight)) {
      throw DataError(fmt::format("{}: the weight of row {} is {}", learner, i + 1, weight));
    }
    if (weight == 0) continue;
    check_outcome(learner, y(i), target, i);
    rows.push_back(i);
  }
  if (rows.size() < 2)
    throw DataError(fmt::format("{} needs at least 2 rows to fit on; it got {}", learner, rows.size()));
  if (std::ssize(rows) == y.size()) {
    data.X = X;
    data.y = y;
    data.weights = data.is_weighted ? Eigen::VectorXd(weights) : Eigen::VectorXd::Ones(y.size());
  } else {
    data.X = X(rows, Eigen::all);
    data.y = y(rows);
    data.weights = weights(rows);
  }
  data.constant_outcome = data.y.minCoeff() == data.y.maxCoeff();
  return data;
}

std::unique_ptr<Predictor> constant_predictor(double value, std::vector<std::string> warnings) {
  return std::make_unique<ConstantPredictor>(value, std::move(warnings));
}

std::vector<int> outcome_strata(const Eigen::VectorXd& y, Target target) {
  std::vector<int> strata;
  if (target == Target::Probability) {
    for (const double value : y) strata.push_back(value > 0.5 ? 1 : 0);
  }
  return strata;
}

std::uint64_t inner_seed(const FitContext& context, std::uint32_t index) {
  return RandomStream(context.seed, RandomDomain::Folds, context.stream, 0x80000000U + index).bits();
}

double weighted_loss(Target target, double weight, double y, double prediction) {
  if (target == Target::Mean) return weight * (y - prediction) * (y - prediction);
  const double p = std::clamp(prediction, 1e-15, 1 - 1e-15);
  return -weight * (y * std::log(p) + (1 - y) * std::log1p(-p));
}

}  // namespace causal::estimation::detail
