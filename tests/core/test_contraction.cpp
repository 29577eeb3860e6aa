// labels: oracle
#include "causal/diagram/contraction.hpp"

#include <cmath>

#include "causal/run/error.hpp"
#include "support/random_network.hpp"

#include <doctest/doctest.h>

using namespace causal;
using causal::test::brute_force;
using causal::test::random_bayesian_network;
using causal::test::random_evidence;

namespace {

// Binary indices on a side x side grid, a table on every edge; nothing is open.
TensorNetwork grid(int side) {
  TensorNetwork network;
  network.cardinalities.assign(static_cast<std::size_t>(side * side), 2);
  for (int r = 0; r < side; ++r) {
    for (int c = 0; c < side; ++c) {
      const int v = r * side + c;
      if (c + 1 < side)
        network.tensors.emplace_back(std::vector{v, v + 1}, std::vector{2, 2}, std::vector{1., .5, .25, 1.});
      if (r + 1 < side)
        network.tensors.emplace_back(std::vector{v, v + side}, std::vector{2, 2}, std::vector{1., .3, .7, 1.});
    }
  }
  return network;
}

double relative_difference(const Factor& a, const Factor& b) {
  const double scale = std::abs(b.total());
  return max_difference(a, b) / (scale > 0 ? scale : 1);
}

}  // namespace

TEST_CASE("contraction equals the sum over the joint table on random networks with evidence") {
  RandomStream stream(11, RandomDomain::Test);
  double worst = 0;
  for (int i = 0; i < 500; ++i) {
    TensorNetwork network = random_bayesian_network(2 + i % 15, stream);
    const int n = static_cast<int>(network.cardinalities.size());
    network.open = stream.choice(n, static_cast<int>(stream.below(4)) % (n + 1));
    const Evidence evidence = random_evidence(network, static_cast<int>(stream.below(3)) % (n + 1), stream);
    const Contraction result = contract(network, evidence);
    REQUIRE(result.status == Status::Ok);
    REQUIRE(result.exponent == 0);
    worst = std::max(worst, relative_difference(*result.value, brute_force(network, evidence)));
  }
  CHECK(worst < 1e-12);
}

TEST_CASE("slicing gives the unsliced sum within the memory it was allowed") {
  RandomStream stream(12, RandomDomain::Test);
  int sliced = 0;
  for (int i = 0; i < 60; ++i) {
    TensorNetwork network = random_bayesian_network(14, stream);
    network.open = {13};
    const Contraction whole = contract(network);
    const auto limit = static_cast<std::int64_t>(whole.plan.peak_bytes / 2);
    const Contraction parts = contract(network, {}, {.max_bytes = limit});
    if (parts.status == Status::BudgetExceeded) continue;
    REQUIRE(parts.status == Status::Ok);
    REQUIRE(!parts.plan.slices.empty());
    REQUIRE(parts.plan.peak_bytes <= static_cast<double>(limit));
    REQUIRE(relative_difference(*parts.value, *whole.value) < 1e-12);
    ++sliced;
  }
  CHECK(sliced > 40);
}

TEST_CASE("a 30 x 30 grid is refused with its width, a small one is summed") {
  const Contraction refused = contract(grid(30));
  CHECK(refused.status == Status::BudgetExceeded);
  CHECK(!refused.value);
  CHECK(refused.plan.width >= 30);
  CHECK(refused.plan.width_lower_bound >= 4);
  CHECK(refused.plan.width_lower_bound <= refused.plan.width);
  CHECK(refused.plan.brief().find("width " + std::to_string(refused.plan.width)) == 0);
  CHECK(refused.plan.brief().find(" GiB, ") != std::string::npos);
  const TensorNetwork small = grid(4);
  CHECK(relative_difference(*contract(small).value, brute_force(small, {})) < 1e-12);
}

TEST_CASE("bytes do not depend on the number of threads") {
  TensorNetwork network = grid(16);
  network.open = {0, 17};
  const Contraction one = contract(network, {}, {.run = {.threads = 1}});
  REQUIRE(one.plan.max_table_bytes >= (1 << 19));  // large enough that threads share a table
  const auto limit = static_cast<std::int64_t>(one.plan.peak_bytes / 3);
  const Contraction sliced = contract(network, {}, {.max_bytes = limit, .run = {.threads = 1}});
  REQUIRE(sliced.plan.slices.size() > 0);
  for (const int threads : {2, 4}) {
    CHECK(*contract(network, {}, {.run = {.threads = threads}}).value == *one.value);
    CHECK(*contract(network, {}, {.max_bytes = limit, .run = {.threads = threads}}).value == *sliced.value);
  }
}

TEST_CASE("pairs of large tables are multiplied as matrices with the same result") {
  // T(a,b,k,l) U(b,k,l,c) with b, a, c kept: batch b, rows a, columns c, inner k and l.
  RandomStream stream(13, RandomDomain::Test);
  TensorNetwork network{{9, 3, 4, 5, 11}, {}, {1, 4, 0}};
  network.tensors.push_back(causal::test::random_conditional({0, 1, 2, 3}, {9, 3, 4, 5}, stream));
  network.tensors.push_back(causal::test::random_conditional({3, 1, 4, 2}, {5, 3, 11, 4}, stream));
  const Factor expected = brute_force(network, {});
  CHECK(max_difference(*contract(network).value, expected) < 1e-12);
  // Far apart in magnitude, so that logarithms are taken: the same step without matrices.
  TensorNetwork scaled = network;
  scaled.tensors[0] = network.tensors[0].scaled(1e-180);
  scaled.tensors[1] = network.tensors[1].scaled(1e-180);
  const Contraction result = contract(scaled);
  const double scale = std::exp2(static_cast<double>(result.exponent) + 360 * std::log2(10.0));
  CHECK(max_difference(result.value->scaled(scale), expected) < 1e-10);
  // A chain of 70 x 70 matrices, whose products fill several blocks of rows.
  TensorNetwork chain{std::vector<int>(4, 70), {}, {0, 3}};
  for (VariableId v = 0; v < 3; ++v) {
    chain.tensors.push_back(causal::test::random_conditional({v, v + 1}, {70, 70}, stream));
  }
  const Factor product2 = product(chain.tensors[0], chain.tensors[1]).marginal(std::vector{0, 2});
  const Factor direct = product(product2, chain.tensors[2]).marginal(std::vector{0, 3});
  const Factor one = *contract(chain, {}, {.run = {.threads = 1}}).value;
  CHECK(max_difference(one, direct) < 1e-12);
  CHECK(*contract(chain, {}, {.run = {.threads = 4}}).value == one);
}

TEST_CASE("an open index that repeats stands on the diagonal, one with evidence at its value") {
  const TensorNetwork network{{2, 3}, {Factor({0, 1}, {2, 3}, {1, 2, 3, 4, 5, 6})}, {1, 0, 1}};
  const Factor result = *contract(network).value;
  CHECK(result.scope() == std::vector{1, 0, 4});
  for (std::size_t cell = 0; cell < result.size(); ++cell) {
    const auto a = result.assignment(cell);
    CHECK(result.values()[cell] == (a[0] == a[2] ? 1 + a[1] * 3 + a[0] : 0));
  }
  const Factor known = *contract({{2, 3}, network.tensors, {0, 1}}, {{1, 2}}).value;
  CHECK(known == Factor({0, 1}, {2, 3}, {0, 0, 3, 0, 0, 6}));
}

TEST_CASE("indices without a tensor count their values when summed and are constant when open") {
  CHECK(contract({{3, 2}, {}, {}}).value->values() == std::vector{6.0});
  CHECK(*contract({{3, 2}, {}, {1}}).value == Factor({1}, {2}, {3, 3}));
  CHECK(contract({{}, {}, {}}).value->values() == std::vector{1.0});
}

TEST_CASE("evidence without mass gives zeros") {
  const TensorNetwork network{{2, 2}, {Factor({0}, {2}, {1, 0}), Factor({0, 1}, {2, 2}, {.5, .5, .1, .9})}, {1}};
  CHECK(*contract(network, {{0, 1}}).value == Factor({1}, {2}, {0, 0}));
}

TEST_CASE("masses below the smallest double keep their exponent") {
  TensorNetwork chain;
  const int n = 3000;
  chain.cardinalities.assign(n, 2);
  Evidence evidence;
  for (int v = 0; v < n; ++v) {
    chain.tensors.emplace_back(std::vector{v}, std::vector{2}, std::vector{.5, .5});
    evidence.push_back({v, 0});
  }
  const Contraction result = contract(chain, evidence);
  REQUIRE(result.value);
  CHECK(std::log2(result.value->values()[0]) + static_cast<double>(result.exponent) == -n);
}

TEST_CASE("entries below 1e-200 are multiplied as logarithms") {
  const double tiny = 1e-250;
  TensorNetwork network{{2, 2, 2}, {}, {2}};
  network.tensors.push_back(Factor({0}, {2}, {1, tiny}));
  network.tensors.push_back(Factor({0, 1}, {2, 2}, {1, 0, 0, tiny}));
  network.tensors.push_back(Factor({1, 2}, {2, 2}, {0, 0, tiny, 3 * tiny}));
  const Contraction result = contract(network);
  REQUIRE(result.value);
  const double expected = 3 * std::log2(tiny);
  CHECK(std::log2(result.value->values()[0]) + static_cast<double>(result.exponent) == doctest::Approx(expected));
  CHECK(result.value->values()[1] / result.value->values()[0] == doctest::Approx(3));
}

TEST_CASE("thousands of observed children of one index do not underflow") {
  TensorNetwork network{{2}, {Factor({0}, {2}, {.25, .75})}, {0}};
  Evidence evidence;
  const int children = 2000;
  for (int v = 1; v <= children; ++v) {
    network.cardinalities.push_back(2);
    network.tensors.emplace_back(std::vector{0, v}, std::vector{2, 2}, std::vector{.5, .5, .25, .75});
    evidence.push_back({v, v % 2});
  }
  const Contraction result = contract(network, evidence);
  REQUIRE(result.value);
  const double expected = std::log2(.25) - children;
  CHECK(std::log2(result.value->values()[0]) + static_cast<double>(result.exponent) == doctest::Approx(expected));
  const double odds = std::log2(.75) + children / 2 * std::log2(.25 * .75) - expected;
  CHECK(std::log2(result.value->values()[1] / result.value->values()[0]) == doctest::Approx(odds));
}

TEST_CASE("a stop request or a time limit ends a contraction without a value") {
  std::stop_source source;
  source.request_stop();
  const TensorNetwork network = grid(12);
  const Contraction cancelled = contract(network, {}, {.run = {.stop = source.get_token()}});
  CHECK(cancelled.status == Status::Cancelled);
  CHECK(!cancelled.value);
  CHECK(contract(network, {}, {.run = {.time_limit_s = 1e-9}}).status == Status::TimeLimit);
}

TEST_CASE("a wrong network or wrong evidence is an error that names the index") {
  const Factor f({0, 1}, {2, 2}, {1, 2, 3, 4});
  CHECK_THROWS_WITH_AS(static_cast<void>(contract({{2}, {f}, {}})), doctest::Contains("index of a tensor = 1"),
                       InvalidArgument);
  CHECK_THROWS_WITH_AS(static_cast<void>(contract({{2, 3}, {f}, {}})), doctest::Contains("index 1"), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(contract({{2, 2}, {f}, {5}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(contract({{2, 2}, {f}, {}}, {{0, 2}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(contract({{2, 2}, {f}, {}}, {{0, 1}, {0, 1}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(contract({{2, 0}, {}, {}})), InvalidArgument);
}
