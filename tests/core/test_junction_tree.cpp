// labels: oracle
#include "causal/diagram/junction_tree.hpp"

#include <cmath>

#include "causal/run/error.hpp"
#include "support/random_network.hpp"

#include <doctest/doctest.h>

using namespace causal;
using causal::test::brute_force;
using causal::test::random_bayesian_network;
using causal::test::random_evidence;

namespace {

std::vector<VariableId> all_indices(const TensorNetwork& network) {
  std::vector<VariableId> all;
  for (std::size_t v = 0; v < network.cardinalities.size(); ++v) all.push_back(static_cast<VariableId>(v));
  return all;
}

// A hidden chain of `length` binary states, two binary observations each.
TensorNetwork hidden_chain(int length) {
  TensorNetwork network;
  network.cardinalities.assign(static_cast<std::size_t>(3 * length), 2);
  for (int t = 0; t < length; ++t) {
    const VariableId state = 3 * t;
    if (t == 0) network.tensors.push_back(Factor({state}, {2}, {.5, .5}));
    if (t > 0) network.tensors.push_back(Factor({state - 3, state}, {2, 2}, {.9, .1, .2, .8}));
    network.tensors.push_back(Factor({state, state + 1}, {2, 2}, {.7, .3, .4, .6}));
    network.tensors.push_back(Factor({state, state + 2}, {2, 2}, {.99, .01, .05, .95}));
  }
  return network;
}

// Forward-backward with every message normalised: P(state_t = 1 | observations) for all t.
std::vector<double> forward_backward(int length, const std::vector<int>& first, const std::vector<int>& second) {
  const double move[2][2] = {{.9, .1}, {.2, .8}}, see1[2][2] = {{.7, .3}, {.4, .6}},
               see2[2][2] = {{.99, .01}, {.05, .95}};
  const auto n = static_cast<std::size_t>(length);
  std::vector<std::array<double, 2>> forward(n), backward(n, {1, 1});
  const auto seen = [&](std::size_t t, int s) { return see1[s][first[t]] * see2[s][second[t]]; };
  const auto normalise = [](std::array<double, 2>& m) {
    const double total = m[0] + m[1];
    m[0] /= total;
    m[1] /= total;
  };
  for (std::size_t t = 0; t < n; ++t) {
    for (int s = 0; s < 2; ++s) {
      const auto k = static_cast<std::size_t>(s);
      forward[t][k] = seen(t, s) * (t == 0 ? .5 : forward[t - 1][0] * move[0][s] + forward[t - 1][1] * move[1][s]);
    }
    normalise(forward[t]);
  }
  for (std::size_t t = n - 1; t-- > 0;) {
    for (std::size_t s = 0; s < 2; ++s) {
      backward[t][s] =
          move[s][0] * seen(t + 1, 0) * backward[t + 1][0] + move[s][1] * seen(t + 1, 1) * backward[t + 1][1];
    }
    normalise(backward[t]);
  }
  std::vector<double> ones;
  for (std::size_t t = 0; t < n; ++t) {
    const double one = forward[t][1] * backward[t][1];
    ones.push_back(one / (one + forward[t][0] * backward[t][0]));
  }
  return ones;
}

}  // namespace

TEST_CASE("every clique, every single marginal and the mass equal the sums over the joint table") {
  RandomStream stream(21, RandomDomain::Test);
  int impossible = 0;
  double worst = 0;
  for (int i = 0; i < 500; ++i) {
    TensorNetwork network = random_bayesian_network(1 + i % 16, stream);
    const auto n = static_cast<int>(network.cardinalities.size());
    const Evidence evidence = random_evidence(network, std::min(n, i % 5), stream);
    network.open = all_indices(network);
    const Factor joint = brute_force(network, evidence);
    const double mass = joint.total();
    const CalibratedTree calibrated = calibrate(network, evidence);
    REQUIRE(calibrated.tree);
    const JunctionTree& tree = *calibrated.tree;
    if (mass == 0) {
      ++impossible;
      CHECK(tree.log_mass() == -INFINITY);
      CHECK(!tree.marginal(0));
      continue;
    }
    worst = std::max(worst, std::abs(tree.mass() / mass - 1));
    for (const VariableId v : network.open) {
      worst = std::max(worst, max_difference(*tree.marginal(v), joint.marginal(std::vector{v}).scaled(1 / mass)));
    }
    for (std::size_t c = 0; c < tree.cliques().size(); ++c) {
      const Factor clique = *tree.clique_marginal(static_cast<int>(c));
      worst = std::max(worst, max_difference(clique, joint.marginal(clique.scope()).scaled(1 / mass)));
    }
  }
  CHECK(worst < 1e-12);
  CHECK(impossible > 0);
}

TEST_CASE("cliques are maximal, hold every tensor and meet their parent in their separator") {
  RandomStream stream(22, RandomDomain::Test);
  for (int i = 0; i < 100; ++i) {
    const TensorNetwork network = random_bayesian_network(20, stream);
    const JunctionTree tree = *calibrate(network, {}, {}).tree;
    for (const Factor& tensor : network.tensors) REQUIRE(tree.clique_with(tensor.scope()) >= 0);
    for (std::size_t c = 0; c < tree.cliques().size(); ++c) {
      const JunctionTree::Clique& clique = tree.cliques()[c];
      REQUIRE(tree.clique_with(clique.scope) == static_cast<int>(c));
      REQUIRE(clique.scope.size() > clique.separator.size());
      if (clique.parent < 0) {
        REQUIRE(clique.separator.empty());
        continue;
      }
      REQUIRE(clique.parent > static_cast<int>(c));
      const auto& above = tree.cliques()[static_cast<std::size_t>(clique.parent)].scope;
      std::vector<VariableId> shared;
      for (const VariableId v : clique.scope) {
        if (std::find(above.begin(), above.end(), v) != above.end()) shared.push_back(v);
      }
      REQUIRE(shared == clique.separator);
      REQUIRE(shared.size() < above.size());
    }
  }
}

TEST_CASE("a long hidden chain agrees with forward-backward although its evidence is rarer than any double") {
  const int length = 1500;
  TensorNetwork network = hidden_chain(length);
  RandomStream stream(23, RandomDomain::Test);
  Evidence evidence;
  std::vector<int> first, second;
  for (int t = 0; t < length; ++t) {
    first.push_back(static_cast<int>(stream.below(2)));
    second.push_back(static_cast<int>(stream.below(2)));
    evidence.push_back({3 * t + 1, first.back()});
    evidence.push_back({3 * t + 2, second.back()});
  }
  const JunctionTree tree = *calibrate(network, evidence).tree;
  CHECK(tree.mass() == 0);
  const Contraction contracted = contract(network, evidence);
  const double log_mass =
      std::log(contracted.value->values()[0]) + static_cast<double>(contracted.exponent) * std::log(2.0);
  CHECK(tree.log_mass() == doctest::Approx(log_mass).epsilon(1e-12));
  const std::vector<double> ones = forward_backward(length, first, second);
  double worst = 0;
  for (int t = 0; t < length; ++t) {
    worst = std::max(worst, std::abs(tree.marginal(3 * t)->values()[1] - ones[static_cast<std::size_t>(t)]));
  }
  CHECK(worst < 1e-12);
}

TEST_CASE("balanced rare evidence on both values of an index does not underflow to certainty") {
  // 400 messages say 1:100 and 400 say 100:1. Each is a chain of two, so it is a message and not a tensor.
  TensorNetwork network{{2}, {Factor({0}, {2}, {.5, .5})}, {}};
  Evidence evidence;
  for (int i = 0; i < 800; ++i) {
    const int middle = 1 + 2 * i;
    network.cardinalities.insert(network.cardinalities.end(), {2, 2});
    const double up = i < 400 ? .99 : .01;
    network.tensors.push_back(Factor({0, middle}, {2, 2}, {up, 1 - up, 1 - up, up}));
    network.tensors.push_back(Factor({middle, middle + 1}, {2, 2}, {1, 0, 0, 1}));
    evidence.push_back({middle + 1, 0});
  }
  CHECK(calibrate(network, evidence).tree->marginal(0)->values()[0] == doctest::Approx(.5));
  network.open = {0};
  const std::vector<double> contracted = contract(network, evidence).value->values();
  CHECK(contracted[0] / (contracted[0] + contracted[1]) == doctest::Approx(.5));
}

TEST_CASE("a tree that does not fit is refused with its width, a stopped one is not there") {
  const TensorNetwork network = hidden_chain(50);
  const CalibratedTree refused = calibrate(network, {}, {.max_bytes = 64});
  CHECK(refused.status == Status::BudgetExceeded);
  CHECK(!refused.tree);
  CHECK(refused.plan.width == 1);
  std::stop_source source;
  source.request_stop();
  CHECK(calibrate(network, {}, {.run = {.stop = source.get_token()}}).status == Status::Cancelled);
}

TEST_CASE("negative entries and unknown indices are errors") {
  const TensorNetwork network{{2}, {Factor({0}, {2}, {-1, 1})}, {}};
  CHECK_THROWS_WITH_AS(static_cast<void>(calibrate(network)), doctest::Contains("non-negative"), InvalidArgument);
  const JunctionTree tree = *calibrate(hidden_chain(2)).tree;
  CHECK_THROWS_AS(static_cast<void>(tree.marginal(6)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(tree.clique_marginal(-1)), InvalidArgument);
}
