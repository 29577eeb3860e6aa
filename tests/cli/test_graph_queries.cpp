// labels: cli golden
// causal graph: separation, relatives, implied independencies, districts, class size.

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

Json ask(const std::string& dagitty, std::vector<std::string> flags) {
  static int count = 0;
  const std::string path = folder().file("g" + std::to_string(count++) + ".dagitty", dagitty);
  flags.insert(flags.begin(), {"graph", path});
  flags.push_back("--json");
  const ProcessResult result = run_causal(flags);
  CAPTURE(result.err);
  REQUIRE(result.exit_code == 0);
  const Json answer = Json::parse(result.out);
  static const JsonSchema schema =
      JsonSchema::from_file(CAUSAL_SOURCE_DIR "/data/schemas/causal.graph_query.1.schema.json");
  CHECK(schema.violation(answer) == "");
  return answer;
}

std::string list_text(const Json& names) {
  std::string text;
  for (const Json& name : names.as_array()) text += (text.empty() ? "" : " ") + name.as_string();
  return text;
}

const std::string kAdmg = "dag { A -> B B -> D B <-> C }";

}  // namespace

TEST_CASE("separation is answered with a walk when there is one") {
  CHECK(ask(kAdmg, {"--separated", "A", "C"}).at("separation").at("separated").as_bool());
  const Json open = ask(kAdmg, {"--separated", "A,C", "--given", "D"});
  CHECK_FALSE(open.at("separation").at("separated").as_bool());
  CHECK(open.at("separation").at("witness").as_string() == "A -> B -> D <- B <-> C");
  const Json in_class = ask("pdag { A -- B B -- C }", {"--separated", "A", "C"});
  CHECK(in_class.at("separation").at("witness").as_string() == "A -- B -- C");
  CHECK(ask(kAdmg, {"--separated", "A", "C,D", "--given", "B"}).at("separation").at("y").as_array().size() == 2);
}

TEST_CASE("ancestors, descendants and districts") {
  const Json answer = ask(kAdmg, {"--ancestors", "D", "--descendants", "A", "--districts"});
  CHECK(list_text(answer.at("ancestors")) == "A B D");
  CHECK(list_text(answer.at("descendants")) == "A B D");
  CHECK(answer.at("districts").as_array().size() == 3);
  const Json projected = ask("dag { U [latent] U -> A U -> B A -> C }", {"--districts"});
  CHECK(list_text(projected.at("districts").as_array()[0]) == "A B");
}

TEST_CASE("one implied independence for each pair that can be separated by what is observed") {
  const Json chain = ask("dag { A -> B B -> C C -> D }", {"--implied"});
  CHECK(chain.at("implied").as_array().size() == 3);
  CHECK(list_text(chain.at("implied").as_array()[0].at("given")) == "B");
  const Json latent = ask("dag { U [latent] U -> A U -> B }", {"--implied"});
  CHECK(latent.at("implied").as_array().empty());
  CHECK(latent.at("inseparable_pairs").as_integer() == 1);
}

TEST_CASE("golden: class sizes of the seven-node example and of the chest clinic") {
  CHECK(ask("dag { 1 -> 2 2 -> 3 3 -> 4 5 -> 1 6 -> 5 6 -> 4 1 -> 7 }", {"--mec-size"}).at("mec_size").as_string() ==
        "6");
  CHECK(ask("dag { asia -> tub smoke -> lung smoke -> bronc tub -> either lung -> either either -> xray either -> dysp "
            "bronc -> dysp }",
            {"--mec-size"})
            .at("mec_size")
            .as_string() == "6");
}

TEST_CASE("questions that cannot be asked are refused with the right code") {
  const std::string path = folder().file("g.dagitty", kAdmg);
  CHECK(run_causal({"graph"}).exit_code == 2);
  CHECK(run_causal({"graph", path, "--separated", "A"}).exit_code == 2);
  CHECK(run_causal({"graph", path, "extra"}).exit_code == 2);
  CHECK(run_causal({"graph", path, "--ancestors", "Q"}).exit_code == 2);
  CHECK(run_causal({"graph", path, "--separated", "A", "A"}).exit_code == 2);
  CHECK(run_causal({"graph", path, "--mec-size"}).exit_code == 3);
  const ProcessResult text = run_causal({"graph", path, "-f", "txt"});
  CHECK(text.out == "admg, 4 nodes, 3 edges\n");
}
