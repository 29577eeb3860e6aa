// labels: oracle unit
#include "causal/graph/distance.hpp"

#include <cmath>

#include "causal/run/error.hpp"
#include "support/brute_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

const std::vector<std::string> kNames{"A", "B", "C", "D"};

MixedGraph random_mixed(int n, RandomStream& stream) {
  std::vector<Edge> edges;
  for (const auto& [a, b] : test::all_pairs(n)) {
    switch (stream.below(6)) {
      case 0:
        edges.push_back({a, b, static_cast<Mark>(stream.below(3)), static_cast<Mark>(stream.below(3))});
        break;
      case 1:
        edges.push_back(bidirected(a, b));
        edges.push_back(stream.below(2) == 0 ? directed(a, b) : directed(b, a));
        break;
      case 2:
        edges.push_back(stream.below(2) == 0 ? directed(a, b) : directed(b, a));
        break;
      default:
        break;
    }
  }
  return {n, std::move(edges)};
}

// The edges of a pair, as they stand in the graph.
std::vector<Edge> edges_between(const MixedGraph& graph, NodeId a, NodeId b) {
  std::vector<Edge> found;
  for (const Edge& edge : graph.edges()) {
    if (std::minmax(edge.from, edge.to) == std::minmax(a, b)) found.push_back(edge);
  }
  return found;
}

bool has_arrow_at(const std::vector<Edge>& edges, NodeId v) {
  return std::any_of(edges.begin(), edges.end(), [v](const Edge& edge) {
    return (edge.from == v && edge.mark_from == Mark::Arrow) || (edge.to == v && edge.mark_to == Mark::Arrow);
  });
}

}  // namespace

TEST_CASE("every figure of a comparison equals its definition pair by pair, whatever the order of the variables") {
  RandomStream stream(31, RandomDomain::Test);
  for (int repeat = 0; repeat < 300; ++repeat) {
    const int n = 1 + static_cast<int>(stream.below(8));
    const MixedGraph truth = random_mixed(n, stream);
    const MixedGraph guess = random_mixed(n, stream);
    GraphComparison expected;
    for (const auto& [a, b] : test::all_pairs(n)) {
      const auto in_truth = edges_between(truth, a, b);
      const auto in_guess = edges_between(guess, a, b);
      if (in_truth != in_guess) ++expected.shd;
      if (in_truth.size() == 1 && in_guess.size() == 1 && in_truth[0].is_directed() && in_guess[0].is_directed() &&
          in_truth[0].from == in_guess[0].to) {
        ++expected.reversed;
      }
      const auto count = [](Retrieval& retrieval, bool is_true, bool claimed) {
        retrieval.true_positives += is_true && claimed ? 1 : 0;
        retrieval.false_positives += !is_true && claimed ? 1 : 0;
        retrieval.false_negatives += is_true && !claimed ? 1 : 0;
      };
      count(expected.skeleton, !in_truth.empty(), !in_guess.empty());
      for (const NodeId end : {a, b}) {
        count(expected.arrowheads, has_arrow_at(in_truth, end), has_arrow_at(in_guess, end));
      }
    }
    const auto same = [](const Retrieval& a, const Retrieval& b) {
      return a.true_positives == b.true_positives && a.false_positives == b.false_positives &&
             a.false_negatives == b.false_negatives;
    };
    for (const MixedGraph& ordered : {guess, test::relabelled(guess, stream.permutation(n))}) {
      const GraphComparison found = compare_graphs(truth, ordered);
      CHECK(found.shd == expected.shd);
      CHECK(found.reversed == expected.reversed);
      CHECK(found.shd_double_reversal == expected.shd + expected.reversed);
      CHECK(same(found.skeleton, expected.skeleton));
      CHECK(same(found.arrowheads, expected.arrowheads));
    }
    CHECK(structural_hamming_distance(guess, truth) == expected.shd);
    CHECK(structural_hamming_distance(truth, guess, {.double_reversal = true}) == expected.shd + expected.reversed);
    CHECK(structural_hamming_distance(truth, truth) == 0);
  }
}

TEST_CASE("an undirected edge where a directed one belongs counts, and a reversal once or twice") {
  const MixedGraph truth(kNames, {directed(0, 1), directed(1, 2), undirected(2, 3)});
  const MixedGraph guess(kNames, {directed(1, 0), undirected(1, 2), undirected(2, 3), directed(0, 3)});
  CHECK(structural_hamming_distance(truth, guess) == 3);
  CHECK(structural_hamming_distance(truth, guess, {.double_reversal = true}) == 4);
  const GraphComparison comparison = compare_graphs(truth, guess);
  CHECK(comparison.skeleton.precision() == doctest::Approx(3.0 / 4));
  CHECK(comparison.skeleton.recall() == 1);
  CHECK(comparison.skeleton.f1() == doctest::Approx(6.0 / 7));
  CHECK(comparison.arrowheads.precision() == 0);
  CHECK(comparison.arrowheads.recall() == 0);
}

TEST_CASE("equivalent DAGs have CPDAG distance 0") {
  const Dag chain(MixedGraph(kNames, {directed(0, 1), directed(1, 2)}));
  const Dag fork(MixedGraph(kNames, {directed(1, 0), directed(1, 2)}));
  const Dag collider(MixedGraph(kNames, {directed(0, 1), directed(2, 1)}));
  CHECK(structural_hamming_distance(chain.graph(), fork.graph()) == 1);
  CHECK(cpdag_hamming_distance(chain, fork) == 0);
  CHECK(cpdag_hamming_distance(chain, collider) == 2);
}

TEST_CASE("shares of nothing are NaN") {
  const MixedGraph empty(kNames, {});
  const Retrieval nothing = compare_graphs(empty, empty).skeleton;
  CHECK(std::isnan(nothing.precision()));
  CHECK(std::isnan(nothing.recall()));
  CHECK(std::isnan(nothing.f1()));
  CHECK(compare_graphs(empty, MixedGraph(kNames, {directed(0, 1)})).skeleton.precision() == 0);
}

TEST_CASE("graphs over other variables are refused by name") {
  const MixedGraph truth({"smoke", "cancer"}, {});
  CHECK_THROWS_WITH_AS(static_cast<void>(compare_graphs(truth, MixedGraph({"smoke", "cancr"}, {}))),
                       "variable 'cancr' of the learned graph is not in the true graph\nDid you mean 'cancer'?",
                       InvalidArgument);
  CHECK_THROWS_WITH_AS(static_cast<void>(compare_graphs(truth, MixedGraph({"smoke"}, {}))),
                       "variable 'cancer' of the true graph is not in the learned graph", InvalidArgument);
}
