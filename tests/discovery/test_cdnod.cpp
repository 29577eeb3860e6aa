// labels: unit golden determinism
#include "causal/discovery/search/cdnod.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "causal/discovery/ci/kci.hpp"
#include "causal/discovery/ci/rcot.hpp"
#include "causal/graph/dense_marks.hpp"
#include "causal/io/csv.hpp"
#include "causal/io/file.hpp"
#include "causal/io/graph_json.hpp"
#include "causal/run/error.hpp"
#include "causal/scm/changing_process.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

std::unique_ptr<CiTest> make_kci(const NodeTable& nodes, const RunOptions& run) {
  return std::make_unique<Kci>(nodes, KciOptions{}, run);
}
std::unique_ptr<CiTest> make_rcot(const NodeTable& nodes, const RunOptions& run) {
  return std::make_unique<Rcot>(nodes, RcotOptions{}, run);
}

NodeTable example(ChangingProcess process, std::int64_t n, std::uint64_t seed = 1) {
  return nodes_with_surrogate(simulate_changing(process, n, {.seed = seed}).data);
}

NodeTable replace_column(const NodeTable& table, NodeId v, const Eigen::VectorXd& column) {
  std::vector<Node> nodes;
  for (NodeId u = 0; u < table.size(); ++u) nodes.push_back(table.node(u));
  nodes[slot(v)].numeric = column;
  return NodeTable(std::move(nodes));
}

bool is_directed(const MixedGraph& graph, NodeId from, NodeId to) {
  return graph.adjacent(from, to) && DenseMarks(graph).is_directed(from, to);
}

LearnedGraph run(const NodeTable& nodes, const CdnodOptions& options = {}) { return cdnod(nodes, make_kci, options); }

}  // namespace

// Computed with the formulas of causal-learn's kernel test, its widths for the surrogate too, on its own test data.
TEST_CASE("p-values on the data of causal-learn's test") {
  const std::string path = std::string(CAUSAL_SOURCE_DIR) + "/data/causal_learn_cdnod.csv";
  const io::MappedFile file(path);
  const Dataset data = io::parse_csv(file.bytes(), {}, path).data;
  std::vector<Node> nodes;
  for (int j = 0; j < 4; ++j) nodes.push_back({.name = data.column(j).name, .numeric = data.values().col(j)});
  nodes.push_back({.name = "t", .numeric = Eigen::VectorXd::LinSpaced(500, 0, 499)});
  const auto p = [&](double width, NodeId x, NodeId y, const std::vector<NodeId>& S) {
    return Kci(NodeTable(nodes), {.width = KernelWidth::Manual, .manual_width = width}).test(x, y, S).p_value;
  };
  const auto near = [](double value) { return doctest::Approx(value).epsilon(1e-3); };
  CHECK(p(0.5, 0, 4, {}) == near(0.05426));
  CHECK(p(0.5, 1, 4, {}) == near(0.006904));
  CHECK(p(0.5, 2, 4, {}) == near(0.1369));
  CHECK(p(0.5, 3, 4, {}) == near(7.70e-5));
  CHECK(p(0.7, 0, 2, {1}) == near(0.4801));
  CHECK(p(0.7, 1, 3, {2}) == near(0.1404));
  CHECK(p(0.7, 1, 4, {2}) == near(0.1205));
  const double two = 0.7 * std::sqrt(2.0);
  CHECK(p(two, 0, 3, {2, 4}) == near(0.1742));
  CHECK(p(two, 3, 4, {0, 2}) == near(9.07e-4));
}

TEST_CASE("a whole run: skeleton, directions, forces, and the record of them") {
  const NodeTable nodes = example(ChangingProcess::CdnodExample1, 500);
  const LearnedGraph graph = run(nodes);
  CHECK(graph.status == Status::Ok);
  CHECK(graph.run.algorithm == "cdnod");
  REQUIRE(graph.changes.has_value());
  CHECK(graph.changes->surrogate == 4);
  CHECK(graph.changes->changing == std::vector<NodeId>{1, 3});
  const MixedGraph found = graph.graph();
  for (NodeId v = 0; v + 1 < 4; ++v) CHECK(is_directed(found, v, v + 1));
  CHECK(graph.changes->forces.size() == 2);
  for (const DrivingForce& force : graph.changes->forces) {
    CHECK(force.components.size() == 3);
    CHECK(force.components[0].size() == graph.changes->points.size());
  }
}

TEST_CASE("same bytes at any number of threads, for every part of the result") {
  for (const bool large : {false, true}) {
    const NodeTable nodes = example(ChangingProcess::CdnodExample2, large ? 2500 : 200);
    const auto bytes = [&](int threads) {
      CdnodOptions options{.bootstrap = large ? 0 : 3, .run = {.threads = threads, .seed = 5}};
      return io::graph_to_json(cdnod(nodes, large ? NodeTestFactory(make_rcot) : NodeTestFactory(make_kci), options))
          .dump();
    };
    const std::string one = bytes(1);
    CHECK(bytes(2) == one);
    CHECK(bytes(4) == one);
  }
}

TEST_CASE("permuting columns and rows and relabelling domains leave the graph as it is") {
  const NodeTable nodes = example(ChangingProcess::CdnodExample3, 600);
  const LearnedGraph graph = run(nodes, {.forces = false});
  const auto edges = [](const LearnedGraph& g) {
    std::vector<std::string> texts;
    for (const LearnedEdge& e : g.edges) {
      Edge edge = e.edge;
      const std::vector<std::string> names = g.names();
      if (edge.is_undirected() && names[slot(edge.from)] > names[slot(edge.to)]) std::swap(edge.from, edge.to);
      texts.push_back(edge_text(edge, names));
    }
    std::sort(texts.begin(), texts.end());
    return texts;
  };
  std::vector<Node> reversed;
  for (NodeId v = nodes.size() - 1; v >= 0; --v) reversed.push_back(nodes.node(v));
  reversed[0].nominal = 1 - reversed[0].nominal.array();
  CHECK(edges(run(NodeTable(reversed), {.collider_rule = ColliderRule::Majority, .forces = false})) ==
        edges(run(nodes, {.collider_rule = ColliderRule::Majority, .forces = false})));
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < nodes.rows(); ++i) rows.push_back(nodes.rows() - 1 - i);
  CHECK(edges(run(nodes.select_rows(rows), {.forces = false})) == edges(graph));
}

TEST_CASE("earlier rows as causes") {
  // x[t] = .7 x[t-1] + e, y[t] = .8 x[t-1] + e: without lags the rows depend on each other, with them nothing is left.
  const NodeTable base = example(ChangingProcess::CdnodExample1, 400);
  Eigen::VectorXd x = base.node(0).numeric.col(0);
  Eigen::VectorXd y = 0.5 * base.node(2).numeric.col(0);
  Eigen::VectorXd e = x.reverse();
  y = 0.5 * e;
  for (Eigen::Index t = 1; t < 400; ++t) {
    x(t) += 0.7 * x(t - 1);
    y(t) += 0.8 * x(t - 1);
  }
  const NodeTable nodes({{.name = "x", .numeric = x}, {.name = "y", .numeric = y}, base.node(4)});
  const LearnedGraph without = run(nodes, {.forces = false});
  CHECK(std::any_of(without.warnings.begin(), without.warnings.end(), [](const std::string& warning) {
    return warning.find("consecutive rows depend on each other") != std::string::npos &&
           warning.find("x (") != std::string::npos;
  }));
  const LearnedGraph with = run(nodes, {.alpha = 0.01, .max_lag = 1, .forces = false});
  CHECK(with.names() == std::vector<std::string>{"x", "y", "time", "x[t-1]", "y[t-1]"});
  CHECK(with.nodes[3].lag == 1);
  const MixedGraph found = with.graph();
  CHECK(is_directed(found, 3, 0));
  CHECK(is_directed(found, 3, 1));
  CHECK_FALSE(found.adjacent(3, 4));
  for (const LearnedEdge& edge : with.edges) CHECK(edge.edge.to != 2);
}

TEST_CASE("frequencies of edges over resamples") {
  const NodeTable nodes = example(ChangingProcess::CdnodExample1, 300);
  const LearnedGraph graph = run(nodes, {.directions = false, .forces = false, .bootstrap = 6});
  REQUIRE(!graph.edges.empty());
  for (const LearnedEdge& edge : graph.edges) {
    CHECK(edge.frequency >= 0);
    CHECK(edge.frequency <= 1);
  }
  // The chain's strongest edge is found in every resample.
  CHECK(graph.edges.front().frequency == 1);
}

TEST_CASE("missing cells are left out test by test") {
  NodeTable nodes = example(ChangingProcess::CdnodExample1, 500);
  Eigen::VectorXd gaps = nodes.node(1).numeric.col(0);
  for (Eigen::Index i = 0; i < 500; i += 20) gaps(i) = std::numeric_limits<double>::quiet_NaN();
  const LearnedGraph graph = run(replace_column(nodes, 1, gaps));
  CHECK(graph.status == Status::Ok);
  CHECK(is_directed(graph.graph(), 0, 1));
  CHECK(is_directed(graph.graph(), 4, 1));
}

TEST_CASE("stopped runs return what there is") {
  const NodeTable nodes = example(ChangingProcess::CdnodExample1, 500);
  const LearnedGraph timed = run(nodes, {.run = {.time_limit_s = 1e-9}});
  CHECK(timed.status == Status::TimeLimit);
  CHECK(timed.kind == GraphKind::Ug);
  std::stop_source source;
  source.request_stop();
  CHECK(run(nodes, {.run = {.stop = source.get_token()}}).status == Status::Cancelled);
}

TEST_CASE("what cannot be searched is refused with the name") {
  const NodeTable nodes = example(ChangingProcess::CdnodExample1, 100);
  std::vector<Node> parts;
  for (NodeId v = 0; v < nodes.size(); ++v) parts.push_back(nodes.node(v));
  const auto refuses = [](std::vector<Node> wrong, const char* message) {
    CHECK_THROWS_WITH_AS(static_cast<void>(run(NodeTable(std::move(wrong)))), doctest::Contains(message), DataError);
  };
  const auto with = [&](NodeId v, Node node) {
    std::vector<Node> changed = parts;
    changed[slot(v)] = std::move(node);
    return changed;
  };
  const Eigen::VectorXd flat = Eigen::VectorXd::Constant(100, 2);
  refuses(with(1, {.name = "x2", .numeric = flat}), "'x2' is constant");
  refuses(with(4, {.name = "time", .numeric = flat, .surrogate = true}), "'time' has one value only");
  refuses(with(1, {.name = "x2", .numeric = 3 * parts[4].numeric.array() + 1}), "'x2' is a linear function of 'time'");
  Eigen::VectorXd domain = Eigen::VectorXd::Zero(100);
  refuses(with(4, {.name = "site", .nominal = domain, .surrogate = true}), "one value only");
  domain(3) = domain(4) = 1;
  refuses(with(4, {.name = "site", .nominal = domain, .surrogate = true, .levels = {"a", "b"}}),
          "domain 'b' of 'site' has 2 rows");
  Eigen::MatrixXd gap = parts[4].numeric;
  gap(7, 0) = std::numeric_limits<double>::quiet_NaN();
  refuses(with(4, {.name = "time", .numeric = gap, .surrogate = true}), "missing cells");

  std::vector<Node> few;
  for (const Node& node : parts) few.push_back({node.name, node.numeric.topRows(20), {}, node.surrogate});
  refuses(few, "is observed in 20 rows");

  std::vector<Node> no_surrogate(parts.begin(), parts.end() - 1);
  CHECK_THROWS_AS(static_cast<void>(run(NodeTable(no_surrogate))), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(run(nodes, {.alpha = 0})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(run(nodes, {.max_lag = 21})), InvalidArgument);
  std::vector<std::int64_t> backwards(100);
  for (std::int64_t i = 0; i < 100; ++i) backwards[static_cast<std::size_t>(i)] = 99 - i;
  CHECK_THROWS_WITH_AS(static_cast<void>(run(nodes.select_rows(backwards), {.max_lag = 1})),
                       doctest::Contains("not in order of 'time'"), DataError);
}
