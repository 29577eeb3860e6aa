#include "causal/discovery/search/pc.hpp"

#include <algorithm>
#include <limits>

#include "causal/graph/dense_marks.hpp"
#include "causal/graph/equivalence.hpp"
#include "causal/graph/orientation.hpp"
#include "causal/graph/pdag.hpp"
#include "causal/run/stop.hpp"
#include "colliders.hpp"
#include "pc_search.hpp"

namespace causal::discovery {
namespace {

constexpr std::size_t kListedWarnings = 20;
constexpr std::size_t kListedTriples = 5;

SkeletonOptions skeleton_options(const PcOptions& options) {
  return {.alpha = options.alpha,
          .max_cond_size = options.max_cond_size,
          .skeleton = options.skeleton,
          .fdr = options.fdr,
          .run = options.run};
}

DenseMarks undirected_marks(const Skeleton& skeleton) {
  DenseMarks marks(static_cast<int>(skeleton.neighbours.size()));
  for (const auto& edge : skeleton.edges) marks.set(undirected(edge.x, edge.y));
  return marks;
}

// Lists the first conflicts and counts the rest.
void add_warnings(std::vector<std::string> conflicts, LearnedGraph& out) {
  const std::size_t total = conflicts.size();
  if (total > kListedWarnings) {
    conflicts.resize(kListedWarnings);
    conflicts.push_back("and " + std::to_string(total - kListedWarnings) + " more conflicts");
  }
  out.warnings.insert(out.warnings.end(), conflicts.begin(), conflicts.end());
}

void add_tests(const std::vector<std::int64_t>& tests_by_level, RunStats& stats) {
  if (stats.tests_by_level.size() < tests_by_level.size()) stats.tests_by_level.resize(tests_by_level.size());
  for (std::size_t l = 0; l < tests_by_level.size(); ++l) stats.tests_by_level[l] += tests_by_level[l];
}

// The marks with the numbers of the skeleton's tests.
void write_edges(const DenseMarks& marks, const Skeleton& skeleton, LearnedGraph& out) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const auto& link : skeleton.edges) {
    LearnedEdge edge;
    edge.edge = canonical({link.x, link.y, marks.mark_at(link.y, link.x), marks.mark_at(link.x, link.y)});
    const bool decided = link.max_p_value > 0;  // else required, or no test of the pair had an answer
    edge.strength = decided ? link.effect : kNan;
    edge.p_value = decided ? link.max_p_value : kNan;
    out.edges.push_back(edge);
  }
  std::sort(out.edges.begin(), out.edges.end(), [](const LearnedEdge& a, const LearnedEdge& b) {
    return std::pair(a.edge.from, a.edge.to) < std::pair(b.edge.from, b.edge.to);
  });
}

// Why the result is not the equivalence class it should be, or nothing.
std::optional<std::string> not_a_class(const LearnedGraph& out, const std::vector<std::string>& conflicts,
                                       bool with_knowledge) {
  if (!conflicts.empty()) return conflicts.front();
  if (!out.ambiguous_triples.empty()) {
    const AmbiguousTriple& t = out.ambiguous_triples.front();
    const auto name = [&](NodeId v) { return out.nodes[static_cast<std::size_t>(v)].name; };
    return "the triple " + name(t.a) + " - " + name(t.b) + " - " + name(t.c) + " is ambiguous";
  }
  const MixedGraph graph = out.graph();
  if (!with_knowledge) return why_not_cpdag(graph);
  if (const auto cycle = graph.directed_cycle()) {
    return "a directed cycle through " + graph.name(cycle->front());
  }
  const PdagExtension extension = extend_to_dag(Pdag(graph));
  return extension.dag ? std::nullopt : std::optional(extension.reason);
}

// Triples with a node in the middle that nothing causes are no colliders, whatever the tests say. Where a separating
// set says otherwise the data contradict themselves, which is told but settles nothing.
void drop_triples_at(std::span<const NodeId> exogenous, const std::vector<std::string>& names,
                     detail::ColliderDecision& decision, std::vector<std::string>& warnings) {
  const auto name = [&](NodeId v) { return names[static_cast<std::size_t>(v)]; };
  const auto settled = [&](NodeId b) { return std::binary_search(exogenous.begin(), exogenous.end(), b); };
  std::string triples;
  std::size_t count = 0;
  for (const detail::Collider& t : decision.colliders) {
    if (!settled(t.b) || ++count > kListedTriples) continue;
    triples += (count > 1 ? "; " : "") + name(t.a) + " and " + name(t.c) + " without " + name(t.b);
  }
  if (count > kListedTriples) triples += "; and " + std::to_string(count - kListedTriples) + " more";
  if (count > 0) warnings.push_back("found independent, though both depend on what is left out: " + triples);
  std::erase_if(decision.colliders, [&](const detail::Collider& t) { return settled(t.b); });
  std::erase_if(decision.ambiguous, [&](const AmbiguousTriple& t) { return settled(t.b); });
}

}  // namespace

namespace detail {

LearnedGraph pc_search(const CiTest& test, const PcOptions& options, const KnowledgeIndex& index,
                       std::span<const NodeId> exogenous) {
  const StopSignal stop(options.run);
  Skeleton skeleton = find_skeleton(test, skeleton_options(options), index);
  LearnedGraph out;
  for (const std::string& name : test.names()) out.nodes.push_back({.name = name});
  out.run.algorithm = "pc";
  out.run.seed = options.run.seed;
  out.run.n = test.sample_size();
  out.run.p = test.variables();
  out.status = skeleton.status;
  out.warnings = skeleton.warnings;
  out.stats = skeleton.stats;

  DenseMarks marks = undirected_marks(skeleton);
  if (skeleton.status != Status::Ok) {
    out.kind = GraphKind::Ug;
    out.warnings.push_back("stopped while searching the skeleton: edges may be too many and none is oriented");
    write_edges(marks, skeleton, out);
    out.sepsets = std::move(skeleton.sepsets);
    return out;
  }

  const double oriented_from = stop.seconds();
  static_cast<void>(apply_knowledge(marks, index, test.names()));  // conflicts are reported by the closure below
  ColliderDecision decision = decide_colliders(test, skeleton, index, options, stop);
  drop_triples_at(exogenous, test.names(), decision, out.warnings);
  add_tests(decision.tests_by_level, out.stats);
  std::vector<std::string> conflicts =
      orient_colliders(decision.colliders, index, options.conflict, test.names(), marks);
  const MeekResult closure =
      meek_closure(marks, index, test.names(), {.use_rule4 = !index.empty(), .ambiguous = decision.ambiguous});
  for (const OrientationConflict& conflict : closure.conflicts) conflicts.push_back(conflict.reason);
  out.ambiguous_triples = std::move(decision.ambiguous);
  write_edges(marks, skeleton, out);
  out.sepsets = std::move(skeleton.sepsets);
  out.not_a_cpdag = not_a_class(out, conflicts, !index.empty());
  out.kind = out.not_a_cpdag ? GraphKind::Pdag : index.empty() ? GraphKind::Cpdag : GraphKind::Mpdag;
  add_warnings(std::move(conflicts), out);
  for (std::string& violation : index.violations(out.graph())) out.warnings.push_back(std::move(violation));
  if (decision.stopped) {
    out.status = stop.status();
    out.warnings.push_back("stopped while deciding colliders: triples not decided yet are ambiguous");
  }
  out.stats.phase_seconds.emplace_back("orientation", stop.seconds() - oriented_from);
  return out;
}

}  // namespace detail

LearnedGraph pc(const CiTest& test, const PcOptions& options, const Knowledge& knowledge) {
  validate(options, "pc");
  validate(options.run, "pc");
  const KnowledgeIndex index = knowledge.empty() ? KnowledgeIndex() : KnowledgeIndex(knowledge, test.names());
  return detail::pc_search(test, options, index, {});
}

}  // namespace causal::discovery
