#include <set>
#include "causal/graph/mec.hpp"

#include "causal/run/stop.hpp"
#include "graph/orient_along.hpp"

namespace causal {
namespace {

// All runs of maximum cardinality search that lead to different orientations. Of the nodes that may come next, those
// that are not connected to the first one among themselves need not be tried: putting them next, instead of later,
// directs no edge another way.
class SearchOrders {
 public:
  explicit SearchOrders(const MixedGraph& graph)
      : graph_(graph), label_(slot(graph.n()), 0), visited_(slot(graph.n()), 0), seen_(slot(graph.n()), 0) {
    for (NodeId v = 0; v < graph.n(); ++v) {
      if (!graph.undirected_neighbours(v).empty()) enqueue(v);
    }
    total_ = 0;
    for (const auto& level : waiting_) total_ += level.size();
    descend();
  }

  [[nodiscard]] const std::vector<NodeId>& order() const { return order_; }

  // Moves to the next order; false when there is none.
  bool advance() {
    while (!choices_.empty()) {
      take_back();
      Choice& choice = choices_.back();
      if (++choice.at < choice.nodes.size()) {
        take(choice.nodes[choice.at]);
        descend();
        return true;
      }
      choices_.pop_back();
    }
    return false;
  }

 private:
  struct Choice {
    std::vector<NodeId> nodes;
    std::size_t at = 0;
  };

  // Completes the order, every time by the first choice.
  void descend() {
    while (order_.size() < total_) {
      choices_.push_back({next_nodes(), 0});
      take(choices_.back().nodes.front());
    }
  }

  // A node of the highest label and those connected to it through nodes of that label.
  std::vector<NodeId> next_nodes() {
    while (waiting_.back().empty()) waiting_.pop_back();
    const std::size_t label = waiting_.size() - 1;
    std::vector<NodeId> nodes{*waiting_.back().begin()};
    seen_[slot(nodes.front())] = 1;
    for (std::size_t next = 0; next < nodes.size(); ++next) {
      for (const NodeId w : graph_.undirected_neighbours(nodes[next])) {
        if (visited_[slot(w)] != 0 || seen_[slot(w)] != 0 || label_[slot(w)] != label) continue;
        seen_[slot(w)] = 1;
        nodes.push_back(w);
      }
    }
    for (const NodeId v : nodes) seen_[slot(v)] = 0;
    return nodes;
  }

  void take(NodeId v) {
    dequeue(v);
    visited_[slot(v)] = 1;
    order_.push_back(v);
    for (const NodeId w : graph_.undirected_neighbours(v)) {
      if (visited_[slot(w)] != 0) continue;
      dequeue(w);
      ++label_[slot(w)];
      enqueue(w);
    }
  }

  void take_back() {
    const NodeId v = order_.back();
    order_.pop_back();
    for (const NodeId w : graph_.undirected_neighbours(v)) {
      if (visited_[slot(w)] != 0) continue;
      dequeue(w);
      --label_[slot(w)];
      enqueue(w);
    }
    visited_[slot(v)] = 0;
    enqueue(v);
  }

  void enqueue(NodeId v) {
    if (waiting_.size() <= label_[slot(v)]) waiting_.resize(label_[slot(v)] + 1);
    waiting_[label_[slot(v)]].insert(v);
  }
  void dequeue(NodeId v) { waiting_[label_[slot(v)]].erase(v); }

  const MixedGraph& graph_;
  std::vector<std::size_t> label_;  // visited neighbours
  std::vector<std::uint8_t> visited_, seen_;
  std::vector<std::set<NodeId>> waiting_;  // not visited, by label
  std::size_t total_ = 0;
  std::vector<NodeId> order_;
  std::vector<Choice> choices_;
};

}  // namespace

MecEnumeration for_each_member(const Cpdag& cpdag, const std::function<bool(const Dag&)>& visit,
                               const RunOptions& run) {
  const StopSignal stop(run);
  MecEnumeration result;
  SearchOrders orders(cpdag.graph());
  do {
    if (stop.reached()) {
      result.status = stop.status();
      return result;
    }
    ++result.visited;
    if (!visit(detail::orient_along(cpdag.graph(), orders.order()))) {
      result.status = Status::Cancelled;
      return result;
    }
  } while (orders.advance());
  return result;
}

MecMembers enumerate_mec(const Cpdag& cpdag, const EnumerateOptions& options) {
  validate(options, "enumerate_mec");
  MecMembers members;
  const auto limit = static_cast<std::size_t>(options.max_results);
  bool more = false;
  const auto keep = [&](const Dag& dag) {
    more = members.dags.size() == limit;
    if (!more) members.dags.push_back(dag);
    return !more;
  };
  members.status = for_each_member(cpdag, keep, options.run).status;
  if (more) members.status = Status::BudgetExceeded;
  return members;
}

}  // namespace causal
