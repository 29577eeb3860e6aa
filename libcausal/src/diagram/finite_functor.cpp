#include <algorithm>
#include <cmath>
#include <string>

#include "causal/diagram/functor.hpp"
#include "causal/diagram/normal_form.hpp"
#include "causal/run/error.hpp"

namespace causal {

namespace {

/// Values over ports, as tensor over the wires on these ports: where a wire stands on two ports, the diagonal.
Factor on_wires(const std::vector<VariableId>& ports, const std::vector<int>& cardinalities,
                const std::vector<double>& values) {
  std::vector<VariableId> scope;
  std::vector<int> wire_cardinalities;
  std::vector<std::size_t> strides, place;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto found = std::find(scope.begin(), scope.end(), ports[i]);
    place.push_back(static_cast<std::size_t>(found - scope.begin()));
    if (found != scope.end()) continue;
    scope.push_back(ports[i]);
    wire_cardinalities.push_back(cardinalities[i]);
  }
  if (scope.size() == ports.size()) return {std::move(scope), std::move(wire_cardinalities), values};
  strides.assign(scope.size(), 0);
  std::size_t stride = 1;
  for (std::size_t i = ports.size(); i-- > 0;) {
    strides[place[i]] += stride;
    stride *= static_cast<std::size_t>(cardinalities[i]);
  }
  const Factor shape = Factor::constant(scope, wire_cardinalities, 0.0);
  std::vector<double> diagonal(shape.size());
  for (std::size_t cell = 0; cell < diagonal.size(); ++cell) {
    const std::vector<int> digits = shape.assignment(cell);
    std::size_t source = 0;
    for (std::size_t i = 0; i < digits.size(); ++i) source += strides[i] * static_cast<std::size_t>(digits[i]);
    diagonal[cell] = values[source];
  }
  return {std::move(scope), std::move(wire_cardinalities), std::move(diagonal)};
}

std::vector<double> indicator(const BoxHead& head, int cardinality, Name type) {
  if (head.value < 0 || head.value >= cardinality || head.value != std::floor(head.value)) {
    throw InvalidArgument("FiniteFunctor", "value of type '" + type.text() + "'", std::to_string(head.value),
                          "one of 0.." + std::to_string(cardinality - 1));
  }
  std::vector<double> values(static_cast<std::size_t>(cardinality), 0.0);
  values[static_cast<std::size_t>(head.value)] = 1;
  return values;
}

std::vector<double> identity_values(const std::vector<int>& cardinalities) {
  std::size_t n = 1;
  for (const int c : cardinalities) n *= static_cast<std::size_t>(c);
  std::vector<double> values(n * n, 0.0);
  for (std::size_t i = 0; i < n; ++i) values[i * n + i] = 1;
  return values;
}

}  // namespace

void FiniteFunctor::set_type(Name type, int cardinality) {
  if (type.empty()) throw InvalidArgument("FiniteFunctor::set_type: a type needs a name");
  if (cardinality < 1) {
    throw InvalidArgument("FiniteFunctor::set_type", "cardinality of '" + type.text() + "'",
                          std::to_string(cardinality), "at least 1");
  }
  cardinalities_[type] = cardinality;
}

void FiniteFunctor::set_box(Name label, FiniteMap map) {
  if (label.empty()) throw InvalidArgument("FiniteFunctor::set_box: a box needs a label");
  maps_[label] = std::move(map);
}

int FiniteFunctor::cardinality(Name type) const {
  const auto found = cardinalities_.find(type);
  if (found == cardinalities_.end()) {
    throw InvalidArgument("FiniteFunctor", "type", "'" + type.text() + "'", "given a cardinality");
  }
  return found->second;
}

void FiniteFunctor::check(const BoxHead& head, const FiniteMap& map, const std::vector<int>& in,
                          const std::vector<int>& out) const {
  const std::string where = "FiniteFunctor: the matrix of '" + head.label.text() + "' ";
  if (map.in() != in || map.out() != out) throw InvalidArgument(where + "has not the shape of its box");
  if (possibilities_) return;
  if (!head.partial && map.column_defect() > 1e-12 * static_cast<double>(map.rows())) {
    throw InvalidArgument(where + "has a column that does not sum to 1 (by " + std::to_string(map.column_defect()) +
                          "); a box that may do so is flagged partial");
  }
  const bool sharp = std::ranges::all_of(map.values(), [](double v) { return v == 0 || v == 1; });
  bool single = true;
  for (std::size_t a = 0; a < map.columns(); ++a) {
    single = single && std::ranges::count_if(map.column(a), [](double v) { return v != 0; }) <= 1;
  }
  if (head.deterministic && !(sharp && single)) {
    throw InvalidArgument(where + "is no function, though the box is deterministic");
  }
}

Factor FiniteFunctor::tensor_of(const Diagram& diagram, BoxId box) const {
  const BoxHead& head = diagram.head(box);
  std::vector<VariableId> ports;
  std::vector<int> in, out;
  for (const WireId wire : diagram.in(box)) {
    ports.push_back(static_cast<VariableId>(wire));
    in.push_back(cardinality(diagram.type(wire)));
  }
  for (const WireId wire : diagram.out(box)) {
    ports.push_back(static_cast<VariableId>(wire));
    out.push_back(cardinality(diagram.type(wire)));
  }
  std::vector<int> all = in;
  all.insert(all.end(), out.begin(), out.end());
  switch (head.kind) {
    case BoxKind::Generator: {
      const auto found = maps_.find(head.label);
      if (found == maps_.end()) {
        throw InvalidArgument("FiniteFunctor", "box", "'" + head.label.text() + "'", "given a matrix");
      }
      check(head, found->second, in, out);
      return on_wires(ports, all, found->second.values());
    }
    case BoxKind::Identity:
      return on_wires(ports, all, identity_values(in));
    case BoxKind::Uniform: {
      double size = 1;
      for (const int c : out) size *= c;
      return Factor::constant(ports, all, possibilities_ ? 1.0 : 1.0 / size);
    }
    case BoxKind::Point:
    case BoxKind::Observe:
      return {ports, all, indicator(head, all[0], diagram.type(static_cast<WireId>(ports[0])))};
  }
  CAUSAL_ASSERT(false);
  return {};
}

TensorNetwork FiniteFunctor::network(const Diagram& diagram) const {
  TensorNetwork network;
  for (WireId wire = 0; wire < diagram.wires(); ++wire)
    network.cardinalities.push_back(cardinality(diagram.type(wire)));
  for (BoxId box = 0; box < diagram.boxes(); ++box) network.tensors.push_back(tensor_of(diagram, box));
  for (const WireId wire : diagram.dom()) network.open.push_back(static_cast<VariableId>(wire));
  for (const WireId wire : diagram.cod()) network.open.push_back(static_cast<VariableId>(wire));
  return network;
}

FiniteFunctor FiniteFunctor::possibility() const {
  FiniteFunctor result = *this;
  result.possibilities_ = true;
  for (auto& [label, map] : result.maps_) map = possible(map);
  return result;
}

DiagramEvaluation evaluate(const FiniteFunctor& functor, const Diagram& diagram, const ContractionOptions& options) {
  const Diagram pruned = prune(diagram);
  Contraction contraction = contract(functor.network(pruned), {}, options);
  DiagramEvaluation result{contraction.status, {}, contraction.exponent, std::move(contraction.plan)};
  if (contraction.value) result.map = as_map(*contraction.value, pruned.dom().size());
  return result;
}

FiniteMap possible(const FiniteMap& map) {
  std::vector<double> values = map.values();
  for (double& value : values) value = value > 0 ? 1 : 0;
  return {map.in(), map.out(), std::move(values)};
}

FiniteMap as_map(const Factor& table, std::size_t inputs) {
  if (inputs > table.scope().size()) {
    throw InvalidArgument("as_map", "inputs", std::to_string(inputs), "at most the number of variables");
  }
  const auto split = table.cardinalities().begin() + static_cast<std::ptrdiff_t>(inputs);
  return {{table.cardinalities().begin(), split}, {split, table.cardinalities().end()}, table.values()};
}

}  // namespace causal
