// labels: oracle golden unit
#include "causal/identify/instrument.hpp"

#include <Eigen/Dense>

#include "causal/run/error.hpp"
#include "causal/scm/linear_sem.hpp"
#include "support/adjustment_truth.hpp"
#include "support/brute_graphs.hpp"

#include <doctest/doctest.h>

using namespace causal;
using test::bit;
using test::Bits;
using test::bits_of;

namespace {

Admg random_admg(int n, double density, double bidirected_density, RandomStream& stream) {
  std::vector<Edge> edges = test::random_dag(n, density, stream).graph().edges();
  for (const auto& [a, b] : test::all_pairs(n)) {
    if (stream.uniform() < bidirected_density) edges.push_back(bidirected(a, b));
  }
  return Admg(MixedGraph(n, std::move(edges)));
}

// The three conditions, with the paths looked at one by one and the edges really taken away.
class ByDefinition {
 public:
  ByDefinition(const Dag& dag, NodeId x, NodeId y) : graph_(dag), x_(x), y_(y), cut_(dag) {
    const test::ProperPaths paths(dag.graph(), bit(x), bit(y));
    forbidden_ = paths.forbidden() | bit(x);
    std::vector<Edge> edges = dag.graph().edges();
    std::erase_if(edges, [&](const Edge& edge) { return edge.from == x && (bit(edge.to) & paths.causal()) != 0; });
    cut_ = Dag(MixedGraph(dag.n(), std::move(edges)));
  }
  [[nodiscard]] bool holds(NodeId z, Bits w) const {
    if (((w | bit(z)) & forbidden_) != 0) return false;
    return !separated(graph_, {z}, {x_}, test::set_of(w)).separated &&
           separated(cut_, {z}, {y_}, test::set_of(w)).separated;
  }

 private:
  Dag graph_;
  NodeId x_, y_;
  Dag cut_;
  Bits forbidden_ = 0;
};

}  // namespace

TEST_CASE("instruments agree with the definition over all covariates on 10000 random DAGs and ADMGs") {
  RandomStream stream(51, RandomDomain::Test);
  int found_count = 0, conditional = 0, none_count = 0, checked = 0;
  for (int repeat = 0; repeat < 10'000; ++repeat) {
    const int n = 3 + static_cast<int>(stream.below(4));
    const Admg admg = random_admg(n, stream.uniform(0.2, 0.7), repeat % 2 == 0 ? 0 : 0.15, stream);
    const Dag dag(test::with_latents(admg.graph()));
    const auto order = stream.permutation(n);
    const NodeId x = order[0], y = order[1];
    Bits allowed = 0;
    for (const NodeId v : order) {
      if (v != x && v != y && stream.uniform() < 0.85) allowed |= bit(v);
    }
    const ByDefinition definition(dag, x, y);
    NodeSet expected;
    bool exists = false;
    for (const NodeId z : test::set_of(allowed)) {
      const Bits upstream = bits_of(ancestors(dag.graph(), NodeSet{y, z}));
      bool ancestral = false;
      for (const Bits w : test::subsets(allowed & ~bit(z))) {
        const bool holds = definition.holds(z, w);
        exists |= holds;
        ancestral |= holds && (w & ~upstream) == 0;
        if (repeat % 10 != 0) continue;
        const InstrumentReport report = check_instrument(admg, x, y, z, test::set_of(w));
        CHECK(report.valid == holds);
        CHECK(report.reason.empty() == holds);
        ++checked;
      }
      if (ancestral) expected.push_back(z);
    }
    const InstrumentSearch search = find_instruments(admg, x, y, test::set_of(allowed));
    NodeSet found;
    for (const Instrument& instrument : search.instruments) {
      CHECK((bits_of(instrument.given) & ~allowed) == 0);
      CHECK(definition.holds(instrument.node, bits_of(instrument.given)));
      found.push_back(instrument.node);
      conditional += instrument.given.empty() ? 0 : 1;
    }
    CHECK(found == expected);
    CHECK(found.empty() != exists);
    CHECK(search.reason.empty() != expected.empty());
    ++(expected.empty() ? none_count : found_count);
  }
  CHECK((found_count > 300 && conditional > 100 && none_count > 1000 && checked > 1000));
}

TEST_CASE("the ratio of covariances given w is the effect in a linear model") {
  RandomStream stream(52, RandomDomain::Test);
  int compared = 0;
  for (int repeat = 0; repeat < 1500; ++repeat) {
    const int n = 4 + static_cast<int>(stream.below(3));
    const Admg admg = random_admg(n, 0.4, 0.2, stream);
    const Dag dag(test::with_latents(admg.graph()));
    const LinearSem sem = LinearSem::random(dag, {}, static_cast<std::uint64_t>(repeat));
    const Eigen::MatrixXd s = sem.covariance();
    const auto order = stream.permutation(n);
    const NodeId x = order[0], y = order[1];
    for (const Instrument& found : find_instruments(admg, x, y).instruments) {
      const NodeId z = found.node;
      const NodeSet& w = found.given;
      const auto given = [&](NodeId a, NodeId b) {
        if (w.empty()) return s(a, b);
        const Eigen::VectorXd cross = s(w, b);
        const Eigen::VectorXd weights = s(w, w).inverse() * cross;
        return s(a, b) - s(a, w).dot(weights);
      };
      Eigen::MatrixXd b = Eigen::MatrixXd::Zero(dag.n(), dag.n());
      const auto& edges = dag.graph().edges();
      for (std::size_t i = 0; i < edges.size(); ++i) b(edges[i].to, edges[i].from) = sem.weights()[i];
      const Eigen::MatrixXd total = (Eigen::MatrixXd::Identity(dag.n(), dag.n()) - b).inverse();
      // The denominator is not zero by (2), but it may be near it: the bound is on the error before the division.
      CHECK(std::abs(given(y, z) - total(y, x) * given(x, z)) < 1e-9);
      ++compared;
    }
  }
  CHECK(compared > 300);
}

TEST_CASE("golden: the instruments of the bow with an instrument and of the one that needs a covariate") {
  const Admg bow(MixedGraph({"Z", "X", "Y"}, {directed(0, 1), directed(1, 2), bidirected(1, 2)}));
  CHECK(find_instruments(bow, 1, 2).instruments == std::vector<Instrument>{{0, {}}});
  const Dag dag(MixedGraph({"w", "z", "x", "y", "u"}, {directed(0, 1), directed(1, 2), directed(2, 3), directed(0, 4),
                                                       directed(4, 2), directed(4, 3)}));
  const auto found = find_instruments(dag, 2, 3, NodeSet{0, 1}).instruments;
  CHECK(std::find(found.begin(), found.end(), Instrument{1, {0}}) != found.end());
  CHECK(!check_instrument(dag, 2, 3, 1, {}).valid);
  CHECK(check_instrument(dag, 2, 3, 1, {}).reason == "given {} y is reached other than through x: z <- w -> u -> y");
}

// dagitty issue 99: an instrument was left out because a confounder can be observed.
TEST_CASE("an instrument is listed whether or not the confounder is measured") {
  const Dag dag(MixedGraph({"Z", "X", "Y", "U"}, {directed(0, 1), directed(1, 2), directed(3, 1), directed(3, 2)}));
  CHECK(find_instruments(dag, 1, 2).instruments.front() == Instrument{0, {}});
  CHECK(find_instruments(dag, 1, 2, NodeSet{0}).instruments == std::vector<Instrument>{{0, {}}});
}

TEST_CASE("no instrument is a value that says why; wrong nodes are refused") {
  const Dag chain(MixedGraph({"X", "M", "Y"}, {directed(0, 1), directed(1, 2)}));
  const InstrumentSearch none = find_instruments(chain, 0, 2);
  CHECK(none.instruments.empty());
  CHECK(none.reason == "no allowed node both moves X and reaches Y through it alone");
  CHECK(check_instrument(chain, 0, 2, 1, {}).reason == "{M} lies on a directed path from x to y, or below one");
  CHECK(check_instrument(chain, 1, 2, 0, {}).valid);
  const Dag apart(MixedGraph({"Z", "X", "Y"}, {directed(1, 2)}));
  CHECK(check_instrument(apart, 1, 2, 0, {}).reason == "Z says nothing of x given {}");
  CHECK_THROWS_AS(static_cast<void>(find_instruments(chain, 0, 0)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(find_instruments(chain, 0, 3)), InvalidArgument);
  CHECK_THROWS_WITH_AS(static_cast<void>(check_instrument(chain, 0, 2, 1, {1})),
                       "check_instrument: w = 'M' must not overlap with z", InvalidArgument);
}
