#pragma once
// Sets of nodes as bits: one word for small graphs, as many as needed for others; the same operations on both.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal::estimation {

/// Up to 64 nodes.
class WordBits {
 public:
  explicit WordBits(int) {}

  [[nodiscard]] bool test(NodeId v) const { return (word_ >> static_cast<unsigned>(v) & 1U) != 0; }
  void set(NodeId v) { word_ |= one(v); }
  void reset(NodeId v) { word_ &= ~one(v); }
  void add(const WordBits& other) { word_ |= other.word_; }
  void keep(const WordBits& other) { word_ &= other.word_; }
  void remove(const WordBits& other) { word_ &= ~other.word_; }
  [[nodiscard]] bool any() const { return word_ != 0; }
  /// Takes out the smallest node; the set must not be empty.
  NodeId pop() {
    const NodeId v = std::countr_zero(word_);
    word_ &= word_ - 1;
    return v;
  }

 private:
  static std::uint64_t one(NodeId v) { return std::uint64_t{1} << static_cast<unsigned>(v); }
  std::uint64_t word_ = 0;
};

/// Any number of nodes.
class ManyBits {
 public:
  explicit ManyBits(int n) : words_((static_cast<std::size_t>(n) + 63) / 64, 0) {}

  [[nodiscard]] bool test(NodeId v) const { return (words_[slot(v) / 64] >> (slot(v) % 64) & 1U) != 0; }
  void set(NodeId v) { words_[slot(v) / 64] |= std::uint64_t{1} << (slot(v) % 64); }
  void reset(NodeId v) { words_[slot(v) / 64] &= ~(std::uint64_t{1} << (slot(v) % 64)); }
  void add(const ManyBits& other) {
    for (std::size_t w = 0; w < words_.size(); ++w) words_[w] |= other.words_[w];
  }
  void keep(const ManyBits& other) {
    for (std::size_t w = 0; w < words_.size(); ++w) words_[w] &= other.words_[w];
  }
  void remove(const ManyBits& other) {
    for (std::size_t w = 0; w < words_.size(); ++w) words_[w] &= ~other.words_[w];
  }
  [[nodiscard]] bool any() const {
    return std::any_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word != 0; });
  }
  NodeId pop() {
    std::size_t w = 0;
    while (words_[w] == 0) ++w;
    const auto v = static_cast<NodeId>(64 * w) + std::countr_zero(words_[w]);
    words_[w] &= words_[w] - 1;
    return v;
  }

 private:
  std::vector<std::uint64_t> words_;
};

template <class Bits>
[[nodiscard]] NodeSet nodes_of(Bits bits) {
  NodeSet nodes;
  while (bits.any()) nodes.push_back(bits.pop());
  return nodes;
}

}  // namespace causal::estimation
