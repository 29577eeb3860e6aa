// How well CD-NOD recovers its four published example processes, beside PC with Fisher's z that ignores the time or
// domain and PC that takes it for one more variable: F1 of skeleton and directions over 20 seeds.
//
// Lines that begin with "|" are the table of docs/cdnod.md.
#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/ci/kci.hpp"
#include "causal/discovery/search/cdnod.hpp"
#include "causal/discovery/search/pc.hpp"
#include "causal/run/parallel.hpp"
#include "causal/scm/changing_process.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::discovery;

namespace {

constexpr int kSeeds = 20;
constexpr double kAlpha = 0.05;

// Between two nodes: 1 forwards, -1 backwards, 0 without direction, by names in the order of the truth.
using Links = std::map<std::pair<std::string, std::string>, int>;

void add_link(const std::string& a, const std::string& b, int direction, Links& links) {
  const bool swapped = b < a;
  const auto key = swapped ? std::pair(b, a) : std::pair(a, b);
  const int wanted = swapped ? -direction : direction;
  const auto [at, fresh] = links.emplace(key, wanted);
  if (!fresh && at->second != wanted) at->second = 0;  // columns of the two nodes disagree
}

// Edges between variables, each column standing for its node.
Links links_of(const MixedGraph& graph, const std::map<std::string, std::string>& node_of) {
  Links links;
  for (const Edge& e : graph.edges()) {
    const auto from = node_of.find(graph.name(e.from));
    const auto to = node_of.find(graph.name(e.to));
    if (from == node_of.end() || to == node_of.end() || from->second == to->second) continue;
    add_link(from->second, to->second, e.is_directed() ? 1 : 0, links);
  }
  return links;
}

struct Score {
  double skeleton = 0;
  double direction = 0;
};

double f1(double common, std::size_t found, std::size_t real) {
  return found + real == 0 ? 1 : 2 * common / static_cast<double>(found + real);
}

Score score(const Links& found, const Links& truth) {
  double adjacent = 0;
  double directed = 0;
  std::size_t directions = 0;
  for (const auto& [pair, direction] : found) {
    directions += direction != 0 ? 1 : 0;
    const auto real = truth.find(pair);
    if (real == truth.end()) continue;
    adjacent += 1;
    directed += direction != 0 && direction == real->second ? 1 : 0;
  }
  return {f1(adjacent, found.size(), truth.size()), f1(directed, directions, truth.size())};
}

// The table as Fisher's z sees it: roles taken away, the surrogate kept as a column or not.
Dataset plain_columns(const Dataset& data, bool with_surrogate) {
  std::vector<int> kept = data.variable_indices();
  if (with_surrogate) {
    for (int j = 0; j < data.cols(); ++j) {
      if (std::find(kept.begin(), kept.end(), j) == kept.end()) kept.push_back(j);
    }
  }
  const Dataset part = data.select_columns(kept);
  return Dataset::continuous(part.values(), part.names());
}

std::array<Score, 3> scores(ChangingProcess process, std::uint64_t seed) {
  const ChangingSample sample = simulate_changing(process, default_rows(process), {.threads = 1, .seed = seed});
  std::map<std::string, std::string> node_of;
  std::vector<NodeGroup> groups;
  for (std::size_t v = 0; v < sample.columns.size(); ++v) {
    const std::string& name = sample.truth.name(static_cast<NodeId>(v));
    node_of[name] = name;
    for (const std::string& column : sample.columns[v]) node_of[column] = name;
    if (sample.columns[v].size() > 1) groups.push_back({name, sample.columns[v]});
  }
  const Links truth = links_of(sample.truth, node_of);
  const auto by_pc = [&](bool with_surrogate) {
    const FisherZ test(plain_columns(sample.data, with_surrogate), {.threads = 1});
    return score(links_of(pc(test, {.alpha = kAlpha, .run = {.threads = 1}}).graph(), node_of), truth);
  };
  const auto make_test = [](const NodeTable& nodes, const RunOptions& run) {
    return std::make_unique<Kci>(nodes, KciOptions{}, run);
  };
  const LearnedGraph graph = cdnod(nodes_with_surrogate(sample.data, groups), make_test,
                                   {.alpha = kAlpha, .forces = false, .run = {.threads = 1}});
  return {by_pc(false), by_pc(true), score(links_of(graph.graph(), node_of), truth)};
}

}  // namespace

int main() {
  std::printf("| example | PC without C: skeleton, directions | PC with C | CD-NOD |\n|---|---|---|---|\n");
  for (const ChangingProcess process : {ChangingProcess::CdnodExample1, ChangingProcess::CdnodExample2,
                                        ChangingProcess::CdnodExample3, ChangingProcess::CdnodExample4}) {
    std::vector<std::array<Score, 3>> runs(kSeeds);
    parallel_for(kSeeds, 0, [&](std::int64_t seed) {
      runs[static_cast<std::size_t>(seed)] = scores(process, static_cast<std::uint64_t>(seed));
    });
    std::array<Score, 3> mean{};
    for (const auto& run : runs) {
      for (std::size_t m = 0; m < 3; ++m) {
        mean[m].skeleton += 100 * run[m].skeleton / kSeeds;
        mean[m].direction += 100 * run[m].direction / kSeeds;
      }
    }
    const std::string name(enum_name(process));
    std::printf("| `%s` |", name.c_str());
    for (const Score& s : mean) std::printf(" %.0f, %.0f |", s.skeleton, s.direction);
    std::printf("\n");
    const double ahead = mean[2].direction - std::max(mean[0].direction, mean[1].direction);
    bench::print_result(name + "_direction_f1_ahead_of_pc", ahead, "points", false, 0);
  }
}
