// Greedy elimination orders (Kjaerulff 1990; Koller and Friedman 2009, section 9.4.3.2). The number of edges that
// eliminating a vertex would add is kept up to date: only neighbours of neighbours change.

#include <algorithm>
#include <cmath>
#include <queue>
#include <tuple>

#include "interaction_graph.hpp"

namespace causal::detail {

namespace {

// What picks the next vertex: the rule's own number, weight, tie, vertex.
using Key = std::tuple<std::int64_t, std::int64_t, std::uint64_t, VariableId>;

class Eliminator {
 public:
  Eliminator(InteractionGraph graph, const IndexRoles& roles, GreedyRule rule, RandomStream* ties)
      : graph_(std::move(graph)),
        rule_(rule),
        fill_(at(graph_.n()), 0),
        weight_(at(graph_.n()), 0),
        tie_(at(graph_.n()), 0),
        waiting_(at(graph_.n()), 0),
        touched_mark_(at(graph_.n()), 0) {
    std::vector<Key> keys;
    for (VariableId v = 0; v < graph_.n(); ++v) {
      if (rule == GreedyRule::MinFill) fill_[at(v)] = count_fill(v);
      if (!roles.is_summed(v)) continue;
      waiting_[at(v)] = 1;
      if (ties != nullptr) tie_[at(v)] = ties->bits();
      weight_[at(v)] = graph_.log_weight(v);
      keys.push_back(key(v));
    }
    queue_ = Queue(std::greater<>(), std::move(keys));
  }

  EliminationOrder run() {
    while (!queue_.empty()) {
      const Key next = queue_.top();
      queue_.pop();
      const VariableId v = std::get<3>(next);
      if (waiting_[at(v)] != 0 && next == key(v)) eliminate(v);
    }
    return std::move(result_);
  }

 private:
  using Queue = std::priority_queue<Key, std::vector<Key>, std::greater<>>;

  [[nodiscard]] Key key(VariableId v) const { return {fill_[at(v)], weight_[at(v)], tie_[at(v)], v}; }

  // Puts what two ascending rows share into common_; a short row is looked up in a long one.
  void intersect(const std::vector<VariableId>& a, const std::vector<VariableId>& b) {
    constexpr std::size_t kMuchLonger = 16;
    const auto& few = a.size() < b.size() ? a : b;
    const auto& many = a.size() < b.size() ? b : a;
    common_.clear();
    if (few.size() * kMuchLonger < many.size()) {
      for (const VariableId v : few) {
        if (std::binary_search(many.begin(), many.end(), v)) common_.push_back(v);
      }
      result_.work += static_cast<double>(few.size() * kMuchLonger);
    } else {
      std::set_intersection(few.begin(), few.end(), many.begin(), many.end(), std::back_inserter(common_));
      result_.work += static_cast<double>(few.size() + many.size());
    }
  }

  // Pairs of neighbours that are not adjacent: all pairs, less half of what each neighbour shares with v.
  std::int64_t count_fill(VariableId v) {
    const auto& row = graph_.neighbours(v);
    std::size_t adjacent_twice = 0;
    for (const VariableId u : row) {
      intersect(graph_.neighbours(u), row);
      adjacent_twice += common_.size();
    }
    return static_cast<std::int64_t>((row.size() * (row.size() - 1) - adjacent_twice) / 2);
  }

  void eliminate(VariableId v) {
    waiting_[at(v)] = 0;
    result_.order.push_back(v);
    result_.cells += std::exp2(static_cast<double>(weight_[at(v)]) * 0x1p-32);
    const bool is_clique = rule_ == GreedyRule::MinFill && fill_[at(v)] == 0;
    std::vector<VariableId> around = graph_.remove(v);
    result_.width = std::max(result_.width, static_cast<int>(around.size()));
    touched_.clear();
    for (const VariableId u : around) {
      touch(u);
      weight_[at(u)] -= graph_.log_cardinality(v);
    }
    if (rule_ == GreedyRule::MinFill) forget_pairs_with_removed(around);
    if (!is_clique) make_clique(around);
    for (const VariableId u : touched_) {
      touched_mark_[at(u)] = 0;
      if (waiting_[at(u)] != 0) queue_.push(key(u));
    }
    result_.neighbours.push_back(std::move(around));
  }

  // Each u in `around` had the removed vertex in as many missing pairs as it has neighbours outside `around`.
  void forget_pairs_with_removed(const std::vector<VariableId>& around) {
    for (const VariableId u : around) {
      const auto& row = graph_.neighbours(u);
      intersect(row, around);
      fill_[at(u)] -= static_cast<std::int64_t>(row.size() - common_.size());
    }
  }

  void make_clique(const std::vector<VariableId>& around) {
    for (std::size_t i = 0; i < around.size(); ++i) {
      for (std::size_t j = i + 1; j < around.size(); ++j) {
        if (graph_.adjacent(around[i], around[j])) continue;
        add_edge(around[i], around[j]);
      }
    }
    result_.work += static_cast<double>(around.size() * around.size());
  }

  void add_edge(VariableId a, VariableId b) {
    if (rule_ == GreedyRule::MinFill) count_new_edge(graph_.neighbours(a), graph_.neighbours(b), a, b);
    weight_[at(a)] += graph_.log_cardinality(b);
    weight_[at(b)] += graph_.log_cardinality(a);
    graph_.join(a, b);
  }

  // The edge closes the pair for common neighbours, and opens one with every other neighbour of each end.
  void count_new_edge(const std::vector<VariableId>& of_a, const std::vector<VariableId>& of_b, VariableId a,
                      VariableId b) {
    intersect(of_a, of_b);
    for (const VariableId c : common_) {
      --fill_[at(c)];
      touch(c);
    }
    fill_[at(a)] += static_cast<std::int64_t>(of_a.size() - common_.size());
    fill_[at(b)] += static_cast<std::int64_t>(of_b.size() - common_.size());
  }

  void touch(VariableId v) {
    if (touched_mark_[at(v)] != 0) return;
    touched_mark_[at(v)] = 1;
    touched_.push_back(v);
  }

  InteractionGraph graph_;
  GreedyRule rule_;
  std::vector<std::int64_t> fill_;  // stays 0 under MinWeight
  std::vector<std::int64_t> weight_;
  std::vector<std::uint64_t> tie_;
  std::vector<std::uint8_t> waiting_;
  std::vector<std::uint8_t> touched_mark_;
  std::vector<VariableId> touched_, common_;
  Queue queue_;
  EliminationOrder result_;
};

}  // namespace

EliminationOrder greedy_order(InteractionGraph graph, const IndexRoles& roles, GreedyRule rule, RandomStream* ties) {
  return Eliminator(std::move(graph), roles, rule, ties).run();
}

EliminationOrder best_order(const InteractionGraph& graph, const IndexRoles& roles, const ContractionOptions& options,
                            const StopSignal& stop) {
  // A multiplication takes about a nanosecond, a step of the search about four.
  constexpr double kAffordable = 0.05 / 4;
  EliminationOrder best = greedy_order(graph, roles, GreedyRule::MinFill);
  double work = best.work + static_cast<double>(graph.n());
  const double work_of_one = work;
  for (int i = -1; i < options.restarts && work + work_of_one < kAffordable * best.cells && !stop.reached(); ++i) {
    RandomStream ties(options.run.seed, RandomDomain::Ordering, static_cast<std::uint32_t>(i + 1));
    EliminationOrder other = i < 0 ? greedy_order(graph, roles, GreedyRule::MinWeight)
                                   : greedy_order(graph, roles, GreedyRule::MinFill, &ties);
    work += work_of_one;
    if (other.cells < best.cells) best = std::move(other);
  }
  return best;
}

}  // namespace causal::detail
