#pragma once
// How far a learned graph is from the true one.

#include <cstdint>

#include "causal/graph/dag.hpp"

namespace causal {

struct ShdOptions {
  bool double_reversal = false;  ///< Count an edge directed the wrong way as two errors instead of one.
};

/// Structural Hamming distance: the number of pairs whose edge differs, in presence or in any mark.
///
/// Works on graphs with any marks; a pair with a directed and a bidirected edge differs from either alone. Variables
/// are matched by name, in any order. Symmetric. Cost O((n + m) log(n + m)).
/// Errors: InvalidArgument naming a variable that one graph lacks.
[[nodiscard]] std::int64_t structural_hamming_distance(const MixedGraph& truth, const MixedGraph& guess,
                                                       const ShdOptions& options = {});

/// The distance of the CPDAGs of two DAGs: 0 exactly when they are Markov equivalent.
[[nodiscard]] std::int64_t cpdag_hamming_distance(const Dag& truth, const Dag& guess, const ShdOptions& options = {});

/// How well a set of things was found.
struct Retrieval {
  std::int64_t true_positives = 0;
  std::int64_t false_positives = 0;
  std::int64_t false_negatives = 0;

  /// Share of what was claimed that is true; NaN when nothing was claimed.
  [[nodiscard]] double precision() const;
  /// Share of what is true that was claimed; NaN when nothing is true.
  [[nodiscard]] double recall() const;
  /// Harmonic mean of the two, 2 tp / (2 tp + fp + fn); NaN when nothing is true and nothing was claimed.
  [[nodiscard]] double f1() const;
};

/// A learned graph against the truth.
struct GraphComparison {
  std::int64_t shd = 0;                  ///< Wrong direction counted once.
  std::int64_t shd_double_reversal = 0;  ///< Wrong direction counted twice.
  std::int64_t reversed = 0;             ///< Pairs directed one way in the truth and the other way in the guess.
  Retrieval skeleton;                    ///< Adjacent pairs.
  Retrieval arrowheads;  ///< Arrowheads, two ends a pair: on the right edge and end, whatever the other end shows.
};

/// Compares by name. Errors and cost: as structural_hamming_distance.
[[nodiscard]] GraphComparison compare_graphs(const MixedGraph& truth, const MixedGraph& guess);

}  // namespace causal
