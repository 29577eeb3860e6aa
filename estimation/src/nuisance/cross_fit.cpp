#include "causal/estimation/nuisance/cross_fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

namespace causal::estimation {
namespace {

/// Deals the units in shuffled order to the folds; `next` goes on from stratum to stratum, so sizes differ by one.
void deal(std::vector<int>& of, const std::vector<int>& units, int count, RandomStream& stream, int& next) {
  for (const int position : stream.permutation(static_cast<int>(units.size()))) {
    of[static_cast<std::size_t>(units[static_cast<std::size_t>(position)])] = next;
    next = (next + 1) % count;
  }
}

std::vector<std::vector<int>> by_number(std::span<const int> numbers) {
  std::vector<std::vector<int>> members;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto number = static_cast<std::size_t>(numbers[i]);
    if (number >= members.size()) members.resize(number + 1);
    members[number].push_back(static_cast<int>(i));
  }
  return members;
}

double loss_of(Target target, double y, double prediction) {
  if (target == Target::Mean) return (y - prediction) * (y - prediction);
  const double p = std::clamp(prediction, 1e-15, 1 - 1e-15);
  return -(y * std::log(p) + (1 - y) * std::log1p(-p));
}

void check_cross_fit(Eigen::Index n, Eigen::Index y, Eigen::Index weights, std::span<const char> train,
                     const Folds& folds) {
  const auto fits = [n](std::ptrdiff_t size) { return size == 0 || size == n; };
  if (y != n || !fits(weights) || !fits(std::ssize(train)) || std::ssize(folds.of) != n) {
    throw InvalidArgument(fmt::format("cross_fit: X has {} rows, y {}, weights {}, train {} and folds {}", n, y,
                                      weights, train.size(), folds.of.size()));
  }
}

std::vector<int> training_rows(std::span<const char> train, const Folds& folds, int fold) {
  std::vector<int> rows;
  for (std::size_t i = 0; i < folds.of.size(); ++i) {
    if ((folds.count == 1 || folds.of[i] != fold) && (train.empty() || train[i] != 0)) {
      rows.push_back(static_cast<int>(i));
    }
  }
  return rows;
}

}  // namespace

Folds make_folds(std::int64_t n, int count, std::span<const int> strata, std::span<const int> clusters,
                 std::uint64_t seed, std::uint32_t repetition) {
  for (const std::span<const int> numbers : {strata, clusters}) {
    if (!numbers.empty() && std::ssize(numbers) != n) {
      throw InvalidArgument(
          fmt::format("make_folds: {} rows, {} strata and {} clusters", n, strata.size(), clusters.size()));
    }
  }
  const std::vector<std::vector<int>> groups = by_number(clusters);
  const std::int64_t units = clusters.empty() ? n : std::ssize(groups);
  if (count < 1 || count > units) {
    throw InvalidArgument(
        "make_folds", "folds", std::to_string(count),
        fmt::format("lie between 1 and the number of {}, {}", clusters.empty() ? "rows" : "clusters", units));
  }
  Folds folds{std::vector<int>(static_cast<std::size_t>(n), 0), count};
  if (count == 1) return folds;
  RandomStream stream(seed, RandomDomain::Folds, repetition);
  int next = 0;
  if (!clusters.empty()) {
    std::vector<int> all(groups.size());
    std::iota(all.begin(), all.end(), 0);
    std::vector<int> of_group(groups.size(), 0);
    deal(of_group, all, count, stream, next);
    for (std::size_t i = 0; i < folds.of.size(); ++i) {
      folds.of[i] = of_group[static_cast<std::size_t>(clusters[i])];
    }
    return folds;
  }
  if (strata.empty()) {
    std::vector<int> all(static_cast<std::size_t>(n));
    std::iota(all.begin(), all.end(), 0);
    deal(folds.of, all, count, stream, next);
  } else {
    for (const std::vector<int>& members : by_number(strata)) deal(folds.of, members, count, stream, next);
  }
  return folds;
}

CrossFitted cross_fit(const Learner& learner, const Eigen::Ref<const Eigen::MatrixXd>& X,
                      const Eigen::Ref<const Eigen::VectorXd>& y, const Eigen::Ref<const Eigen::VectorXd>& weights,
                      std::span<const char> train, const Folds& folds, const FitContext& context) {
  check_cross_fit(X.rows(), y.size(), weights.size(), train, folds);
  CrossFitted result;
  result.prediction.resize(X.rows());
  std::vector<std::vector<std::string>> warnings(static_cast<std::size_t>(folds.count));
  // Folds one after another: the learner itself uses the threads.
  for (int fold = 0; fold < folds.count; ++fold) {
    const std::vector<int> rows = training_rows(train, folds, fold);
    if (rows.empty()) throw DataError(fmt::format("fold {} of {} leaves no row to fit on", fold + 1, folds.count));
    std::vector<int> held_out;
    for (std::size_t i = 0; i < folds.of.size(); ++i) {
      if (folds.of[i] == fold) held_out.push_back(static_cast<int>(i));
    }
    FitContext fold_context = context;
    fold_context.stream = context.stream * 1024u + static_cast<std::uint32_t>(fold);
    const Eigen::VectorXd fold_weights = weights.size() == 0 ? Eigen::VectorXd() : Eigen::VectorXd(weights(rows));
    const std::unique_ptr<Predictor> predictor =
        learner.fit(Eigen::MatrixXd(X(rows, Eigen::all)), Eigen::VectorXd(y(rows)), fold_weights, fold_context);
    result.prediction(held_out) = predictor->predict(Eigen::MatrixXd(X(held_out, Eigen::all)));
    for (const std::string& warning : predictor->warnings()) {
      if (std::find(result.warnings.begin(), result.warnings.end(), warning) == result.warnings.end()) {
        result.warnings.push_back(warning);
      }
    }
  }
  double sum = 0;
  double total = 0;
  for (Eigen::Index i = 0; i < y.size(); ++i) {
    if (!train.empty() && train[static_cast<std::size_t>(i)] == 0) continue;
    const double weight = weights.size() == 0 ? 1 : weights(i);
    sum += weight * loss_of(context.target, y(i), result.prediction(i));
    total += weight;
  }
  result.loss = sum / total;
  return result;
}

}  // namespace causal::estimation
