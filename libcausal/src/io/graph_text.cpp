#include "causal/io/graph_text.hpp"

#include <charconv>

#include "edge_marks.hpp"
#include "graph_builder.hpp"
#include "scanner.hpp"

namespace causal::io {
namespace {

/// The two marks of a terminal's arrow: as three characters, but with "->" and "--" for a tail on the left.
std::optional<std::pair<Mark, Mark>> arrow_marks(std::string_view text) {
  if (text == "->" || text == "-o" || text == "--") return marks_from("-" + std::string(text));
  if (text == "<-" || text == "o-") return marks_from(std::string(text) + "-");
  return marks_from(text);
}

bool needs_quotes(std::string_view name) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";  // passed over at the start of a text
  return name.empty() || name.find_first_of(" \t\r\n\"[{}") != std::string_view::npos || name.front() == '#' ||
         name.substr(0, kByteOrderMark.size()) == kByteOrderMark || arrow_marks(name);
}

std::string written(const std::string& name) { return needs_quotes(name) ? quote(name) : name; }

class EdgeLinesReader {
 public:
  EdgeLinesReader(std::string_view text, const std::string& file) : scanner_(text, file) {}

  LearnedGraph read() {
    for (scanner_.skip_spaces(); !scanner_.at_end(); scanner_.skip_spaces()) {
      if (scanner_.peek() == '#') {
        scanner_.line();
      } else {
        read_line();
      }
    }
    LearnedGraph graph = builder_.take();
    graph.kind = guess_kind_in_time(graph);
    return graph;
  }

 private:
  void read_line() {
    const std::size_t start = scanner_.position();
    LearnedEdge edge;
    const std::string from = read_name();
    if (scanner_.accept("[t-")) edge.lag = read_lag();
    scanner_.skip_blanks();
    if (at_line_end()) {
      if (edge.lag != 0) scanner_.fail("expected an arrow but found " + scanner_.here());
      if (const auto complaint = builder_.add_node({from})) scanner_.fail_at(start, *complaint);
      return;
    }
    const std::size_t arrow_start = scanner_.position();
    const std::string arrow = read_bare();
    const auto marks = arrow_marks(arrow);
    if (!marks) {
      scanner_.fail_at(arrow_start, "'" + arrow + "' is no edge",
                       "Edges look like a -> b, a <-> b, a -- b, a o-> b; names with spaces stand in quotes.");
    }
    scanner_.skip_blanks();
    const std::string to = read_name();
    scanner_.skip_blanks();
    if (!at_line_end()) scanner_.fail("expected the end of the line but found " + scanner_.here());
    const NodeId from_id = builder_.node(from);
    edge.edge = {from_id, builder_.node(to), marks->first, marks->second};
    if (const auto complaint = builder_.add_edge(edge)) scanner_.fail_at(start, *complaint);
  }

  [[nodiscard]] bool at_line_end() const {
    return scanner_.at_end() || scanner_.peek() == '\n' || scanner_.peek() == '\r';
  }

  std::string read_bare() {
    std::string text;
    while (!at_line_end() && scanner_.peek() != ' ' && scanner_.peek() != '\t') {
      text += scanner_.peek();
      scanner_.advance();
    }
    return text;
  }

  std::string read_name() {
    const std::size_t start = scanner_.position();
    std::string name;
    if (scanner_.peek() == '"') {
      name = scanner_.quoted();
    } else {
      while (!at_line_end() && std::string_view(" \t\"[").find(scanner_.peek()) == std::string_view::npos) {
        name += scanner_.peek();
        scanner_.advance();
      }
      if (arrow_marks(name)) scanner_.fail_at(start, "expected a name but found '" + name + "'");
    }
    if (name.empty()) scanner_.fail_at(start, "expected a name but found " + scanner_.here());
    return name;
  }

  int read_lag() {
    int lag = 0;
    const std::string_view rest = scanner_.rest();
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), lag);
    if (error != std::errc() || lag < 1) scanner_.fail("expected a lag of at least 1");
    scanner_.advance(static_cast<std::size_t>(end - rest.data()));
    scanner_.expect("]");
    return lag;
  }

  Scanner scanner_;
  GraphBuilder builder_;
};

}  // namespace

LearnedGraph read_graph_text(std::string_view text, const std::string& name) {
  return EdgeLinesReader(text, name).read();
}

std::string write_graph_text(const LearnedGraph& graph, NodeLines node_lines) {
  refuse_node_lags(graph, "txt");
  std::vector<LearnedNode> nodes;
  for (const LearnedNode& node : graph.nodes) nodes.push_back({written(node.name)});
  std::string text;
  if (node_lines == NodeLines::KeepOrder && !mentions_nodes_in_order(graph)) {
    for (const LearnedNode& node : nodes) text += node.name + "\n";
  }
  std::vector<bool> has_edge(nodes.size(), false);
  for (const LearnedEdge& edge : graph.edges) {
    text += edge_text(edge, nodes) + "\n";
    has_edge[static_cast<std::size_t>(edge.edge.from)] = true;
    has_edge[static_cast<std::size_t>(edge.edge.to)] = true;
  }
  for (std::size_t i = 0; node_lines == NodeLines::Isolated && i < nodes.size(); ++i) {
    if (!has_edge[i]) text += nodes[i].name + "\n";
  }
  return text;
}

}  // namespace causal::io
