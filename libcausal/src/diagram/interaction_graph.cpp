#include "interaction_graph.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "causal/run/error.hpp"

namespace causal::detail {

namespace {

void check_tensor(const TensorNetwork& network, const Factor& tensor) {
  for (std::size_t i = 0; i < tensor.scope().size(); ++i) {
    const VariableId index = tensor.scope()[i];
    if (at(index) >= network.cardinalities.size()) {
      throw InvalidArgument("TensorNetwork", "index of a tensor", std::to_string(index),
                            "below the number of indices, " + std::to_string(network.cardinalities.size()));
    }
    if (tensor.cardinalities()[i] != network.cardinalities[at(index)]) {
      throw InvalidArgument("TensorNetwork", "cardinality of index " + std::to_string(index) + " in a tensor",
                            std::to_string(tensor.cardinalities()[i]),
                            "that of the network, " + std::to_string(network.cardinalities[at(index)]));
    }
  }
}

void check_index(const TensorNetwork& network, const char* what, VariableId index) {
  if (index < 0 || at(index) >= network.cardinalities.size()) {
    throw InvalidArgument(
        "TensorNetwork", what, std::to_string(index),
        "an index of the network, of which there are " + std::to_string(network.cardinalities.size()));
  }
}

}  // namespace

IndexRoles index_roles(const TensorNetwork& network, const Evidence& evidence) {
  for (const int cardinality : network.cardinalities) {
    if (cardinality < 1) throw InvalidArgument("TensorNetwork", "cardinality", std::to_string(cardinality), "positive");
  }
  for (const Factor& tensor : network.tensors) check_tensor(network, tensor);
  IndexRoles roles{std::vector<int>(network.cardinalities.size(), -1),
                   std::vector<std::uint8_t>(network.cardinalities.size(), 0)};
  for (const VariableId index : network.open) {
    check_index(network, "open index", index);
    roles.open[at(index)] = 1;
  }
  for (const auto& [index, value] : evidence) {
    check_index(network, "index of evidence", index);
    const std::string what = "value of index " + std::to_string(index) + " in the evidence";
    const int cardinality = network.cardinalities[at(index)];
    if (value < 0 || value >= cardinality) {
      throw InvalidArgument("TensorNetwork", what, std::to_string(value), "in 0.." + std::to_string(cardinality - 1));
    }
    if (roles.fixed[at(index)] >= 0) throw InvalidArgument("TensorNetwork", what, std::to_string(value), "given once");
    roles.fixed[at(index)] = value;
  }
  return roles;
}

InteractionGraph::InteractionGraph(const TensorNetwork& network, const IndexRoles& roles)
    : fixed_(roles.fixed), neighbours_(network.cardinalities.size()) {
  log_cardinality_.reserve(network.cardinalities.size());
  for (const int c : network.cardinalities) log_cardinality_.push_back(std::llround(std::log2(c) * 0x1p32));
  for (const Factor& tensor : network.tensors) {
    for (const VariableId a : tensor.scope()) {
      if (!is_vertex(a)) continue;
      for (const VariableId b : tensor.scope()) {
        if (a != b && is_vertex(b)) neighbours_[at(a)].push_back(b);
      }
    }
  }
  for (auto& row : neighbours_) {
    std::sort(row.begin(), row.end());
    row.erase(std::unique(row.begin(), row.end()), row.end());
  }
}

bool InteractionGraph::adjacent(VariableId a, VariableId b) const {
  const auto& row = neighbours_[at(a)].size() < neighbours_[at(b)].size() ? neighbours_[at(a)] : neighbours_[at(b)];
  const VariableId wanted = &row == &neighbours_[at(a)] ? b : a;
  return std::binary_search(row.begin(), row.end(), wanted);
}

std::int64_t InteractionGraph::log_weight(VariableId v) const {
  std::int64_t sum = log_cardinality_[at(v)];
  for (const VariableId w : neighbours_[at(v)]) sum += log_cardinality_[at(w)];
  return sum;
}

void InteractionGraph::join(VariableId a, VariableId b) {
  auto& of_a = neighbours_[at(a)];
  auto& of_b = neighbours_[at(b)];
  of_a.insert(std::lower_bound(of_a.begin(), of_a.end(), b), b);
  of_b.insert(std::lower_bound(of_b.begin(), of_b.end(), a), a);
}

std::vector<VariableId> InteractionGraph::remove(VariableId v) {
  const std::vector<VariableId> former = std::move(neighbours_[at(v)]);
  neighbours_[at(v)].clear();
  for (const VariableId u : former) {
    auto& row = neighbours_[at(u)];
    row.erase(std::lower_bound(row.begin(), row.end(), v));
  }
  return former;
}

int minor_min_width(InteractionGraph graph) {
  std::vector<VariableId> alive;
  for (VariableId v = 0; v < graph.n(); ++v) {
    if (graph.is_vertex(v)) alive.push_back(v);
  }
  // Vertices by degree; entries whose degree has changed since are passed over.
  std::vector<std::vector<VariableId>> by_degree(alive.size() + 1);
  std::vector<std::uint8_t> gone(at(graph.n()), 0);
  for (const VariableId v : alive) by_degree[graph.neighbours(v).size()].push_back(v);
  std::size_t bound = 0;
  std::size_t degree = 0;
  while (degree < by_degree.size()) {
    if (by_degree[degree].empty()) {
      ++degree;
      continue;
    }
    const VariableId v = by_degree[degree].back();
    by_degree[degree].pop_back();
    if (gone[at(v)] != 0 || graph.neighbours(v).size() != degree) continue;
    bound = std::max(bound, degree);
    gone[at(v)] = 1;
    const std::vector<VariableId> former = graph.remove(v);
    if (former.empty()) continue;
    // Contract v into the neighbour with which it shares fewest others: that keeps most edges.
    VariableId into = former.front();
    std::size_t fewest = former.size() + 1;
    for (const VariableId u : former) {
      std::size_t common = 0;
      for (const VariableId w : former) common += u != w && graph.adjacent(u, w) ? 1 : 0;
      if (common < fewest) {
        fewest = common;
        into = u;
      }
    }
    for (const VariableId w : former) {
      if (w != into && !graph.adjacent(into, w)) graph.join(into, w);
    }
    for (const VariableId w : former) {
      by_degree[graph.neighbours(w).size()].push_back(w);
      degree = std::min(degree, graph.neighbours(w).size());
    }
  }
  return static_cast<int>(bound);
}

}  // namespace causal::detail
