#pragma once
// Clique-Picking: counts and samples the orientations of a connected chordal graph that make no directed cycle and no
// unshielded collider, by the clique that comes first in them.
// Source: Wienobst, Bannach and Liskiewicz, "Polynomial-time algorithms for counting and sampling Markov equivalent
// DAGs with applications", JMLR 24, 2023.

#include <boost/multiprecision/cpp_int.hpp>
#include <vector>

#include "causal/run/random.hpp"
#include "causal/run/stop.hpp"
#include "graph/clique_tree.hpp"

namespace causal::detail {

using BigInt = boost::multiprecision::cpp_int;

/// Cliques that all hold a separator and stay connected without it. The graph of their nodes outside the separator is
/// what is left to orient once the separator is placed. The whole graph is a flower too, of the empty separator.
struct Flower {
  struct Member {
    int clique;
    int edge;    ///< Tree edge by which the flower is walked to the clique; -1 at the first member.
    int parent;  ///< The member it comes from; -1 at the first.
  };
  int entry = -1;  ///< A tree edge with the separator; -1: the whole graph.
  std::size_t separator_size = 0;
  std::vector<Member> members;  ///< Parents first.
  std::vector<int> boundary;    ///< Tree edges that leave the flower.
  BigInt count;                 ///< Orientations of its graph.
  std::vector<BigInt> first;    ///< Running sums of the orientations by the clique that comes first in them.
};

/// The flowers of one clique tree, counted. Tree edge 2c leads from the parent of clique c to c, 2c+1 leads back. Where
/// the placed part of the graph ends at a tree edge, the flower of its separator on the far side is oriented on its
/// own; so there are at most as many flowers as directed tree edges, and the whole graph.
class CliquePicking {
 public:
  explicit CliquePicking(CliqueTree tree);

  /// Counts, smallest graphs first. Without `keep_first` sampling is not possible. False when `stop` was reached.
  [[nodiscard]] bool run(const StopSignal& stop, bool keep_first);
  [[nodiscard]] const BigInt& count() const { return flowers_.back().count; }
  /// Appends the nodes, ordered so that each orientation along an order has the same probability. Thread-safe.
  void sample_order(RandomStream& stream, std::vector<NodeId>& order) const;

 private:
  struct ChainLink;
  using Bits = std::vector<std::uint64_t>;

  [[nodiscard]] static std::size_t clique_of(int edge) { return slot(edge / 2); }
  [[nodiscard]] int head(int edge) const { return edge % 2 == 0 ? edge / 2 : tree_.parents[clique_of(edge)]; }
  [[nodiscard]] std::size_t separator_size(int edge) const { return tree_.separators[clique_of(edge)].size(); }
  [[nodiscard]] bool separator_within(int inner, int outer) const;
  [[nodiscard]] bool inside(const Flower& flower, int edge) const;

  void number_separators();
  [[nodiscard]] Flower open_flower(int entry) const;
  [[nodiscard]] bool count_flower(Flower& flower, bool keep_first, const StopSignal& stop);
  [[nodiscard]] bool count_beyond(const Flower& flower, const StopSignal& stop);
  [[nodiscard]] BigInt product_beyond(const Flower& flower, const Flower& opened, int but) const;
  [[nodiscard]] std::vector<int> chains(const Flower& flower, std::vector<ChainLink>& links) const;
  [[nodiscard]] BigInt permutations(std::size_t size, int link, const std::vector<ChainLink>& links) const;

  void sample_flower(const Flower& flower, RandomStream& stream, std::vector<NodeId>& order) const;
  void sample_clique(const Flower& flower, std::size_t at, RandomStream& stream, std::vector<NodeId>& order) const;

  CliqueTree tree_;
  std::vector<std::vector<int>> edges_out_;  // per clique
  std::vector<Bits> separator_bits_;         // per clique, of the separator to its parent; empty for large graphs
  std::vector<int> separator_id_;            // per clique; equal for equal separators
  std::vector<std::size_t> flower_beyond_;   // per edge
  std::vector<Flower> flowers_;              // the whole graph last
  std::vector<BigInt> factorials_;
  std::vector<BigInt> beyond_;  // per edge inside the flower being counted: orientations of all that lies beyond
};

/// Uniform on {0, ..., bound - 1}, exactly; bound >= 1.
[[nodiscard]] BigInt draw_below(const BigInt& bound, RandomStream& stream);

}  // namespace causal::detail
