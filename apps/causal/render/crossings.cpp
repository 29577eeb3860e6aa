// Crossing reduction after Gansner, Koutsofios, North and Vo (1993): median sweeps down and up, each followed by
// transposing neighbours while that helps.

#include <algorithm>
#include <numeric>
#include <utility>

#include "render/layers.hpp"

namespace causal::render {
namespace {

constexpr int kSweeps = 16;
constexpr int kTranspositions = 8;

std::vector<int> positions(const Layers& layers) {
  std::vector<int> position(layers.width.size());
  for (const std::vector<int>& row : layers.order) {
    for (std::size_t i = 0; i < row.size(); ++i) position[static_cast<std::size_t>(row[i])] = static_cast<int>(i);
  }
  return position;
}

/// Inversions of `values`, by a binary indexed tree over 0..size-1.
long inversions(const std::vector<int>& values, std::size_t size) {
  std::vector<int> tree(size + 1, 0);
  long count = 0;
  long seen = 0;
  for (const int value : values) {
    long not_greater = 0;
    for (auto i = static_cast<std::size_t>(value) + 1; i > 0; i &= i - 1) not_greater += tree[i];
    count += seen - not_greater;
    for (auto i = static_cast<std::size_t>(value) + 1; i <= size; i += i & (~i + 1)) ++tree[i];
    ++seen;
  }
  return count;
}

std::vector<int> sorted_positions(const std::vector<int>& neighbours, const std::vector<int>& position) {
  std::vector<int> out;
  out.reserve(neighbours.size());
  for (const int w : neighbours) out.push_back(position[static_cast<std::size_t>(w)]);
  std::sort(out.begin(), out.end());
  return out;
}

/// The weighted median of Gansner et al.: with an even number of neighbours it leans to the denser side.
double median(const std::vector<int>& p) {
  const std::size_t m = p.size() / 2;
  if (p.size() % 2 == 1) return p[m];
  if (p.size() == 2) return (p[0] + p[1]) / 2.0;
  const double left = p[m - 1] - p[0];
  const double right = p[p.size() - 1] - p[m];
  if (left + right == 0) return (p[m - 1] + p[m]) / 2.0;
  return (p[m - 1] * right + p[m] * left) / (left + right);
}

/// Sorts a layer by the medians of its neighbours in one fixed layer; vertices without neighbours keep their place.
void sort_by_median(std::vector<int>& row, const std::vector<std::vector<int>>& fixed, std::vector<int>& position) {
  std::vector<std::pair<double, int>> keyed;
  for (const int v : row) {
    const std::vector<int> p = sorted_positions(fixed[static_cast<std::size_t>(v)], position);
    if (!p.empty()) keyed.emplace_back(median(p), v);
  }
  std::stable_sort(keyed.begin(), keyed.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::size_t next = 0;
  for (int& v : row) {
    if (!fixed[static_cast<std::size_t>(v)].empty()) v = keyed[next++].second;
  }
  for (std::size_t i = 0; i < row.size(); ++i) position[static_cast<std::size_t>(row[i])] = static_cast<int>(i);
}

/// Crossings between the segments of two vertices when the first stands left of the second, less those when right.
long gain(const std::vector<int>& left, const std::vector<int>& right) {
  long difference = 0;
  for (const int a : left) {
    for (const int b : right) difference += (a > b) - (a < b);
  }
  return difference;
}

void transpose(Layers& layers, std::vector<int>& position) {
  bool improved = true;
  for (int round = 0; improved && round < kTranspositions; ++round) {
    improved = false;
    for (std::vector<int>& row : layers.order) {
      for (std::size_t i = 0; i + 1 < row.size(); ++i) {
        const auto u = static_cast<std::size_t>(row[i]);
        const auto v = static_cast<std::size_t>(row[i + 1]);
        const long saved =
            gain(sorted_positions(layers.above[u], position), sorted_positions(layers.above[v], position)) +
            gain(sorted_positions(layers.below[u], position), sorted_positions(layers.below[v], position));
        if (saved <= 0) continue;
        std::swap(row[i], row[i + 1]);
        std::swap(position[u], position[v]);
        improved = true;
      }
    }
  }
}

/// Orders every layer by a depth-first walk from the top, so that neighbours start close together.
void walk_order(Layers& layers, bool mirrored) {
  std::vector<std::vector<int>> order(layers.order.size());
  std::vector<bool> seen(layers.width.size(), false);
  std::vector<int> stack;
  const auto visit_from = [&](int root) {
    stack.push_back(root);
    while (!stack.empty()) {
      const int v = stack.back();
      stack.pop_back();
      const auto i = static_cast<std::size_t>(v);
      if (seen[i]) continue;
      seen[i] = true;
      order[static_cast<std::size_t>(layers.layer[i])].push_back(v);
      for (const auto* neighbours : {&layers.above[i], &layers.below[i]}) {
        if (mirrored) {
          stack.insert(stack.end(), neighbours->begin(), neighbours->end());
        } else {
          stack.insert(stack.end(), neighbours->rbegin(), neighbours->rend());
        }
      }
    }
  };
  for (const std::vector<int>& row : layers.order) {
    for (const int v : row) visit_from(v);
  }
  layers.order = std::move(order);
}

/// Sweeps from the present order and leaves the best order met.
long sweep(Layers& layers) {
  std::vector<int> position = positions(layers);
  std::vector<std::vector<int>> best = layers.order;
  long fewest = count_crossings(layers);
  for (int pass = 0; pass < kSweeps && fewest > 0; ++pass) {
    const std::size_t rows = layers.order.size();
    for (std::size_t i = 1; i < rows; ++i) {
      if (pass % 2 == 0) {
        sort_by_median(layers.order[i], layers.above, position);
      } else {
        sort_by_median(layers.order[rows - 1 - i], layers.below, position);
      }
    }
    transpose(layers, position);
    const long crossings = count_crossings(layers);
    if (crossings < fewest) {
      fewest = crossings;
      best = layers.order;
    }
  }
  layers.order = std::move(best);
  return fewest;
}

}  // namespace

long count_crossings(const Layers& layers) {
  const std::vector<int> position = positions(layers);
  long total = 0;
  for (std::size_t l = 0; l + 1 < layers.order.size(); ++l) {
    std::vector<int> ends;
    for (const int v : layers.order[l]) {
      const std::vector<int> p = sorted_positions(layers.below[static_cast<std::size_t>(v)], position);
      ends.insert(ends.end(), p.begin(), p.end());
    }
    total += inversions(ends, layers.order[l + 1].size());
  }
  return total;
}

void reduce_crossings(Layers& layers) {
  const std::vector<std::vector<int>> given = layers.order;
  long fewest = -1;
  std::vector<std::vector<int>> best;
  for (int start = 0; start < 3 && fewest != 0; ++start) {
    layers.order = given;
    if (start < 2) walk_order(layers, start == 1);
    const long crossings = sweep(layers);
    if (fewest < 0 || crossings < fewest) {
      fewest = crossings;
      best = layers.order;
    }
  }
  layers.order = std::move(best);
}

}  // namespace causal::render
