#pragma once
// The shrinking graph of the adjacency search.

#include <cstdint>
#include <string>
#include <vector>

#include "causal/discovery/ci/ci_test.hpp"
#include "causal/discovery/search/skeleton.hpp"
#include "causal/graph/knowledge.hpp"

namespace causal::discovery::detail {

/// One end of an edge that is still there.
struct Link {
  NodeId node = 0;
  bool required = false;   ///< By knowledge: never tested, never removed.
  bool separated = false;  ///< Found in this level; leaves with drop_separated.
  double max_p_value = 0;  ///< Over the tests of the pair so far; both ends hold the same value.
  double effect = 0;
};

/// Adjacency lists, separating sets and counts of a running search. Set up by set_forward_links (thread-safe for
/// distinct nodes) and mirror_links; then read by many threads and changed by one.
class SkeletonState {
 public:
  SkeletonState(int n, const KnowledgeIndex& knowledge);

  [[nodiscard]] int n() const { return n_; }
  [[nodiscard]] const std::vector<Link>& links(NodeId x) const { return links_[static_cast<std::size_t>(x)]; }
  /// Neighbours of x that may stand in a set separating it: those that knowledge lets be causes of x.
  [[nodiscard]] std::vector<NodeId> candidates(NodeId x) const;
  /// Nodes with enough neighbours to be the centre of a search at `level`, ascending.
  [[nodiscard]] std::vector<NodeId> centres(int level) const;
  /// Some pair has at least `level` candidates besides itself.
  [[nodiscard]] bool has_candidates(int level) const;
  [[nodiscard]] std::int64_t forbidden_pairs() const;

  void set_forward_links(NodeId x, std::vector<Link> larger);
  void mirror_links();
  /// Adds the numbers of one centre's search at `level`.
  void count(int level, const SeparatorSearch& search);
  /// Enters the outcome of one centre: `positions` are the links of x that were searched, in order.
  void absorb(NodeId x, const std::vector<std::size_t>& positions, const SeparatorSearch& search, int level);
  void add_sepset(Sepset sepset);
  void drop_separated();
  void remove(NodeId x, NodeId y);

  [[nodiscard]] RunStats& stats() { return stats_; }
  void warn(std::string text) { warnings_.push_back(std::move(text)); }
  [[nodiscard]] Skeleton finish(Status status, const std::vector<std::string>& names) &&;

 private:
  [[nodiscard]] Link* find(NodeId x, NodeId y);

  int n_;
  const KnowledgeIndex& knowledge_;
  std::vector<std::vector<Link>> links_;
  std::vector<bool> is_degenerate_;
  std::vector<Sepset> sepsets_;
  RunStats stats_;
  std::vector<std::string> warnings_;
};

}  // namespace causal::discovery::detail
