#include "module_points.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "causal/run/error.hpp"

namespace causal::discovery::detail {
namespace {

// Below this a kernel entry is lost when it is added to the 1 on the diagonal.
constexpr double kNegligible = 1e-17;

// Codes first, so that domains are contiguous and time ascends inside each.
Eigen::MatrixXd sort_keys(const Node& surrogate) {
  const Eigen::Index k = surrogate.nominal.cols();
  const Eigen::Index q = surrogate.numeric.cols();
  Eigen::MatrixXd keys(k + q, k > 0 ? surrogate.nominal.rows() : surrogate.numeric.rows());
  for (Eigen::Index j = 0; j < k; ++j) keys.row(j) = surrogate.nominal.col(j).transpose();
  for (Eigen::Index j = 0; j < q; ++j) keys.row(k + j) = surrogate.numeric.col(j).transpose();
  return keys;
}

std::vector<Eigen::Index> sorted_rows(const Eigen::MatrixXd& keys) {
  std::vector<Eigen::Index> rows(static_cast<std::size_t>(keys.cols()));
  std::iota(rows.begin(), rows.end(), Eigen::Index{0});
  std::stable_sort(rows.begin(), rows.end(), [&](Eigen::Index a, Eigen::Index b) {
    return std::lexicographical_compare(keys.col(a).begin(), keys.col(a).end(), keys.col(b).begin(), keys.col(b).end());
  });
  return rows;
}

// Offsets of the runs of sorted rows that agree in the first `keys_used` keys.
std::vector<Eigen::Index> run_offsets(const Eigen::MatrixXd& keys, const std::vector<Eigen::Index>& rows,
                                      Eigen::Index keys_used) {
  std::vector<Eigen::Index> offsets{0};
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (keys.col(rows[i]).head(keys_used) != keys.col(rows[i - 1]).head(keys_used))
      offsets.push_back(static_cast<Eigen::Index>(i));
  }
  offsets.push_back(static_cast<Eigen::Index>(rows.size()));
  return offsets;
}

// Joins neighbouring values of one domain into bins of equally many values, `bins` over all domains.
std::vector<Eigen::Index> join_into_bins(const std::vector<Eigen::Index>& values,
                                         const std::vector<Eigen::Index>& domains, Eigen::Index bins) {
  const auto total = static_cast<Eigen::Index>(values.size()) - 1;
  std::vector<Eigen::Index> joined;
  std::size_t at = 0;
  for (std::size_t d = 0; d + 1 < domains.size(); ++d) {
    const std::size_t from = at;
    while (values[at] < domains[d + 1]) ++at;
    const auto here = static_cast<Eigen::Index>(at - from);
    const Eigen::Index parts = std::clamp<Eigen::Index>((bins * here + total / 2) / total, 1, here);
    for (Eigen::Index b = 0; b < parts; ++b)
      joined.push_back(values[from + static_cast<std::size_t>(b * here / parts)]);
  }
  joined.push_back(values.back());
  return joined;
}

// Coordinate of every row on one numeric column, in units of `width_c`.
Eigen::VectorXd scaled_coordinate(const Eigen::Ref<const Eigen::VectorXd>& column, const ModuleOptions& options,
                                  double values_per_point) {
  if (options.c_scale == SurrogateScale::ZScore) return standardised(column) / options.width_c;
  std::vector<double> distinct(column.begin(), column.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  Eigen::VectorXd out(column.size());
  for (Eigen::Index i = 0; i < column.size(); ++i) {
    const auto rank = std::lower_bound(distinct.begin(), distinct.end(), column[i]) - distinct.begin();
    out[i] = static_cast<double>(rank) / (values_per_point * options.width_c);
  }
  return out;
}

std::string domain_label(const Node& surrogate, Eigen::Index row) {
  std::string label;
  for (Eigen::Index j = 0; j < surrogate.nominal.cols(); ++j) {
    const auto code = static_cast<std::size_t>(surrogate.nominal(row, j));
    if (j > 0) label += "/";
    label += j == 0 && code < surrogate.levels.size() ? surrogate.levels[code] : std::to_string(code);
  }
  return label;
}

void fill_points(const Node& surrogate, PointGrid& grid) {
  const std::size_t m = grid.begin.size() - 1;
  const Eigen::MatrixXd& values = surrogate.numeric.cols() > 0 ? surrogate.numeric : surrogate.nominal;
  grid.points.of_row.resize(grid.rows.size());
  for (std::size_t c = 0; c < m; ++c) {
    double sum = 0;
    for (Eigen::Index i = grid.begin[c]; i < grid.begin[c + 1]; ++i) {
      const Eigen::Index row = grid.rows[static_cast<std::size_t>(i)];
      sum += values(row, 0) - values(grid.rows[static_cast<std::size_t>(grid.begin[c])], 0);
      grid.points.of_row[static_cast<std::size_t>(row)] = static_cast<std::int32_t>(c);
    }
    const Eigen::Index row = grid.rows[static_cast<std::size_t>(grid.begin[c])];
    grid.points.values.push_back(values(row, 0) + sum / static_cast<double>(grid.begin[c + 1] - grid.begin[c]));
    if (surrogate.nominal.cols() > 0) grid.points.domains.push_back(domain_label(surrogate, row));
  }
}

// Mean coordinates of the rows of each point.
KernelColumns point_columns(const Node& surrogate, const ModuleOptions& options, double values_per_point,
                            const PointGrid& grid) {
  const auto m = static_cast<Eigen::Index>(grid.begin.size()) - 1;
  KernelColumns out{Eigen::MatrixXd::Zero(surrogate.numeric.cols(), m), Eigen::MatrixXd(surrogate.nominal.cols(), m)};
  for (Eigen::Index j = 0; j < surrogate.numeric.cols(); ++j) {
    const Eigen::VectorXd coordinate = scaled_coordinate(surrogate.numeric.col(j), options, values_per_point);
    for (std::size_t i = 0; i < grid.rows.size(); ++i) {
      const Eigen::Index row = grid.rows[i];
      const Eigen::Index c = grid.points.of_row[static_cast<std::size_t>(row)];
      out.numeric(j, c) += coordinate[row] / static_cast<double>(grid.size(c));
    }
  }
  for (Eigen::Index c = 0; c < m; ++c) {
    const Eigen::Index row = grid.rows[static_cast<std::size_t>(grid.begin[static_cast<std::size_t>(c)])];
    out.nominal.col(c) = surrogate.nominal.row(row).transpose();
  }
  return out;
}

}  // namespace

KernelColumns surrogate_columns(const NodeTable& table, NodeId c, const ModuleOptions& options,
                                const std::vector<Eigen::Index>& rows) {
  const Node& surrogate = table.node(c);
  const auto n = static_cast<Eigen::Index>(rows.size());
  KernelColumns out{Eigen::MatrixXd(surrogate.numeric.cols(), n), Eigen::MatrixXd(surrogate.nominal.cols(), n)};
  for (Eigen::Index j = 0; j < surrogate.numeric.cols(); ++j) {
    out.numeric.row(j) = scaled_coordinate(surrogate.numeric.col(j), options, 1)(rows).transpose();
  }
  for (Eigen::Index j = 0; j < surrogate.nominal.cols(); ++j) {
    out.nominal.row(j) = surrogate.nominal.col(j)(rows).transpose();
  }
  return out;
}

Eigen::Index PointGrid::entries_per_point() const {
  Eigen::Index entries = 0;
  for (std::size_t i = 0; i < first.size(); ++i) entries += last[i] - first[i] + 1;
  return entries / std::max<Eigen::Index>(1, m());
}

Eigen::MatrixXd PointGrid::smooth(const Eigen::Ref<const Eigen::MatrixXd>& right) const {
  constexpr Eigen::Index kBlock = 64;
  Eigen::MatrixXd out(m(), right.cols());
  for (Eigen::Index from = 0; from < m(); from += kBlock) {
    const Eigen::Index size = std::min(kBlock, m() - from);
    const auto at = first.begin() + from;
    const Eigen::Index low = *std::min_element(at, at + size);
    const Eigen::Index high = *std::max_element(last.begin() + from, last.begin() + from + size);
    out.middleRows(from, size).noalias() =
        kernel.block(from, low, size, high - low + 1) * right.middleRows(low, high - low + 1);
  }
  return out;
}

PointGrid point_grid(const NodeTable& table, NodeId c, const ModuleOptions& options, bool binned) {
  const Node& surrogate = table.node(c);
  if (table.has_missing(c)) {
    throw InvalidArgument("the surrogate '" + surrogate.name + "' has missing cells");
  }
  const Eigen::MatrixXd keys = sort_keys(surrogate);
  PointGrid grid;
  grid.rows = sorted_rows(keys);
  if (grid.rows.empty()) throw InvalidArgument("no row is complete in the nodes of a mechanism");
  grid.begin = run_offsets(keys, grid.rows, keys.rows());
  double values_per_point = 1;
  if (binned && surrogate.numeric.cols() > 0 && static_cast<int>(grid.begin.size()) - 1 > options.bins) {
    const auto values = static_cast<double>(grid.begin.size() - 1);
    grid.begin = join_into_bins(grid.begin, run_offsets(keys, grid.rows, surrogate.nominal.cols()), options.bins);
    grid.binned = true;
    values_per_point = values / static_cast<double>(grid.begin.size() - 1);
  }
  fill_points(surrogate, grid);

  grid.columns = point_columns(surrogate, options, values_per_point, grid);
  grid.kernel = grid.columns.gram();
  grid.kernel = (grid.kernel.array() < kNegligible).select(0.0, grid.kernel);
  for (Eigen::Index i = 0; i < grid.m(); ++i) {
    Eigen::Index low = i;
    Eigen::Index high = i;
    for (Eigen::Index j = 0; j < grid.m(); ++j) {
      if (grid.kernel(j, i) == 0) continue;
      low = std::min(low, j);
      high = std::max(high, j);
    }
    grid.first.push_back(low);
    grid.last.push_back(high);
  }
  return grid;
}

}  // namespace causal::discovery::detail

namespace causal::discovery {

SurrogatePoints surrogate_points(const NodeTable& table, NodeId c, const ModuleOptions& options) {
  validate(options, "surrogate_points");
  return detail::point_grid(table, c, options, table.rows() > options.exact_rows).points;
}

}  // namespace causal::discovery
