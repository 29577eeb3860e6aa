// labels: unit
#include "causal/io/diagram_json.hpp"

#include <algorithm>
#include <string>

#include "causal/diagram/network.hpp"
#include "causal/diagram/normal_form.hpp"
#include "causal/diagram/surgery.hpp"
#include "causal/io/diagram_text.hpp"
#include "causal/run/error.hpp"
#include "support/json_schema.hpp"
#include "support/random_diagrams.hpp"
#include "support/smoking.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

std::string complaint(const std::string& text) {
  try {
    (void)io::diagram_from_json(io::Json::parse(text));
  } catch (const DataError& error) {
    return error.where() + ": " + error.message();
  }
  return "";
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

}  // namespace

TEST_CASE("a diagram comes back from JSON wire for wire and conforms to the schema") {
  const auto schema =
      test::JsonSchema::from_file(std::string(CAUSAL_SOURCE_DIR) + "/data/schemas/causal.diagram.1.schema.json");
  for (std::uint32_t i = 0; i < 500; ++i) {
    RandomStream stream(71, RandomDomain::Test, i);
    Diagram diagram = test::random_diagram(stream, {.boxes = 6, .partial_chance = 0.2});
    if (!diagram.cod().empty()) diagram = observe_output(diagram, 0, 1);
    const io::Json json = io::diagram_to_json(diagram);
    CHECK(schema.violation(json) == "");
    const Diagram again = io::diagram_from_json(io::Json::parse(json.dump(2)));
    CHECK(again == diagram);
    // Boxes in another order make the same morphism.
    io::Json::Object members = json.as_object();
    io::Json::Array boxes = members[2].second.as_array();
    std::reverse(boxes.begin(), boxes.end());
    members[2].second = boxes;
    CHECK(equivalent(io::diagram_from_json(members), diagram));
  }
}

TEST_CASE("flags and values that follow from the kind may be left out") {
  const Diagram read = io::diagram_from_json(io::Json::parse(
      R"({"schema":"causal.diagram/1","types":["A","B"],"boxes":[{"kind":"point","value":1,"in":[],"out":[0]},)"
      R"({"label":"f","in":[0],"out":[1]},{"kind":"observe","in":[0],"out":[]}],"dom":[],"cod":[1,1],"note":"x"})"));
  CHECK(read.head(0) == point_box(1));
  CHECK(read.head(1) == channel_box("f"));
  CHECK(read.head(2) == observe_box(0));
}

TEST_CASE("JSON that is no diagram is refused with the place and the rule") {
  const auto document = [](const std::string& types, const std::string& boxes, const std::string& rest) {
    return R"({"schema":"causal.diagram/1","types":)" + types + R"(,"boxes":)" + boxes + rest + "}";
  };
  const std::string ends = R"(,"dom":[0],"cod":[0])";
  CHECK(complaint(document(R"(["A"])", "[]", ends)) == "");
  CHECK(complaint(R"({"schema":"causal.graph/1"})") == "schema: must be causal.diagram/1");
  CHECK(complaint(document(R"(["A"])", "[]", R"(,"dom":[1],"cod":[])")).substr(0, 7) == "dom[0]:");
  CHECK(complaint(document(R"(["A"])", R"([{"label":"f","kind":"spider","in":[],"out":[]}])", ends)).substr(0, 14) ==
        "boxes[0].kind:");
  CHECK(complaint(document(R"(["A"])", R"([{"label":"f","in":[],"out":[0]}])", ends)) ==
        "the document: wire 0 has two producers");
  CHECK(complaint(document(R"(["A"])", R"([{"label":"","in":[0],"out":[]}])", ends)) ==
        "the document: box 0: a generator needs a label");
  CHECK(complaint(document(R"([])", R"([{"label":"f","in":[0],"out":[]}])", R"(,"dom":[],"cod":[])")) ==
        "boxes[0].in[0]: there are no wires to refer to");
  CHECK(complaint(document(R"(["A"])", R"([{"kind":"observe","value":null,"in":[0],"out":[]}])", ends)) == "");
}

TEST_CASE("a drawing has every box, copy, discard and uniform state") {
  const Diagram joint = network_diagram(test::smoking_graph(), {0, 1, 2});
  const std::string before = io::write_dot(joint);
  for (const char* name : {">U(s,c)<", ">s<", ">t<", ">c<"}) CHECK(count(before, name) >= 1);
  CHECK(count(before, "shape=point") == 3);  // U, s and t are read twice
  CHECK(count(before, "bgcolor") == 0);
  const std::string after = io::write_dot(cut(joint, {"s"}));
  CHECK(count(after, "bgcolor") == 3);  // one uniform state of three bars
  const std::string unread = io::write_dot(discard({"A"}));
  CHECK(count(unread, "bgcolor") == 3);
  CHECK(count(io::write_dot(observe_output(joint, 0, 1)), "shape=triangle") == 1);
  CHECK(count(io::write_dot(do_surgery(joint, {{"s", 1}})), "shape=invtriangle, margin=0.02, label=\"1\"") == 1);
  CHECK(count(io::write_dot(generator(channel_box("a<b&\"c\n"), {}, {"A"})), "a&lt;b&amp;&quot;c\\x0a") == 1);

  const std::string tikz = io::write_tikz(cut(joint, {"s"}));
  CHECK(count(tikz, "\\pic[yscale=-1]") == 1);
  CHECK(count(tikz, "circle (0.05)") == 2);
  CHECK(count(tikz, "\\begin{tikzpicture}") == count(tikz, "\\end{tikzpicture}"));
  CHECK(count(io::write_tikz(generator(channel_box("50%_{x}"), {}, {"A"})), "50\\%\\_\\{x\\}") == 1);
}
