// labels: unit
#include <string>
#include <vector>

#include "causal/identify/expression.hpp"
#include "causal/identify/print.hpp"
#include "causal/io/expression_json.hpp"
#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

const std::vector<std::string> kNames{"X", "Z1", "Age", "a_b"};
constexpr Symbol kX{0, 0}, kZ{1, 0}, kAge{2, 0}, kOdd{3, 0};

// sum_Z P(Z | X) sum_X' P(Age | X', Z) P(X')
Expression front_door(ExpressionPool& pool) {
  const Expression inner = pool.sum({kX}, pool.product({pool.probability({kAge}, {kX, kZ}), pool.probability({kX})}));
  return pool.sum({kZ}, pool.product({inner, pool.probability({kZ}, {kX})}));
}

}  // namespace

TEST_CASE("equal formulas of one pool are one object, and the order of factors does not matter") {
  ExpressionPool pool;
  const Expression a = pool.probability({kX}, {kZ}), b = pool.probability({kAge}, {kZ});
  CHECK(pool.product({a, b}).identity() == pool.product({b, a}).identity());
  CHECK(pool.probability({kX, kZ}).identity() == pool.probability({kZ, kX}).identity());
  CHECK(pool.product({a, pool.product({b, pool.one()})}).identity() == pool.product({a, b}).identity());
  CHECK(pool.sum({kX}, pool.sum({kAge}, pool.product({a, b}))).variables() == SymbolSet{kX, kAge});
  CHECK(pool.product({a, pool.zero()}).is(ExpressionKind::Zero));
  CHECK(pool.fraction(a, pool.one()) == a);
  CHECK(pool.probability({}, {kZ}).is(ExpressionKind::One));
  CHECK(a != b);
  CHECK_FALSE(pool.probability({kX}, {}, {kZ}) == a);
  CHECK_FALSE(pool.probability({kX}, {kZ}, {}, 1) == a);
}

TEST_CASE("expressions of two pools compare by content and outlive their pools") {
  Expression first, second;
  {
    ExpressionPool one, two;
    first = front_door(one);
    second = front_door(two);
  }
  CHECK(first.identity() != second.identity());
  CHECK(first == second);
  CHECK(first.hash() == second.hash());
  CHECK(first.free() == SymbolSet{kX, kAge});
  CHECK(first.dag_size() == 7);
  CHECK(first.written_terms() == 3);
}

TEST_CASE("sums bind lexically and printers prime what could be mistaken") {
  ExpressionPool pool;
  CHECK(to_text(front_door(pool), kNames) == "sum_{Z1} P(Z1 | X) sum_{X'} P(X') P(Age | X', Z1)");
  CHECK(to_latex(front_door(pool), kNames) ==
        "\\sum_{Z_{1}} P(Z_{1} \\mid X)\\,\\sum_{X'} P(X')\\,P(\\mathrm{Age} \\mid X', Z_{1})");
  const Expression ratio = pool.fraction(pool.sum({kX}, pool.probability({kX, kAge}, {}, {kZ}, 1)),
                                         pool.probability({kAge}, {kOdd}, {kZ}, 2));
  CHECK(to_text(ratio, kNames, {.domains = {"lab"}}) == "[sum_{X} P_lab(X, Age; do(Z1))] / [P_2(Age | a_b; do(Z1))]");
  CHECK(to_latex(ratio, kNames, {.domains = {"lab"}}) ==
        "\\frac{\\sum_{X} P_{\\mathrm{lab}}(X, \\mathrm{Age} \\mid \\mathrm{do}(Z_{1}))}"
        "{P_{2}(\\mathrm{Age} \\mid \\mathrm{a\\_b}, \\mathrm{do}(Z_{1}))}");
  // A sum that is not the last factor needs brackets.
  const Expression middle = pool.product({pool.sum({kX}, pool.probability({kX})), front_door(pool)});
  CHECK(to_text(middle, kNames).front() == '(');
}

TEST_CASE("a constant is written as its value, but not where a sum binds the symbol") {
  ExpressionPool pool;
  const PrintOptions options{.constants = {{kX, "X=1"}, {{0, 1}, "X=0"}}};
  const Expression both = pool.product({pool.probability({kAge}, {kX}), pool.probability({{0, 1}})});
  CHECK(to_text(both, kNames, options) == "P(X=0) P(Age | X=1)");
  const Expression bound = pool.product({pool.probability({kX}), pool.sum({kX}, pool.probability({kX}))});
  CHECK(to_text(bound, kNames, options) == "P(X=1) sum_{X'} P(X')");
}

TEST_CASE("renaming free symbols leaves bound ones and never captures") {
  ExpressionPool pool;
  const Expression formula = front_door(pool);
  const Expression renamed = pool.rename(formula, {{kX, {0, 2}}});
  CHECK(renamed.free() == SymbolSet{{0, 2}, kAge});
  CHECK(to_text(renamed, kNames) == "sum_{Z1} P(Z1 | X'') sum_{X} P(X) P(Age | X, Z1)");
  // Age becomes a symbol that the inner sum binds: the sum must step aside.
  const Expression captured = pool.rename(formula, {{kAge, kX}});
  CHECK(captured.free() == SymbolSet{kX});
  CHECK(to_text(pool.rename(pool.sum({kX}, pool.probability({kAge}, {kX})), {{kAge, kX}}), kNames) ==
        "sum_{X'} P(X | X')");
}

TEST_CASE("JSON keeps sharing and reads back equal") {
  ExpressionPool pool;
  const Expression formula = pool.fraction(front_door(pool), pool.rename(front_door(pool), {{kX, {0, 1}}}));
  const io::Json json = io::expression_to_json(formula, kNames);
  CHECK(json.at("nodes").as_array().size() == formula.dag_size());
  ExpressionPool other;
  CHECK(io::expression_from_json(io::Json::parse(json.dump()), kNames, other) == formula);
  // Sharing: 2^60 terms written out, some hundred nodes.
  Expression deep = pool.probability({kX});
  for (int i = 0; i < 60; ++i) deep = pool.fraction(deep, pool.product({deep, pool.probability({kZ}, {}, {}, i)}));
  CHECK(io::expression_to_json(deep, kNames).at("nodes").as_array().size() == deep.dag_size());
  CHECK(deep.written_terms() > 1e18);
  ExpressionPool third;
  CHECK(io::expression_from_json(io::expression_to_json(deep, kNames), kNames, third) == deep);
  CHECK_THROWS_AS(static_cast<void>(to_text(deep, kNames)), InvalidArgument);
}

TEST_CASE("malformed expressions are refused by name") {
  ExpressionPool pool;
  const auto read = [&](const char* text) { return io::expression_from_json(io::Json::parse(text), kNames, pool); };
  CHECK_THROWS_AS(static_cast<void>(read(R"({"nodes": [{"kind": "power"}], "root": 0})")), DataError);
  CHECK_THROWS_AS(static_cast<void>(read(R"({"nodes": [], "root": 0})")), DataError);
  CHECK_THROWS_AS(static_cast<void>(read(R"({"nodes": [{"kind": "sum", "over": ["X"], "of": 0}], "root": 0})")),
                  DataError);
  CHECK_THROWS_AS(static_cast<void>(read(R"({"nodes": [{"kind": "probability", "variables": ["Q"]}], "root": 0})")),
                  InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(pool.probability({kX}, {kX})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(to_text(pool.probability({{9, 0}}), kNames)), InvalidArgument);
}
