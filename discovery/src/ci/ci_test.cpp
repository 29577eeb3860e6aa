#include "causal/discovery/ci/ci_test.hpp"

#include <algorithm>

namespace causal::discovery {
namespace {

// Advances `subset` to the next `level`-subset of 0..n-1 in lexicographic order; false after the last.
bool next_subset(std::vector<std::size_t>& subset, std::size_t n) {
  const std::size_t level = subset.size();
  for (std::size_t i = level; i-- > 0;) {
    if (subset[i] < n - level + i) {
      ++subset[i];
      for (std::size_t j = i + 1; j < level; ++j) subset[j] = subset[j - 1] + 1;
      return true;
    }
  }
  return false;
}

}  // namespace

void CiTest::first_separators(NodeId x, std::span<const NodeId> ys, std::span<const NodeId> A, int level, double alpha,
                              SeparatorSearch& out) const {
  out = {};
  out.max_p_value.assign(ys.size(), 0.0);
  out.effect.assign(ys.size(), 0.0);
  std::vector<NodeId> others;
  std::vector<NodeId> S(static_cast<std::size_t>(level));
  for (std::size_t i = 0; i < ys.size(); ++i) {
    others.clear();
    std::copy_if(A.begin(), A.end(), std::back_inserter(others), [&](NodeId a) { return a != ys[i]; });
    if (others.size() < S.size()) continue;
    std::vector<std::size_t> subset(S.size());
    for (std::size_t k = 0; k < subset.size(); ++k) subset[k] = k;
    do {
      for (std::size_t k = 0; k < S.size(); ++k) S[k] = others[subset[k]];
      const CiResult result = test(x, ys[i], S);
      ++out.tests;
      if (result.status != Status::Ok) {
        ++out.degenerate;
        out.degenerate_nodes.push_back(ys[i]);
        continue;
      }
      if (result.p_value > out.max_p_value[i]) {
        out.max_p_value[i] = result.p_value;
        out.effect[i] = result.effect;
      }
      if (result.independent(alpha)) {
        out.found.push_back({static_cast<int>(i), S, result.p_value});
        break;
      }
    } while (next_subset(subset, others.size()));
  }
  std::sort(out.degenerate_nodes.begin(), out.degenerate_nodes.end());
  out.degenerate_nodes.erase(std::unique(out.degenerate_nodes.begin(), out.degenerate_nodes.end()),
                             out.degenerate_nodes.end());
}

}  // namespace causal::discovery
