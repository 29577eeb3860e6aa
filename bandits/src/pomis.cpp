#include "causal/bandits/pomis.hpp"

#include <algorithm>
#include <bit>
#include <set>

#include "causal/graph/dag.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

using Mask = std::uint64_t;

Mask bit(NodeId v) { return Mask{1} << v; }

NodeSet nodes_of(Mask mask) {
  NodeSet nodes;
  for (; mask != 0; mask &= mask - 1) nodes.push_back(std::countr_zero(mask));
  return nodes;
}

Mask mask_of(const NodeSet& nodes) {
  Mask mask = 0;
  for (const NodeId v : nodes) mask |= bit(v);
  return mask;
}

struct Edges {
  std::vector<Mask> parents, children, siblings;
  std::vector<NodeId> reverse_order;  // children before parents
};

// The graph restricted to the nodes `alive`, with the edges into `cut` and all confounding of `cut` taken away.
struct View {
  Mask alive;
  Mask cut = 0;
};

struct Territory {
  Mask inside;
  Mask border;
};

class Sets {
 public:
  Sets(const char* function, const Admg& graph, NodeId y) : y_(y) {
    const MixedGraph& g = graph.graph();
    if (g.n() > 64) throw InvalidArgument(function, "nodes", std::to_string(g.n()), "be at most 64");
    if (y < 0 || y >= g.n()) throw InvalidArgument(function, "y", std::to_string(y), "be a node");
    std::vector<Edge> directed_edges;
    for (const Edge& edge : g.edges()) {
      if (edge.is_directed()) directed_edges.push_back(edge);
    }
    edges_.reverse_order = Dag(MixedGraph(g.names(), std::move(directed_edges))).topological_order();
    std::reverse(edges_.reverse_order.begin(), edges_.reverse_order.end());
    for (NodeId v = 0; v < g.n(); ++v) {
      const auto mask = [](std::span<const NodeId> nodes) { return mask_of({nodes.begin(), nodes.end()}); };
      edges_.parents.push_back(mask(g.parents(v)));
      edges_.children.push_back(mask(g.children(v)));
      edges_.siblings.push_back(mask(g.siblings(v)));
    }
    all_ = g.n() == 64 ? ~Mask{0} : bit(g.n()) - 1;
  }

  [[nodiscard]] Mask all() const { return all_; }

  [[nodiscard]] Mask parents(const View& view, NodeId v) const {
    return (view.cut & bit(v)) != 0 ? 0 : edges_.parents[slot(v)] & view.alive;
  }
  [[nodiscard]] Mask ancestors(const View& view) const {
    return closure(bit(y_), [&](NodeId v) { return parents(view, v); });
  }

  // Within the ancestors of y: descendants of what is inside, and whatever confounders join to it, until nothing is
  // new.
  [[nodiscard]] Territory territory(View view) const {
    view.alive &= ancestors(view);
    const Mask inside = closure(bit(y_), [&](NodeId v) {
      const Mask siblings = (view.cut & bit(v)) != 0 ? 0 : edges_.siblings[slot(v)] & view.alive & ~view.cut;
      return siblings | (edges_.children[slot(v)] & view.alive & ~view.cut);
    });
    Mask border = 0;
    for (Mask left = inside; left != 0; left &= left - 1) border |= parents(view, std::countr_zero(left));
    return {inside, border & ~inside};
  }

  // Children before parents.
  [[nodiscard]] std::vector<NodeId> ordered(Mask mask) const {
    std::vector<NodeId> nodes;
    for (const NodeId v : edges_.reverse_order) {
      if ((mask & bit(v)) != 0) nodes.push_back(v);
    }
    return nodes;
  }

  // Each set once; false when the visitor wants no more.
  bool possibly_optimal(const std::function<bool(Mask)>& visit) {
    found_.clear();
    const View whole{ancestors({all_})};
    const Territory first = territory(whole);
    if (!offer(first.border, visit)) return false;
    return below({first.inside | first.border, first.border}, ordered(first.inside & ~bit(y_)), 0, visit);
  }

  bool minimal(const std::function<bool(Mask)>& visit) {
    return minimal_below({ancestors({all_})}, 0, ordered(ancestors({all_}) & ~bit(y_)), visit);
  }

 private:
  template <class Next>
  [[nodiscard]] static Mask closure(Mask start, Next next) {
    Mask reached = start, frontier = start;
    while (frontier != 0) {
      const NodeId v = std::countr_zero(frontier);
      frontier &= frontier - 1;
      const Mask fresh = next(v) & ~reached;
      reached |= fresh;
      frontier |= fresh;
    }
    return reached;
  }

  bool offer(Mask set, const std::function<bool(Mask)>& visit) { return !found_.insert(set).second || visit(set); }

  bool below(const View& view, const std::vector<NodeId>& open, Mask passed, const std::function<bool(Mask)>& visit) {
    for (std::size_t i = 0; i < open.size(); ++i) {
      const NodeId w = open[i];
      const Territory here = territory({view.alive, view.cut | bit(w)});
      if ((here.border & passed) == 0) {
        if (!offer(here.border, visit)) return false;
        std::vector<NodeId> rest;
        for (std::size_t k = i + 1; k < open.size(); ++k) {
          if ((here.inside & bit(open[k])) != 0) rest.push_back(open[k]);
        }
        const View next{here.inside | here.border, view.cut | here.border};
        if (!rest.empty() && !below(next, rest, passed, visit)) return false;
      }
      passed |= bit(w);
    }
    return true;
  }

  bool minimal_below(const View& view, Mask set, const std::vector<NodeId>& open,
                     const std::function<bool(Mask)>& visit) {
    if (!visit(set)) return false;
    for (std::size_t i = 0; i < open.size(); ++i) {
      View next{view.alive, view.cut | bit(open[i])};
      next.alive &= ancestors(next);
      std::vector<NodeId> rest;
      for (std::size_t k = i + 1; k < open.size(); ++k) {
        if ((next.alive & bit(open[k])) != 0) rest.push_back(open[k]);
      }
      if (!minimal_below(next, set | bit(open[i]), rest, visit)) return false;
    }
    return true;
  }

  NodeId y_;
  Mask all_ = 0;
  Edges edges_;
  std::set<Mask> found_;
};

void sort_sets(std::vector<NodeSet>& sets) {
  std::sort(sets.begin(), sets.end(),
            [](const NodeSet& a, const NodeSet& b) { return a.size() != b.size() ? a.size() < b.size() : a < b; });
}

template <class Search>
InterventionSets collect(const InterventionSetOptions& options, Search search) {
  InterventionSets result;
  const bool complete = search([&](Mask set) {
    if (static_cast<std::int64_t>(result.sets.size()) == options.max_sets) return false;
    result.sets.push_back(nodes_of(set));
    return true;
  });
  if (!complete) {
    result.status = Status::BudgetExceeded;
    result.reason = "there are more than max_sets sets";
  }
  sort_sets(result.sets);
  return result;
}

}  // namespace

NodeSet confounded_territory(const Admg& graph, NodeId y) {
  const Sets sets("confounded_territory", graph, y);
  return nodes_of(sets.territory({sets.all()}).inside);
}

NodeSet interventional_border(const Admg& graph, NodeId y) {
  const Sets sets("interventional_border", graph, y);
  return nodes_of(sets.territory({sets.all()}).border);
}

NodeSet minimal_intervention(const Admg& graph, NodeId y, const NodeSet& set) {
  const Sets sets("minimal_intervention", graph, y);
  for (const NodeId v : set) {
    if (v >= 0 && v < graph.n() && v != y) continue;
    throw InvalidArgument("minimal_intervention", "set", std::to_string(v), "hold nodes other than y");
  }
  const Mask mask = mask_of(set);
  return nodes_of(mask & sets.ancestors({sets.all(), mask}));
}

InterventionSets possibly_optimal_sets(const Admg& graph, NodeId y, const InterventionSetOptions& options) {
  validate(options, "possibly_optimal_sets");
  Sets sets("possibly_optimal_sets", graph, y);
  return collect(options, [&](const auto& visit) { return sets.possibly_optimal(visit); });
}

void for_each_possibly_optimal_set(const Admg& graph, NodeId y, const InterventionSetVisitor& visit) {
  Sets sets("for_each_possibly_optimal_set", graph, y);
  (void)sets.possibly_optimal([&](Mask set) { return visit(nodes_of(set)); });
}

InterventionSets minimal_intervention_sets(const Admg& graph, NodeId y, const InterventionSetOptions& options) {
  validate(options, "minimal_intervention_sets");
  Sets sets("minimal_intervention_sets", graph, y);
  return collect(options, [&](const auto& visit) { return sets.minimal(visit); });
}

InterventionSets possibly_optimal_sets_exhaustive(const Admg& graph, NodeId y) {
  const Sets sets("possibly_optimal_sets_exhaustive", graph, y);
  if (graph.n() > 20) {
    throw InvalidArgument("possibly_optimal_sets_exhaustive", "nodes", std::to_string(graph.n()), "be at most 20");
  }
  std::set<Mask> found;
  for (Mask set = 0; set <= sets.all(); ++set) {
    if ((set & bit(y)) == 0) found.insert(sets.territory({sets.all(), set}).border);
  }
  InterventionSets result;
  for (const Mask set : found) result.sets.push_back(nodes_of(set));
  sort_sets(result.sets);
  return result;
}

double count_arms(const std::vector<NodeSet>& sets, const std::vector<int>& cardinalities) {
  double sum = 0;
  for (const NodeSet& set : sets) {
    double product = 1;
    for (const NodeId v : set) {
      if (v < 0 || slot(v) >= cardinalities.size() || cardinalities[slot(v)] < 1) {
        throw InvalidArgument("count_arms", "node", std::to_string(v), "have a cardinality of at least 1");
      }
      product *= cardinalities[slot(v)];
    }
    sum += product;
  }
  return sum;
}

}  // namespace causal::bandits
