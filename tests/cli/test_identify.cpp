// labels: cli golden
// causal identify: which method answers, what it says when none does, and what it never returns.

#include "run_causal.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal::test;
using causal::io::Json;

namespace {

const TemporaryFolder& folder() {
  static const TemporaryFolder made;
  return made;
}

// The answer as JSON, which must fit the schema and the exit code.
Json identify(const std::string& dagitty, std::vector<std::string> flags, int exit_code = 0) {
  static int count = 0;
  const std::string path = folder().file("g" + std::to_string(count++) + ".dagitty", dagitty);
  flags.insert(flags.begin(), {"identify", path, "--json"});
  const ProcessResult result = run_causal(flags);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == exit_code);
  const Json answer = Json::parse(result.out);
  static const JsonSchema schema =
      JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.estimand.1.schema.json");
  CHECK(schema.violation(answer) == "");
  CHECK(answer.at("identified").as_bool() == (exit_code != 4));
  return answer;
}

std::string list_text(const Json& names) {
  std::string text;
  for (const Json& name : names.as_array()) text += (text.empty() ? "" : " ") + name.as_string();
  return text;
}

std::string formula(const Json& answer) { return answer.at("estimand").at("text").as_string(); }

const std::vector<std::string> kEffect{"--treatment", "X", "--outcome", "Y"};

std::vector<std::string> with(std::vector<std::string> more) {
  more.insert(more.begin(), kEffect.begin(), kEffect.end());
  return more;
}

}  // namespace

TEST_CASE("the roles of a dagitty file are the question, and its latents are never used") {
  const ProcessResult text =
      run_causal({"identify", CAUSAL_SOURCE_DIR "/data/smoking.dagitty", "-f", "txt", "--explain"});
  CHECK(text.exit_code == 0);
  CHECK(contains(text.out, "P(c | do(s)): front door {t}"));
  CHECK(contains(text.out, "P(c | do(s)) = sum_{t} P(t | s) sum_{s'} P(s') P(c | s', t)"));
  CHECK(contains(text.out, "s <- h -> c"));

  const std::string graph = "dag { X [exposure] Y [outcome] U [latent] U -> X U -> Y Z -> X Z -> U X -> Y }";
  const Json none = identify(graph, {}, 4);
  CHECK(none.at("set").is_null());
  CHECK(list_text(none.at("latent")) == "U");
  const Json measured = identify("dag { U -> X U -> Y Z -> X Z -> U X -> Y }", kEffect);
  CHECK(list_text(measured.at("set")) == "U");
  identify("dag { U -> X U -> Y Z -> X Z -> U X -> Y }", with({"--latent", "U"}), 4);
}

TEST_CASE("golden: back door, M-bias, bow and instrument") {
  const Json backdoor = identify("dag { Z -> X Z -> Y X -> Y }", kEffect);
  CHECK(backdoor.at("method").as_string() == "backdoor");
  CHECK(formula(backdoor) == "sum_{Z} P(Z) P(Y | Z, X)");

  const Json bias = identify("dag { X -> Y X <-> M M <-> Y }", with({"--all-sets"}));
  CHECK(bias.at("sets").as_array().size() == 1);
  CHECK(bias.at("sets").as_array()[0].as_array().empty());
  CHECK(formula(bias) == "P(Y | X)");

  const Json bow = identify("dag { X -> Y X <-> Y }", kEffect, 4);
  CHECK(list_text(bow.at("hedge").at("outer")) == "X Y");
  CHECK(list_text(bow.at("hedge").at("inner")) == "Y");
  CHECK(bow.at("instruments").as_array().empty());

  const std::string instrument = "dag { Z -> X X -> Y X <-> Y }";
  const Json not_identified = identify(instrument, kEffect, 4);
  CHECK(list_text(not_identified.at("hedge").at("outer")) == "X Y");
  CHECK(not_identified.at("instruments").as_array()[0].at("node").as_string() == "Z");
  const Json linear = identify(instrument, with({"--method", "iv"}));
  CHECK(linear.at("instruments").as_array()[0].at("linear_effect").as_string() == "cov(Y, Z) / cov(X, Z)");
}

TEST_CASE("ID answers where sets do not, on the projection when nodes are latent") {
  const Json napkin = identify("dag { W -> Z Z -> X X -> Y W <-> X W <-> Y }", kEffect);
  CHECK(napkin.at("method").as_string() == "id");
  CHECK(list_text(napkin.at("estimand").at("free_context")) == "Z");
  CHECK_FALSE(napkin.at("derivation").as_array().empty());
  const Json latent =
      identify("dag { U1 [latent] U2 [latent] W -> Z Z -> X X -> Y U1 -> W U1 -> X U2 -> W U2 -> Y }", kEffect);
  CHECK(formula(latent) == formula(napkin));
  const Json within = identify("dag { Z -> X Z -> Y X -> Y }", with({"--given", "Z"}));
  CHECK(formula(within) == "P(Y | Z, X)");
}

TEST_CASE("the choice among adjustment sets, and all of them") {
  const std::string graph = "dag { 1 -> 2 2 -> 3 3 -> 4 5 -> 1 6 -> 5 6 -> 4 1 -> 7 }";
  const std::vector<std::string> effect{"--treatment", "1", "--outcome", "4"};
  const auto choose = [&](std::vector<std::string> more) {
    more.insert(more.begin(), effect.begin(), effect.end());
    return identify(graph, more);
  };
  CHECK(list_text(choose({"--adjust", "optimal"}).at("set")) == "6");
  CHECK(list_text(choose({"--adjust", "canonical"}).at("set")) == "5 6");
  CHECK(choose({"--all-sets"}).at("sets").as_array().size() == 2);
  CHECK(choose({"--all-sets", "--adjust", "canonical"}).at("sets").as_array().size() == 6);
  CHECK(choose({"--all-sets", "--method", "frontdoor"}).at("sets").as_array().size() == 6);
  std::vector<std::string> limited = effect;
  limited.insert(limited.end(), {"--all-sets", "--adjust", "canonical", "--max-results", "3"});
  const Json some = identify(graph, limited, 6);
  CHECK(some.at("sets_status").as_string() == "budget_exceeded");
  CHECK(some.at("sets").as_array().size() == 3);
}

TEST_CASE("a class of graphs is answered for all its DAGs, or said to disagree") {
  const std::string cpdag = "pdag { 0 -> 2 1 -> 2 2 -> 5 3 -> 2 3 -> 5 4 -> 5 0 -- 1 1 -- 3 1 -- 4 3 -- 4 }";
  const Json answer = identify(cpdag, {"--treatment", "2", "--outcome", "5", "--all-sets", "--adjust", "canonical"});
  CHECK(answer.at("graph_kind").as_string() == "cpdag");
  CHECK(answer.at("sets").as_array().size() == 6);
  const Json undecided = identify("pdag { X -- Y }", kEffect, 4);
  CHECK(contains(undecided.at("attempts").as_array()[0].at("reason").as_string(), "X -- Y"));
  const Json known = identify("pdag { X -> Y X -- Z Y -- Z }", {"--treatment", "Y", "--outcome", "X"});
  CHECK(known.at("graph_kind").as_string() == "mpdag");
  CHECK(known.at("method").as_string() == "no_effect");
  CHECK(formula(known) == "P(X)");
}

TEST_CASE("questions that cannot be asked are refused with the right code") {
  const std::string path = folder().file("plain.dagitty", "dag { X -> Y Y -> Z }");
  CHECK(run_causal({"identify"}).exit_code == 2);
  CHECK(run_causal({"identify", path}).exit_code == 2);
  const ProcessResult unknown = run_causal({"identify", path, "--treatment", "X", "--outcome", "Yy"});
  CHECK(unknown.exit_code == 2);
  CHECK(contains(unknown.err, "Yy"));
  CHECK(run_causal({"identify", path, "--treatment", "X", "--outcome", "X"}).exit_code == 2);
  CHECK(run_causal({"identify", path, "--treatment", "X", "--outcome", "Y", "--latent", "X"}).exit_code == 2);
  CHECK(run_causal({"identify", path, "--treatment", "X", "--outcome", "Y", "--method", "magic"}).exit_code == 2);
  CHECK(run_causal({"identify", "/nowhere/g.json", "--treatment", "X", "--outcome", "Y"}).exit_code == 7);
  const std::string cyclic = folder().file("cyclic.dagitty", "dag { X -> Y Y -> X2 X2 -> X }");
  const ProcessResult cycle = run_causal({"identify", cyclic, "--treatment", "X", "--outcome", "Y"});
  CHECK(cycle.exit_code == 3);
  CHECK(contains(cycle.err, "cycle"));
  const std::string pag = folder().file("p.dagitty", "pag { X @-> Y }");
  CHECK(run_causal({"identify", pag, "--treatment", "X", "--outcome", "Y"}).exit_code == 3);
}
