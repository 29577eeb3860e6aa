#include "causal/scm/network_functor.hpp"

namespace causal {

FiniteFunctor network_functor(const BayesianNetwork& network) {
  FiniteFunctor functor;
  for (NodeId v = 0; v < network.n(); ++v) {
    const Name name = network.variable(v).name;
    const Factor& table = network.table(v);
    functor.set_type(name, table.cardinalities().back());
    functor.set_box(name, as_map(table, table.scope().size() - 1));
  }
  return functor;
}

}  // namespace causal
