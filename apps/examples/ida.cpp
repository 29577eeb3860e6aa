// Which effects does a class of graphs leave possible? The true graph is known here, so the truth stands among them.
#include <iostream>

#include "causal/graph/equivalence.hpp"
#include "causal/identify/ida.hpp"
#include "causal/scm/linear_sem.hpp"

using namespace causal;

int main() {
  // study -> grade -> salary, study -> salary, and luck -> salary.
  const Dag dag(MixedGraph({"study", "grade", "salary", "luck"},
                           {directed(0, 1), directed(1, 2), directed(0, 2), directed(3, 2)}));
  const LinearSem sem(dag, {0.8, 0.5, 0.6, 0.4}, {0, 0, 0, 0}, {1, 1, 1, 1});
  const Cpdag cpdag = dag_to_cpdag(dag);
  for (const Edge& edge : cpdag.graph().edges()) std::cout << edge_text(edge, dag.graph().names()) << '\n';

  const IdaResult result = ida(cpdag, sem.covariance(), 0, 2);
  for (const PossibleEffect& possible : result.effects) {
    std::cout << "effect of study on salary with parents {";
    for (const NodeId v : possible.parents) std::cout << dag.graph().name(v);
    std::cout << "}: " << possible.effect << '\n';
  }

  const JointIdaResult joint = joint_ida(cpdag, sem.covariance(), {0, 1}, 2);
  for (const PossibleJointEffect& possible : joint.effects) {
    std::cout << "both set at once: study " << possible.effects[0] << ", grade " << possible.effects[1] << '\n';
  }
  return result.effects.size() == 2 && joint.effects.size() == 2 ? 0 : 1;
}
