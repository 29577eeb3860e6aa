#include "render/truth.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace causal::render {
namespace {

/// An undirected edge leaves both ends open, a circle leaves its own end open.
bool leaves_open(const Edge& learned, Mark true_from, Mark true_to) {
  if (learned.is_undirected()) return true;
  const auto agrees = [](Mark mark, Mark truth) { return mark == Mark::Circle || mark == truth; };
  return agrees(learned.mark_from, true_from) && agrees(learned.mark_to, true_to);
}

}  // namespace

int Comparison::count(Verdict verdict) const {
  return static_cast<int>(std::count(verdicts.begin(), verdicts.end(), verdict));
}

Comparison compare(const LearnedGraph& learned, const MixedGraph& truth) {
  std::map<std::string, NodeId> id;
  for (NodeId v = 0; v < truth.n(); ++v) id.emplace(truth.name(v), v);
  const auto true_node = [&](NodeId v) -> NodeId {
    const auto found = id.find(learned.nodes[static_cast<std::size_t>(v)].name);
    return found == id.end() ? -1 : found->second;
  };
  Comparison out;
  std::set<std::pair<NodeId, NodeId>> adjacent;
  for (const LearnedEdge& edge : learned.edges) {
    const NodeId a = true_node(edge.edge.from);
    const NodeId b = true_node(edge.edge.to);
    adjacent.emplace(std::min(a, b), std::max(a, b));
    const auto marks = a < 0 || b < 0 ? std::nullopt : truth.marks(a, b);
    if (!marks) {
      out.verdicts.push_back(Verdict::Extra);
    } else if (*marks == std::pair{edge.edge.mark_from, edge.edge.mark_to}) {
      out.verdicts.push_back(Verdict::Same);
    } else {
      out.verdicts.push_back(leaves_open(edge.edge, marks->first, marks->second) ? Verdict::LeftOpen
                                                                                 : Verdict::Different);
    }
  }
  for (const Edge& edge : truth.edges()) {
    if (!adjacent.contains({std::min(edge.from, edge.to), std::max(edge.from, edge.to)})) out.missing.push_back(edge);
  }
  return out;
}

std::string_view verdict_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::Same:
      return "same";
    case Verdict::LeftOpen:
      return "left open";
    case Verdict::Different:
      return "different";
    case Verdict::Extra:
      return "not there";
  }
  return "";
}

}  // namespace causal::render
