// labels: oracle
// Formulas against the truth of explicit latent models, and what happens where probabilities are zero.
#include <algorithm>
#include <cmath>
#include <variant>

#include "causal/identify/evaluate.hpp"
#include "causal/identify/fixing.hpp"
#include "causal/identify/network_source.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "support/arrow_text.hpp"
#include "support/random_model.hpp"
#include "support/small_admgs.hpp"

#include <doctest/doctest.h>

using namespace causal;
using test::admg_of;
using test::nodes_of;

namespace {

// Disjoint random sets: y one or two nodes, x one or two, z as many as asked for, if there are that many.
EffectQuery random_query(RandomStream& random, int n, int z_size) {
  const std::vector<int> order = random.permutation(n);
  EffectQuery query;
  const auto y_size = 1 + random.below(2), x_size = 1 + random.below(2);
  for (std::size_t i = 0; i < order.size(); ++i) {
    NodeSet* const set = i < y_size                                               ? &query.y
                         : i < y_size + x_size                                    ? &query.x
                         : i < y_size + x_size + static_cast<std::size_t>(z_size) ? &query.z
                                                                                  : nullptr;
    if (set != nullptr) set->push_back(order[i]);
  }
  for (NodeSet* set : {&query.y, &query.x, &query.z}) std::sort(set->begin(), set->end());
  return query;
}

// P(y | do x, z) in the order of nodes, from the truth.
double worst_error(const test::RandomModel& model, const EffectQuery& query, const Factor& value) {
  double worst = 0;
  std::vector<VariableId> given(query.x.begin(), query.x.end());
  const Factor settings = Factor::constant(given, model.cardinalities(query.x), 1.0);
  for (std::size_t cell = 0; cell < settings.size(); ++cell) {
    std::vector<test::Setting> action;
    Factor part = value;
    const std::vector<int> values = settings.assignment(cell);
    for (std::size_t i = 0; i < query.x.size(); ++i) {
      action.push_back({query.x[i], values[i]});
      if (part.contains(query.x[i])) part = part.slice(query.x[i], values[i]);
    }
    std::vector<VariableId> keep(query.y.begin(), query.y.end());
    keep.insert(keep.end(), query.z.begin(), query.z.end());
    const Factor joint = model.joint(action).marginal(keep);
    const Factor truth = quotient(joint, joint.sum_out(query.y)).value;
    // What the formula does not mention it does not depend on.
    part = product(Factor::constant(truth.scope(), truth.cardinalities(), 1.0), part);
    worst = std::max(worst, max_difference(part, truth));
  }
  return worst;
}

Evaluated value_of(const Evaluation& evaluation) {
  REQUIRE(std::holds_alternative<Evaluated>(evaluation));
  return std::get<Evaluated>(evaluation);
}

}  // namespace

TEST_CASE("what ID and IDC identify is the truth of random models with explicit latents") {
  int identified = 0, refused = 0, conditional = 0;
  for (std::uint32_t i = 0; i < 700; ++i) {
    RandomStream random(7, RandomDomain::Test, i);
    const int n = 3 + static_cast<int>(random.below(3));
    const Admg admg = test::random_admg(random, n, .5, .3);
    const EffectQuery query = random_query(random, n, static_cast<int>(random.below(3)));
    const IdResult result = identify(admg, query);
    if (const auto* no = std::get_if<NotIdentifiable>(&result)) {
      ++refused;
      CHECK(is_hedge(admg, no->x, no->y, no->hedge));
      continue;
    }
    ++identified;
    conditional += query.z.empty() ? 0 : 1;
    const test::RandomModel model(admg, random, 2 + static_cast<int>(random.below(2)));
    const Evaluated value = value_of(evaluate(std::get<Identified>(result), model.joint()));
    CHECK(worst_error(model, query, value.value) < 1e-10);
    CHECK(value.context_spread < 1e-9);
  }
  CHECK(identified >= 300);
  CHECK(refused >= 100);
  CHECK(conditional >= 100);
}

TEST_CASE("formulas by fixing have the value of those by ID") {
  int compared = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    RandomStream random(8, RandomDomain::Test, i);
    const int n = 3 + static_cast<int>(random.below(2));
    const Admg admg = test::random_admg(random, n, .5, .3);
    const EffectQuery query = random_query(random, n, 0);
    const FixingResult fixing = fixing_verdict(admg, query.y, query.x);
    CHECK(fixing.identified() == std::holds_alternative<Identified>(identify(admg, query)));
    if (!fixing.identified()) continue;
    ++compared;
    const test::RandomModel model(admg, random, 2);
    ExpressionPool pool;
    const Expression formula = fixing_expression(admg, query.y, fixing, pool);
    EvaluateOptions options;
    for (const Symbol s : formula.free()) {
      const auto in = [&](const NodeSet& set) { return std::binary_search(set.begin(), set.end(), s.node); };
      if (!in(query.y) && !in(query.x)) options.context.push_back(s.node);
    }
    CHECK(worst_error(model, query, value_of(evaluate(formula, model.joint(), options)).value) < 1e-10);
  }
  CHECK(compared >= 80);
}

TEST_CASE("smoking, tar and cancer: the front-door formula on the published table") {
  // P(s, t, c), s slowest: Jacobs, Kissinger and Zanasi, "Causal inference by string diagram surgery", 2019.
  const Factor joint({1, 2, 0}, {2, 2, 2}, {.20, .02, .05, .10, .02, .01, .10, .50});
  const Admg admg = admg_of("S->T->C S<->C");
  const Evaluated value = value_of(evaluate(std::get<Identified>(identify(admg, {{0}, {1}})), joint));
  CHECK(std::abs(value.value.slice(1, 1).slice(0, 1).values()[0] - .7465223665223665) < 1e-12);
  CHECK(std::abs(value.value.slice(1, 0).slice(0, 1).values()[0] - .4577027027027027) < 1e-12);
}

TEST_CASE("a zero that is needed is listed, one that is not does no harm") {
  const Admg admg = admg_of("X->Y Z->X Z->Y");
  const NodeId x = admg.graph().id("X"), y = admg.graph().id("Y"), z = admg.graph().id("Z");
  const Identified effect = std::get<Identified>(identify(admg, {{y}, {x}}));
  // Z = 1 never comes with X = 1, though it happens.
  const Factor joint({z, x, y}, {2, 2, 2}, {.1, .2, .1, .1, .2, .3, 0, 0});
  const Evaluation strict = evaluate(effect, joint);
  REQUIRE(std::holds_alternative<ZeroSupport>(strict));
  const ZeroSupport& zero = std::get<ZeroSupport>(strict);
  REQUIRE(zero.cells.size() == 1);
  CHECK(zero.cells[0].assignment == std::vector<std::pair<Symbol, int>>{{{x, 0}, 1}, {{z, 0}, 1}});
  CHECK(zero.undefined.size() == 2);
  // do(X = 0) needs no impossible event.
  const Evaluated partial = value_of(evaluate(effect, joint, {.partial = true}));
  CHECK(partial.undefined == zero.undefined);
  CHECK(std::abs(partial.value.slice(x, 0).slice(y, 1).values()[0] - (.5 * .2 / .3 + .5 * .3 / .5)) < 1e-15);
  const Evaluated fixed = value_of(evaluate(effect, joint, {.fixed = {{{x, 0}, 0}}}));
  CHECK(fixed.value.scope() == std::vector<VariableId>{y});
  // Z = 1 never happens at all: its conditional has weight zero.
  const Factor never({z, x, y}, {2, 2, 2}, {.1, .2, .3, .4, 0, 0, 0, 0});
  const Evaluated value = value_of(evaluate(effect, never));
  CHECK(std::abs(value.value.slice(x, 1).slice(y, 1).values()[0] - .4 / .7) < 1e-15);
}

TEST_CASE("a zero met at a constant is listed with it, in the symbols of the caller") {
  ExpressionPool pool;
  const Symbol x{0, 0}, other{0, 1}, y{1, 0};
  const Factor joint({0, 1}, {2, 2}, {.5, .5, 0, 0});
  const Expression formula = pool.product({pool.probability({y}, {other}), pool.sum({x}, pool.probability({x}))});
  const Evaluation zero = evaluate(formula, joint, {.fixed = {{other, 1}}});
  REQUIRE(std::holds_alternative<ZeroSupport>(zero));
  const ZeroSupport& support = std::get<ZeroSupport>(zero);
  REQUIRE(support.cells.size() == 1);
  CHECK(support.cells[0].term == pool.probability({y}, {other}));
  CHECK(support.cells[0].assignment == std::vector<std::pair<Symbol, int>>{{other, 1}});
  CHECK(value_of(evaluate(formula, joint, {.fixed = {{other, 0}}})).value.values()[0] == doctest::Approx(.5));
}

TEST_CASE("a Bayesian network answers without its joint table, experiments too") {
  const Admg admg = admg_of("W->Z->X->Y W<->X W<->Y");
  const test::GoldenModel model(admg);
  const Dag& dag = model.structure().dag;
  std::vector<DiscreteVariable> variables;
  std::vector<Factor> tables;
  for (NodeId v = 0; v < dag.n(); ++v) {
    variables.push_back({dag.graph().name(v), {"0", "1"}});
    std::vector<VariableId> scope(dag.parents(v).begin(), dag.parents(v).end());
    scope.push_back(v);
    tables.push_back(model.mechanism(v).permuted(scope));
  }
  const BayesianNetwork network(dag, variables, tables);
  const NodeSet y = nodes_of(admg, "Y"), x = nodes_of(admg, "X"), z = nodes_of(admg, "Z");
  const Identified effect = std::get<Identified>(identify(admg, {y, x}));
  const ProbabilitySource source = network_source(network, admg.graph().names());
  const Evaluated value = value_of(evaluate(effect, source));
  CHECK(max_difference(value.value, value_of(evaluate(effect, model.joint())).value) < 1e-12);
  ExpressionPool pool;
  const Expression experiment = pool.probability(symbols_of(y), {}, symbols_of(x));
  const Factor under = value_of(evaluate(experiment, source)).value;
  CHECK(std::abs(under.slice(x[0], 1).slice(y[0], 1).values()[0] - 17. / 39) < 1e-12);
  CHECK_THROWS_AS(static_cast<void>(evaluate(pool.probability(symbols_of(z), {}, {}, 1), source)), InvalidArgument);
}

TEST_CASE("the spread over a free context speaks against a wrong graph") {
  RandomStream random(9, RandomDomain::Test);
  const Admg napkin = admg_of("W->Z->X->Y W<->X W<->Y");
  const Identified effect = std::get<Identified>(identify(napkin, {nodes_of(napkin, "Y"), nodes_of(napkin, "X")}));
  const test::RandomModel right(napkin, random, 2), wrong(admg_of("W->Z->X->Y W<->X W<->Y Z->Y X<->Y"), random, 2);
  CHECK(value_of(evaluate(effect, right.joint())).context_spread < 1e-12);
  CHECK(value_of(evaluate(effect, wrong.joint())).context_spread > 1e-3);
  CHECK(value_of(evaluate(effect, right.joint())).context.size() == 1);
}

TEST_CASE("data are their empirical distribution") {
  Eigen::MatrixXd rows(6, 3);
  rows << 0, 0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1;
  std::vector<Column> columns;
  for (const char* name : {"Y", "X", "other"}) columns.push_back({name, VariableType::Binary, {"no", "yes"}});
  const Dataset data(rows, columns);
  const Admg admg = admg_of("X->Y");
  const std::vector<std::string> names = admg.graph().names();
  const Identified effect = std::get<Identified>(identify(admg, {nodes_of(admg, "Y"), nodes_of(admg, "X")}));
  const Evaluated value = value_of(evaluate(effect, data_source(data, names)));
  CHECK(value.value.cardinalities() == std::vector<int>{2, 2});
  CHECK(std::abs(value.value.slice(0, 1).slice(1, 1).values()[0] - 2. / 3) < 1e-15);
  const std::vector<std::string> unknown{"X", "Q"};
  CHECK_THROWS_AS(static_cast<void>(evaluate(effect, data_source(data, unknown))), InvalidArgument);
}

TEST_CASE("budgets and wrong calls") {
  const Admg admg = admg_of("Z->X Z->Y X->Y");
  const Identified effect = std::get<Identified>(identify(admg, {nodes_of(admg, "Y"), nodes_of(admg, "X")}));
  RandomStream random(10, RandomDomain::Test);
  const Factor joint = test::RandomModel(admg, random, 3).joint();
  const Evaluation refused = evaluate(effect, joint, {.max_cells = 8});
  REQUIRE(std::holds_alternative<EvaluationRefused>(refused));
  CHECK(std::get<EvaluationRefused>(refused).cells > 8);
  CHECK_THROWS_AS(static_cast<void>(evaluate(effect, joint, {.fixed = {{{0, 0}, 3}}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(evaluate(effect.expression, joint, {.context = {2}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(evaluate(effect, Factor({0, 1}, {2, 2}, {.25, .25, .25, .25}))), InvalidArgument);
  ExpressionPool pool;
  CHECK_THROWS_AS(static_cast<void>(evaluate(pool.probability({{0, 1}}), joint)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(evaluate(pool.probability({{0, 0}}, {}, {{1, 0}}), joint)), InvalidArgument);
  // A sum over a variable that the body does not mention counts its values.
  CHECK(value_of(evaluate(pool.sum({{1, 0}}, pool.probability({{0, 0}})), joint)).value.total() == doctest::Approx(3));
}
