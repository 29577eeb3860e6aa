#pragma once
// How an effect can be computed: the methods of identification tried one after another.

#include <optional>
#include <string>
#include <vector>

#include "causal/identify/expression.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"
#include "query_graph.hpp"

namespace causal::cli {

/// Which way to look for the effect; Auto tries back door, front door and ID, and looks for instruments when all fail.
enum class IdentifyMethod { Auto, Backdoor, Frontdoor, Iv, Id };
/// Which of the valid adjustment sets is wanted.
enum class AdjustmentChoice { Minimal, Optimal, Canonical };

}  // namespace causal::cli

template <>
struct causal::EnumNames<causal::cli::IdentifyMethod> {
  using M = causal::cli::IdentifyMethod;
  static constexpr std::array<std::pair<M, std::string_view>, 5> names{
      {{M::Auto, "auto"}, {M::Backdoor, "backdoor"}, {M::Frontdoor, "frontdoor"}, {M::Iv, "iv"}, {M::Id, "id"}}};
};

template <>
struct causal::EnumNames<causal::cli::AdjustmentChoice> {
  using C = causal::cli::AdjustmentChoice;
  static constexpr std::array<std::pair<C, std::string_view>, 3> names{
      {{C::Minimal, "minimal"}, {C::Optimal, "optimal"}, {C::Canonical, "canonical"}}};
};

namespace causal::cli {

/// P(y | do(x), z), and how to look for it.
struct EffectQuestion {
  NodeSet x, y, z;
  IdentifyMethod method = IdentifyMethod::Auto;
  AdjustmentChoice adjust = AdjustmentChoice::Minimal;
  bool all_sets = false;
  std::int64_t max_results = 1000;
};

using Names = std::vector<std::string>;

/// A formula and the names of its nodes.
struct Estimand {
  Expression expression;
  Names names;
  Names free_context = {};
};

/// One method and what became of it.
struct Attempt {
  std::string method;
  bool found = false;
  std::string reason;   ///< Why not; empty when found.
  std::string witness;  ///< The walk behind the reason, if any.
};

struct InstrumentNames {
  std::string node;
  Names given;
};

/// What was found. Sets are names, because ID works in the latent projection, where nodes have other numbers.
struct EffectAnswer {
  std::string method;  ///< backdoor, frontdoor, iv, id, no_effect; empty: none.
  std::optional<Names> set;
  std::optional<std::vector<Names>> sets;  ///< When all were asked for.
  Status sets_status = Status::Ok;         ///< Ok: all are listed.
  std::optional<Estimand> estimand;
  std::vector<InstrumentNames> instruments;
  std::optional<std::pair<Names, Names>> hedge;  ///< Outer and inner set.
  Names unaffected;
  std::vector<std::string> derivation;
  std::vector<Attempt> attempts;

  [[nodiscard]] bool found() const { return !method.empty(); }
};

[[nodiscard]] EffectAnswer answer_effect(const QueryGraph& graph, const EffectQuestion& question);

/// The answer as text for reading; with `explain` the methods that failed, and why, and the steps of ID.
[[nodiscard]] std::string effect_text(const QueryGraph& graph, const EffectQuestion& question,
                                      const EffectAnswer& answer, bool explain);
/// The answer as causal.estimand/1.
[[nodiscard]] io::Json effect_json(const QueryGraph& graph, const EffectQuestion& question, const EffectAnswer& answer);

}  // namespace causal::cli
