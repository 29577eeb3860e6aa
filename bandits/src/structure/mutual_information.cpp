#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "causal/bandits/structure/subgraph_learner.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

// psi(1..n), by psi(m + 1) = psi(m) + 1 / m.
std::vector<double> digamma_table(std::size_t n) {
  constexpr double kEuler = 0.57721566490153286061;
  std::vector<double> psi(n + 1, -kEuler);
  for (std::size_t m = 1; m < n; ++m) psi[m + 1] = psi[m] + 1 / static_cast<double>(m);
  return psi;
}

}  // namespace

double ksg_mutual_information(std::span<const double> x, std::span<const double> y, int k) {
  const std::size_t n = x.size();
  if (y.size() != n || k < 1 || n <= static_cast<std::size_t>(k)) {
    throw InvalidArgument("ksg_mutual_information", "rows", std::to_string(n), "be the same in both and above k >= 1");
  }
  const std::vector<double> psi = digamma_table(n);
  const auto last = static_cast<std::size_t>(k) - 1;
  std::vector<double> dx(n), dy(n), near(last + 1), near_x(last + 1), near_y(last + 1);
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) {
    // The k nearest in the maximum norm, kept in order; of equals the first.
    std::fill(near.begin(), near.end(), std::numeric_limits<double>::infinity());
    for (std::size_t j = 0; j < n; ++j) {
      dx[j] = std::abs(x[j] - x[i]);
      dy[j] = std::abs(y[j] - y[i]);
      const double distance = std::max(dx[j], dy[j]);
      if (j == i || distance >= near[last]) continue;
      std::size_t at = last;
      for (; at > 0 && near[at - 1] > distance; --at) {
        near[at] = near[at - 1];
        near_x[at] = near_x[at - 1];
        near_y[at] = near_y[at - 1];
      }
      near[at] = distance;
      near_x[at] = dx[j];
      near_y[at] = dy[j];
    }
    const double ex = *std::max_element(near_x.begin(), near_x.end());
    const double ey = *std::max_element(near_y.begin(), near_y.end());
    std::size_t nx = 0, ny = 0;
    for (std::size_t j = 0; j < n; ++j) {
      nx += dx[j] <= ex ? 1U : 0U;
      ny += dy[j] <= ey ? 1U : 0U;
    }
    sum += psi[nx - 1] + psi[ny - 1];  // without i itself
  }
  return psi[static_cast<std::size_t>(k)] - 1.0 / k - sum / static_cast<double>(n) + psi[n];
}

}  // namespace causal::bandits
