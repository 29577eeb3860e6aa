#pragma once
// Smoking, tar and cancer: a joint distribution, its graph, and a model with a hidden cause that gives it.

#include <vector>

#include "causal/diagram/functor.hpp"
#include "causal/graph/admg.hpp"

namespace causal::test {

/// s -> t -> c with a hidden cause of s and c. Ids: s 0, t 1, c 2.
inline Admg smoking_graph() {
  return Admg(MixedGraph({"s", "t", "c"}, {directed(0, 1), directed(1, 2), bidirected(0, 2)}));
}

/// P(s, t, c), cells 000, 001, ..., 111. Source: Jacobs, Kissinger, Zanasi 2019, with 1 for yes.
inline Factor smoking_joint() { return {{0, 1, 2}, {2, 2, 2}, {0.20, 0.02, 0.05, 0.10, 0.02, 0.01, 0.10, 0.50}}; }

/// Matrices for the diagram of smoking_graph(): the hidden cause holds s and how c answers to each t, value
/// 4 s + 2 c(t=0) + c(t=1), as independent as the joint allows. By construction it gives smoking_joint().
inline FiniteFunctor smoking_model() {
  const Factor joint = smoking_joint();
  const auto p = [&](int s, int t, int c) { return joint.at(std::vector{s, t, c}); };
  const auto ps = [&](int s) { return p(s, 0, 0) + p(s, 0, 1) + p(s, 1, 0) + p(s, 1, 1); };
  const auto pst = [&](int s, int t) { return p(s, t, 0) + p(s, t, 1); };
  std::vector<double> hidden, smokes, answers;
  for (int s = 0; s < 2; ++s) {
    for (int c0 = 0; c0 < 2; ++c0) {
      for (int c1 = 0; c1 < 2; ++c1) {
        hidden.push_back(ps(s) * p(s, 0, c0) / pst(s, 0) * p(s, 1, c1) / pst(s, 1));
        smokes.insert(smokes.end(), {1.0 - s, 1.0 * s});
      }
    }
  }
  for (int t = 0; t < 2; ++t) {
    for (int h = 0; h < 8; ++h) {
      const int c = t == 0 ? h / 2 % 2 : h % 2;
      answers.insert(answers.end(), {1.0 - c, 1.0 * c});
    }
  }
  FiniteFunctor functor;
  for (const char* name : {"s", "t", "c"}) functor.set_type(name, 2);
  functor.set_type("U(s,c)", 8);
  functor.set_box("U(s,c)", FiniteMap({}, {8}, hidden));
  functor.set_box("s", FiniteMap({8}, {2}, smokes));
  functor.set_box("t",
                  FiniteMap({2}, {2}, {pst(0, 0) / ps(0), pst(0, 1) / ps(0), pst(1, 0) / ps(1), pst(1, 1) / ps(1)}));
  functor.set_box("c", FiniteMap({2, 8}, {2}, answers));
  return functor;
}

}  // namespace causal::test
