#include "causal/graph/separation.hpp"

#include <algorithm>

#include "causal/run/error.hpp"

namespace causal {
namespace {

using Mask = std::vector<std::uint8_t>;

// Labels: by which mark the walk entered the node. A start counts as entered by a tail.
constexpr int kTail = 0;
constexpr int kArrow = 1;
constexpr std::array kAllSteps{Step::Back, Step::Forward, Step::Both};

constexpr int label_after(Step step) { return step == Step::Back ? kTail : kArrow; }
constexpr bool is_collider(int label, Step step) { return label == kArrow && step != Step::Forward; }

// Open walks given z: through colliders in z and other nodes outside z.
struct OpenWalks {
  static constexpr int kLabels = 2;
  static constexpr int kStart = kTail;
  static constexpr auto kSteps = kAllSteps;
  static constexpr bool kLabelFollowsStep = true;
  const std::uint8_t* in_z;
  [[nodiscard]] int next(int label, Step step, NodeId v) const {
    return is_collider(label, step) == (in_z[slot(v)] != 0) ? label_after(step) : -1;
  }
};

// Paths in the moral graph of the ancestors that do not pass through z: any collider among them joins its parents.
struct MoralPaths {
  static constexpr int kLabels = 2;
  static constexpr int kStart = kTail;
  static constexpr auto kSteps = kAllSteps;
  const std::uint8_t* in_z;
  const std::uint8_t* is_ancestor;
  [[nodiscard]] int next(int label, Step step, NodeId v, NodeId w) const {
    if (is_ancestor[slot(w)] == 0) return -1;
    return is_collider(label, step) || in_z[slot(v)] == 0 ? label_after(step) : -1;
  }
};

struct Argument {
  const char* name;
  const NodeSet& nodes;
};

// Refuses unknown nodes and nodes that stand in two of the sets.
void check_disjoint(const char* function, const MixedGraph& graph, std::initializer_list<Argument> arguments) {
  std::vector<const char*> owner(slot(graph.n()), nullptr);
  for (const Argument& argument : arguments) {
    for (const NodeId v : argument.nodes) {
      if (v < 0 || v >= graph.n()) {
        throw InvalidArgument(function, argument.name, std::to_string(v),
                              "hold nodes of the graph, 0.." + std::to_string(graph.n() - 1));
      }
      const char*& of = owner[slot(v)];
      if (of != nullptr && of != argument.name) {
        throw InvalidArgument(function, argument.name, "'" + graph.name(v) + "'",
                              std::string("not overlap with ") + of);
      }
      of = argument.name;
    }
  }
}

void check_not_empty(const char* function, const Argument& argument) {
  if (argument.nodes.empty()) throw InvalidArgument(function, argument.name, "{}", "not be empty");
}

Mask mask_of(const MixedGraph& graph, const NodeSet& nodes) {
  Mask mask(slot(graph.n()), 0);
  for (const NodeId v : nodes) mask[slot(v)] = 1;
  return mask;
}

NodeSet joined(std::initializer_list<const NodeSet*> sets) {
  NodeSet all;
  for (const NodeSet* set : sets) all.insert(all.end(), set->begin(), set->end());
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

std::string set_text(const MixedGraph& graph, const NodeSet& set) {
  std::string text = "{";
  for (const NodeId v : set) text += (text.size() > 1 ? ", " : "") + graph.name(v);
  return text + "}";
}

SeparationResult search_open_walk(const MixedGraph& graph, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  const Mask in_y = mask_of(graph, y);
  const Mask in_z = mask_of(graph, z);
  Reached reached =
      reach(graph, x, OpenWalks{in_z.data()}, [target = in_y.data()](NodeId v) { return target[slot(v)] != 0; });
  return {!reached.stopped, std::move(reached.walk)};
}

// One search for a separator: the sets of the query, checked, and the masks the steps share.
class SeparatorSearch {
 public:
  SeparatorSearch(const char* function, const MixedGraph& graph, const NodeSet& x, const NodeSet& y,
                  const SeparatorBounds& bounds)
      : graph_(graph), x_(x), y_(y), include_(joined({&bounds.include})) {
    check_not_empty(function, {"x", x});
    check_not_empty(function, {"y", y});
    check_disjoint(function, graph, {{"x", x}, {"y", y}, {"include", include_}});
    if (bounds.allowed) {
      check_disjoint(function, graph, {{"allowed", *bounds.allowed}});
      allowed_ = mask_of(graph, *bounds.allowed);
    } else {
      allowed_.assign(slot(graph.n()), 1);
    }
    for (const NodeId v : include_) {
      if (allowed_[slot(v)] == 0) {
        throw InvalidArgument(function, "include", "'" + graph.name(v) + "'", "lie within allowed");
      }
    }
    for (const NodeId v : x) allowed_[slot(v)] = 0;
    for (const NodeId v : y) allowed_[slot(v)] = 0;
    for (const NodeId v : ancestors(graph, joined({&x_, &y_, &include_}))) ancestors_.push_back(v);
    is_ancestor_ = mask_of(graph, ancestors_);
  }

  // The allowed ancestors: they separate whenever a set within the bounds does.
  [[nodiscard]] NodeSet allowed_ancestors() const {
    NodeSet set;
    for (const NodeId v : ancestors_) {
      if (allowed_[slot(v)] != 0) set.push_back(v);
    }
    return set;
  }

  // What of `within` moral paths from one side meet before they would pass through it; nothing when they get across.
  [[nodiscard]] std::optional<NodeSet> nearest(const NodeSet& side, const NodeSet& other, const NodeSet& within) const {
    const Mask in_within = mask_of(graph_, within);
    const Mask in_other = mask_of(graph_, other);
    const Reached met = reach(graph_, side, MoralPaths{in_within.data(), is_ancestor_.data()},
                              [target = in_other.data()](NodeId v) { return target[slot(v)] != 0; });
    if (met.stopped) return std::nullopt;
    NodeSet set;
    for (const NodeId v : within) {
      if (met.contains(v)) set.push_back(v);
    }
    return joined({&set, &include_});
  }

  [[nodiscard]] SeparatorResult none() const {
    const NodeSet tried = allowed_ancestors();
    SeparatorResult result;
    result.witness = search_open_walk(graph_, x_, y_, tried).witness;
    CAUSAL_ASSERT(!result.witness.empty());
    const std::string walk = walk_text(result.witness, graph_.names());
    const bool adjacent = result.witness.nodes.size() == 2;
    result.reason = adjacent ? "no set separates adjacent nodes: " + walk
                             : "no set within the bounds separates them: the walk " + walk + " stays open given " +
                                   set_text(graph_, tried) + ", the allowed ancestors";
    return result;
  }

  [[nodiscard]] const NodeSet& include() const { return include_; }

 private:
  const MixedGraph& graph_;
  const NodeSet& x_;
  const NodeSet& y_;
  NodeSet include_;
  Mask allowed_;
  NodeSet ancestors_;
  Mask is_ancestor_;
};

}  // namespace

SeparationResult separated(SeparationGraph graph, const NodeSet& x, const NodeSet& y, const NodeSet& z) {
  check_not_empty("separated", {"x", x});
  check_not_empty("separated", {"y", y});
  check_disjoint("separated", graph.graph(), {{"x", x}, {"y", y}, {"z", z}});
  return search_open_walk(graph.graph(), x, y, z);
}

NodeSet connected_set(SeparationGraph graph, const NodeSet& x, const NodeSet& z) {
  check_not_empty("connected_set", {"x", x});
  check_disjoint("connected_set", graph.graph(), {{"x", x}, {"z", z}});
  const Mask in_z = mask_of(graph.graph(), z);
  NodeSet connected = reach(graph.graph(), x, OpenWalks{in_z.data()}).nodes();
  std::erase_if(connected, [&in_z](NodeId v) { return in_z[slot(v)] != 0; });
  return connected;
}

SeparatorResult find_separator(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                               const SeparatorBounds& bounds) {
  const SeparatorSearch search("find_separator", graph.graph(), x, y, bounds);
  NodeSet set = search.allowed_ancestors();
  if (!search_open_walk(graph.graph(), x, y, set).separated) return search.none();
  return {std::move(set), {}, {}};
}

SeparatorResult nearest_separator(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                  const SeparatorBounds& bounds) {
  const SeparatorSearch search("nearest_separator", graph.graph(), x, y, bounds);
  auto set = search.nearest(x, y, search.allowed_ancestors());
  if (!set) return search.none();
  return {std::move(set), {}, {}};
}

SeparatorResult minimal_separator(SeparationGraph graph, const NodeSet& x, const NodeSet& y,
                                  const SeparatorBounds& bounds) {
  const SeparatorSearch search("minimal_separator", graph.graph(), x, y, bounds);
  const auto near_x = search.nearest(x, y, search.allowed_ancestors());
  if (!near_x) return search.none();
  auto near_both = search.nearest(y, x, *near_x);
  CAUSAL_ASSERT(near_both.has_value());
  return {std::move(near_both), {}, {}};
}

}  // namespace causal
