#include "causal/discovery/search/skeleton.hpp"

#include <algorithm>

#include "causal/discovery/ci/subsets.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/stop.hpp"
#include "skeleton_state.hpp"

namespace causal::discovery {
namespace {

using detail::Link;
using detail::SkeletonState;

// One sweep over all centres: for each, searches the candidates on one side (larger or smaller than the centre).
enum class Side { Larger, Smaller };

struct CentreResult {
  std::vector<std::size_t> links;  // positions in the centre's link list of the ys searched
  SeparatorSearch search;
};

std::string phase_name(int level) { return "skeleton |S|=" + std::to_string(level); }

bool is_on_side(NodeId x, NodeId y, Side side) { return side == Side::Larger ? y > x : y < x; }

void search_centre(const CiTest& test, const SkeletonState& state, NodeId x, int level, double alpha, Side side,
                   const StopSignal& stop, CentreResult& out) {
  const std::vector<Link>& links = state.links(x);
  std::vector<NodeId> ys;
  for (std::size_t i = 0; i < links.size(); ++i) {
    if (links[i].separated || links[i].required || !is_on_side(x, links[i].node, side)) continue;
    ys.push_back(links[i].node);
    out.links.push_back(i);
  }
  if (ys.empty()) return;
  const std::vector<NodeId> candidates = state.candidates(x);
  if (candidates.size() < static_cast<std::size_t>(level)) {
    out.links.clear();
    return;
  }
  test.first_separators(x, ys, candidates, level, alpha, stop, out.search);
}

// Levels above 0, stable rule: every centre sees the adjacencies frozen at the start of the level.
void stable_level(const CiTest& test, const SkeletonOptions& options, int level, const StopSignal& stop,
                  SkeletonState& state) {
  const std::vector<NodeId> centres = state.centres(level);
  const auto count = static_cast<std::int64_t>(centres.size());
  ProgressMeter meter(options.run.progress, phase_name(level), 2 * count);
  for (const Side side : {Side::Larger, Side::Smaller}) {
    std::vector<CentreResult> results(centres.size());
    parallel_chunks(count, shared_grain(count, 4, options.run.threads), options.run.threads,
                    [&](std::int64_t begin, std::int64_t end, int worker) {
                      for (std::int64_t i = begin; i < end; ++i) {
                        if (stop.reached()) return;
                        const auto index = static_cast<std::size_t>(i);
                        search_centre(test, state, centres[index], level, options.alpha, side, stop, results[index]);
                      }
                      meter.advance(worker, end - begin);
                    });
    for (std::size_t i = 0; i < centres.size(); ++i) {
      if (!results[i].links.empty()) state.absorb(centres[i], results[i].links, results[i].search, level);
    }
  }
  state.drop_separated();
}

// Level 0 for all pairs, without holding the pairs that were separated.
void level_zero(const CiTest& test, const SkeletonOptions& options, const KnowledgeIndex& knowledge,
                const StopSignal& stop, SkeletonState& state) {
  const int n = state.n();
  ProgressMeter meter(options.run.progress, phase_name(0), n);
  std::vector<SeparatorSearch> counts(static_cast<std::size_t>(n));
  parallel_chunks(
      n, shared_grain(n, 8, options.run.threads), options.run.threads,
      [&](std::int64_t begin, std::int64_t end, int worker) {
        std::vector<NodeId> ys;
        SeparatorSearch search;
        for (NodeId x = static_cast<NodeId>(begin); x < static_cast<NodeId>(end); ++x) {
          ys.clear();
          std::vector<Link> kept;
          for (NodeId y = x + 1; y < n; ++y) {
            if (knowledge.empty()) {
              ys.push_back(y);
            } else if (knowledge.is_adjacency_required(x, y)) {
              kept.push_back({.node = y, .required = true});
            } else if (!knowledge.is_adjacency_forbidden(x, y)) {
              ys.push_back(y);
            }
          }
          search.reset(ys.size());
          if (!stop.reached()) test.first_separators(x, ys, {}, 0, options.alpha, stop, search);
          std::size_t next = 0;
          for (std::size_t i = 0; i < ys.size(); ++i) {
            if (next < search.found.size() && search.found[next] == static_cast<int>(i)) {
              ++next;
            } else {
              kept.push_back({.node = ys[i], .max_p_value = search.max_p_value[i], .effect = search.effect[i]});
            }
          }
          state.set_forward_links(x, std::move(kept));
          SeparatorSearch& count = counts[static_cast<std::size_t>(x)];
          count.tests = search.tests;
          count.degenerate = search.degenerate;
          count.degenerate_nodes = search.degenerate_nodes;
        }
        meter.advance(worker, end - begin);
      });
  for (const SeparatorSearch& count : counts) state.count(0, count);
  state.mirror_links();
}

// The textbook loop: an edge is removed as soon as it is separated.
void original_level(const CiTest& test, const SkeletonOptions& options, int level, const StopSignal& stop,
                    SkeletonState& state) {
  ProgressMeter meter(options.run.progress, phase_name(level), state.n());
  for (NodeId x = 0; x < state.n(); ++x) {
    for (std::size_t i = 0; i < state.links(x).size();) {
      if (stop.reached()) return;
      const Link& link = state.links(x)[i];
      CentreResult result;
      if (!link.required) {
        const std::vector<NodeId> candidates = state.candidates(x);
        result.links = {i};
        test.first_separators(x, std::vector<NodeId>(1, link.node), candidates, level, options.alpha, stop,
                              result.search);
        state.absorb(x, result.links, result.search, level);
      }
      if (state.links(x)[i].separated) {
        state.remove(x, state.links(x)[i].node);
      } else {
        ++i;
      }
    }
    meter.advance(0);
  }
}

// Keeps the edges whose largest p-values pass Benjamini-Hochberg (or -Yekutieli) at level alpha over all tested pairs.
// Pairs separated in the search have p > alpha and can never pass, so only their number matters. Pairs that no test
// decided (required, or degenerate throughout) have no p-value: they stay and do not count.
std::vector<std::pair<NodeId, NodeId>> fails_fdr(const SkeletonState& state, const SkeletonOptions& options) {
  const auto n = static_cast<std::int64_t>(state.n());
  std::int64_t tested_pairs = n * (n - 1) / 2 - state.forbidden_pairs();
  std::vector<std::pair<double, std::pair<NodeId, NodeId>>> ranked;
  for (NodeId x = 0; x < state.n(); ++x) {
    for (const Link& link : state.links(x)) {
      if (link.node < x) continue;
      if (link.max_p_value > 0) {
        ranked.push_back({link.max_p_value, {x, link.node}});
      } else {
        --tested_pairs;
      }
    }
  }
  std::sort(ranked.begin(), ranked.end());
  double scale = static_cast<double>(tested_pairs);
  if (options.fdr == FdrControl::By) {
    double harmonic = 0;
    for (std::int64_t i = tested_pairs; i > 0; --i) harmonic += 1 / static_cast<double>(i);
    scale *= harmonic;
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    if (ranked[i].first <= options.alpha * static_cast<double>(i + 1) / scale) kept = i + 1;
  }
  std::vector<std::pair<NodeId, NodeId>> failing;
  for (std::size_t i = kept; i < ranked.size(); ++i) failing.push_back(ranked[i].second);
  return failing;
}

// Removes nothing when stopped before every failing edge has its separating set.
void apply_fdr(const CiTest& test, const SkeletonOptions& options, int deepest, const StopSignal& stop,
               SkeletonState& state) {
  if (stop.reached()) return;
  const auto failing = fails_fdr(state, options);
  std::vector<Sepset> sepsets;
  for (const auto& [x, y] : failing) {
    // The set that came nearest to separating the pair stands as its separating set.
    Sepset best{x, y, {}, -1};
    for (const auto& [centre, other] : {std::pair{x, y}, std::pair{y, x}}) {
      std::vector<NodeId> candidates = state.candidates(centre);
      std::erase(candidates, other);
      for (int level = 0; level <= deepest; ++level) {
        for (Subsets subsets(candidates, level); !subsets.done(); subsets.next()) {
          if (stop.reached()) return;
          const CiResult result = test.test(x, y, subsets.current());
          if (result.status == Status::Ok && result.p_value > best.p_value) {
            best.p_value = result.p_value;
            best.given = subsets.current();
          }
        }
      }
    }
    sepsets.push_back(std::move(best));
  }
  for (Sepset& sepset : sepsets) {
    state.remove(sepset.x, sepset.y);
    state.add_sepset(std::move(sepset));
  }
}

}  // namespace

bool Skeleton::adjacent(NodeId a, NodeId b) const {
  const auto& row = neighbours[static_cast<std::size_t>(a)];
  return std::binary_search(row.begin(), row.end(), b);
}

const Sepset* Skeleton::sepset(NodeId a, NodeId b) const {
  const auto key = std::minmax(a, b);
  const auto found = std::lower_bound(sepsets.begin(), sepsets.end(), key, [](const Sepset& s, const auto& wanted) {
    return std::pair(s.x, s.y) < std::pair(wanted.first, wanted.second);
  });
  return found != sepsets.end() && found->x == key.first && found->y == key.second ? &*found : nullptr;
}

Skeleton find_skeleton(const CiTest& test, const SkeletonOptions& options, const KnowledgeIndex& knowledge) {
  validate(options, "find_skeleton");
  validate(options.run, "find_skeleton");
  const StopSignal stop(options.run);
  SkeletonState state(test.variables(), knowledge);
  const int wanted = options.max_cond_size < 0 ? test.variables() - 2 : options.max_cond_size;
  const int possible = std::min(wanted, test.max_cond_size());

  // Level 0 always runs, if only to keep every edge of a table with too few rows for any test.
  double phase_start = 0;
  int level = 0;
  for (; level <= std::max(possible, 0); ++level) {
    if (level > 0 && (stop.reached() || !state.has_candidates(level))) break;
    if (level == 0) {
      level_zero(test, options, knowledge, stop, state);
    } else if (options.skeleton == SkeletonRule::Stable) {
      stable_level(test, options, level, stop, state);
    } else {
      original_level(test, options, level, stop, state);
    }
    state.stats().phase_seconds.emplace_back("skeleton_level_" + std::to_string(level), stop.seconds() - phase_start);
    phase_start = stop.seconds();
  }
  if (options.fdr != FdrControl::None) apply_fdr(test, options, level - 1, stop, state);
  const Status status = stop.status();
  const int untested = std::max(possible + 1, 0);
  if (possible < wanted && level > possible && state.has_candidates(untested)) {
    state.warn("conditioning sets of " + std::to_string(untested) +
               " or more variables were not tested: " + std::to_string(test.sample_size()) + " rows are too few");
  }
  state.stats().threads_used = resolve_threads(options.run.threads);
  return std::move(state).finish(status, test.names());
}

}  // namespace causal::discovery
