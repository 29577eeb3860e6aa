// Horizontal coordinates after Brandes and Koepf (2001): four alignments into vertical blocks, each as compact as it
// gets, and per vertex the mean of the two middle ones. Deviation: blocks are compacted as a longest-path problem over
// the graph of neighbouring blocks (first leftmost, then pushed against the right neighbour), which needs no classes
// and cannot overlap.

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <set>
#include <utility>

#include "render/layers.hpp"

namespace causal::render {
namespace {

using Segment = std::pair<int, int>;  ///< Upper and lower vertex.

/// One of the four ways to look at the drawing: from above or below, from the left or the right.
struct View {
  std::vector<std::vector<int>> order;
  const std::vector<std::vector<int>>* previous;  ///< Neighbours in the layer before.
  std::vector<int> position;
  bool upside_down = false;
};

View view_of(const Layers& layers, bool upside_down, bool mirrored) {
  View view{layers.order, upside_down ? &layers.below : &layers.above, {}, upside_down};
  if (upside_down) std::reverse(view.order.begin(), view.order.end());
  view.position.resize(layers.width.size());
  for (std::vector<int>& row : view.order) {
    if (mirrored) std::reverse(row.begin(), row.end());
    for (std::size_t i = 0; i < row.size(); ++i) view.position[static_cast<std::size_t>(row[i])] = static_cast<int>(i);
  }
  return view;
}

/// Segments that cross an inner segment (bend to bend) and so must not be made vertical: long lines come first.
std::set<Segment> conflicts(const Layers& layers) {
  const View view = view_of(layers, false, false);
  const auto at = [&](int v) { return view.position[static_cast<std::size_t>(v)]; };
  std::set<Segment> out;
  for (std::size_t l = 1; l < view.order.size(); ++l) {
    const std::vector<int>& row = view.order[l];
    int low = -1;
    std::size_t scanned = 0;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::vector<int>& above = layers.above[static_cast<std::size_t>(row[i])];
      const bool inner = layers.is_bend(row[i]) && layers.is_bend(above.front());
      if (!inner && i + 1 < row.size()) continue;
      const int high = inner ? at(above.front()) : std::numeric_limits<int>::max();
      for (; scanned <= i; ++scanned) {
        const int v = row[scanned];
        for (const int u : layers.above[static_cast<std::size_t>(v)]) {
          const bool is_inner = layers.is_bend(u) && layers.is_bend(v);
          if (!is_inner && (at(u) < low || at(u) > high)) out.emplace(u, v);
        }
      }
      low = high;
    }
  }
  return out;
}

/// Root (first vertex) of the vertical block of every vertex.
std::vector<int> aligned_blocks(const View& view, const std::set<Segment>& forbidden) {
  std::vector<int> root(view.position.size());
  std::iota(root.begin(), root.end(), 0);
  std::vector<bool> continued(root.size(), false);
  for (const std::vector<int>& row : view.order) {
    int used = -1;
    for (const int v : row) {
      std::vector<int> near = (*view.previous)[static_cast<std::size_t>(v)];
      if (near.empty()) continue;
      std::sort(near.begin(), near.end(), [&](int a, int b) {
        return view.position[static_cast<std::size_t>(a)] < view.position[static_cast<std::size_t>(b)];
      });
      for (const std::size_t m : {(near.size() - 1) / 2, near.size() / 2}) {
        const int u = near[m];
        const int at = view.position[static_cast<std::size_t>(u)];
        const Segment segment = view.upside_down ? Segment{v, u} : Segment{u, v};
        if (at <= used || continued[static_cast<std::size_t>(u)] || forbidden.contains(segment)) continue;
        continued[static_cast<std::size_t>(u)] = true;
        root[static_cast<std::size_t>(v)] = root[static_cast<std::size_t>(u)];
        used = at;
        break;
      }
    }
  }
  return root;
}

/// Two blocks that stand side by side, with the distance their centres must keep.
struct Neighbour {
  std::size_t block;
  double distance;
};

std::vector<double> compacted(const Layers& layers, const View& view, const std::vector<int>& root,
                              const LayoutOptions& options) {
  const std::size_t n = root.size();
  std::vector<std::vector<Neighbour>> right(n);
  std::vector<int> waiting(n, 0);
  for (const std::vector<int>& row : view.order) {
    for (std::size_t i = 0; i + 1 < row.size(); ++i) {
      const auto u = static_cast<std::size_t>(row[i]);
      const auto v = static_cast<std::size_t>(row[i + 1]);
      const bool lines = layers.is_bend(row[i]) || layers.is_bend(row[i + 1]);
      const double distance = (layers.width[u] + layers.width[v]) / 2 + (lines ? options.line_gap : options.node_gap);
      right[static_cast<std::size_t>(root[u])].push_back({static_cast<std::size_t>(root[v]), distance});
      ++waiting[static_cast<std::size_t>(root[v])];
    }
  }
  std::vector<std::size_t> sequence;
  for (std::size_t v = 0; v < n; ++v) {
    if (root[v] == static_cast<int>(v) && waiting[v] == 0) sequence.push_back(v);
  }
  std::vector<double> x(n, 0.0);
  for (std::size_t i = 0; i < sequence.size(); ++i) {
    const std::size_t block = sequence[i];
    for (const Neighbour& next : right[block]) {
      x[next.block] = std::max(x[next.block], x[block] + next.distance);
      if (--waiting[next.block] == 0) sequence.push_back(next.block);
    }
  }
  for (auto block = sequence.rbegin(); block != sequence.rend(); ++block) {
    double room = std::numeric_limits<double>::infinity();
    for (const Neighbour& next : right[*block]) room = std::min(room, x[next.block] - next.distance);
    if (room < std::numeric_limits<double>::infinity()) x[*block] = std::max(x[*block], room);
  }
  std::vector<double> out(n);
  for (std::size_t v = 0; v < n; ++v) out[v] = x[static_cast<std::size_t>(root[v])];
  return out;
}

std::pair<double, double> extent(const Layers& layers, const std::vector<double>& x) {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;
  for (std::size_t v = 0; v < x.size(); ++v) {
    low = std::min(low, x[v] - layers.width[v] / 2);
    high = std::max(high, x[v] + layers.width[v] / 2);
  }
  return {low, high};
}

}  // namespace

std::vector<double> horizontal_positions(const Layers& layers, const LayoutOptions& options) {
  const std::set<Segment> forbidden = conflicts(layers);
  std::array<std::vector<double>, 4> views;
  std::array<std::pair<double, double>, 4> extents;
  for (std::size_t k = 0; k < 4; ++k) {
    const bool mirrored = k % 2 == 1;
    const View view = view_of(layers, k >= 2, mirrored);
    views[k] = compacted(layers, view, aligned_blocks(view, forbidden), options);
    if (mirrored) {
      for (double& x : views[k]) x = -x;
    }
    extents[k] = extent(layers, views[k]);
  }
  const auto narrowest = *std::min_element(extents.begin(), extents.end(), [](const auto& a, const auto& b) {
    return a.second - a.first < b.second - b.first;
  });
  for (std::size_t k = 0; k < 4; ++k) {
    const double shift = k % 2 == 0 ? narrowest.first - extents[k].first : narrowest.second - extents[k].second;
    for (double& x : views[k]) x += shift;
  }
  std::vector<double> x(layers.width.size());
  for (std::size_t v = 0; v < x.size(); ++v) {
    std::array<double, 4> candidates{views[0][v], views[1][v], views[2][v], views[3][v]};
    std::sort(candidates.begin(), candidates.end());
    x[v] = (candidates[1] + candidates[2]) / 2;
  }
  const double left = extent(layers, x).first;
  for (double& value : x) value -= left;
  return x;
}

}  // namespace causal::render
