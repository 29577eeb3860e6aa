#include "causal/estimation/debias/ppi_cross.hpp"

#include <fmt/format.h>

#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"

namespace causal::estimation {
namespace {

void check_input(const Eigen::Ref<const Eigen::MatrixXd>& X, const Eigen::Ref<const Eigen::VectorXd>& y,
                 const Eigen::Ref<const Eigen::MatrixXd>& X_unlabelled) {
  if (X.rows() != y.size() || X.cols() != X_unlabelled.cols()) {
    throw InvalidArgument(fmt::format(
        "cross_predictions: X is {} x {}, y has {} rows, X_unlabelled is {} x {}; rows of X and y and the columns of "
        "both tables must agree",
        X.rows(), X.cols(), y.size(), X_unlabelled.rows(), X_unlabelled.cols()));
  }
  if (!X.allFinite()) throw DataError("a covariate of a labelled row is missing or infinite");
  if (!X_unlabelled.allFinite()) throw DataError("a covariate of an unlabelled row is missing or infinite");
  if (!y.allFinite()) throw DataError("an outcome of a labelled row is missing or infinite");
}

}  // namespace

PpiData cross_predictions(const Learner& learner, const Eigen::Ref<const Eigen::MatrixXd>& X,
                          const Eigen::Ref<const Eigen::VectorXd>& y,
                          const Eigen::Ref<const Eigen::MatrixXd>& X_unlabelled, const CrossPpiOptions& options) {
  validate(options, "cross_predictions");
  check_input(X, y, X_unlabelled);
  const Folds folds = make_folds(y.size(), options.folds, {}, {}, options.run.seed);
  PpiData data;
  data.outcome = y;
  data.prediction.resize(y.size());
  data.unlabelled = Eigen::VectorXd::Zero(X_unlabelled.rows());
  // A round of as many fits as threads at a time keeps memory at O(threads N); sums run in the order of the folds.
  const int round = resolve_threads(options.run.threads);
  for (int first = 0; first < folds.count; first += round) {
    const int fits = std::min(round, folds.count - first);
    std::vector<Eigen::VectorXd> others(static_cast<std::size_t>(fits));
    parallel_for(fits, options.run.threads, [&](std::int64_t i) {
      const int fold = first + static_cast<int>(i);
      std::vector<int> in, out;
      for (int row = 0; row < static_cast<int>(y.size()); ++row) {
        (folds.of[static_cast<std::size_t>(row)] == fold ? out : in).push_back(row);
      }
      const FitContext context{
          .target = options.target, .seed = options.run.seed, .stream = static_cast<std::uint32_t>(fold), .threads = 1};
      const Eigen::MatrixXd train = X(in, Eigen::all);
      const Eigen::VectorXd train_y = y(in);
      const std::unique_ptr<Predictor> predictor = learner.fit(train, train_y, Eigen::VectorXd(), context);
      const Eigen::MatrixXd held_out = X(out, Eigen::all);
      const Eigen::VectorXd predicted = predictor->predict(held_out);
      for (std::size_t r = 0; r < out.size(); ++r) data.prediction(out[r]) = predicted(static_cast<Eigen::Index>(r));
      others[static_cast<std::size_t>(i)] = predictor->predict(X_unlabelled);
    });
    for (const Eigen::VectorXd& predicted : others) data.unlabelled += predicted;
  }
  data.unlabelled /= folds.count;
  return data;
}

PpiData cross_predictions(const Eigen::Ref<const Eigen::VectorXd>& y,
                          const Eigen::Ref<const Eigen::VectorXd>& prediction,
                          const Eigen::Ref<const Eigen::MatrixXd>& fold_predictions) {
  if (fold_predictions.cols() < 2) {
    throw InvalidArgument("cross_predictions", "fold_predictions", fmt::format("{} columns", fold_predictions.cols()),
                          "have a column for each of at least 2 folds");
  }
  PpiData data;
  data.outcome = y;
  data.prediction = prediction;
  data.unlabelled = fold_predictions.rowwise().mean();
  return data;
}

}  // namespace causal::estimation
