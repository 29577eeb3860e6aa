// tigramite's graph: an array of strings over (i, j, lag).

#include <algorithm>

#include "causal/io/amat.hpp"
#include "causal/run/error.hpp"
#include "edge_marks.hpp"
#include "graph_builder.hpp"
#include "json_cursor.hpp"

namespace causal::io {
namespace {

std::string mirrored(const std::string& entry) {
  if (entry.empty()) return entry;
  const auto marks = marks_from(entry);
  return marks ? three_characters(marks->second, marks->first) : entry;
}

void read_entry(const JsonCursor& entry, const JsonCursor& back, NodeId i, NodeId j, int lag, GraphBuilder& builder) {
  const std::string& text = entry.string();
  if (lag == 0 && back.string() != mirrored(text)) {
    entry.fail("'" + text + "' and '" + back.string() + "' from the other side are not the same edge");
  }
  if (text.empty() || (lag == 0 && i > j)) return;
  const auto marks = marks_from(text);
  if (!marks) entry.fail("'" + text + "' is no edge", "Edges are -->, <--, <->, o-o, o->, <-o, ---, o--, --o.");
  LearnedEdge edge;
  edge.edge = {i, j, marks->first, marks->second};
  edge.lag = lag;
  if (const auto complaint = builder.add_edge(edge)) entry.fail(*complaint);
}

}  // namespace

LearnedGraph read_tigramite(std::string_view text, const std::string& name) {
  const Json json = Json::parse(text, name);
  const JsonCursor root(json);
  GraphBuilder builder;
  const JsonCursor names = root.at("var_names");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (const auto complaint = builder.add_node({names[i].string()})) names[i].fail(*complaint);
  }
  const JsonCursor graph = root.at("graph");
  const std::size_t p = names.size();
  if (graph.size() != p)
    graph.fail("has " + std::to_string(graph.size()) + " rows for " + std::to_string(p) + " names");
  for (std::size_t i = 0; i < p; ++i) {
    const JsonCursor row = graph[i];
    if (row.size() != p) row.fail("has " + std::to_string(row.size()) + " columns for " + std::to_string(p) + " names");
    for (std::size_t j = 0; j < p; ++j) {
      const JsonCursor lags = row[j];
      if (lags.size() == 0 || lags.size() != graph.value().as_array()[0].as_array()[0].as_array().size()) {
        lags.fail("must have as many lags as the first entry, at least one");
      }
    }
  }
  for (std::size_t i = 0; i < p; ++i) {
    const JsonCursor row = graph[i];
    for (std::size_t j = 0; j < p; ++j) {
      const JsonCursor lags = row[j];
      const JsonCursor other_row = graph[j];
      const JsonCursor back = other_row[i];
      for (std::size_t lag = 0; lag < lags.size(); ++lag) {
        read_entry(lags[lag], back[0], static_cast<NodeId>(i), static_cast<NodeId>(j), static_cast<int>(lag), builder);
      }
    }
  }
  LearnedGraph result = builder.take();
  result.kind = guess_kind_in_time(result);
  return result;
}

std::string write_tigramite(const LearnedGraph& graph) {
  refuse_node_lags(graph, "tigramite");
  const std::size_t p = graph.nodes.size();
  int max_lag = 0;
  for (const LearnedEdge& e : graph.edges) max_lag = std::max(max_lag, e.lag);
  const Json::Array no_edges(static_cast<std::size_t>(max_lag) + 1, Json(""));
  std::vector<std::vector<Json::Array>> entries(p, std::vector<Json::Array>(p, no_edges));
  const auto set = [&](NodeId from, NodeId to, int lag, Mark mark_from, Mark mark_to) {
    return std::exchange(
               entries[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)][static_cast<std::size_t>(lag)],
               Json(three_characters(mark_from, mark_to))) == Json("");
  };
  for (const LearnedEdge& e : graph.edges) {
    const bool is_alone = set(e.edge.from, e.edge.to, e.lag, e.edge.mark_from, e.edge.mark_to);
    if (!is_alone) {
      throw GraphError("the tigramite format holds one edge a pair and lag", "edge " + edge_text(e, graph.nodes),
                       "Write json, dot, graphml, csv or dagitty instead.");
    }
    if (e.lag == 0) static_cast<void>(set(e.edge.to, e.edge.from, 0, e.edge.mark_to, e.edge.mark_from));
  }
  Json json;
  Json names = Json::array();
  for (const LearnedNode& node : graph.nodes) names.push(node.name);
  json.set("var_names", std::move(names));
  Json rows = Json::array();
  for (std::vector<Json::Array>& row : entries) {
    Json columns = Json::array();
    for (Json::Array& lags : row) columns.push(std::move(lags));
    rows.push(std::move(columns));
  }
  json.set("graph", std::move(rows));
  return json.dump(1) + "\n";
}

}  // namespace causal::io
