// labels: golden
// Published graphs with the exact values of their golden model (support/golden_model.hpp), computed as fractions.
#include <cmath>
#include <string>
#include <variant>

#include "causal/identify/evaluate.hpp"
#include "causal/identify/fixing.hpp"
#include "causal/identify/id.hpp"
#include "causal/identify/print.hpp"
#include "causal/run/error.hpp"
#include "support/arrow_text.hpp"
#include "support/golden_model.hpp"

#include <doctest/doctest.h>

using namespace causal;
using test::admg_of;
using test::nodes_of;

namespace {

struct Golden {
  const char* name;
  const char* graph;
  const char* y;
  const char* x;
  double at_one, at_zero;  ///< P(y = 1 | do(x = 1)), P(y = 1 | do(x = 0))
  const char* context = "";
};

const Golden kEffects[]{
    {"front-door", "X->Z->Y X<->Y", "Y", "X", 298. / 507, 265. / 507},
    {"napkin", "W->Z->X->Y W<->X W<->Y", "Y", "X", 17. / 39, 28. / 39, "Z"},
    {"back-door", "Z->X Z->Y X->Y", "Y", "X", 69. / 169, 126. / 169},
    {"M-bias", "X->Y X<->M M<->Y", "Y", "X", 17. / 39, 28. / 39},
    {"Verma, do C", "A->B->C->D B<->D", "D", "C", 17. / 39, 28. / 39, "A"},
    {"Verma, do A", "A->B->C->D B<->D", "D", "A", 3628. / 6591, 289. / 507},
    {"Verma, do B", "A->B->C->D B<->D", "D", "B", 298. / 507, 265. / 507, "A"},
    {"Shpitser-Pearl 2b", "X->Y X->Z->Y Y<->Z", "Y", "X", 188. / 507, 346. / 507},
    {"Shpitser-Pearl 2d", "X->Y Z->X Z->Y X<->Z", "Y", "X", 70. / 169, 125. / 169},
    {"Shpitser-Pearl 2f", "X->Y X->Z1->Y Z1->Z2->Y X<->Z2 Y<->Z1", "Y", "X", 8234. / 19773, 10843. / 19773},
    {"Tian, Shpitser-Pearl 2g", "Z2->Z1 Z2->X Z2->Z3 X->Z1->Y Z3->Y Z2<->X Z2<->Y X<->Z3 X<->Y", "Y", "X",
     1220474. / 2313441, 1070429. / 2313441},
    {"Tian, page 90", "W1->W2->X W3->W4->X X->Y W1<->X W1<->Y W1<->W3 W3<->W2 W3<->W5 W5<->W4", "Y", "X", 17. / 39,
     28. / 39, "W2 W4"},
    {"Tikka pruning", "x->z4->y z1->x z2->z1 z3->z2 z3->x z5->z1 z5->z4 x<->z2 z3<->z2 z2<->y z4<->y z5<->z4", "y", "x",
     32893. / 59319, 9715. / 19773, "z1 z3"},
    {"Verma 2", "V1->V2->V3->V4->V5 V1<->V3 V2<->V4 V3<->V5", "V5", "V1", 47774. / 85683, 32641. / 59319},
    {"Verma 3", "V1->V2->V3->V4->V5 V1<->V5 V1<->V3 V2<->V4", "V5", "V1", 48239. / 85683, 32996. / 59319},
    {"SARS", "A->E A->T A->S E->C T->C S->I I->C A<->C A<->S E<->T E<->I", "C", "E", 12693872. / 30074733,
     17430415. / 30074733},
    {"mediator", "X->Y X->M->Y M<->Y", "Y", "X", 92. / 169, 6. / 13},
};

Identified identified(const Admg& admg, const EffectQuery& query) {
  const IdResult result = identify(admg, query);
  REQUIRE(std::holds_alternative<Identified>(result));
  return std::get<Identified>(result);
}

Evaluated value_of(const Evaluation& evaluation) {
  REQUIRE(std::holds_alternative<Evaluated>(evaluation));
  return std::get<Evaluated>(evaluation);
}

double slice(Factor value, std::initializer_list<test::Setting> settings) {
  for (const test::Setting& s : settings) {
    if (value.contains(s.node)) value = value.slice(s.node, s.value);
  }
  REQUIRE(value.scope().empty());
  return value.values().front();
}

}  // namespace

TEST_CASE("identified effects have their golden values, by ID and by fixing") {
  for (const Golden& golden : kEffects) {
    CAPTURE(std::string(golden.name));
    const Admg admg = admg_of(golden.graph);
    const NodeSet y = nodes_of(admg, golden.y), x = nodes_of(admg, golden.x);
    const test::GoldenModel model(admg);
    const Identified effect = identified(admg, {y, x});
    CHECK(effect.free_context == nodes_of(admg, golden.context));
    const Evaluated value = value_of(evaluate(effect, model.joint()));
    CHECK(std::abs(slice(value.value, {{y[0], 1}, {x[0], 1}}) - golden.at_one) < 1e-12);
    CHECK(std::abs(slice(value.value, {{y[0], 1}, {x[0], 0}}) - golden.at_zero) < 1e-12);
    CHECK(value.context_spread < 1e-12);

    ExpressionPool pool;
    const Expression by_fixing = fixing_expression(admg, y, fixing_verdict(admg, y, x), pool);
    EvaluateOptions options;
    for (const Symbol s : by_fixing.free()) {
      if (s.node != y[0] && s.node != x[0]) options.context.push_back(s.node);
    }
    const Evaluated second = value_of(evaluate(by_fixing, model.joint(), options));
    CHECK(std::abs(slice(second.value, {{y[0], 1}, {x[0], 1}}) - golden.at_one) < 1e-12);
    CHECK(std::abs(slice(second.value, {{y[0], 1}, {x[0], 0}}) - golden.at_zero) < 1e-12);
    CHECK(second.context_spread < 1e-12);
  }
}

TEST_CASE("the napkin conditions its current distribution, not P") {
  const Admg admg = admg_of("W->Z->X->Y W<->X W<->Y");
  const NodeId x = admg.graph().id("X"), y = admg.graph().id("Y");
  const Identified effect = identified(admg, {{y}, {x}});
  CHECK(to_text(effect.expression, admg.graph().names()) ==
        "[sum_{W} P(W) P(X | W, Z) P(Y | W, X, Z)] / [sum_{W} P(W) P(X | W, Z)]");
  // The tempting P(y | x) differs in the fifth digit only.
  const Factor joint = test::GoldenModel(admg).joint();
  const double naive =
      test::GoldenModel::probability_in(joint, {{y, 1}, {x, 1}}) / test::GoldenModel::probability_in(joint, {{x, 1}});
  CHECK(std::abs(naive - 0.4358835684) < 1e-10);
  CHECK(std::abs(naive - 17. / 39) > 1e-5);
}

TEST_CASE("two outcomes of Shpitser and Pearl's figure 3a") {
  const Admg admg = admg_of("X->Y1 W1->X W2->Y2 W1<->W2 W1<->Y1 W1<->Y2 X<->W2");
  const NodeSet y = nodes_of(admg, "Y1 Y2"), x = nodes_of(admg, "X");
  const Evaluated value = value_of(evaluate(identified(admg, {y, x}), test::GoldenModel(admg).joint()));
  CHECK(std::abs(slice(value.value, {{y[0], 1}, {y[1], 1}, {x[0], 1}}) - .23624246306692) < 1e-12);
}

TEST_CASE("effects that are not identifiable have their published hedges") {
  struct Case {
    const char* name;
    const char* graph;
    const char* outer;
    const char* inner;
  };
  const Case cases[]{{"bow", "X->Y X<->Y", "X Y", "Y"},
                     {"instrument", "Z->X->Y X<->Y", "X Y", "Y"},
                     {"1b", "X->Z->Y X<->Z", "X Z", "Z"},
                     {"1c", "X->Z->Y X<->Z X->Y", "X Z", "Z"},
                     {"1d", "X->Y Z->Y X<->Z Z<->Y", "X Y Z", "Y Z"},
                     {"1e", "Z->X->Y X<->Z Z<->Y", "X Y Z", "Y"},
                     {"1f", "X->Z->Y X<->Y Z<->Y", "X Y Z", "Y Z"},
                     {"1g", "X->Z1->Y Z2->Y X<->Z2 Z1<->Z2", "X Z1 Z2", "Z1 Z2"},
                     {"1h", "Z->X->W->Y X<->Z X<->Y W<->Z Y<->Z", "W X Z", "W"},
                     {"z-identification 1", "Z->X->Y Z<->X Z<->Y", "X Y Z", "Y"},
                     {"z-identification 2", "Z->X->Y X<->Y Z<->Y", "X Y", "Y"},
                     {"napkin variant", "W->Z->X->Y Z->Y X<->Y X<->W", "X Y", "Y"}};
  for (const Case& c : cases) {
    CAPTURE(std::string(c.name));
    const Admg admg = admg_of(c.graph);
    const NodeSet y = nodes_of(admg, "Y"), x = nodes_of(admg, "X");
    const IdResult result = identify(admg, {y, x});
    REQUIRE(std::holds_alternative<NotIdentifiable>(result));
    const Hedge& hedge = std::get<NotIdentifiable>(result).hedge;
    CHECK(is_hedge(admg, x, y, hedge));
    CHECK(is_hedge(admg, x, y, {nodes_of(admg, c.outer), nodes_of(admg, c.inner)}));
    if (std::string(c.name) != "z-identification 2") {
      CHECK(hedge == Hedge{nodes_of(admg, c.outer), nodes_of(admg, c.inner)});
    }
    CHECK_FALSE(fixing_verdict(admg, y, x).identified());
  }
}

TEST_CASE("effects of two variables together") {
  const Admg p119 = admg_of("X1->Z X1->Y X1->X2 Z->X2 X2->Y X1<->Z Z<->Y");
  CHECK(identified(p119, {nodes_of(p119, "Y"), nodes_of(p119, "X1 X2")}).free_context.empty());
  const Admg p125 = admg_of("Z1->X1->X2->Y Z2->Y Z1<->Z2 Z1<->X2 Z2<->X2");
  CHECK(identified(p125, {nodes_of(p125, "Y"), nodes_of(p125, "X1 X2")}).free_context == nodes_of(p125, "Z1"));
  for (const Admg& admg : {p119, p125}) {
    const NodeSet y = nodes_of(admg, "Y"), x = nodes_of(admg, "X1 X2");
    const test::GoldenModel model(admg);
    const Evaluated value = value_of(evaluate(identified(admg, {y, x}), model.joint()));
    for (const int a : {0, 1}) {
      for (const int b : {0, 1}) {
        const double truth = model.probability({{y[0], 1}}, {{x[0], a}, {x[1], b}});
        CHECK(std::abs(slice(value.value, {{y[0], 1}, {x[0], a}, {x[1], b}}) - truth) < 1e-12);
      }
    }
  }
}

TEST_CASE("the derivation says which line was applied to which sets") {
  const Admg admg = admg_of("X->Z->Y X<->Y");
  const Identified effect = identified(admg, {nodes_of(admg, "Y"), nodes_of(admg, "X")});
  const std::vector<std::string> lines = derivation_text(effect.derivation, admg.graph().names());
  REQUIRE(lines.size() > 3);
  CHECK(lines.front() == "line 4: P(Y | do(X)) splits into the districts {Y} {Z}");
  CHECK(to_text(effect.expression, admg.graph().names()) == "sum_{Z} P(Z | X) sum_{X'} P(X') P(Y | X', Z)");
  const IdResult failure = identify(admg_of("X->Y X<->Y"), {{1}, {0}});
  CHECK(std::get<NotIdentifiable>(failure).derivation.back().line == 5);
  CHECK(std::get<Identified>(identify(admg, {{1}, {0}}, {.derivation = false})).derivation.empty());
}

TEST_CASE("an effect of nothing is a marginal, and of a non-cause the marginal too") {
  const Admg admg = admg_of("X->Y");
  CHECK(to_text(identified(admg, {nodes_of(admg, "Y")}).expression, admg.graph().names()) == "P(Y)");
  CHECK(to_text(identified(admg, {nodes_of(admg, "X"), nodes_of(admg, "Y")}).expression, admg.graph().names()) ==
        "P(X)");
}

TEST_CASE("queries that make no sense are refused by name") {
  const Admg admg = admg_of("X->Z->Y X<->Y");
  CHECK_THROWS_AS(static_cast<void>(identify(admg, {{}, {0}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(identify(admg, {{1}, {1}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(identify(admg, {{1}, {7}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(identify(admg, {{1, 1}, {0}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(identify(admg, {{1}, {0}, {0}})), InvalidArgument);
  CHECK_THROWS_WITH(static_cast<void>(identify(admg, {{1}, {-1}})), doctest::Contains("hold nodes of the graph"));
}
