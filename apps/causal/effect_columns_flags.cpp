#include "effect_columns_flags.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "query_graph.hpp"

namespace causal::cli {
namespace {

/// Every node that is no column, or a column with another part to play: it was not measured as a covariate.
std::vector<std::string> unmeasured(const MixedGraph& graph, const std::vector<std::string>& names,
                                    std::vector<std::string> latent) {
  for (NodeId v = 0; v < graph.n(); ++v) {
    const std::string& name = graph.name(v);
    if (std::find(names.begin(), names.end(), name) == names.end() &&
        std::find(latent.begin(), latent.end(), name) == latent.end()) {
      latent.push_back(name);
    }
  }
  return latent;
}

EffectAnswer ask(const QueryGraph& graph, EffectQuestion question) {
  if (std::holds_alternative<Admg>(graph.typed) || question.method == IdentifyMethod::Iv) {
    return answer_effect(graph, question);
  }
  question.adjust = AdjustmentChoice::Optimal;
  EffectAnswer optimal = answer_effect(graph, question);
  if (optimal.method == "backdoor" || optimal.method == "no_effect") return optimal;
  question.adjust = AdjustmentChoice::Minimal;
  return answer_effect(graph, question);
}

std::string joined(const std::vector<std::string>& names) { return fmt::format("{}", fmt::join(names, ", ")); }

std::string reasons(const EffectAnswer& answer) {
  std::string text;
  for (const Attempt& attempt : answer.attempts) {
    if (attempt.found) continue;
    text += fmt::format("{}{}: {}{}", text.empty() ? "" : "; ", attempt.method, attempt.reason,
                        attempt.witness.empty() ? "" : fmt::format(" ({})", attempt.witness));
  }
  return text;
}

/// Takes over what the graph found.
void fill(EffectColumnsAnswer& settled, const EffectAnswer& answer) {
  estimation::EffectColumns& columns = settled.columns;
  settled.identified_by = answer.method;
  if (answer.method == "backdoor") {
    columns.covariates = *answer.set;
    settled.explanation = fmt::format("the graph identifies the effect by adjustment for {}",
                                      answer.set->empty() ? "nothing" : joined(*answer.set));
  } else if (answer.method == "frontdoor") {
    columns.mediators = *answer.set;
    settled.explanation = fmt::format("the graph identifies the effect by the front door {}", joined(*answer.set));
  } else if (answer.method == "no_effect") {
    settled.explanation = fmt::format("in the graph {} has no effect on {} at all", columns.treatment, columns.outcome);
  } else if (!answer.instruments.empty()) {
    const InstrumentNames& instrument = answer.instruments.front();
    settled.identified_by = "iv";
    columns.instruments = {instrument.node};
    columns.covariates = instrument.given;
    settled.explanation = fmt::format(
        "the graph has the instrument {}{}; a linear model, or monotone choices, "
        "make it an effect",
        instrument.node, instrument.given.empty() ? "" : " given " + joined(instrument.given));
  } else if (answer.method == "id") {
    settled.identified_by.clear();
    settled.explanation =
        "the effect has a formula (causal identify shows it), but no estimator of this build is "
        "made for it; causal do evaluates it on a table";
  } else {
    settled.explanation = "the graph does not identify the effect: " + reasons(answer);
  }
}

}  // namespace

void EffectColumnsFlags::add_to(CommandLine& line) {
  line.heading("Question");
  line.option({.flags = "--treatment", .value = "COL", .doc = "what is set"}, treatment);
  line.option({.flags = "--outcome", .value = "COL", .doc = "what it acts on"}, outcome);
  line.option({.flags = "--adjust",
               .value = "TERM,..",
               .doc = "covariates that make the arms comparable; a term is a column, age^2 or educ:re74"},
              adjust);
  line.option({.flags = "--graph", .value = "FILE", .doc = "instead: a graph that says what to adjust for"}, graph);
  line.option({.flags = "--latent", .value = "U,..", .doc = "nodes of the graph that were not measured"}, latent);
  line.option({.flags = "--identify", .value = "NAME", .doc = "which way to look in the graph", .default_text = "auto"},
              identify);
  line.option({.flags = "--instruments", .value = "TERM,..", .doc = "what moves the treatment only"}, instruments);
  line.option({.flags = "--mediators", .value = "TERM,..", .doc = "what stands between treatment and outcome"},
              mediators);
  line.option({.flags = "--treated", .value = "LEVEL", .doc = "level that is compared; the last when absent"}, treated);
  line.option({.flags = "--control", .value = "LEVEL", .doc = "level it is compared with; the first when absent"},
              control);
  line.option({.flags = "--propensity", .value = "COL", .doc = "known chance of being treated"}, propensity);
  line.option({.flags = "--cluster", .value = "COL", .doc = "rows with the same value are dependent"}, cluster);
}

EffectColumnsAnswer EffectColumnsFlags::settle(const std::vector<std::string>& names) const {
  EffectColumnsAnswer settled;
  settled.columns = {.outcome = outcome,
                     .treatment = treatment,
                     .covariates = adjust,
                     .instruments = instruments,
                     .mediators = mediators,
                     .cluster = cluster,
                     .propensity = propensity,
                     .weights = {},
                     .treated = treated,
                     .control = control};
  settled.identified_by = "given";
  if (graph.empty()) {
    if (treatment.empty() || outcome.empty()) {
      throw InvalidArgument(fmt::format("no {} given", treatment.empty() ? "treatment" : "outcome"), "the command line",
                            "causal estimate data.csv --treatment X --outcome Y --adjust A,B");
    }
    return settled;
  }
  if (!adjust.empty() || !instruments.empty() || !mediators.empty()) {
    throw InvalidArgument("--graph decides on covariates, instruments and mediators", "the command line",
                          "Give the graph, or --adjust, --instruments, --mediators, but not both.");
  }
  QueryGraph query = read_query_graph(graph, latent);
  query = read_query_graph(graph, unmeasured(query.graph(), names, latent));
  EffectQuestion question;
  question.method = identify;
  const auto node_of = [&](const std::string& name, const NodeSet& marked, const char* flag) {
    NodeSet nodes = name.empty() ? marked : nodes_named(query.graph(), {name});
    if (nodes.size() == 1) return nodes;
    throw InvalidArgument(fmt::format("no single {} is given", flag), "the command line",
                          fmt::format("Name it: --{} NAME.", flag));
  };
  question.x = node_of(treatment, query.roles.exposures, "treatment");
  question.y = node_of(outcome, query.roles.outcomes, "outcome");
  settled.columns.treatment = query.graph().name(question.x.front());
  settled.columns.outcome = query.graph().name(question.y.front());
  fill(settled, ask(query, question));
  return settled;
}

}  // namespace causal::cli
