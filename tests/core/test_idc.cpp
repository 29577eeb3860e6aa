// labels: golden
// Conditional effects.
#include <cmath>
#include <variant>

#include "causal/identify/evaluate.hpp"
#include "causal/identify/print.hpp"
#include "support/arrow_text.hpp"
#include "support/golden_model.hpp"

#include <doctest/doctest.h>

using namespace causal;
using test::admg_of;
using test::nodes_of;

TEST_CASE("conditional effects are identified and have the value of the golden model") {
  const Admg admg = admg_of("A->X A->Z A->B X->Z->Y B->Y X<->A A<->Y X<->Y X<->B");
  const NodeSet y = nodes_of(admg, "Y"), x = nodes_of(admg, "X");
  const test::GoldenModel model(admg);
  for (const char* given : {"A", "A B", "A B Z"}) {
    const NodeSet z = nodes_of(admg, given);
    const IdResult result = identify(admg, {y, x, z});
    REQUIRE(std::holds_alternative<Identified>(result));
    const Evaluation evaluation = evaluate(std::get<Identified>(result), model.joint());
    REQUIRE(std::holds_alternative<Evaluated>(evaluation));
    const Factor& value = std::get<Evaluated>(evaluation).value;
    for (std::size_t cell = 0; cell < value.size(); ++cell) {
      const std::vector<int> at = value.assignment(cell);
      std::vector<test::Setting> action, evidence, event;
      for (std::size_t i = 0; i < at.size(); ++i) {
        const test::Setting setting{value.scope()[i], at[i]};
        if (setting.node == x[0]) {
          action.push_back(setting);
          continue;
        }
        event.push_back(setting);
        if (setting.node != y[0]) evidence.push_back(setting);
      }
      if (action.empty()) action.push_back({x[0], 1});  // the formula found that x does not matter
      const double truth = model.probability(event, action) / model.probability(evidence, action);
      CHECK(std::abs(value.values()[cell] - truth) < 1e-12);
    }
  }
}

TEST_CASE("observations become actions where rule 2 allows, and hedges are those of the query that is left") {
  const Admg chain = admg_of("X->Z->Y Z<->X");
  const IdResult result = identify(chain, {nodes_of(chain, "Y"), nodes_of(chain, "X Z")});
  REQUIRE(std::holds_alternative<Identified>(result));
  CHECK(to_text(std::get<Identified>(result).expression, chain.graph().names()) == "P(Y | X, Z)");

  const Admg confounded = admg_of("X->Z->Y Y<->Z Z<->X");
  const NodeSet y = nodes_of(confounded, "Y"), x = nodes_of(confounded, "X Z");
  const IdResult none = identify(confounded, {y, x});
  REQUIRE(std::holds_alternative<NotIdentifiable>(none));
  CHECK(is_hedge(confounded, x, y, std::get<NotIdentifiable>(none).hedge));

  const Admg back_door = admg_of("Z->X->Y");
  const IdResult exchanged =
      identify(back_door, {nodes_of(back_door, "Y"), nodes_of(back_door, "Z"), nodes_of(back_door, "X")});
  CHECK(std::get<Identified>(exchanged).derivation.front().line == 0);
  CHECK(derivation_text(std::get<Identified>(exchanged).derivation, back_door.graph().names()).front() ==
        "rule 2: observing {X} is as good as setting it, given the rest");

  const Admg collider = admg_of("X->Z X<->Z Y->Z");
  const IdResult failed =
      identify(collider, {nodes_of(collider, "Y"), nodes_of(collider, "X"), nodes_of(collider, "Z")});
  REQUIRE(std::holds_alternative<NotIdentifiable>(failed));
  const NotIdentifiable& witness = std::get<NotIdentifiable>(failed);
  CHECK(witness.y == nodes_of(collider, "Y Z"));
  CHECK(is_hedge(collider, witness.x, witness.y, witness.hedge));
}
