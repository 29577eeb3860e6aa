#include <limits>

#include "causal/io/graph_json.hpp"
#include "changes_json.hpp"
#include "graph_builder.hpp"
#include "json_cursor.hpp"
#include "node_json.hpp"

namespace causal::io {
namespace {

constexpr std::int64_t kMaxInt = std::numeric_limits<int>::max();

double number_or_nan(const JsonCursor& object, std::string_view key) {
  return object.has(key) ? object.at(key).number() : std::numeric_limits<double>::quiet_NaN();
}

/// A number in [0, 1], or NaN when it is null or missing.
double share_or_nan(const JsonCursor& object, std::string_view key) {
  const double value = number_or_nan(object, key);
  if (value < 0 || value > 1) object.at(key).fail("must lie in [0, 1]");
  return value;
}

std::string string_or_empty(const JsonCursor& object, std::string_view key) {
  return object.has(key) ? object.at(key).string() : std::string();
}

std::int64_t count_or_zero(const JsonCursor& object, std::string_view key,
                           std::int64_t high = std::numeric_limits<std::int64_t>::max()) {
  return object.has(key) ? object.at(key).integer(0, high) : 0;
}

std::vector<std::string> strings(const JsonCursor& object, std::string_view key) {
  std::vector<std::string> result;
  if (!object.has(key)) return result;
  const JsonCursor array = object.at(key);
  for (std::size_t i = 0; i < array.size(); ++i) result.push_back(array[i].string());
  return result;
}

void read_nodes(const JsonCursor& nodes, GraphBuilder& builder) {
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const JsonCursor node = nodes[i];
    const JsonCursor id = node.at("id");
    if (id.integer(0, kMaxInt) != static_cast<std::int64_t>(i)) id.fail("ids count up from 0");
    LearnedNode read{node.at("name").string()};
    if (node.has("type")) read.type = node.at("type").enumerator<VariableType>();
    if (node.has("lag")) read.lag = static_cast<int>(node.at("lag").integer(0, kMaxInt));
    if (const auto complaint = builder.add_node(std::move(read))) node.at("name").fail(*complaint);
  }
}

void read_edges(const JsonCursor& edges, GraphBuilder& builder) {
  for (std::size_t i = 0; i < edges.size(); ++i) {
    const JsonCursor edge = edges[i];
    LearnedEdge read;
    read.edge = {node_id(edge.at("from"), builder.n()), node_id(edge.at("to"), builder.n()),
                 edge.at("mark_from").enumerator<Mark>(), edge.at("mark_to").enumerator<Mark>()};
    read.lag = static_cast<int>(count_or_zero(edge, "lag", kMaxInt));
    read.strength = number_or_nan(edge, "strength");
    read.p_value = share_or_nan(edge, "p_value");
    read.frequency = share_or_nan(edge, "frequency");
    if (const auto complaint = builder.add_edge(read)) edge.fail(*complaint);
  }
}

void read_sepsets(const JsonCursor& sepsets, LearnedGraph& graph) {
  const int n = static_cast<int>(graph.nodes.size());
  for (std::size_t i = 0; i < sepsets.size(); ++i) {
    const JsonCursor entry = sepsets[i];
    Sepset read;
    read.x = node_id(entry.at("x"), n);
    read.y = node_id(entry.at("y"), n);
    if (read.x >= read.y) entry.fail("x must be the smaller of the pair");
    const JsonCursor given = entry.at("given");
    read.given = node_set(given, n);
    for (std::size_t j = 0; j < read.given.size(); ++j) {
      if (read.given[j] == read.x || read.given[j] == read.y) given[j].fail("a node does not separate itself");
    }
    read.p_value = share_or_nan(entry, "p_value");
    if (!graph.sepsets.empty()) {
      const Sepset& last = graph.sepsets.back();
      if (std::pair(last.x, last.y) >= std::pair(read.x, read.y)) {
        entry.fail("pairs stand in ascending order, each once");
      }
    }
    graph.sepsets.push_back(std::move(read));
  }
}

void read_triples(const JsonCursor& triples, LearnedGraph& graph) {
  const int n = static_cast<int>(graph.nodes.size());
  for (std::size_t i = 0; i < triples.size(); ++i) {
    const JsonCursor triple = triples[i];
    if (triple.size() != 3) triple.fail("a triple has three nodes");
    const AmbiguousTriple read{node_id(triple[0], n), node_id(triple[1], n), node_id(triple[2], n)};
    if (read.a >= read.c || read.a == read.b || read.b == read.c) {
      triple.fail("must be three different nodes, the first smaller than the last");
    }
    graph.ambiguous_triples.push_back(read);
  }
}

void read_options(const JsonCursor& options, RunRecord& run) {
  if (!options.value().is_object()) options.fail("expected an object");
  for (const auto& [name, value] : options.value().as_object()) {
    if (value.is_array() || value.is_object()) options.at(name).fail("an option is a scalar");
    run.options.push_back({name, value.is_string() ? value.as_string() : value.dump()});
  }
}

Status read_status(const JsonCursor& cursor) {
  for (const Status status : {Status::Ok, Status::MaxIterations, Status::TimeLimit, Status::BudgetExceeded,
                              Status::Cancelled, Status::Degenerate}) {
    if (to_string(status) == cursor.string()) return status;
  }
  cursor.fail("'" + cursor.string() + "' is no status");
}

void read_run(const JsonCursor& run, LearnedGraph& graph) {
  graph.run.tool = string_or_empty(run, "tool");
  graph.run.version = string_or_empty(run, "version");
  graph.run.algorithm = string_or_empty(run, "algorithm");
  if (run.has("options")) read_options(run.at("options"), graph.run);
  if (run.has("seed")) graph.run.seed = run.at("seed").unsigned_integer();
  if (run.has("data")) {
    const JsonCursor data = run.at("data");
    graph.run.data_sha256 = string_or_empty(data, "sha256");
    graph.run.n = count_or_zero(data, "n");
    graph.run.p = static_cast<int>(count_or_zero(data, "p", kMaxInt));
  }
  if (run.has("status")) graph.status = read_status(run.at("status"));
  graph.warnings = strings(run, "warnings");
  if (!run.has("stats")) return;
  const JsonCursor stats = run.at("stats");
  if (stats.has("by_level")) {
    const JsonCursor levels = stats.at("by_level");
    std::int64_t left = std::numeric_limits<std::int64_t>::max();  // so that the sum cannot overflow
    for (std::size_t i = 0; i < levels.size(); ++i) {
      graph.stats.tests_by_level.push_back(levels[i].integer(0, left));
      left -= graph.stats.tests_by_level.back();
    }
  }
  graph.stats.degenerate_tests = count_or_zero(stats, "degenerate");
  if (stats.has("ci_tests") && count_or_zero(stats, "ci_tests") != graph.stats.tests()) {
    stats.at("ci_tests").fail("is not the sum of by_level, " + std::to_string(graph.stats.tests()));
  }
}

TimingRecord read_timing(const JsonCursor& timing) {
  TimingRecord read;
  read.command = strings(timing, "command");
  read.data_path = string_or_empty(timing, "data_path");
  read.host = string_or_empty(timing, "host");
  read.threads = static_cast<int>(count_or_zero(timing, "threads", kMaxInt));
  if (timing.has("total_s")) read.total_s = timing.at("total_s").number();
  if (timing.has("peak_mib")) read.peak_mib = timing.at("peak_mib").number();
  if (!timing.has("phases")) return read;
  const JsonCursor phases = timing.at("phases");
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const JsonCursor phase = phases[i];
    read.phase_seconds.emplace_back(phase.at("phase").string(), phase.at("seconds").number());
  }
  return read;
}

}  // namespace

LearnedGraph graph_from_json(const Json& json) {
  const JsonCursor root(json);
  const JsonCursor schema = root.at("schema");
  if (schema.string() != "causal.graph/1") {
    schema.fail("'" + schema.string() + "' is not a schema this version reads", "It reads causal.graph/1.");
  }
  GraphBuilder builder;
  read_nodes(root.at("nodes"), builder);
  read_edges(root.at("edges"), builder);
  LearnedGraph graph = builder.take();
  graph.kind = root.at("kind").enumerator<GraphKind>();
  if (root.has("sepsets")) read_sepsets(root.at("sepsets"), graph);
  if (root.has("ambiguous_triples")) read_triples(root.at("ambiguous_triples"), graph);
  if (root.has("not_a_cpdag")) graph.not_a_cpdag = root.at("not_a_cpdag").string();
  if (root.has("changes")) {
    graph.changes = changes_from_json(root.at("changes"), static_cast<int>(graph.nodes.size()));
  }
  if (root.has("run")) read_run(root.at("run"), graph);
  if (root.has("timing")) graph.timing = read_timing(root.at("timing"));
  return graph;
}

}  // namespace causal::io
