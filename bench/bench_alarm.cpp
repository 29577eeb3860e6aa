// All 37 marginals of the ALARM network from its file, one thread. `--marginals FILE` also writes them as JSON.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>

#include "causal/io/bif.hpp"
#include "causal/io/file.hpp"
#include "causal/io/json.hpp"
#include "causal/run/error.hpp"
#include "causal/scm/network_query.hpp"
#include "result_line.hpp"

using namespace causal;

namespace {

constexpr int kRepetitions = 20;

double milliseconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
}

io::Json to_json(const BayesianNetwork& network, const NetworkMarginals& found, double milliseconds) {
  io::Json all = io::Json::object();
  for (NodeId v = 0; v < network.n(); ++v) {
    io::Json one = io::Json::object();
    for (int k = 0; k < network.variable(v).cardinality(); ++k) {
      one.set(network.variable(v).levels[static_cast<std::size_t>(k)],
              found.marginals[slot(v)].values()[static_cast<std::size_t>(k)]);
    }
    all.set(network.variable(v).name, std::move(one));
  }
  io::Json document = io::Json::object();
  document.set("milliseconds", milliseconds);
  document.set("marginals", std::move(all));
  return document;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const io::MappedFile file("data/alarm.bif");
    const BayesianNetwork network = io::read_bif(file.bytes(), "data/alarm.bif").network;
    NetworkMarginals found;
    double best = std::numeric_limits<double>::infinity();
    for (int i = 0; i < kRepetitions; ++i) {
      const auto start = std::chrono::steady_clock::now();
      found = marginals(network, {}, {}, {.run = {.threads = 1}});
      best = std::min(best, milliseconds_since(start));
    }
    for (NodeId v = 0; v < network.n(); v += 6) {  // Another route: one contraction each.
      const NetworkAnswer direct = query(network, {.target = {v}}, {.run = {.threads = 1}});
      if (max_difference(*direct.distribution, found.marginals[slot(v)]) > 1e-12) {
        std::printf("ERROR marginals_alarm the marginal of %s is wrong\n", network.variable(v).name.c_str());
        return 1;
      }
    }
    bench::print_result("marginals_alarm", best, "ms", true, 10);
    if (argc == 3 && std::string(argv[1]) == "--marginals") {
      io::AtomicWriter out(argv[2], true);
      out.stream() << to_json(network, found, best).dump(2) << '\n';
      out.commit();
    }
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
