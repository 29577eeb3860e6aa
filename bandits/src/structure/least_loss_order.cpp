#include "least_loss_order.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace causal::bandits {
namespace {

constexpr int kExact = 12;

// least[U]: the smallest loss of an order that begins with the nodes of U.
std::vector<int> exact_order(const Eigen::MatrixXd& strength) {
  const int n = static_cast<int>(strength.rows());
  const std::uint32_t all = (std::uint32_t{1} << n) - 1;
  std::vector<double> least(std::size_t{all} + 1, std::numeric_limits<double>::infinity());
  std::vector<int> last(least.size(), -1);
  least[0] = 0;
  for (std::uint32_t set = 1; set <= all; ++set) {
    for (int v = n - 1; v >= 0; --v) {  // of equal losses the node of the largest number comes last
      if ((set >> v & 1) == 0) continue;
      const std::uint32_t before = set & ~(std::uint32_t{1} << v);
      double loss = least[before];
      for (int u = 0; u < n; ++u) loss += (before >> u & 1) != 0 ? strength(v, u) : 0.0;
      if (loss < least[set]) {
        least[set] = loss;
        last[set] = v;
      }
    }
  }
  std::vector<int> order;
  for (std::uint32_t set = all; set != 0; set &= ~(std::uint32_t{1} << order.back())) order.push_back(last[set]);
  std::reverse(order.begin(), order.end());
  return order;
}

std::vector<int> greedy_order(const Eigen::MatrixXd& strength) {
  const int n = static_cast<int>(strength.rows());
  std::vector<int> front, back, left(static_cast<std::size_t>(n));
  for (int v = 0; v < n; ++v) left[static_cast<std::size_t>(v)] = v;
  while (!left.empty()) {
    std::size_t chosen = left.size();
    bool sink = false;
    double best = -std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < left.size(); ++k) {
      double in = 0, out = 0;
      for (const int u : left) {
        if (u == left[k]) continue;
        in += strength(u, left[k]);
        out += strength(left[k], u);
      }
      const bool is_sink = out == 0 && in > 0;
      const double gain = in == 0 || is_sink ? std::numeric_limits<double>::max() : out - in;
      if (gain <= best) continue;
      best = gain;
      chosen = k;
      sink = is_sink;
    }
    (sink ? back : front).push_back(left[chosen]);
    left.erase(left.begin() + static_cast<std::ptrdiff_t>(chosen));
  }
  front.insert(front.end(), back.rbegin(), back.rend());
  return front;
}

// Moves one node after another to its best place until none gains.
void improve(const Eigen::MatrixXd& strength, std::vector<int>& order) {
  const auto n = static_cast<std::ptrdiff_t>(order.size());
  for (bool moved = true; moved;) {
    moved = false;
    for (std::ptrdiff_t at = 0; at < n; ++at) {
      const int v = order[static_cast<std::size_t>(at)];
      double change = 0, best = -1e-12;
      std::ptrdiff_t to = at;
      for (std::ptrdiff_t k = at - 1; k >= 0; --k) {  // v before order[k]: loses order[k] -> v, gains v -> order[k]
        const int u = order[static_cast<std::size_t>(k)];
        change += strength(u, v) - strength(v, u);
        if (change < best) best = change, to = k;
      }
      change = 0;
      for (std::ptrdiff_t k = at + 1; k < n; ++k) {
        const int u = order[static_cast<std::size_t>(k)];
        change += strength(v, u) - strength(u, v);
        if (change < best) best = change, to = k;
      }
      if (to == at) continue;
      if (to < at) {
        std::rotate(order.begin() + to, order.begin() + at, order.begin() + at + 1);
      } else {
        std::rotate(order.begin() + at, order.begin() + at + 1, order.begin() + to + 1);
      }
      moved = true;
    }
  }
}

}  // namespace

std::vector<int> least_loss_order(const Eigen::MatrixXd& strength) {
  if (strength.rows() <= kExact) return exact_order(strength);
  std::vector<int> order = greedy_order(strength);
  improve(strength, order);
  return order;
}

int drop_backward_edges(const std::vector<int>& order, std::array<Eigen::MatrixXi, 2>& graphs) {
  int dropped = 0;
  for (std::size_t late = 0; late < order.size(); ++late) {
    for (std::size_t early = 0; early < late; ++early) {
      for (Eigen::MatrixXi& graph : graphs) {
        int& edge = graph(order[late], order[early]);
        dropped += edge != 0 ? 1 : 0;
        edge = 0;
      }
    }
  }
  return dropped;
}

}  // namespace causal::bandits
