#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/estimation/nuisance/learners.hpp"
#include "causal/estimation/nuisance/tree.hpp"
#include "causal/run/parallel.hpp"
#include "training_data.hpp"

// Friedman (2001): algorithms 2 (squared error) and 5 (log loss). For the latter splits weigh rows by p (1 - p) and
// leaves take Newton steps, as in Friedman, Hastie and Tibshirani (2000); a step is shortened until the training loss
// cannot rise by it.

namespace causal::estimation {
namespace {

constexpr int kUsualDepth = 3;

double probability(double eta) {
  const double e = std::exp(-std::abs(eta));
  return eta >= 0 ? 1 / (1 + e) : e / (1 + e);
}

/// The share of a Newton step to take. The log loss, shifted by s on the whole leaf, is at most its value at 0 minus
/// G s plus H (exp|s| - |s| - 1), since its third derivative is at most its second; with s = share * G / H it does
/// not rise while share * v^2 >= exp|s| - |s| - 1, v = G / H.
double safe_step(double newton, double share) {
  double step = share * newton;
  while (std::abs(newton * step) < std::expm1(std::abs(step)) - std::abs(step)) step /= 2;
  return step;
}

/// Adds a tree a round to what is predicted for its rows.
class Booster {
 public:
  Booster(const detail::TrainingData& data, const BinnedColumns& columns, std::vector<std::int32_t> rows,
          const LearnerOptions& options, Target target, int threads)
      : data_(data),
        rows_(std::move(rows)),
        target_(target),
        rate_(options.learning_rate),
        grower_(columns, {.max_depth = options.max_depth > 0 ? options.max_depth : kUsualDepth,
                          .min_leaf = options.min_leaf,
                          .threads = threads}),
        responses_(rows_.size()) {
    double sum = 0;
    double weight = 0;
    for (const std::int32_t row : rows_) {
      sum += data.weights(row) * data.y(row);
      weight += data.weights(row);
    }
    start_ = sum / weight;
    // All outcomes alike in these rows: half a row of the other kind keeps the start finite.
    if (target == Target::Probability) {
      const double half = weight / (2 * static_cast<double>(rows_.size()));
      const double mean = std::clamp(start_, half / (weight + half), weight / (weight + half));
      start_ = std::log(mean / (1 - mean));
    }
    eta_ = Eigen::VectorXd::Constant(data.n(), start_);
  }

  [[nodiscard]] double start() const { return start_; }

  [[nodiscard]] Tree next() {
    for (std::size_t k = 0; k < rows_.size(); ++k) responses_[k] = response(rows_[k]);
    Tree tree = grower_.grow(rows_, responses_, unused_);
    for (const TreeGrower::Leaf& leaf : grower_.leaves()) {
      double& value = tree.values[static_cast<std::size_t>(leaf.node)];
      value = target_ == Target::Mean ? rate_ * value : safe_step(value, rate_);
      for (std::int32_t k = leaf.begin; k < leaf.end; ++k) eta_(grower_.order()[static_cast<std::size_t>(k)]) += value;
    }
    return tree;
  }

 private:
  [[nodiscard]] WeightedResponse response(std::int32_t row) const {
    const double weight = data_.weights(row);
    if (target_ == Target::Mean) return {weight * (data_.y(row) - eta_(row)), weight};
    const double p = probability(eta_(row));
    return {weight * (data_.y(row) - p), weight * std::max(p * (1 - p), 1e-12)};
  }

  const detail::TrainingData& data_;
  std::vector<std::int32_t> rows_;
  Target target_;
  double rate_;
  TreeGrower grower_;
  std::vector<WeightedResponse> responses_;
  Eigen::VectorXd eta_;
  double start_ = 0;
  RandomStream unused_{0, RandomDomain::Trees};
};

class BoostingPredictor final : public Predictor {
 public:
  BoostingPredictor(std::vector<std::vector<double>> cuts, std::vector<Tree> trees, double start, Target target,
                    int threads)
      : cuts_(std::move(cuts)), trees_(std::move(trees)), start_(start), target_(target), threads_(threads) {}

  [[nodiscard]] Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& X) const override {
    const std::vector<std::uint8_t> codes = encode_rows(cuts_, X, threads_);
    Eigen::VectorXd eta = Eigen::VectorXd::Constant(X.rows(), start_);
    parallel_chunks(X.rows(), 1024, threads_, [&](std::int64_t begin, std::int64_t end, int) {
      add_predictions(trees_, codes.data(), static_cast<int>(X.cols()), begin, end, 1, eta.data());
    });
    return target_ == Target::Mean ? eta : Eigen::VectorXd(eta.unaryExpr(&probability));
  }

 private:
  std::vector<std::vector<double>> cuts_;
  std::vector<Tree> trees_;
  double start_;
  Target target_;
  int threads_;
};

/// Loss on the rows of one fold after each round of a fit on the others.
std::vector<double> fold_losses(const detail::TrainingData& data, const BinnedColumns& columns,
                                const std::vector<std::uint8_t>& codes, const Folds& folds, int fold,
                                const LearnerOptions& options, Target target) {
  std::vector<std::int32_t> rows;
  std::vector<std::int32_t> held_out;
  for (std::size_t i = 0; i < folds.of.size(); ++i) {
    (folds.of[i] == fold ? held_out : rows).push_back(static_cast<std::int32_t>(i));
  }
  Booster booster(data, columns, std::move(rows), options, target, 1);
  std::vector<double> eta(held_out.size(), booster.start());
  std::vector<double> losses;
  for (int round = 0; round < options.rounds; ++round) {
    const Tree tree = booster.next();
    double loss = 0;
    for (std::size_t k = 0; k < held_out.size(); ++k) {
      const std::int32_t row = held_out[k];
      eta[k] += tree.values[static_cast<std::size_t>(
          tree.leaf_of(&codes[static_cast<std::size_t>(row) * static_cast<std::size_t>(columns.cols())]))];
      const double prediction = target == Target::Mean ? eta[k] : probability(eta[k]);
      loss += detail::weighted_loss(target, data.weights(row), data.y(row), prediction);
    }
    losses.push_back(loss);
  }
  return losses;
}

int best_rounds(const detail::TrainingData& data, const BinnedColumns& columns, const LearnerOptions& options,
                const FitContext& context) {
  const int count = std::min(options.tuning_folds, static_cast<int>(data.n()));
  const std::vector<int> strata = detail::outcome_strata(data.y, context.target);
  const Folds folds = make_folds(data.n(), count, strata, {}, detail::inner_seed(context, 0));
  const std::vector<std::uint8_t> codes = encode_rows(columns.cuts(), data.X, context.threads);
  std::vector<std::vector<double>> losses(static_cast<std::size_t>(count));
  parallel_for(count, context.threads, [&](std::int64_t fold) {
    losses[static_cast<std::size_t>(fold)] =
        fold_losses(data, columns, codes, folds, static_cast<int>(fold), options, context.target);
  });
  std::vector<double> total(static_cast<std::size_t>(options.rounds), 0.0);
  for (const std::vector<double>& loss : losses) {
    for (std::size_t round = 0; round < total.size(); ++round) total[round] += loss[round];
  }
  return static_cast<int>(std::min_element(total.begin(), total.end()) - total.begin()) + 1;
}

class BoostingLearner final : public Learner {
 public:
  explicit BoostingLearner(LearnerOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::string_view name() const override { return "boosting"; }
  [[nodiscard]] std::unique_ptr<Predictor> fit(const Eigen::Ref<const Eigen::MatrixXd>& X,
                                               const Eigen::Ref<const Eigen::VectorXd>& y,
                                               const Eigen::Ref<const Eigen::VectorXd>& weights,
                                               const FitContext& context) const override {
    const detail::TrainingData data = detail::training_data(name(), X, y, weights, context.target);
    if (data.X.cols() == 0) return detail::constant_predictor(data.mean(), {});
    if (data.constant_outcome) return detail::constant_predictor(data.y(0), {"all outcomes of a fit were the same"});
    const BinnedColumns columns(data.X, context.threads);
    const int rounds = options_.stop_early ? best_rounds(data, columns, options_, context) : options_.rounds;
    std::vector<std::int32_t> all(static_cast<std::size_t>(data.n()));
    std::iota(all.begin(), all.end(), 0);
    Booster booster(data, columns, std::move(all), options_, context.target, context.threads);
    std::vector<Tree> trees;
    for (int round = 0; round < rounds; ++round) trees.push_back(booster.next());
    return std::make_unique<BoostingPredictor>(columns.cuts(), std::move(trees), booster.start(), context.target,
                                               context.threads);
  }

 private:
  LearnerOptions options_;
};

}  // namespace

std::unique_ptr<Learner> boosting_learner(const LearnerOptions& options) {
  validate(options, "boosting_learner");
  return std::make_unique<BoostingLearner>(options);
}

}  // namespace causal::estimation
