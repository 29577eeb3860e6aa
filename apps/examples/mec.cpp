// What data cannot tell apart: the DAGs of a Markov equivalence class, and what is left when variables are hidden.
#include <iostream>

#include "causal/graph/equivalence.hpp"
#include "causal/graph/latent_projection.hpp"
#include "causal/graph/mec.hpp"
#include "causal/graph/pag.hpp"
#include "causal/graph/random_graph.hpp"

using namespace causal;

namespace {

void show(const char* title, const MixedGraph& graph) {
  std::cout << title;
  for (const Edge& edge : graph.edges()) std::cout << "  " << edge_text(edge, graph.names()) << '\n';
}

}  // namespace

int main() {
  // The chest clinic of Lauritzen and Spiegelhalter (1988).
  const Dag asia(MixedGraph({"asia", "tub", "smoke", "lung", "bronc", "either", "xray", "dysp"},
                            {directed(0, 1), directed(2, 3), directed(2, 4), directed(1, 5), directed(3, 5),
                             directed(5, 6), directed(5, 7), directed(4, 7)}));
  const MixedGraph& graph = asia.graph();
  const Cpdag cpdag = dag_to_cpdag(asia);
  std::cout << "DAGs that no data can tell from the chest clinic: " << mec_size(cpdag).digits << '\n';

  // How often smoking causes lung cancer among them, and by drawing.
  const NodeId smoke = graph.id("smoke"), lung = graph.id("lung");
  const MecMembers members = enumerate_mec(cpdag, {.max_results = 100});
  int causes = 0;
  for (const Dag& dag : members.dags) causes += dag.graph().has_directed_edge(smoke, lung) ? 1 : 0;
  std::cout << "smoke -> lung in " << causes << " of them\n";
  const MecSampler sampler(cpdag);
  int drawn = 0;
  constexpr std::uint32_t kDraws = 6000;
  for (std::uint32_t i = 0; i < kDraws; ++i) drawn += sampler.sample(1, i).graph().has_directed_edge(smoke, lung);
  std::cout << "smoke -> lung in " << drawn << " of " << kDraws << " draws\n";

  // Classes grow fast.
  const MecSize large = mec_size(dag_to_cpdag(random_dag_er(1000, 1.5, 1)));
  std::cout << "a random sparse DAG with 1000 nodes has 10^" << large.log10 << " equivalent ones\n";

  // The same without smoke and either.
  const NodeSet hidden{smoke, graph.id("either")};
  show("latent projection:\n", latent_projection(asia, hidden).graph());
  const Mag mag = dag_to_mag(asia, hidden);
  show("maximal ancestral graph:\n", mag.graph());
  show("what data can tell of it (partial ancestral graph):\n", mag_to_pag(mag).graph());
  return members.status == Status::Ok && equivalent(mag, pag_to_mag(mag_to_pag(mag))) ? 0 : 1;
}
