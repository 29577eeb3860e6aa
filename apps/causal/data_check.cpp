#include "data_check.hpp"

#include <fmt/format.h>

#include "causal/data/check.hpp"

namespace causal::cli {
namespace {

/// What rows would have shown, as far as a covariance matrix shows it.
void refuse_bad_moments(const Moments& moments, const std::string& path) {
  if (moments.n <= 3) {
    throw DataError(fmt::format("{} rows are too few: independence tests need at least 4", moments.n), path);
  }
  if (moments.p() < 2) throw DataError("fewer than 2 variables: there is nothing to relate", path);
  for (int j = 0; j < moments.p(); ++j) {
    if (moments.scatter(j, j) > 0) continue;
    const std::string& name = moments.names[static_cast<std::size_t>(j)];
    throw DataError(fmt::format("variable '{}' has no variance", name), path,
                    fmt::format("Leave it out: --exclude {}", name));
  }
}

}  // namespace

std::optional<std::string> unused_weights(const Input& input) {
  if (!input.data || !input.data->roles().weight) return std::nullopt;
  return fmt::format("the row weights in column '{}' are not used: every row counts once",
                     input.data->column(*input.data->roles().weight).name);
}

std::vector<std::string> refuse_bad_data(const Input& input, const RunOptions& run) {
  if (input.moments) {
    refuse_bad_moments(*input.moments, input.path);
    return {};
  }
  const DataReport report = check_data(*input.data, {.count_distinct = false, .run = run});
  std::vector<std::string> warnings;
  for (const DataFinding& finding : report.findings) {
    if (finding.severity == Severity::Error) throw DataError(finding.message, input.path, finding.hint);
    warnings.push_back(finding.message);
  }
  return warnings;
}

}  // namespace causal::cli
