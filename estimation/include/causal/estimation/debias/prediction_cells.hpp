#pragma once
// Predictions with weights, gathered in the cells of a grid: all that an effect and its variance need, in memory that
// does not grow with the rows, and mergeable.

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace causal::estimation {

/// Nodes low + j * step; cell j lies between nodes j and j + 1. Predictions outside [node first, node last] go to two
/// outer cells.
struct Lattice {
  double low = 0;
  double step = 1;
  std::int64_t first = 0;
  std::int64_t last = 0;

  friend bool operator==(const Lattice&, const Lattice&) = default;
};

/// Sums over the rows of one cell; t is the place of the prediction in units of step from the cell's left node (in the
/// cell below from node `first`, in the cell above from node `last`), w the weight.
struct PredictionCell {
  double n = 0, t = 0, tt = 0;
  double w = 0, wt = 0, wtt = 0;
  double ww = 0, wwt = 0, wwtt = 0;

  void add(double place, double weight) {
    const double wp = weight * place;
    n += 1, t += place, tt += place * place;
    w += weight, wt += wp, wtt += wp * place;
    ww += weight * weight, wwt += weight * wp, wwtt += wp * wp;
  }
  void merge(const PredictionCell& other);
};

/// A function that is linear within every cell of a lattice: values at nodes `first` .. `first + M - 1`, and straight
/// on beyond them with a slope per step. M >= 1.
struct NodeFunction {
  std::int64_t first = 0;
  Eigen::VectorXd values;
  double slope_below = 0;
  double slope_above = 0;

  [[nodiscard]] double at_node(std::int64_t j) const;
  /// The value where `x` is the place in steps from node 0.
  [[nodiscard]] double at(double x) const;
};

/// A function on one cell: constant + slope * t.
struct CellLine {
  double constant = 0;
  double slope = 0;
};

/// Cells of a lattice, held from the first to the last one that was needed.
class PredictionCells {
 public:
  explicit PredictionCells(const Lattice& lattice) : lattice_(lattice), begin_(lattice.first) {}

  [[nodiscard]] const Lattice& lattice() const { return lattice_; }
  [[nodiscard]] std::int64_t begin() const { return begin_; }
  [[nodiscard]] std::int64_t end() const { return begin_ + std::ssize(cells_); }
  /// Makes room for predictions in [least, most].
  void cover(double least, double most);
  /// Adds a row. The prediction must be finite and covered.
  void add(double prediction, double weight) {
    const double x = (prediction - lattice_.low) / lattice_.step;
    if (x < static_cast<double>(lattice_.first)) {
      below_.add(x - static_cast<double>(lattice_.first), weight);
    } else if (x >= static_cast<double>(lattice_.last)) {
      above_.add(x - static_cast<double>(lattice_.last), weight);
    } else {
      const auto toward_zero = static_cast<std::int64_t>(x);  // Quicker than floor, and the same for x >= 0.
      const std::int64_t j = toward_zero - (x < static_cast<double>(toward_zero) ? 1 : 0);
      cells_[static_cast<std::size_t>(j - begin_)].add(x - static_cast<double>(j), weight);
    }
  }
  /// Errors: InvalidArgument when the lattices differ.
  void merge(const PredictionCells& other);
  void clear();

  /// Calls visit(cell, left node of the cell); the outer cells count from nodes `first` and `last` outwards.
  template <class Visit>
  void for_each(Visit&& visit) const {
    if (below_.n > 0) visit(below_, lattice_.first, -1);
    for (std::int64_t j = begin_; j < end(); ++j) {
      const PredictionCell& cell = cells_[static_cast<std::size_t>(j - begin_)];
      if (cell.n > 0) visit(cell, j, 0);
    }
    if (above_.n > 0) visit(above_, lattice_.last, 1);
  }
  /// The function on a cell that for_each shows: `side` is -1 below, 1 above, else 0.
  [[nodiscard]] static CellLine line(const NodeFunction& function, std::int64_t node, int side);

  /// Sum over the rows.
  [[nodiscard]] PredictionCell totals() const;
  /// Rows outside the nodes [low_node, high_node].
  [[nodiscard]] double rows_outside(std::int64_t low_node, std::int64_t high_node) const;
  /// Weighted sum of a function, and its sum over rows without weights.
  [[nodiscard]] double weighted_sum(const NodeFunction& function) const;
  [[nodiscard]] double row_sum(const NodeFunction& function) const;
  /// Weight (or rows, if `rows`) at the nodes low_node .. low_node + count - 1, a row split between its two neighbours;
  /// what lies outside is left out.
  [[nodiscard]] Eigen::VectorXd masses(std::int64_t low_node, std::int64_t count, bool rows) const;

 private:
  Lattice lattice_;
  std::int64_t begin_ = 0;
  std::vector<PredictionCell> cells_;
  PredictionCell below_, above_;

  friend class CellResampler;
};

}  // namespace causal::estimation
