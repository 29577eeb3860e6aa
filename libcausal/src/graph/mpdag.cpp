#include "causal/graph/mpdag.hpp"

#include "causal/graph/dag.hpp"
#include "causal/graph/equivalence.hpp"
#include "causal/graph/orientation.hpp"
#include "causal/run/error.hpp"

namespace causal {

Mpdag::Mpdag(Pdag pdag) : pdag_(std::move(pdag)) {
  if (const auto reason = why_not_mpdag(pdag_)) throw GraphError("not a maximally oriented PDAG: " + *reason);
}

std::optional<std::string> why_not_mpdag(const Pdag& pdag) {
  if (const PdagExtension extension = extend_to_dag(pdag); !extension.dag) return extension.reason;
  DenseMarks marks(pdag.graph());
  const MeekResult closure = meek_closure(marks, {}, pdag.graph().names());
  if (closure.oriented.empty() && closure.conflicts.empty()) return std::nullopt;
  const Edge edge = closure.oriented.empty() ? closure.conflicts.front().edge : closure.oriented.front();
  return "Meek's rules direct the edge " + edge_text(edge, pdag.graph().names());
}

}  // namespace causal
