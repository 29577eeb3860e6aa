#pragma once
// All subsets of one size, in lexicographic order of positions.

#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal::discovery {

/// Walks the size-`size` subsets of `items`: for (Subsets s(items, 2); !s.done(); s.next()) use(s.current()).
/// One empty subset for size 0; none when items has fewer elements than `size`.
class Subsets {
 public:
  Subsets(std::span<const NodeId> items, int size)
      : items_(items), positions_(static_cast<std::size_t>(size)), current_(static_cast<std::size_t>(size)) {
    done_ = positions_.size() > items_.size();
    std::iota(positions_.begin(), positions_.end(), std::size_t{0});
    if (!done_) fill(0);
  }

  [[nodiscard]] bool done() const { return done_; }
  [[nodiscard]] const std::vector<NodeId>& current() const { return current_; }

  void next() {
    const std::size_t size = positions_.size();
    for (std::size_t i = size; i-- > 0;) {
      if (positions_[i] == items_.size() - size + i) continue;
      ++positions_[i];
      for (std::size_t j = i + 1; j < size; ++j) positions_[j] = positions_[j - 1] + 1;
      fill(i);
      return;
    }
    done_ = true;
  }

 private:
  void fill(std::size_t from) {
    for (std::size_t i = from; i < positions_.size(); ++i) current_[i] = items_[positions_[i]];
  }
  std::span<const NodeId> items_;
  std::vector<std::size_t> positions_;
  std::vector<NodeId> current_;
  bool done_ = false;
};

}  // namespace causal::discovery
