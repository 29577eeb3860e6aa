// labels: golden
// The simulated tables of data/, whose true graphs are known (data/README.md has the commands that made them).
#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/search/pc.hpp"
#include "causal/graph/distance.hpp"
#include "causal/graph/equivalence.hpp"
#include "causal/io/csv.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {
const std::string kData = std::string(CAUSAL_SOURCE_DIR) + "/data/";

LearnedGraph learn(const std::string& file) {
  return discovery::pc(discovery::FisherZ(io::read_csv(kData + file).data), {.alpha = 0.01});
}
}  // namespace

TEST_CASE("PC finds the class of the chain with a collider") {
  const Dag truth(
      MixedGraph({"a", "b", "c", "d", "e"}, {directed(0, 1), directed(1, 2), directed(2, 4), directed(3, 4)}));
  const LearnedGraph learned = learn("chain_collider.csv");
  CHECK(learned.kind == GraphKind::Cpdag);
  CHECK(structural_hamming_distance(dag_to_cpdag(truth).graph(), learned.graph()) == 0);
}

TEST_CASE("the random table gives the same graph as when it was shipped") {
  const LearnedGraph learned = learn("er20.csv");
  CHECK(learned.edges.size() == 28);
  CHECK(learned.stats.tests() == 1352);
}
