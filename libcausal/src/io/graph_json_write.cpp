#include <set>

#include "causal/io/graph_json.hpp"
#include "causal/run/error.hpp"
#include "changes_json.hpp"
#include "node_json.hpp"

namespace causal::io {
namespace {

Json learned_nodes_to_json(const std::vector<LearnedNode>& nodes) {
  Json array = Json::array();
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    Json node;
    node.set("id", static_cast<std::int64_t>(i));
    node.set("name", nodes[i].name);
    node.set("type", enum_name(nodes[i].type));
    node.set("lag", nodes[i].lag ? Json(*nodes[i].lag) : Json());
    array.push(std::move(node));
  }
  return array;
}

Json edges_to_json(const std::vector<LearnedEdge>& edges) {
  Json array = Json::array();
  for (const LearnedEdge& e : edges) {
    Json edge;
    edge.set("from", e.edge.from);
    edge.set("to", e.edge.to);
    edge.set("mark_from", enum_name(e.edge.mark_from));
    edge.set("mark_to", enum_name(e.edge.mark_to));
    edge.set("lag", e.lag);
    edge.set("strength", e.strength);
    edge.set("p_value", e.p_value);
    edge.set("frequency", e.frequency);
    array.push(std::move(edge));
  }
  return array;
}

Json sepsets_to_json(const std::vector<Sepset>& sepsets) {
  Json array = Json::array();
  for (const Sepset& s : sepsets) {
    Json sepset;
    sepset.set("x", s.x);
    sepset.set("y", s.y);
    sepset.set("given", nodes_to_json(s.given));
    sepset.set("p_value", s.p_value);
    array.push(std::move(sepset));
  }
  return array;
}

Json triples_to_json(const std::vector<AmbiguousTriple>& triples) {
  Json array = Json::array();
  for (const AmbiguousTriple& t : triples) array.push(Json::Array{t.a, t.b, t.c});
  return array;
}

/// A printed option as the JSON scalar that prints the same: 0.05 as a number, true as a boolean, the rest as strings.
Json option_to_json(const std::string& text) {
  if (text == "true" || text == "false") return Json(text == "true");
  if (text.empty() || (text.front() != '-' && (text.front() < '0' || text.front() > '9'))) return Json(text);
  try {
    Json number = Json::parse(text);
    if (number.is_number() && number.dump() == text) return number;
  } catch (const ParseError&) {
    // Starts like a number and is none: a string.
  }
  return Json(text);
}

Json options_to_json(const std::vector<OptionRecord>& options) {
  Json object = Json::object();
  std::set<std::string_view> seen;
  for (const OptionRecord& option : options) {
    if (!seen.insert(option.name).second) {
      throw InvalidArgument("graph_to_json", "run.options", "'" + option.name + "'", "not stand twice");
    }
    object.set(option.name, option_to_json(option.value));
  }
  return object;
}

Json strings_to_json(const std::vector<std::string>& strings) {
  return Json(Json::Array(strings.begin(), strings.end()));
}

Json run_to_json(const LearnedGraph& graph) {
  Json data;
  data.set("sha256", graph.run.data_sha256);
  data.set("n", graph.run.n);
  data.set("p", graph.run.p);

  const std::vector<std::int64_t>& by_level = graph.stats.tests_by_level;
  Json stats;
  stats.set("ci_tests", graph.stats.tests());
  stats.set("by_level", Json::Array(by_level.begin(), by_level.end()));
  stats.set("degenerate", graph.stats.degenerate_tests);

  Json run;
  run.set("tool", graph.run.tool);
  run.set("version", graph.run.version);
  run.set("algorithm", graph.run.algorithm);
  run.set("options", options_to_json(graph.run.options));
  run.set("seed", graph.run.seed);
  run.set("data", std::move(data));
  run.set("status", to_string(graph.status));
  run.set("warnings", strings_to_json(graph.warnings));
  run.set("stats", std::move(stats));
  return run;
}

}  // namespace

Json timing_to_json(const TimingRecord& timing) {
  Json phases = Json::array();
  for (const auto& [phase, seconds] : timing.phase_seconds) {
    Json entry;
    entry.set("phase", phase);
    entry.set("seconds", seconds);
    phases.push(std::move(entry));
  }
  Json json;
  json.set("command", strings_to_json(timing.command));
  json.set("data_path", timing.data_path);
  json.set("host", timing.host);
  json.set("threads", timing.threads);
  json.set("total_s", timing.total_s);
  json.set("peak_mib", timing.peak_mib);
  json.set("phases", std::move(phases));
  return json;
}

Json graph_to_json(const LearnedGraph& graph) {
  Json json;
  json.set("schema", "causal.graph/1");
  json.set("kind", enum_name(graph.kind));
  json.set("nodes", learned_nodes_to_json(graph.nodes));
  json.set("edges", edges_to_json(graph.edges));
  json.set("sepsets", sepsets_to_json(graph.sepsets));
  json.set("ambiguous_triples", triples_to_json(graph.ambiguous_triples));
  if (graph.not_a_cpdag) json.set("not_a_cpdag", *graph.not_a_cpdag);
  if (graph.changes) json.set("changes", changes_to_json(*graph.changes));
  json.set("run", run_to_json(graph));
  if (graph.timing) json.set("timing", timing_to_json(*graph.timing));
  return json;
}

}  // namespace causal::io
