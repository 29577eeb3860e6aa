#include <algorithm>
#include <utility>

#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/estimation/nuisance/learners.hpp"
#include "causal/estimation/nuisance/nearest.hpp"
#include "causal/run/parallel.hpp"
#include "training_data.hpp"

namespace causal::estimation {
namespace {

class NearestPredictor final : public Predictor {
 public:
  NearestPredictor(NearestRows rows, std::int64_t k, int threads) : rows_(std::move(rows)), k_(k), threads_(threads) {}
  [[nodiscard]] Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& X) const override {
    return rows_.means(X, k_, threads_);
  }

 private:
  NearestRows rows_;
  std::int64_t k_;
  int threads_;
};

/// 5, 10, 20, ... up to half of the rows of a fit, 160 at most: more rows make the search slow.
std::vector<std::int64_t> neighbour_grid(std::int64_t rows) {
  std::vector<std::int64_t> grid;
  for (std::int64_t k = 5; k <= std::min<std::int64_t>(160, rows / 2); k *= 2) grid.push_back(k);
  if (grid.empty()) grid.push_back(std::max<std::int64_t>(1, rows / 2));
  return grid;
}

std::int64_t best_neighbours(const detail::TrainingData& data, int tuning_folds, const FitContext& context) {
  const int count = std::min(tuning_folds, static_cast<int>(data.n()));
  const std::vector<std::int64_t> grid = neighbour_grid(data.n() - data.n() / count);
  if (grid.size() == 1) return grid.front();
  const std::vector<int> strata = detail::outcome_strata(data.y, context.target);
  const Folds folds = make_folds(data.n(), count, strata, {}, detail::inner_seed(context, 0));
  std::vector<double> losses(grid.size(), 0.0);
  for (int fold = 0; fold < count; ++fold) {
    std::vector<Eigen::Index> rows;
    std::vector<Eigen::Index> held_out;
    for (std::size_t i = 0; i < folds.of.size(); ++i) {
      (folds.of[i] == fold ? held_out : rows).push_back(static_cast<Eigen::Index>(i));
    }
    const NearestRows nearest(Eigen::MatrixXd(data.X(rows, Eigen::all)), Eigen::VectorXd(data.y(rows)),
                              Eigen::VectorXd(data.weights(rows)));
    const Eigen::MatrixXd queries = data.X(held_out, Eigen::all);
    for (std::size_t g = 0; g < grid.size(); ++g) {
      const Eigen::VectorXd prediction = nearest.means(queries, grid[g], context.threads);
      for (std::size_t i = 0; i < held_out.size(); ++i) {
        losses[g] += detail::weighted_loss(context.target, data.weights(held_out[i]), data.y(held_out[i]),
                                           prediction(static_cast<Eigen::Index>(i)));
      }
    }
  }
  return grid[static_cast<std::size_t>(std::min_element(losses.begin(), losses.end()) - losses.begin())];
}

class NearestLearner final : public Learner {
 public:
  explicit NearestLearner(LearnerOptions options) : options_(std::move(options)) {}
  [[nodiscard]] std::string_view name() const override { return "nearest"; }
  [[nodiscard]] std::unique_ptr<Predictor> fit(const Eigen::Ref<const Eigen::MatrixXd>& X,
                                               const Eigen::Ref<const Eigen::VectorXd>& y,
                                               const Eigen::Ref<const Eigen::VectorXd>& weights,
                                               const FitContext& context) const override {
    const detail::TrainingData data = detail::training_data(name(), X, y, weights, context.target);
    if (data.X.cols() == 0) return detail::constant_predictor(data.mean(), {});
    const std::int64_t k =
        options_.neighbours > 0 ? options_.neighbours : best_neighbours(data, options_.tuning_folds, context);
    return std::make_unique<NearestPredictor>(NearestRows(data.X, data.y, data.weights), k, context.threads);
  }

 private:
  LearnerOptions options_;
};

}  // namespace

std::unique_ptr<Learner> nearest_learner(const LearnerOptions& options) {
  validate(options, "nearest_learner");
  return std::make_unique<NearestLearner>(options);
}

}  // namespace causal::estimation
