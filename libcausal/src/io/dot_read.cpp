// A recursive descent over the grammar of the DOT language. Scopes matter for one thing: `edge [...]` sets defaults for
// the edges that follow it in its subgraph.

#include <algorithm>
#include <charconv>
#include <map>

#include "causal/io/dot.hpp"
#include "causal/run/error.hpp"
#include "graph_builder.hpp"
#include "scanner.hpp"

namespace causal::io {
namespace {

constexpr int kMaxDepth = 64;

/// A value and where it stands.
struct Attribute {
  std::string value;
  std::size_t position = 0;
};
using Attributes = std::map<std::string, Attribute>;

struct Token {
  std::string text;
  std::size_t position = 0;
  bool is_bare = false;  ///< Only a bare word can be a keyword.
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : static_cast<char>(c);
  });
  return text;
}

bool starts_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class DotReader {
 public:
  DotReader(std::string_view text, const std::string& file) : scanner_(text, file) {}

  LearnedGraph read() {
    read_header();
    read_statements({}, 0);
    skip();
    if (!scanner_.at_end()) scanner_.fail("expected nothing after the graph but found " + scanner_.here());
    LearnedGraph graph = builder_.take();
    strip_lags(graph);
    graph.kind = kind_ ? *kind_ : guess_kind_in_time(graph);
    return graph;
  }

 private:
  // --- words -----------------------------------------------------------------------------------------------------

  /// Spaces and comments; a line that starts with # is a comment too.
  void skip() { scanner_.skip_spaces_and_comments(true); }

  bool accept(std::string_view text) {
    skip();
    return scanner_.accept(text);
  }
  void expect(std::string_view text) {
    skip();
    scanner_.expect(text);
  }

  [[nodiscard]] bool at_id() {
    skip();
    const char c = scanner_.peek();
    return starts_word(c) || is_digit(c) || c == '"' || c == '<' || c == '.' ||
           (c == '-' && (is_digit(scanner_.peek(1)) || scanner_.peek(1) == '.'));
  }

  /// A name in any of the four writings of the language.
  Token id() {
    if (!at_id()) scanner_.fail("expected a name but found " + scanner_.here());
    Token token{{}, scanner_.position(), false};
    const char c = scanner_.peek();
    if (c == '"') {
      token.text = scanner_.quoted();
      while (accept("+")) {
        skip();
        token.text += scanner_.quoted();
      }
    } else if (c == '<') {
      token.text = html();
    } else if (starts_word(c)) {
      token.is_bare = true;
      while (starts_word(scanner_.peek()) || is_digit(scanner_.peek())) take(token.text);
    } else {
      numeral(token);
    }
    return token;
  }

  void take(std::string& text) {
    text += scanner_.peek();
    scanner_.advance();
  }

  void numeral(Token& token) {
    if (scanner_.peek() == '-') take(token.text);
    bool has_digit = false;
    bool has_point = false;
    while (is_digit(scanner_.peek()) || (scanner_.peek() == '.' && !has_point)) {
      has_point = has_point || scanner_.peek() == '.';
      has_digit = has_digit || is_digit(scanner_.peek());
      take(token.text);
    }
    if (!has_digit) scanner_.fail_at(token.position, "expected a number");
  }

  /// <...> with its inner brackets balanced, kept as it stands.
  std::string html() {
    const std::size_t start = scanner_.position();
    std::string text;
    int open = 0;
    do {
      if (scanner_.at_end()) scanner_.fail_at(start, "this '<' is never closed");
      if (scanner_.peek() == '<') ++open;
      if (scanner_.peek() == '>') --open;
      take(text);
    } while (open > 0);
    return text;
  }

  // --- the grammar -----------------------------------------------------------------------------------------------

  void read_header() {
    if (!at_id()) scanner_.fail("expected 'graph' or 'digraph' but found " + scanner_.here());
    Token word = id();
    if (word.is_bare && lower(word.text) == "strict") {
      is_strict_ = true;
      word = id();
    }
    const std::string type = lower(word.text);
    if (!word.is_bare || (type != "graph" && type != "digraph")) {
      scanner_.fail_at(word.position, "'" + word.text + "' is not the start of a DOT graph",
                       "A DOT file starts with 'graph {' or 'digraph {'.");
    }
    is_directed_ = type == "digraph";
    if (at_id()) static_cast<void>(id());
    expect("{");
  }

  /// Statements up to the closing brace; the nodes they mention.
  NodeSet read_statements(Attributes edge_defaults, int depth) {
    if (depth > kMaxDepth) scanner_.fail("more than " + std::to_string(kMaxDepth) + " levels of groups");
    NodeSet mentioned;
    while (!accept("}")) {
      if (scanner_.at_end()) scanner_.fail("expected '}' but found the end of the text");
      if (accept(";")) continue;
      const NodeSet nodes = read_statement(edge_defaults, depth);
      mentioned.insert(mentioned.end(), nodes.begin(), nodes.end());
    }
    std::sort(mentioned.begin(), mentioned.end());
    mentioned.erase(std::unique(mentioned.begin(), mentioned.end()), mentioned.end());
    return mentioned;
  }

  NodeSet read_statement(Attributes& edge_defaults, int depth) {
    skip();
    if (scanner_.peek() != '{') {
      const std::size_t start = scanner_.position();
      const Token word = id();
      const std::string keyword = word.is_bare ? lower(word.text) : "";
      if (keyword == "graph" || keyword == "node" || keyword == "edge") {
        read_defaults(keyword, edge_defaults, depth);
        return {};
      }
      if (accept("=")) {
        const Token value = id();
        if (depth == 0) set_graph_attribute(word.text, value.text);
        return {};
      }
      scanner_.go_to(start);
    }
    return read_chain(edge_defaults, depth);
  }

  void read_defaults(const std::string& keyword, Attributes& edge_defaults, int depth) {
    for (const auto& [key, attribute] : read_attributes()) {
      if (keyword == "edge") edge_defaults[key] = attribute;
      if (keyword == "graph" && depth == 0) set_graph_attribute(key, attribute.value);
    }
  }

  void set_graph_attribute(const std::string& key, const std::string& value) {
    // Another tool may mean something else by `kind`: an unknown word is no error.
    if (key == "kind") kind_ = enum_from_name<GraphKind>(value);
  }

  Attributes read_attributes() {
    Attributes attributes;
    while (accept("[")) {
      while (!accept("]")) {
        const std::string key = id().text;
        Attribute attribute{"true", scanner_.position()};
        if (accept("=")) {
          const Token value = id();
          attribute = {value.text, value.position};
        }
        attributes[key] = attribute;
        if (!accept(",")) static_cast<void>(accept(";"));
      }
    }
    return attributes;
  }

  /// One node with attributes, or nodes and groups joined by edges.
  NodeSet read_chain(const Attributes& edge_defaults, int depth) {
    std::vector<NodeSet> links;
    std::vector<std::size_t> positions;
    bool is_node = false;
    do {
      skip();
      positions.push_back(scanner_.position());
      links.push_back(read_operand(edge_defaults, depth, is_node));
    } while (accept_edge());
    Attributes attributes = read_attributes();
    if (links.size() == 1) {
      if (is_node) set_node_attributes(links[0][0], attributes);
      return links[0];
    }
    attributes.insert(edge_defaults.begin(), edge_defaults.end());
    NodeSet mentioned = links[0];
    for (std::size_t i = 1; i < links.size(); ++i) {
      mentioned.insert(mentioned.end(), links[i].begin(), links[i].end());
      for (const NodeId from : links[i - 1]) {
        for (const NodeId to : links[i]) add_edge(from, to, attributes, positions[i - 1]);
      }
    }
    return mentioned;
  }

  NodeSet read_operand(const Attributes& edge_defaults, int depth, bool& is_node) {
    is_node = false;
    if (accept("{")) return read_statements(edge_defaults, depth + 1);
    const Token word = id();
    const std::string keyword = word.is_bare ? lower(word.text) : "";
    if (keyword == "subgraph") {
      if (at_id()) static_cast<void>(id());
      expect("{");
      return read_statements(edge_defaults, depth + 1);
    }
    if (keyword == "graph" || keyword == "digraph" || keyword == "node" || keyword == "edge" || keyword == "strict") {
      scanner_.fail_at(word.position, "'" + word.text + "' is a keyword of DOT", "Put the name in quotes.");
    }
    if (word.text.empty()) scanner_.fail_at(word.position, "a node needs a name");
    is_node = true;
    const NodeId node = builder_.node(word.text);
    while (accept(":")) static_cast<void>(id());  // port and compass point
    return {node};
  }

  bool accept_edge() {
    skip();
    if (scanner_.peek() != '-' || (scanner_.peek(1) != '>' && scanner_.peek(1) != '-')) return false;
    const std::string_view own = is_directed_ ? "->" : "--";
    if (!scanner_.accept(own)) {
      scanner_.fail("a " + std::string(is_directed_ ? "digraph" : "graph") + " joins nodes by '" + std::string(own) +
                    "'");
    }
    return true;
  }

  /// "x[t-2]" with the attribute lag=2 is x.
  void strip_lags(LearnedGraph& graph) const {
    GraphBuilder names;
    for (LearnedNode& node : graph.nodes) {
      const std::string suffix = with_lag("", node.lag.value_or(0));
      const bool has_suffix = node.name.size() > suffix.size() &&
                              std::string_view(node.name).substr(node.name.size() - suffix.size()) == suffix;
      if (has_suffix) node.name.resize(node.name.size() - suffix.size());
      if (const auto complaint = names.add_node(node)) scanner_.fail_at(0, *complaint);
    }
  }

  // --- meaning ---------------------------------------------------------------------------------------------------

  void set_node_attributes(NodeId v, const Attributes& attributes) {
    for (const auto& [key, attribute] : attributes) {
      if (key == "lag") builder_[v].lag = lag(attribute);
      if (key != "type") continue;
      if (const auto type = enum_from_name<VariableType>(attribute.value)) builder_[v].type = *type;
    }
  }

  Mark mark(const Attribute& shape) const {
    for (const std::string_view arrow : {"normal", "vee", "open", "empty", "onormal"}) {
      if (shape.value == arrow) return Mark::Arrow;
    }
    if (shape.value == "odot") return Mark::Circle;
    if (shape.value == "none") return Mark::Tail;
    scanner_.fail_at(shape.position, "arrow shape '" + shape.value + "' is no mark",
                     "Marks are normal (arrow), odot (circle) and none (tail).");
  }

  void set_marks(LearnedEdge& edge, const Attributes& attributes) const {
    const auto find = [&](const char* key) -> const Attribute* {
      const auto found = attributes.find(key);
      return found == attributes.end() ? nullptr : &found->second;
    };
    const Attribute* dir = find("dir");
    const Attribute* tail = find("arrowtail");
    const Attribute* head = find("arrowhead");
    const bool given = dir != nullptr;
    const std::string way = given ? dir->value : is_directed_ ? "forward" : "none";
    if (way != "forward" && way != "back" && way != "both" && way != "none") {
      scanner_.fail_at(dir->position, "dir '" + way + "' is none of forward, back, both, none");
    }
    const bool tail_drawn = way == "back" || way == "both" || (!given && tail != nullptr);
    const bool head_drawn = way == "forward" || way == "both" || (!given && head != nullptr);
    edge.edge.mark_from = !tail_drawn ? Mark::Tail : tail == nullptr ? Mark::Arrow : mark(*tail);
    edge.edge.mark_to = !head_drawn ? Mark::Tail : head == nullptr ? Mark::Arrow : mark(*head);
  }

  int lag(const Attribute& attribute) const {
    int value = -1;
    const char* const end = attribute.value.data() + attribute.value.size();
    const auto result = std::from_chars(attribute.value.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end || value < 0) {
      scanner_.fail_at(attribute.position, "lag '" + attribute.value + "' is no non-negative integer");
    }
    return value;
  }

  double number(const std::string& key, const Attribute& attribute) const {
    const auto value = number_from(attribute.value);
    if (!value) scanner_.fail_at(attribute.position, key + " '" + attribute.value + "' is no number");
    return *value;
  }

  void add_edge(NodeId from, NodeId to, const Attributes& attributes, std::size_t position) {
    LearnedEdge edge;
    edge.edge = {from, to};
    set_marks(edge, attributes);
    for (const auto& [key, attribute] : attributes) {
      if (key == "lag") edge.lag = lag(attribute);
      if (key == "strength") edge.strength = number(key, attribute);
      if (key == "p_value") edge.p_value = number(key, attribute);
      if (key == "frequency") edge.frequency = number(key, attribute);
    }
    if (is_strict_ && builder_.contains(edge)) return;
    if (const auto complaint = builder_.add_edge(edge)) scanner_.fail_at(position, *complaint);
  }

  Scanner scanner_;
  GraphBuilder builder_;
  std::optional<GraphKind> kind_;
  bool is_directed_ = true;
  bool is_strict_ = false;
};

}  // namespace

LearnedGraph read_dot(std::string_view text, const std::string& name) { return DotReader(text, name).read(); }

}  // namespace causal::io
