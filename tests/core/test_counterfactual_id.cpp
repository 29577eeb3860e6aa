// labels: golden oracle
#include <cmath>
#include <string>
#include <variant>

#include "causal/identify/counterfactual_id.hpp"
#include "causal/identify/hedge.hpp"
#include "causal/identify/id.hpp"
#include "causal/identify/print.hpp"
#include "causal/run/error.hpp"
#include "support/arrow_text.hpp"
#include "support/functional_model.hpp"
#include "support/golden_model.hpp"
#include "support/small_admgs.hpp"

#include <doctest/doctest.h>

using namespace causal;
using test::admg_of;

namespace {

double value_of(const CounterfactualIdentified& identified, const Factor& joint) {
  const Evaluation evaluation = evaluate(identified, joint);
  REQUIRE(std::holds_alternative<Evaluated>(evaluation));
  CHECK(std::get<Evaluated>(evaluation).context_spread < 1e-9);
  REQUIRE(std::get<Evaluated>(evaluation).value.scope().empty());
  return std::get<Evaluated>(evaluation).value.values()[0];
}

double value_of(const Admg& admg, const CounterfactualQuery& query) {
  const CounterfactualResult result = identify_counterfactual(admg, query);
  REQUIRE(std::holds_alternative<CounterfactualIdentified>(result));
  return value_of(std::get<CounterfactualIdentified>(result), test::GoldenModel(admg).joint());
}

bool refused(const Admg& admg, const CounterfactualQuery& query) {
  return std::holds_alternative<CounterfactualNotIdentifiable>(identify_counterfactual(admg, query));
}

// Everything but the district, which the hedge of a failed factor is about.
NodeSet rest_of(const Admg& admg, const NodeSet& district) {
  NodeSet rest;
  for (NodeId v = 0; v < admg.n(); ++v) {
    if (!std::binary_search(district.begin(), district.end(), v)) rest.push_back(v);
  }
  return rest;
}

CounterfactualEvent random_event(RandomStream& random, int n) {
  CounterfactualEvent event{
      static_cast<NodeId>(random.below(static_cast<std::uint64_t>(n))), static_cast<int>(random.below(2)), {}};
  const int actions = static_cast<int>(random.below(3));
  for (const int v : random.choice(n, std::min(actions, n))) {
    event.action.emplace_back(v, static_cast<int>(random.below(2)));
  }
  return event;
}

}  // namespace

TEST_CASE("events of Shpitser and Pearl's figure 9a have their golden value") {
  const Admg admg = admg_of("X->W->Y D->Z->Y X<->Y");
  const NodeId x = admg.graph().id("X"), y = admg.graph().id("Y"), z = admg.graph().id("Z"), d = admg.graph().id("D"),
               w = admg.graph().id("W");
  const CounterfactualEvent asked{y, 1, {{x, 0}}};
  const std::vector<CounterfactualEvent> facts{{x, 1, {}}, {z, 0, {{d, 0}}}, {d, 0, {}}};
  std::vector<CounterfactualEvent> all{asked};
  all.insert(all.end(), facts.begin(), facts.end());
  CHECK(std::abs(value_of(admg, {all}) - .028354964946821) < 1e-12);
  CHECK(std::abs(value_of(admg, {{asked}, facts}) - .486686390532544) < 1e-12);
  const Admg direct = admg_of("X->W->Y D->Z->Y X<->Y X->Y");
  CHECK(refused(direct, {all}));
  all.push_back({w, 0, {}});
  CHECK(refused(admg, {all}));
}

TEST_CASE(
    "probabilities of necessity and of both outcomes are not identifiable, effects of treatment on the treated may "
    "be") {
  const Admg arrow = admg_of("X->Y"), chain = admg_of("X->Z->Y"), bow = admg_of("X->Y X<->Y");
  CHECK(refused(arrow, {{{1, 0, {{0, 0}}}, {1, 1, {{0, 1}}}}}));
  CHECK(refused(arrow, {{{1, 0, {{0, 0}}}}, {{0, 1, {}}, {1, 1, {}}}}));
  const NodeId x = chain.graph().id("X"), y = chain.graph().id("Y");
  CHECK(refused(chain, {{{y, 0, {{x, 0}}}}, {{x, 1, {}}, {y, 1, {}}}}));
  const CounterfactualResult etb = identify_counterfactual(bow, {{{1, 1, {{0, 1}}}}, {{0, 0, {}}}});
  REQUIRE(std::holds_alternative<CounterfactualNotIdentifiable>(etb));
  CHECK(std::get<CounterfactualNotIdentifiable>(etb).inconsistent == 0);

  const Admg front = admg_of("X->Z->Y X<->Y"), back = admg_of("Z->X Z->Y X->Y");
  for (const auto& [admg, expected] : {std::pair{front, .588560157790927}, {back, .400194741966894}}) {
    const NodeId cause = admg.graph().id("X"), effect = admg.graph().id("Y");
    CHECK(std::abs(value_of(admg, {{{effect, 1, {{cause, 1}}}}, {{cause, 0, {}}}}) - expected) < 1e-12);
  }
}

TEST_CASE("a hidden cause between worlds is found out") {
  const Admg admg = admg_of("E->S->T->W E->W E<->T S<->W");
  const NodeId e = admg.graph().id("E"), t = admg.graph().id("T"), w = admg.graph().id("W");
  CHECK(refused(admg, {{{w, 0, {{e, 0}, {t, 0}}}, {t, 0, {}}}}));
}

TEST_CASE("what is set has the value it is set to, and no other") {
  const Admg admg = admg_of("X->Y");
  const auto one = identify_counterfactual(admg, {{{0, 1, {{0, 1}}}}});
  CHECK(std::get<CounterfactualIdentified>(one).expression.is(ExpressionKind::One));
  const auto zero = identify_counterfactual(admg, {{{0, 0, {{0, 1}}}}});
  CHECK(std::get<CounterfactualIdentified>(zero).expression.is(ExpressionKind::Zero));
  CHECK(value_of(std::get<CounterfactualIdentified>(zero), test::GoldenModel(admg).joint()) == 0);
  const auto two_values = identify_counterfactual(admg, {{{1, 0, {}}, {1, 1, {}}}});
  CHECK(std::get<CounterfactualIdentified>(two_values).expression.is(ExpressionKind::Zero));
  // Had X been what it was, Y would have been what it was.
  const auto composed = identify_counterfactual(admg, {{{0, 1, {}}, {1, 0, {}}, {1, 1, {{0, 1}}}}});
  CHECK(std::get<CounterfactualIdentified>(composed).expression.is(ExpressionKind::Zero));
  CHECK(std::holds_alternative<ImpossibleEvidence>(
      identify_counterfactual(admg, {{{1, 0, {}}}, {{0, 0, {}}, {0, 1, {}}}})));
}

TEST_CASE("factors that are inconsistent above and below the line cancel only when they are the same") {
  const Admg admg = admg_of("A<->B B<->D C->D D->A D->B");
  const CounterfactualEvent had_d{1, 0, {{3, 0}}}, a{0, 0, {}};
  CHECK(refused(admg, {{{1, 0, {}}}, {a, had_d}}));
  const auto same = identify_counterfactual(admg, {{a}, {a, had_d}});
  CHECK(std::get<CounterfactualIdentified>(same).expression.is(ExpressionKind::One));
}

TEST_CASE("formulas show values") {
  const Admg admg = admg_of("X->Y");
  const auto result = identify_counterfactual(admg, {{{1, 1, {{0, 1}}}}, {{0, 0, {}}}});
  const auto& identified = std::get<CounterfactualIdentified>(result);
  CHECK(to_text(identified.expression, admg.graph().names(),
                {.constants = constant_texts(identified, admg.graph().names())}) == "P(Y=1 | X=1)");
}

TEST_CASE("identified counterfactuals are exact against enumeration of functional models") {
  int identified = 0, conditional = 0, zero = 0, inconsistent = 0, hedges = 0;
  double worst = 0;
  for (std::uint32_t i = 0; i < 1500; ++i) {
    RandomStream random(21, RandomDomain::Test, i);
    const int n = 3 + static_cast<int>(random.below(2));
    const Admg admg = test::random_admg(random, n, .5, n == 3 ? .4 : .25);
    const test::FunctionalModel model(admg, random);
    const Factor joint = model.joint();
    for (int repeat = 0; repeat < 2; ++repeat) {
      CounterfactualQuery query;
      for (std::uint64_t k = 1 + random.below(3); k > 0; --k) query.event.push_back(random_event(random, n));
      for (std::uint64_t k = random.below(3); k > 0; --k) query.evidence.push_back(random_event(random, n));
      std::vector<CounterfactualEvent> all = query.event;
      all.insert(all.end(), query.evidence.begin(), query.evidence.end());
      const CounterfactualResult result = identify_counterfactual(admg, query);
      const double evidence = query.evidence.empty() ? 1 : model.probability(query.evidence);
      if (std::holds_alternative<ImpossibleEvidence>(result)) {
        CHECK(evidence == 0);
      } else if (const auto* no = std::get_if<CounterfactualNotIdentifiable>(&result)) {
        CHECK(no->inconsistent.has_value() != no->hedge.has_value());
        no->hedge ? ++hedges : ++inconsistent;
        if (no->hedge) CHECK(is_hedge(admg, rest_of(admg, no->district), no->district, *no->hedge));
      } else {
        const auto& yes = std::get<CounterfactualIdentified>(result);
        ++identified;
        conditional += query.evidence.empty() ? 0 : 1;
        zero += yes.expression.is(ExpressionKind::Zero) ? 1 : 0;
        if (evidence > 0) worst = std::max(worst, std::abs(value_of(yes, joint) - model.probability(all) / evidence));
      }
    }
  }
  CHECK(worst < 1e-12);
  CHECK(identified >= 1000);
  CHECK(conditional >= 500);
  CHECK(zero > 100);
  CHECK(inconsistent > 100);
  CHECK(hedges > 10);
}

TEST_CASE("in a single world the verdict is that of ID and IDC") {
  int identified = 0, refusals = 0, disagree = 0;
  for (std::uint32_t i = 0; i < 1500; ++i) {
    RandomStream random(22, RandomDomain::Test, i);
    const int n = 3 + static_cast<int>(random.below(3));
    const Admg admg = test::random_admg(random, n, .5, .3);
    const std::vector<int> order = random.permutation(n);
    EffectQuery effect{{order[0]}, {order[1]}};
    const std::vector<std::pair<NodeId, int>> action{{order[1], 1}};
    CounterfactualQuery query{{{order[0], 1, action}}};
    for (std::size_t k = 2 + random.below(static_cast<std::uint64_t>(n) - 1); k < order.size(); ++k) {
      effect.z.push_back(order[k]);
      query.evidence.push_back({order[k], 1, action});
    }
    const bool by_id = std::holds_alternative<Identified>(identify(admg, effect));
    const bool by_worlds = std::holds_alternative<CounterfactualIdentified>(identify_counterfactual(admg, query));
    disagree += by_id != by_worlds ? 1 : 0;
    ++(by_id ? identified : refusals);
  }
  CHECK(disagree == 0);
  CHECK(identified > 300);
  CHECK(refusals > 100);
}

TEST_CASE("counterfactual queries that make no sense are refused") {
  const Admg admg = admg_of("X->Y");
  CHECK_THROWS_AS(static_cast<void>(identify_counterfactual(admg, {})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(identify_counterfactual(admg, {{{5, 0, {}}}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(identify_counterfactual(admg, {{{1, 0, {{0, 1}, {0, 0}}}}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(identify_counterfactual(admg, {{{1, 0, {{9, 1}}}}})), InvalidArgument);
}
