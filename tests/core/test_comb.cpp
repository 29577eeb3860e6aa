// labels: golden oracle unit
#include "causal/diagram/comb.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "causal/diagram/network.hpp"
#include "causal/diagram/normal_form.hpp"
#include "causal/diagram/surgery.hpp"
#include "causal/graph/explicit_latents.hpp"
#include "causal/identify/evaluate.hpp"
#include "causal/identify/id.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "causal/scm/linear_sem.hpp"
#include "support/golden_model.hpp"
#include "support/smoking.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

Admg random_admg(RandomStream& stream, int n, double directed_chance, double bidirected_chance) {
  std::vector<Edge> edges;
  const std::vector<int> order = stream.permutation(n);
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      if (stream.uniform() < directed_chance) edges.push_back(directed(order[i], order[j]));
      if (stream.uniform() < bidirected_chance) edges.push_back(bidirected(order[i], order[j]));
    }
  }
  return Admg(MixedGraph(n, edges));
}

CombDisintegration taken_apart(const Factor& joint, const CombOptions& options = {}) {
  auto answer = comb_disintegrate(joint, {0}, {1}, {2}, options);
  REQUIRE(std::holds_alternative<CombDisintegration>(answer));
  return std::get<CombDisintegration>(answer);
}

}  // namespace

// Provenance: the joint of Jacobs, Kissinger, Zanasi 2019; numbers recomputed from it in exact fractions.
TEST_CASE("smoking, tar and cancer: the comb, the n-comb, the ID expression and the hidden model agree to 1e-12") {
  const Factor joint = test::smoking_joint();
  const CombDisintegration comb = taken_apart(joint);
  CHECK(comb.g.at(std::vector{1, 1}) == doctest::Approx(0.9523809523809523).epsilon(1e-14));
  CHECK(comb.g.at(std::vector{0, 1}) == doctest::Approx(0.4054054054054054).epsilon(1e-14));
  CHECK(comb.f.at(std::vector{1, 1, 1}) == doctest::Approx(0.525).epsilon(1e-14));
  CHECK(comb.f.at(std::vector{1, 1, 0}) == doctest::Approx(0.105).epsilon(1e-14));
  CHECK(std::abs(comb.f.at(std::vector{1, 0, 1}) - 0.2466666667) < 1e-10);
  CHECK(std::abs(comb.f.at(std::vector{0, 0, 0}) - 0.3363636364) < 1e-10);
  CHECK(comb.reconstruction_error < 1e-15);
  CHECK(comb.no_signalling_residual < 1e-15);

  const double treated = comb.effect.at(std::vector{1, 1}), untreated = comb.effect.at(std::vector{0, 1});
  CHECK(std::abs(treated - 0.7465223665) < 5e-11);
  CHECK(std::abs(untreated - 0.4577027027) < 5e-11);

  const auto witness = find_comb(test::smoking_graph(), 0, {2});
  REQUIRE(std::holds_alternative<CombWitness>(witness));
  const CombEffect effect = comb_effect(std::get<CombWitness>(witness), joint, 0, {2});
  CHECK(std::abs(effect.effect.at(std::vector{1, 1}) - treated) < 1e-12);
  CHECK(std::abs(effect.effect.at(std::vector{0, 1}) - untreated) < 1e-12);

  const Admg graph = test::smoking_graph();
  const auto formula = std::get<Identified>(identify(graph, {{2}, {0}}));
  const Factor by_id = std::get<Evaluated>(evaluate(formula, joint)).value;
  CHECK(std::abs(by_id.slice(0, 1).slice(2, 1).values()[0] - treated) < 1e-12);
  CHECK(std::abs(by_id.slice(0, 0).slice(2, 1).values()[0] - untreated) < 1e-12);

  const FiniteFunctor model = test::smoking_model();
  const Diagram state = network_diagram(test::smoking_graph(), {0, 1, 2});
  const FiniteMap observed = *evaluate(model, state).map;
  for (std::size_t i = 0; i < 8; ++i) CHECK(std::abs(observed(i, 0) - joint.values()[i]) < 1e-15);
  const FiniteMap opened = *evaluate(model, open(network_diagram(test::smoking_graph(), {2}), {"s"})).map;
  CHECK(std::abs(opened(1, 1) - treated) < 1e-12);
  CHECK(std::abs(opened(1, 0) - untreated) < 1e-12);

  const FiniteMap severed = *evaluate(model, cut(state, {"s"})).map;
  const std::vector<double> expected{0.224865, 0.072432, 0.046284, 0.156419, 0.018009, 0.005801, 0.108730, 0.367460};
  double cancer = 0;
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(std::abs(severed(i, 0) - expected[i]) < 5e-7);
    if (i % 2 == 1) cancer += severed(i, 0);
  }
  CHECK(std::abs(cancer - 0.6021125345) < 1e-9);
}

TEST_CASE("the comb of a graph holds the district of the treatment") {
  const auto front_door = std::get<CombWitness>(find_comb(test::smoking_graph(), 0, {2}));
  CHECK(front_door.f_boxes == NodeSet{0, 2});
  CHECK(front_door.g_boxes == NodeSet{1});
  CHECK(front_door.teeth == std::vector<NodeSet>{{0}, {2}});
  CHECK(front_door.holes == std::vector<NodeSet>{{}, {1}, {}});
  // The bow x -> y <-> x, and a longer way back.
  const Admg bow(MixedGraph({"x", "y"}, {directed(0, 1), bidirected(0, 1)}));
  const auto blocked = std::get<CombObstruction>(find_comb(bow, 0, {1}));
  CHECK(blocked.path == std::vector<NodeId>{0, 1, 0});
  const Admg around(MixedGraph({"x", "m", "w", "y"},
                               {directed(0, 1), directed(1, 3), directed(2, 3), bidirected(1, 2), bidirected(2, 0)}));
  const auto path = std::get<CombObstruction>(find_comb(around, 0, {3}));
  CHECK(path.path == std::vector<NodeId>{0, 1, 2, 0});
  CHECK(path.reason == "no comb: x reaches hidden causes it shares by x -> m <-> w <-> x");
  // What is no ancestor of the outcome is not looked at.
  CHECK(std::holds_alternative<CombWitness>(find_comb(around, 0, {2})));
  CHECK(std::get<CombWitness>(find_comb(around, 0, {2})).f_boxes.empty());
  CHECK_THROWS_AS(static_cast<void>(find_comb(around, 0, {})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(find_comb(around, 0, {0})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(find_comb(around, 4, {0})), InvalidArgument);
}

TEST_CASE("the formula of the comb is the truth of the golden model on random graphs, and regions plug together") {
  int found = 0, obstructed = 0, teeth = 0;
  double worst = 0;
  for (std::uint32_t i = 0; i < 1500; ++i) {
    RandomStream stream(51, RandomDomain::Test, i);
    const int n = 3 + static_cast<int>(stream.below(3));
    const Admg admg = random_admg(stream, n, 0.5, 0.25);
    const std::vector<int> pick = stream.permutation(n);
    const NodeId x = pick[0];
    NodeSet y{pick[1]};
    if (stream.below(2) == 0) y.push_back(pick[2]);
    const auto answer = find_comb(admg, x, y);
    if (const auto* obstruction = std::get_if<CombObstruction>(&answer)) {
      ++obstructed;
      REQUIRE(obstruction->path.size() >= 3);
      CHECK(obstruction->path.front() == x);
      CHECK(obstruction->path.back() == x);
      CHECK(admg.graph().has_directed_edge(x, obstruction->path[1]));
      for (std::size_t k = 1; k + 1 < obstruction->path.size(); ++k) {
        const auto siblings = admg.graph().siblings(obstruction->path[k]);
        CHECK(std::find(siblings.begin(), siblings.end(), obstruction->path[k + 1]) != siblings.end());
      }
      continue;
    }
    ++found;
    const auto& witness = std::get<CombWitness>(answer);
    teeth = std::max(teeth, static_cast<int>(witness.teeth.size()));
    const test::GoldenModel model(admg);
    const CombEffect effect = comb_effect(witness, model.joint(), x, y);
    CHECK(effect.zero.empty());
    const std::vector<VariableId> scope(y.begin(), y.end());
    for (int value = 0; value < 2; ++value) {
      const Factor truth = model.joint({{x, value}}).marginal(scope);
      worst = std::max(worst, max_difference(effect.effect.slice(x, value), truth));
    }
    const CombRegions regions = comb_regions(admg, witness);
    const Diagram joined = plug(regions.f, regions.g);
    CHECK(joined.dom().empty());
    // The outputs of the plugged diagram stand in another order: put them in that of the witness.
    DiagramBuilder builder;
    const std::vector<WireId> wires = builder.append(joined, {});
    for (const NodeId v : witness.order) {
      for (const WireId wire : wires) {
        if (builder.type(wire) == Name(admg.graph().name(v))) builder.output(wire);
      }
    }
    CHECK(equivalent(builder.build(), network_diagram(admg, witness.order)));
  }
  CHECK(worst < 1e-12);
  CHECK(found >= 442);
  CHECK(obstructed >= 100);
  CHECK(teeth >= 2);
}

TEST_CASE("a cell without mass is zero support exactly when a treatment needs it") {
  // t = 1 never happens without smoking, so what cancer does then is not known; it is needed for s = 1.
  Factor joint = test::smoking_joint();
  joint.at(std::vector{0, 1, 0}) = 0;
  joint.at(std::vector{0, 1, 1}) = 0;
  const auto strict = comb_disintegrate(joint, {0}, {1}, {2});
  REQUIRE(std::holds_alternative<CombZeroSupport>(strict));
  CHECK(std::get<CombZeroSupport>(strict).scope == std::vector{0, 1});
  CHECK(std::get<CombZeroSupport>(strict).cells == std::vector<std::vector<int>>{{0, 1}});
  // do(s = 0) never leads to t = 1 and does not need it.
  const CombDisintegration untreated = taken_apart(joint, {.treatments = {{0}}});
  CHECK(untreated.undefined == std::vector{false, true});
  CHECK(untreated.zero.cells == std::vector<std::vector<int>>{{0, 1}});
  const double p1 = 0.63 / 0.85, direct = (1 - p1) * (0.02 / 0.22) + p1 * (0.01 / 0.03);
  CHECK(untreated.effect.at(std::vector{0, 1}) == doctest::Approx(direct).epsilon(1e-12));

  const CombDisintegration partial = taken_apart(joint, {.policy = SupportPolicy::PartialOk});
  CHECK(partial.undefined == std::vector{false, true});
  CHECK(partial.effect.at(std::vector{1, 0}) == 0);
  CHECK(partial.effect.at(std::vector{0, 1}) == untreated.effect.at(std::vector{0, 1}));

  const CombDisintegration bounds = taken_apart(joint, {.policy = SupportPolicy::Bounds});
  CHECK(bounds.undefined == std::vector{false, false});
  const double width = bounds.upper.at(std::vector{1, 1}) - bounds.effect.at(std::vector{1, 1});
  CHECK(width == doctest::Approx((1 - p1) * (0.60 / 0.63)).epsilon(1e-12));
  CHECK(bounds.upper.at(std::vector{0, 1}) == bounds.effect.at(std::vector{0, 1}));
  // The smallest c and the largest other c make up 1.
  CHECK(bounds.effect.at(std::vector{1, 1}) + bounds.upper.at(std::vector{1, 0}) == doctest::Approx(1).epsilon(1e-12));

  const CombDisintegration smooth = taken_apart(joint, {.policy = SupportPolicy::Smooth, .alpha = 0.01});
  CHECK(smooth.smoothing == 0.01);
  CHECK(smooth.undefined == std::vector{false, false});
  CHECK(smooth.zero.empty());
}

TEST_CASE("bounds hold the truth of every model that fits what is observed") {
  int proper = 0;
  for (std::uint32_t i = 0; i < 300; ++i) {
    RandomStream stream(52, RandomDomain::Test, i);
    // w(a,b,c) = P(a) g(b|a) f(c|a,b); cells (a,b) with g = 0 hide f from view.
    Factor joint = Factor::constant({0, 1, 2}, {2, 3, 2}, 0.0);
    std::vector<double> g(6), f(6);
    for (std::size_t ab = 0; ab < 6; ++ab) f[ab] = stream.uniform();
    for (std::size_t a = 0; a < 2; ++a) {
      double sum = 0;
      for (std::size_t b = 0; b < 3; ++b) sum += g[3 * a + b] = b > 0 && stream.below(3) == 0 ? 0 : stream.uniform();
      for (std::size_t b = 0; b < 3; ++b) g[3 * a + b] /= sum;
    }
    const double p1 = stream.uniform();
    for (std::size_t ab = 0; ab < 6; ++ab) {
      const double mass = (ab < 3 ? 1 - p1 : p1) * g[ab];
      joint.at(std::vector{static_cast<int>(ab / 3), static_cast<int>(ab % 3), 0}) = mass * (1 - f[ab]);
      joint.at(std::vector{static_cast<int>(ab / 3), static_cast<int>(ab % 3), 1}) = mass * f[ab];
    }
    const CombDisintegration bounds = taken_apart(joint, {.policy = SupportPolicy::Bounds});
    CHECK(bounds.reconstruction_error < 1e-15);
    for (std::size_t a = 0; a < 2; ++a) {
      double truth = 0;
      for (std::size_t b = 0; b < 3; ++b) truth += g[3 * a + b] * ((1 - p1) * f[b] + p1 * f[3 + b]);
      const double low = bounds.effect.values()[2 * a + 1], high = bounds.upper.values()[2 * a + 1];
      CHECK(low <= truth + 1e-12);
      CHECK(truth <= high + 1e-12);
      proper += high > low ? 1 : 0;
    }
  }
  CHECK(proper > 50);
}

TEST_CASE("a treatment that never happens is undefined under every policy but Smooth, never filled in") {
  const Factor joint({0, 1, 2}, {2, 2, 2}, {0.1, 0.2, 0.3, 0.4, 0, 0, 0, 0});
  const auto strict = comb_disintegrate(joint, {0}, {1}, {2});
  REQUIRE(std::holds_alternative<CombZeroSupport>(strict));
  CHECK(std::get<CombZeroSupport>(strict).cells == std::vector<std::vector<int>>{{1, 0}, {1, 1}});
  for (const SupportPolicy policy : {SupportPolicy::PartialOk, SupportPolicy::Bounds}) {
    const CombDisintegration comb = taken_apart(joint, {.policy = policy});
    CHECK(comb.undefined == std::vector{false, true});
    CHECK(comb.effect.at(std::vector{1, 0}) == 0);
    CHECK(comb.upper.at(std::vector{1, 0}) == 0);
  }
  CHECK(taken_apart(joint, {.treatments = {{0}}}).effect.at(std::vector{0, 1}) == doctest::Approx(0.6));
}

TEST_CASE("a context before the treatment is conditioned on and averaged out") {
  // k -> a, k -> b, k -> c, a -> b -> c, a <-> c
  const Admg admg(MixedGraph({"k", "a", "b", "c"}, {directed(0, 1), directed(0, 2), directed(0, 3), directed(1, 2),
                                                    directed(2, 3), bidirected(1, 3)}));
  const test::GoldenModel model(admg);
  const auto answer = comb_disintegrate(model.joint(), {1}, {2}, {3}, {.context = {0}});
  const auto& comb = std::get<CombDisintegration>(answer);
  CHECK(comb.reconstruction_error < 1e-15);
  const AveragedEffect average = average_over_context(comb);
  for (int a = 0; a < 2; ++a) {
    const Factor truth = model.joint({{1, a}});
    CHECK(average.effect.at(std::vector{a, 1}) == doctest::Approx(truth.slice(3, 1).total()).epsilon(1e-12));
    for (int k = 0; k < 2; ++k) {
      const Factor here = truth.slice(0, k);
      CHECK(comb.effect.at(std::vector{k, a, 1}) ==
            doctest::Approx(here.slice(3, 1).total() / here.total()).epsilon(1e-12));
    }
  }
  CHECK(average.undefined == std::vector{false, false});
}

TEST_CASE("histories without mass make only the effects that need them undefined") {
  Factor joint = test::smoking_joint();
  joint.at(std::vector{0, 1, 0}) = 0;
  joint.at(std::vector{0, 1, 1}) = 0;
  const auto witness = std::get<CombWitness>(find_comb(test::smoking_graph(), 0, {2}));
  const CombEffect effect = comb_effect(witness, joint, 0, {2});
  CHECK(effect.undefined == std::vector{false, true});
  REQUIRE(effect.zero.size() == 1);
  CHECK(effect.zero[0].scope == std::vector{0, 1});
  CHECK(effect.zero[0].cells == std::vector<std::vector<int>>{{0, 1}});
  const CombDisintegration comb = taken_apart(joint, {.policy = SupportPolicy::PartialOk});
  CHECK(max_difference(effect.effect, comb.effect) < 1e-15);
}

TEST_CASE("a Gaussian comb gives the effect in a linear model with hidden causes") {
  int checked = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    RandomStream stream(53, RandomDomain::Test, i);
    // a -> b1, b2 -> c with a hidden cause of a and c.
    const Admg admg(MixedGraph({"a", "b1", "b2", "c"}, {directed(0, 1), directed(0, 2), directed(1, 2), directed(1, 3),
                                                        directed(2, 3), bidirected(0, 3)}));
    const ExplicitLatents latents = with_explicit_latents(admg);
    const LinearSem drawn = LinearSem::random(latents.dag, {}, i);
    std::vector<double> shifts(5), severed_weights = drawn.weights();
    stream.fill_normal(shifts);
    const LinearSem sem(latents.dag, drawn.weights(), shifts, drawn.variances());
    const GaussianMap joint = GaussianMap::state(sem.mean(), sem.covariance()).outputs({0, 1, 2, 3});
    const GaussianComb comb = gaussian_comb(joint, {0}, {1, 2}, {3});
    CHECK(comb.supported);

    const double value = stream.normal();
    for (std::size_t e = 0; e < severed_weights.size(); ++e) {
      if (latents.dag.graph().edges()[e].to == 0) severed_weights[e] = 0;
    }
    std::vector<double> variances = drawn.variances();
    shifts[0] = value;
    variances[0] = 0;
    const LinearSem severed(latents.dag, severed_weights, shifts, variances);
    const GaussianMap effect = then(GaussianMap::point(Eigen::VectorXd::Constant(1, value)), comb.effect);
    CHECK(effect.b()(0) == doctest::Approx(severed.mean()(3)).epsilon(1e-9));
    CHECK(effect.s()(0, 0) == doctest::Approx(severed.covariance()(3, 3)).epsilon(1e-9));
    CHECK(comb.mediators.contains(Eigen::VectorXd::Constant(1, value)));
    ++checked;
  }
  CHECK(checked == 200);
}

TEST_CASE("a Gaussian comb says when mediator and treatment do not vary freely") {
  // b = 2 a exactly: the effect through b cannot be told from a's own share.
  Eigen::MatrixXd a(3, 1);
  a << 1, 2, 1;
  const Eigen::Vector3d noise(0, 0, 1);
  const GaussianMap joint = then(GaussianMap::state(Eigen::VectorXd::Zero(1), Eigen::MatrixXd::Identity(1, 1)),
                                 GaussianMap(a, Eigen::VectorXd::Zero(3), Eigen::MatrixXd(noise.asDiagonal())));
  CHECK_FALSE(gaussian_comb(joint, {0}, {1}, {2}).supported);
  // b = 2 a + noise
  const Eigen::Vector3d more(0, 0.5, 1);
  const GaussianMap free = then(GaussianMap::state(Eigen::VectorXd::Zero(1), Eigen::MatrixXd::Identity(1, 1)),
                                GaussianMap(a, Eigen::VectorXd::Zero(3), Eigen::MatrixXd(more.asDiagonal())));
  CHECK(gaussian_comb(free, {0}, {1}, {2}).supported);
}

TEST_CASE("tables and options that cannot be meant are refused") {
  const Factor joint = test::smoking_joint();
  CHECK_THROWS_AS(static_cast<void>(comb_disintegrate(joint, {0}, {0}, {2})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(comb_disintegrate(joint, {0}, {}, {2})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(comb_disintegrate(joint, {0}, {1}, {7})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(comb_disintegrate(joint, {0}, {1}, {2}, {.tau = -1})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(comb_disintegrate(joint, {0}, {1}, {2}, {.treatments = {{2}}})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(comb_disintegrate(joint.scaled(0), {0}, {1}, {2})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(comb_disintegrate(joint.scaled(-1), {0}, {1}, {2})), InvalidArgument);
  const auto witness = std::get<CombWitness>(find_comb(test::smoking_graph(), 0, {2}));
  CHECK_THROWS_AS(static_cast<void>(comb_effect(witness, joint.scaled(0), 0, {2})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(comb_effect(witness, joint.marginal(std::vector{0, 1}), 0, {2})), InvalidArgument);
  // Counts do as well as probabilities.
  CHECK(max_difference(taken_apart(joint.scaled(1000)).effect, taken_apart(joint).effect) < 1e-15);
}

TEST_CASE("plugging refuses names that are not told apart, and cycles") {
  const Diagram f = generator(channel_box("f"), {"A"}, {"B"}), g = generator(channel_box("g"), {"B"}, {"A"});
  CHECK_THROWS_AS(static_cast<void>(plug(f, g)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(plug(f, f)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(plug(identity({"A"}), identity({"A"}))), InvalidArgument);
  const Diagram h = generator(channel_box("h"), {"B"}, {"C"});
  const Diagram fh = plug(h, f);
  CHECK(fh.dom_types() == std::vector<Name>{"A"});
  CHECK(fh.cod_types() == std::vector<Name>{"C", "B"});
  CHECK_THROWS_AS(static_cast<void>(region(fh, {5})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(region(fh, {0, 0})), InvalidArgument);
}
