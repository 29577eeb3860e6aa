#include "causal/discovery/search/cdnod.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "causal/graph/dense_marks.hpp"
#include "causal/graph/pdag.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/stop.hpp"
#include "edge_stability.hpp"
#include "lagged_nodes.hpp"
#include "pc_search.hpp"
#include "row_dependence.hpp"

namespace causal::discovery {
namespace {

constexpr int kFewestRowsOfDomain = 3;
constexpr double kCopyCorrelation = 1 - 1e-9;
constexpr double kDependentRows = 0.2;  // residual autocorrelation above which the tests' levels are no longer right

PcOptions pc_options(const CdnodOptions& options) {
  return {.alpha = options.alpha,
          .max_cond_size = options.max_cond_size,
          .collider_rule = options.collider_rule,
          .conflict = options.conflict,
          .run = options.run};
}

// The user's knowledge and: nothing causes an exogenous node. Exogenous nodes are not related to each other.
Knowledge with_exogenous(Knowledge knowledge, const std::vector<std::string>& names,
                         const std::vector<NodeId>& exogenous) {
  for (const NodeId e : exogenous) {
    for (NodeId v = 0; v < static_cast<NodeId>(names.size()); ++v) {
      if (v == e) continue;
      const Knowledge::DirectedPair pair{names[slot(v)], names[slot(e)]};
      const auto& forbidden = knowledge.forbidden;
      if (std::find(forbidden.begin(), forbidden.end(), pair) == forbidden.end()) knowledge.forbidden.push_back(pair);
    }
  }
  return knowledge;
}

void check_domains(const Node& surrogate) {
  if (surrogate.nominal.cols() == 0) return;
  std::map<std::vector<double>, int> rows;
  for (Eigen::Index i = 0; i < surrogate.nominal.rows(); ++i) {
    const Eigen::VectorXd codes = surrogate.nominal.row(i);
    ++rows[std::vector<double>(codes.data(), codes.data() + codes.size())];
  }
  if (rows.size() < 2) throw DataError("'" + surrogate.name + "' has one value only: nothing can be seen to change");
  for (const auto& [codes, count] : rows) {
    if (count >= kFewestRowsOfDomain) continue;
    const auto code = static_cast<std::size_t>(codes.front());
    const std::string label =
        code < surrogate.levels.size() ? surrogate.levels[code] : fmt::format("{}", codes.front());
    throw DataError(fmt::format("domain '{}' of '{}' has {} row{}; at least {} are needed", label, surrogate.name,
                                count, count == 1 ? "" : "s", kFewestRowsOfDomain),
                    {}, "Leave its rows out, or merge it with a domain that is alike.");
  }
}

// A variable that only tells the time again has no mechanism to learn about.
void check_copies(const NodeTable& nodes, NodeId c) {
  const Eigen::MatrixXd& time = nodes.node(c).numeric;
  if (time.cols() != 1 || nodes.node(c).nominal.cols() > 0) return;
  for (NodeId v = 0; v < nodes.size(); ++v) {
    if (v == c || nodes.has_missing(v)) continue;
    for (Eigen::Index j = 0; j < nodes.node(v).numeric.cols(); ++j) {
      const Eigen::VectorXd a = time.col(0).array() - time.col(0).mean();
      const Eigen::VectorXd b = nodes.node(v).numeric.col(j).array() - nodes.node(v).numeric.col(j).mean();
      const double size = a.norm() * b.norm();
      if (!(size > 0) || std::abs(a.dot(b)) < kCopyCorrelation * size) continue;
      throw DataError(fmt::format("variable '{}' is a linear function of '{}', which says what changes",
                                  nodes.names()[slot(v)], nodes.names()[slot(c)]),
                      {}, fmt::format("Leave it out: --exclude {}", nodes.names()[slot(v)]));
    }
  }
}

NodeId checked_surrogate(const NodeTable& nodes) {
  if (!nodes.surrogate()) {
    throw InvalidArgument("cdnod", "nodes", "a table without surrogate", "have a node that stands for what changes");
  }
  const NodeId c = *nodes.surrogate();
  const Node& node = nodes.node(c);
  if (nodes.has_missing(c)) throw DataError("'" + node.name + "', which says what changes, has missing cells");
  if (nodes.rows() > 0 && node.numeric.cols() > 0 && node.numeric.col(0).minCoeff() == node.numeric.col(0).maxCoeff()) {
    throw DataError("'" + node.name + "' has one value only: nothing can be seen to change");
  }
  check_domains(node);
  check_copies(nodes, c);
  return c;
}

// Marks that were changed after the edges were written.
void rewrite_marks(const DenseMarks& marks, LearnedGraph& graph) {
  for (LearnedEdge& e : graph.edges) {
    const NodeId a = e.edge.from;
    const NodeId b = e.edge.to;
    e.edge = canonical({a, b, marks.mark_at(b, a), marks.mark_at(a, b)});
  }
  std::sort(graph.edges.begin(), graph.edges.end(), [](const LearnedEdge& a, const LearnedEdge& b) {
    return std::pair(a.edge.from, a.edge.to) < std::pair(b.edge.from, b.edge.to);
  });
}

void add_warnings(const std::vector<std::string>& warnings, LearnedGraph& graph) {
  graph.warnings.insert(graph.warnings.end(), warnings.begin(), warnings.end());
}

std::vector<NodeId> changing_nodes(const DenseMarks& marks, NodeId c) {
  std::vector<NodeId> nodes;
  for (NodeId v = 0; v < marks.n(); ++v) {
    if (v != c && marks.adjacent(c, v)) nodes.push_back(v);
  }
  return nodes;
}

NodeSet parents_of(const DenseMarks& marks, NodeId v, NodeId c) {
  NodeSet parents;
  for (NodeId u = 0; u < marks.n(); ++u) {
    if (u != c && u != v && marks.adjacent(u, v) && marks.is_directed(u, v)) parents.push_back(u);
  }
  return parents;
}

void direct_by_independent_change(const NodeTable& nodes, NodeId c, const KnowledgeIndex& knowledge,
                                  const CdnodOptions& options, const StopSignal& stop, DenseMarks& marks,
                                  LearnedGraph& graph) {
  SinkOptions sinks = options.sinks;
  sinks.ambiguous = graph.ambiguous_triples;
  SinkSearch search =
      orient_by_independent_change(nodes, c, marks, knowledge, options.direction, sinks, options.run, stop);
  graph.changes->rounds = std::move(search.rounds);
  graph.status = search.status;
  add_warnings(search.warnings, graph);
  rewrite_marks(marks, graph);
}

void find_forces(const NodeTable& nodes, NodeId c, const CdnodOptions& options, const StopSignal& stop,
                 const DenseMarks& marks, LearnedGraph& graph) {
  std::vector<NodeSet> parents;
  for (const NodeId v : graph.changes->changing) parents.push_back(parents_of(marks, v, c));
  DrivingForces found = driving_forces(nodes, c, graph.changes->changing, parents, options.force, options.run, stop);
  graph.changes->forces = std::move(found.forces);
  graph.status = found.status;
  add_warnings(found.warnings, graph);
}

void warn_of_dependent_rows(const NodeTable& nodes, NodeId c, const CdnodOptions& options, const DenseMarks& marks,
                            LearnedGraph& graph) {
  if (nodes.node(c).numeric.cols() == 0) return;  // domains: rows have no order
  std::string named;
  for (NodeId v = 0; v < nodes.size(); ++v) {
    if (nodes.node(v).surrogate || graph.nodes[slot(v)].lag) continue;
    const auto r = detail::residual_autocorrelation(nodes, v, parents_of(marks, v, c), c, options.run.threads);
    if (r && *r > kDependentRows)
      named += fmt::format("{}{} ({:.2f})", named.empty() ? "" : ", ", nodes.names()[slot(v)], *r);
  }
  if (named.empty()) return;
  graph.warnings.push_back(
      "consecutive rows depend on each other beyond the graph, so edges may be too many; autocorrelation of "
      "residuals: " +
      named + (options.max_lag == 0 ? "; max_lag = 1 makes earlier rows possible causes" : ""));
}

// The part of `nodes` that a search with lags sees; `past` is empty without lags.
struct SearchTable {
  NodeTable nodes;
  std::vector<NodeId> past;
};

SearchTable search_table(const NodeTable& nodes, int max_lag) {
  if (max_lag == 0) return {nodes, {}};
  detail::LaggedNodes lagged = detail::with_past(nodes, max_lag);
  return {std::move(lagged.table), std::move(lagged.past)};
}

// The past of a variable is that variable at a lag, as in graphs of time series.
void set_lags(const SearchTable& table, const NodeTable& nodes, LearnedGraph& graph) {
  std::vector<NodeId> variables;
  for (NodeId v = 0; v < nodes.size(); ++v) {
    if (!nodes.node(v).surrogate) variables.push_back(v);
  }
  for (std::size_t k = 0; k < table.past.size(); ++k) {
    LearnedNode& node = graph.nodes[slot(table.past[k])];
    node.name = nodes.names()[slot(variables[k % variables.size()])];
    node.lag = 1 + static_cast<int>(k / variables.size());
  }
}

std::vector<NodeId> exogenous_nodes(NodeId c, const std::vector<NodeId>& past) {
  std::vector<NodeId> nodes = past;
  nodes.push_back(c);
  std::sort(nodes.begin(), nodes.end());
  return nodes;
}

LearnedGraph invariance(const CiTest& test, const std::vector<NodeId>& exogenous, const CdnodOptions& options,
                        const Knowledge& knowledge) {
  const KnowledgeIndex index(with_exogenous(knowledge, test.names(), exogenous), test.names());
  LearnedGraph graph = detail::pc_search(test, pc_options(options), index, exogenous);
  graph.run.algorithm = "cdnod";
  return graph;
}

}  // namespace

LearnedGraph cdnod_invariance(const CiTest& test, NodeId c, const CdnodOptions& options, const Knowledge& knowledge) {
  validate(options, "cdnod");
  validate(options.run, "cdnod");
  if (c < 0 || c >= test.variables()) {
    throw InvalidArgument("cdnod_invariance", "c", std::to_string(c), "be a node of the test");
  }
  LearnedGraph graph = invariance(test, {c}, options, knowledge);
  graph.changes = MechanismChanges{.surrogate = c};
  graph.changes->changing = changing_nodes(DenseMarks(graph.graph()), c);
  return graph;
}

LearnedGraph cdnod(const NodeTable& nodes, const NodeTestFactory& make_test, const CdnodOptions& options,
                   const Knowledge& knowledge) {
  validate(options, "cdnod");
  validate(options.run, "cdnod");
  const NodeId c = checked_surrogate(nodes);
  const StopSignal stop(options.run);
  const SearchTable table = search_table(nodes, options.max_lag);
  const std::vector<NodeId> exogenous = exogenous_nodes(c, table.past);

  const std::unique_ptr<CiTest> test = make_test(table.nodes, options.run);
  LearnedGraph graph = invariance(*test, exogenous, options, knowledge);
  set_lags(table, nodes, graph);
  DenseMarks marks(graph.graph());
  graph.changes = MechanismChanges{.surrogate = c};
  graph.changes->changing = changing_nodes(marks, c);
  const SurrogatePoints points = surrogate_points(table.nodes, c, options.force.module);
  graph.changes->points = points.values;
  graph.changes->domains = points.domains;
  auto phase = [&, from = stop.seconds()](const std::string& name) mutable {
    graph.stats.phase_seconds.emplace_back(name, stop.seconds() - from);
    from = stop.seconds();
  };

  if (graph.status == Status::Ok && options.directions) {
    const KnowledgeIndex index(with_exogenous(knowledge, test->names(), exogenous), test->names());
    direct_by_independent_change(table.nodes, c, index, options, stop, marks, graph);
    phase("directions");
  }
  if (graph.status == Status::Ok && options.forces) {
    find_forces(table.nodes, c, options, stop, marks, graph);
    phase("forces");
  }
  if (graph.status == Status::Ok) warn_of_dependent_rows(table.nodes, c, options, marks, graph);
  if (graph.status == Status::Ok && options.bootstrap > 0) {
    const auto replicate = [&](const NodeTable& rows, const RunOptions& run) {
      CdnodOptions quiet = options;
      quiet.run = run;
      return invariance(*make_test(rows, run), exogenous, quiet, knowledge);
    };
    detail::add_edge_frequencies(table.nodes, options.bootstrap, options.block_length, options.run, stop, replicate,
                                 graph);
    phase("bootstrap");
  }
  graph.stats.threads_used = resolve_threads(options.run.threads);
  return graph;
}

}  // namespace causal::discovery
