// labels: unit golden
#include "causal/diagram/surgery.hpp"

#include <limits>

#include "causal/diagram/network.hpp"
#include "causal/diagram/normal_form.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "support/random_diagrams.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

const Admg& smoking() {
  static const Admg admg(MixedGraph({"s", "t", "c"}, {directed(0, 1), directed(1, 2), bidirected(0, 2)}));
  return admg;
}

/// A random half of the labels that occur.
std::vector<Name> some_labels(const Diagram& diagram, RandomStream& stream) {
  std::vector<Name> labels;
  for (BoxId b = 0; b < diagram.boxes(); ++b) {
    if (!diagram.head(b).label.empty() && stream.below(2) == 0) labels.push_back(diagram.head(b).label);
  }
  return labels;
}

std::vector<Name> joined(std::vector<Name> a, const std::vector<Name>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("cutting is a functor, and cuts compose to the cut of the union, on 200 random diagrams") {
  int changed = 0;
  for (std::uint32_t i = 0; i < 200; ++i) {
    RandomStream stream(21, RandomDomain::Test, i);
    const std::vector<Name> middle{"T0", "T1"};
    const Diagram f = test::random_diagram(stream, {.boxes = 8, .partial_chance = 0.1, .cod = middle});
    const Diagram g = test::random_diagram(stream, {.boxes = 8, .partial_chance = 0.1, .dom = middle});
    const Diagram fg = then(f, g), both = tensor(f, g);
    const std::vector<Name> x = some_labels(fg, stream), y = some_labels(fg, stream);
    // Even before normal forms: the same boxes on the same wires.
    CHECK(cut(fg, x) == then(cut(f, x), cut(g, x)));
    CHECK(cut(both, x) == tensor(cut(f, x), cut(g, x)));
    CHECK(cut(cut(fg, x), y) == cut(fg, joined(x, y)));
    CHECK(cut(cut(fg, x), x) == cut(fg, x));
    CHECK(cut(identity(middle), x) == identity(middle));
    CHECK(cut(copy(middle), x) == copy(middle));
    CHECK(cut(uniform(middle), x) == uniform(middle));
    // A functor respects equality: equal diagrams have equal cuts.
    CHECK(equivalent(cut(normal_form(fg), x), cut(fg, x)));
    changed += equivalent(cut(fg, x), fg) ? 0 : 1;
  }
  CHECK(changed > 50);
}

TEST_CASE("do and substitution are functors too") {
  for (std::uint32_t i = 0; i < 200; ++i) {
    RandomStream stream(22, RandomDomain::Test, i);
    const std::vector<Name> middle{"T0", "T1"};
    const Diagram f = test::random_diagram(stream, {.boxes = 6, .labels = 2, .cod = middle});
    const Diagram g = test::random_diagram(stream, {.boxes = 6, .labels = 2, .dom = middle});
    const Diagram fg = then(f, g);
    std::vector<Assignment> forced;
    for (BoxId b = 0; b < fg.boxes(); ++b) {
      if (!fg.head(b).label.empty() && fg.out(b).size() == 1 && stream.below(2) == 0) {
        forced.push_back({fg.head(b).label, 1});
      }
    }
    CHECK(do_surgery(fg, forced) == then(do_surgery(f, forced), do_surgery(g, forced)));
    CHECK(do_surgery(tensor(f, g), forced) == tensor(do_surgery(f, forced), do_surgery(g, forced)));
    CHECK(do_surgery(do_surgery(fg, forced), forced) == do_surgery(fg, forced));
    for (const Assignment& assignment : forced) {
      const BoxId box = fg.find(assignment.label)[0];
      const Diagram part = then(discard(fg.types_of(fg.in(box))), uniform(fg.types_of(fg.out(box))));
      CHECK(equivalent(substitute(fg, assignment.label, part), cut(fg, {assignment.label})));
    }
  }
}

TEST_CASE("cutting smoking leaves tar its cause and cancer the hidden one") {
  const Diagram joint = network_diagram(smoking(), {0, 1, 2});
  const Diagram severed = cut(joint, {"s"});
  CHECK(severed.boxes() == joint.boxes());
  // U(s,c) stays, as c reads it.
  CHECK(normal_form(severed).boxes() == 4);
  CHECK(normal_form(cut(joint, {"s", "c"})).boxes() == 3);
  CHECK(equivalent(cut(joint, {"no such box"}), joint));
  // Cutting is opening and then giving the uniform state.
  CHECK(equivalent(then(uniform({"s"}), open(joint, {"s"})), severed));
  CHECK(equivalent(then(generator(point_box(1), {}, {"s"}), open(joint, {"s"})), do_surgery(joint, {{"s", 1}})));
}

TEST_CASE("opening several boxes gives inputs in the order asked for") {
  const Diagram joint = network_diagram(smoking(), {2});
  CHECK(open(joint, {"t", "s"}).dom_types() == std::vector<Name>{"t", "s"});
  CHECK(equivalent(open(open(joint, {"t"}), {"s"}), open(joint, {"t", "s"})));
  CHECK_THROWS_AS(static_cast<void>(open(joint, {"x"})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(open(joint, {"t", "t"})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(open(tensor(joint, joint), {"t"})), InvalidArgument);
}

TEST_CASE("a soft intervention reads its new parents") {
  const Diagram joint = network_diagram(smoking(), {0, 1, 2});
  const Diagram changed = soft(joint, "t", channel_box("t'"), {"U(s,c)", "s"});
  const BoxId box = changed.find("t'").at(0);
  CHECK(changed.types_of(changed.in(box)) == std::vector<Name>{"U(s,c)", "s"});
  CHECK(changed.cod_types() == joint.cod_types());
  // A parent stored after the box is no cycle: the boxes are put in order again.
  const Diagram turned = soft(soft(joint, "c", channel_box("c"), {}), "s", channel_box("s"), {"c"});
  CHECK(turned.find("c").at(0) < turned.find("s").at(0));
  CHECK_THROWS_AS(static_cast<void>(soft(joint, "s", channel_box("s'"), {"c"})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(soft(joint, "s", channel_box("s'"), {"q"})), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(soft(joint, "q", channel_box("s'"), {})), InvalidArgument);
}

TEST_CASE("forcing a value asks for one output and a finite value; the last value counts") {
  const Diagram joint = network_diagram(smoking(), {0, 2});
  CHECK(equivalent(do_surgery(joint, {{"s", 0}, {"s", 1}}), do_surgery(joint, {{"s", 1}})));
  CHECK_THROWS_AS(static_cast<void>(do_surgery(joint, {{"s", std::numeric_limits<double>::quiet_NaN()}})),
                  InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(do_surgery(generator(channel_box("f"), {}, {"A", "B"}), {{"f", 0}})),
                  InvalidArgument);
}

TEST_CASE("an observed wire is read as its value by all but the observation") {
  const Diagram joint = network_diagram(smoking(), {0, 1, 2});
  const Diagram evidence = observe_output(joint, 0, 1);
  CHECK(evidence.cod_types() == std::vector<Name>{"t", "c"});
  const Diagram spread = propagate_observations(evidence);
  const BoxId t = spread.find("t").at(0);
  bool by_point = false;
  for (BoxId b = 0; b < spread.boxes(); ++b) {
    if (spread.head(b).kind == BoxKind::Point) by_point = by_point || spread.out(b)[0] == spread.in(t)[0];
  }
  CHECK(by_point);
  CHECK(equivalent(propagate_observations(spread), spread));
  CHECK_THROWS_AS(static_cast<void>(observe_output(joint, 3, 1)), InvalidArgument);
}
