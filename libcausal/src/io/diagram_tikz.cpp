#include <fmt/format.h>

#include <algorithm>

#include "causal/io/diagram_text.hpp"
#include "diagram_readers.hpp"

namespace causal::io {

namespace {

std::string tex(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\textbackslash{}";
        break;
      case '~':
        out += "\\textasciitilde{}";
        break;
      case '^':
        out += "\\textasciicircum{}";
        break;
      case '{':
      case '}':
      case '$':
      case '&':
      case '#':
      case '%':
      case '_':
        out += '\\';
        out += c;
        break;
      default:
        out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
    }
  }
  return out;
}

struct Place {
  double x = 0, y = 0;
};

constexpr double kColumn = 2.0, kRow = 1.6, kHalfHeight = 0.3;

/// Boxes in layers, centred: each above all it reads.
std::vector<Place> places_of(const Diagram& diagram, std::size_t& layers) {
  std::vector<std::size_t> height_of_wire(diagram.wires(), 0), layer(diagram.boxes(), 0), width;
  for (BoxId box = 0; box < diagram.boxes(); ++box) {
    for (const WireId wire : diagram.in(box)) layer[box] = std::max(layer[box], height_of_wire[wire]);
    for (const WireId wire : diagram.out(box)) height_of_wire[wire] = layer[box] + 1;
    width.resize(std::max(width.size(), layer[box] + 1), 0);
    ++width[layer[box]];
  }
  layers = width.size();
  std::vector<std::size_t> placed(layers, 0);
  std::vector<Place> places(diagram.boxes());
  for (BoxId box = 0; box < diagram.boxes(); ++box) {
    const std::size_t l = layer[box];
    const double from_centre = static_cast<double>(placed[l]++) - (static_cast<double>(width[l]) - 1) / 2;
    places[box] = {kColumn * from_centre, kRow * static_cast<double>(l + 1)};
  }
  return places;
}

double along(std::size_t i, std::size_t n, double width) {
  return width * ((static_cast<double>(i) + 1) / (static_cast<double>(n) + 1) - 0.5);
}

double width_of(const Diagram& diagram, BoxId box) {
  return 0.4 + 0.4 * static_cast<double>(std::max({diagram.in(box).size(), diagram.out(box).size(), std::size_t{1}}));
}

std::string drawn_box(const Diagram& diagram, BoxId box, const Place& at) {
  const BoxHead& head = diagram.head(box);
  const auto node = [&](const char* style, const std::string& text) {
    return fmt::format("  \\node[{}, minimum width={:.2f}cm] at ({:.2f},{:.2f}) {{{}}};\n", style,
                       width_of(diagram, box), at.x, at.y, text);
  };
  switch (head.kind) {
    case BoxKind::Uniform:
      if (diagram.out(box).size() != 1) return node("cbox", "uniform");
      return fmt::format("  \\pic[yscale=-1] at ({:.2f},{:.2f}) {{bars}};\n", at.x, at.y + kHalfHeight);
    case BoxKind::Point:
    case BoxKind::Observe: {
      const double sign = head.kind == BoxKind::Point ? 1 : -1;
      return fmt::format(
          "  \\draw[fill=white] ({0:.2f},{1:.2f}) -- ++(-0.4,0) -- ++(0.4,{2:.2f}) -- ++(0.4,{3:.2f}) -- "
          "cycle;\n  \\node[font=\\scriptsize] at ({0:.2f},{4:.2f}) {{{5}}};\n",
          at.x, at.y + sign * kHalfHeight, -sign * 0.6, sign * 0.6, at.y + sign * 0.1, head.value);
    }
    case BoxKind::Identity:
      return node("cbox", "id");
    case BoxKind::Generator:
      break;
  }
  std::string style = "cbox";
  if (head.deterministic) style += ", rounded corners";
  if (head.partial) style += ", dashed";
  return node(style.c_str(), tex(head.label.text()));
}

std::string curve(const Place& from, const Place& to, const std::string& label) {
  return fmt::format("  \\draw ({:.2f},{:.2f}) to[out=90,in=-90]{} ({:.2f},{:.2f});\n", from.x, from.y, label, to.x,
                     to.y);
}

}  // namespace

std::string write_tikz(const Diagram& diagram) {
  std::size_t layers = 0;
  const std::vector<Place> places = places_of(diagram, layers);
  const double top = kRow * static_cast<double>(layers + 1);
  const auto end = [&](std::size_t i, std::size_t n, double y) {
    return Place{kColumn * (static_cast<double>(i) - (static_cast<double>(n) - 1) / 2), y};
  };
  std::string text =
      "\\begin{tikzpicture}[cbox/.style={draw, fill=white, minimum height=0.6cm},\n"
      "  bars/.pic={\\draw[thick] (-0.2,0) -- (0.2,0) (-0.13,0.07) -- (0.13,0.07) (-0.06,0.14) -- (0.06,0.14);}]\n";
  const auto producer = producers_of(diagram);
  const auto readers = readers_of(diagram);
  const auto reader_place = [&](const WireReader& reader) {
    if (reader.box == kWholeDiagram) return end(reader.port, diagram.cod().size(), top);
    const Place& at = places[reader.box];
    return Place{at.x + along(reader.port, diagram.in(reader.box).size(), width_of(diagram, reader.box)),
                 at.y - kHalfHeight};
  };
  for (WireId wire = 0; wire < diagram.wires(); ++wire) {
    const auto& [box, index] = producer[wire];
    Place from = end(index, diagram.dom().size(), 0);
    bool named = true;
    if (box != kWholeDiagram) {
      from = {places[box].x + along(index, diagram.out(box).size(), width_of(diagram, box)),
              places[box].y + kHalfHeight};
      named = diagram.head(box).label == diagram.type(wire);
    }
    const std::string label =
        named ? "" : fmt::format(" node[right, font=\\scriptsize] {{{}}}", tex(diagram.type(wire).text()));
    const Place above{from.x, from.y + 0.25};
    if (readers[wire].size() == 1) {
      text += curve(from, reader_place(readers[wire][0]), label);
    } else if (readers[wire].empty()) {
      text += curve(from, above, label) + fmt::format("  \\pic at ({:.2f},{:.2f}) {{bars}};\n", above.x, above.y);
    } else {
      text += curve(from, above, label) + fmt::format("  \\fill ({:.2f},{:.2f}) circle (0.05);\n", above.x, above.y);
      for (const WireReader& reader : readers[wire]) text += curve(above, reader_place(reader), "");
    }
  }
  for (BoxId box = 0; box < diagram.boxes(); ++box) text += drawn_box(diagram, box, places[box]);
  const auto ends = [&](const std::vector<WireId>& wires, double y, const char* anchor) {
    for (std::size_t i = 0; i < wires.size(); ++i) {
      const Place at = end(i, wires.size(), y);
      text += fmt::format("  \\node[{}] at ({:.2f},{:.2f}) {{{}}};\n", anchor, at.x, at.y,
                          tex(diagram.type(wires[i]).text()));
    }
  };
  ends(diagram.dom(), 0, "below");
  ends(diagram.cod(), top, "above");
  return text + "\\end{tikzpicture}\n";
}

}  // namespace causal::io
