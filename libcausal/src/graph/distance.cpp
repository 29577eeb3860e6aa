#include "causal/graph/distance.hpp"

#include <algorithm>
#include <unordered_map>

#include "causal/graph/equivalence.hpp"
#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"

namespace causal {
namespace {

// A pair of marks as one bit, so that a set of edges on a pair is a word.
constexpr std::uint16_t mark_bit(Mark at_first, Mark at_second) {
  return static_cast<std::uint16_t>(1U << (3 * static_cast<unsigned>(at_first) + static_cast<unsigned>(at_second)));
}
constexpr std::uint16_t kArrowFirst =
    mark_bit(Mark::Arrow, Mark::Tail) | mark_bit(Mark::Arrow, Mark::Arrow) | mark_bit(Mark::Arrow, Mark::Circle);
constexpr std::uint16_t kArrowSecond =
    mark_bit(Mark::Tail, Mark::Arrow) | mark_bit(Mark::Arrow, Mark::Arrow) | mark_bit(Mark::Circle, Mark::Arrow);

// The edges on a pair first < second; no bits: not adjacent.
struct PairMarks {
  NodeId first;
  NodeId second;
  std::uint16_t bits;

  [[nodiscard]] bool is_only(Mark at_first, Mark at_second) const { return bits == mark_bit(at_first, at_second); }
  [[nodiscard]] bool arrow_at_first() const { return (bits & kArrowFirst) != 0; }
  [[nodiscard]] bool arrow_at_second() const { return (bits & kArrowSecond) != 0; }
};

bool before(const PairMarks& a, const PairMarks& b) {
  return a.first != b.first ? a.first < b.first : a.second < b.second;
}

// Ascending pairs, with node v of the graph counted as to[v].
std::vector<PairMarks> pairs_of(const MixedGraph& graph, const std::vector<NodeId>& to) {
  std::vector<PairMarks> pairs;
  pairs.reserve(graph.edges().size());
  for (const Edge& edge : graph.edges()) {
    const NodeId a = to[slot(edge.from)];
    const NodeId b = to[slot(edge.to)];
    if (a < b) {
      pairs.push_back({a, b, mark_bit(edge.mark_from, edge.mark_to)});
    } else {
      pairs.push_back({b, a, mark_bit(edge.mark_to, edge.mark_from)});
    }
  }
  std::sort(pairs.begin(), pairs.end(), before);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    if (kept > 0 && !before(pairs[kept - 1], pairs[i])) {
      pairs[kept - 1].bits = static_cast<std::uint16_t>(pairs[kept - 1].bits | pairs[i].bits);
    } else {
      pairs[kept++] = pairs[i];
    }
  }
  pairs.resize(kept);
  return pairs;
}

// The id in `truth` of every node of `guess`.
std::vector<NodeId> match_names(const MixedGraph& truth, const MixedGraph& guess) {
  std::unordered_map<std::string_view, NodeId> ids;
  for (NodeId v = 0; v < truth.n(); ++v) ids.emplace(truth.name(v), v);
  std::vector<NodeId> to(slot(guess.n()));
  std::vector<bool> matched(slot(truth.n()), false);
  for (NodeId v = 0; v < guess.n(); ++v) {
    const auto found = ids.find(guess.name(v));
    if (found == ids.end()) {
      throw InvalidArgument("variable '" + guess.name(v) + "' of the learned graph is not in the true graph", {},
                            nearest_name_hint(guess.name(v), truth.names()));
    }
    to[slot(v)] = found->second;
    matched[slot(found->second)] = true;
  }
  for (NodeId v = 0; v < truth.n(); ++v) {
    if (matched[slot(v)]) continue;
    throw InvalidArgument("variable '" + truth.name(v) + "' of the true graph is not in the learned graph", {},
                          nearest_name_hint(truth.name(v), guess.names()));
  }
  return to;
}

// Calls body(truth, guess) for every pair adjacent in either graph.
template <class Body>
void for_pairs(const MixedGraph& truth, const MixedGraph& guess, Body&& body) {
  std::vector<NodeId> same(slot(truth.n()));
  for (NodeId v = 0; v < truth.n(); ++v) same[slot(v)] = v;
  const std::vector<PairMarks> in_truth = pairs_of(truth, same);
  const std::vector<PairMarks> in_guess = pairs_of(guess, match_names(truth, guess));
  auto t = in_truth.begin();
  auto g = in_guess.begin();
  while (t != in_truth.end() || g != in_guess.end()) {
    if (g == in_guess.end() || (t != in_truth.end() && before(*t, *g))) {
      body(*t, PairMarks{t->first, t->second, 0});
      ++t;
    } else if (t == in_truth.end() || before(*g, *t)) {
      body(PairMarks{g->first, g->second, 0}, *g);
      ++g;
    } else {
      body(*t++, *g++);
    }
  }
}

bool is_reversal(const PairMarks& a, const PairMarks& b) {
  return (a.is_only(Mark::Tail, Mark::Arrow) && b.is_only(Mark::Arrow, Mark::Tail)) ||
         (a.is_only(Mark::Arrow, Mark::Tail) && b.is_only(Mark::Tail, Mark::Arrow));
}

void count(Retrieval& retrieval, bool is_true, bool is_claimed) {
  if (is_true && is_claimed) ++retrieval.true_positives;
  if (!is_true && is_claimed) ++retrieval.false_positives;
  if (is_true && !is_claimed) ++retrieval.false_negatives;
}

double share(std::int64_t part, std::int64_t rest) {
  return static_cast<double>(part) / static_cast<double>(part + rest);  // 0 / 0 is the NaN that is promised
}

}  // namespace

double Retrieval::precision() const { return share(true_positives, false_positives); }
double Retrieval::recall() const { return share(true_positives, false_negatives); }
double Retrieval::f1() const { return share(2 * true_positives, false_positives + false_negatives); }

GraphComparison compare_graphs(const MixedGraph& truth, const MixedGraph& guess) {
  GraphComparison result;
  for_pairs(truth, guess, [&result](const PairMarks& t, const PairMarks& g) {
    if (t.bits != g.bits) ++result.shd;
    if (is_reversal(t, g)) ++result.reversed;
    count(result.skeleton, t.bits != 0, g.bits != 0);
    count(result.arrowheads, t.arrow_at_first(), g.arrow_at_first());
    count(result.arrowheads, t.arrow_at_second(), g.arrow_at_second());
  });
  result.shd_double_reversal = result.shd + result.reversed;
  return result;
}

std::int64_t structural_hamming_distance(const MixedGraph& truth, const MixedGraph& guess, const ShdOptions& options) {
  const GraphComparison comparison = compare_graphs(truth, guess);
  return options.double_reversal ? comparison.shd_double_reversal : comparison.shd;
}

std::int64_t cpdag_hamming_distance(const Dag& truth, const Dag& guess, const ShdOptions& options) {
  return structural_hamming_distance(dag_to_cpdag(truth).graph(), dag_to_cpdag(guess).graph(), options);
}

}  // namespace causal
