#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "causal/run/error.hpp"
#include "debias/ppi_rectify.hpp"

namespace causal::estimation::ppi {
namespace {

void check_size(Eigen::Index size, Eigen::Index wanted, std::string_view function, std::string_view name,
                std::string_view other) {
  if (size == wanted) return;
  throw InvalidArgument(std::string(function), std::string(name), fmt::format("{} rows", size),
                        fmt::format("have the {} rows of {}", wanted, other));
}

Eigen::VectorXd normalised(const Eigen::VectorXd& weights, Eigen::Index rows, std::string_view name) {
  if (weights.size() == 0) return Eigen::VectorXd::Ones(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    if (weights(i) >= 0 && std::isfinite(weights(i))) continue;
    throw DataError(
        fmt::format("{} of row {} is {}; weights must be finite and not negative", name, i + 1, weights(i)));
  }
  const double mean = weights.mean();
  if (!(mean > 0)) throw DataError(fmt::format("{} are zero in every row", name));
  return weights / mean;
}

void check_clusters(const PpiData& data, std::string_view function) {
  if (data.clusters.empty() && data.unlabelled_clusters.empty()) return;
  check_size(std::ssize(data.clusters), data.n(), function, "clusters", "outcome");
  check_size(std::ssize(data.unlabelled_clusters), data.n_unlabelled(), function, "unlabelled_clusters", "unlabelled");
  for (const auto* numbers : {&data.clusters, &data.unlabelled_clusters}) {
    const auto least = std::min_element(numbers->begin(), numbers->end());
    if (*least < 0) {
      throw InvalidArgument(std::string(function), "clusters", fmt::format("{}", *least), "be 0, 1, ...");
    }
  }
}

/// Predictions of labelled rows that are all different and turn up, once each, among the unlabelled ones.
bool seems_shared(const PpiData& data) {
  constexpr Eigen::Index kSample = 256;
  constexpr Eigen::Index kFewest = 20;
  const Eigen::Index taken = std::min(kSample, data.n());
  if (taken < kFewest) return false;
  std::vector<double> sample;
  for (Eigen::Index i = 0; i < taken; ++i) sample.push_back(data.prediction(i * data.n() / taken));
  std::sort(sample.begin(), sample.end());
  if (std::adjacent_find(sample.begin(), sample.end()) != sample.end()) return false;
  std::vector<int> matches(sample.size(), 0);
  // A table of hashes answers nearly all of the unlabelled rows with one look.
  std::vector<char> marked(std::size_t{1} << 16, 0);
  const auto slot = [](double value) {
    return static_cast<std::size_t>((std::bit_cast<std::uint64_t>(value + 0.0) * 0x9E3779B97F4A7C15U) >> 48);
  };
  for (const double value : sample) marked[slot(value)] = 1;
  for (const double value : data.unlabelled) {
    if (!marked[slot(value)]) continue;
    const auto at = std::lower_bound(sample.begin(), sample.end(), value);
    if (at != sample.end() && *at == value) ++matches[static_cast<std::size_t>(at - sample.begin())];
  }
  const auto found = static_cast<double>(std::count_if(matches.begin(), matches.end(), [](int m) { return m > 0; }));
  double total = 0;
  for (const int count : matches) total += count;
  // Coarse predictions coincide by chance, and then more than once.
  return found >= 0.5 * static_cast<double>(taken) && total <= 1.2 * found;
}

}  // namespace

void check_cells(const Eigen::Ref<const Eigen::VectorXd>& values, std::string_view name) {
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (std::isfinite(values(i))) continue;
    throw DataError(fmt::format("{} of row {} is {}", name, i + 1, std::isnan(values(i)) ? "missing" : "infinite"), {},
                    "Leave the row out of its group, or move a row without outcome to the unlabelled ones.");
  }
}

Weights checked_weights(const PpiData& data, const PpiOptions& options, std::string_view function) {
  validate(options, function);
  if (data.n() == 0) throw InvalidArgument(std::string(function), "outcome", "0 rows", "have a row");
  if (data.n_unlabelled() == 0) throw InvalidArgument(std::string(function), "unlabelled", "0 rows", "have a row");
  check_size(data.prediction.size(), data.n(), function, "prediction", "outcome");
  if (data.weights.size() != 0) check_size(data.weights.size(), data.n(), function, "weights", "outcome");
  if (data.unlabelled_weights.size() != 0) {
    check_size(data.unlabelled_weights.size(), data.n_unlabelled(), function, "unlabelled_weights", "unlabelled");
  }
  check_clusters(data, function);
  check_cells(data.outcome, "outcome");
  check_cells(data.prediction, "prediction");
  check_cells(data.unlabelled, "unlabelled prediction");
  return {normalised(data.weights, data.n(), "weights"),
          normalised(data.unlabelled_weights, data.n_unlabelled(), "unlabelled weights")};
}

std::string too_few_rows(const PpiData& data) {
  if (data.n() < 2 || data.n_unlabelled() < 2) {
    return fmt::format("{} labelled and {} unlabelled rows: each group needs two", data.n(), data.n_unlabelled());
  }
  if (!data.clusters.empty() && std::set<int>(data.clusters.begin(), data.clusters.end()).size() < 2) {
    return "the labelled rows are one cluster: standard errors need two";
  }
  return {};
}

std::vector<std::string> row_warnings(const PpiData& data) {
  constexpr std::size_t kFewClusters = 30;
  std::vector<std::string> warnings;
  const std::size_t clusters = std::set<int>(data.clusters.begin(), data.clusters.end()).size();
  if (!data.clusters.empty() && clusters < kFewClusters) {
    warnings.push_back(fmt::format("{} labelled clusters are few: intervals are too narrow", clusters));
  }
  if (seems_shared(data)) {
    warnings.emplace_back(
        "the predictions of labelled rows turn up among the unlabelled ones: rows must not be in both groups");
  }
  return warnings;
}

}  // namespace causal::estimation::ppi
