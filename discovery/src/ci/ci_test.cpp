#include "causal/discovery/ci/ci_test.hpp"

#include <algorithm>
#include <iterator>

#include "causal/discovery/ci/subsets.hpp"

namespace causal::discovery {

void SeparatorSearch::reset(std::size_t ys) {
  found.clear();
  sets.clear();
  p_values.clear();
  max_p_value.assign(ys, 0.0);
  effect.assign(ys, 0.0);
  tests = 0;
  degenerate = 0;
  degenerate_nodes.clear();
}

void CiTest::first_separators(NodeId x, std::span<const NodeId> ys, std::span<const NodeId> A, int level, double alpha,
                              const StopSignal& stop, SeparatorSearch& out) const {
  out.reset(ys.size());
  std::vector<NodeId> others;
  for (std::size_t i = 0; i < ys.size(); ++i) {
    const NodeId y = ys[i];
    others.clear();
    std::copy_if(A.begin(), A.end(), std::back_inserter(others), [y](NodeId a) { return a != y; });
    for (Subsets subsets(others, level); !subsets.done(); subsets.next()) {
      if (stop.reached()) return;
      const CiResult result = test(x, y, subsets.current());
      ++out.tests;
      if (result.status != Status::Ok) {
        ++out.degenerate;
        out.degenerate_nodes.push_back(y);
        continue;
      }
      if (result.p_value > out.max_p_value[i]) {
        out.max_p_value[i] = result.p_value;
        out.effect[i] = result.effect;
      }
      if (!result.independent(alpha)) continue;
      out.found.push_back(static_cast<int>(i));
      out.sets.insert(out.sets.end(), subsets.current().begin(), subsets.current().end());
      if (level > 0) out.p_values.push_back(result.p_value);
      break;
    }
  }
  const auto last = std::unique(out.degenerate_nodes.begin(), out.degenerate_nodes.end());
  out.degenerate_nodes.erase(last, out.degenerate_nodes.end());
}

}  // namespace causal::discovery
