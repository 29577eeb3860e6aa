#include "causal/io/graphml.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "causal/run/error.hpp"
#include "graph_builder.hpp"
#include "xml.hpp"

namespace causal::io {
namespace {

class GraphmlReader {
 public:
  GraphmlReader(std::string_view text, const std::string& file) : scanner_(text, file) {}

  LearnedGraph read() {
    const XmlElement root = read_xml(scanner_);
    if (root.name != "graphml") scanner_.fail_at(root.position, "'<" + root.name + ">' is not the start of GraphML");
    const XmlElement* graph = nullptr;
    for (const XmlElement& child : root.children) {
      if (child.name == "key") read_key(child);
      if (child.name == "graph" && graph == nullptr) graph = &child;
    }
    if (graph == nullptr) scanner_.fail_at(root.position, "this document holds no graph");
    for (const XmlElement& child : graph->children) {
      if (child.name == "node") read_node(child);
    }
    is_directed_ = graph->find("edgedefault") == nullptr || *graph->find("edgedefault") == "directed";
    for (const XmlElement& child : graph->children) {
      if (child.name == "edge") read_edge(child);
    }
    LearnedGraph result = builder_.take();
    const Data data = data_of(*graph);
    const XmlElement* kind = find(data, "kind");
    const auto known = kind == nullptr ? std::nullopt : enum_from_name<GraphKind>(kind->text);
    result.kind = known ? *known : guess_kind_in_time(result);
    return result;
  }

 private:
  using Data = std::map<std::string, const XmlElement*>;  ///< By attribute name.

  const std::string& attribute(const XmlElement& element, std::string_view key) const {
    const std::string* value = element.find(key);
    if (value == nullptr || value->empty()) {
      scanner_.fail_at(element.position, "'<" + element.name + ">' needs the attribute '" + std::string(key) + "'");
    }
    return *value;
  }

  void read_key(const XmlElement& key) {
    const std::string* name = key.find("attr.name");
    if (name != nullptr) key_names_[attribute(key, "id")] = *name;
  }

  /// The data of an element by attribute name; a key that is not declared goes by its id.
  [[nodiscard]] Data data_of(const XmlElement& element) const {
    Data data;
    for (const XmlElement& child : element.children) {
      if (child.name != "data") continue;
      const std::string& key = attribute(child, "key");
      const auto name = key_names_.find(key);
      data[name == key_names_.end() ? key : name->second] = &child;
    }
    return data;
  }
  static const XmlElement* find(const Data& data, const char* name) {
    const auto found = data.find(name);
    return found == data.end() ? nullptr : found->second;
  }

  void read_node(const XmlElement& element) {
    const std::string& id = attribute(element, "id");
    const Data data = data_of(element);
    const XmlElement* name = find(data, "name");
    LearnedNode node{name == nullptr ? id : name->text};
    if (const XmlElement* type = find(data, "type")) {
      if (const auto known = enum_from_name<VariableType>(type->text)) node.type = *known;
    }
    if (const XmlElement* lag = find(data, "lag")) node.lag = integer(*lag);
    if (!ids_.emplace(id, builder_.n()).second) {
      scanner_.fail_at(element.position, "node id '" + id + "' is given twice");
    }
    if (const auto complaint = builder_.add_node(std::move(node))) scanner_.fail_at(element.position, *complaint);
  }

  NodeId end_of(const XmlElement& edge, std::string_view key) const {
    const auto found = ids_.find(attribute(edge, key));
    if (found == ids_.end()) {
      scanner_.fail_at(edge.position, std::string(key) + " '" + attribute(edge, key) + "' is no node of the graph");
    }
    return found->second;
  }

  void read_edge(const XmlElement& element) {
    LearnedEdge edge;
    edge.edge = {end_of(element, "source"), end_of(element, "target")};
    const std::string* own = element.find("directed");
    if (own == nullptr ? !is_directed_ : *own == "false") edge.edge.mark_to = Mark::Tail;
    const Data data = data_of(element);
    const XmlElement* description = find(data, "description");
    const bool is_half = description != nullptr && description->text == "U";
    if (is_half) edge.edge.mark_from = edge.edge.mark_to = Mark::Arrow;
    if (const XmlElement* mark = find(data, "mark_from")) edge.edge.mark_from = mark_of(*mark);
    if (const XmlElement* mark = find(data, "mark_to")) edge.edge.mark_to = mark_of(*mark);
    if (const XmlElement* lag = find(data, "lag")) edge.lag = integer(*lag);
    if (const XmlElement* strength = find(data, "strength")) edge.strength = number(*strength);
    if (const XmlElement* p_value = find(data, "p_value")) edge.p_value = number(*p_value);
    if (const XmlElement* frequency = find(data, "frequency")) edge.frequency = number(*frequency);
    if (is_half && builder_.contains(edge)) return;
    if (const auto complaint = builder_.add_edge(edge)) scanner_.fail_at(element.position, *complaint);
  }

  [[nodiscard]] Mark mark_of(const XmlElement& element) const {
    if (const auto mark = enum_from_name<Mark>(element.text)) return *mark;
    scanner_.fail_at(element.position, "mark '" + element.text + "' is none of tail, arrow, circle");
  }
  [[nodiscard]] double number(const XmlElement& element) const {
    if (const auto value = number_from(element.text)) return *value;
    scanner_.fail_at(element.position, "'" + element.text + "' is no number");
  }
  [[nodiscard]] int integer(const XmlElement& element) const {
    int value = -1;
    const char* const end = element.text.data() + element.text.size();
    const auto result = std::from_chars(element.text.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end || value < 0) {
      scanner_.fail_at(element.position, "'" + element.text + "' is no non-negative integer");
    }
    return value;
  }

  Scanner scanner_;
  GraphBuilder builder_;
  std::map<std::string, std::string> key_names_;
  std::map<std::string, NodeId> ids_;
  bool is_directed_ = true;
};

struct Key {
  std::string_view name;
  std::string_view of;
  std::string_view type;
};
constexpr std::array<Key, 9> kKeys = {{{"kind", "graph", "string"},
                                       {"name", "node", "string"},
                                       {"type", "node", "string"},
                                       {"lag", "all", "int"},
                                       {"mark_from", "edge", "string"},
                                       {"mark_to", "edge", "string"},
                                       {"strength", "edge", "double"},
                                       {"p_value", "edge", "double"},
                                       {"frequency", "edge", "double"}}};

std::string data(std::string_view key, std::string_view value) {
  return "<data key=\"" + std::string(key) + "\">" + xml_escaped(value) + "</data>";
}

std::string number_data(std::string_view key, double value) {
  return std::isnan(value) ? std::string() : data(key, number_text(value));
}

void check_name(const std::string& name) {
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') {
      throw GraphError("the graphml format cannot hold a name with a control character", "node '" + name + "'",
                       "Rename the node or write json.");
    }
  }
}

}  // namespace

LearnedGraph read_graphml(std::string_view text, const std::string& name) { return GraphmlReader(text, name).read(); }

std::string write_graphml(const LearnedGraph& graph) {
  std::string text =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
  for (const Key& key : kKeys) {
    text += "  <key id=\"" + std::string(key.name) + "\" for=\"" + std::string(key.of) + "\" attr.name=\"" +
            std::string(key.name) + "\" attr.type=\"" + std::string(key.type) + "\"/>\n";
  }
  text += "  <graph edgedefault=\"directed\">\n    " + data("kind", enum_name(graph.kind)) + "\n";
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const LearnedNode& node = graph.nodes[i];
    check_name(node.name);
    text += "    <node id=\"n" + std::to_string(i) + "\">" + data("name", node.name);
    if (node.type != VariableType::Continuous) text += data("type", enum_name(node.type));
    if (node.lag) text += data("lag", std::to_string(*node.lag));
    text += "</node>\n";
  }
  for (const LearnedEdge& e : graph.edges) {
    text += "    <edge source=\"n" + std::to_string(e.edge.from) + "\" target=\"n" + std::to_string(e.edge.to) + "\"";
    if (!e.edge.is_directed()) text += " directed=\"false\"";
    text += ">" + data("mark_from", enum_name(e.edge.mark_from)) + data("mark_to", enum_name(e.edge.mark_to));
    if (e.lag != 0) text += data("lag", std::to_string(e.lag));
    text += number_data("strength", e.strength) + number_data("p_value", e.p_value) +
            number_data("frequency", e.frequency) + "</edge>\n";
  }
  return text + "  </graph>\n</graphml>\n";
}

}  // namespace causal::io
