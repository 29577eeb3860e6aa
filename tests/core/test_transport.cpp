// labels: golden oracle
#include <algorithm>
#include <cmath>
#include <variant>

#include "causal/identify/do_calculus.hpp"
#include "causal/identify/evaluate.hpp"
#include "causal/identify/print.hpp"
#include "causal/identify/transport.hpp"
#include "causal/run/error.hpp"
#include "support/arrow_text.hpp"
#include "support/random_model.hpp"
#include "support/small_admgs.hpp"

#include <doctest/doctest.h>

using namespace causal;
using test::admg_of;
using test::nodes_of;

namespace {

std::string formula(const Admg& admg, const EffectQuery& query, const std::vector<TransportSource>& sources) {
  const TransportResult result = identify_from_sources(admg, query, sources);
  REQUIRE(std::holds_alternative<Identified>(result));
  return to_text(std::get<Identified>(result).expression, admg.graph().names());
}

Factor truth_of(const test::RandomModel& model, const EffectQuery& query) {
  std::vector<VariableId> keep(query.y.begin(), query.y.end());
  keep.insert(keep.end(), query.x.begin(), query.x.end());
  keep.insert(keep.end(), query.z.begin(), query.z.end());
  const Factor joint = model.experiment(query.x).marginal(keep);
  return quotient(joint, joint.sum_out(query.y)).value;
}

NodeSet random_subset(RandomStream& random, int n, double share) {
  NodeSet set;
  for (NodeId v = 0; v < n; ++v) {
    if (random.uniform() < share) set.push_back(v);
  }
  return set;
}

}  // namespace

TEST_CASE("an experiment on another variable may identify what observation does not") {
  const Admg first = admg_of("Z->X->Y Z<->X Z<->Y"), second = admg_of("Z->X->Y X<->Y Z<->Y");
  const EffectQuery query{nodes_of(first, "Y"), nodes_of(first, "X")};
  const TransportSource observed, experiment{.experiment = nodes_of(first, "Z")};
  CHECK(std::holds_alternative<NotTransportable>(identify_from_sources(first, query, {observed})));
  CHECK(formula(first, query, {observed, experiment}) == "P(Y | X; do(Z))");
  const TransportResult no = identify_from_sources(second, query, {observed, experiment});
  REQUIRE(std::holds_alternative<NotTransportable>(no));
  const NotTransportable& witness = std::get<NotTransportable>(no);
  REQUIRE(witness.failures.size() == 2);
  CHECK(failure_text(witness.failures[1], 1, second.graph().names()) == "source 2: hedge {X, Y}, {Y}");
}

TEST_CASE("the trial elsewhere is reweighted by the covariate here") {
  // Pearl and Bareinboim: Z differs, the trial of the other population sets X.
  const Admg admg = admg_of("Z->Y X->Y Z->X");
  const NodeSet z = nodes_of(admg, "Z");
  const EffectQuery query{nodes_of(admg, "Y"), nodes_of(admg, "X")};
  const TransportSource here{.domain = 0, .measured = z};
  const TransportSource trial{.domain = 1, .experiment = query.x, .differs = z};
  CHECK(formula(admg, query, {here, trial}) == "sum_{Z} P_1(Y | Z; do(X)) P(Z)");
  const TransportResult no = identify_from_sources(admg, query, {trial});
  REQUIRE(std::holds_alternative<NotTransportable>(no));
  CHECK(std::get<NotTransportable>(no).failures[0].reason == SourceFailure::Reason::Differs);
  const TransportResult unmeasured = identify_from_sources(admg, query, {here});
  CHECK(std::get<NotTransportable>(unmeasured).failures[0].reason == SourceFailure::Reason::Unmeasured);
}

TEST_CASE("with the observed distribution alone the verdict is that of ID, on every graph of three nodes") {
  int disagree = 0, queries = 0;
  test::for_each_admg(3, [&](const Admg& admg) {
    for (NodeId x = 0; x < 3; ++x) {
      for (NodeId y = 0; y < 3; ++y) {
        if (x == y) continue;
        ++queries;
        const bool one = std::holds_alternative<Identified>(identify(admg, {{y}, {x}}));
        const bool other = std::holds_alternative<Identified>(identify_from_sources(admg, {{y}, {x}}, {{}}));
        disagree += one != other ? 1 : 0;
      }
    }
  });
  CHECK(queries == 384);
  CHECK(disagree == 0);
}

TEST_CASE("identified formulas are true in the target, for random graphs, populations and experiments") {
  int identified = 0, mixed = 0, refused = 0, moved = 0;
  double worst = 0, spread = 0;
  for (std::uint32_t i = 0; i < 1500; ++i) {
    RandomStream random(31, RandomDomain::Test, i);
    const int n = 3 + static_cast<int>(random.below(3));
    const Admg admg = test::random_admg(random, n, .5, .35);
    const std::vector<int> order = random.permutation(n);
    EffectQuery query{{order[0]}, {order[1]}};
    if (random.below(3) == 0) query.z = {order[2]};
    const test::RandomModel target(admg, random, 2);

    std::vector<TransportSource> sources;
    std::vector<SourceTable> tables;
    const int count = 1 + static_cast<int>(random.below(3));
    for (int s = 0; s < count; ++s) {
      TransportSource source;
      source.domain = static_cast<int>(random.below(2)) * (s + 1);
      source.experiment = random_subset(random, n, .25);
      if (random.below(3) == 0) {
        source.measured = random_subset(random, n, .8);
        for (const NodeId v : source.experiment) source.measured->push_back(v);
        std::sort(source.measured->begin(), source.measured->end());
        source.measured->erase(std::unique(source.measured->begin(), source.measured->end()), source.measured->end());
      }
      test::RandomModel model = target;
      if (source.domain != 0) {
        source.differs = random_subset(random, n, .3);
        for (const NodeId v : source.differs) model.redraw(v, random);
      }
      Factor table = model.experiment(source.experiment);
      if (source.measured) table = table.marginal(*source.measured);
      // Two sources of one population and experiment are one.
      const auto same = [&](const TransportSource& other) {
        return other.domain == source.domain && other.experiment == source.experiment;
      };
      if (std::any_of(sources.begin(), sources.end(), same)) continue;
      tables.push_back({source.domain, source.experiment, table});
      sources.push_back(source);
    }

    const TransportResult result = identify_from_sources(admg, query, sources);
    if (const auto* yes = std::get_if<Identified>(&result)) {
      ++identified;
      mixed += std::holds_alternative<NotIdentifiable>(identify(admg, query)) ? 1 : 0;
      const Evaluation evaluation = evaluate(*yes, table_source(tables));
      REQUIRE(std::holds_alternative<Evaluated>(evaluation));
      const Factor truth = truth_of(target, query);
      const Factor& value = std::get<Evaluated>(evaluation).value;
      worst = std::max(
          worst, max_difference(product(Factor::constant(truth.scope(), truth.cardinalities(), 1.0), value), truth));
      spread = std::max(spread, std::get<Evaluated>(evaluation).context_spread);
      continue;
    }
    ++refused;
    const NotTransportable& no = std::get<NotTransportable>(result);
    REQUIRE(no.failures.size() == sources.size());
    // Where every source fails because mechanisms differ, a target with other mechanisms there has the same sources and
    // another effect.
    const auto differs = [](const SourceFailure& f) { return f.reason == SourceFailure::Reason::Differs; };
    if (query.z.empty() && std::all_of(no.failures.begin(), no.failures.end(), differs)) {
      test::RandomModel other = target;
      for (const SourceFailure& failure : no.failures) other.redraw(failure.node, random);
      CHECK(max_difference(truth_of(target, query), truth_of(other, query)) > 1e-9);
      ++moved;
    }
    for (std::size_t s = 0; s < sources.size(); ++s) {
      if (no.failures[s].reason != SourceFailure::Reason::Hedge || sources[s].measured) continue;
      NodeSet rest;
      for (NodeId v = 0; v < n; ++v) {
        if (!std::binary_search(no.district.begin(), no.district.end(), v)) rest.push_back(v);
      }
      CHECK(is_hedge(mutilated(admg, sources[s].experiment), rest, no.district, no.failures[s].hedge));
    }
  }
  CHECK(worst < 1e-10);
  CHECK(spread < 1e-9);
  CHECK(identified >= 300);
  CHECK(mixed >= 20);
  CHECK(refused >= 300);
  CHECK(moved >= 30);
}

TEST_CASE("sources that make no sense are refused") {
  const Admg admg = admg_of("X->Y");
  CHECK_THROWS_AS(static_cast<void>(identify_from_sources(admg, {{1}, {0}}, {{.domain = -1}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(identify_from_sources(admg, {{1}, {0}}, {{.domain = 0, .differs = {1}}})),
                  InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(identify_from_sources(admg, {{1}, {0}}, {{.experiment = {4}}})), InvalidArgument);
  CHECK(std::holds_alternative<NotTransportable>(identify_from_sources(admg, {{1}, {0}}, {})));
}
