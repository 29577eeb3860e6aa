#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <utility>
#include <vector>

#include "causal/estimation/debias/debiaser.hpp"
#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

constexpr std::int64_t kFewestShared = 5;
constexpr double kShareOfCalibration = 0.01;
constexpr double kDistinct = 0.9;

using Key = std::pair<double, double>;

std::vector<Key> keys_of(const RowKeys& rows, bool with_outcomes) {
  std::vector<Key> keys;
  keys.reserve(rows.predictions.size());
  for (std::size_t i = 0; i < rows.predictions.size(); ++i) {
    keys.emplace_back(rows.predictions[i], with_outcomes ? rows.outcomes[i] : 0.0);
  }
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

void refuse_shared_ids(const RowKeys& calibration, const RowKeys& trial) {
  std::vector<std::string> known(calibration.ids.begin(), calibration.ids.end());
  std::sort(known.begin(), known.end());
  std::int64_t shared = 0;
  const std::string* example = nullptr;
  for (const std::string& id : trial.ids) {
    if (!std::binary_search(known.begin(), known.end(), id)) continue;
    if (shared++ == 0) example = &id;
  }
  if (shared == 0) return;
  throw DataError(
      fmt::format("{} rows of the trial are calibration rows (the first has the id '{}')", shared, *example), {},
      "Intervals assume that the two are independent: leave the rows out of one of them.");
}

}  // namespace

void refuse_shared_rows(const RowKeys& calibration, const RowKeys& trial) {
  for (const RowKeys* rows : {&calibration, &trial}) {
    const bool outcomes = rows->outcomes.empty() || rows->outcomes.size() == rows->predictions.size();
    const bool ids = rows->ids.empty() || rows->predictions.empty() || rows->ids.size() == rows->predictions.size();
    if (!outcomes || !ids) throw InvalidArgument("refuse_shared_rows: columns of different lengths");
  }
  if (!calibration.ids.empty() && !trial.ids.empty()) return refuse_shared_ids(calibration, trial);
  const bool with_outcomes = !calibration.outcomes.empty() && !trial.outcomes.empty();
  const std::vector<Key> known = keys_of(calibration, with_outcomes);
  const auto rows = static_cast<double>(calibration.predictions.size());
  if (static_cast<double>(known.size()) < kDistinct * rows) return;
  const std::vector<Key> asked = keys_of(trial, with_outcomes);
  std::vector<Key> both;
  std::set_intersection(known.begin(), known.end(), asked.begin(), asked.end(), std::back_inserter(both));
  const std::int64_t shared = std::ssize(both);
  if (shared < kFewestShared || static_cast<double>(shared) < kShareOfCalibration * rows) return;
  throw DataError(fmt::format("{} rows of the trial have the prediction{} of a calibration row", shared,
                              with_outcomes ? " and outcome" : ""),
                  {}, "Intervals assume that the two are independent: leave the rows out of one of them.");
}

}  // namespace causal::estimation
