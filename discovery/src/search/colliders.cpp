#include "colliders.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <tuple>

#include "causal/discovery/ci/subsets.hpp"
#include "causal/run/parallel.hpp"

namespace causal::discovery::detail {
namespace {

using Neighbours = std::vector<std::vector<NodeId>>;

// The unshielded triples of one non-adjacent pair.
struct SplitPair {
  NodeId a = 0;
  NodeId c = 0;
  std::vector<NodeId> middles;
};

// Knowledge alone makes a and c causes of b: nothing is left to decide.
bool is_known_collider(const KnowledgeIndex& knowledge, NodeId a, NodeId b, NodeId c) {
  return !knowledge.empty() && knowledge.is_forbidden(b, a) && knowledge.is_forbidden(b, c);
}

// Every non-adjacent pair with common neighbours, sorted by (a, c).
std::vector<SplitPair> split_pairs(const Skeleton& skeleton, const KnowledgeIndex& knowledge) {
  std::map<std::pair<NodeId, NodeId>, std::vector<NodeId>> middles;
  for (NodeId b = 0; b < static_cast<NodeId>(skeleton.neighbours.size()); ++b) {
    const auto& around = skeleton.neighbours[static_cast<std::size_t>(b)];
    for (std::size_t i = 0; i < around.size(); ++i) {
      for (std::size_t j = i + 1; j < around.size(); ++j) {
        if (skeleton.adjacent(around[i], around[j]) || is_known_collider(knowledge, around[i], b, around[j])) continue;
        middles[{around[i], around[j]}].push_back(b);
      }
    }
  }
  std::vector<SplitPair> pairs;
  pairs.reserve(middles.size());
  for (auto& [pair, nodes] : middles) pairs.push_back({pair.first, pair.second, std::move(nodes)});
  return pairs;
}

struct TestedSet {
  std::vector<NodeId> set;
  double p_value = 0;
};

// Tests the pair given every subset of the neighbours of a and of those of c, each set once; stops after the first
// separating one if asked.
std::vector<TestedSet> test_subsets(const CiTest& test, const Neighbours& neighbours, const SplitPair& pair,
                                    int max_size, double alpha, bool first_only, const StopSignal& stop,
                                    std::vector<std::int64_t>& tests_by_level) {
  std::vector<TestedSet> tested;
  std::set<std::vector<NodeId>> seen;
  const auto& around_a = neighbours[static_cast<std::size_t>(pair.a)];
  const auto& around_c = neighbours[static_cast<std::size_t>(pair.c)];
  const auto largest = static_cast<int>(std::max(around_a.size(), around_c.size()));
  for (int level = 0; level <= std::min(max_size, largest); ++level) {
    for (const auto& around : {std::cref(around_a), std::cref(around_c)}) {
      for (Subsets subsets(around.get(), level); !subsets.done(); subsets.next()) {
        if (stop.reached()) return tested;
        if (!seen.insert(subsets.current()).second) continue;
        const CiResult result = test.test(pair.a, pair.c, subsets.current());
        if (tests_by_level.size() <= static_cast<std::size_t>(level))
          tests_by_level.resize(static_cast<std::size_t>(level) + 1);
        ++tests_by_level[static_cast<std::size_t>(level)];
        if (result.status != Status::Ok) continue;
        tested.push_back({subsets.current(), result.p_value});
        if (first_only && result.independent(alpha)) return tested;
      }
    }
  }
  return tested;
}

bool contains(const std::vector<NodeId>& set, NodeId v) { return std::binary_search(set.begin(), set.end(), v); }

// Share of the separating sets that contain b, as (with b, all).
std::pair<int, int> separating_sets_with(const std::vector<TestedSet>& tested, double alpha, NodeId b) {
  int with = 0;
  int all = 0;
  for (const TestedSet& t : tested) {
    if (t.p_value <= alpha) continue;
    ++all;
    with += contains(t.set, b) ? 1 : 0;
  }
  return {with, all};
}

enum class Verdict { Collider, NonCollider, Ambiguous };

Verdict vote(const std::vector<TestedSet>& tested, const PcOptions& options, NodeId b) {
  const auto [with, all] = separating_sets_with(tested, options.alpha, b);
  if (all == 0) return Verdict::Ambiguous;
  if (options.collider_rule == ColliderRule::Conservative) {
    if (with == 0) return Verdict::Collider;
    return with == all ? Verdict::NonCollider : Verdict::Ambiguous;
  }
  if (2 * with == all) return Verdict::Ambiguous;
  return 2 * with < all ? Verdict::Collider : Verdict::NonCollider;
}

// The strongest evidence of independence; among equals the smaller set, then the first tested.
const TestedSet* strongest(const std::vector<TestedSet>& tested) {
  const TestedSet* best = nullptr;
  for (const TestedSet& t : tested) {
    if (!best || t.p_value > best->p_value) best = &t;
  }
  return best;
}

struct PairVerdict {
  std::vector<Collider> colliders;
  std::vector<AmbiguousTriple> ambiguous;
  std::vector<std::int64_t> tests_by_level;
  bool stopped = false;
};

void decide_by_one_set(const SplitPair& pair, const std::vector<NodeId>& set, double p_value, PairVerdict& out) {
  for (const NodeId b : pair.middles) {
    if (!contains(set, b)) out.colliders.push_back({pair.a, b, pair.c, p_value});
  }
}

PairVerdict decide_pair(const CiTest& test, const Skeleton& skeleton, const KnowledgeIndex& knowledge,
                        const PcOptions& options, int max_size, const SplitPair& pair, const StopSignal& stop) {
  PairVerdict out;
  const bool by_sepset = options.collider_rule == ColliderRule::Sepset;
  const bool untested = !knowledge.empty() && knowledge.is_adjacency_forbidden(pair.a, pair.c);
  if (by_sepset && !untested) {
    const Sepset* sepset = skeleton.sepset(pair.a, pair.c);
    static const std::vector<NodeId> kEmpty;
    decide_by_one_set(pair, sepset ? sepset->given : kEmpty, sepset ? sepset->p_value : 1, out);
    return out;
  }
  const std::vector<TestedSet> tested =
      test_subsets(test, skeleton.neighbours, pair, max_size, options.alpha, by_sepset, stop, out.tests_by_level);
  if (stop.reached()) {  // a vote over some of the sets would be a guess
    out.stopped = true;
    for (const NodeId b : pair.middles) out.ambiguous.push_back({pair.a, b, pair.c});
    return out;
  }
  if (by_sepset || options.collider_rule == ColliderRule::MaxP) {
    const TestedSet* best = strongest(tested);
    const bool decided = best && (!by_sepset || best->p_value > options.alpha);
    if (decided) {
      decide_by_one_set(pair, best->set, best->p_value, out);
    } else {
      for (const NodeId b : pair.middles) out.ambiguous.push_back({pair.a, b, pair.c});
    }
    return out;
  }
  for (const NodeId b : pair.middles) {
    const Verdict verdict = vote(tested, options, b);
    if (verdict == Verdict::Collider) out.colliders.push_back({pair.a, b, pair.c, 0});
    if (verdict == Verdict::Ambiguous) out.ambiguous.push_back({pair.a, b, pair.c});
  }
  return out;
}

// Arrow at b from a, unless that contradicts knowledge or an arrow already at a.
enum class Obstacle { None, Knowledge, OppositeArrow };

Obstacle obstacle(const DenseMarks& marks, const KnowledgeIndex& knowledge, NodeId a, NodeId b) {
  if (!knowledge.empty() && (knowledge.is_forbidden(a, b) || knowledge.is_required(b, a))) return Obstacle::Knowledge;
  return marks.mark_at(b, a) == Mark::Arrow ? Obstacle::OppositeArrow : Obstacle::None;
}

}  // namespace

ColliderDecision decide_colliders(const CiTest& test, const Skeleton& skeleton, const KnowledgeIndex& knowledge,
                                  const PcOptions& options, const StopSignal& stop) {
  const std::vector<SplitPair> pairs = split_pairs(skeleton, knowledge);
  const int max_size =
      options.max_cond_size < 0 ? test.max_cond_size() : std::min(options.max_cond_size, test.max_cond_size());
  std::vector<PairVerdict> verdicts(pairs.size());
  const auto count = static_cast<std::int64_t>(pairs.size());
  ProgressMeter meter(options.run.progress, "colliders", count);
  parallel_chunks(count, shared_grain(count, 16, options.run.threads), options.run.threads,
                  [&](std::int64_t begin, std::int64_t end, int worker) {
                    for (std::int64_t i = begin; i < end; ++i) {
                      const auto index = static_cast<std::size_t>(i);
                      verdicts[index] = decide_pair(test, skeleton, knowledge, options, max_size, pairs[index], stop);
                    }
                    meter.advance(worker, end - begin);
                  });

  ColliderDecision decision;
  for (PairVerdict& verdict : verdicts) {
    decision.stopped = decision.stopped || verdict.stopped;
    decision.colliders.insert(decision.colliders.end(), verdict.colliders.begin(), verdict.colliders.end());
    decision.ambiguous.insert(decision.ambiguous.end(), verdict.ambiguous.begin(), verdict.ambiguous.end());
    auto& total = decision.tests_by_level;
    if (total.size() < verdict.tests_by_level.size()) total.resize(verdict.tests_by_level.size());
    for (std::size_t l = 0; l < verdict.tests_by_level.size(); ++l) total[l] += verdict.tests_by_level[l];
  }
  const auto by_middle = [](const auto& x, const auto& y) { return std::tie(x.b, x.a, x.c) < std::tie(y.b, y.a, y.c); };
  std::sort(decision.ambiguous.begin(), decision.ambiguous.end(), by_middle);
  std::sort(decision.colliders.begin(), decision.colliders.end(), by_middle);
  if (options.collider_rule == ColliderRule::MaxP) {
    std::stable_sort(decision.colliders.begin(), decision.colliders.end(),
                     [](const Collider& x, const Collider& y) { return x.p_value > y.p_value; });
  }
  return decision;
}

std::vector<std::string> orient_colliders(const std::vector<Collider>& colliders, const KnowledgeIndex& knowledge,
                                          ConflictRule rule, const std::vector<std::string>& names, DenseMarks& marks) {
  std::vector<std::string> conflicts;
  const auto name = [&](NodeId v) { return names[static_cast<std::size_t>(v)]; };
  for (const Collider& t : colliders) {
    const std::string text = name(t.a) + " -> " + name(t.b) + " <- " + name(t.c);
    const Obstacle from_a = obstacle(marks, knowledge, t.a, t.b);
    const Obstacle from_c = obstacle(marks, knowledge, t.c, t.b);
    if (from_a == Obstacle::Knowledge || from_c == Obstacle::Knowledge) {
      conflicts.push_back("collider " + text + " contradicts the knowledge and was not oriented");
      continue;
    }
    const bool opposed = from_a == Obstacle::OppositeArrow || from_c == Obstacle::OppositeArrow;
    if (opposed) {
      const NodeId other = from_a == Obstacle::OppositeArrow ? t.a : t.c;
      conflicts.push_back("collider " + text + " conflicts with another one at " + name(other) + " (" +
                          std::string(enum_name(rule)) + ")");
      if (rule == ConflictRule::KeepFirst) continue;
    }
    for (const NodeId end : {t.a, t.c}) {
      marks.set_mark(end, t.b, Mark::Arrow);
      if (rule == ConflictRule::Overwrite) marks.set_mark(t.b, end, Mark::Tail);
    }
  }
  return conflicts;
}

}  // namespace causal::discovery::detail
