#include "parallel_worlds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "causal/run/error.hpp"

namespace causal {
namespace detail {
namespace {

constexpr int kNotMade = -1;
constexpr int kBeingMade = -2;

}  // namespace

ParallelWorlds::ParallelWorlds(const Scm& model, const WorldQuery& query) : query_(query) {
  worlds_.push_back(model);
  for (const auto& interventions : query.worlds) worlds_.push_back(intervene(model, interventions));
  copy_ids_.assign(worlds_.size(), std::vector<int>(slot(model.n()), kNotMade));
  const auto check = [&](int w, NodeId v) {
    if (w < 0 || w >= static_cast<int>(worlds_.size())) {
      throw InvalidArgument("counterfactual_distribution", "world", std::to_string(w),
                            fmt::format("be one of 0..{}", worlds_.size() - 1));
    }
    if (v < 0 || v >= model.n()) {
      throw InvalidArgument("counterfactual_distribution", "node", std::to_string(v), "be a node of the model");
    }
    if (!model.is_discrete(v)) {
      throw InvalidArgument("counterfactual_distribution: '" + model.name(v) + "' is continuous");
    }
  };
  if (query.query.empty()) throw InvalidArgument("counterfactual_distribution: the query is empty");
  for (const WorldNode& one : query.query) check(one.world, one.node);
  for (const WorldValue& one : query.given) {
    check(one.world, one.node);
    model.require_value("counterfactual_distribution", one.node, one.value);
  }
  for (const WorldNode& one : query.query) copy_of(one.world, one.node);
  for (const WorldValue& one : query.given) copy_of(one.world, one.node);
}

bool ParallelWorlds::has_own_noise(int w, NodeId v) const {
  return world(w).has_fresh_noise(v) && world(w).mechanism(v).noise().kind() != Noise::Kind::None;
}

int ParallelWorlds::copy_of(int w, NodeId v) {
  int& id = copy_ids_[static_cast<std::size_t>(w)][slot(v)];
  if (id != kNotMade) return id;
  id = kBeingMade;
  Copy copy{w, v, {}};
  // The key: node, mechanism, the world if the noise is its own, then per parent its known value or its copy. Pointers
  // are told apart by the first world that holds them.
  int holder = 0;
  while (world(holder).mechanism_ptr(v) != world(w).mechanism_ptr(v)) ++holder;
  std::vector<double> key{static_cast<double>(v), static_cast<double>(holder), has_own_noise(w, v) ? w + 1.0 : 0.0};
  for (const NodeId u : world(w).dag().parents(v)) {
    copy.parents.push_back(copy_of(w, u));
    const auto value = known_value(copy.parents.back(), u);
    key.push_back(value ? 1 : 0);
    key.push_back(value ? *value : copy.parents.back());
  }
  const auto [entry, is_new] = by_key_.try_emplace(std::move(key), static_cast<int>(copies_.size()));
  if (is_new) copies_.push_back(std::move(copy));
  return id = entry->second;
}

std::optional<double> ParallelWorlds::known_value(int copy, NodeId v) {
  const Copy& made = copies_[static_cast<std::size_t>(copy)];
  if (const auto* constant = dynamic_cast<const ConstantMechanism*>(&world(made.world).mechanism(v))) {
    return constant->constant();
  }
  for (const WorldValue& one : query_.given) {
    // A copy that is being made depends on this one; it is another copy unless the worlds order the nodes differently,
    // and then the merge is only missed.
    if (one.node == v && copy_of(one.world, v) == copy) return one.value;
  }
  return std::nullopt;
}

std::vector<bool> ParallelWorlds::needed_copies() const {
  std::vector<bool> needed(copies_.size(), false);
  const auto id = [&](int w, NodeId v) { return copy_ids_[static_cast<std::size_t>(w)][slot(v)]; };
  std::vector<int> stack;
  for (const WorldNode& one : query_.query) stack.push_back(id(one.world, one.node));
  for (const WorldValue& one : query_.given) stack.push_back(id(one.world, one.node));
  while (!stack.empty()) {
    const auto copy = static_cast<std::size_t>(stack.back());
    stack.pop_back();
    if (needed[copy]) continue;
    needed[copy] = true;
    stack.insert(stack.end(), copies_[copy].parents.begin(), copies_[copy].parents.end());
  }
  return needed;
}

// One copy left: its table. Several: the noise is an index of its own that all of them read.
void ParallelWorlds::add_tensors(NodeId v, const std::vector<int>& copies, TensorNetwork& network) const {
  VariableId noise_index = -1;
  for (const int id : copies) {
    const Copy& copy = copies_[static_cast<std::size_t>(id)];
    const Scm& model = world(copy.world);
    const Noise& noise = model.mechanism(v).noise();
    const Factor table = model.table(v);
    std::vector<VariableId> scope(copy.parents.begin(), copy.parents.end());
    const bool shares = copies.size() > 1 && noise.kind() == Noise::Kind::Categorical;
    if (!shares) {
      scope.push_back(id);
      network.tensors.push_back(table.renamed(std::move(scope)));
      continue;
    }
    const auto states = static_cast<int>(noise.probabilities().size());
    if (noise_index < 0) {
      noise_index = static_cast<VariableId>(network.cardinalities.size());
      network.cardinalities.push_back(states);
      network.tensors.push_back(Factor({noise_index}, {states}, noise.probabilities()));
    }
    scope.push_back(noise_index);
    scope.push_back(id);
    std::vector<int> cardinalities = table.cardinalities();
    cardinalities.insert(cardinalities.end() - 1, states);
    Factor function = Factor::constant(scope, cardinalities, 0.0);
    const std::size_t width = static_cast<std::size_t>(table.cardinalities().back());
    std::vector<double> parents;
    for (std::size_t row = 0; row < table.size() / width; ++row) {
      const std::vector<int> assignment = table.assignment(row * width);
      parents.assign(assignment.begin(), assignment.end() - 1);
      for (int u = 0; u < states; ++u) {
        std::vector<int> cell = assignment;
        cell.insert(cell.end() - 1, u);
        cell.back() = static_cast<int>(model.mechanism(v).value(parents, u));
        function.at(cell) = 1;
      }
    }
    network.tensors.push_back(std::move(function));
  }
}

std::variant<TensorNetwork, NoCounterfactual> ParallelWorlds::network() {
  const std::vector<bool> needed = needed_copies();
  TensorNetwork network;
  std::vector<std::vector<int>> sharing(slot(worlds_[0].n()));
  std::vector<std::vector<int>> alone;
  for (std::size_t id = 0; id < copies_.size(); ++id) {
    const Copy& copy = copies_[id];
    network.cardinalities.push_back(world(copy.world).cardinality(copy.node));
    if (!needed[id]) continue;
    if (network.cardinalities.back() == 0) {
      throw InvalidArgument("counterfactual_distribution: '" + world(0).name(copy.node) + "' is continuous");
    }
    const Mechanism& mechanism = world(copy.world).mechanism(copy.node);
    const bool shares = mechanism.noise().kind() != Noise::Kind::None && !has_own_noise(copy.world, copy.node);
    if (shares) {
      sharing[slot(copy.node)].push_back(static_cast<int>(id));
    } else {
      alone.push_back({static_cast<int>(id)});
    }
  }
  for (NodeId v = 0; v < worlds_[0].n(); ++v) {
    const auto& copies = sharing[slot(v)];
    const bool all_functions = std::all_of(copies.begin(), copies.end(), [&](int id) {
      return world(copies_[static_cast<std::size_t>(id)].world).mechanism(v).is_function();
    });
    if (copies.size() > 1 && !all_functions) {
      return NoCounterfactual{
          Refusal::NotIdentifiable, v,
          "the table of '" + world(0).name(v) + "' does not say how its values under different parents go together"};
    }
    add_tensors(v, copies, network);
  }
  for (const auto& one : alone) add_tensors(copies_[static_cast<std::size_t>(one[0])].node, one, network);
  for (const WorldNode& one : query_.query) network.open.push_back(copy_of(one.world, one.node));
  // Copies that nothing needs leave unused indices behind: of one value, so that they do not count.
  for (std::size_t id = 0; id < copies_.size(); ++id) {
    if (!needed[id]) network.cardinalities[id] = 1;
  }
  return network;
}

std::optional<Evidence> ParallelWorlds::evidence() {
  Evidence evidence;
  for (const WorldValue& one : query_.given) {
    const IndexValue next{copy_of(one.world, one.node), static_cast<int>(one.value)};
    const auto same =
        std::find_if(evidence.begin(), evidence.end(), [&](const auto& e) { return e.index == next.index; });
    if (same == evidence.end()) {
      evidence.push_back(next);
    } else if (same->value != next.value) {
      return std::nullopt;
    }
  }
  return evidence;
}

}  // namespace detail

std::variant<DiscreteCounterfactual, NoCounterfactual> counterfactual_distribution(const Scm& model,
                                                                                   const WorldQuery& query,
                                                                                   const ContractionOptions& options) {
  const NoCounterfactual impossible{Refusal::ZeroSupport, -1, "what is given has probability zero"};
  detail::ParallelWorlds worlds(model, query);
  auto network = worlds.network();
  if (auto* refusal = std::get_if<NoCounterfactual>(&network)) return *refusal;
  const std::optional<Evidence> evidence = worlds.evidence();
  if (!evidence) return impossible;
  Contraction result = contract(std::get<TensorNetwork>(network), *evidence, options);
  if (!result.value) {
    return NoCounterfactual{Refusal::BudgetExceeded, -1, "the contraction was stopped: " + result.plan.brief()};
  }
  const double total = result.value->total();
  if (!(total > 0)) return impossible;
  std::vector<VariableId> names(query.query.size());
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = static_cast<VariableId>(i);
  return DiscreteCounterfactual{result.value->scaled(1 / total).renamed(std::move(names)),
                                std::ldexp(total, static_cast<int>(result.exponent))};
}

std::variant<Scm, NoCounterfactual> with_response_functions(const Scm& model, NodeId v, const std::vector<double>& law,
                                                            std::int64_t max_responses) {
  constexpr const char* kFunction = "with_response_functions";
  if (v < 0 || v >= model.n()) throw InvalidArgument(kFunction, "node", std::to_string(v), "be a node of the model");
  const Factor table = model.table(v);
  const auto width = static_cast<std::size_t>(model.cardinality(v));
  const std::size_t rows = table.size() / width;
  const double count = std::pow(static_cast<double>(width), static_cast<double>(rows));
  if (count * static_cast<double>(rows) > static_cast<double>(max_responses)) {
    return NoCounterfactual{Refusal::BudgetExceeded, v,
                            fmt::format("'{}' has {}^{} responses", model.name(v), width, rows)};
  }
  const auto responses = static_cast<std::size_t>(count);
  std::vector<int> values(rows * responses);
  std::vector<double> probabilities(responses, 1.0);
  for (std::size_t r = 0; r < responses; ++r) {
    std::size_t rest = r;
    for (std::size_t row = rows; row-- > 0;) {
      values[row * responses + r] = static_cast<int>(rest % width);
      probabilities[r] *= table.values()[row * width + rest % width];
      rest /= width;
    }
  }
  if (!law.empty()) {
    if (law.size() != responses) {
      throw InvalidArgument(kFunction, "law", fmt::format("{} numbers", law.size()), fmt::format("have {}", responses));
    }
    std::vector<double> implied(table.size(), 0.0);
    for (std::size_t row = 0; row < rows; ++row) {
      for (std::size_t r = 0; r < responses; ++r) {
        implied[row * width + static_cast<std::size_t>(values[row * responses + r])] += law[r];
      }
    }
    for (std::size_t cell = 0; cell < implied.size(); ++cell) {
      if (std::abs(implied[cell] - table.values()[cell]) <= 1e-9) continue;
      throw InvalidArgument(kFunction, "law", fmt::format("{} in cell {}", implied[cell], cell),
                            fmt::format("give back the table of '{}' ({})", model.name(v), table.values()[cell]));
    }
    probabilities = law;
  }
  std::vector<int> parent_cardinalities = table.cardinalities();
  parent_cardinalities.pop_back();
  auto function = std::make_shared<FunctionTable>(std::move(parent_cardinalities), static_cast<int>(width),
                                                  std::move(values), Noise::categorical(std::move(probabilities)));
  const auto parents = model.dag().parents(v);
  return model.with_mechanism(v, {parents.begin(), parents.end()}, std::move(function), false);
}

}  // namespace causal
