// labels: oracle
#include <cmath>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "causal/scm/effects.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

// Whom the treatment leaves without the outcome, makes have it, keeps from it, and who has it anyway.
enum Response { Never, Helped, Harmed, Always };

// X <- R -> Y, X -> Y, everything binary but R, which says how Y responds to X: law[4 x + r] = P(X = x, R = r).
Scm response_model(const std::vector<double>& law) {
  std::vector<double> responses(4);
  std::vector<double> treatment;
  for (std::size_t r = 0; r < 4; ++r) {
    responses[r] = law[r] + law[4 + r];
    const double treated = responses[r] > 0 ? law[4 + r] / responses[r] : 0.5;
    treatment.push_back(1 - treated);
    treatment.push_back(treated);
  }
  // Y from (R, X): node order R = 0, X = 1, Y = 2.
  const std::vector<double> outcome{1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1, 0, 0, 1, 0, 1};
  const Dag dag(MixedGraph({"R", "X", "Y"}, {directed(0, 1), directed(0, 2), directed(1, 2)}));
  return {dag,
          {std::make_shared<DiscreteCpt>(std::vector<int>{}, 4, responses),
           std::make_shared<DiscreteCpt>(std::vector<int>{4}, 2, treatment),
           std::make_shared<DiscreteCpt>(std::vector<int>{4, 2}, 2, outcome)},
          {.latent = {0}}};
}

constexpr CausationQuery kQuery{{.cause = 1, .effect = 2}};

std::vector<double> random_law(RandomStream& stream) {
  std::vector<double> law(8);
  double sum = 0;
  for (double& p : law) sum += p = stream.below(4) == 0 ? 0 : stream.uniform();
  if (sum == 0) return random_law(stream);
  for (double& p : law) p /= sum;
  return law;
}

double value(const ProbabilityAnswer& answer) { return std::get<double>(answer); }
double value(const EffectAnswer& answer) { return std::get<EffectValue>(answer).value; }

bool inside(const Interval& bounds, double p) { return p >= bounds.low - 1e-12 && p <= bounds.high + 1e-12; }

}  // namespace

TEST_CASE("probabilities of causation equal their definition, and lie in the bounds") {
  RandomStream stream(1, RandomDomain::Test);
  for (int round = 0; round < 1000; ++round) {
    const std::vector<double> law = random_law(stream);
    const Scm model = response_model(law);
    const BinaryEvidence evidence = std::get<BinaryEvidence>(binary_evidence(model, kQuery));
    const CausationBounds bounds = causation_bounds(evidence);
    const double helped = law[Helped] + law[4 + Helped];
    CHECK(value(probability_of_necessity_and_sufficiency(model, kQuery)) == doctest::Approx(helped));
    CHECK(inside(bounds.necessity_and_sufficiency, helped));
    const double treated_with = law[4 + Helped] + law[4 + Always];
    const auto necessity = probability_of_necessity(model, kQuery);
    if (treated_with > 0) {
      CHECK(value(necessity) == doctest::Approx(law[4 + Helped] / treated_with));
      CHECK(inside(bounds.necessity, value(necessity)));
    } else {
      CHECK(std::get<NoCounterfactual>(necessity).refusal == Refusal::ZeroSupport);
    }
    const double control_without = law[Never] + law[Helped];
    const auto sufficiency = probability_of_sufficiency(model, kQuery);
    if (control_without > 0) {
      CHECK(value(sufficiency) == doctest::Approx(law[Helped] / control_without));
      CHECK(inside(bounds.sufficiency, value(sufficiency)));
    } else {
      CHECK(std::get<NoCounterfactual>(sufficiency).refusal == Refusal::ZeroSupport);
    }
    const auto monotone = monotone_causation(evidence);
    if (law[Harmed] + law[4 + Harmed] == 0) {
      REQUIRE(monotone.has_value());
      CHECK(monotone->necessity_and_sufficiency == doctest::Approx(helped));
      if (treated_with > 0) CHECK(monotone->necessity == doctest::Approx(value(necessity)));
      if (control_without > 0) CHECK(monotone->sufficiency == doctest::Approx(value(sufficiency)));
    }
  }
}

TEST_CASE("each bound is attained by a model with the same evidence") {
  RandomStream stream(2, RandomDomain::Test);
  for (int round = 0; round < 500; ++round) {
    const std::vector<double> law = random_law(stream);
    const BinaryEvidence evidence = std::get<BinaryEvidence>(binary_evidence(response_model(law), kQuery));
    const CausationBounds bounds = causation_bounds(evidence);
    // In each arm the evidence fixes Helped + Always (outcome under treatment), Harmed + Always (under control) and the
    // total; what is left is the share of Always, between two ends.
    double low[2] = {}, high[2] = {}, with[2], control[2];
    for (const std::size_t x : {std::size_t{0}, std::size_t{1}}) {
      const double total = law[4 * x] + law[4 * x + 1] + law[4 * x + 2] + law[4 * x + 3];
      with[x] = law[4 * x + Helped] + law[4 * x + Always];
      control[x] = law[4 * x + Harmed] + law[4 * x + Always];
      low[x] = std::max(0.0, with[x] + control[x] - total);
      high[x] = std::min(with[x], control[x]);
    }
    CHECK(bounds.necessity_and_sufficiency.low == doctest::Approx(with[0] - high[0] + with[1] - high[1]));
    CHECK(bounds.necessity_and_sufficiency.high == doctest::Approx(with[0] - low[0] + with[1] - low[1]));
    if (evidence.treated_with > 0) {
      CHECK(bounds.necessity.low == doctest::Approx((with[1] - high[1]) / evidence.treated_with));
      CHECK(bounds.necessity.high == doctest::Approx((with[1] - low[1]) / evidence.treated_with));
    }
    if (evidence.control_without > 0) {
      CHECK(bounds.sufficiency.low == doctest::Approx((with[0] - high[0]) / evidence.control_without));
      CHECK(bounds.sufficiency.high == doctest::Approx((with[0] - low[0]) / evidence.control_without));
    }
  }
}

TEST_CASE("a table with chance gives bounds but no probability of causation") {
  const Dag dag(MixedGraph({"X", "Y"}, {directed(0, 1)}));
  const Scm model(dag,
                  {std::make_shared<DiscreteCpt>(std::vector<int>{}, 2, std::vector<double>{0.4, 0.6}),
                   std::make_shared<DiscreteCpt>(std::vector<int>{2}, 2, std::vector<double>{0.9, 0.1, 0.3, 0.7})});
  const CausationQuery query{{.cause = 0, .effect = 1}};
  const auto answer = probability_of_necessity_and_sufficiency(model, query);
  CHECK(std::get<NoCounterfactual>(answer).refusal == Refusal::NotIdentifiable);
  const auto bounds = causation_bounds(std::get<BinaryEvidence>(binary_evidence(model, query)));
  CHECK(bounds.necessity_and_sufficiency.low == doctest::Approx(0.6));
  CHECK(bounds.necessity_and_sufficiency.high == doctest::Approx(0.7));
}

TEST_CASE("evidence that no model has is refused") {
  CHECK_THROWS_AS((void)causation_bounds({0.2, 0.5, 0.3, 0.2, 0.3, 0.2}), InvalidArgument);  // P(y | do x) < P(x, y)
  CHECK_THROWS_AS((void)causation_bounds({0.5, 0.5, 0.3, 0.3, 0.3, 0.3}), InvalidArgument);  // sums to 1.2
  CHECK_FALSE(monotone_causation({0.3, 0.6, 0.2, 0.3, 0.3, 0.2}).has_value());
}

TEST_CASE("mediation splits the total effect of a discrete model as enumeration does") {
  // X -> M -> Y, X -> Y with binary functions of independent noise.
  RandomStream stream(5, RandomDomain::Test);
  for (int round = 0; round < 100; ++round) {
    const auto coin = [&] { return static_cast<int>(stream.below(2)); };
    const auto law = [&] {
      const double a = stream.uniform(), b = stream.uniform(), c = stream.uniform(), sum = a + b + c;
      return std::vector<double>{a / sum, b / sum, 1 - a / sum - b / sum};
    };
    const std::vector<double> law_m = law(), law_y = law();
    std::vector<int> m(6), y(12);
    for (int& cell : m) cell = coin();
    for (int& cell : y) cell = coin();
    const Dag dag(MixedGraph({"X", "M", "Y"}, {directed(0, 1), directed(0, 2), directed(1, 2)}));
    const Scm model(dag, {std::make_shared<DiscreteCpt>(std::vector<int>{}, 2, std::vector<double>{0.5, 0.5}),
                          std::make_shared<FunctionTable>(std::vector<int>{2}, 2, m, Noise::categorical(law_m)),
                          std::make_shared<FunctionTable>(std::vector<int>{2, 2}, 2, y, Noise::categorical(law_y))});
    // E[Y_{x, M_{x*}}].
    const auto nested = [&](std::size_t x, std::size_t mediated) {
      double sum = 0;
      for (std::size_t u = 0; u < 3; ++u) {
        const auto at_m = static_cast<std::size_t>(m[mediated * 3 + u]);
        for (std::size_t w = 0; w < 3; ++w) sum += law_m[u] * law_y[w] * y[(x * 2 + at_m) * 3 + w];
      }
      return sum;
    };
    const Contrast contrast{.cause = 0, .effect = 2};
    const Contrast reversed{.cause = 0, .effect = 2, .treated = 0, .control = 1};
    const double te = value(total_effect(model, contrast));
    const double nde = value(natural_direct_effect(model, contrast));
    CHECK(te == doctest::Approx(nested(1, 1) - nested(0, 0)));
    CHECK(nde == doctest::Approx(nested(1, 0) - nested(0, 0)));
    CHECK(value(natural_indirect_effect(model, contrast)) == doctest::Approx(nested(0, 1) - nested(0, 0)));
    CHECK(te == doctest::Approx(nde - value(natural_indirect_effect(model, reversed))));
    CHECK(value(path_specific_effect(model, contrast, {1, 2})) == doctest::Approx(te));
    double controlled = 0;
    for (std::size_t w = 0; w < 3; ++w) controlled += law_y[w] * (y[(2 + 1) * 3 + w] - y[1 * 3 + w]);
    CHECK(value(controlled_direct_effect(model, contrast, {{1, 1}})) == doctest::Approx(controlled));
    CHECK(value(effect_on_treated(model, contrast)) == doctest::Approx(te));  // X is randomised
  }
}

TEST_CASE("linear models: products of coefficients, and selection shows in the effect on the treated") {
  const Dag dag(MixedGraph({"X", "M", "Y"}, {directed(0, 1), directed(0, 2), directed(1, 2)}));
  const LinearSem sem(dag, {2, 3, 5}, {0, 1, 0}, {1, 1, 1});
  const Contrast contrast{.cause = 0, .effect = 2};
  for (const bool closed : {true, false}) {
    // Without a linear form the same numbers come from paired draws, without error: the noise cancels.
    const Scm linear = Scm::linear(sem);
    const auto mean = [](std::span<const double> pa) { return 1 + 2 * pa[0]; };
    const Scm model =
        closed ? linear : linear.with_mechanism(1, {0}, additive_noise(1, mean, Noise::gaussian()), false);
    CHECK(value(total_effect(model, contrast)) == doctest::Approx(13));
    CHECK(value(natural_direct_effect(model, contrast)) == doctest::Approx(3));
    CHECK(value(natural_indirect_effect(model, contrast)) == doctest::Approx(10));
    CHECK(value(controlled_direct_effect(model, contrast, {{1, 4}})) == doctest::Approx(3));
  }
  // Mediated by an interaction the sampled effect has chance in it, and says so: E[M X] with M = X + u, u ~ N(1, 1).
  const auto interaction = [](std::span<const double> pa, double u) { return pa[0] * pa[1] + u; };
  const Scm bent = Scm::linear(sem).with_mechanism(2, {0, 1}, functional(2, interaction, Noise::gaussian()), false);
  const auto effect = std::get<EffectValue>(total_effect(bent, contrast, {.samples = 50'000}));
  CHECK(effect.standard_error > 0);
  CHECK(std::abs(effect.value - 3) < 5 * effect.standard_error);  // E[1 * (1 + 2 + u)] - 0
  CHECK(value(effect_on_treated(Scm::linear(sem), contrast)) == doctest::Approx(13));
  CHECK_THROWS_AS((void)path_specific_effect(Scm::linear(sem), contrast, {0}), InvalidArgument);
}
