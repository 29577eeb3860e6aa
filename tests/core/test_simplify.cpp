// labels: unit oracle
#include <algorithm>
#include <cmath>
#include <string>
#include <variant>

#include "causal/identify/counterfactual_id.hpp"
#include "causal/identify/evaluate.hpp"
#include "causal/identify/print.hpp"
#include "causal/identify/simplify.hpp"
#include "support/arrow_text.hpp"
#include "support/random_model.hpp"
#include "support/small_admgs.hpp"

#include <doctest/doctest.h>

using namespace causal;
using test::admg_of;
using test::nodes_of;

namespace {

std::string simple(const char* graph, const char* y, const char* x) {
  const Admg admg = admg_of(graph);
  ExpressionPool pool;
  const IdResult result = identify(admg, {nodes_of(admg, y), nodes_of(admg, x)}, pool);
  return to_text(simplify(std::get<Identified>(result).expression, admg, pool), admg.graph().names());
}

// The value over all free symbols, in ascending order.
Factor full_value(const Expression& e, const Factor& joint) {
  const Evaluation evaluation = evaluate(e, joint);
  REQUIRE(std::holds_alternative<Evaluated>(evaluation));
  return std::get<Evaluated>(evaluation).value;
}

}  // namespace

TEST_CASE("formulas get as short as their graphs allow") {
  CHECK(simple("X->Z->Y X<->Y", "Y", "X") == "sum_{Z} P(Z | X) sum_{X'} P(X') P(Y | X', Z)");
  CHECK(simple("W->Z->X->Y W<->X W<->Y", "Y", "X") == "[sum_{W} P(W) P(X, Y | W, Z)] / [sum_{W} P(W) P(X | W, Z)]");
  CHECK(simple("X->Y X->M->Y M<->Y", "Y", "X") == "P(Y | X)");
  CHECK(simple("A->B->C->D", "D", "B") == "P(D | B)");
  CHECK(simple("Z->X Z->Y X->Y", "Y", "X") == "sum_{Z} P(Y | X, Z) P(Z)");
  CHECK(simple("A->B->C->D B<->D", "D", "A") == "P(D | A)");
}

TEST_CASE("each rule by itself") {
  const Admg admg = admg_of("A->B->C A->C");
  const Symbol a{0, 0}, b{1, 0}, c{2, 0};
  ExpressionPool pool;
  const auto p = [&](SymbolSet vars, SymbolSet given = {}) { return pool.probability(vars, given); };
  CHECK(simplify(pool.sum({b}, p({b, c}, {a})), admg, pool) == p({c}, {a}));
  CHECK(simplify(pool.sum({b, c}, p({b, c}, {a})), admg, pool) == pool.one());
  CHECK(simplify(pool.product({p({c}, {a, b}), p({b}, {a})}), admg, pool) == p({b, c}, {a}));
  CHECK(simplify(pool.fraction(p({b, c}, {a}), p({b}, {a})), admg, pool) == p({c}, {a, b}));
  CHECK(simplify(pool.fraction(pool.product({p({a}), p({c}, {b})}), p({a})), admg, pool) == p({c}, {b}));
  CHECK(simplify(p({c}, {a, b}), admg_of("A->B->C"), pool) == p({c}, {b}));
  CHECK(simplify(pool.sum({a}, pool.product({p({b}), p({c}, {a})})), admg, pool) ==
        pool.product({p({b}), pool.sum({a}, p({c}, {a}))}));
  // A sum over what nothing depends on is a factor and must stay.
  CHECK(simplify(pool.sum({a}, p({b})), admg, pool) == pool.sum({a}, p({b})));
}

TEST_CASE("simplifying keeps the value on random models and never lengthens a formula") {
  int changed = 0, formulas = 0;
  double worst = 0;
  for (std::uint32_t i = 0; i < 400; ++i) {
    RandomStream random(41, RandomDomain::Test, i);
    const int n = 3 + static_cast<int>(random.below(3));
    const Admg admg = test::random_admg(random, n, .5, .3);
    const std::vector<int> order = random.permutation(n);
    EffectQuery query{{order[0]}, {order[1]}};
    if (random.below(2) == 0) query.z = {order[2]};
    ExpressionPool pool;
    const IdResult result = identify(admg, query, pool);
    const auto* yes = std::get_if<Identified>(&result);
    if (yes == nullptr) continue;
    ++formulas;
    const Expression shorter = simplify(yes->expression, admg, pool);
    CHECK(shorter.written_terms() <= yes->expression.written_terms());
    changed += shorter == yes->expression ? 0 : 1;
    CHECK(simplify(shorter, admg, pool) == shorter);
    for (int repeat = 0; repeat < 3; ++repeat) {
      const Factor joint = test::RandomModel(admg, random, 2).joint();
      const Factor before = full_value(yes->expression, joint), after = full_value(shorter, joint);
      worst = std::max(
          worst, max_difference(product(Factor::constant(before.scope(), before.cardinalities(), 1.0), after), before));
    }
  }
  CHECK(worst < 1e-12);
  CHECK(formulas >= 150);
  CHECK(changed >= 70);
}
