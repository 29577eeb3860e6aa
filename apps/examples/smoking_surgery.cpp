// Does smoking cause cancer? By surgery on a string diagram, without seeing the hidden cause of both; then by opening
// the diagram of a model in which the hidden cause is known. After Jacobs, Kissinger and Zanasi (2019).
#include <cmath>
#include <cstdio>
#include <fstream>

#include "causal/diagram/comb.hpp"
#include "causal/diagram/functor.hpp"
#include "causal/diagram/network.hpp"
#include "causal/diagram/normal_form.hpp"
#include "causal/diagram/surgery.hpp"
#include "causal/io/diagram_text.hpp"

using namespace causal;

int main(int argc, char** argv) {
  // s smoking, t tar, c cancer: s -> t -> c, and something hidden behind s and c.
  const Admg graph(MixedGraph({"s", "t", "c"}, {directed(0, 1), directed(1, 2), bidirected(0, 2)}));
  const Factor observed({0, 1, 2}, {2, 2, 2}, {.20, .02, .05, .10, .02, .01, .10, .50});  // P(s, t, c), 000 to 111

  const Diagram before = network_diagram(graph, {0, 1, 2});
  const Diagram after = cut(before, {"s"});
  std::printf("before surgery %zu boxes, after %zu; the same morphism: %s\n", before.boxes(), after.boxes(),
              equivalent(before, after) ? "yes" : "no");
  if (argc > 1) {
    const std::string folder = argv[1];
    std::ofstream(folder + "/smoking_before.dot") << io::write_dot(before);
    std::ofstream(folder + "/smoking_after.dot") << io::write_dot(after);
  }

  const Factor seen = observed.marginal(std::vector{0, 2});
  const auto naive = [&](int s) { return seen.slice(0, s).values()[1] / seen.slice(0, s).total(); };
  std::printf("among smokers      P(c=1 | s=1)    = %.10f, else %.10f\n", naive(1), naive(0));

  const auto found = find_comb(graph, graph.graph().id("s"), {graph.graph().id("c")});
  const auto& witness = std::get<CombWitness>(found);
  std::printf("comb: %zu teeth around s and c, %zu box in the hole\n", witness.teeth.size(), witness.g_boxes.size());
  const auto comb = std::get<CombDisintegration>(comb_disintegrate(observed, {0}, {1}, {2}));
  const double smoke = comb.effect.at(std::vector{1, 1}), abstain = comb.effect.at(std::vector{0, 1});
  std::printf("through the comb   P(c=1 | do s=1) = %.10f, do s=0 %.10f\n", smoke, abstain);
  std::printf("comb put together again: error %.1e\n", comb.reconstruction_error);

  // A model of the same table: the hidden cause decides s and how c answers to t = 0 and t = 1.
  const auto p = [&](int s, int t, int c) { return observed.at(std::vector{s, t, c}); };
  const auto st = [&](int s, int t) { return p(s, t, 0) + p(s, t, 1); };
  std::vector<double> hidden, s_box, t_box, c_box;
  for (int h = 0; h < 8; ++h) {
    const int s = h / 4, c0 = h / 2 % 2, c1 = h % 2;
    hidden.push_back((st(s, 0) + st(s, 1)) * p(s, 0, c0) / st(s, 0) * p(s, 1, c1) / st(s, 1));
    s_box.insert(s_box.end(), {1. - s, 1. * s});
  }
  for (int s = 0; s < 2; ++s) {
    for (int t = 0; t < 2; ++t) t_box.push_back(st(s, t) / (st(s, 0) + st(s, 1)));
  }
  for (int t = 0; t < 2; ++t) {
    for (int h = 0; h < 8; ++h) c_box.insert(c_box.end(), {1. - (t ? h % 2 : h / 2 % 2), 1. * (t ? h % 2 : h / 2 % 2)});
  }
  FiniteFunctor model;
  for (const char* name : {"s", "t", "c"}) model.set_type(name, 2);
  model.set_type("U(s,c)", 8);
  model.set_box("U(s,c)", FiniteMap({}, {8}, hidden));
  model.set_box("s", FiniteMap({8}, {2}, s_box));
  model.set_box("t", FiniteMap({2}, {2}, t_box));
  model.set_box("c", FiniteMap({2, 8}, {2}, c_box));
  const FiniteMap opened = *evaluate(model, open(network_diagram(graph, {2}), {"s"})).map;
  std::printf("with hidden cause  P(c=1 | do s=1) = %.10f, do s=0 %.10f\n", opened(1, 1), opened(1, 0));
  return std::abs(opened(1, 1) - smoke) < 1e-12 && std::abs(opened(1, 0) - abstain) < 1e-12 ? 0 : 1;
}
