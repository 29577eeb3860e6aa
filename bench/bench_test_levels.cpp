// Level and power of every test over nodes: the tables of the docs.
//
// Rejections at .05 in percent. Null: x and y depend on the columns of Z and not on each other, all functions linear,
// or a sine, a square and a hyperbolic tangent. Power: y has the term .35 (x^2 - 1) besides. Lines that begin with "|"
// are the tables; a level outside [2, 10] % falls short.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "causal/discovery/registry.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::discovery;

namespace {

constexpr double kEffect = 0.35;

struct Design {
  Eigen::Index n = 200;
  int given = 0;
  bool linear = false;
  double effect = 0;
};

NodeTable draw(const Design& design, std::uint32_t repeat) {
  RandomStream stream(11, RandomDomain::Test, repeat, static_cast<std::uint32_t>(design.given));
  const auto normals = [&] {
    Eigen::VectorXd out(design.n);
    stream.fill_normal({out.data(), static_cast<std::size_t>(design.n)});
    return out;
  };
  std::vector<Node> nodes(2);
  Eigen::VectorXd common = Eigen::VectorXd::Zero(design.n);
  for (int j = 0; j < design.given; ++j) {
    const Eigen::VectorXd z = normals();
    if (design.linear) common += z;
    if (!design.linear && j == 0) common += 1.2 * z.array().sin().matrix();
    if (!design.linear && j == 1) common += 0.5 * z.cwiseAbs2();
    if (!design.linear && j == 2) common += z.array().tanh().matrix();
    nodes.push_back({.name = "z" + std::to_string(j), .numeric = z});
  }
  const Eigen::VectorXd x = common + normals();
  const Eigen::VectorXd y = common + normals() + design.effect * (x.array().square() - 1).matrix();
  nodes[0] = {.name = "x", .numeric = x};
  nodes[1] = {.name = "y", .numeric = y};
  return NodeTable(std::move(nodes));
}

double rejections(const CiTestEntry& entry, const Design& design, int repeats) {
  std::vector<NodeId> given;
  for (int j = 0; j < design.given; ++j) given.push_back(2 + j);
  std::vector<char> rejected(static_cast<std::size_t>(repeats), 0);
  parallel_for(repeats, 0, [&](std::int64_t r) {
    const auto test = entry.build_from_nodes(draw(design, static_cast<std::uint32_t>(r)), {}, {.threads = 1});
    const CiResult result = test->test(0, 1, given);
    rejected[static_cast<std::size_t>(r)] = result.status == Status::Ok && result.p_value <= 0.05 ? 1 : 0;
  });
  int count = 0;
  for (const char one : rejected) count += one;
  return 100.0 * count / repeats;
}

void print_row(const CiTestEntry& entry, Eigen::Index n, int repeats) {
  const std::string name(entry.info.name);
  std::printf("| `%s` | %ld | %d |", name.c_str(), static_cast<long>(n), repeats);
  double lowest = 100;
  double highest = 0;
  const bool marginal_only = name == "hsic" || name == "dcor";
  for (const int given : {0, 1, 3}) {
    for (const bool linear : {true, false}) {
      if (given == 0 && !linear) continue;
      if (given > 0 && marginal_only) {
        std::printf(" |");
        continue;
      }
      const double level = rejections(entry, {n, given, linear, 0}, repeats);
      lowest = std::min(lowest, level);
      highest = std::max(highest, level);
      std::printf(" %.1f |", level);
      std::fflush(stdout);
    }
  }
  for (const int given : {0, 1, 3}) {
    if (given > 0 && marginal_only) {
      std::printf(" |");
    } else {
      std::printf(" %.0f |", rejections(entry, {n, given, false, kEffect}, repeats / 4));
    }
  }
  std::printf("\n");
  const std::string label = name + "_n" + std::to_string(n);
  bench::print_result(label + "_lowest_level", lowest, "%", false, 2);
  bench::print_result(label + "_highest_level", highest, "%", true, 10);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> wanted(argv + 1, argv + argc);
  std::printf(
      "| test | n | draws | Z empty | 1 linear | 1 nonlinear | 3 linear | 3 nonlinear | power, Z empty | 1 | 3 |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|\n");
  for (const CiTestEntry& entry : ci_tests()) {
    const bool asked = wanted.empty() || std::find(wanted.begin(), wanted.end(), entry.info.name) != wanted.end();
    if (entry.build_from_nodes == nullptr || !asked) continue;
    print_row(entry, 200, 1000);
    print_row(entry, 1000, 300);
  }
}
