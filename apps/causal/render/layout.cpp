#include "render/layout.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "render/layers.hpp"

namespace causal::render {
namespace {

constexpr double kPortGap = 15;      ///< Between two lines that end at the same side of a box.
constexpr double kCorner = 12;       ///< Kept free of lines at either end of a side.
constexpr double kFlattest = 0.24;   ///< Layers move apart until segments fall by about this share of their width.
constexpr double kTallestGap = 170;  ///< But no further than this.

/// A subgraph with its own numbering.
struct Component {
  std::vector<NodeId> nodes;
  std::vector<std::size_t> edges;
};

std::vector<Component> components(std::size_t n, std::span<const Edge> edges) {
  std::vector<std::size_t> leader(n);
  std::iota(leader.begin(), leader.end(), std::size_t{0});
  const auto find = [&](std::size_t v) {
    while (leader[v] != v) v = leader[v] = leader[leader[v]];
    return v;
  };
  for (const Edge& edge : edges) {
    const std::size_t a = find(static_cast<std::size_t>(edge.from));
    const std::size_t b = find(static_cast<std::size_t>(edge.to));
    leader[std::max(a, b)] = std::min(a, b);
  }
  std::vector<Component> out(n);
  for (std::size_t v = 0; v < n; ++v) out[find(v)].nodes.push_back(static_cast<NodeId>(v));
  for (std::size_t e = 0; e < edges.size(); ++e) out[find(static_cast<std::size_t>(edges[e].from))].edges.push_back(e);
  std::erase_if(out, [](const Component& component) { return component.nodes.empty(); });
  return out;
}

/// Where the lines touch the boxes: x offsets of the first and last point of every chain.
struct Ports {
  std::vector<double> upper;
  std::vector<double> lower;
};

/// Spreads the lines that end at one side of a box, in the order of where they go.
void spread(const Layers& layers, const std::vector<double>& x, int box, bool at_bottom, std::vector<std::size_t> edges,
            std::vector<double>& offset) {
  if (edges.empty()) return;
  const auto target = [&](std::size_t e) {
    const std::vector<int>& chain = layers.chain[e];
    return x[static_cast<std::size_t>(at_bottom ? chain[1] : chain[chain.size() - 2])];
  };
  std::stable_sort(edges.begin(), edges.end(), [&](std::size_t a, std::size_t b) { return target(a) < target(b); });
  const double free = layers.width[static_cast<std::size_t>(box)] - 2 * kCorner;
  const double gaps = static_cast<double>(edges.size() - 1);
  const double gap = gaps > 0 ? std::max(0.0, std::min(kPortGap, free / gaps)) : 0;
  for (std::size_t i = 0; i < edges.size(); ++i) offset[edges[i]] = (static_cast<double>(i) - gaps / 2) * gap;
}

Ports ports(const Layers& layers, const std::vector<double>& x) {
  std::vector<std::vector<std::size_t>> bottom(static_cast<std::size_t>(layers.boxes));
  std::vector<std::vector<std::size_t>> top(static_cast<std::size_t>(layers.boxes));
  for (std::size_t e = 0; e < layers.chain.size(); ++e) {
    bottom[static_cast<std::size_t>(layers.chain[e].front())].push_back(e);
    top[static_cast<std::size_t>(layers.chain[e].back())].push_back(e);
  }
  Ports out{std::vector<double>(layers.chain.size()), std::vector<double>(layers.chain.size())};
  for (int v = 0; v < layers.boxes; ++v) {
    spread(layers, x, v, true, bottom[static_cast<std::size_t>(v)], out.upper);
    spread(layers, x, v, false, top[static_cast<std::size_t>(v)], out.lower);
  }
  return out;
}

/// Top and bottom of every layer.
struct Bands {
  std::vector<double> top;
  std::vector<double> bottom;
};

Bands bands(const Layers& layers, const std::vector<double>& x, std::span<const Size> boxes,
            const LayoutOptions& options) {
  Bands out;
  double y = 0;
  for (const std::vector<int>& row : layers.order) {
    double height = 0;
    double widest = 0;
    for (const int v : row) {
      const auto i = static_cast<std::size_t>(v);
      if (!layers.is_bend(v)) height = std::max(height, boxes[i].height);
      for (const int w : layers.below[i]) widest = std::max(widest, std::abs(x[i] - x[static_cast<std::size_t>(w)]));
    }
    out.top.push_back(y);
    out.bottom.push_back(y + height);
    y += height + std::max(options.layer_gap, std::min(kTallestGap, kFlattest * widest));
  }
  return out;
}

/// A smooth line through knots of increasing y that never overshoots them sideways: x is a cubic Hermite function of
/// y, vertical at inner knots. A line without inner knots is straight.
Curve smooth(const std::vector<Point>& knots) {
  Curve curve{knots.front()};
  for (std::size_t i = 0; i + 1 < knots.size(); ++i) {
    const Point a = knots[i];
    const Point b = knots[i + 1];
    const double third = (b.y - a.y) / 3;
    const double slope = (b.x - a.x) / (b.y - a.y);
    const double leave = i == 0 ? slope : 0;
    const double arrive = i + 2 == knots.size() ? slope : 0;
    curve.push_back({a.x + leave * third, a.y + third});
    curve.push_back({b.x - arrive * third, b.y - third});
    curve.push_back(b);
  }
  return curve;
}

/// The line of one edge, top to bottom: past a layer it runs vertically, so that it keeps its distance to the boxes.
Curve route(const Layers& layers, const Bands& band, const std::vector<double>& x, const std::vector<int>& chain,
            Point start, Point end) {
  std::vector<Point> knots{start};
  for (std::size_t i = 1; i + 1 < chain.size(); ++i) {
    const auto v = static_cast<std::size_t>(chain[i]);
    const auto l = static_cast<std::size_t>(layers.layer[v]);
    for (const Point knot : {Point{x[v], band.top[l]}, Point{x[v], band.bottom[l]}}) {
      const std::size_t k = knots.size();
      const bool straight_on = k >= 3 && knots[k - 1].x == knot.x && knots[k - 2].x == knot.x;
      if (straight_on) {
        knots.back() = knot;
      } else {
        knots.push_back(knot);
      }
    }
  }
  knots.push_back(end);
  return smooth(knots);
}

/// A part of the drawing with its own origin.
struct Drawing {
  Size size;
  std::vector<Box> nodes;
  std::vector<Curve> edges;
};

Drawing draw_component(std::span<const Size> boxes, std::span<const Edge> edges, const LayoutOptions& options) {
  Layers layers = cut_into_layers(boxes, edges, options);
  reduce_crossings(layers);
  const std::vector<double> x = horizontal_positions(layers, options);
  const Bands band = bands(layers, x, boxes, options);

  Drawing out;
  out.size.height = band.bottom.back();
  for (std::size_t v = 0; v < x.size(); ++v) out.size.width = std::max(out.size.width, x[v] + layers.width[v] / 2);
  for (std::size_t v = 0; v < boxes.size(); ++v) {
    const auto l = static_cast<std::size_t>(layers.layer[v]);
    out.nodes.push_back({{x[v], (band.top[l] + band.bottom[l]) / 2}, boxes[v]});
  }
  const Ports port = ports(layers, x);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const std::vector<int>& chain = layers.chain[e];
    const Box& upper = out.nodes[static_cast<std::size_t>(chain.front())];
    const Box& lower = out.nodes[static_cast<std::size_t>(chain.back())];
    out.edges.push_back(route(layers, band, x, chain, {upper.centre.x + port.upper[e], upper.bottom()},
                              {lower.centre.x + port.lower[e], lower.top()}));
    if (chain.front() != edges[e].from) std::reverse(out.edges.back().begin(), out.edges.back().end());
  }
  return out;
}

Drawing draw_component(const Component& component, std::span<const Size> boxes, std::span<const Edge> edges,
                       const LayoutOptions& options) {
  std::vector<NodeId> local(boxes.size(), -1);
  std::vector<Size> sizes;
  for (std::size_t i = 0; i < component.nodes.size(); ++i) {
    const auto v = static_cast<std::size_t>(component.nodes[i]);
    local[v] = static_cast<NodeId>(i);
    sizes.push_back(boxes[v]);
  }
  std::vector<Edge> own;
  for (const std::size_t e : component.edges) {
    Edge edge = edges[e];
    edge.from = local[static_cast<std::size_t>(edge.from)];
    edge.to = local[static_cast<std::size_t>(edge.to)];
    own.push_back(edge);
  }
  return draw_component(sizes, own, options);
}

/// Top left corners of sizes set in centred rows no wider than `width` where they fit; the total size comes with them.
std::pair<std::vector<Point>, Size> in_rows(const std::vector<Size>& sizes, double width, double gap_x, double gap_y) {
  std::vector<Point> corners(sizes.size());
  std::vector<std::pair<std::size_t, double>> rows;  // first item, width
  Size total;
  double x = 0;
  double y = 0;
  double height = 0;
  const auto close_row = [&] {
    if (!rows.empty()) rows.back().second = x - gap_x;
    total.width = std::max(total.width, x - gap_x);
    total.height = y + height;
  };
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    if (i == 0 || x + sizes[i].width > width) {
      if (i > 0) {
        close_row();
        y += height + gap_y;
      }
      rows.emplace_back(i, 0.0);
      x = height = 0;
    }
    corners[i] = {x, y};
    x += sizes[i].width + gap_x;
    height = std::max(height, sizes[i].height);
  }
  if (!sizes.empty()) close_row();
  for (std::size_t r = 0; r < rows.size(); ++r) {
    const std::size_t end = r + 1 < rows.size() ? rows[r + 1].first : sizes.size();
    for (std::size_t i = rows[r].first; i < end; ++i) corners[i].x += (total.width - rows[r].second) / 2;
  }
  return {corners, total};
}

void place(const Component& component, const Drawing& drawing, Point corner, Layout& out) {
  const auto moved = [&](Point p) { return Point{p.x + corner.x, p.y + corner.y}; };
  for (std::size_t i = 0; i < component.nodes.size(); ++i) {
    const Box& box = drawing.nodes[i];
    out.nodes[static_cast<std::size_t>(component.nodes[i])] = {moved(box.centre), box.size};
  }
  for (std::size_t i = 0; i < component.edges.size(); ++i) {
    Curve& curve = out.edges[component.edges[i]];
    for (const Point p : drawing.edges[i]) curve.push_back(moved(p));
  }
}

}  // namespace

Layout layered_layout(std::span<const Size> boxes, std::span<const Edge> edges, const LayoutOptions& options) {
  Layout out;
  out.nodes.resize(boxes.size());
  out.edges.resize(edges.size());

  std::vector<Component> connected = components(boxes.size(), edges);
  std::vector<Component> isolated;
  for (const Component& component : connected) {
    if (component.edges.empty()) isolated.push_back(component);
  }
  std::erase_if(connected, [](const Component& component) { return component.edges.empty(); });
  std::stable_sort(connected.begin(), connected.end(),
                   [](const Component& a, const Component& b) { return a.nodes.size() > b.nodes.size(); });

  std::vector<Drawing> drawings;
  std::vector<Size> sizes;
  double width = options.preferred_width;
  for (const Component& component : connected) {
    drawings.push_back(draw_component(component, boxes, edges, options));
    sizes.push_back(drawings.back().size);
    width = std::max(width, sizes.back().width);
  }
  const auto [corners, drawn] = in_rows(sizes, width, options.component_gap, options.component_gap);
  std::vector<Size> lone;
  for (const Component& component : isolated) lone.push_back(boxes[static_cast<std::size_t>(component.nodes[0])]);
  const auto [lone_corners, lone_total] = in_rows(lone, width, options.node_gap, options.node_gap / 2);

  const double content = std::max(drawn.width, lone_total.width);
  const double lone_top =
      options.margin + drawn.height + (drawn.height > 0 && !lone.empty() ? options.component_gap : 0);
  for (std::size_t i = 0; i < connected.size(); ++i) {
    const double x = options.margin + (content - drawn.width) / 2 + corners[i].x;
    place(connected[i], drawings[i], {x, options.margin + corners[i].y}, out);
  }
  for (std::size_t i = 0; i < isolated.size(); ++i) {
    const double x = options.margin + (content - lone_total.width) / 2 + lone_corners[i].x + lone[i].width / 2;
    out.nodes[static_cast<std::size_t>(isolated[i].nodes[0])] = {{x, lone_top + lone_corners[i].y + lone[i].height / 2},
                                                                 lone[i]};
  }
  if (!isolated.empty()) out.isolated_top = lone_top;
  out.size = {content + 2 * options.margin, lone_top + lone_total.height + options.margin};
  return out;
}

}  // namespace causal::render
