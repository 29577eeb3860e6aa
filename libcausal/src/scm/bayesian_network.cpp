#include "causal/scm/bayesian_network.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "causal/run/error.hpp"

namespace causal {
namespace {

[[noreturn]] void refuse(const std::string& node, const std::string& what) {
  throw InvalidArgument(fmt::format("BayesianNetwork: {}", what),
                        node.empty() ? "" : fmt::format("variable '{}'", node));
}

void check_variable(const DiscreteVariable& variable, const std::string& node) {
  if (variable.name != node) refuse(node, fmt::format("its description is called '{}'", variable.name));
  if (variable.levels.empty()) refuse(node, "it has no levels");
  if (std::set<std::string>(variable.levels.begin(), variable.levels.end()).size() != variable.levels.size()) {
    refuse(node, "two of its levels have the same text");
  }
}

void check_scope(const Dag& dag, NodeId v, const std::vector<DiscreteVariable>& variables, const Factor& table) {
  std::vector<VariableId> wanted(dag.parents(v).begin(), dag.parents(v).end());
  wanted.push_back(v);
  if (table.scope() != wanted) refuse(variables[slot(v)].name, "the scope of its table is not its parents and itself");
  for (const NodeId u : wanted) {
    if (table.cardinality(u) != variables[slot(u)].cardinality()) {
      refuse(variables[slot(v)].name,
             fmt::format("its table has {} levels for '{}' instead of {}", table.cardinality(u),
                         variables[slot(u)].name, variables[slot(u)].cardinality()));
    }
  }
}

void check_distributions(NodeId v, const std::vector<DiscreteVariable>& variables, const Factor& table) {
  const auto levels = static_cast<std::size_t>(variables[slot(v)].cardinality());
  for (std::size_t first = 0; first < table.size(); first += levels) {
    double sum = 0;
    for (std::size_t k = 0; k < levels; ++k) {
      const double value = table.values()[first + k];
      if (value < 0) refuse(variables[slot(v)].name, fmt::format("a probability is negative: {}", value));
      sum += value;
    }
    if (std::abs(sum - 1) > 1e-12 * static_cast<double>(levels)) {
      std::vector<int> codes = table.assignment(first);
      codes.pop_back();
      std::vector<VariableId> parents = table.scope();
      parents.pop_back();
      const std::string given = assignment_text(variables, parents, codes);
      refuse(variables[slot(v)].name,
             fmt::format("its probabilities{}{} sum to {} instead of 1", given.empty() ? "" : " given ", given, sum));
    }
  }
}

}  // namespace

std::string assignment_text(const std::vector<DiscreteVariable>& variables, std::span<const VariableId> scope,
                            std::span<const int> codes) {
  std::string text;
  for (std::size_t i = 0; i < scope.size(); ++i) {
    const DiscreteVariable& variable = variables[slot(scope[i])];
    text += fmt::format("{}{} = {}", i == 0 ? "" : ", ", variable.name,
                        variable.levels[static_cast<std::size_t>(codes[i])]);
  }
  return text;
}

BayesianNetwork::BayesianNetwork(Dag dag, std::vector<DiscreteVariable> variables, std::vector<Factor> tables,
                                 NodeSet latents)
    : dag_(std::move(dag)), variables_(std::move(variables)), tables_(std::move(tables)), latents_(std::move(latents)) {
  const auto n = slot(dag_.n());
  if (variables_.size() != n || tables_.size() != n) {
    refuse("", fmt::format("{} nodes, {} variables and {} tables", n, variables_.size(), tables_.size()));
  }
  for (NodeId v = 0; v < dag_.n(); ++v) check_variable(variables_[slot(v)], dag_.graph().name(v));
  for (NodeId v = 0; v < dag_.n(); ++v) {
    check_scope(dag_, v, variables_, tables_[slot(v)]);
    check_distributions(v, variables_, tables_[slot(v)]);
  }
  std::sort(latents_.begin(), latents_.end());
  latents_.erase(std::unique(latents_.begin(), latents_.end()), latents_.end());
  if (!latents_.empty() && (latents_.front() < 0 || latents_.back() >= dag_.n())) {
    refuse("", "a latent node is not in the graph");
  }
}

NodeSet BayesianNetwork::observed() const {
  NodeSet observed;
  for (NodeId v = 0; v < n(); ++v) {
    if (!std::binary_search(latents_.begin(), latents_.end(), v)) observed.push_back(v);
  }
  return observed;
}

int BayesianNetwork::level(NodeId v, const std::string& text) const {
  const std::vector<std::string>& levels = variable(v).levels;
  const auto found = std::find(levels.begin(), levels.end(), text);
  if (found == levels.end()) {
    throw InvalidArgument(fmt::format("'{}' is no value of '{}'", text, variable(v).name), {},
                          fmt::format("Its values are {}.", fmt::join(levels, ", ")));
  }
  return static_cast<int>(found - levels.begin());
}

}  // namespace causal
