#pragma once
// Which columns play which part in the question of causal estimate, from flags or from a graph.

#include <string>
#include <vector>

#include "causal/estimation/effect/effect_data.hpp"
#include "command_line.hpp"
#include "effect_answer.hpp"

namespace causal::cli {

/// The question as it was settled: the columns, and how a graph, if there is one, identifies the effect.
struct EffectColumnsAnswer {
  estimation::EffectColumns columns;
  std::string identified_by;  ///< backdoor, frontdoor, iv, no_effect; "given" without a graph; empty: it does not.
  std::string explanation;    ///< What the graph says, for the user; empty without one.
};

struct EffectColumnsFlags {
  std::string treatment, outcome;
  std::vector<std::string> adjust, instruments, mediators;
  std::string cluster, propensity, treated, control;
  std::string graph;
  std::vector<std::string> latent;
  IdentifyMethod identify = IdentifyMethod::Auto;

  /// Declares the flags, under the heading "Question".
  void add_to(CommandLine& line);
  /// The columns of the question. With a graph, its answer fills adjustment set, mediators or instruments from the
  /// columns called `names`; other nodes count as latent. Among adjustment sets the one of smallest variance is taken
  /// where there is one, else a minimal one.
  /// Errors: InvalidArgument for what is missing or given twice; those of reading the graph.
  [[nodiscard]] EffectColumnsAnswer settle(const std::vector<std::string>& names) const;
};

}  // namespace causal::cli
