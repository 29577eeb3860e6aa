#include "causal/bandits/environment/discrete_generators.hpp"

#include <algorithm>
#include <cmath>

#include "../structure/random_gamma.hpp"
#include "causal/graph/explicit_latents.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {
namespace {

// Tells the streams of this file from the rounds of an environment, whose instance numbers are lower.
constexpr std::uint32_t kTables = 0xffff0010U;

// Gamma variates of a shape below 1 are G(shape + 1) U^(1 / shape); logarithms, for the power underflows.
std::vector<double> dirichlet(int levels, double concentration, RandomStream& stream) {
  std::vector<double> values;
  for (int k = 0; k < levels; ++k) {
    const double log_gamma = std::log(random_gamma(concentration + 1, stream));
    values.push_back(log_gamma + std::log(stream.uniform()) / concentration);
  }
  const double top = *std::max_element(values.begin(), values.end());
  double sum = 0;
  for (double& value : values) sum += value = std::exp(value - top);
  for (double& value : values) value /= sum;
  return values;
}

}  // namespace

BayesianNetwork random_discrete_model(const Admg& graph, const RandomDiscreteOptions& options, std::uint64_t seed) {
  validate(options, "random_discrete_model");
  ExplicitLatents model = with_explicit_latents(graph);
  std::vector<DiscreteVariable> variables;
  std::vector<Factor> tables;
  NodeSet latents;
  std::vector<std::string> levels;
  for (int k = 0; k < options.levels; ++k) levels.push_back(std::to_string(k));
  for (NodeId v = 0; v < model.dag.n(); ++v) {
    variables.push_back({model.dag.graph().name(v), levels});
    if (v >= model.first_latent) latents.push_back(v);
    const auto parents = model.dag.parents(v);
    std::vector<VariableId> scope(parents.begin(), parents.end());
    if (std::pow(options.levels, static_cast<double>(scope.size() + 1)) > 1 << 20) {
      throw InvalidArgument("random_discrete_model", "parents of " + model.dag.graph().name(v),
                            std::to_string(scope.size()), "have a table of at most 2^20 cells");
    }
    std::size_t rows = 1;
    for (std::size_t k = 0; k < scope.size(); ++k) rows *= static_cast<std::size_t>(options.levels);
    scope.push_back(v);
    RandomStream stream(seed, RandomDomain::Environment, kTables, static_cast<std::uint32_t>(v));
    std::vector<double> cells;
    for (std::size_t row = 0; row < rows; ++row) {
      const std::vector<double> drawn = dirichlet(options.levels, options.concentration, stream);
      cells.insert(cells.end(), drawn.begin(), drawn.end());
    }
    std::vector<int> cardinalities(scope.size(), options.levels);
    tables.emplace_back(std::move(scope), std::move(cardinalities), std::move(cells));
  }
  return {std::move(model.dag), std::move(variables), std::move(tables), std::move(latents)};
}

BayesianNetwork with_hidden(const BayesianNetwork& network, const std::vector<std::string>& names) {
  NodeSet latents = network.latents();
  for (const std::string& name : names) {
    const auto found = std::find_if(network.variables().begin(), network.variables().end(),
                                    [&](const DiscreteVariable& variable) { return variable.name == name; });
    if (found == network.variables().end()) {
      throw InvalidArgument("with_hidden", "node", name, "be a node of the network");
    }
    latents.push_back(static_cast<NodeId>(found - network.variables().begin()));
  }
  return {network.dag(), network.variables(), network.tables(), std::move(latents)};
}

BayesianNetwork parallel_model(const ParallelModelOptions& options) {
  validate(options, "parallel_model");
  if (options.rare > options.causes) {
    throw InvalidArgument("parallel_model", "rare", std::to_string(options.rare), "be at most `causes`");
  }
  const int n = options.causes;
  const auto probability = [&](int j) { return j < options.rare ? options.rare_probability : 0.5; };
  std::vector<DiscreteVariable> variables;
  std::vector<Factor> tables;
  std::vector<std::string> names;
  for (int j = 0; j < n; ++j) {
    names.push_back("X" + std::to_string(j + 1));
    variables.push_back({names.back(), {"0", "1"}});
    tables.emplace_back(std::vector<VariableId>{j}, std::vector<int>{2},
                        std::vector<double>{1 - probability(j), probability(j)});
  }
  names.emplace_back("Y");
  variables.push_back({"Y", {"0", "1"}});
  std::vector<double> cells;
  for (const int first : {0, 1}) {
    for (const int last : {0, 1}) {
      const double one = 0.5 + options.gain * (first - probability(0)) + options.gain * (last - probability(n - 1));
      cells.insert(cells.end(), {1 - one, one});
    }
  }
  tables.emplace_back(std::vector<VariableId>{0, n - 1, n}, std::vector<int>{2, 2, 2}, std::move(cells));
  Dag dag(MixedGraph(std::move(names), {directed(0, n), directed(n - 1, n)}));
  return {std::move(dag), std::move(variables), std::move(tables)};
}

}  // namespace causal::bandits
