// Finds which mechanisms change over time: x follows the season, y follows x, and only the noise of w grows.

#include <cmath>
#include <cstdio>
#include <vector>

#include "causal/discovery/ci/rcot.hpp"
#include "causal/run/random.hpp"

int main() {
  using namespace causal;
  using namespace causal::discovery;

  const int n = 20000;
  RandomStream stream(1, RandomDomain::Test);
  Eigen::VectorXd day(n), x(n), y(n), w(n);
  for (int i = 0; i < n; ++i) {
    day[i] = i;
    x[i] = std::sin(i / 1000.0) + stream.normal();
    y[i] = x[i] * x[i] + stream.normal();
    w[i] = (1 + 0.2 * day[i] / n) * stream.normal();
  }
  std::vector<Node> nodes;
  nodes.push_back({.name = "x", .numeric = x});
  nodes.push_back({.name = "y", .numeric = y});
  nodes.push_back({.name = "w", .numeric = w});
  nodes.push_back({.name = "day", .numeric = day, .surrogate = true});

  const Rcot test(NodeTable(std::move(nodes)), {}, {.seed = 7});
  const auto print = [&](const char* question, NodeId a, NodeId b, const std::vector<NodeId>& given) {
    const CiResult result = test.test(a, b, given);
    std::printf("%-22s S = %9.3f   p = %.3g\n", question, result.statistic, result.p_value);
  };
  print("x _|_ y", 0, 1, {});
  print("x _|_ w | day", 0, 2, {3});
  print("x _|_ day", 0, 3, {});
  print("y _|_ day", 1, 3, {});
  print("y _|_ day | x", 1, 3, {0});
  print("w _|_ day", 2, 3, {});
}
