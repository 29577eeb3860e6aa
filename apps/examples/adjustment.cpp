// What to adjust for, in a graph, in a class of graphs, and when something was not measured.
#include <iostream>

#include "causal/identify/adjustment.hpp"
#include "causal/identify/frontdoor.hpp"
#include "causal/identify/instrument.hpp"

using namespace causal;

namespace {

std::string text(const NodeSet& set, const MixedGraph& graph) {
  std::string out = "{";
  for (const NodeId v : set) out += (out.size() > 1 ? ", " : "") + graph.name(v);
  return out + "}";
}

void show(const char* what, const AdjustmentResult& result, const MixedGraph& graph) {
  std::cout << what << ": " << (result.set ? text(*result.set, graph) : "none, " + result.reason) << '\n';
}

}  // namespace

int main() {
  // Does a drug help? Severity decides who gets it; age works on both; adherence carries the effect.
  const Dag dag(MixedGraph({"drug", "recovery", "severity", "age", "adherence", "side_effects"},
                           {directed(3, 2), directed(2, 0), directed(2, 1), directed(3, 1), directed(0, 4),
                            directed(4, 1), directed(0, 5)}));
  const MixedGraph& graph = dag.graph();
  const NodeSet drug{graph.id("drug")}, recovery{graph.id("recovery")};

  show("canonical", canonical_adjustment(dag, drug, recovery), graph);
  show("minimal", minimal_adjustment(dag, drug, recovery), graph);
  show("smallest variance", optimal_adjustment(dag, drug, recovery), graph);
  std::cout << "all:";
  for (const NodeSet& set : all_adjustments(dag, drug, recovery).sets) std::cout << ' ' << text(set, graph);
  std::cout << '\n';

  // Why not adjust for everything?
  const NodeSet everything{2, 3, 4, 5};
  std::cout << "everything: " << check_adjustment(dag, drug, recovery, everything).reason << '\n';
  std::cout << "nothing: " << check_adjustment(dag, drug, recovery, {}).reason << '\n';

  // Severity was not measured: no adjustment set, but the mediator gives a front door.
  const SeparatorBounds measured{.allowed = NodeSet{3, 4, 5}};
  const AdjustmentResult without = minimal_adjustment(dag, drug, recovery, measured);
  show("without severity", without, graph);
  const FrontdoorResult door = minimal_frontdoor(dag, drug, recovery, measured);
  std::cout << "front door: " << text(*door.set, graph) << '\n';

  // Nor was adherence, but patients were assigned by lot and some complied: the lot is an instrument.
  const Admg trial(MixedGraph({"lot", "drug", "recovery"}, {directed(0, 1), directed(1, 2), bidirected(1, 2)}));
  const InstrumentSearch instruments = find_instruments(trial, 1, 2);
  std::cout << "instrument: " << trial.graph().name(instruments.instruments.front().node) << '\n';

  // A class of graphs: what holds in all of them.
  const Cpdag undecided(Pdag(MixedGraph({"a", "b", "c"}, {undirected(0, 1), undirected(1, 2)})));
  show("in a -- b -- c, a on c", minimal_adjustment(undecided, {0}, {2}), undecided.graph());
  return without.set || !door.set ? 1 : 0;
}
