// Exact queries of a Bayesian network from a file: what is likely, what follows from a finding, what a change would do.
#include <fstream>
#include <iomanip>
#include <iostream>
#include <iterator>

#include "causal/io/bif.hpp"
#include "causal/scm/network_query.hpp"

using namespace causal;

namespace {

std::string read_text(const char* path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

int main(int argc, char** argv) {
  const char* const path = argc > 1 ? argv[1] : "data/asia.bif";
  const BayesianNetwork asia = io::read_bif(read_text(path), path).network;
  const auto id = [&](const char* name) { return asia.dag().graph().id(name); };
  const auto is = [&](const char* name, const char* level) {
    return IndexValue{id(name), asia.level(id(name), level)};
  };
  const auto yes = [&](const Factor& f, NodeId v) { return f.values()[slot(asia.level(v, "yes"))]; };
  std::cout << std::fixed << std::setprecision(4);

  // All eight distributions at once, before and after two findings.
  const NetworkMarginals before = marginals(asia);
  const NetworkMarginals after = marginals(asia, {is("asia", "yes"), is("dysp", "yes")});
  std::cout << "P(asia, dysp) = " << after.evidence_probability << "\n            before  after\n";
  for (NodeId v = 0; v < asia.n(); ++v) {
    std::cout << std::left << std::setw(10) << asia.variable(v).name << "  " << yes(before.marginals[slot(v)], v)
              << "  " << yes(after.marginals[slot(v)], v) << '\n';
  }

  // Seeing is not doing: bronchitis goes with smoking and so with cancer, but does not cause it.
  const NodeId lung = id("lung");
  const NetworkAnswer seen = query(asia, {.target = {lung}, .evidence = {is("bronc", "yes")}});
  const NetworkAnswer done = query(asia, {.target = {lung}, .interventions = {is("bronc", "yes")}});
  std::cout << "P(lung | bronc)     = " << yes(*seen.distribution, lung) << '\n'
            << "P(lung | do(bronc)) = " << yes(*done.distribution, lung) << '\n';

  // A finding that cannot be: tuberculosis without "either" has probability zero, and no distribution follows from it.
  const NetworkAnswer none = query(asia, {.target = {lung}, .evidence = {is("tub", "yes"), is("either", "no")}});
  std::cout << "P(tub, not either)  = " << none.evidence_probability << (none.distribution ? "" : ", no answer")
            << '\n';

  // What a query costs is known before it runs.
  std::cout << "joint of all eight: " << query(asia, {.target = {0, 1, 2, 3, 4, 5, 6, 7}}).plan.brief() << '\n';
  const NetworkAnswer refused = query(asia, {.target = {id("dysp")}}, {.max_operations = 20});
  std::cout << "with 20 multiplications: " << to_string(refused.status) << ", needs " << refused.plan.brief() << '\n';
  return none.distribution || refused.distribution ? 1 : 0;
}
