// labels: unit determinism
// The search for sinks with scores that are known, and what it refuses to decide.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "causal/discovery/search/changing_modules.hpp"
#include "causal/run/random.hpp"
#include "support/changing_pairs.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

// Nodes 0 ... p - 1 change with the surrogate p; the skeleton of the DAG is undirected.
DenseMarks changing_skeleton(int p, const std::vector<std::pair<NodeId, NodeId>>& dag) {
  DenseMarks marks(p + 1);
  for (NodeId v = 0; v < p; ++v) marks.orient(p, v);
  for (const auto& [from, to] : dag) marks.set(undirected(from, to));
  return marks;
}

// Low for the true parents of the node; otherwise higher, and different for every node and set.
ModuleScoreFn true_scores(std::vector<std::pair<NodeId, NodeId>> dag) {
  return [dag = std::move(dag)](NodeId node, const NodeSet& parents) {
    NodeSet truth;
    for (const auto& [from, to] : dag) {
      if (to == node) truth.push_back(from);
    }
    std::sort(truth.begin(), truth.end());
    double score = parents == truth ? 0.1 : 0.5;
    score += 0.001 * node;
    for (const NodeId u : parents) score += 0.0001 * u;
    return ModuleScore{.node = node, .parents = parents, .dependence = score, .overlap = 1};
  };
}

ModuleScoreFn fixed_scores(std::vector<double> scores) {
  return [scores = std::move(scores)](NodeId node, const NodeSet& parents) {
    return ModuleScore{.node = node, .parents = parents, .dependence = scores[slot(node)], .overlap = 1};
  };
}

SinkSearch search(const ModuleScoreFn& score, DenseMarks& marks, const SinkOptions& options = {},
                  const KnowledgeIndex& knowledge = {}, int threads = 1, const RunOptions& run = {}) {
  return orient_sinks(score, marks.n() - 1, marks, knowledge, {}, options, threads, StopSignal(run));
}

const std::vector<std::string> kNames{"X1", "X2", "X3", "C"};

}  // namespace

TEST_CASE("true scores direct a chain from its end") {
  const std::vector<std::pair<NodeId, NodeId>> dag{{0, 1}, {1, 2}};
  DenseMarks marks = changing_skeleton(3, dag);
  const SinkSearch out = search(true_scores(dag), marks);
  CHECK(out.status == Status::Ok);
  REQUIRE(out.rounds.size() == 2);
  CHECK(out.rounds[0].sink == 2);
  CHECK(out.rounds[0].scores.size() == 3);
  CHECK(out.rounds[0].scores[1].parents == NodeSet{0, 2});
  CHECK(out.rounds[0].oriented == std::vector<Edge>{directed(1, 2)});
  CHECK(out.rounds[0].note.empty());
  // Scores .102 + .0001 and, next, .5 + 0 + .0001.
  CHECK(out.rounds[0].margin == doctest::Approx((0.5001 - 0.1021) / (0.5001 + 0.1021)).epsilon(1e-12));
  CHECK(out.rounds[1].sink == 1);
  CHECK(out.rounds[1].scores[0].parents == NodeSet{1});
  CHECK(marks.is_directed(0, 1));
  CHECK(marks.is_directed(1, 2));
}

TEST_CASE("true scores direct a pair and a triangle") {
  DenseMarks pair = changing_skeleton(2, {{0, 1}});
  CHECK(search(true_scores({{0, 1}}), pair).rounds.size() == 1);
  CHECK(pair.is_directed(0, 1));

  const std::vector<std::pair<NodeId, NodeId>> dag{{0, 1}, {0, 2}, {1, 2}};
  DenseMarks triangle = changing_skeleton(3, dag);
  const SinkSearch out = search(true_scores(dag), triangle);
  REQUIRE(out.rounds.size() == 2);
  CHECK(out.rounds[0].sink == 2);
  CHECK(out.rounds[0].oriented == std::vector<Edge>{directed(0, 2), directed(1, 2)});
  CHECK(out.rounds[1].sink == 1);
  for (const auto& [from, to] : dag) CHECK(triangle.is_directed(from, to));
}

TEST_CASE("true scores direct random DAGs without unshielded colliders completely") {
  RandomStream stream(11, RandomDomain::Test);
  int edges = 0;
  for (int round = 0; round < 60; ++round) {
    // Each node gets as parents a node and some of that node's parents: no unshielded collider.
    const int p = 3 + static_cast<int>(stream.below(5));
    const std::vector<int> label = stream.permutation(p);
    std::vector<std::vector<NodeId>> parents(slot(p));
    std::vector<std::pair<NodeId, NodeId>> dag;
    for (NodeId v = 1; v < p; ++v) {
      const auto u = static_cast<NodeId>(stream.below(static_cast<std::uint64_t>(v)));
      parents[slot(v)] = {u};
      for (const NodeId w : parents[slot(u)]) {
        const bool shielded = std::all_of(parents[slot(v)].begin(), parents[slot(v)].end(), [&](NodeId x) {
          const std::vector<NodeId>& of_x = parents[slot(std::max(x, w))];
          return std::find(of_x.begin(), of_x.end(), std::min(x, w)) != of_x.end();
        });
        if (shielded && stream.uniform() < 0.6) parents[slot(v)].push_back(w);
      }
      for (const NodeId u2 : parents[slot(v)]) dag.emplace_back(label[slot(u2)], label[slot(v)]);
    }
    DenseMarks marks = changing_skeleton(p, dag);
    const SinkSearch out = search(true_scores(dag), marks);
    for (const auto& [from, to] : dag) CHECK(marks.is_directed(from, to));
    CHECK(out.warnings.empty());
    edges += static_cast<int>(dag.size());
  }
  CHECK(edges > 200);
}

TEST_CASE("a sink that would make an unshielded collider is passed over") {
  const std::vector<std::pair<NodeId, NodeId>> chain{{0, 1}, {1, 2}};
  DenseMarks marks = changing_skeleton(3, chain);
  const SinkSearch out = search(fixed_scores({0.5, 0.1, 0.3}), marks);
  REQUIRE(out.rounds.size() == 2);
  CHECK(out.rounds[0].sink == 2);
  CHECK(out.rounds[0].note == "X2 passed over: X1 -> X2 <- X3 would be a collider that the search did not find");
  CHECK(out.rounds[0].margin == doctest::Approx(0.2 / 0.8).epsilon(1e-12));  // against X1, the next that can be one
  CHECK(out.rounds[1].sink == 1);

  DenseMarks free = changing_skeleton(3, chain);
  const std::vector<AmbiguousTriple> ambiguous{{0, 1, 2}};
  CHECK(search(fixed_scores({0.5, 0.1, 0.3}), free, {.ambiguous = ambiguous}).rounds[0].sink == 1);
  CHECK(free.is_directed(0, 1));
  CHECK(free.is_directed(2, 1));
}

TEST_CASE("a sink that would close a cycle is passed over") {
  // 0 -> 2 -> 3 is known and 0 - 3 is not.
  DenseMarks longer = changing_skeleton(4, {{0, 3}});
  longer.orient(0, 2);
  longer.orient(2, 3);
  const SinkSearch out = search(fixed_scores({0.1, 1, 1, 0.4}), longer);
  REQUIRE(out.rounds.size() == 1);
  CHECK(out.rounds[0].sink == 3);
  CHECK(out.rounds[0].note == "X1 passed over: X4 -> X1 would close a directed cycle");
  CHECK(longer.is_directed(0, 3));
}

TEST_CASE("knowledge and directed edges stay") {
  const KnowledgeIndex forbids({.forbidden = {{"X1", "X2"}}}, kNames);
  DenseMarks marks = changing_skeleton(3, {{0, 1}});
  const SinkSearch out = search(fixed_scores({0.4, 0.1, 1}), marks, {}, forbids);
  REQUIRE(out.rounds.size() == 1);
  CHECK(out.rounds[0].sink == 0);
  CHECK(out.rounds[0].note == "X2 passed over: the knowledge excludes X1 -> X2");

  // 0 -> 1 was directed before; only 1 - 2 is open, with 0 and 2 adjacent.
  DenseMarks partly = changing_skeleton(3, {{1, 2}});
  partly.orient(0, 1);
  partly.orient(0, 2);
  const SinkSearch second = search(fixed_scores({0.01, 0.1, 0.4}), partly);
  REQUIRE(second.rounds.size() == 1);
  CHECK(second.rounds[0].scores.size() == 2);
  CHECK(second.rounds[0].scores[0].parents == NodeSet{0, 2});
  CHECK(second.rounds[0].sink == 1);
  CHECK(partly.is_directed(2, 1));
  CHECK(partly.is_directed(0, 1));
}

TEST_CASE("nothing is decided on a small margin, equal scores or a single candidate") {
  DenseMarks close = changing_skeleton(2, {{0, 1}});
  const SinkSearch narrow = search(fixed_scores({0.45, 0.55}), close, {.min_margin = 0.2});
  REQUIRE(narrow.rounds.size() == 1);
  CHECK(narrow.rounds[0].sink == -1);
  CHECK(narrow.rounds[0].margin == doctest::Approx(0.1).epsilon(1e-12));
  CHECK(narrow.rounds[0].note == "the margin 0.1 is below 0.2");
  CHECK(close.is_undirected(0, 1));
  CHECK(search(fixed_scores({0.45, 0.55}), close, {.min_margin = 0.09}).rounds[0].sink == 0);

  DenseMarks equal = changing_skeleton(2, {{0, 1}});
  CHECK(search(fixed_scores({0, 0}), equal).rounds[0].note == "X1 and X2 score the same");
  CHECK(equal.is_undirected(0, 1));

  DenseMarks lone = changing_skeleton(2, {{0, 1}});
  lone.remove(1, 2);
  const SinkSearch single = search(fixed_scores({0.1, 0.2}), lone);
  REQUIRE(single.rounds.size() == 1);
  CHECK(single.rounds[0].sink == -1);
  CHECK(lone.is_undirected(0, 1));
}

TEST_CASE("parts of the graph are decided on their own") {
  DenseMarks marks = changing_skeleton(4, {{0, 1}, {2, 3}});
  const SinkSearch out = search(fixed_scores({0.50, 0.51, 0.1, 0.3}), marks, {.min_margin = 0.1});
  REQUIRE(out.rounds.size() == 2);
  CHECK(out.rounds[0].sink == -1);
  CHECK(out.rounds[1].sink == 2);
  CHECK(marks.is_undirected(0, 1));
  CHECK(marks.is_directed(3, 2));
}

TEST_CASE("a stopped search keeps what it found") {
  std::stop_source stop;
  const std::vector<std::pair<NodeId, NodeId>> dag{{0, 1}, {1, 2}};
  const ModuleScoreFn truth = true_scores(dag);
  const ModuleScoreFn stopping = [&](NodeId node, const NodeSet& parents) {
    if (parents == NodeSet{0}) stop.request_stop();
    return truth(node, parents);
  };
  DenseMarks marks = changing_skeleton(3, dag);
  const SinkSearch out = search(stopping, marks, {}, {}, 1, {.stop = stop.get_token()});
  CHECK(out.status == Status::Ok);  // asked for in the last evaluation, which was still needed
  DenseMarks again = changing_skeleton(3, dag);
  const SinkSearch cut = search(truth, again, {}, {}, 1, {.stop = stop.get_token()});
  CHECK(cut.status == Status::Cancelled);
  CHECK(cut.rounds.empty());
  CHECK(again.is_undirected(0, 1));
}

TEST_CASE("with few domains nothing is decided, with some there is a warning") {
  const RunOptions run{.threads = 1};
  for (const int domains : {2, 3, 10, 20}) {
    const NodeTable table =
        test::domain_pair(std::vector<int>(static_cast<std::size_t>(domains), 12), test::Change::Additive, 5);
    DenseMarks marks = changing_skeleton(2, {{0, 1}});
    const SinkSearch out = orient_by_independent_change(table, 2, marks, {}, {}, {}, run, StopSignal(run));
    REQUIRE(out.rounds.size() == 1);
    CHECK((out.rounds[0].sink >= 0) == (domains >= 4));
    CHECK((out.rounds[0].note.find("undetermined") == 0) == (domains < 4));
    CHECK(out.warnings.size() == (domains == 10 ? 1U : 0U));
  }
}

TEST_CASE("memory and time limits are kept") {
  const NodeTable table = test::timed_pair(300, test::Change::Additive, 1);
  DenseMarks marks = changing_skeleton(2, {{0, 1}});
  const RunOptions small{.memory_limit_bytes = 1 << 20};
  CHECK(orient_by_independent_change(table, 2, marks, {}, {}, {}, small, StopSignal(small)).status ==
        Status::BudgetExceeded);
  const RunOptions late{.time_limit_s = 1e-9};
  CHECK(orient_by_independent_change(table, 2, marks, {}, {}, {}, late, StopSignal(late)).status == Status::TimeLimit);
  CHECK(marks.is_undirected(0, 1));
}

TEST_CASE("the rounds are the same on any number of threads") {
  // Exact rows, windows of a long time, and domains.
  for (int kind = 0; kind < 3; ++kind) {
    const NodeTable table = kind == 2 ? test::domain_pair(std::vector<int>(20, 15), test::Change::Additive, 2)
                                      : test::timed_pair(300, test::Change::Slope, 2);
    const ModuleOptions options{.exact_rows = kind == 0 ? 2000 : 0, .bins = 60, .max_features = 40};
    std::vector<SinkSearch> found;
    for (const int threads : {1, 2, 4}) {
      const RunOptions run{.threads = threads};
      DenseMarks marks = changing_skeleton(2, {{0, 1}});
      found.push_back(orient_by_independent_change(table, 2, marks, {}, options, {}, run, StopSignal(run)));
    }
    for (const SinkSearch& other : found) {
      REQUIRE(other.rounds.size() == 1);
      CHECK(other.rounds[0].sink == found[0].rounds[0].sink);
      CHECK(other.rounds[0].margin == found[0].rounds[0].margin);
      for (std::size_t i = 0; i < 2; ++i) {
        CHECK(other.rounds[0].scores[i].dependence == found[0].rounds[0].scores[i].dependence);
      }
    }
  }
}
