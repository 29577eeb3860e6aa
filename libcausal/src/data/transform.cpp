#include "causal/data/transform.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "causal/math/normal.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"

namespace causal {
namespace {

std::vector<Eigen::Index> observed_rows(const Eigen::Ref<const Eigen::VectorXd>& column) {
  std::vector<Eigen::Index> rows;
  for (Eigen::Index i = 0; i < column.size(); ++i) {
    if (!std::isnan(column[i])) rows.push_back(i);
  }
  return rows;
}

Eigen::VectorXd average_ranks(const Eigen::Ref<const Eigen::VectorXd>& column, std::vector<Eigen::Index> order) {
  std::sort(order.begin(), order.end(), [&](Eigen::Index a, Eigen::Index b) { return column[a] < column[b]; });
  Eigen::VectorXd ranks = column;
  for (std::size_t begin = 0, end = 0; begin < order.size(); begin = end) {
    while (end < order.size() && column[order[end]] == column[order[begin]]) ++end;
    const double rank = 0.5 * static_cast<double>(begin + 1 + end);  // of the ranks begin+1 .. end
    for (std::size_t k = begin; k < end; ++k) ranks[order[k]] = rank;
  }
  return ranks;
}

Eigen::VectorXd standardised(const Eigen::Ref<const Eigen::VectorXd>& column, const std::vector<Eigen::Index>& rows) {
  const double n = static_cast<double>(rows.size());
  double mean = 0;
  for (const Eigen::Index i : rows) mean += column[i] / n;
  double squares = 0;
  for (const Eigen::Index i : rows) squares += (column[i] - mean) * (column[i] - mean);
  const bool constant =
      std::all_of(rows.begin(), rows.end(), [&](Eigen::Index i) { return column[i] == column[rows.front()]; });
  if (constant) throw DataError("a constant column cannot be standardised", {}, "Leave it out with --exclude.");
  const double sd = std::sqrt(squares / (n - 1));
  Eigen::VectorXd scaled = column;
  for (const Eigen::Index i : rows) scaled[i] = (column[i] - mean) / sd;
  return scaled;
}

}  // namespace

Eigen::VectorXd transformed(const Eigen::Ref<const Eigen::VectorXd>& column, Transform transform) {
  const std::vector<Eigen::Index> rows = observed_rows(column);
  if (transform == Transform::Standardise) return standardised(column, rows);
  Eigen::VectorXd ranks = average_ranks(column, rows);
  if (transform == Transform::NormalScores) {
    const double scale = 1.0 / (static_cast<double>(rows.size()) + 1);
    for (const Eigen::Index i : rows) ranks[i] = normal_quantile(ranks[i] * scale);
  }
  return ranks;
}

Dataset transformed(const Dataset& data, Transform transform, const RunOptions& run) {
  Eigen::MatrixXd values = data.values();
  std::vector<Column> columns = data.columns();
  const std::vector<int> variables = data.variable_indices();
  parallel_for(static_cast<std::int64_t>(variables.size()), run.threads, [&](std::int64_t k) {
    const int j = variables[static_cast<std::size_t>(k)];
    Column& column = columns[static_cast<std::size_t>(j)];
    if (column.type == VariableType::Discrete || column.type == VariableType::Binary) return;
    column.type = VariableType::Continuous;
    try {
      values.col(j) = transformed(data.values().col(j), transform);
    } catch (const DataError& error) {
      throw DataError(error.message(), "column '" + column.name + "'", error.hint());
    }
  });
  return {std::move(values), std::move(columns), data.roles()};
}

}  // namespace causal
