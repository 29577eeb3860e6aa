#include "causal/graph/district.hpp"

#include <algorithm>
#include <functional>
#include <queue>

namespace causal {

NodeBits NodeBits::all(int n) {
  NodeBits bits(n);
  for (std::uint64_t& word : bits.words_) word = ~std::uint64_t{0};
  if (n % 64 != 0) bits.words_.back() >>= 64 - n % 64;
  return bits;
}

bool NodeBits::empty() const {
  return std::all_of(words_.begin(), words_.end(), [](std::uint64_t word) { return word == 0; });
}

int NodeBits::size() const {
  int count = 0;
  for (const std::uint64_t word : words_) count += __builtin_popcountll(word);
  return count;
}

NodeId NodeBits::first() const {
  for (std::size_t w = 0; w < words_.size(); ++w) {
    if (words_[w] != 0) return static_cast<NodeId>(w * 64 + static_cast<std::size_t>(__builtin_ctzll(words_[w])));
  }
  return -1;
}

bool NodeBits::intersects(const NodeBits& other) const {
  for (std::size_t w = 0; w < words_.size(); ++w) {
    if ((words_[w] & other.words_[w]) != 0) return true;
  }
  return false;
}

bool NodeBits::contains_all(const NodeBits& other) const {
  for (std::size_t w = 0; w < words_.size(); ++w) {
    if ((other.words_[w] & ~words_[w]) != 0) return false;
  }
  return true;
}

NodeSet NodeBits::nodes() const {
  NodeSet set;
  set.reserve(static_cast<std::size_t>(size()));
  for_each([&](NodeId v) { set.push_back(v); });
  return set;
}

NodeBits& NodeBits::operator|=(const NodeBits& other) {
  for (std::size_t w = 0; w < words_.size(); ++w) words_[w] |= other.words_[w];
  return *this;
}

NodeBits& NodeBits::operator&=(const NodeBits& other) {
  for (std::size_t w = 0; w < words_.size(); ++w) words_[w] &= other.words_[w];
  return *this;
}

NodeBits& NodeBits::operator-=(const NodeBits& other) {
  for (std::size_t w = 0; w < words_.size(); ++w) words_[w] &= ~other.words_[w];
  return *this;
}

namespace {

// Everything in `within` that `start` reaches by rows; a node outside `open` is reached but not left.
template <class Row>
NodeBits closure(const NodeBits& start, const NodeBits& within, const NodeBits& open, Row&& row) {
  NodeBits reached = start, frontier = start & open;
  while (!frontier.empty()) {
    NodeBits next = frontier - frontier;
    frontier.for_each([&](NodeId v) { next |= row(v); });
    next &= within;
    next -= reached;
    reached |= next;
    frontier = next & open;
  }
  return reached;
}

std::vector<NodeId> kahn_order(const MixedGraph& graph) {
  std::vector<std::size_t> waiting(slot(graph.n()));
  std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
  for (NodeId v = 0; v < graph.n(); ++v) {
    waiting[slot(v)] = graph.parents(v).size();
    if (waiting[slot(v)] == 0) ready.push(v);
  }
  std::vector<NodeId> order;
  order.reserve(slot(graph.n()));
  while (!ready.empty()) {
    const NodeId v = ready.top();
    ready.pop();
    order.push_back(v);
    for (const NodeId c : graph.children(v)) {
      if (--waiting[slot(c)] == 0) ready.push(c);
    }
  }
  return order;
}

}  // namespace

AdmgRows::AdmgRows(const Admg& admg)
    : parents_(slot(admg.n()), NodeBits(admg.n())),
      children_(parents_),
      siblings_(parents_),
      order_(kahn_order(admg.graph())) {
  for (const Edge& edge : admg.graph().edges()) {
    if (edge.is_bidirected()) {
      siblings_[slot(edge.from)].insert(edge.to);
      siblings_[slot(edge.to)].insert(edge.from);
    } else {
      children_[slot(edge.from)].insert(edge.to);
      parents_[slot(edge.to)].insert(edge.from);
    }
  }
}

NodeBits AdmgRows::ancestors(const NodeBits& of, const NodeBits& within) const {
  return closure(of, within, within, [&](NodeId v) -> const NodeBits& { return parents(v); });
}

NodeBits AdmgRows::ancestors(const NodeBits& of, const NodeBits& within, const NodeBits& cut) const {
  return closure(of, within, within - cut, [&](NodeId v) -> const NodeBits& { return parents(v); });
}

NodeBits AdmgRows::descendants(const NodeBits& of, const NodeBits& within) const {
  return closure(of, within, within, [&](NodeId v) -> const NodeBits& { return children(v); });
}

NodeBits AdmgRows::district(NodeId v, const NodeBits& within) const {
  NodeBits start(n());
  start.insert(v);
  return closure(start, within, within, [&](NodeId u) -> const NodeBits& { return siblings(u); });
}

std::vector<NodeBits> AdmgRows::districts(const NodeBits& within) const {
  std::vector<NodeBits> all;
  NodeBits rest = within;
  while (!rest.empty()) {
    all.push_back(district(rest.first(), within));
    rest -= all.back();
  }
  return all;
}

std::vector<NodeId> AdmgRows::ordered(const NodeBits& within) const {
  std::vector<NodeId> order;
  for (const NodeId v : order_) {
    if (within.contains(v)) order.push_back(v);
  }
  return order;
}

std::vector<NodeSet> districts(const Admg& admg) {
  const MixedGraph& graph = admg.graph();
  std::vector<NodeSet> all;
  std::vector<std::uint8_t> seen(slot(graph.n()), 0);
  for (NodeId root = 0; root < graph.n(); ++root) {
    if (seen[slot(root)] != 0) continue;
    seen[slot(root)] = 1;
    NodeSet members{root};
    for (std::size_t i = 0; i < members.size(); ++i) {
      for (const NodeId w : graph.siblings(members[i])) {
        if (seen[slot(w)] != 0) continue;
        seen[slot(w)] = 1;
        members.push_back(w);
      }
    }
    std::sort(members.begin(), members.end());
    all.push_back(std::move(members));
  }
  return all;
}

}  // namespace causal
