#include "causal/io/diagram_json.hpp"

#include <cmath>

#include "causal/run/error.hpp"
#include "json_cursor.hpp"

namespace causal::io {

namespace {

Json wires_to_json(std::span<const WireId> wires) {
  Json array = Json::array();
  for (const WireId wire : wires) array.push(static_cast<std::int64_t>(wire));
  return array;
}

std::vector<WireId> wires_from_json(const JsonCursor& array, std::size_t wires) {
  std::vector<WireId> result;
  for (std::size_t i = 0; i < array.size(); ++i) {
    if (wires == 0) array[i].fail("there are no wires to refer to");
    result.push_back(static_cast<WireId>(array[i].integer(0, static_cast<std::int64_t>(wires) - 1)));
  }
  return result;
}

bool flag(const JsonCursor& box, std::string_view key, bool otherwise) {
  return box.has(key) ? box.at(key).boolean() : otherwise;
}

BoxHead head_from_json(const JsonCursor& box) {
  BoxHead head;
  if (box.has("label")) head.label = box.at("label").string();
  if (box.has("kind")) head.kind = box.at("kind").enumerator<BoxKind>();
  const bool sharp = head.kind == BoxKind::Point || head.kind == BoxKind::Observe;
  head.deterministic = flag(box, "deterministic", sharp);
  head.partial = flag(box, "partial", head.kind == BoxKind::Observe);
  if (box.has("value")) head.value = box.at("value").number();
  if (!std::isfinite(head.value)) box.at("value").fail("must be finite");
  return head;
}

}  // namespace

Json diagram_to_json(const Diagram& diagram) {
  Json types = Json::array(), boxes = Json::array();
  for (WireId wire = 0; wire < diagram.wires(); ++wire) types.push(diagram.type(wire).text());
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    const BoxHead& head = diagram.head(b);
    Json box = Json::object();
    box.set("label", head.label.text());
    box.set("kind", enum_name(head.kind));
    box.set("deterministic", head.deterministic);
    box.set("partial", head.partial);
    if (head.kind == BoxKind::Point || head.kind == BoxKind::Observe) box.set("value", head.value);
    box.set("in", wires_to_json(diagram.in(b)));
    box.set("out", wires_to_json(diagram.out(b)));
    boxes.push(std::move(box));
  }
  Json json = Json::object();
  json.set("schema", "causal.diagram/1");
  json.set("types", std::move(types));
  json.set("boxes", std::move(boxes));
  json.set("dom", wires_to_json(diagram.dom()));
  json.set("cod", wires_to_json(diagram.cod()));
  return json;
}

Diagram diagram_from_json(const Json& json) {
  const JsonCursor root(json);
  if (const JsonCursor schema = root.at("schema"); schema.string() != "causal.diagram/1") {
    schema.fail("must be causal.diagram/1");
  }
  DiagramParts parts;
  const JsonCursor types = root.at("types"), boxes = root.at("boxes");
  for (std::size_t i = 0; i < types.size(); ++i) parts.wire_types.emplace_back(types[i].string());
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    const JsonCursor box = boxes[i];
    const JsonCursor in = box.at("in"), out = box.at("out");
    parts.boxes.push_back({head_from_json(box), wires_from_json(in, parts.wire_types.size()),
                           wires_from_json(out, parts.wire_types.size())});
  }
  const JsonCursor dom = root.at("dom"), cod = root.at("cod");
  parts.dom = wires_from_json(dom, parts.wire_types.size());
  parts.cod = wires_from_json(cod, parts.wire_types.size());
  if (const auto wrong = violation(parts)) root.fail(*wrong);
  return Diagram(parts);
}

}  // namespace causal::io
