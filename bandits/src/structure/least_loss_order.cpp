#include "least_loss_order.hpp"

#include <algorithm>
#include <array>
#include <cmath>
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

std::vector<int> feedback_arc_order(const Eigen::MatrixXd& weight) {
  const auto n = static_cast<std::size_t>(weight.rows());
  std::vector<int> order(n);
  std::vector<char> left(n, 1);
  std::size_t front = 0, back = n;
  const auto sums = [&](std::size_t i) {
    double out = 0, in = 0;
    for (std::size_t j = 0; j < n; ++j) {
      if (left[j] == 0 || j == i) continue;
      const double net = weight(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) -
                         weight(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(i));
      (net > 0 ? out : in) += std::abs(net);
    }
    return std::array{out, in};
  };
  while (front < back) {
    std::size_t best = n;
    double most = 0;
    bool to_back = false;
    for (std::size_t i = 0; i < n; ++i) {
      if (left[i] == 0) continue;
      const auto [out, in] = sums(i);
      if (out == 0 || in == 0) {
        best = i;
        to_back = in > 0;
        break;
      }
      if (best < n && out - in <= most) continue;
      best = i;
      most = out - in;
    }
    order[to_back ? --back : front++] = static_cast<int>(best);
    left[best] = 0;
  }
  return order;
}

std::vector<int> least_loss_order(const Eigen::MatrixXd& strength) {
  if (strength.rows() <= kExact) return exact_order(strength);
  std::vector<int> order = feedback_arc_order(strength);
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
