#include "causal/estimation/nuisance/tree.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <numeric>

#include "bin_sums.hpp"
#include "causal/run/parallel.hpp"

// Large nodes of trees that look at all columns keep the sums of all bins, so that the larger child gets its own by
// subtraction of the smaller one's. Small nodes touch few bins: those are noted in a bit set and nothing else is read.

namespace causal::estimation {
namespace {

constexpr std::int32_t kWorthKeeping = 512;                    // Rows of a node whose sums are kept for its children.
constexpr std::int64_t kWorthThreads = std::int64_t{1} << 17;  // Cells of a node that is shared between threads.
constexpr double kRounding = 1e-12;  // Share of the sum of squares below which nothing is gained.

using Bin = TreeGrower::Bin;

void add(Bin& to, const Bin& bin) {
  for (int lane = 0; lane < 4; ++lane) to.lanes[lane] += bin.lanes[lane];
}

double explained(double sum, double weight) { return sum * sum / weight; }

/// What a column has to offer.
struct BestCut {
  double gain;
  std::int32_t cut = -1;  // -1: nothing better than the gain it started with.
  int occupied = 0;
};

/// Takes the occupied bins of a column in ascending order and keeps the best cut between two of them.
class CutScan {
 public:
  CutScan(const Bin& total, double min_leaf, double least_gain)
      : total_(total), min_leaf_(min_leaf), best_{least_gain} {}

  /// False when cuts further on would leave too few rows.
  bool visit(std::int32_t code, const Bin& bin) {
    if (best_.occupied > 0 && left_.lanes[2] >= min_leaf_) {
      if (total_.lanes[2] - left_.lanes[2] < min_leaf_) return false;
      const double gain = explained(left_.lanes[0], left_.lanes[1]) +
                          explained(total_.lanes[0] - left_.lanes[0], total_.lanes[1] - left_.lanes[1]);
      if (gain > best_.gain) {
        best_.gain = gain;
        // Empty bins between the two are shared out evenly, as a midpoint shares out the gap between two values.
        best_.cut = (previous_ + code - 1) / 2;
      }
    }
    add(left_, bin);
    previous_ = code;
    ++best_.occupied;
    return true;
  }
  [[nodiscard]] const BestCut& best() const { return best_; }

 private:
  const Bin& total_;
  double min_leaf_;
  BestCut best_;
  Bin left_;
  std::int32_t previous_ = 0;
};

BestCut scan_dense(const Bin* bins, int count, CutScan& scan) {
  for (int code = 0; code < count; ++code) {
    if (bins[code].lanes[2] == 0) continue;
    if (!scan.visit(code, bins[code])) break;
  }
  return scan.best();
}

/// Only the bins noted in `used`, which are zero afterwards.
BestCut scan_sparse(Bin* bins, const std::array<std::uint64_t, 4>& used, CutScan& scan) {
  bool open = true;
  for (int word = 0; word < 4; ++word) {
    for (std::uint64_t bits = used[static_cast<std::size_t>(word)]; bits != 0; bits &= bits - 1) {
      const int code = 64 * word + std::countr_zero(bits);
      open = open && scan.visit(code, bins[code]);
      bins[code] = {};
    }
  }
  return scan.best();
}

}  // namespace

std::int32_t Tree::leaf_of(const std::uint8_t* codes) const {
  std::int32_t at = 0;
  for (;;) {
    const TreeNode node = nodes[static_cast<std::size_t>(at)];
    const std::int32_t next = node.left + (codes[node.column()] > node.cut() ? 1 : 0);
    if (next == at) return at;
    at = next;
  }
}

TreeGrower::TreeGrower(const BinnedColumns& columns, const TreeOptions& options)
    : columns_(columns),
      options_(options),
      tries_all_(options.mtry == 0 || options.mtry >= columns.cols()),
      dense_bins_(256),
      sparse_bins_(256),
      first_bin_(static_cast<std::size_t>(columns.cols()) + 1) {
  for (int j = 0; j < columns.cols(); ++j) {
    first_bin_[static_cast<std::size_t>(j) + 1] =
        first_bin_[static_cast<std::size_t>(j)] + static_cast<std::size_t>(columns.bins(j));
  }
}

Tree TreeGrower::grow(std::span<const std::int32_t> rows, std::span<const WeightedResponse> responses,
                      RandomStream& stream) {
  rows_.assign(rows.begin(), rows.end());
  rows_scratch_.resize(rows.size());
  entries_.resize(rows.size());
  entries_scratch_.resize(rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const WeightedResponse& response = responses[k];
    entries_[k] = {{response.sum, response.weight, 1, explained(response.sum, response.weight)}};
  }
  leaves_.clear();
  active_pool_.resize(static_cast<std::size_t>(columns_.cols()));
  std::iota(active_pool_.begin(), active_pool_.end(), 0);
  Tree tree;
  tree.nodes.emplace_back();
  tree.values.push_back(0);
  tasks_.assign(1, {.node = 0, .end = static_cast<std::int32_t>(rows.size()), .active_count = columns_.cols()});
  while (!tasks_.empty()) {
    Task task = tasks_.back();
    tasks_.pop_back();
    // Lists of columns behind this one belonged to nodes that are done.
    active_pool_.resize(static_cast<std::size_t>(task.active + task.active_count));
    const Bin total = total_of(task);
    tree.values[static_cast<std::size_t>(task.node)] = total.lanes[1] > 0 ? total.lanes[0] / total.lanes[1] : 0;
    const Split split = best_split(task, total, stream);
    if (split.column >= 0) {
      push_children(task, split, tree);
    } else {
      leaves_.push_back({task.node, task.begin, task.end});
      if (task.histograms >= 0) free_slots_.push_back(task.histograms);
    }
  }
  return tree;
}

Bin TreeGrower::total_of(const Task& task) const {
  Bin total;
  for (std::int32_t k = task.begin; k < task.end; ++k) add(total, entries_[static_cast<std::size_t>(k)]);
  return total;
}

bool TreeGrower::is_deepest(std::int32_t depth) const { return options_.max_depth > 0 && depth >= options_.max_depth; }

TreeGrower::Split TreeGrower::best_split(Task& task, const Bin& total, RandomStream& stream) {
  Split best;
  const std::int32_t rows = task.end - task.begin;
  const double squares = total.lanes[3];
  const double already = rows > 0 ? explained(total.lanes[0], total.lanes[1]) : 0;
  if (is_deepest(task.depth) || rows < 2 * options_.min_leaf || !(squares - already > kRounding * squares)) return best;
  best.gain = already + kRounding * squares;
  const std::int32_t* const active = active_pool_.data() + task.active;
  varying_.assign(active, active + task.active_count);
  if (tries_all_) {
    if (task.histograms < 0 && rows >= kWorthKeeping) {
      task.histograms = take_slot();
      fill_histograms(task);
    }
    std::erase_if(varying_, [&](std::int32_t column) { return !scan_column(task, column, total, best); });
    return best;
  }
  // Drawn among all columns, so that trees differ more the fewer of them still vary; -1 stands for those that do not.
  candidates_ = varying_;
  candidates_.resize(static_cast<std::size_t>(columns_.cols()), -1);
  std::size_t left = candidates_.size();
  bool any_varies = false;
  for (int tried = 0; left > 0 && (tried < options_.mtry || !any_varies); ++tried) {
    std::int32_t& drawn = candidates_[stream.below(left)];
    const std::int32_t column = drawn;
    drawn = candidates_[--left];
    if (column < 0) continue;
    if (scan_column(task, column, total, best)) {
      any_varies = true;
    } else {
      std::erase(varying_, column);
    }
  }
  return best;
}

bool TreeGrower::scan_column(const Task& task, std::int32_t column, const Bin& total, Split& best) {
  const int bins = columns_.bins(column);
  if (bins == 1) return false;
  const std::int64_t rows = task.end - task.begin;
  const std::uint8_t* const codes = columns_.column(column);
  const std::int32_t* const node_rows = rows_.data() + task.begin;
  const Bin* const entries = entries_.data() + task.begin;
  CutScan scan(total, options_.min_leaf, best.gain);
  BestCut found{0};
  if (task.histograms >= 0) {
    found = scan_dense(histogram(task.histograms, column), bins, scan);
  } else if (rows < bins) {
    std::array<std::uint64_t, 4> used{};
    detail::add_to_bins_noted(codes, node_rows, entries, rows, sparse_bins_.data(), used.data());
    found = scan_sparse(sparse_bins_.data(), used, scan);
  } else {
    std::fill(dense_bins_.begin(), dense_bins_.begin() + bins, Bin{});
    detail::add_to_bins(codes, node_rows, entries, rows, dense_bins_.data());
    found = scan_dense(dense_bins_.data(), bins, scan);
  }
  if (found.cut >= 0) best = {found.gain, column, found.cut};
  return found.occupied > 1;
}

void TreeGrower::push_children(const Task& task, const Split& split, Tree& tree) {
  const std::int64_t rows = task.end - task.begin;
  const std::int64_t stay = detail::partition_rows(columns_.column(split.column), static_cast<std::uint32_t>(split.cut),
                                                   rows, rows_.data() + task.begin, entries_.data() + task.begin,
                                                   rows_scratch_.data(), entries_scratch_.data());
  const auto first = static_cast<std::int32_t>(tree.nodes.size());
  tree.nodes[static_cast<std::size_t>(task.node)] = {
      first, static_cast<std::uint32_t>(split.column) << 8 | static_cast<std::uint32_t>(split.cut)};
  tree.nodes.push_back({first, 255});
  tree.nodes.push_back({first + 1, 255});
  tree.values.resize(tree.nodes.size());
  const auto active = static_cast<std::int32_t>(active_pool_.size());
  active_pool_.insert(active_pool_.end(), varying_.begin(), varying_.end());
  const auto middle = static_cast<std::int32_t>(task.begin + stay);
  Task left{first, task.begin, middle, task.depth + 1, -1, active, static_cast<std::int32_t>(varying_.size())};
  Task right = left;
  right.node = first + 1;
  right.begin = middle;
  right.end = task.end;
  if (task.histograms >= 0) hand_down_histograms(task, left, right);
  tasks_.push_back(right);
  tasks_.push_back(left);
}

void TreeGrower::hand_down_histograms(const Task& task, Task& left, Task& right) {
  Task& small = left.end - left.begin <= right.end - right.begin ? left : right;
  Task& large = &small == &left ? right : left;
  if (is_deepest(large.depth) || large.end - large.begin < kWorthKeeping) {
    free_slots_.push_back(task.histograms);
    return;
  }
  small.histograms = take_slot();
  fill_histograms(small);
  large.histograms = task.histograms;
  for (const std::int32_t column : varying_) {
    Bin* const bins = histogram(large.histograms, column);
    const Bin* const taken = histogram(small.histograms, column);
    for (int code = 0; code < columns_.bins(column); ++code) {
      for (int lane = 0; lane < 4; ++lane) bins[code].lanes[lane] -= taken[code].lanes[lane];
    }
  }
  if (small.end - small.begin < kWorthKeeping) {
    free_slots_.push_back(small.histograms);
    small.histograms = -1;
  }
}

void TreeGrower::fill_histograms(const Task& task) {
  const std::int64_t rows = task.end - task.begin;
  const auto fill = [&](std::int64_t at) {
    const std::int32_t column = active_pool_[static_cast<std::size_t>(task.active + at)];
    Bin* const bins = histogram(task.histograms, column);
    std::fill(bins, bins + columns_.bins(column), Bin{});
    detail::add_to_bins(columns_.column(column), rows_.data() + task.begin, entries_.data() + task.begin, rows, bins);
  };
  parallel_for(task.active_count, rows * task.active_count >= kWorthThreads ? options_.threads : 1, fill);
}

Bin* TreeGrower::histogram(std::int32_t slot, std::int32_t column) {
  return histograms_[static_cast<std::size_t>(slot)].data() + first_bin_[static_cast<std::size_t>(column)];
}

std::int32_t TreeGrower::take_slot() {
  if (free_slots_.empty()) {
    histograms_.emplace_back(first_bin_.back());
    return static_cast<std::int32_t>(histograms_.size()) - 1;
  }
  const std::int32_t slot = free_slots_.back();
  free_slots_.pop_back();
  return slot;
}

void add_predictions(std::span<const Tree> trees, const std::uint8_t* codes, int p, std::int64_t begin,
                     std::int64_t end, double scale, double* out) {
  constexpr std::int64_t kTogether = 8;  // Rows that go down a tree side by side, to hide the wait for memory.
  for (const Tree& tree : trees) {
    const TreeNode* const nodes = tree.nodes.data();
    std::int64_t i = begin;
    for (; i + kTogether <= end; i += kTogether) {
      std::int32_t at[kTogether] = {};
      std::int32_t moved = 1;
      while (moved != 0) {
        moved = 0;
        for (std::int64_t l = 0; l < kTogether; ++l) {
          const TreeNode node = nodes[at[l]];
          const std::int32_t next = node.left + (codes[(i + l) * p + node.column()] > node.cut() ? 1 : 0);
          moved |= next ^ at[l];
          at[l] = next;
        }
      }
      for (std::int64_t l = 0; l < kTogether; ++l) out[i + l] += scale * tree.values[static_cast<std::size_t>(at[l])];
    }
    for (; i < end; ++i) out[i] += scale * tree.values[static_cast<std::size_t>(tree.leaf_of(codes + i * p))];
  }
}

}  // namespace causal::estimation
