#pragma once
// How far a graph is from the true one, as causal compare and causal discover --true-graph say it.

#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "causal/graph/distance.hpp"
#include "causal/graph/learned_graph.hpp"
#include "causal/io/json.hpp"

namespace causal::cli {

/// What two graphs are compared as.
enum class CompareAs {
  Auto,   ///< Completed PDAGs when one is a DAG and the other is not, unless one is of a search over
          ///< changes; else as they are.
  Dag,    ///< As they are; both must be DAGs.
  Cpdag,  ///< DAGs are replaced by the completed PDAG of their class.
  Pag     ///< As they are, mark by mark, circles included.
};

}  // namespace causal::cli

template <>
struct causal::EnumNames<causal::cli::CompareAs> {
  using C = causal::cli::CompareAs;
  static constexpr std::array<std::pair<C, std::string_view>, 4> names{
      {{C::Auto, "auto"}, {C::Dag, "dag"}, {C::Cpdag, "cpdag"}, {C::Pag, "pag"}}};
};

namespace causal::cli {

/// The comparison, and what the graphs were compared as.
struct NamedComparison {
  GraphComparison figures;
  CompareAs as = CompareAs::Auto;
};

/// Errors: InvalidArgument naming a variable that one graph lacks; GraphError when the graphs are not what `as` says.
[[nodiscard]] NamedComparison compare_with_truth(const LearnedGraph& truth, const LearnedGraph& guess, CompareAs as);

/// Skeleton, arrowheads and SHD, a line each.
[[nodiscard]] std::string comparison_text(const NamedComparison& comparison);
[[nodiscard]] io::Json comparison_json(const NamedComparison& comparison);

}  // namespace causal::cli
