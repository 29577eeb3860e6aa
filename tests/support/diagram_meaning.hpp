#pragma once
// The meaning of small diagrams by trying every assignment of values to wires, and random meanings to test with.

#include <cmath>
#include <string>
#include <vector>

#include "causal/diagram/functor.hpp"
#include "causal/run/random.hpp"
#include "support/golden_model.hpp"

namespace causal::test {

/// Sum over all wires of the product of all tensors, by definition.
inline FiniteMap meaning_by_enumeration(const FiniteFunctor& functor, const Diagram& diagram) {
  const TensorNetwork network = functor.network(diagram);
  std::vector<int> in, out;
  for (const WireId wire : diagram.dom()) in.push_back(functor.cardinality(diagram.type(wire)));
  for (const WireId wire : diagram.cod()) out.push_back(functor.cardinality(diagram.type(wire)));
  std::size_t cells = 1, assignments = 1;
  for (const VariableId open : network.open) cells *= static_cast<std::size_t>(network.cardinalities[slot(open)]);
  for (const int c : network.cardinalities) assignments *= static_cast<std::size_t>(c);
  std::vector<double> values(cells, 0.0);
  std::vector<int> digits(network.cardinalities.size(), 0);
  for (std::size_t i = 0; i < assignments; ++i) {
    std::size_t rest = i, cell = 0;
    for (std::size_t w = 0; w < digits.size(); ++w) {
      digits[w] = static_cast<int>(rest % static_cast<std::size_t>(network.cardinalities[w]));
      rest /= static_cast<std::size_t>(network.cardinalities[w]);
    }
    double term = 1;
    for (const Factor& tensor : network.tensors) {
      std::vector<int> own;
      for (const VariableId wire : tensor.scope()) own.push_back(digits[slot(wire)]);
      term *= tensor.at(own);
    }
    for (const VariableId open : network.open) {
      cell = cell * static_cast<std::size_t>(network.cardinalities[slot(open)]) +
             static_cast<std::size_t>(digits[slot(open)]);
    }
    values[cell] += term;
  }
  return {in, out, values};
}

/// Random cardinalities 2 or 3 and random matrices for all that stands in the diagram: functions for deterministic
/// boxes, masses below 1 for partial ones.
inline void give_random_meaning(FiniteFunctor& functor, const Diagram& diagram, std::uint64_t seed) {
  const auto key = [](Name name) {  // a name means the same in every diagram
    std::uint32_t hash = 7;
    for (const char c : name.text()) hash = hash * 31 + static_cast<unsigned char>(c);
    return hash;
  };
  for (WireId wire = 0; wire < diagram.wires(); ++wire) {
    RandomStream stream(seed, RandomDomain::Test, key(diagram.type(wire)), 1);
    functor.set_type(diagram.type(wire), 2 + static_cast<int>(stream.below(2)));
  }
  for (BoxId box = 0; box < diagram.boxes(); ++box) {
    const BoxHead& head = diagram.head(box);
    if (head.kind != BoxKind::Generator) continue;
    RandomStream stream(seed, RandomDomain::Test, key(head.label), 2);
    std::vector<int> in, out;
    std::size_t columns = 1, rows = 1;
    for (const WireId wire : diagram.in(box)) {
      in.push_back(functor.cardinality(diagram.type(wire)));
      columns *= static_cast<std::size_t>(in.back());
    }
    for (const WireId wire : diagram.out(box)) {
      out.push_back(functor.cardinality(diagram.type(wire)));
      rows *= static_cast<std::size_t>(out.back());
    }
    std::vector<double> values(columns * rows, 0.0);
    for (std::size_t a = 0; a < columns; ++a) {
      if (head.deterministic) {
        const std::uint64_t choices = rows + (head.partial ? 1 : 0);
        const std::uint64_t b = stream.below(choices);
        if (b < rows) values[a * rows + b] = 1;
        continue;
      }
      double sum = 0;
      for (std::size_t b = 0; b < rows; ++b) sum += values[a * rows + b] = stream.uniform();
      for (std::size_t b = 0; b < rows; ++b) values[a * rows + b] /= head.partial ? sum * 1.5 : sum;
    }
    functor.set_box(head.label, FiniteMap(in, out, values));
  }
}

/// The golden model as a functor: boxes of network_diagram(admg) by name.
inline FiniteFunctor functor_of(const GoldenModel& model) {
  FiniteFunctor functor;
  const Dag& dag = model.structure().dag;
  for (NodeId v = 0; v < dag.n(); ++v) {
    functor.set_type(dag.graph().name(v), 2);
    std::vector<VariableId> scope(dag.parents(v).begin(), dag.parents(v).end());
    scope.push_back(v);
    const Factor mechanism = model.mechanism(v).permuted(scope);
    functor.set_box(dag.graph().name(v),
                    FiniteMap(std::vector<int>(dag.parents(v).size(), 2), {2}, mechanism.values()));
  }
  return functor;
}

inline double max_difference(const FiniteMap& a, const FiniteMap& b) {
  if (a.in() != b.in() || a.out() != b.out()) return 1e300;
  double worst = 0;
  for (std::size_t i = 0; i < a.values().size(); ++i) worst = std::max(worst, std::abs(a.values()[i] - b.values()[i]));
  return worst;
}

}  // namespace causal::test
