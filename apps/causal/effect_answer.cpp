#include "effect_answer.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "causal/identify/adjustment.hpp"
#include "causal/identify/frontdoor.hpp"
#include "causal/identify/id.hpp"
#include "causal/identify/instrument.hpp"
#include "causal/identify/simplify.hpp"

namespace causal::cli {
namespace {

// One question: each method adds an attempt, and the answer when it has one.
class Identification {
 public:
  Identification(const QueryGraph& graph, const EffectQuestion& question)
      : query_(graph), graph_(graph.graph()), question_(question), bounds_{{}, graph.observed()} {}

  EffectAnswer run() {
    if (question_.z.empty() && has_no_effect()) return std::move(answer_);
    switch (question_.method) {
      case IdentifyMethod::Backdoor:
        backdoor();
        break;
      case IdentifyMethod::Frontdoor:
        frontdoor();
        break;
      case IdentifyMethod::Iv:
        if (instruments()) answer_.method = "iv";
        break;
      case IdentifyMethod::Id:
        id();
        break;
      case IdentifyMethod::Auto:
        // Instruments give an effect in linear models only, so in no case the distribution asked for.
        if (!backdoor() && !frontdoor() && !id()) instruments();
    }
    return std::move(answer_);
  }

 private:
  bool has_no_effect() {
    const CausalRegion region = causal_region(query_.for_adjustment(), question_.x, question_.y);
    answer_.unaffected = names_of(graph_, region.unaffected);
    if (region.unaffected.size() != question_.y.size()) return false;
    answer_.method = "no_effect";
    answer_.estimand = {pool_.probability(symbols_of(question_.y)), graph_.names()};
    return true;
  }

  bool backdoor() {
    if (!question_.z.empty()) return fails("backdoor", "an effect within strata is left to id");
    const AdjustmentGraph graph = query_.for_adjustment();
    const AdjustmentResult result = question_.adjust == AdjustmentChoice::Optimal
                                        ? optimal_adjustment(graph, question_.x, question_.y, bounds_)
                                    : question_.adjust == AdjustmentChoice::Canonical
                                        ? canonical_adjustment(graph, question_.x, question_.y, bounds_)
                                        : minimal_adjustment(graph, question_.x, question_.y, bounds_);
    if (!result.set) return fails("backdoor", result.reason, result.witness);
    succeeds("backdoor", *result.set);
    const SymbolSet z = symbols_of(*result.set);
    SymbolSet given = symbols_of(question_.x);
    given.insert(given.end(), z.begin(), z.end());
    answer_.estimand = {
        pool_.sum(z, pool_.product({pool_.probability(symbols_of(question_.y), given), pool_.probability(z)})),
        graph_.names()};
    if (question_.all_sets) {
      list(all_adjustments(graph, question_.x, question_.y,
                           {.bounds = bounds_,
                            .minimal = question_.adjust == AdjustmentChoice::Minimal,
                            .max_results = question_.max_results}));
    }
    return true;
  }

  bool frontdoor() {
    if (!question_.z.empty()) return fails("frontdoor", "an effect within strata is left to id");
    if (query_.is_class()) return fails("frontdoor", "front-door sets are looked for in a dag or admg only");
    const auto member = query_.member();
    return std::visit(
        [this](const auto& graph) {
          const FrontdoorResult result = minimal_frontdoor(graph, question_.x, question_.y, bounds_);
          if (!result.set) return fails("frontdoor", result.reason, result.witness);
          succeeds("frontdoor", *result.set);
          answer_.estimand = {frontdoor_formula(*result.set), graph_.names()};
          if (question_.all_sets) {
            list(all_frontdoors(graph, question_.x, question_.y,
                                {.bounds = bounds_, .max_results = question_.max_results}));
          }
          return true;
        },
        member);
  }

  // sum_z P(z | x) sum_x' P(y | x', z) P(x')
  Expression frontdoor_formula(const NodeSet& set) {
    const SymbolSet x = symbols_of(question_.x), z = symbols_of(set);
    SymbolSet other_x = x;
    for (Symbol& symbol : other_x) symbol.copy = 1;
    SymbolSet given = other_x;
    given.insert(given.end(), z.begin(), z.end());
    const Expression inner = pool_.sum(
        other_x, pool_.product({pool_.probability(symbols_of(question_.y), given), pool_.probability(other_x)}));
    return pool_.sum(z, pool_.product({pool_.probability(z, x), inner}));
  }

  bool id() {
    if (query_.is_class())
      return fails("id", "ID works on a dag or admg; a class has one answer only where it has a valid adjustment set");
    const Admg projected = query_.projection();
    const MixedGraph& nodes = projected.graph();
    const auto there = [&](const NodeSet& set) { return nodes_named(nodes, names_of(graph_, set)); };
    const IdResult result = identify(projected, {there(question_.y), there(question_.x), there(question_.z)}, pool_);
    if (const auto* identified = std::get_if<Identified>(&result)) {
      answer_.attempts.push_back({"id", true, {}, {}});
      answer_.method = "id";
      const Expression formula = simplify(identified->expression, projected, pool_);
      NodeSet free_context;
      for (const NodeId v : identified->free_context) {
        if (std::binary_search(formula.free().begin(), formula.free().end(), Symbol{v})) free_context.push_back(v);
      }
      answer_.estimand = {formula, nodes.names(), names_of(nodes, free_context)};
      answer_.derivation = derivation_text(identified->derivation, nodes.names());
      return true;
    }
    const auto& refused = std::get<NotIdentifiable>(result);
    answer_.hedge = {names_of(nodes, refused.hedge.outer), names_of(nodes, refused.hedge.inner)};
    answer_.derivation = derivation_text(refused.derivation, nodes.names());
    return fails("id",
                 fmt::format("no formula exists: two models of the graph agree on all that is observed and differ "
                             "in the effect (hedge {}, {})",
                             set_text(answer_.hedge->first), set_text(answer_.hedge->second)));
  }

  bool instruments() {
    if (query_.is_class()) return fails("iv", "instruments are looked for in a dag or admg only");
    if (question_.x.size() != 1 || question_.y.size() != 1 || !question_.z.empty()) {
      return fails("iv", "instruments are looked for with one treatment and one outcome");
    }
    const auto member = query_.member();
    const InstrumentSearch search = std::visit(
        [this](const auto& graph) {
          return find_instruments(graph, question_.x.front(), question_.y.front(), bounds_.allowed);
        },
        member);
    for (const Instrument& instrument : search.instruments) {
      answer_.instruments.push_back({graph_.name(instrument.node), names_of(graph_, instrument.given)});
    }
    if (search.instruments.empty()) return fails("iv", search.reason);
    answer_.attempts.push_back({"iv", true, {}, {}});
    return true;
  }

  bool fails(const std::string& method, const std::string& reason, const Walk& witness = {}) {
    answer_.attempts.push_back({method, false, reason, walk_text(witness, graph_.names())});
    return false;
  }
  void succeeds(const std::string& method, const NodeSet& set) {
    answer_.attempts.push_back({method, true, {}, {}});
    answer_.method = method;
    answer_.set = names_of(graph_, set);
  }
  template <class Listing>
  void list(const Listing& listing) {
    answer_.sets.emplace();
    for (const NodeSet& set : listing.sets) answer_.sets->push_back(names_of(graph_, set));
    answer_.sets_status = listing.status;
  }

  const QueryGraph& query_;
  const MixedGraph& graph_;
  const EffectQuestion& question_;
  SeparatorBounds bounds_;
  ExpressionPool pool_;
  EffectAnswer answer_;
};

}  // namespace

EffectAnswer answer_effect(const QueryGraph& graph, const EffectQuestion& question) {
  return Identification(graph, question).run();
}

}  // namespace causal::cli
