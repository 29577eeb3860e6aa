#include "causal/graph/mec.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "causal/graph/chordal.hpp"
#include "causal/run/stop.hpp"
#include "graph/clique_picking.hpp"
#include "graph/orient_along.hpp"

namespace causal {
namespace {

using detail::BigInt;
using detail::CliqueTree;

std::vector<CliqueTree> undirected_components(const Cpdag& cpdag) {
  const EliminationOrder elimination = perfect_elimination_order(cpdag.graph());
  CAUSAL_ASSERT(elimination.order.has_value());  // of every CPDAG
  return detail::clique_forest(cpdag.graph(), *elimination.order);
}

double log10_of(const BigInt& value) {
  constexpr unsigned kKept = 63;
  const auto bits = static_cast<unsigned>(msb(value)) + 1;
  const unsigned dropped = bits > kKept ? bits - kKept : 0;
  const auto head = static_cast<double>(static_cast<std::uint64_t>(value >> dropped));
  return std::log10(head) + dropped * (std::numbers::ln2 / std::numbers::ln10);
}

MecSize size_of(const BigInt& value) { return {value.str(), log10_of(value), Status::Ok}; }

bool is_tree(const CliqueTree& component) {
  return std::all_of(component.cliques.begin(), component.cliques.end(),
                     [](const NodeSet& clique) { return clique.size() == 2; });
}

}  // namespace

MecSize mec_size(const Cpdag& cpdag, const RunOptions& run) {
  const StopSignal stop(run);
  BigInt count = 1;
  for (CliqueTree& component : undirected_components(cpdag)) {
    if (is_tree(component)) {  // an orientation is a choice of the root
      count *= component.cliques.size() + 1;
      continue;
    }
    detail::CliquePicking picking(std::move(component));
    if (!picking.run(stop, false)) return {{}, 0, stop.status()};
    count *= picking.count();
  }
  return size_of(count);
}

struct MecSampler::Tables {
  Cpdag cpdag;
  std::vector<detail::CliquePicking> components;
  MecSize size;
};

MecSampler::MecSampler(const Cpdag& cpdag) {
  auto tables = std::make_shared<Tables>();
  tables->cpdag = cpdag;
  BigInt count = 1;
  for (CliqueTree& component : undirected_components(cpdag)) {
    tables->components.emplace_back(std::move(component));
    const bool done = tables->components.back().run(StopSignal({}), true);
    CAUSAL_ASSERT(done);
    count *= tables->components.back().count();
  }
  tables->size = size_of(count);
  tables_ = std::move(tables);
}

const MecSize& MecSampler::size() const { return tables_->size; }

Dag MecSampler::sample(RandomStream& stream) const {
  std::vector<NodeId> order;
  for (const detail::CliquePicking& component : tables_->components) component.sample_order(stream, order);
  return detail::orient_along(tables_->cpdag.graph(), order);
}

Dag MecSampler::sample(std::uint64_t seed, std::uint32_t index) const {
  constexpr std::uint32_t kMembers = 1;  // apart from the streams of random_dag_*, which end in 0
  RandomStream stream(seed, RandomDomain::RandomGraph, index, kMembers);
  return sample(stream);
}

}  // namespace causal
