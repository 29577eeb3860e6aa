// labels: unit golden
#include "causal/diagram/diagram.hpp"

#include <string>

#include "causal/diagram/network.hpp"
#include "causal/diagram/normal_form.hpp"
#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

Diagram channel(const char* label, const std::vector<Name>& dom, const std::vector<Name>& cod) {
  return generator(channel_box(label), dom, cod);
}

}  // namespace

TEST_CASE("names are equal exactly when their texts are") {
  CHECK(Name("smoking") == Name(std::string("smoking")));
  CHECK(Name("smoking") != Name("tar"));
  CHECK(Name("tar").text() == "tar");
  CHECK(Name() == Name(""));
}

TEST_CASE("composition joins outputs to inputs and refuses what does not fit") {
  const Diagram f = channel("f", {"A"}, {"B", "C"});
  const Diagram g = channel("g", {"B", "C"}, {"D"});
  const Diagram fg = then(f, g);
  CHECK(fg.boxes() == 2);
  CHECK(fg.wires() == 4);
  CHECK(fg.ports() == 6);
  CHECK(fg.dom_types() == std::vector<Name>{"A"});
  CHECK(fg.cod_types() == std::vector<Name>{"D"});
  CHECK(std::vector<WireId>(fg.in(1).begin(), fg.in(1).end()) ==
        std::vector<WireId>(fg.out(0).begin(), fg.out(0).end()));
  CHECK_THROWS_WITH_AS(static_cast<void>(then(g, f)), "then: the first diagram gives D, the second takes A",
                       InvalidArgument);
  const Diagram both = tensor(f, g);
  CHECK(both.dom_types() == std::vector<Name>{"A", "B", "C"});
  CHECK(both.cod_types() == std::vector<Name>{"B", "C", "D"});
}

TEST_CASE("the laws of copying, discarding and swapping hold by representation") {
  const std::vector<Name> a{"A"}, b{"B"}, ab{"A", "B"};
  // copy then discard one side is the identity; copies commute and associate
  CHECK(then(copy(a), tensor(discard(a), identity(a))) == identity(a));
  CHECK(then(copy(a), tensor(identity(a), discard(a))) == identity(a));
  CHECK(then(copy(a), swap(a, a)) == copy(a));
  CHECK(then(copy(a), tensor(copy(a), identity(a))) == then(copy(a), tensor(identity(a), copy(a))));
  CHECK(then(copy(a), tensor(copy(a), identity(a))) == copy(a, 3));
  // compatible with products
  const Diagram middle = tensor(identity(a), tensor(swap(a, b), identity(b)));
  CHECK(then(tensor(copy(a), copy(b)), middle) == copy(ab));
  CHECK(equivalent(tensor(discard(a), discard(b)), discard(ab)));
  CHECK(copy({}) == Diagram());
  CHECK(then(swap(a, b), swap(b, a)) == identity(ab));
  // naturality of the swap, interchange, units
  const Diagram f = channel("f", {"A"}, {"C"}), g = channel("g", {"B"}, {"D"});
  CHECK(equivalent(then(tensor(f, g), swap({"C"}, {"D"})), then(swap(a, b), tensor(g, f))));
  CHECK(equivalent(then(tensor(f, identity(b)), tensor(identity({"C"}), g)), tensor(f, g)));
  CHECK(equivalent(then(tensor(identity(a), g), tensor(f, identity({"D"}))), tensor(f, g)));
  CHECK(then(identity(a), f) == f);
  CHECK(tensor(Diagram(), f) == f);
}

TEST_CASE("parts that break a rule are refused by name") {
  DiagramParts good{{"A", "B"}, {{channel_box("f"), {0}, {1}}}, {0}, {1, 1}};
  REQUIRE_FALSE(violation(good));
  CHECK(Diagram(good).boxes() == 1);
  const auto wrong = [&](auto change) {
    DiagramParts parts = good;
    change(parts);
    const auto text = violation(parts);
    REQUIRE(text);
    CHECK_THROWS_AS(Diagram{parts}, InvalidArgument);
    return *text;
  };
  CHECK(wrong([](DiagramParts& p) { p.dom = {0, 0}; }) == "wire 0 has two producers");
  CHECK(wrong([](DiagramParts& p) { p.dom = {0, 1}; }) == "wire 1 has two producers");
  CHECK(wrong([](DiagramParts& p) { p.dom = {}; }) == "wire 0 has no producer");
  CHECK(wrong([](DiagramParts& p) { p.cod = {7}; }) == "wire 7 does not exist");
  CHECK(wrong([](DiagramParts& p) { p.boxes[0].in = {9}; }) == "wire 9 does not exist");
  CHECK(wrong([](DiagramParts& p) { p.boxes[0].in = {1}; }) == "box 0 'f' is on or behind a cycle of boxes");
  CHECK(wrong([](DiagramParts& p) { p.boxes[0].head.label = {}; }) == "box 0: a generator needs a label");
  CHECK(wrong([](DiagramParts& p) {
          p.boxes[0].head = {{}, BoxKind::Identity};
        }) == "box 0: an identity keeps the types");
  CHECK(wrong([](DiagramParts& p) { p.boxes[0].head = uniform_box(); }) ==
        "box 0: a uniform state has no inputs and no flags");
  CHECK(wrong([](DiagramParts& p) {
          p.boxes[0].head = {{}, static_cast<BoxKind>(200)};
        }) == "box 0: it is of no known kind");
}

TEST_CASE("boxes given in any order are stored after those that feed them") {
  const DiagramParts parts{{"A", "B", "C"}, {{channel_box("g"), {1}, {2}}, {channel_box("f"), {0}, {1}}}, {0}, {2}};
  const Diagram diagram(parts);
  CHECK(diagram.head(0).label == "f");
  CHECK(diagram.head(1).label == "g");
  CHECK(Diagram(diagram.parts()) == diagram);
}

TEST_CASE("the builder refuses wires that are not there") {
  DiagramBuilder builder;
  const WireId a = builder.input("A");
  CHECK_THROWS_AS(builder.box(channel_box("f"), {a + 1}, {"B"}), InvalidArgument);
  CHECK_THROWS_AS(builder.output(a + 1), InvalidArgument);
  CHECK_THROWS_AS(builder.box(observe_box(1), {a}, {"B"}), InvalidArgument);
  CHECK_THROWS_AS(builder.append(generator(channel_box("f"), {"B"}, {}), std::vector<WireId>{a}), InvalidArgument);
  CHECK(builder.build().wires() == 1);
  CHECK(builder.build().wires() == 0);
}

TEST_CASE("the diagram of a graph has one box per node, which reads the parents in order") {
  // H -> S, H -> C, S -> T -> C with H hidden
  const Admg admg(MixedGraph({"s", "t", "c"}, {directed(0, 1), directed(1, 2), bidirected(0, 2)}));
  const Diagram joint = network_diagram(admg, {0, 1, 2});
  CHECK(joint.boxes() == 4);
  CHECK(joint.dom().empty());
  CHECK(joint.cod_types() == std::vector<Name>{"s", "t", "c"});
  const BoxId c = joint.find("c").at(0);
  CHECK(joint.types_of(joint.in(c)) == std::vector<Name>{"t", "U(s,c)"});

  const Diagram open_at_t = network_diagram(admg, {2}, {1});
  CHECK(open_at_t.dom_types() == std::vector<Name>{"t"});
  CHECK(open_at_t.find("t").empty());
  CHECK_THROWS_AS(static_cast<void>(network_diagram(admg, {0, 0})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(network_diagram(admg, {3})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(network_diagram(admg, {-1})), InvalidArgument);
}
