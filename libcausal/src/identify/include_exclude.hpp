#pragma once
// Listing all sets with a property that can be asked of bounds: "is there a set I <= Z <= R?"

#include <cstdint>
#include <vector>

#include "causal/graph/mixed_graph.hpp"
#include "causal/run/stop.hpp"
#include "graph/node_sets.hpp"

namespace causal::detail {

/// When a listing gives up.
class ListingLimits {
 public:
  ListingLimits(std::int64_t max_results, const RunOptions& run)
      : signal_(run), max_results_(max_results), memory_limit_(run.memory_limit_bytes) {}

  /// May one more set of this size be kept? Asked before it is.
  [[nodiscard]] bool admits(const std::vector<NodeSet>& sets, std::size_t size) {
    bytes_ += static_cast<std::int64_t>(sizeof(NodeSet) + size * sizeof(NodeId));
    return static_cast<std::int64_t>(sets.size()) < max_results_ && bytes_ <= memory_limit_;
  }
  [[nodiscard]] Status status() const { return signal_.status(); }

 private:
  StopSignal signal_;
  std::int64_t max_results_;
  std::int64_t memory_limit_;
  std::int64_t bytes_ = 0;
};

/// Appends to `sets` every Z with include <= Z <= allowed that the property holds of, each once, smaller ids decided
/// first and left out before taken. `exists(include, allowed)` says whether there is such a Z at all; it is asked at
/// most twice per node and set.
template <class Exists>
Status list_by_include_exclude(const NodeSet& include, Mask allowed, const Exists& exists, ListingLimits limits,
                               std::vector<NodeSet>& sets) {
  Mask taken(allowed.size(), 0);
  for (const NodeId v : include) taken[slot(v)] = 1;
  NodeSet open;
  for (std::size_t v = 0; v < allowed.size(); ++v) {
    if (allowed[v] != 0 && taken[v] == 0) open.push_back(static_cast<NodeId>(v));
  }
  const auto members = [&taken] {
    NodeSet set;
    for (std::size_t v = 0; v < taken.size(); ++v) {
      if (taken[v] != 0) set.push_back(static_cast<NodeId>(v));
    }
    return set;
  };
  if (!exists(members(), allowed)) return Status::Ok;

  enum class Choice : std::uint8_t { Undecided, Out, In };
  std::vector<Choice> choice(open.size() + 1, Choice::Undecided);
  std::size_t depth = 0;
  while (true) {
    if (const Status status = limits.status(); status != Status::Ok) return status;
    if (depth == open.size()) {
      NodeSet set = members();
      if (!limits.admits(sets, set.size())) return Status::BudgetExceeded;
      sets.push_back(std::move(set));
    } else {
      const std::size_t v = slot(open[depth]);
      if (choice[depth] == Choice::Undecided) {
        choice[depth] = Choice::Out;
        allowed[v] = 0;
        if (exists(members(), allowed)) {
          ++depth;
          continue;
        }
      }
      if (choice[depth] == Choice::Out) {
        choice[depth] = Choice::In;
        allowed[v] = 1;
        taken[v] = 1;
        if (exists(members(), allowed)) {
          ++depth;
          continue;
        }
      }
      taken[v] = 0;
      choice[depth] = Choice::Undecided;
    }
    if (depth == 0) return Status::Ok;
    --depth;
  }
}

}  // namespace causal::detail
