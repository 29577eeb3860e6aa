#include <fmt/format.h>

#include "causal/estimation/nuisance/least_squares.hpp"
#include "causal/run/error.hpp"
#include "debias/ppi_design.hpp"

namespace causal::estimation {
namespace {

std::vector<std::string> checked_names(const PpiData& data, const PpiDesign& design) {
  const Eigen::Index k = design.labelled.cols();
  if (design.labelled.rows() != data.n() || design.unlabelled.rows() != data.n_unlabelled() ||
      design.unlabelled.cols() != k || k == 0) {
    throw InvalidArgument(fmt::format(
        "ppi_regression: the designs are {} x {} (labelled) and {} x {} (unlabelled); there are {} and {} "
        "rows, and the columns must be the same, at least one",
        design.labelled.rows(), k, design.unlabelled.rows(), design.unlabelled.cols(), data.n(), data.n_unlabelled()));
  }
  std::vector<std::string> names = design.names;
  if (names.empty()) {
    for (Eigen::Index j = 1; j <= k; ++j) names.push_back(fmt::format("x{}", j));
  }
  if (std::ssize(names) != k) {
    throw InvalidArgument("ppi_regression", "names", fmt::format("{} names", names.size()),
                          fmt::format("name each of {} columns", k));
  }
  for (Eigen::Index j = 0; j < k; ++j) {
    ppi::check_cells(design.labelled.col(j), "labelled " + names[static_cast<std::size_t>(j)]);
    ppi::check_cells(design.unlabelled.col(j), "unlabelled " + names[static_cast<std::size_t>(j)]);
  }
  return names;
}

void refuse_aliased(const Eigen::MatrixXd& X, const Eigen::VectorXd& weights, const std::vector<std::string>& names,
                    std::string_view group) {
  const IndependentColumns columns = independent_columns(X, weights);
  if (columns.aliased.empty()) return;
  const std::string& name = names[static_cast<std::size_t>(columns.aliased.front())];
  throw DataError(fmt::format("in the {} rows, column '{}' is a linear function of the columns before it", group, name),
                  {}, "Leave it out of the design.");
}

void check_range(const Eigen::VectorXd& values, PpiModel model, std::string_view name) {
  if (model == PpiModel::Ols) return;
  const double high = model == PpiModel::Logistic ? 1 : std::numeric_limits<double>::infinity();
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    if (values(i) >= 0 && values(i) <= high) continue;
    throw DataError(fmt::format("{} of row {} is {}; {} takes values {}", name, i + 1, values(i), enum_name(model),
                                model == PpiModel::Logistic ? "between 0 and 1" : ">= 0"));
  }
}

std::vector<Estimate> no_answer(const std::vector<std::string>& names, const PpiData& data, const std::string& reason) {
  std::vector<Estimate> estimates;
  for (const std::string& name : names) {
    estimates.push_back(degenerate_estimate("ppi", name, data.n() + data.n_unlabelled(), reason));
  }
  return estimates;
}

}  // namespace

std::vector<Estimate> ppi_regression(const PpiData& data, const PpiDesign& design, PpiModel model,
                                     const PpiOptions& options) {
  const ppi::Weights weights = ppi::checked_weights(data, options, "ppi_regression");
  const std::vector<std::string> names = checked_names(data, design);
  check_range(data.outcome, model, "outcome");
  check_range(data.prediction, model, "prediction");
  check_range(data.unlabelled, model, "unlabelled prediction");
  const Eigen::Index k = design.labelled.cols();
  std::string reason = ppi::too_few_rows(data);
  if (reason.empty() && (data.n() <= k || data.n_unlabelled() <= k)) {
    reason = fmt::format("{} labelled and {} unlabelled rows are too few for {} coefficients", data.n(),
                         data.n_unlabelled(), k);
  }
  if (!reason.empty()) return no_answer(names, data, reason);
  refuse_aliased(design.labelled, weights.labelled, names, "labelled");
  refuse_aliased(design.unlabelled, weights.unlabelled, names, "unlabelled");
  std::vector<Estimate> estimates;
  if (model == PpiModel::Ols) {
    estimates = ppi::ols(data, design, names, weights, options);
  } else {
    const GlmFamily family = model == PpiModel::Logistic ? GlmFamily::Logistic : GlmFamily::Poisson;
    estimates = ppi::glm(data, design, names, family, weights, options);
  }
  const std::vector<std::string> warnings = ppi::row_warnings(data);
  for (Estimate& estimate : estimates) {
    estimate.warnings.insert(estimate.warnings.end(), warnings.begin(), warnings.end());
  }
  return estimates;
}

}  // namespace causal::estimation
