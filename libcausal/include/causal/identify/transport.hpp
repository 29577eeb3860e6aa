#pragma once
// Effects from several sources: experiments on other variables, other populations, or both.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "causal/graph/admg.hpp"
#include "causal/identify/hedge.hpp"
#include "causal/identify/id.hpp"

namespace causal {

/// A distribution that is known: P(measured | do(experiment)) in a population.
struct TransportSource {
  int domain = 0;           ///< The population; 0 is the one the question is about. Names the P of the formula.
  NodeSet experiment = {};  ///< Set at random or by hand in this source; empty: observed only.
  /// Nodes whose mechanism (own function or distribution of their hidden causes) may differ from population 0: those
  /// with a selection node. Must be empty for domain 0.
  NodeSet differs = {};
  std::optional<NodeSet> measured = {};  ///< Nothing: every node. Nodes of `experiment` count as measured.
};

/// Why one source does not give the factor of a district.
struct SourceFailure {
  enum class Reason {
    Acted,       ///< The experiment sets a node of the district.
    Differs,     ///< The mechanism of a node of the district may differ.
    Unmeasured,  ///< A node of the district, or a parent of it, is not measured.
    Hedge        ///< `hedge` is one for the effect of what else is measured, in the source's graph.
  };
  Reason reason = Reason::Hedge;
  NodeId node = -1;  ///< The node meant, but for Hedge.
  Hedge hedge = {};
};

/// No source gives the factor of `district`.
struct NotTransportable {
  NodeSet district;
  std::vector<SourceFailure> failures;  ///< One a source.
  NodeSet y, x;  ///< The query; where z was given, after observations became actions and the rest joined y.
};

using TransportResult = std::variant<Identified, NotTransportable>;

/// Identifies P(y | do(x), z) of population 0 from the sources: the effect splits into districts, and every district is
/// taken from the first source that neither acts on it nor differs in it and in whose graph it can be reached by
/// fixing. With one source (domain 0, no experiment) this decides as `identify`; with experiments only it is
/// z-identification or general identification; with several populations it is transportability.
///
/// An identified formula is right in every model of the graph. That a negative answer is final is known from the
/// literature for sources that measure everything; with partly measured sources the answer may be too cautious.
/// Cost: as one ID call for every district and source.
/// Errors: InvalidArgument as identify, and for a source of domain 0 that differs or a negative domain.
/// Source: Lee, Correa and Bareinboim, "General identifiability with arbitrary surrogate experiments", UAI 2019, and
/// "General transportability", AAAI 2020.
[[nodiscard]] TransportResult identify_from_sources(const Admg& admg, const EffectQuery& query,
                                                    const std::vector<TransportSource>& sources);

/// "source 2: its experiment sets Z" and the like.
[[nodiscard]] std::string failure_text(const SourceFailure& failure, std::size_t source,
                                       const std::vector<std::string>& names);

}  // namespace causal
