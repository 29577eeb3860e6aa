#pragma once
// The value of an expression on a distribution: a table, rows of data, several tables from several sources.

#include <cstdint>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/identify/expression.hpp"
#include "causal/identify/id.hpp"
#include "causal/probability/factor.hpp"

namespace causal {

/// An intermediate table would have passed EvaluateOptions::max_cells, or the source refused.
struct EvaluationRefused {
  double cells = 0;  ///< That many.
};

/// Where probabilities come from: asked for the marginal over `keep` in a domain under do(intervened), it gives a
/// factor over keep and `intervened` in any order (for each value of the latter, a distribution over keep). A Bayesian
/// network answers by contraction without ever making its joint table (network_source.hpp). A source throws
/// EvaluationRefused for a table it cannot make; `evaluate` returns it.
struct ProbabilitySource {
  std::function<Factor(int domain, const NodeSet& intervened, const NodeSet& keep)> marginal;
  std::function<int(NodeId)> cardinality;
};

/// One table of several: P(the rest | do(intervened)) in a domain, over node ids.
struct SourceTable {
  int domain = 0;
  NodeSet intervened = {};
  Factor table;
};
/// Answers from tables. Errors when asked: InvalidArgument for a domain and experiment without table, or a node that
/// its table does not have.
[[nodiscard]] ProbabilitySource table_source(std::vector<SourceTable> tables);
/// Answers with relative frequencies: node v is the column called names[v]. Rows with a missing cell among the columns
/// asked for are left out. The data must outlive the source.
/// Errors when asked: DataError for a column that is not discrete or binary, or when no row is left; InvalidArgument
/// for a missing column, a domain other than 0 or an experiment.
[[nodiscard]] ProbabilitySource data_source(const Dataset& data, std::span<const std::string> names);

struct EvaluateOptions {
  /// Values of free symbols; all that are copies beyond the plain letter must be given.
  std::vector<std::pair<Symbol, int>> fixed = {};
  /// Plain symbols in which the value is constant in theory (Identified::free_context): one assignment is picked.
  NodeSet context = {};
  /// A conditioning event with at most this probability counts as impossible.
  double zero_tolerance = 0;
  /// With cells that cannot be computed: give the others all the same.
  bool partial = false;
  /// Refuse to make a table of more cells.
  std::int64_t max_cells = std::int64_t{1} << 26;
};

/// A conditional probability (or quotient) of which the denominator is zero where its value is needed.
struct ZeroCell {
  Expression term;
  std::vector<std::pair<Symbol, int>> assignment;  ///< The conditioning event: its free symbols and their values.
};

/// The value, a table over the free symbols that are neither fixed nor context, ascending.
struct Evaluated {
  Factor value;
  /// With EvaluateOptions::partial: cells that could not be computed, ascending; their value is 0. Else empty.
  std::vector<std::size_t> undefined = {};
  std::vector<ZeroCell> zero_cells = {};  ///< Why.
  /// The context picked: where the smallest denominator met is largest, so that estimates are steadiest.
  std::vector<std::pair<NodeId, int>> context = {};
  /// Largest difference over contexts of one cell: 0 up to rounding in every distribution of a model of the graph.
  /// On data a large spread speaks against the graph.
  double context_spread = 0;
};
/// The formula needs a conditional probability given an event of probability zero. Never filled in.
struct ZeroSupport {
  std::vector<ZeroCell> cells;
  std::vector<std::size_t> undefined;  ///< Cells of the answer that depend on them.
};
using Evaluation = std::variant<Evaluated, ZeroSupport, EvaluationRefused>;

/// Evaluates bottom-up, each distinct subexpression once; sums of products eliminate one variable after another, the
/// cheapest first. A zero factor makes its product zero whatever the others are, so a conditional that is undefined
/// where it does not count does no harm. Exact up to rounding.
/// Errors: InvalidArgument for a further copy of a symbol that is not fixed, a fixed value out of range, context nodes
/// that are not free, a node without table.
[[nodiscard]] Evaluation evaluate(const Expression& expression, const ProbabilitySource& source,
                                  const EvaluateOptions& options = {});
/// On one joint distribution over node ids.
[[nodiscard]] Evaluation evaluate(const Expression& expression, const Factor& joint,
                                  const EvaluateOptions& options = {});
/// The effect itself: the value of the formula with its free context settled.
[[nodiscard]] Evaluation evaluate(const Identified& identified, const ProbabilitySource& source,
                                  EvaluateOptions options = {});
[[nodiscard]] Evaluation evaluate(const Identified& identified, const Factor& joint, EvaluateOptions options = {});

}  // namespace causal
