#pragma once
// The one primitive behind separation, ancestors and their relatives: breadth-first search over nodes with labels.

#include <array>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "causal/graph/mixed_graph.hpp"

namespace causal {

/// How a walk passes an edge from v to w: the mark at v, then the mark at w. The values are MixedGraph's group indices.
enum class Step : std::uint8_t {
  Back = MixedGraph::group(Mark::Arrow, Mark::Tail),     ///< v <- w
  Forward = MixedGraph::group(Mark::Tail, Mark::Arrow),  ///< v -> w
  Both = MixedGraph::group(Mark::Arrow, Mark::Arrow),    ///< v <-> w
  Line = MixedGraph::group(Mark::Tail, Mark::Tail),      ///< v -- w
  TailCircle = MixedGraph::group(Mark::Tail, Mark::Circle),
  ArrowCircle = MixedGraph::group(Mark::Arrow, Mark::Circle),
  CircleTail = MixedGraph::group(Mark::Circle, Mark::Tail),
  CircleArrow = MixedGraph::group(Mark::Circle, Mark::Arrow),
  Circles = MixedGraph::group(Mark::Circle, Mark::Circle)
};

/// Nodes in the order walked and the steps between them: one step fewer than nodes, or both empty.
struct Walk {
  std::vector<NodeId> nodes;
  std::vector<Step> steps;
  [[nodiscard]] bool empty() const { return nodes.empty(); }
};

/// "A -> B <- C" with the names given.
[[nodiscard]] std::string walk_text(const Walk& walk, std::span<const std::string> names);

/// Decides per group of neighbours: `next(label, step, v)` is the label with which all neighbours of v by `step` are
/// entered when v was entered with `label`, or a negative number when the walk may not go there.
template <class R>
concept GroupRule = requires(const R& rule) {
  { rule.next(0, Step::Back, NodeId{}) } -> std::convertible_to<int>;
};

/// Decides per neighbour: as GroupRule, with the neighbour w as last argument of `next(label, step, v, w)`.
template <class R>
concept NeighbourRule = requires(const R& rule) {
  { rule.next(0, Step::Back, NodeId{}, NodeId{}) } -> std::convertible_to<int>;
};

/// A GroupRule may declare `kLabelFollowsStep = true`: the label that `next` gives depends on the step alone, wherever
/// it does not refuse. Then no group of neighbours is scanned twice.
template <class R>
concept StepLabelled = GroupRule<R> && R::kLabelFollowsStep;

/// What `reach` found.
struct Reached {
  std::vector<std::uint8_t> labels;  ///< Per node the set of labels with which it was entered, as bits; 0: not reached.
  Walk walk;                         ///< When the search was stopped: a shortest walk from a start to where it stopped.
  bool stopped = false;

  [[nodiscard]] bool contains(NodeId v) const { return labels[slot(v)] != 0; }
  [[nodiscard]] NodeSet nodes() const;
};

namespace detail {

/// The states of a breadth-first search in the order they were entered, each with the position it was entered from.
class ReachQueue {
 public:
  explicit ReachQueue(std::size_t capacity)
      : states_(std::make_unique_for_overwrite<std::uint32_t[]>(capacity)),
        origins_(std::make_unique_for_overwrite<Origin[]>(capacity)) {}

  void push(NodeId v, int label, std::size_t origin, Step step) {
    states_[size_] = static_cast<std::uint32_t>(v) << kLabelBits | static_cast<std::uint32_t>(label);
    origins_[size_] = {static_cast<std::uint32_t>(origin), step};
    ++size_;
  }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] NodeId node(std::size_t i) const { return static_cast<NodeId>(states_[i] >> kLabelBits); }
  [[nodiscard]] int label(std::size_t i) const { return static_cast<int>(states_[i] & ((1U << kLabelBits) - 1)); }
  [[nodiscard]] Walk walk_to(std::size_t i) const;

 private:
  static constexpr int kLabelBits = 3;
  struct Origin {
    std::uint32_t position;  // a start is its own origin
    Step step;
  };
  std::unique_ptr<std::uint32_t[]> states_;
  std::unique_ptr<Origin[]> origins_;
  std::size_t size_ = 0;
};

struct NeverStop {
  bool operator()(NodeId) const { return false; }
};

}  // namespace detail

/// All (node, label) states that walks from `starts` reach under `rule`, or those found before `stop(v)` was true of an
/// entered node v (starts are not asked).
///
/// The rule is a type with the constants `kLabels` (1..8 labels, 0..kLabels-1), `kSteps` (the steps it ever takes) and
/// `kStart` (the label of the starts), and a `next` as in GroupRule or NeighbourRule. A label stands for what must be
/// remembered of the walk: the kind of the last edge, a colour. Every edge is looked at at most once per label of each
/// of its ends, so the cost is O(n + kLabels m); memory is 1 to 3 bytes per node and 12 per state. n < 2^29.
template <class Rule, class Stop = detail::NeverStop>
requires GroupRule<Rule> || NeighbourRule<Rule>
[[nodiscard]] Reached reach(const MixedGraph& graph, std::span<const NodeId> starts, const Rule& rule,
                            const Stop& stop = {}) {
  static_assert(Rule::kLabels >= 1 && Rule::kLabels <= 8);
  Reached reached;
  reached.labels.assign(slot(graph.n()), 0);
  std::uint8_t* const labels = reached.labels.data();
  detail::ReachQueue queue(slot(graph.n()) * Rule::kLabels);
  std::vector<std::uint16_t> scanned(StepLabelled<Rule> ? slot(graph.n()) : 0, 0);  // groups, as bits

  // True when the search is over.
  const auto enter = [&](NodeId w, int label, std::size_t from, Step step) {
    const auto bit = static_cast<std::uint8_t>(1U << label);
    if ((labels[slot(w)] & bit) != 0) return false;
    labels[slot(w)] = static_cast<std::uint8_t>(labels[slot(w)] | bit);
    queue.push(w, label, from, step);
    return stop(w);
  };

  for (const NodeId v : starts) {
    if (labels[slot(v)] != 0) continue;
    labels[slot(v)] = static_cast<std::uint8_t>(1U << Rule::kStart);
    queue.push(v, Rule::kStart, queue.size(), Step::Back);
  }
  for (std::size_t head = 0; head < queue.size() && !reached.stopped; ++head) {
    const NodeId v = queue.node(head);
    const int label = queue.label(head);
    // Rows lie anywhere in memory; the queue knows which come next.
    constexpr std::size_t kNear = 8, kFar = 16;
    if (head + kFar < queue.size()) graph.prefetch_offsets(queue.node(head + kFar));
    if (head + kNear < queue.size()) graph.prefetch_neighbours(queue.node(head + kNear));
    for (const Step step : Rule::kSteps) {
      const auto neighbours = graph.group_neighbours(v, static_cast<std::size_t>(step));
      if constexpr (GroupRule<Rule>) {
        const int next = rule.next(label, step, v);
        if (next < 0) continue;
        if constexpr (StepLabelled<Rule>) {
          const auto group_bit = static_cast<std::uint16_t>(1U << static_cast<unsigned>(step));
          if ((scanned[slot(v)] & group_bit) != 0) continue;
          scanned[slot(v)] = static_cast<std::uint16_t>(scanned[slot(v)] | group_bit);
        }
        for (const NodeId w : neighbours) {
          if (enter(w, next, head, step)) reached.stopped = true;
          if (reached.stopped) break;
        }
      } else {
        for (const NodeId w : neighbours) {
          const int next = rule.next(label, step, v, w);
          if (next >= 0 && enter(w, next, head, step)) reached.stopped = true;
          if (reached.stopped) break;
        }
      }
      if (reached.stopped) break;
    }
  }
  if (reached.stopped) reached.walk = queue.walk_to(queue.size() - 1);
  return reached;
}

/// Nodes with a directed path to a node of `of`, which are themselves included. O(n + m).
[[nodiscard]] NodeSet ancestors(const MixedGraph& graph, std::span<const NodeId> of);
/// Nodes with a directed path from a node of `of`, which are themselves included. O(n + m).
[[nodiscard]] NodeSet descendants(const MixedGraph& graph, std::span<const NodeId> of);
/// As ancestors, with undirected edges taken as they come and no node of `avoid` entered on the way. O(n + m).
[[nodiscard]] NodeSet possible_ancestors(const MixedGraph& graph, std::span<const NodeId> of,
                                         std::span<const NodeId> avoid = {});
/// As descendants, with undirected edges taken as they come and no node of `avoid` entered on the way. O(n + m).
[[nodiscard]] NodeSet possible_descendants(const MixedGraph& graph, std::span<const NodeId> of,
                                           std::span<const NodeId> avoid = {});

}  // namespace causal
