// labels: unit golden oracle
#include "causal/diagram/normal_form.hpp"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include "causal/run/random.hpp"
#include "support/random_diagrams.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

Diagram box(const BoxHead& head, const std::vector<Name>& dom, const std::vector<Name>& cod) {
  return generator(head, dom, cod);
}

BoxHead effect(const char* label) { return {.label = label, .partial = true}; }

/// One input port reads another wire of the same type, where that makes no cycle.
Diagram with_one_port_moved(const Diagram& diagram, RandomStream& stream) {
  DiagramParts parts = diagram.parts();
  auto& in = parts.boxes[stream.below(parts.boxes.size())].in;
  if (in.empty()) return diagram;
  in[stream.below(in.size())] = static_cast<WireId>(stream.below(diagram.wires()));
  return violation(parts) ? diagram : Diagram(parts);
}

}  // namespace

TEST_CASE("what is discarded goes, uniform states split, deterministic boxes merge") {
  const Diagram f = box(channel_box("f"), {"A"}, {"B"});
  CHECK(equivalent(then(f, discard({"B"})), discard({"A"})));
  CHECK(normal_form(then(f, discard({"B"}))).boxes() == 0);
  CHECK(equivalent(then(copy({"A"}), tensor(discard({"A"}), identity({"A"}))), identity({"A"})));
  CHECK(equivalent(then(copy({"A"}), swap({"A"}, {"A"})), copy({"A"})));
  CHECK(equivalent(uniform({"A", "B"}), tensor(uniform({"A"}), uniform({"B"}))));
  CHECK(equivalent(uniform({}), Diagram()));
  CHECK(equivalent(then(uniform({"A"}), discard({"A"})), Diagram()));

  const auto twice = [](const Diagram& g) { return then(copy({"A"}), tensor(g, g)); };
  const Diagram function = box(function_box("f"), {"A"}, {"B"});
  CHECK_FALSE(equivalent(twice(f), then(f, copy({"B"}))));
  CHECK(equivalent(twice(function), then(function, copy({"B"}))));
  CHECK_FALSE(equivalent(twice(function), then(function, copy({"B"})), {.merge_deterministic = false}));
}

TEST_CASE("merging goes on through boxes that become equal") {
  const Diagram f = box(function_box("f"), {"A"}, {"B"}), g = box(function_box("g"), {"B"}, {"C"});
  const Diagram chain = then(f, g);
  const Diagram twice = then(copy({"A"}), tensor(chain, chain));
  CHECK(normal_form(twice).boxes() == 2);
  CHECK(equivalent(twice, then(chain, copy({"C"}))));
}

TEST_CASE("identity boxes are folded") {
  const Diagram wire = box({{}, BoxKind::Identity}, {"A", "B"}, {"A", "B"});
  CHECK(normal_form(wire) == identity({"A", "B"}));
}

TEST_CASE("a partial box stays when nothing reads it") {
  const Diagram score = box(effect("score"), {"A"}, {});
  CHECK(normal_form(score).boxes() == 1);
  CHECK_FALSE(equivalent(score, discard({"A"})));
  CHECK_FALSE(equivalent(score, box(effect("other"), {"A"}, {})));
}

TEST_CASE("labels, types, flags, values, port order and output order tell diagrams apart") {
  const Diagram f = box(channel_box("f"), {"A", "A"}, {"B"});
  CHECK_FALSE(equivalent(f, box(channel_box("g"), {"A", "A"}, {"B"})));
  CHECK_FALSE(equivalent(f, box(channel_box("f"), {"A", "A"}, {"C"})));
  CHECK_FALSE(equivalent(f, box(function_box("f"), {"A", "A"}, {"B"})));
  CHECK_FALSE(equivalent(f, then(swap({"A"}, {"A"}), f)));
  CHECK_FALSE(equivalent(discard({"A"}), discard({"B"})));
  CHECK_FALSE(equivalent(box(point_box(0), {}, {"A"}), box(point_box(1), {}, {"A"})));
  CHECK(equivalent(box(point_box(0.0), {}, {"A"}), box(point_box(-0.0), {}, {"A"})));
  const Diagram two = tensor(box(channel_box("p"), {}, {"A"}), box(channel_box("q"), {}, {"A"}));
  CHECK_FALSE(equivalent(two, then(two, swap({"A"}, {"A"}))));
  CHECK(equivalent(
      two, then(tensor(box(channel_box("q"), {}, {"A"}), box(channel_box("p"), {}, {"A"})), swap({"A"}, {"A"}))));
}

TEST_CASE("names that run together do not make forms equal") {
  CHECK_FALSE(equivalent(tensor(discard({"ab"}), discard({"c"})), tensor(discard({"a"}), discard({"bc"}))));
  CHECK_FALSE(equivalent(box(effect("f"), {"A"}, {}), box(effect("fA"), {"A"}, {})));
}

TEST_CASE("the form does not depend on the order in which boxes and wires are stored") {
  for (std::uint32_t i = 0; i < 2000; ++i) {
    RandomStream stream(11, RandomDomain::Test, i);
    const Diagram diagram = test::random_diagram(
        stream, {.boxes = 1 + static_cast<int>(stream.below(9)), .partial_chance = i % 2 == 0 ? 0.0 : 0.5});
    const Diagram other = test::shuffled(diagram, stream);
    CHECK(canonical_form(diagram) == canonical_form(other));
    CHECK(canonical_form(normal_form(diagram)) == canonical_form(diagram));
  }
}

TEST_CASE("forms are equal exactly when some renumbering makes the normal forms equal") {
  int equal = 0, unequal = 0;
  for (std::uint32_t i = 0; i < 3000; ++i) {
    RandomStream stream(12, RandomDomain::Test, i);
    // Few names, and a pair that differs in one port at most.
    const Diagram a =
        test::random_diagram(stream, {.boxes = 6, .inputs = 1, .labels = 1, .types = 1, .partial_chance = 0.7});
    const Diagram b = test::shuffled(with_one_port_moved(a, stream), stream);
    const bool same = test::isomorphic_by_enumeration(normal_form(a), normal_form(b));
    CHECK(equivalent(a, b) == same);
    (same ? equal : unequal) += 1;
  }
  CHECK(equal > 100);
  CHECK(unequal > 100);
}

TEST_CASE("closed parts that look alike are placed without trying every order") {
  // 40 equal closed parts, each a state read by two equal effects: 80! orders of the ends.
  const Diagram state = box(channel_box("p"), {}, {"A"}), score = box(effect("e"), {"A"}, {});
  const Diagram part = then(state, then(copy({"A"}), tensor(score, score)));
  Diagram many;
  for (int i = 0; i < 40; ++i) many = tensor(many, part);
  CHECK(canonical_form(many) == canonical_form(tensor(many, Diagram())));
  CHECK_FALSE(equivalent(many, tensor(many, part)));
}
