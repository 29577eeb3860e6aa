// The recursion of stable_classes. With S the chosen and L the left-out variables, the variables next to the target in
// the ancestral graph of the others are those it cannot be separated from by others together with S. Which of them are
// in a subset decides between classes; variables beyond them matter only through them.
#include "causal/estimation/invariance/stable_classes.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "causal/run/stop.hpp"
#include "invariance/node_bits.hpp"

namespace causal::estimation {
namespace {

template <class Bits>
class ClassSearch {
 public:
  /// `nodes`: all but the mutable ones, ascending; bit i stands for nodes[i].
  ClassSearch(const Dag& graph, const NodeSet& nodes, NodeId target, const StableClassOptions& options)
      : n_(static_cast<int>(nodes.size())), nodes_(nodes), max_classes_(options.max_classes), stop_(options.run) {
    std::vector<NodeId> position(slot(graph.n()), -1);
    for (int i = 0; i < n_; ++i) position[slot(nodes[slot(i)])] = i;
    target_ = position[slot(target)];
    parents_.assign(slot(n_), Bits(n_));
    children_.assign(slot(n_), Bits(n_));
    for (const Edge& edge : graph.graph().edges()) {
      const NodeId a = position[slot(edge.from)];
      const NodeId b = position[slot(edge.to)];
      if (a < 0 || b < 0) continue;
      parents_[slot(b)].set(a);
      children_[slot(a)].set(b);
    }
    ancestors_.assign(slot(n_), Bits(n_));
    for (const NodeId v : graph.topological_order()) {
      const NodeId i = position[slot(v)];
      if (i < 0) continue;
      ancestors_[slot(i)].set(i);
      for (Bits rest = parents_[slot(i)]; rest.any();) ancestors_[slot(i)].add(ancestors_[slot(rest.pop())]);
    }
  }

  void run(const NodeSet& stable, StableClasses& found) {
    Bits others(n_);
    for (int i = 0; i < n_; ++i) {
      if (std::binary_search(stable.begin(), stable.end(), nodes_[slot(i)])) others.set(i);
    }
    search(others, Bits(n_), found);
  }

 private:
  /// False when the search is to end.
  bool search(const Bits& others, const Bits& chosen, StableClasses& found) {
    const std::vector<NodeId> next = next_to_target(others, chosen, found.separation_queries);
    if (next.empty()) return emit(others, chosen, found);
    if (const Status status = stop_.status(); status != Status::Ok) {
      found.status = status;
      return false;
    }
    Bits beyond = others;
    for (const NodeId v : next) beyond.remove(single(v));
    // Subsets of `next` in the order of a binary counter.
    std::vector<char> taken(next.size(), 0);
    for (;;) {
      Bits more = chosen;
      for (std::size_t i = 0; i < next.size(); ++i) {
        if (taken[i] != 0) more.set(next[i]);
      }
      if (!search(beyond, more, found)) return false;
      std::size_t carry = 0;
      while (carry < taken.size() && taken[carry] != 0) taken[carry++] = 0;
      if (carry == taken.size()) return true;
      taken[carry] = 1;
    }
  }

  bool emit(const Bits& others, const Bits& chosen, StableClasses& found) {
    if (std::ssize(found.classes) == max_classes_) {
      found.status = Status::BudgetExceeded;
      return false;
    }
    found.classes.push_back({original(chosen), original(others)});
    return true;
  }

  [[nodiscard]] std::vector<NodeId> next_to_target(const Bits& others, const Bits& chosen,
                                                   std::int64_t& queries) const {
    Bits base = ancestors_[slot(target_)];
    for (Bits rest = chosen; rest.any();) base.add(ancestors_[slot(rest.pop())]);
    std::vector<NodeId> next;
    for (Bits rest = others; rest.any();) {
      const NodeId v = rest.pop();
      Bits given = base;
      given.add(ancestors_[slot(v)]);
      given.keep(others);
      given.reset(v);
      given.add(chosen);
      ++queries;
      if (connected(v, given)) next.push_back(v);
    }
    return next;
  }

  /// Is v d-connected to the target given the set? Walks are followed from the target, by the direction in which they
  /// enter a node.
  [[nodiscard]] bool connected(NodeId v, const Bits& given) const {
    Bits above(n_);
    for (Bits rest = given; rest.any();) above.add(ancestors_[slot(rest.pop())]);
    Bits from_child(n_), from_parent(n_), ascending = single(target_), descending(n_);
    while (ascending.any() || descending.any()) {
      const bool upwards = ascending.any();
      const NodeId at = upwards ? ascending.pop() : descending.pop();
      if (at == v) return true;
      (upwards ? from_child : from_parent).set(at);
      const bool passes = !given.test(at);
      if (upwards ? passes : above.test(at)) {
        ascending.add(parents_[slot(at)]);
        ascending.remove(from_child);
      }
      if (passes) {
        descending.add(children_[slot(at)]);
        descending.remove(from_parent);
      }
    }
    return false;
  }

  [[nodiscard]] Bits single(NodeId v) const {
    Bits bits(n_);
    bits.set(v);
    return bits;
  }
  [[nodiscard]] NodeSet original(const Bits& bits) const {
    NodeSet set = nodes_of(bits);
    for (NodeId& v : set) v = nodes_[slot(v)];
    return set;
  }

  int n_;
  NodeSet nodes_;
  std::int64_t max_classes_;
  StopSignal stop_;
  NodeId target_ = 0;
  std::vector<Bits> parents_, children_, ancestors_;
};

}  // namespace

StableClasses stable_classes(const Dag& graph, const StableQuestion& question, const StableClassOptions& options) {
  validate(options, "stable_classes");
  validate(options.run, "stable_classes");
  StableClasses found;
  found.facts = stable_graph_facts(graph, question);
  NodeSet nodes;
  for (NodeId v = 0; v < graph.n(); ++v) {
    if (!std::binary_search(found.facts.mutable_nodes.begin(), found.facts.mutable_nodes.end(), v)) nodes.push_back(v);
  }
  if (nodes.size() <= 64) {
    ClassSearch<WordBits>(graph, nodes, found.facts.target, options).run(found.facts.stable, found);
  } else {
    ClassSearch<ManyBits>(graph, nodes, found.facts.target, options).run(found.facts.stable, found);
  }
  std::sort(found.classes.begin(), found.classes.end(), [](const StableClass& a, const StableClass& b) {
    return a.minimal.size() != b.minimal.size() ? a.minimal.size() < b.minimal.size() : a.minimal < b.minimal;
  });
  if (found.status != Status::Ok) {
    found.warnings.push_back(fmt::format("the search for classes of subsets ended early ({}): {} were found",
                                         to_string(found.status), found.classes.size()));
  }
  return found;
}

}  // namespace causal::estimation
