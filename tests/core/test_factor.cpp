// labels: unit
#include "causal/probability/factor.hpp"

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "support/golden_model.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

Factor random_factor(std::vector<VariableId> scope, std::vector<int> cardinalities, std::uint32_t key) {
  Factor factor = Factor::constant(std::move(scope), std::move(cardinalities), 0.0);
  RandomStream stream(1, RandomDomain::Test, key);
  std::vector<double> values(factor.size());
  stream.fill_uniform(values);
  return {factor.scope(), factor.cardinalities(), std::move(values)};
}

}  // namespace

TEST_CASE("the first variable of a scope is the most significant") {
  const Factor f({7, 3}, {2, 3}, {0, 1, 2, 10, 11, 12});
  CHECK(f.at(std::vector{1, 2}) == 12);
  CHECK(f.assignment(4) == std::vector{1, 1});
  CHECK(f.cell(std::vector{1, 1}) == 4);
  CHECK(f.slice(7, 1) == Factor({3}, {3}, {10, 11, 12}));
  CHECK(f.slice(3, 1) == Factor({7}, {2}, {1, 11}));
  CHECK(f.permuted(std::vector{3, 7}) == Factor({3, 7}, {3, 2}, {0, 10, 1, 11, 2, 12}));
  CHECK(f.sum_out(std::vector{3}) == Factor({7}, {2}, {3, 33}));
  CHECK(f.marginal({}).values() == std::vector{36.0});
}

TEST_CASE("products, sums and quotients agree with their definition cell by cell") {
  const Factor a = random_factor({0, 1, 2}, {2, 3, 2}, 1);
  const Factor b = random_factor({3, 1}, {4, 3}, 2);
  const Factor ab = product(a, b);
  REQUIRE(ab.scope() == std::vector{0, 1, 2, 3});
  for (std::size_t cell = 0; cell < ab.size(); ++cell) {
    const auto x = ab.assignment(cell);
    CHECK(ab.values()[cell] == a.at(std::vector{x[0], x[1], x[2]}) * b.at(std::vector{x[3], x[1]}));
  }
  const Quotient back = quotient(ab, b);
  CHECK(back.zero_divide.empty());
  const Factor expected = product(a, Factor::constant({3}, {4}, 1.0));
  CHECK(max_difference(back.value, expected) < 1e-15);
  CHECK(max_difference(ab.sum_out(std::vector{3}), product(a, b.sum_out(std::vector{3}))) < 1e-14);
}

TEST_CASE("a quotient lists the cells whose divisor is zero and leaves no NaN") {
  const Factor joint({0, 1}, {2, 2}, {0.5, 0.0, 0.5, 0.0});
  const Quotient q = quotient(joint, joint.marginal(std::vector{1}));
  CHECK(q.zero_divide == std::vector<std::size_t>{1, 3});
  CHECK(q.value.values() == std::vector<double>{0.5, 0, 0.5, 0});
}

TEST_CASE("a factor that makes no sense is refused") {
  CHECK_THROWS_AS(Factor::constant({0, 0}, {2, 2}, 1.0), InvalidArgument);
  CHECK_THROWS_AS(Factor({0}, {2}, {1.0}), InvalidArgument);
  CHECK_THROWS_AS(Factor({0}, {0}, std::vector<double>{}), InvalidArgument);
  CHECK_THROWS_AS(Factor::constant({-1}, {2}, 1.0), InvalidArgument);
  CHECK_THROWS_AS(Factor({0}, {2}, {1.0, 1.0 / 0.0}), InvalidArgument);
  CHECK_THROWS_AS((void)Factor::constant({0}, {2}, 1.0).slice(0, 2), InvalidArgument);
  CHECK_THROWS_AS((void)Factor::constant({0}, {2}, 1.0).marginal(std::vector{1}), InvalidArgument);
  CHECK_THROWS_AS((void)product(Factor::constant({0}, {2}, 1.0), Factor::constant({0}, {3}, 1.0)), InvalidArgument);
  CHECK_THROWS_AS((void)quotient(Factor::constant({0}, {2}, 1.0), Factor::constant({1}, {2}, 1.0)), InvalidArgument);
}

TEST_CASE("the golden model gives the front-door truth as a fraction") {
  // X -> Z -> Y, X <-> Y
  const Admg admg(MixedGraph({"X", "Y", "Z"}, {directed(0, 2), directed(2, 1), bidirected(0, 1)}));
  const test::GoldenModel model(admg);
  CHECK(model.probability({{1, 1}}, {{0, 1}}) == doctest::Approx(298.0 / 507).epsilon(1e-14));
  CHECK(model.probability({{1, 1}}, {{0, 0}}) == doctest::Approx(265.0 / 507).epsilon(1e-14));
  CHECK(model.joint().total() == doctest::Approx(1).epsilon(1e-14));
}
