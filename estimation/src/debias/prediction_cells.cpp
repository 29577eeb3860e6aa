#include "causal/estimation/debias/prediction_cells.hpp"

#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"

namespace causal::estimation {

void PredictionCell::merge(const PredictionCell& other) {
  n += other.n, t += other.t, tt += other.tt;
  w += other.w, wt += other.wt, wtt += other.wtt;
  ww += other.ww, wwt += other.wwt, wwtt += other.wwtt;
}

double NodeFunction::at_node(std::int64_t j) const {
  const std::int64_t k = j - first;
  const std::int64_t last = values.size() - 1;
  if (k < 0) return values(0) + static_cast<double>(k) * slope_below;
  if (k > last) return values(last) + static_cast<double>(k - last) * slope_above;
  return values(k);
}

double NodeFunction::at(double x) const {
  const double k = x - static_cast<double>(first);
  const auto last = static_cast<double>(values.size() - 1);
  if (k < 0) return values(0) + k * slope_below;
  if (k >= last) return values(values.size() - 1) + (k - last) * slope_above;
  const auto j = static_cast<std::int64_t>(k);
  const double* left = values.data() + j;
  return left[0] + (k - static_cast<double>(j)) * (left[1] - left[0]);
}

void PredictionCells::cover(double least, double most) {
  const auto cell_of = [&](double value) {
    const double x = std::floor((value - lattice_.low) / lattice_.step);
    return static_cast<std::int64_t>(
        std::clamp(x, static_cast<double>(lattice_.first), static_cast<double>(lattice_.last - 1)));
  };
  if (lattice_.last <= lattice_.first) return;
  std::int64_t low = cell_of(least);
  std::int64_t high = cell_of(most) + 1;
  if (!cells_.empty()) {
    low = std::min(low, begin_);
    high = std::max(high, end());
    if (low == begin_ && high == end()) return;
  }
  std::vector<PredictionCell> grown(static_cast<std::size_t>(high - low));
  std::copy(cells_.begin(), cells_.end(), grown.begin() + (cells_.empty() ? 0 : begin_ - low));
  cells_ = std::move(grown);
  begin_ = low;
}

void PredictionCells::merge(const PredictionCells& other) {
  if (lattice_ != other.lattice_) throw InvalidArgument("cells of different grids cannot be merged");
  if (!other.cells_.empty()) {
    cover(lattice_.low + lattice_.step * (static_cast<double>(other.begin()) + 0.5),
          lattice_.low + lattice_.step * (static_cast<double>(other.end()) - 0.5));
    for (std::size_t k = 0; k < other.cells_.size(); ++k) {
      cells_[k + static_cast<std::size_t>(other.begin_ - begin_)].merge(other.cells_[k]);
    }
  }
  below_.merge(other.below_);
  above_.merge(other.above_);
}

void PredictionCells::clear() {
  std::fill(cells_.begin(), cells_.end(), PredictionCell{});
  below_ = above_ = PredictionCell{};
}

CellLine PredictionCells::line(const NodeFunction& function, std::int64_t node, int side) {
  const double value = function.at_node(node);
  if (side < 0) return {value, value - function.at_node(node - 1)};
  return {value, function.at_node(node + 1) - value};
}

PredictionCell PredictionCells::totals() const {
  PredictionCell total;
  for_each([&](const PredictionCell& cell, std::int64_t, int) { total.merge(cell); });
  return total;
}

double PredictionCells::rows_outside(std::int64_t low_node, std::int64_t high_node) const {
  double rows = 0;
  for_each([&](const PredictionCell& cell, std::int64_t node, int side) {
    if (side != 0 || node < low_node || node >= high_node) rows += cell.n;
  });
  return rows;
}

double PredictionCells::weighted_sum(const NodeFunction& function) const {
  double sum = 0;
  for_each([&](const PredictionCell& cell, std::int64_t node, int side) {
    const CellLine g = line(function, node, side);
    sum += g.constant * cell.w + g.slope * cell.wt;
  });
  return sum;
}

double PredictionCells::row_sum(const NodeFunction& function) const {
  double sum = 0;
  for_each([&](const PredictionCell& cell, std::int64_t node, int side) {
    const CellLine g = line(function, node, side);
    sum += g.constant * cell.n + g.slope * cell.t;
  });
  return sum;
}

Eigen::VectorXd PredictionCells::masses(std::int64_t low_node, std::int64_t count, bool rows) const {
  Eigen::VectorXd mass = Eigen::VectorXd::Zero(count);
  for_each([&](const PredictionCell& cell, std::int64_t node, int side) {
    const std::int64_t k = node - low_node;
    if (side != 0 || k < 0 || k + 1 >= count) return;
    const double right = rows ? cell.t : cell.wt;
    mass(k) += (rows ? cell.n : cell.w) - right;
    mass(k + 1) += right;
  });
  return mass;
}

}  // namespace causal::estimation
