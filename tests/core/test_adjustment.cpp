// labels: oracle golden unit
#include "causal/identify/adjustment.hpp"

#include <Eigen/Dense>
#include <optional>

#include "causal/graph/equivalence.hpp"
#include "causal/graph/orientation.hpp"
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

// The four kinds of graph in turn, each with the DAGs it stands for.
struct Case {
  std::optional<Dag> dag;
  std::optional<Admg> admg;
  std::optional<Cpdag> cpdag;
  std::optional<Mpdag> mpdag;
  std::vector<MixedGraph> members;

  [[nodiscard]] AdjustmentGraph graph() const {
    if (admg) return *admg;
    if (cpdag) return *cpdag;
    if (mpdag) return *mpdag;
    return *dag;
  }
};

// Some undirected edges of the CPDAG directed as in the DAG, and what follows from it.
Mpdag with_knowledge(const Cpdag& cpdag, const Dag& dag, RandomStream& stream) {
  DenseMarks marks(cpdag.graph());
  for (const Edge& edge : cpdag.graph().edges()) {
    if (!edge.is_undirected() || stream.below(2) == 0) continue;
    const bool forward = dag.graph().has_directed_edge(edge.from, edge.to);
    marks.orient(forward ? edge.from : edge.to, forward ? edge.to : edge.from);
  }
  CHECK(meek_closure(marks).conflicts.empty());
  return Mpdag(Pdag(marks.graph(cpdag.graph().names())));
}

Case random_case(int n, int kind, RandomStream& stream) {
  Case drawn;
  drawn.dag = test::random_dag(n, stream.uniform(0.2, 0.8), stream);
  if (kind == 1) {
    std::vector<Edge> edges = drawn.dag->graph().edges();
    for (const auto& [a, b] : test::all_pairs(n)) {
      if (stream.uniform() < 0.15) edges.push_back(bidirected(a, b));
    }
    drawn.admg = Admg(MixedGraph(n, edges));
    drawn.members = {test::with_latents(drawn.admg->graph())};
  } else if (kind == 2) {
    drawn.cpdag = dag_to_cpdag(*drawn.dag);
    drawn.members = test::consistent_extensions(drawn.cpdag->graph());
  } else if (kind == 3) {
    drawn.mpdag = with_knowledge(dag_to_cpdag(*drawn.dag), *drawn.dag, stream);
    drawn.members = test::consistent_extensions(drawn.mpdag->graph());
  } else {
    drawn.members = {drawn.dag->graph()};
  }
  return drawn;
}

// The sets that adjust in every member.
std::vector<Bits> valid_sets(const Case& drawn, const test::EffectQuery& query) {
  std::vector<test::ProperPaths> paths;
  for (const MixedGraph& member : drawn.members) paths.emplace_back(member, bits_of(query.x), bits_of(query.y));
  std::vector<Bits> valid;
  for (const Bits z : test::subsets(query.rest)) {
    if (std::all_of(paths.begin(), paths.end(), [z](const auto& of) { return of.adjusts(z); })) valid.push_back(z);
  }
  return valid;
}

bool contains(const std::vector<Bits>& sets, Bits z) { return std::find(sets.begin(), sets.end(), z) != sets.end(); }

bool is_walk(const MixedGraph& graph, const Walk& walk, const NodeSet& x, const NodeSet& y) {
  if (walk.nodes.size() != walk.steps.size() + 1 || walk.nodes.size() < 2) return false;
  for (std::size_t i = 0; i < walk.steps.size(); ++i) {
    const auto next = graph.group_neighbours(walk.nodes[i], static_cast<std::size_t>(walk.steps[i]));
    if (std::find(next.begin(), next.end(), walk.nodes[i + 1]) == next.end()) return false;
  }
  return (bits_of(x) & bit(walk.nodes.front())) != 0 && (bits_of(y) & bit(walk.nodes.back())) != 0;
}

std::vector<Bits> as_bits(const std::vector<NodeSet>& sets) {
  std::vector<Bits> all;
  for (const NodeSet& set : sets) all.push_back(bits_of(set));
  std::sort(all.begin(), all.end());
  return all;
}

// Sets of `valid` that hold no other set of it.
std::vector<Bits> minimal_of(const std::vector<Bits>& valid) {
  std::vector<Bits> minimal;
  for (const Bits z : valid) {
    if (std::none_of(valid.begin(), valid.end(), [z](Bits other) { return other != z && (other & z) == other; })) {
      minimal.push_back(z);
    }
  }
  return minimal;
}

void check_reports(const Case& drawn, const AdjustmentGraph& graph, const test::EffectQuery& query,
                   const std::vector<Bits>& valid) {
  for (const Bits z : test::subsets(query.rest)) {
    const AdjustmentReport report = check_adjustment(graph, query.x, query.y, test::set_of(z));
    REQUIRE(report.valid == contains(valid, z));
    CHECK(report.reason.empty() == report.valid);
    if (report.valid) {
      CHECK((report.amenable && report.forbidden.empty() && report.witness.empty()));
    } else if (!report.witness.empty()) {
      CHECK(is_walk(graph.graph(), report.witness, query.x, query.y));
      if (!report.amenable) CHECK(report.witness.steps.front() == Step::Line);
    } else {
      CHECK(!report.forbidden.empty());
    }
  }
  const CausalRegion region = causal_region(graph, query.x, query.y);
  Bits unaffected = bits_of(query.y), forbidden = 0;
  for (const MixedGraph& member : drawn.members) {
    const test::ProperPaths paths(member, bits_of(query.x), bits_of(query.y));
    unaffected &= ~paths.causal();
    forbidden |= paths.forbidden();
  }
  CHECK(bits_of(region.unaffected) == unaffected);
  if (region.not_amenable.empty()) {
    CHECK((bits_of(region.forbidden) & query.rest) == (forbidden & query.rest));
  }
}

void check_searches(const AdjustmentGraph& graph, const test::EffectQuery& query, const std::vector<Bits>& valid,
                    RandomStream& stream) {
  Bits allowed = 0, include = 0;
  for (const NodeId v : test::set_of(query.rest)) {
    if (stream.uniform() < 0.8) allowed |= bit(v);
  }
  for (const NodeId v : test::set_of(allowed)) {
    if (stream.uniform() < 0.15) include |= bit(v);
  }
  std::vector<Bits> within;
  for (const Bits z : valid) {
    if ((z & ~allowed) == 0 && (include & ~z) == 0) within.push_back(z);
  }
  std::sort(within.begin(), within.end());
  const SeparatorBounds bounds{test::set_of(include), test::set_of(allowed)};
  for (const AdjustmentResult& result :
       {canonical_adjustment(graph, query.x, query.y, bounds), minimal_adjustment(graph, query.x, query.y, bounds)}) {
    REQUIRE(result.set.has_value() == !within.empty());
    CHECK(result.reason.empty() == result.set.has_value());
    if (result.set) CHECK(contains(within, bits_of(*result.set)));
  }
  const AdjustmentSets all = all_adjustments(graph, query.x, query.y, {.bounds = bounds});
  CHECK(all.status == Status::Ok);
  CHECK(as_bits(all.sets) == within);
  CHECK(all.reason.empty() == !within.empty());
  const AdjustmentSets minimal = all_adjustments(graph, query.x, query.y, {.bounds = bounds, .minimal = true});
  CHECK(minimal.status == Status::Ok);
  CHECK(as_bits(minimal.sets) == minimal_of(within));
  if (within.empty()) return;
  CHECK(contains(minimal_of(within), bits_of(*minimal_adjustment(graph, query.x, query.y, bounds).set)));
}

// The joint least-squares coefficients of x in the regression of y on x and z, and n times their sampling variances.
struct Regression {
  Eigen::VectorXd coefficients, variances;
};
Regression regress(const Eigen::MatrixXd& covariance, NodeId y, const NodeSet& x, const NodeSet& z) {
  NodeSet on = x;
  on.insert(on.end(), z.begin(), z.end());
  const Eigen::MatrixXd inverse = covariance(on, on).inverse();
  const Eigen::VectorXd cross = covariance(on, y);
  const Eigen::VectorXd coefficients = inverse * cross;
  const double residual = covariance(y, y) - cross.dot(coefficients);
  const auto k = static_cast<Eigen::Index>(x.size());
  return {coefficients.head(k), residual * inverse.diagonal().head(k)};
}

// The effects of setting x jointly on y in a linear model.
Eigen::VectorXd true_effects(const LinearSem& sem, NodeId y, const NodeSet& x) {
  const auto n = sem.dag().n();
  Eigen::MatrixXd b = Eigen::MatrixXd::Zero(n, n);
  const auto& edges = sem.dag().graph().edges();
  for (std::size_t i = 0; i < edges.size(); ++i) b(edges[i].to, edges[i].from) = sem.weights()[i];
  for (const NodeId v : x) b.row(v).setZero();
  const Eigen::MatrixXd total = (Eigen::MatrixXd::Identity(n, n) - b).inverse();
  Eigen::VectorXd effects(static_cast<Eigen::Index>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) effects(static_cast<Eigen::Index>(i)) = total(y, x[i]);
  return effects;
}

// Rounding in inverses of well-conditioned matrices of order 6.
constexpr double kRounding = 1e-9;

Dag named_dag(std::vector<std::string> names, std::vector<Edge> edges) {
  return Dag(MixedGraph(std::move(names), std::move(edges)));
}

}  // namespace

TEST_CASE("adjustment agrees with the paths of every DAG of the class, on 10000 graphs of four kinds") {
  RandomStream stream(31, RandomDomain::Test);
  std::array<int, 4> solvable{}, hopeless{};
  for (int repeat = 0; repeat < 10'000; ++repeat) {
    const int kind = repeat % 4;
    const int n = 3 + static_cast<int>(stream.below(4));
    const Case drawn = random_case(n, kind, stream);
    const test::EffectQuery query = test::random_effect_query(n, stream);
    const std::vector<Bits> valid = valid_sets(drawn, query);
    ++(valid.empty() ? hopeless : solvable)[slot(kind)];
    const AdjustmentGraph graph = drawn.graph();
    CAPTURE(repeat);
    check_reports(drawn, graph, query, valid);
    check_searches(graph, query, valid, stream);
  }
  for (std::size_t kind = 0; kind < 4; ++kind) CHECK((solvable[kind] > 100 && hopeless[kind] > 100));
}

TEST_CASE("a set is valid exactly when regression on it gives the effect in a random linear model") {
  RandomStream stream(32, RandomDomain::Test);
  int valid_count = 0, invalid_count = 0;
  for (int repeat = 0; repeat < 600; ++repeat) {
    const int n = 3 + static_cast<int>(stream.below(4));
    const Dag dag = test::random_dag(n, stream.uniform(0.2, 0.8), stream);
    const test::EffectQuery query = test::random_effect_query(n, stream, true);
    const LinearSem sem = LinearSem::random(dag, {}, static_cast<std::uint64_t>(repeat));
    const Eigen::MatrixXd covariance = sem.covariance();
    const Eigen::VectorXd truth = true_effects(sem, query.y[0], query.x);
    for (const Bits z : test::subsets(query.rest)) {
      const bool valid = check_adjustment(dag, query.x, query.y, test::set_of(z)).valid;
      const Regression on_z = regress(covariance, query.y[0], query.x, test::set_of(z));
      CHECK(((on_z.coefficients - truth).cwiseAbs().maxCoeff() < kRounding) == valid);
      ++(valid ? valid_count : invalid_count);
    }
  }
  CHECK((valid_count > 1000 && invalid_count > 1000));
}

TEST_CASE("no valid set has a smaller variance than the optimal one, in every DAG of the class") {
  RandomStream stream(33, RandomDomain::Test);
  int compared = 0;
  for (int repeat = 0; repeat < 4000; ++repeat) {
    const int kind = std::array{0, 2, 3}[slot(repeat % 3)];
    const int n = 3 + static_cast<int>(stream.below(4));
    const Case drawn = random_case(n, kind, stream);
    const test::EffectQuery query = test::random_effect_query(n, stream, true);
    const AdjustmentGraph graph = drawn.graph();
    std::vector<Bits> valid = valid_sets(drawn, query);
    Bits include = 0;
    for (const NodeId v : test::set_of(query.rest)) {
      if (stream.uniform() < 0.1) include |= bit(v);
    }
    std::erase_if(valid, [include](Bits z) { return (include & ~z) != 0; });
    const AdjustmentResult optimal = optimal_adjustment(graph, query.x, query.y, {.include = test::set_of(include)});
    const bool has_effect = optimal.unaffected.empty();
    if (!optimal.set) {
      CHECK(!optimal.reason.empty());
      CHECK((valid.empty() || !has_effect));
      continue;
    }
    CHECK(has_effect);
    REQUIRE(contains(valid, bits_of(*optimal.set)));
    const MixedGraph& member = drawn.members[stream.below(drawn.members.size())];
    const Eigen::MatrixXd covariance =
        LinearSem::random(Dag(member), {}, static_cast<std::uint64_t>(repeat)).covariance();
    const Regression best = regress(covariance, query.y[0], query.x, *optimal.set);
    for (const Bits z : valid) {
      const Regression other = regress(covariance, query.y[0], query.x, test::set_of(z));
      CHECK((other.variances - best.variances).minCoeff() > -kRounding * best.variances.maxCoeff());
      ++compared;
    }
  }
  CHECK(compared > 1000);
}

TEST_CASE("the optimal set is about the nodes of y that x affects") {
  const Dag dag = named_dag({"X", "Y", "W", "U"}, {directed(0, 1), directed(3, 0), directed(3, 2)});
  CHECK(*minimal_adjustment(dag, {0}, {1, 2}).set == NodeSet{3});
  const AdjustmentResult optimal = optimal_adjustment(dag, {0}, {1, 2});
  CHECK(*optimal.set == NodeSet{});
  CHECK(optimal.unaffected == NodeSet{2});
}

// Golden: the documentation of CausalInference.jl lists all adjustment sets of this graph (nodes 1..7).
TEST_CASE("golden: the adjustment sets of the seven-node example") {
  const Dag dag = named_dag(
      {"1", "2", "3", "4", "5", "6", "7"},
      {directed(0, 1), directed(1, 2), directed(2, 3), directed(4, 0), directed(5, 4), directed(5, 3), directed(0, 6)});
  std::vector<NodeSet> sets = all_adjustments(dag, {0}, {3}).sets;
  std::sort(sets.begin(), sets.end());
  CHECK(sets == std::vector<NodeSet>{{4}, {4, 5}, {4, 5, 6}, {4, 6}, {5}, {5, 6}});
  sets = all_adjustments(dag, {0}, {3}, {.minimal = true}).sets;
  std::sort(sets.begin(), sets.end());
  CHECK(sets == std::vector<NodeSet>{{4}, {5}});
  CHECK(*canonical_adjustment(dag, {0}, {3}).set == NodeSet{4, 5});
  CHECK(*optimal_adjustment(dag, {0}, {3}).set == NodeSet{5});
}

// Golden: the second example of the same documentation (nodes 1..8).
TEST_CASE("golden: the adjustment sets of the eight-node example") {
  const Dag dag = named_dag({"1", "2", "3", "4", "5", "6", "7", "8"},
                            {directed(0, 2), directed(2, 5), directed(5, 6), directed(6, 7), directed(1, 4),
                             directed(4, 7), directed(0, 3), directed(1, 3), directed(3, 5), directed(3, 7)});
  CHECK(*minimal_separator(dag, {5}, {7}).set == NodeSet{2, 3, 6});
  CHECK(*minimal_adjustment(dag, {5}, {7}).set == NodeSet{2, 3});
  std::vector<NodeSet> sets = all_adjustments(dag, {5}, {7}, {.bounds = {.allowed = NodeSet{2, 3, 4, 5, 6, 7}}}).sets;
  std::sort(sets.begin(), sets.end());
  CHECK(sets == std::vector<NodeSet>{{2, 3}, {2, 3, 4}, {3, 4}});
}

// Golden: the manual of dagitty on M-bias.
TEST_CASE("golden: M-bias, with the collider forced in and as a bidirected graph") {
  const Dag dag = named_dag({"X", "Y", "M", "U1", "U2"},
                            {directed(0, 1), directed(3, 0), directed(3, 2), directed(4, 2), directed(4, 1)});
  CHECK(*minimal_adjustment(dag, {0}, {1}).set == NodeSet{});
  std::vector<NodeSet> forced = all_adjustments(dag, {0}, {1}, {.bounds = {.include = {2}}, .minimal = true}).sets;
  std::sort(forced.begin(), forced.end());
  CHECK(forced == std::vector<NodeSet>{{2, 3}, {2, 4}});
  CHECK(check_adjustment(dag, {0}, {1}, {2}).reason == "the non-causal walk X <- U1 -> M <- U2 -> Y is open given {M}");

  const Admg admg(MixedGraph({"X", "M", "Y"}, {directed(0, 2), bidirected(0, 1), bidirected(1, 2)}));
  CHECK(all_adjustments(admg, {0}, {2}).sets == std::vector<NodeSet>{{}});
  CHECK(check_adjustment(admg, {0}, {2}, {}).valid);
  CHECK(check_adjustment(admg, {0}, {2}, {1}).reason == "the non-causal walk X <-> M <-> Y is open given {M}");
  const Admg bow(MixedGraph({"X", "Y"}, {directed(0, 1), bidirected(0, 1)}));
  const AdjustmentResult none = minimal_adjustment(bow, {0}, {1});
  CHECK(!none.set);
  CHECK(walk_text(none.witness, bow.graph().names()) == "X <-> Y");
}

// Golden: Perkovic et al., JMLR 2018, an example of a CPDAG and its adjustment sets.
TEST_CASE("golden: the adjustment sets of a CPDAG") {
  const Cpdag cpdag(
      Pdag(MixedGraph({"0", "1", "2", "3", "4", "5"},
                      {directed(0, 2), directed(1, 2), directed(2, 5), directed(3, 2), directed(3, 5), directed(4, 5),
                       undirected(0, 1), undirected(1, 3), undirected(1, 4), undirected(3, 4)})));
  std::vector<NodeSet> sets = all_adjustments(cpdag, {2}, {5}).sets;
  std::sort(sets.begin(), sets.end());
  CHECK(sets == std::vector<NodeSet>{{0, 1, 3}, {0, 1, 3, 4}, {0, 3, 4}, {1, 3}, {1, 3, 4}, {3, 4}});
  CHECK(!check_adjustment(cpdag, {2}, {5}, {1}).valid);
  CHECK(!check_adjustment(cpdag, {2}, {5}, {}).valid);
}

// In X4 -- X3 -- X2 -- X5 -> X1 the last node but one is a parent of X3, so no DAG directs the walk from X4.
TEST_CASE("background knowledge excludes a possibly causal walk by an edge between its nodes") {
  const Mpdag mpdag(Pdag(MixedGraph(5, {undirected(1, 2), undirected(1, 3), undirected(1, 4), undirected(2, 3),
                                        directed(3, 0), directed(4, 0), directed(4, 2), directed(4, 3)})));
  CHECK(causal_region(mpdag, {3}, {0}).not_amenable.empty());
  CHECK(check_adjustment(mpdag, {3}, {0}, {4}).valid);
  CHECK(!causal_region(mpdag, {4}, {1}).not_amenable.empty());
}

// caugi issue 308: the empty set was returned for this graph.
TEST_CASE("a back-door path through two nodes needs one of them") {
  const Dag dag = named_dag({"X", "Y", "B", "C"}, {directed(3, 2), directed(2, 0), directed(3, 1), directed(0, 1)});
  std::vector<NodeSet> sets = all_adjustments(dag, {0}, {1}, {.minimal = true}).sets;
  std::sort(sets.begin(), sets.end());
  CHECK(sets == std::vector<NodeSet>{{2}, {3}});
  CHECK(!check_adjustment(dag, {0}, {1}, {}).valid);
}

TEST_CASE("what cannot be adjusted says why") {
  const Cpdag chain(Pdag(MixedGraph({"X", "A", "Y"}, {undirected(0, 1), undirected(1, 2)})));
  const AdjustmentReport report = check_adjustment(chain, {0}, {2}, {});
  CHECK(!report.amenable);
  CHECK(
      report.reason ==
      "the effect differs between graphs of the class: X -- A -- Y is causal in those that direct X -- A away from X");
  CHECK(!minimal_adjustment(chain, {0}, {2}).set);

  const Dag mediated =
      named_dag({"X", "M", "Y", "U"}, {directed(0, 1), directed(1, 2), directed(3, 0), directed(3, 2)});
  CHECK(check_adjustment(mediated, {0}, {2}, {1, 3}).reason ==
        "{M} may not be adjusted for: on a causal path from x to y, or below one");
  const AdjustmentResult latent = canonical_adjustment(mediated, {0}, {2}, {.allowed = NodeSet{1}});
  CHECK(!latent.set);
  CHECK(walk_text(latent.witness, mediated.graph().names()) == "X <- U -> Y");
  CHECK(optimal_adjustment(mediated, {0}, {2}, {.allowed = NodeSet{1}}).reason ==
        "the optimal set {U} holds {U}, which may not be used; other sets may be valid");

  const AdjustmentResult reversed = minimal_adjustment(mediated, {2}, {1});
  CHECK(reversed.unaffected == NodeSet{1});
  CHECK(reversed.reason.find("none is needed: x has no effect on y") != std::string::npos);
  CHECK(minimal_adjustment(mediated, {1}, {3}).unaffected == NodeSet{3});
}

TEST_CASE("a listing stops at its limits and says so") {
  std::vector<Edge> edges{directed(0, 1)};
  for (NodeId v = 2; v < 14; ++v) edges.push_back(directed(v, 0));
  const Dag dag(MixedGraph(14, edges));
  CHECK(all_adjustments(dag, {0}, {1}).sets.size() == 4096);
  const AdjustmentSets few = all_adjustments(dag, {0}, {1}, {.max_results = 10});
  CHECK((few.sets.size() == 10 && few.status == Status::BudgetExceeded));
  std::stop_source stop;
  stop.request_stop();
  AllAdjustmentsOptions stopped;
  stopped.run.stop = stop.get_token();
  CHECK(all_adjustments(dag, {0}, {1}, stopped).status == Status::Cancelled);
  CHECK_THROWS_AS(static_cast<void>(all_adjustments(dag, {0}, {1}, {.max_results = 0})), InvalidArgument);
}

TEST_CASE("wrong questions about adjustment are refused by name") {
  const Dag dag = named_dag({"A", "B", "C"}, {directed(0, 1), directed(1, 2)});
  CHECK_THROWS_WITH_AS(static_cast<void>(check_adjustment(dag, {0}, {2}, {0})),
                       "check_adjustment: z = 'A' must not overlap with x", InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(check_adjustment(dag, {}, {2}, {})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(causal_region(dag, {0}, {0})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(minimal_adjustment(dag, {0}, {3})), InvalidArgument);
  CHECK_THROWS_WITH_AS(static_cast<void>(canonical_adjustment(dag, {0}, {2}, {.include = {1}, .allowed = NodeSet{}})),
                       "canonical_adjustment: include = 'B' must lie within allowed", InvalidArgument);
  const Admg admg(MixedGraph({"A", "B"}, {bidirected(0, 1)}));
  CHECK_THROWS_AS(static_cast<void>(optimal_adjustment(admg, {0}, {1})), InvalidArgument);
  CHECK_THROWS_WITH_AS(Mpdag(Pdag(MixedGraph({"A", "B", "C"}, {directed(0, 1), undirected(1, 2)}))),
                       "not a maximally oriented PDAG: Meek's rules direct the edge B -> C", GraphError);
}
