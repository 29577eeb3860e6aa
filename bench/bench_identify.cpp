// Identification of effects, one thread. Bars are for a 2-core AMD EPYC.
#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "causal/graph/random_graph.hpp"
#include "causal/graph/reachability.hpp"
#include "causal/identify/fixing.hpp"
#include "causal/identify/hedge.hpp"
#include "causal/identify/id.hpp"
#include "causal/io/dagitty.hpp"
#include "causal/io/expression_json.hpp"
#include "causal/run/random.hpp"
#include "result_line.hpp"

using namespace causal;

namespace {

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

// A random DAG with this many edges and as many bidirected edges between random pairs.
Admg random_admg(int n, int directed_edges, int bidirected_edges, std::uint32_t seed) {
  std::vector<Edge> edges = random_dag_with_edges(n, directed_edges, seed).graph().edges();
  RandomStream random(1, RandomDomain::Test, seed);
  std::vector<std::pair<NodeId, NodeId>> pairs;
  while (static_cast<int>(pairs.size()) < bidirected_edges) {
    const std::vector<int> ends = random.choice(n, 2);
    const std::pair<NodeId, NodeId> pair{ends[0], ends[1]};
    if (std::find(pairs.begin(), pairs.end(), pair) == pairs.end()) pairs.push_back(pair);
  }
  for (const auto& [a, b] : pairs) edges.push_back(bidirected(a, b));
  return Admg(MixedGraph(n, std::move(edges)));
}

// A pair of nodes of which the first is an ancestor of the second, so that there is something to identify.
std::pair<NodeId, NodeId> cause_and_effect(const Admg& admg, std::uint32_t seed) {
  RandomStream random(2, RandomDomain::Test, seed);
  while (true) {
    const auto x = static_cast<NodeId>(random.below(static_cast<std::uint64_t>(admg.n())));
    const NodeSet below = descendants(admg.graph(), std::vector<NodeId>{x});
    if (below.size() < 2) continue;
    const NodeId y = below[random.below(below.size())];
    if (y != x) return {x, y};
  }
}

bool bench_symbolic() {
  constexpr int kGraphs = 1000;
  std::vector<double> times;
  std::size_t largest = 0;
  int identified = 0;
  bool right = true;
  for (std::uint32_t seed = 0; seed < kGraphs; ++seed) {
    const Admg admg = random_admg(50, 100, 20, seed);
    const auto [x, y] = cause_and_effect(admg, seed);
    const auto start = std::chrono::steady_clock::now();
    const IdResult result = identify(admg, {{y}, {x}});
    times.push_back(milliseconds_since(start));
    right = right && std::holds_alternative<Identified>(result) == fixing_verdict(admg, {y}, {x}).identified();
    if (const auto* yes = std::get_if<Identified>(&result)) {
      ++identified;
      largest = std::max(largest, yes->expression.dag_size());
    } else {
      right = right && is_hedge(admg, {x}, {y}, std::get<NotIdentifiable>(result).hedge);
    }
  }
  std::sort(times.begin(), times.end());
  std::printf("identified %d of %d effects in ADMGs of 50 nodes, 100 directed and 20 bidirected edges\n", identified,
              kGraphs);
  if (!right) std::printf("ERROR ID and fixing disagree, or a hedge is none\n");
  bench::print_result("id_n50_median", times[kGraphs / 2], "ms", true, 20);
  bench::print_result("id_n50_p99", times[kGraphs * 99 / 100], "ms", true, 1000);
  bench::print_result("id_n50_largest_expression", static_cast<double>(largest), "nodes", true, 1e4);
  return right;
}

bool bench_verdict() {
  std::vector<double> times;
  int identified = 0;
  bool right = true;
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    const Admg admg = random_admg(1000, 2000, 400, seed);
    const auto [x, y] = cause_and_effect(admg, seed);
    const auto start = std::chrono::steady_clock::now();
    const FixingResult fixing = fixing_verdict(admg, {y}, {x});
    times.push_back(milliseconds_since(start));
    identified += fixing.identified() ? 1 : 0;
    right = right && fixing.identified() ==
                         std::holds_alternative<Identified>(identify(admg, {{y}, {x}}, {.derivation = false}));
  }
  std::printf("identified %d of 20 effects in ADMGs of 1000 nodes\n", identified);
  if (!right) std::printf("ERROR ID and fixing disagree\n");
  bench::print_result("fixing_verdict_n1000_worst", *std::max_element(times.begin(), times.end()), "ms", true, 200);
  return right;
}

bool bench_exhaustive() {
  std::vector<std::pair<NodeId, NodeId>> pairs;
  for (NodeId a = 0; a < 4; ++a) {
    for (NodeId b = a + 1; b < 4; ++b) pairs.emplace_back(a, b);
  }
  int identified = 0;
  const auto start = std::chrono::steady_clock::now();
  for (unsigned code = 0; code < 4096; ++code) {
    std::vector<Edge> edges;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if ((code >> (2 * i) & 1) != 0) edges.push_back(directed(pairs[i].first, pairs[i].second));
      if ((code >> (2 * i + 1) & 1) != 0) edges.push_back(bidirected(pairs[i].first, pairs[i].second));
    }
    const Admg admg(MixedGraph(4, std::move(edges)));
    for (NodeId x = 0; x < 4; ++x) {
      for (NodeId y = 0; y < 4; ++y) {
        if (x != y && std::holds_alternative<Identified>(identify(admg, {{y}, {x}}))) ++identified;
      }
    }
  }
  const double seconds = milliseconds_since(start) / 1000;
  if (identified != 40'049) std::printf("ERROR %d identified of 49152, 40049 expected\n", identified);
  bench::print_result("id_exhaustive_n4", seconds, "s", true, 2);
  return identified == 40'049;
}

// For bench/peers: every line "name | dagitty code | y | x" answered by one JSON line.
int answer_queries(const char* path) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> fields;
    std::istringstream parts(line);
    for (std::string field; std::getline(parts, field, '|');) {
      const std::size_t first = field.find_first_not_of(' '), last = field.find_last_not_of(' ');
      fields.push_back(field.substr(first, last - first + 1));
    }
    if (fields.size() != 4) return 1;
    const Admg admg(io::read_dagitty(fields[1], fields[0]).graph());
    const EffectQuery query{{admg.graph().id(fields[2])}, {admg.graph().id(fields[3])}};
    double least = 1e9;
    IdResult result;
    for (int repeat = 0; repeat < 7; ++repeat) {
      const auto start = std::chrono::steady_clock::now();
      result = identify(admg, query);
      least = std::min(least, milliseconds_since(start) / 1000);
    }
    io::Json json = io::Json::object();
    json.set("name", fields[0]);
    json.set("seconds", least);
    const auto* yes = std::get_if<Identified>(&result);
    json.set("expression", yes == nullptr ? io::Json() : io::expression_to_json(yes->expression, admg.graph().names()));
    std::printf("%s\n", json.dump().c_str());
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::string_view(argv[1]) == "--queries") return answer_queries(argv[2]);
  const bool symbolic = bench_symbolic(), verdict = bench_verdict(), exhaustive = bench_exhaustive();
  return symbolic && verdict && exhaustive ? 0 : 1;
}
