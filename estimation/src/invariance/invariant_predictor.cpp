#include "causal/estimation/invariance/invariant_predictor.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"
#include "effect/terms.hpp"
#include "invariance/predictor_fit.hpp"

namespace causal::estimation {
namespace {

/// Codes of the fit's levels for the cells of a column with levels of its own.
Eigen::VectorXd codes(const Dataset& data, int column, const std::vector<std::string>& levels) {
  const Column& info = data.column(column);
  if (info.levels.empty()) {
    throw DataError(fmt::format("column '{}' is {} here and was discrete in the fit", info.name, enum_name(info.type)),
                    {}, "Declare it discrete.");
  }
  std::vector<double> code_of;
  for (const std::string& level : info.levels) {
    const auto at = std::find(levels.begin(), levels.end(), level);
    code_of.push_back(at == levels.end() ? std::nan("") : static_cast<double>(at - levels.begin()));
  }
  Eigen::VectorXd result(data.rows());
  for (Eigen::Index i = 0; i < result.size(); ++i) {
    const auto cell = static_cast<std::size_t>(data.values()(i, column));
    result(i) = code_of[cell];
    if (std::isnan(result(i))) {
      throw DataError(
          fmt::format("row {}: the fit has seen no level '{}' of column '{}'", i + 1, info.levels[cell], info.name));
    }
  }
  return result;
}

}  // namespace

const std::string& InvariantPredictor::target() const { return fit_->target; }
const std::vector<std::string>& InvariantPredictor::columns() const { return fit_->columns; }

Eigen::VectorXd InvariantPredictor::predict(const Dataset& data) const {
  Eigen::MatrixXd values = Eigen::MatrixXd::Zero(data.rows(), fit_->width);
  for (std::size_t j = 0; j < fit_->columns.size(); ++j) {
    const int column = data.index_of(fit_->columns[j]);
    refuse_missing(data, column, "input");
    values.col(fit_->nodes[j]) =
        fit_->levels[j].empty() ? numeric_column(data, column, "input") : codes(data, column, fit_->levels[j]);
  }
  const std::vector<int> whole(static_cast<std::size_t>(data.rows()), fit_->regression.whole());
  return fit_->regression.predict(values, whole);
}

}  // namespace causal::estimation
