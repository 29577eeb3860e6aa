// labels: unit
#include <algorithm>
#include <cmath>
#include <vector>

#include "causal/run/random.hpp"
#include "render/layers.hpp"
#include "render/layout.hpp"

#include <doctest/doctest.h>

using causal::Edge;
using causal::Mark;
using causal::render::Box;
using causal::render::Curve;
using causal::render::Layers;
using causal::render::Layout;
using causal::render::LayoutOptions;
using causal::render::Point;
using causal::render::Size;

namespace {

std::vector<Size> boxes_of(int n) {
  std::vector<Size> boxes;
  for (int v = 0; v < n; ++v) boxes.push_back({50.0 + 13.0 * (v % 5), 30.0});
  return boxes;
}

/// A random graph on n nodes: a share of all pairs, each edge with the marks `mark` returns for a random number.
template <class MarkOf>
std::vector<Edge> random_edges(int n, double density, std::uint64_t seed, MarkOf mark) {
  causal::RandomStream random(seed, causal::RandomDomain::Test);
  std::vector<Edge> edges;
  for (int a = 0; a < n; ++a) {
    for (int b = a + 1; b < n; ++b) {
      if (random.uniform() < density) edges.push_back(mark(a, b, random.uniform()));
    }
  }
  return edges;
}

Edge any_marks(int a, int b, double u) {
  const int k = static_cast<int>(u * 9);
  return {a, b, static_cast<Mark>(k / 3), static_cast<Mark>(k % 3)};
}

bool overlap(const Box& a, const Box& b) {
  constexpr double kRounding = 1e-6;
  return a.left() < b.right() - kRounding && b.left() < a.right() - kRounding && a.top() < b.bottom() - kRounding &&
         b.top() < a.bottom() - kRounding;
}

void check_boxes_apart_and_inside(const Layout& layout) {
  for (std::size_t a = 0; a < layout.nodes.size(); ++a) {
    const Box& box = layout.nodes[a];
    CHECK(box.left() >= 0);
    CHECK(box.top() >= 0);
    CHECK(box.right() <= layout.size.width);
    CHECK(box.bottom() <= layout.size.height);
    for (std::size_t b = a + 1; b < layout.nodes.size(); ++b) CHECK_FALSE(overlap(box, layout.nodes[b]));
  }
  for (const Curve& curve : layout.edges) {
    REQUIRE(curve.size() >= 4);
    CHECK(curve.size() % 3 == 1);
    for (const Point p : curve) {
      CHECK(std::isfinite(p.x));
      CHECK(std::isfinite(p.y));
    }
  }
}

bool touches(const Box& box, Point p) {
  constexpr double kRounding = 1e-6;
  return p.x >= box.left() && p.x <= box.right() &&
         (std::abs(p.y - box.top()) < kRounding || std::abs(p.y - box.bottom()) < kRounding);
}

Point on_curve(const Curve& curve, std::size_t segment, double t) {
  const Point* p = curve.data() + 3 * segment;
  const double s = 1 - t;
  const auto mix = [&](double a, double b, double c, double d) {
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d;
  };
  return {mix(p[0].x, p[1].x, p[2].x, p[3].x), mix(p[0].y, p[1].y, p[2].y, p[3].y)};
}

long crossings_by_pairs(const Layers& layers) {
  std::vector<std::size_t> position(layers.width.size());
  for (const auto& row : layers.order) {
    for (std::size_t i = 0; i < row.size(); ++i) position[static_cast<std::size_t>(row[i])] = i;
  }
  long count = 0;
  for (const auto& row : layers.order) {
    for (const int u : row) {
      for (const int v : row) {
        for (const int a : layers.below[static_cast<std::size_t>(u)]) {
          for (const int b : layers.below[static_cast<std::size_t>(v)]) {
            count += position[static_cast<std::size_t>(u)] < position[static_cast<std::size_t>(v)] &&
                     position[static_cast<std::size_t>(a)] > position[static_cast<std::size_t>(b)];
          }
        }
      }
    }
  }
  return count;
}

}  // namespace

TEST_CASE("boxes never overlap, lie inside the drawing and are touched by their lines") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const int n = 1 + static_cast<int>(seed % 30);
    const std::vector<Edge> edges = random_edges(n, 0.04 * static_cast<double>(seed % 9), seed, any_marks);
    const Layout layout = causal::render::layered_layout(boxes_of(n), edges);
    check_boxes_apart_and_inside(layout);
    for (std::size_t e = 0; e < edges.size(); ++e) {
      CHECK(touches(layout.nodes[static_cast<std::size_t>(edges[e].from)], layout.edges[e].front()));
      CHECK(touches(layout.nodes[static_cast<std::size_t>(edges[e].to)], layout.edges[e].back()));
    }
  }
}

TEST_CASE("no line runs through a box") {
  for (std::uint64_t seed = 100; seed < 130; ++seed) {
    const int n = 5 + static_cast<int>(seed % 20);
    const std::vector<Edge> edges = random_edges(n, 0.2, seed, any_marks);
    const Layout layout = causal::render::layered_layout(boxes_of(n), edges);
    for (const Curve& curve : layout.edges) {
      for (std::size_t segment = 0; 3 * segment + 1 < curve.size(); ++segment) {
        for (int step = 1; step < 10; ++step) {
          const Point p = on_curve(curve, segment, step / 10.0);
          for (const Box& box : layout.nodes) {
            const bool inside = p.x > box.left() && p.x < box.right() && p.y > box.top() && p.y < box.bottom();
            CHECK_FALSE(inside);
          }
        }
      }
    }
  }
}

TEST_CASE("in an acyclic graph every directed edge points down all the way") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const int n = 3 + static_cast<int>(seed % 25);
    const auto number = causal::RandomStream(seed, causal::RandomDomain::Test, 1).permutation(n);
    std::vector<Edge> edges = random_edges(n, 0.2, seed, [](int a, int b, double) { return causal::directed(a, b); });
    for (Edge& edge : edges) {
      edge = causal::directed(number[static_cast<std::size_t>(edge.from)], number[static_cast<std::size_t>(edge.to)]);
    }
    const Layout layout = causal::render::layered_layout(boxes_of(n), edges);
    for (const Curve& curve : layout.edges) {
      for (std::size_t i = 0; i + 1 < curve.size(); ++i) CHECK(curve[i].y < curve[i + 1].y);
    }
  }
}

TEST_CASE("undirected and bidirected edges do not turn a directed edge upwards") {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const int n = 4 + static_cast<int>(seed % 16);
    const std::vector<Edge> edges = random_edges(n, 0.3, seed, [](int a, int b, double u) {
      return u < 0.4 ? causal::directed(b, a) : u < 0.7 ? causal::undirected(a, b) : causal::bidirected(a, b);
    });
    const Layout layout = causal::render::layered_layout(boxes_of(n), edges);
    for (std::size_t e = 0; e < edges.size(); ++e) {
      if (edges[e].is_directed()) CHECK(layout.edges[e].front().y < layout.edges[e].back().y);
    }
  }
}

TEST_CASE("a directed cycle of any length costs one upward edge") {
  for (int n = 3; n < 12; ++n) {
    std::vector<Edge> edges;
    for (int v = 0; v < n; ++v) edges.push_back(causal::directed(v, (v + 1) % n));
    const Layout layout = causal::render::layered_layout(boxes_of(n), edges);
    check_boxes_apart_and_inside(layout);
    const auto upward = std::count_if(layout.edges.begin(), layout.edges.end(),
                                      [](const Curve& curve) { return curve.front().y > curve.back().y; });
    CHECK(upward == 1);
  }
}

TEST_CASE("two edges of one pair are drawn apart") {
  const std::vector<Edge> edges{causal::directed(0, 1), causal::bidirected(0, 1)};
  const Layout layout = causal::render::layered_layout(boxes_of(2), edges);
  CHECK(std::abs(layout.edges[0].front().x - layout.edges[1].front().x) >= 10);
  CHECK(std::abs(layout.edges[0].back().x - layout.edges[1].back().x) >= 10);
}

TEST_CASE("crossing reduction untangles a planar graph and never adds crossings") {
  // A complete binary tree with its leaves listed in scrambled order can be drawn without crossings.
  std::vector<Edge> tree;
  for (int v = 1; v < 31; ++v) tree.push_back(causal::directed((v - 1) / 2, v));
  std::reverse(tree.begin() + 7, tree.end());
  Layers layers = causal::render::cut_into_layers(boxes_of(31), tree, {.preferred_width = 1e9});
  causal::render::reduce_crossings(layers);
  CHECK(causal::render::count_crossings(layers) == 0);

  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<Edge> edges = random_edges(15, 0.2, seed, any_marks);
    for (int v = 1; v < 15; ++v) edges.push_back(causal::undirected(v - 1, v));
    Layers random = causal::render::cut_into_layers(boxes_of(15), edges, {});
    const long before = causal::render::count_crossings(random);
    CHECK(before == crossings_by_pairs(random));
    causal::render::reduce_crossings(random);
    const long after = causal::render::count_crossings(random);
    CHECK(after == crossings_by_pairs(random));
    CHECK(after <= before);
  }
}

TEST_CASE("lines that pass a layer keep their distance to the boxes beside them") {
  const LayoutOptions options;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    std::vector<Edge> edges = random_edges(20, 0.15, seed, any_marks);
    for (int v = 1; v < 20; ++v) edges.push_back(causal::directed(v - 1, v));
    Layers layers = causal::render::cut_into_layers(boxes_of(20), edges, options);
    causal::render::reduce_crossings(layers);
    const std::vector<double> x = causal::render::horizontal_positions(layers, options);
    for (const auto& row : layers.order) {
      for (std::size_t i = 0; i + 1 < row.size(); ++i) {
        const auto u = static_cast<std::size_t>(row[i]);
        const auto v = static_cast<std::size_t>(row[i + 1]);
        CHECK(x[v] - x[u] >= (layers.width[u] + layers.width[v]) / 2 + options.line_gap - 1e-6);
      }
    }
  }
}

TEST_CASE("the same graph gives the same drawing") {
  const std::vector<Edge> edges = random_edges(40, 0.1, 7, any_marks);
  const Layout a = causal::render::layered_layout(boxes_of(40), edges);
  const Layout b = causal::render::layered_layout(boxes_of(40), edges);
  CHECK(a.edges == b.edges);
  for (std::size_t v = 0; v < 40; ++v) CHECK(a.nodes[v].centre == b.nodes[v].centre);
}

TEST_CASE("empty, single and edgeless graphs have a drawing") {
  CHECK(causal::render::layered_layout({}, {}).size.width >= 0);
  const Layout one = causal::render::layered_layout(boxes_of(1), {});
  check_boxes_apart_and_inside(one);
  CHECK(one.isolated_top.has_value());
  const Layout many = causal::render::layered_layout(boxes_of(60), {});
  check_boxes_apart_and_inside(many);
  CHECK(many.size.width < 1200);
}

TEST_CASE("two hundred nodes are drawn") {
  std::vector<Edge> edges = random_edges(200, 0.02, 3, [](int a, int b, double) { return causal::directed(a, b); });
  check_boxes_apart_and_inside(causal::render::layered_layout(boxes_of(200), edges));
}
