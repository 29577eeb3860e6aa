// labels: stat
// How well cdnod recovers the published example processes. Seeds are fixed.
#include "causal/discovery/search/cdnod.hpp"

#include <algorithm>
#include <set>

#include "causal/discovery/ci/kci.hpp"
#include "causal/discovery/ci/rcot.hpp"
#include "causal/discovery/ci/subsets.hpp"
#include "causal/graph/dense_marks.hpp"
#include "causal/run/parallel.hpp"
#include "causal/scm/changing_process.hpp"
#include "causal/scm/linear_sem.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

std::unique_ptr<CiTest> make_kci(const NodeTable& nodes, const RunOptions& run) {
  return std::make_unique<Kci>(nodes, KciOptions{}, run);
}

struct Recovery {
  double precision = 0;
  double recall = 0;
  bool exact_skeleton = false;
  bool directed = false;  // every true edge directed as in the truth
  [[nodiscard]] double f1() const { return precision + recall > 0 ? 2 * precision * recall / (precision + recall) : 0; }
};

Recovery compare(const MixedGraph& found, const MixedGraph& truth) {
  const auto pairs = [](const MixedGraph& graph) {
    std::set<std::pair<NodeId, NodeId>> out;
    for (const Edge& e : graph.edges()) out.insert(std::minmax(e.from, e.to));
    return out;
  };
  const auto mine = pairs(found);
  const auto real = pairs(truth);
  double common = 0;
  for (const auto& pair : mine) common += real.contains(pair) ? 1 : 0;
  Recovery out{mine.empty() ? 0 : common / static_cast<double>(mine.size()), common / static_cast<double>(real.size()),
               mine == real, true};
  const DenseMarks marks(found);
  for (const Edge& e : truth.edges()) {
    out.directed = out.directed && marks.adjacent(e.from, e.to) && marks.is_directed(e.from, e.to);
  }
  return out;
}

}  // namespace

// Twenty seeds; the bounds are those of a prototype of the same method less three standard errors.
TEST_CASE("example 1: skeleton with the surrogate, and all directions where the skeleton is exact") {
  constexpr int kSeeds = 20;
  std::vector<Recovery> runs(kSeeds);
  parallel_for(kSeeds, 0, [&](std::int64_t seed) {
    const ChangingSample sample = simulate_changing(ChangingProcess::CdnodExample1, 500,
                                                    {.threads = 1, .seed = static_cast<std::uint64_t>(seed)});
    const LearnedGraph graph = cdnod(nodes_with_surrogate(sample.data), make_kci,
                                     {.max_cond_size = 2, .directions = false, .forces = false, .run = {.threads = 1}});
    runs[static_cast<std::size_t>(seed)] = compare(graph.graph(), sample.truth);
  });
  double f1 = 0;
  double recall = 0;
  int exact = 0;
  for (const Recovery& r : runs) {
    f1 += r.f1() / kSeeds;
    recall += r.recall / kSeeds;
    exact += r.exact_skeleton ? 1 : 0;
    if (r.exact_skeleton) CHECK(r.directed);
  }
  MESSAGE("F1 " << f1 << ", recall " << recall << ", exact " << exact);
  CHECK(f1 >= 0.90);
  CHECK(recall >= 0.95);
  CHECK(exact >= 8);
}

TEST_CASE("rcot and kci decide alike on example 1") {
  int same = 0;
  int all = 0;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const NodeTable nodes =
        nodes_with_surrogate(simulate_changing(ChangingProcess::CdnodExample1, 500, {.seed = seed}).data);
    const Kci kci(nodes);
    const Rcot rcot(nodes);
    for (NodeId x = 0; x < nodes.size(); ++x) {
      for (NodeId y = x + 1; y < nodes.size(); ++y) {
        std::vector<NodeId> others;
        for (NodeId v = 0; v < nodes.size(); ++v) {
          if (v != x && v != y) others.push_back(v);
        }
        for (int level = 0; level <= 2; ++level) {
          for (Subsets S(others, level); !S.done(); S.next()) {
            same += kci.test(x, y, S.current()).independent(0.05) == rcot.test(x, y, S.current()).independent(0.05);
            ++all;
          }
        }
      }
    }
  }
  MESSAGE("agree on " << same << " of " << all);
  CHECK(same >= 0.9 * all);
}

// Each of d variables keeps an edge to the surrogate with probability alpha at most, so some does with d alpha at most;
// 1.6 leaves room for 60 runs: the bound on the count is passed with probability below .01 at the nominal level.
TEST_CASE("without change few runs find one") {
  constexpr int kRuns = 60;
  constexpr double kAlpha = 0.05;
  std::vector<int> found(kRuns, 0);
  parallel_for(kRuns, 0, [&](std::int64_t seed) {
    const auto key = static_cast<std::uint64_t>(seed);
    const Dag chain(MixedGraph(3, {directed(0, 1), directed(1, 2)}));
    const Dataset data = LinearSem::random(chain, {}, key).sample(300, {.threads = 1, .seed = key});
    const LearnedGraph graph = cdnod(nodes_with_surrogate(data), make_kci,
                                     {.alpha = kAlpha, .directions = false, .forces = false, .run = {.threads = 1}});
    found[static_cast<std::size_t>(seed)] = graph.changes->changing.empty() ? 0 : 1;
  });
  CHECK(std::count(found.begin(), found.end(), 1) <= 3 * kAlpha * 1.6 * kRuns);
}
