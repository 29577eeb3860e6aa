// An identified or unidentifiable effect as text and as JSON.

#include <fmt/format.h>

#include <algorithm>

#include "causal/identify/print.hpp"
#include "causal/io/expression_json.hpp"
#include "effect_answer.hpp"

namespace causal::cli {
namespace {

std::string asked_text(const MixedGraph& graph, const EffectQuestion& question) {
  const Names x = names_of(graph, question.x), y = names_of(graph, question.y), z = names_of(graph, question.z);
  return fmt::format("P({} | do({}){}{})", fmt::join(y, ", "), fmt::join(x, ", "), z.empty() ? "" : ", ",
                     fmt::join(z, ", "));
}

// cov(Y, Z | W) / cov(X, Z | W)
std::string ratio_text(const MixedGraph& graph, const EffectQuestion& question, const InstrumentNames& instrument) {
  const std::string given = instrument.given.empty() ? "" : fmt::format(" | {}", fmt::join(instrument.given, ", "));
  return fmt::format("cov({1}, {2}{3}) / cov({0}, {2}{3})", graph.name(question.x.front()),
                     graph.name(question.y.front()), instrument.node, given);
}

std::string headline(const std::string& asked, const EffectAnswer& answer) {
  if (answer.method == "no_effect") return asked + ": no effect, the outcome is not downstream of the treatment";
  if (answer.method == "backdoor") return fmt::format("{}: adjust for {}", asked, set_text(*answer.set));
  if (answer.method == "frontdoor") return fmt::format("{}: front door {}", asked, set_text(*answer.set));
  if (answer.method == "id") return asked + ": identified by ID";
  if (answer.method == "iv") return asked + ": by instruments, in a linear model";
  if (answer.hedge) return asked + ": not identifiable";
  return asked + ": no answer";
}

// The reason that says most: ID's, since nothing succeeds where it fails, else that of the method asked for.
const std::string& why_not(const EffectAnswer& answer) {
  const auto id = std::find_if(answer.attempts.begin(), answer.attempts.end(),
                               [](const Attempt& attempt) { return attempt.method == "id"; });
  return id != answer.attempts.end() && answer.hedge ? id->reason : answer.attempts.front().reason;
}

}  // namespace

std::string effect_text(const QueryGraph& query, const EffectQuestion& question, const EffectAnswer& answer,
                        bool explain) {
  const MixedGraph& graph = query.graph();
  const std::string asked = asked_text(graph, question);
  std::string text = headline(asked, answer) + "\n";
  if (answer.estimand) {
    const std::string formula = to_text(answer.estimand->expression, answer.estimand->names);
    text += fmt::format("  {} = {}\n", asked, formula);
    if (!answer.estimand->free_context.empty()) {
      text += fmt::format("  the value is the same whatever {} is set to\n", set_text(answer.estimand->free_context));
    }
  }
  if (!answer.found()) text += fmt::format("  {}\n", why_not(answer));
  if (!answer.unaffected.empty() && answer.method != "no_effect") {
    text += fmt::format("no effect on {}\n", set_text(answer.unaffected));
  }
  if (!answer.instruments.empty() && !answer.found()) text += "in a linear model there are instruments:\n";
  for (const InstrumentNames& instrument : answer.instruments) {
    text += fmt::format("  {}{}: {}\n", instrument.node,
                        instrument.given.empty() ? "" : fmt::format(" given {}", set_text(instrument.given)),
                        ratio_text(graph, question, instrument));
  }
  if (answer.sets) {
    text += fmt::format("{} sets{}\n", answer.sets->size(),
                        answer.sets_status == Status::Ok ? "" : ", and there may be more (--max-results)");
    for (const Names& set : *answer.sets) text += fmt::format("  {}\n", set_text(set));
  }
  if (!explain) return text;
  text += "\nwhat was tried\n";
  for (const Attempt& attempt : answer.attempts) {
    text += fmt::format("  {:<9} {}\n", attempt.method, attempt.found ? "found" : attempt.reason);
  }
  if (!answer.derivation.empty()) text += "\nsteps of ID\n";
  for (const std::string& step : answer.derivation) text += fmt::format("  {}\n", step);
  return text;
}

io::Json effect_json(const QueryGraph& query, const EffectQuestion& question, const EffectAnswer& answer) {
  const MixedGraph& graph = query.graph();
  io::Json object = io::Json::object();
  object.set("schema", "causal.estimand/1");
  object.set("graph_kind", enum_name(query.kind()));
  object.set("treatment", json_list(names_of(graph, question.x)));
  object.set("outcome", json_list(names_of(graph, question.y)));
  object.set("given", json_list(names_of(graph, question.z)));
  object.set("latent", json_list(names_of(graph, query.latents)));
  object.set("identified", answer.found());
  object.set("method", answer.found() ? io::Json(answer.method) : io::Json());
  object.set("unaffected", json_list(answer.unaffected));
  object.set("set", answer.set ? json_list(*answer.set) : io::Json());
  if (answer.sets) {
    io::Json sets = io::Json::array();
    for (const Names& set : *answer.sets) sets.push(json_list(set));
    object.set("sets", std::move(sets));
    object.set("sets_status", to_string(answer.sets_status));
  }
  io::Json estimand;
  if (answer.estimand) {
    estimand.set("text", to_text(answer.estimand->expression, answer.estimand->names));
    estimand.set("latex", to_latex(answer.estimand->expression, answer.estimand->names));
    estimand.set("free_context", json_list(answer.estimand->free_context));
    estimand.set("expression", io::expression_to_json(answer.estimand->expression, answer.estimand->names));
  }
  object.set("estimand", std::move(estimand));
  io::Json instruments = io::Json::array();
  for (const InstrumentNames& instrument : answer.instruments) {
    io::Json item = io::Json::object();
    item.set("node", instrument.node);
    item.set("given", json_list(instrument.given));
    item.set("linear_effect", ratio_text(graph, question, instrument));
    instruments.push(std::move(item));
  }
  object.set("instruments", std::move(instruments));
  io::Json hedge;
  if (answer.hedge) {
    hedge.set("outer", json_list(answer.hedge->first));
    hedge.set("inner", json_list(answer.hedge->second));
  }
  object.set("hedge", std::move(hedge));
  io::Json attempts = io::Json::array();
  for (const Attempt& attempt : answer.attempts) {
    io::Json item = io::Json::object();
    item.set("method", attempt.method);
    item.set("found", attempt.found);
    item.set("reason", attempt.reason);
    item.set("witness", attempt.witness);
    attempts.push(std::move(item));
  }
  object.set("attempts", std::move(attempts));
  object.set("derivation", json_list(answer.derivation));
  return object;
}

}  // namespace causal::cli
