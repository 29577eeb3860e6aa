#pragma once
// Node ids in JSON, for the readers and writers of everything that refers to the nodes of a graph.

#include "causal/graph/mixed_graph.hpp"
#include "json_cursor.hpp"

namespace causal::io {

/// One of the n nodes.
[[nodiscard]] inline NodeId node_id(const JsonCursor& cursor, int n) {
  if (n == 0) cursor.fail("there are no nodes to refer to");
  return static_cast<NodeId>(cursor.integer(0, n - 1));
}

/// Distinct nodes in ascending order.
[[nodiscard]] inline NodeSet node_set(const JsonCursor& array, int n) {
  NodeSet nodes;
  for (std::size_t i = 0; i < array.size(); ++i) {
    const NodeId v = node_id(array[i], n);
    if (!nodes.empty() && v <= nodes.back()) array[i].fail("nodes stand in ascending order");
    nodes.push_back(v);
  }
  return nodes;
}

[[nodiscard]] inline Json nodes_to_json(const NodeSet& nodes) { return Json(Json::Array(nodes.begin(), nodes.end())); }

}  // namespace causal::io
