#include "causal/io/dagitty.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "graph_builder.hpp"
#include "scanner.hpp"

namespace causal::io {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::array<std::string_view, 6> kTypes = {"dag", "pdag", "mag", "pag", "graph", "digraph"};

struct EdgeWriting {
  std::string_view text;
  Mark from;
  Mark to;
};
/// Longer writings first: "--" begins "--@".
constexpr std::array<EdgeWriting, 9> kEdges = {{{"<->", Mark::Arrow, Mark::Arrow},
                                                {"@->", Mark::Circle, Mark::Arrow},
                                                {"<-@", Mark::Arrow, Mark::Circle},
                                                {"@-@", Mark::Circle, Mark::Circle},
                                                {"@--", Mark::Circle, Mark::Tail},
                                                {"--@", Mark::Tail, Mark::Circle},
                                                {"->", Mark::Tail, Mark::Arrow},
                                                {"<-", Mark::Arrow, Mark::Tail},
                                                {"--", Mark::Tail, Mark::Tail}}};

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
         static_cast<unsigned char>(c) >= 0x80;
}

class DagittyReader {
 public:
  DagittyReader(std::string_view text, const std::string& file) : scanner_(text, file) {}

  DagittyModel read() {
    const std::string type = read_header();
    read_statements(!type.empty(), 0);
    skip();
    if (!scanner_.at_end()) scanner_.fail("expected nothing after the model but found " + scanner_.here());
    model_.graph = builder_.take();
    model_.graph.kind = kind_of(type);
    for (NodeSet* set : {&model_.roles.exposures, &model_.roles.outcomes, &model_.roles.latents, &model_.roles.adjusted,
                         &model_.roles.selected}) {
      std::sort(set->begin(), set->end());
      set->erase(std::unique(set->begin(), set->end()), set->end());
    }
    return std::move(model_);
  }

 private:
  void skip() { scanner_.skip_spaces_and_comments(); }

  [[nodiscard]] bool at_name() {
    skip();
    const char c = scanner_.peek();
    return c == '"' || is_word_character(c) || (c == '-' && is_word_character(scanner_.peek(1)));
  }

  std::string read_name() {
    if (!at_name()) scanner_.fail("expected a name but found " + scanner_.here());
    std::string text;
    if (scanner_.peek() != '"') {
      do {
        text += scanner_.peek();
        scanner_.advance();
      } while (is_word_character(scanner_.peek()));
      return text;
    }
    text = scanner_.quoted();
    for (skip(); scanner_.accept("+"); skip()) {
      skip();
      text += scanner_.quoted();
    }
    return text;
  }

  /// The type in small letters, or "" (and nothing read) when the statements stand bare.
  std::string read_header() {
    const std::size_t start = scanner_.position();
    skip();
    if (scanner_.peek() == '"' || !at_name()) return {};
    const std::size_t type_start = scanner_.position();
    std::string type = lower(read_name());
    if (type == "strict" && at_name()) type = lower(read_name());
    if (scanner_.peek() != '{' && at_name()) static_cast<void>(read_name());
    skip();
    if (!scanner_.accept("{")) {
      scanner_.go_to(start);
      return {};
    }
    if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end()) {
      scanner_.fail_at(type_start, "'" + type + "' is no type of model",
                       "Types are dag, pdag, mag, pag, graph and digraph.");
    }
    return type;
  }

  static std::string lower(std::string text) {
    for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return text;
  }

  /// Statements up to the closing brace or, of a bare model, the end; the nodes they mention.
  NodeSet read_statements(bool is_framed, int depth) {
    if (depth > kMaxDepth) scanner_.fail("more than " + std::to_string(kMaxDepth) + " levels of groups");
    NodeSet mentioned;
    while (true) {
      skip();
      if (is_framed ? scanner_.accept("}") : scanner_.at_end()) break;
      if (scanner_.at_end()) scanner_.fail("expected '}' but found the end of the text");
      if (scanner_.accept(";") || scanner_.accept(",")) continue;
      const NodeSet nodes = read_chain(depth);
      mentioned.insert(mentioned.end(), nodes.begin(), nodes.end());
    }
    std::sort(mentioned.begin(), mentioned.end());
    mentioned.erase(std::unique(mentioned.begin(), mentioned.end()), mentioned.end());
    return mentioned;
  }

  NodeSet read_chain(int depth) {
    std::vector<NodeSet> links;
    std::vector<const EdgeWriting*> edges;
    const std::size_t start = scanner_.position();
    bool is_node = false;
    while (true) {
      skip();
      is_node = scanner_.peek() != '{';
      if (!is_node) {
        scanner_.advance();
        links.push_back(read_statements(true, depth + 1));
      } else {
        const std::size_t name_start = scanner_.position();
        const std::string name = read_name();
        skip();
        if (links.empty() && scanner_.accept("=")) {  // a setting of the whole model, such as bb="0,0,1,1"
          static_cast<void>((skip(), read_name()));
          return {};
        }
        if (name.empty()) scanner_.fail_at(name_start, "a node needs a name");
        links.push_back({builder_.node(name)});
      }
      skip();
      const auto* writing =
          std::find_if(kEdges.begin(), kEdges.end(), [&](const EdgeWriting& e) { return scanner_.accept(e.text); });
      if (writing == kEdges.end()) break;
      edges.push_back(writing);
    }
    finish_chain(links, edges, is_node, start);

    NodeSet mentioned;
    for (const NodeSet& link : links) mentioned.insert(mentioned.end(), link.begin(), link.end());
    return mentioned;
  }

  void finish_chain(const std::vector<NodeSet>& links, const std::vector<const EdgeWriting*>& edges, bool is_node,
                    std::size_t start) {
    LearnedEdge prototype;
    skip();
    while (scanner_.accept("[")) {
      read_attributes(edges.empty() && is_node ? std::optional(links[0][0]) : std::nullopt, prototype);
      skip();
    }
    for (std::size_t i = 0; i < edges.size(); ++i) {
      for (const NodeId from : links[i]) {
        for (const NodeId to : links[i + 1]) {
          LearnedEdge edge = prototype;
          edge.edge = {from, to, edges[i]->from, edges[i]->to};
          if (builder_.contains(edge)) continue;
          if (const auto complaint = builder_.add_edge(edge)) scanner_.fail_at(start, *complaint);
        }
      }
    }
  }

  void read_attributes(std::optional<NodeId> node, LearnedEdge& edge) {
    for (skip(); !scanner_.accept("]"); skip()) {
      if (scanner_.accept(",") || scanner_.accept(";")) continue;
      const std::string key = read_name();
      skip();
      std::string value;
      if (scanner_.accept("=")) {
        skip();
        const std::size_t start = scanner_.position();
        value = read_value();
        if (!node && key == "beta") {
          const auto beta = number_from(value);
          if (!beta) scanner_.fail_at(start, "beta '" + value + "' is no number");
          edge.strength = *beta;
        }
      }
      if (node) add_role(key, *node);
    }
  }

  /// Unlike names, bare values may hold signs and exponents: beta=-1e-3.
  std::string read_value() {
    if (scanner_.peek() == '"') return read_name();
    std::string text;
    while (is_word_character(scanner_.peek()) || scanner_.peek() == '-' || scanner_.peek() == '+') {
      text += scanner_.peek();
      scanner_.advance();
    }
    if (text.empty()) scanner_.fail("expected a value but found " + scanner_.here());
    return text;
  }

  void add_role(const std::string& key, NodeId node) {
    if (key == "exposure" || key == "e") model_.roles.exposures.push_back(node);
    if (key == "outcome" || key == "o") model_.roles.outcomes.push_back(node);
    if (key == "latent") model_.roles.latents.push_back(node);
    if (key == "adjusted") model_.roles.adjusted.push_back(node);
    if (key == "selected") model_.roles.selected.push_back(node);
  }

  [[nodiscard]] GraphKind kind_of(const std::string& type) const {
    const std::vector<LearnedEdge>& edges = model_.graph.edges;
    const auto all = [&](auto holds) {
      return std::all_of(edges.begin(), edges.end(), [&](const LearnedEdge& e) { return holds(e.edge); });
    };
    if (type == "mag") return GraphKind::Mag;
    if (type == "pag") return GraphKind::Pag;
    if (type == "dag" && all([](const Edge& e) { return e.is_directed(); })) return GraphKind::Dag;
    if (type == "dag" && all([](const Edge& e) { return e.is_directed() || e.is_bidirected(); })) {
      return GraphKind::Admg;
    }
    const GraphKind guess = guess_kind_in_time(model_.graph);
    if (type == "pdag" && (guess == GraphKind::Dag || guess == GraphKind::Ug)) return GraphKind::Pdag;
    return guess;
  }

  Scanner scanner_;
  GraphBuilder builder_;
  DagittyModel model_;
};

std::string_view type_of(GraphKind kind) {
  switch (kind) {
    case GraphKind::Dag:
    case GraphKind::Admg:
      return "dag";
    case GraphKind::Pdag:
    case GraphKind::Cpdag:
    case GraphKind::Mpdag:
      return "pdag";
    case GraphKind::Mag:
      return "mag";
    case GraphKind::Pag:
      return "pag";
    default:
      return "graph";
  }
}

std::string roles_of(NodeId v, const DagittyRoles& roles) {
  std::string text;
  const auto add = [&](const NodeSet& set, std::string_view role) {
    if (!std::binary_search(set.begin(), set.end(), v)) return;
    text += (text.empty() ? " [" : ",") + std::string(role);
  };
  add(roles.exposures, "exposure");
  add(roles.outcomes, "outcome");
  add(roles.latents, "latent");
  add(roles.adjusted, "adjusted");
  add(roles.selected, "selected");
  return text.empty() ? text : text + "]";
}

}  // namespace

DagittyModel read_dagitty_model(std::string_view text, const std::string& name) {
  return DagittyReader(text, name).read();
}

LearnedGraph read_dagitty(std::string_view text, const std::string& name) {
  return read_dagitty_model(text, name).graph;
}

std::string write_dagitty(const LearnedGraph& graph, const DagittyRoles& roles) {
  refuse_lags(graph, "dagitty");
  const auto name = [&](NodeId v) {
    const std::string& text = graph.nodes[static_cast<std::size_t>(v)].name;
    return std::all_of(text.begin(), text.end(), is_word_character) ? text : quote(text);
  };
  std::string text = std::string(type_of(graph.kind)) + " {\n";
  for (NodeId v = 0; v < static_cast<NodeId>(graph.nodes.size()); ++v) text += name(v) + roles_of(v, roles) + "\n";
  for (const LearnedEdge& e : graph.edges) {
    const auto* writing = std::find_if(kEdges.begin(), kEdges.end(), [&](const EdgeWriting& w) {
      return w.from == e.edge.mark_from && w.to == e.edge.mark_to;
    });
    text += name(e.edge.from) + " " + std::string(writing->text) + " " + name(e.edge.to);
    if (!std::isnan(e.strength)) text += " [beta=\"" + number_text(e.strength) + "\"]";
    text += "\n";
  }
  return text + "}\n";
}

std::string write_dagitty(const LearnedGraph& graph) { return write_dagitty(graph, {}); }

}  // namespace causal::io
