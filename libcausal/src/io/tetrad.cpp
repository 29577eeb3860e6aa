#include "causal/io/tetrad.hpp"

#include "causal/run/error.hpp"
#include "edge_marks.hpp"
#include "graph_builder.hpp"
#include "scanner.hpp"

namespace causal::io {
namespace {

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What may follow an edge on its line: words on its nature and bracketed probabilities.
bool is_annotation(std::string_view text) {
  for (const std::string_view word : {"nl", "pl", "dd", "pd"}) {
    if (text.substr(0, 2) == word && (text.size() == 2 || text[2] == ' ')) return true;
  }
  return text.empty() || text.front() == '[' || text.front() == '(';
}

class TetradReader {
 public:
  TetradReader(std::string_view text, const std::string& file) : scanner_(text, file) {}

  LearnedGraph read() {
    expect_heading("Graph Nodes:");
    read_nodes();
    expect_heading("Graph Edges:");
    while (true) {
      scanner_.skip_spaces();
      if (!is_digit(scanner_.peek())) break;
      read_edge();
    }
    LearnedGraph graph = builder_.take();
    graph.kind = guess_kind_in_time(graph);
    return graph;
  }

 private:
  void expect_heading(std::string_view heading) {
    scanner_.skip_spaces();
    if (!scanner_.accept(heading)) {
      scanner_.fail("expected '" + std::string(heading) + "' but found " + scanner_.here());
    }
  }

  /// One line, which may be the heading's own.
  void read_nodes() {
    scanner_.skip_spaces();
    if (scanner_.rest().substr(0, 12) == "Graph Edges:") return;
    const std::size_t start = scanner_.position();
    const std::string_view line = scanner_.line();
    const char separator = line.find(';') == std::string_view::npos ? ',' : ';';
    for (std::size_t at = 0; at <= line.size();) {
      const std::size_t end = std::min(line.find(separator, at), line.size());
      const std::string_view name = trimmed(line.substr(at, end - at));
      if (!name.empty()) {
        if (const auto complaint = builder_.add_node({std::string(name)})) scanner_.fail_at(start + at, *complaint);
      }
      at = end + 1;
    }
  }

  void read_edge() {
    const std::size_t start = scanner_.position();
    while (is_digit(scanner_.peek())) scanner_.advance();
    scanner_.expect(".");
    const std::string_view line = trimmed(scanner_.line());
    std::optional<LearnedEdge> edge;
    // A name may hold anything, an arrow too: try every place where one could stand.
    for (std::size_t at = line.find('-'); at != std::string_view::npos; at = line.find('-', at + 1)) {
      if (at < 3 || at + 3 > line.size() || line[at - 2] != ' ' || line[at + 2] != ' ') continue;
      const auto marks = marks_from(line.substr(at - 1, 3));
      const auto from = builder_.find(trimmed(line.substr(0, at - 2)));
      const auto to = node_at_start(trimmed(line.substr(at + 3)));
      if (!marks || !from || !to) continue;
      if (edge) scanner_.fail_at(start, "this edge can be read in two ways");
      edge = LearnedEdge{{*from, *to, marks->first, marks->second}};
    }
    if (!edge) {
      scanner_.fail_at(start, "this line is no edge between nodes of the list",
                       "Edges look like '1. A --> B', with both names under 'Graph Nodes:'.");
    }
    if (const auto complaint = builder_.add_edge(*edge)) scanner_.fail_at(start, *complaint);
  }

  /// The longest name that `text` starts with and that only annotations follow.
  [[nodiscard]] std::optional<NodeId> node_at_start(std::string_view text) const {
    for (std::size_t end = text.size(); end != std::string_view::npos && end > 0; end = text.rfind(' ', end - 1)) {
      const auto found = builder_.find(trimmed(text.substr(0, end)));
      if (found && is_annotation(trimmed(text.substr(end)))) return found;
      if (end == 0) break;
    }
    return std::nullopt;
  }

  Scanner scanner_;
  GraphBuilder builder_;
};

void check_name(const std::string& name) {
  const auto refuse = [&](const std::string& reason) {
    throw GraphError("the tetrad format cannot hold this name: " + reason, "node '" + name + "'",
                     "Rename the node or write another format.");
  };
  if (name.find_first_of(";,\n\r") != std::string::npos) refuse("it has a separator or a line end in it");
  if (trimmed(name).size() != name.size()) refuse("it starts or ends with a space");
  for (std::size_t at = name.find('-'); at != std::string::npos; at = name.find('-', at + 1)) {
    const bool in_spaces = at >= 2 && at + 2 < name.size() && name[at - 2] == ' ' && name[at + 2] == ' ';
    if (in_spaces && marks_from(std::string_view(name).substr(at - 1, 3))) refuse("it has an arrow in it");
  }
}

}  // namespace

LearnedGraph read_tetrad(std::string_view text, const std::string& name) { return TetradReader(text, name).read(); }

std::string write_tetrad(const LearnedGraph& graph) {
  refuse_lags(graph, "tetrad");
  std::string text = "Graph Nodes:\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    check_name(graph.nodes[i].name);
    text += (i == 0 ? "" : ";") + graph.nodes[i].name;
  }
  text += "\n\nGraph Edges:\n";
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    const Edge& e = graph.edges[i].edge;
    text += std::to_string(i + 1) + ". " + graph.nodes[static_cast<std::size_t>(e.from)].name + ' ' +
            three_characters(e.mark_from, e.mark_to) + ' ' + graph.nodes[static_cast<std::size_t>(e.to)].name + '\n';
  }
  return text;
}

}  // namespace causal::io
