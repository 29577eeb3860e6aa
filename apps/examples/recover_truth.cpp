// Draws a random linear model, samples from it, and measures how much of it PC finds as the sample grows.
#include <iomanip>
#include <iostream>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/discovery/search/pc.hpp"
#include "causal/graph/distance.hpp"
#include "causal/graph/equivalence.hpp"
#include "causal/graph/random_graph.hpp"
#include "causal/scm/linear_sem.hpp"

int main() {
  constexpr std::uint64_t kSeed = 1;
  const auto sem = causal::LinearSem::random(causal::random_dag_er(20, 3, kSeed), {}, kSeed);
  // No table tells equivalent DAGs apart, so the class of the true one is the target.
  const causal::MixedGraph truth = causal::dag_to_cpdag(sem.dag()).graph();

  std::cout << std::setprecision(2) << std::fixed << "  rows  precision  recall  arrowhead F1  SHD\n";
  for (const int rows : {50, 500, 5'000, 50'000}) {
    const causal::discovery::FisherZ test(sem.sample(rows, {.seed = kSeed}));
    const causal::LearnedGraph learned = causal::discovery::pc(test, {.alpha = 0.01});
    const causal::GraphComparison comparison = causal::compare_graphs(truth, learned.graph());
    std::cout << std::setw(6) << rows << std::setw(11) << comparison.skeleton.precision() << std::setw(8)
              << comparison.skeleton.recall() << std::setw(14) << comparison.arrowheads.f1() << std::setw(5)
              << comparison.shd << '\n';
  }
}
