#include <cmath>
#include <vector>

#include "causal/io/dot.hpp"
#include "graph_builder.hpp"
#include "scanner.hpp"

namespace causal::io {
namespace {

std::string bracketed(const std::vector<std::string>& attributes) {
  std::string text;
  for (const std::string& attribute : attributes) text += (text.empty() ? " [" : ", ") + attribute;
  return text.empty() ? text : text + "]";
}

std::string shape(Mark mark) {
  switch (mark) {
    case Mark::Tail:
      return "none";
    case Mark::Arrow:
      return "normal";
    case Mark::Circle:
      break;
  }
  return "odot";
}

void add_number(std::vector<std::string>& attributes, const std::string& key, double value) {
  if (!std::isnan(value)) attributes.push_back(key + '=' + quote(number_text(value)));
}

std::vector<std::string> attributes_of(const LearnedEdge& e) {
  std::vector<std::string> attributes;
  if (e.edge.is_undirected()) {
    attributes.emplace_back("dir=none");
  } else if (!e.edge.is_directed()) {
    attributes.emplace_back("dir=both");
    if (e.edge.mark_from != Mark::Arrow) attributes.push_back("arrowtail=" + shape(e.edge.mark_from));
    if (e.edge.mark_to != Mark::Arrow) attributes.push_back("arrowhead=" + shape(e.edge.mark_to));
  }
  if (e.lag != 0) attributes.push_back("lag=" + std::to_string(e.lag));
  add_number(attributes, "strength", e.strength);
  add_number(attributes, "p_value", e.p_value);
  add_number(attributes, "frequency", e.frequency);
  return attributes;
}

/// Nodes of one name at two lags need two ids.
std::string id(const LearnedNode& node) { return quote(with_lag(node.name, node.lag.value_or(0))); }

}  // namespace

std::string write_dot(const LearnedGraph& graph) {
  std::string text = "digraph {\n  kind=" + std::string(enum_name(graph.kind)) + ";\n";
  for (const LearnedNode& node : graph.nodes) {
    std::vector<std::string> attributes;
    if (node.type != VariableType::Continuous) attributes.push_back("type=" + std::string(enum_name(node.type)));
    if (node.lag) attributes.push_back("lag=" + std::to_string(*node.lag));
    text += "  " + id(node) + bracketed(attributes) + ";\n";
  }
  for (const LearnedEdge& e : graph.edges) {
    const auto name = [&](NodeId v) { return id(graph.nodes[static_cast<std::size_t>(v)]); };
    text += "  " + name(e.edge.from) + " -> " + name(e.edge.to) + bracketed(attributes_of(e)) + ";\n";
  }
  return text + "}\n";
}

}  // namespace causal::io
