#include <fmt/format.h>

#include <algorithm>

#include "causal/io/diagram_text.hpp"
#include "diagram_readers.hpp"

namespace causal::io {

namespace {

std::string html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out.empty() ? " " : out;
}

/// Three bars that shrink away from the wire.
std::string bars(bool narrow_below) {
  std::string rows;
  for (const int width : {6, 13, 20}) {
    const std::string row =
        fmt::format(R"(<tr><td><table border="0" cellborder="0" cellspacing="0" cellpadding="0"><tr>)"
                    R"(<td fixedsize="true" width="{}" height="2" bgcolor="black"></td></tr></table></td></tr>)",
                    width);
    rows = narrow_below ? row + rows : rows + row;
  }
  return R"([shape=none, margin=0, label=<<table border="0" cellborder="0" cellspacing="0" cellpadding="1">)" + rows +
         "</table>>]";
}

std::string port_row(char side, std::size_t ports, std::size_t columns) {
  std::string row = "<tr>";
  if (ports == 0) row += fmt::format(R"(<td colspan="{}" height="4"></td>)", columns);
  for (std::size_t i = 0; i < ports; ++i) {
    row += fmt::format(R"(<td port="{}{}" colspan="{}" height="4"></td>)", side, i, columns / ports);
  }
  return row + "</tr>";
}

std::string plain_box(const BoxHead& head, std::size_t ins, std::size_t outs) {
  const std::size_t columns = std::max<std::size_t>(ins, 1) * std::max<std::size_t>(outs, 1);
  std::string style;
  if (head.deterministic) style += "rounded";
  if (head.partial) style += style.empty() ? "dashed" : ",dashed";
  const std::string name = head.kind == BoxKind::Identity ? "id" : html(head.label.text());
  return fmt::format(
      R"([shape=none, margin=0, label=<<table border="1" cellborder="0" cellspacing="0" cellpadding="1"{}>)"
      R"({}<tr><td colspan="{}" cellpadding="5" width="30">{}</td></tr>{}</table>>])",
      style.empty() ? "" : fmt::format(" style=\"{}\"", style), port_row('o', outs, columns), columns, name,
      port_row('i', ins, columns));
}

std::string box_attributes(const Diagram& diagram, BoxId box) {
  const BoxHead& head = diagram.head(box);
  switch (head.kind) {
    case BoxKind::Uniform:
      if (diagram.out(box).size() == 1) return bars(true);
      break;
    case BoxKind::Point:
      return fmt::format("[shape=invtriangle, margin=0.02, label=\"{}\"]", head.value);
    case BoxKind::Observe:
      return fmt::format("[shape=triangle, margin=0.02, label=\"{}\"]", head.value);
    case BoxKind::Generator:
    case BoxKind::Identity:
      break;
  }
  BoxHead shown = head;
  if (head.kind == BoxKind::Uniform) shown.label = "uniform";
  return plain_box(shown, diagram.in(box).size(), diagram.out(box).size());
}

bool has_ports(const Diagram& diagram, BoxId box) {
  const BoxKind kind = diagram.head(box).kind;
  return kind == BoxKind::Generator || kind == BoxKind::Identity ||
         (kind == BoxKind::Uniform && diagram.out(box).size() != 1);
}

/// Ends of the whole in a row, in their order.
std::string ends(const Diagram& diagram, const std::vector<WireId>& wires, char name, const char* rank) {
  if (wires.empty()) return {};
  std::string text = fmt::format("  {{rank={};", rank);
  for (std::size_t i = 0; i < wires.size(); ++i) {
    text += fmt::format(" {}{} [shape=none, margin=0.03, label=<{}>];", name, i, html(diagram.type(wires[i]).text()));
  }
  for (std::size_t i = 1; i < wires.size(); ++i)
    text += fmt::format(" {0}{1} -> {0}{2} [style=invis];", name, i - 1, i);
  return text + "}\n";
}

}  // namespace

std::string write_dot(const Diagram& diagram) {
  std::string text =
      "digraph {\n  rankdir=BT; nodesep=0.35; ranksep=0.3;\n"
      "  node [fontname=\"Helvetica\", fontsize=12];\n"
      "  edge [dir=none, fontname=\"Helvetica\", fontsize=10];\n";
  text += ends(diagram, diagram.dom(), 'a', "source");
  text += ends(diagram, diagram.cod(), 'z', "sink");
  for (BoxId box = 0; box < diagram.boxes(); ++box) {
    text += fmt::format("  b{} {};\n", box, box_attributes(diagram, box));
  }
  const auto producer = producers_of(diagram);
  const auto readers = readers_of(diagram);
  const auto port = [&](BoxId box, char side, std::size_t index) {
    const std::string node = fmt::format("b{}", box);
    return has_ports(diagram, box) ? fmt::format("{}:{}{}:{}", node, side, index, side == 'o' ? 'n' : 's') : node;
  };
  const auto reader_node = [&](const WireReader& reader) {
    return reader.box == kWholeDiagram ? fmt::format("z{}:s", reader.port) : port(reader.box, 'i', reader.port);
  };
  for (WireId wire = 0; wire < diagram.wires(); ++wire) {
    const auto& [box, index] = producer[wire];
    const bool input = box == kWholeDiagram;
    const std::string source = input ? fmt::format("a{}:n", index) : port(box, 'o', index);
    const Name type = diagram.type(wire);
    const bool named = input || diagram.head(box).label == type;
    const bool to_output = readers[wire].size() == 1 && readers[wire][0].box == kWholeDiagram;
    const std::string label = named || to_output ? std::string() : fmt::format(" [label=< {} >]", html(type.text()));
    if (readers[wire].size() == 1) {
      text += fmt::format("  {} -> {}{};\n", source, reader_node(readers[wire][0]), label);
    } else if (readers[wire].empty()) {
      text += fmt::format("  d{0} {1};\n  {2} -> d{0}{3};\n", wire, bars(false), source, label);
    } else {
      text += fmt::format("  c{0} [shape=point, width=0.08];\n  {1} -> c{0}{2};\n", wire, source, label);
      for (const WireReader& reader : readers[wire]) text += fmt::format("  c{} -> {};\n", wire, reader_node(reader));
    }
  }
  return text + "}\n";
}

}  // namespace causal::io
