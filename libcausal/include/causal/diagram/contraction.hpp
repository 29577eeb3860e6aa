#pragma once
// Exact evaluation of a tensor network: the product of its tensors, summed over every index that is not open.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "causal/diagram/tensor_network.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal {

/// An index with a known value: every tensor is restricted to it before any multiplication.
struct IndexValue {
  VariableId index;
  int value;
  friend bool operator==(const IndexValue&, const IndexValue&) = default;
};
using Evidence = std::vector<IndexValue>;

struct ContractionOptions {
  int restarts = 32;
  double max_operations = 1e11;
  double max_slices = 4096;
  std::int64_t max_bytes = std::int64_t{1} << 31;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"restarts", "randomised elimination orders tried, fewer where contracting is quicker than searching",
                  closed_interval(0, 10000)},
            self.restarts);
    visitor(Field{"max_operations", "refuse to do more multiplications than this", at_least(1)}, self.max_operations);
    visitor(Field{"max_slices", "refuse to split the sum into more parts than this to save memory", at_least(1)},
            self.max_slices);
    visitor(Field{"max_bytes", "hold no more than this in tables; memory_limit_bytes if that is less", at_least(0)},
            self.max_bytes);
  }
};

/// What a contraction will cost, known before it runs.
struct ContractionPlan {
  std::vector<VariableId> order;   ///< Summed indices in the order of their elimination.
  std::vector<VariableId> slices;  ///< Summed indices that are looped over instead, to save memory.
  /// Indices adjacent to an eliminated one, at most: a table of width + 1 indices is multiplied, one of width stored.
  int width = 0;
  int width_lower_bound = 0;   ///< No order of all summed and open indices has a smaller width (minor-min-width).
  double max_table_bytes = 0;  ///< The largest table computed, the result included.
  double peak_bytes = 0;       ///< All tables computed and held at one time, at most, on one thread.
  double operations = 0;       ///< Multiplications in all slices together.

  /// One line: `width 20 (at least 6), largest table 8 MiB, 2.1e+07 multiplications`.
  [[nodiscard]] std::string brief() const;
};

/// Chooses an elimination order: greedy min-fill (ties: the smaller product of cardinalities, then the smaller index),
/// greedy min-weight, and min-fill with random ties from `options.run.seed` as often as the expected saving allows; the
/// one with the fewest multiplications wins. Slices indices until the tables fit the memory limit or `max_slices` is
/// reached: each time the index of the largest table whose fixing lowers the peak most. What cannot be made to fit is
/// reported unsliced.
/// Errors: InvalidArgument for tensors that contradict `network.cardinalities`, an index out of range, evidence that is
/// out of range or names an index twice. Cost: near-linear for sparse networks of small width.
[[nodiscard]] ContractionPlan plan(const TensorNetwork& network, const Evidence& evidence = {},
                                   const ContractionOptions& options = {});

/// The sum, or why there is none.
struct Contraction {
  Status status = Status::Ok;  ///< BudgetExceeded: the plan needs more than allowed. TimeLimit, Cancelled: stopped.
  /// Over `network.open`, unless status is not Ok. An index that occurs again at place k of `open` is called
  /// `network.cardinalities.size() + k` there, and cells off the diagonal are 0. An open index with evidence keeps its
  /// place in the scope and is 0 at the other values. A network without mass gives zeros: a value, not an error.
  std::optional<Factor> value = {};
  /// The true sum is value * 2^exponent. 0 unless its largest cell lies outside [1e-290, 1e290].
  std::int64_t exponent = 0;
  ContractionPlan plan = {};
};

/// Contracts the network with the evidence by bucket elimination: each step multiplies all tensors that hold an index
/// and sums it out in one pass, without intermediate products (Dechter 1999). Tables are rescaled by powers of two, so
/// long products do not underflow; where a product of positive entries in one step could still leave 1e+-300 (and none
/// is negative) logarithms are added instead. Bytes do not depend on the number of threads. Time and memory: see
/// `plan`. Errors: as `plan`.
[[nodiscard]] Contraction contract(const TensorNetwork& network, const Evidence& evidence = {},
                                   const ContractionOptions& options = {});

}  // namespace causal
