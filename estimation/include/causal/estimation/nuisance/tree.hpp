#pragma once
// One regression tree on binned columns: the kernel of forests and boosting.

#include <cstdint>
#include <span>
#include <vector>

#include "causal/estimation/nuisance/binned_columns.hpp"
#include "causal/run/random.hpp"

namespace causal::estimation {

struct TreeOptions {
  int max_depth = 0;  ///< Splits from root to leaf; 0: no limit.
  int min_leaf = 5;   ///< Rows in a leaf at least, each counted once whatever its weight.
  int mtry = 0;       ///< Columns drawn at a split, and more while all drawn are constant in the node; 0: all.
  int threads = 1;    ///< For the sums of large nodes.
};

/// A split sends rows whose code is above `cut` to `left + 1` and the others to `left`; a leaf sends all to itself.
struct TreeNode {
  std::int32_t left = 0;
  std::uint32_t column_and_cut = 255;  ///< column * 256 + cut.

  [[nodiscard]] std::uint32_t column() const { return column_and_cut >> 8; }
  [[nodiscard]] std::uint32_t cut() const { return column_and_cut & 255U; }
};

/// Node 0 is the root; children come after their parent, side by side.
struct Tree {
  std::vector<TreeNode> nodes;
  std::vector<double> values;  ///< Of every node: sum / weight of the rows it was grown on.

  [[nodiscard]] bool is_leaf(std::int32_t node) const { return nodes[static_cast<std::size_t>(node)].left == node; }
  /// The leaf of a row given by its p codes.
  [[nodiscard]] std::int32_t leaf_of(const std::uint8_t* codes) const;
};

/// A row as trees see it: its weight and weight times response. Responses should have a mean near 0.
struct WeightedResponse {
  double sum = 0;     ///< Weight times response.
  double weight = 0;  ///< > 0.
};

/// Grows trees one after another on the same columns, reusing its scratch space; not for several threads at once.
class TreeGrower {
 public:
  /// `columns` must outlive the grower.
  TreeGrower(const BinnedColumns& columns, const TreeOptions& options);

  /// The tree that, node by node, makes the split that lowers the weighted sum of squared errors most, among all cuts
  /// of all columns (or of mtry random ones), until nothing is gained. rows: distinct; responses: one for each of rows.
  /// stream: only drawn from when mtry is below the number of columns. Equal gains: the first column, the lowest cut.
  [[nodiscard]] Tree grow(std::span<const std::int32_t> rows, std::span<const WeightedResponse> responses,
                          RandomStream& stream);

  /// A leaf of the last tree and its share [begin, end) of `order()`.
  struct Leaf {
    std::int32_t node = 0;
    std::int32_t begin = 0;
    std::int32_t end = 0;
  };
  [[nodiscard]] const std::vector<Leaf>& leaves() const { return leaves_; }
  /// The rows of the last tree, leaf by leaf.
  [[nodiscard]] const std::vector<std::int32_t>& order() const { return rows_; }

  /// What a bin of a node holds: sums of weight times response, weight, rows, and weight times squared response.
  struct alignas(32) Bin {
    double lanes[4] = {0, 0, 0, 0};
  };

 private:
  struct Task {
    std::int32_t node = 0;
    std::int32_t begin = 0;
    std::int32_t end = 0;
    std::int32_t depth = 0;
    std::int32_t histograms = -1;  ///< Slot where the sums of all active columns wait, or -1.
    std::int32_t active = 0;       ///< Where in active_pool_ its columns begin.
    std::int32_t active_count = 0;
  };
  struct Split {
    double gain = 0;
    std::int32_t column = -1;  ///< -1: none.
    std::int32_t cut = 0;
  };

  [[nodiscard]] bool is_deepest(std::int32_t depth) const;
  [[nodiscard]] Bin total_of(const Task& task) const;
  [[nodiscard]] Split best_split(Task& task, const Bin& total, RandomStream& stream);
  /// False when the column is constant in the node.
  bool scan_column(const Task& task, std::int32_t column, const Bin& total, Split& best);
  void push_children(const Task& task, const Split& split, Tree& tree);
  void hand_down_histograms(const Task& task, Task& left, Task& right);
  void fill_histograms(const Task& task);
  [[nodiscard]] Bin* histogram(std::int32_t slot, std::int32_t column);
  [[nodiscard]] std::int32_t take_slot();

  const BinnedColumns& columns_;
  TreeOptions options_;
  bool tries_all_;
  std::vector<std::int32_t> rows_, rows_scratch_;  ///< Rows of the tree, node by node, and their entries.
  std::vector<Bin> entries_, entries_scratch_;
  std::vector<Bin> dense_bins_;               ///< Of one column; overwritten.
  std::vector<Bin> sparse_bins_;              ///< Of one column; zero between calls.
  std::vector<std::vector<Bin>> histograms_;  ///< Slots of all columns.
  std::vector<std::int32_t> free_slots_;
  std::vector<std::size_t> first_bin_;  ///< Of each column inside a slot.
  std::vector<std::int32_t> active_pool_;
  std::vector<std::int32_t> candidates_;
  std::vector<std::int32_t> varying_;  ///< Columns of the node at hand that are not known to be constant in it.
  std::vector<Task> tasks_;
  std::vector<Leaf> leaves_;
};

/// Adds to out[i], for i in [begin, end), the sum over `trees` of scale times the value of the leaf of row i. codes: as
/// made by encode_rows, p a row. Trees are added in order, so the bits do not depend on how rows are shared out.
void add_predictions(std::span<const Tree> trees, const std::uint8_t* codes, int p, std::int64_t begin,
                     std::int64_t end, double scale, double* out);

}  // namespace causal::estimation
