// labels: unit
#include <cstring>

#include "causal/graph/random_graph.hpp"
#include "causal/io/scm_json.hpp"
#include "causal/run/error.hpp"
#include "causal/scm/counterfactual.hpp"
#include "support/json_schema.hpp"

#include <doctest/doctest.h>

using namespace causal;
using io::Json;

namespace {

const std::string kSchema = std::string(CAUSAL_SOURCE_DIR) + "/data/schemas/causal.scm.1.schema.json";

Scm mixed_model() {
  const Dag dag(
      MixedGraph({"u", "a", "b", "c", "d"}, {directed(0, 1), directed(0, 2), directed(1, 2), directed(3, 4)}));
  Eigen::MatrixXd R(2, 2);
  R << 1, 0.25, 0.25, 1;
  return {
      dag,
      {std::make_shared<DiscreteCpt>(std::vector<int>{}, 2, std::vector<double>{0.25, 0.75}),
       std::make_shared<DiscreteCpt>(std::vector<int>{2}, 3, std::vector<double>{0.5, 0.25, 0.25, 0, 1, 0}),
       std::make_shared<FunctionTable>(std::vector<int>{2, 3}, 2, std::vector<int>{0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1},
                                       Noise::categorical({0.1, 0.9})),
       std::make_shared<LinearMechanism>(std::vector<double>{}, 1.0, Noise::gaussian(2)),
       std::make_shared<LinearMechanism>(std::vector<double>{0.1}, 0.0, Noise::gaussian(1.0 / 3, 2))},
      {.levels = {{"no", "yes"}, {"x", "y", "z"}, {"0", "1"}, {}, {}}, .latent = {0}, .blocks = {{{3, 4}, R}}}};
}

// A discrete model by hand, `parents` of c in the order given.
Json collider(const char* first, const char* second, const char* rows) {
  return Json::parse(std::string(R"({"schema": "causal.scm/1", "nodes": [
    {"name": "c", "levels": ["0", "1"], "parents": [")") +
                     first + R"(", ")" + second + R"("], "mechanism": {"kind": "table", "probabilities": )" + rows +
                     R"(}},
    {"name": "a", "levels": ["0", "1"], "mechanism": {"kind": "table", "probabilities": [[0.5, 0.5]]}},
    {"name": "b", "levels": ["0", "1"], "mechanism": {"kind": "constant", "value": "1"}}]})");
}

}  // namespace

TEST_CASE("a model comes back from its file with the same samples, and the file keeps to the schema") {
  const auto schema = test::JsonSchema::from_file(kSchema);
  for (const Scm& model : {mixed_model(), intervene(mixed_model(), {Hard{1, 2}, Hard{3, 0.1}}),
                           Scm::linear(LinearSem::random(random_dag_er(8, 3, 1), {.noise = NoiseLaw::Laplace}, 1))}) {
    const Json json = io::scm_to_json(model);
    CHECK(schema.violation(json) == "");
    const Scm back = io::scm_from_json(Json::parse(json.dump(2)));
    CHECK(back.dag() == model.dag());
    CHECK(back.latent() == model.latent());
    CHECK(io::scm_to_json(back) == json);
    if (model.has_fresh_noise(1)) continue;  // then the streams differ
    CHECK(back.sample_values(500) == model.sample_values(500));
  }
}

TEST_CASE("parents may be listed in any order") {
  const Scm one = io::scm_from_json(collider("a", "b", "[[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.4, 0.6]]"));
  const Scm other = io::scm_from_json(collider("b", "a", "[[0.1, 0.9], [0.3, 0.7], [0.2, 0.8], [0.4, 0.6]]"));
  CHECK(one.table(0) == other.table(0));
  CHECK(test::JsonSchema::from_file(kSchema).violation(collider("b", "a", "[[1, 0]]")) == "");
}

TEST_CASE("a callable cannot be written, and the error names its node") {
  const Dag dag(MixedGraph({"x", "smoke"}, {directed(0, 1)}));
  const Scm model(dag, {std::make_shared<ConstantMechanism>(1), deterministic(1, [](auto pa) { return pa[0]; })});
  CHECK_THROWS_WITH_AS((void)io::scm_to_json(model), doctest::Contains("'smoke'"), InvalidArgument);
}

TEST_CASE("files that hold no model are refused with the place") {
  const auto refuses = [](const Json& json, const char* place) {
    CAPTURE(place);
    try {
      (void)io::scm_from_json(json);
      FAIL("accepted");
    } catch (const DataError& error) {
      CHECK(error.where().find(place) != std::string::npos);
    }
  };
  const auto parse = [](const char* text) { return Json::parse(text); };
  refuses(parse(R"({"schema": "causal.scm/2", "nodes": []})"), "schema");
  refuses(parse(R"({"schema": "causal.scm/1"})"), "");
  refuses(collider("a", "z", "[[1, 0]]"), "nodes[0].parents[1]");
  refuses(collider("a", "a", "[[1, 0]]"), "nodes[0].parents[1]");
  refuses(collider("a", "b", "[[1, 0]]"), "nodes[0].mechanism.probabilities");
  refuses(collider("a", "b", "[[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.4, 0.5]]"), "nodes[0].mechanism");
  refuses(collider("a", "b", "[[0.1, 0.9], [0.2, 0.8], [0.3, 0.7], [0.4]]"), "nodes[0].mechanism.probabilities[3]");
  refuses(parse(R"({"schema": "causal.scm/1", "nodes": [{"name": "x", "mechanism": {"kind": "magic"}}]})"),
          "nodes[0].mechanism.kind");
  refuses(parse(R"({"schema": "causal.scm/1", "nodes": [{"name": "x", "mechanism":
             {"kind": "linear", "coefficients": [], "noise": {"law": "gaussian", "sd": -1}}}]})"),
          "nodes[0].mechanism");
  refuses(
      parse(
          R"({"schema": "causal.scm/1", "nodes": [{"name": "x", "mechanism": {"kind": "linear", "coefficients": [1]}}]})"),
      "nodes[0].mechanism.coefficients");
  CHECK_THROWS_AS((void)io::scm_from_json(parse(R"({"schema": "causal.scm/1", "nodes": [
    {"name": "x", "parents": ["y"], "mechanism": {"kind": "linear", "coefficients": [1]}},
    {"name": "y", "parents": ["x"], "mechanism": {"kind": "linear", "coefficients": [1]}}]})")),
                  GraphError);
}
