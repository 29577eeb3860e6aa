#include "causal/scm/scm.hpp"

#include <fmt/format.h>

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"

namespace causal {

Scm::Scm(Dag dag, std::vector<MechanismPtr> mechanisms, ScmParts parts)
    : dag_(std::move(dag)),
      mechanisms_(std::move(mechanisms)),
      parts_(std::move(parts)),
      fresh_(slot(dag_.n()), false) {
  if (mechanisms_.size() != slot(n())) {
    throw InvalidArgument("Scm", "mechanisms", fmt::format("{} mechanisms", mechanisms_.size()),
                          fmt::format("be one per node ({})", n()));
  }
  if (parts_.levels.empty()) parts_.levels.resize(slot(n()));
  if (parts_.levels.size() != slot(n())) {
    throw InvalidArgument("Scm", "levels", fmt::format("{} lists", parts_.levels.size()), "be one list per node");
  }
  std::sort(parts_.latent.begin(), parts_.latent.end());
  fill_levels();
  check();
  check_blocks();
}

Scm Scm::linear(const LinearSem& sem) {
  std::vector<std::vector<double>> coefficients(slot(sem.dag().n()));
  // Edges are sorted by (from, to), so the coefficients of a node come in ascending order of its parents.
  const auto& edges = sem.dag().graph().edges();
  for (std::size_t k = 0; k < edges.size(); ++k) coefficients[slot(edges[k].to)].push_back(sem.weights()[k]);
  std::vector<MechanismPtr> mechanisms;
  for (std::size_t v = 0; v < coefficients.size(); ++v) {
    const double variance = sem.variances()[v];
    const Noise noise = variance == 0 ? Noise() : Noise::continuous(sem.noise(), std::sqrt(variance));
    mechanisms.push_back(std::make_shared<LinearMechanism>(std::move(coefficients[v]), sem.intercepts()[v], noise));
  }
  return {sem.dag(), std::move(mechanisms)};
}

void Scm::fill_levels() {
  for (NodeId v = 0; v < n(); ++v) {
    if (mechanisms_[slot(v)] == nullptr) throw InvalidArgument("Scm: node '" + name(v) + "' has no mechanism");
    auto& levels = parts_.levels[slot(v)];
    const int fixed = mechanism(v).cardinality();
    if (levels.empty()) {
      for (int k = 0; k < fixed; ++k) levels.push_back(std::to_string(k));
    }
    if (fixed != 0 && cardinality(v) != fixed) {
      throw InvalidArgument("Scm", "levels of '" + name(v) + "'", fmt::format("{} levels", cardinality(v)),
                            fmt::format("be as many as its mechanism has values ({})", fixed));
    }
  }
}

void Scm::check() const {
  for (NodeId v = 0; v < n(); ++v) {
    const auto parents = dag_.parents(v);
    if (mechanism(v).arity() != static_cast<int>(parents.size())) {
      throw InvalidArgument("Scm", "mechanism of '" + name(v) + "'", fmt::format("{} inputs", mechanism(v).arity()),
                            fmt::format("have one input per parent ({})", parents.size()));
    }
    const std::vector<int> wanted = mechanism(v).parent_cardinalities();
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (cardinality(parents[i]) == wanted[i]) continue;
      throw InvalidArgument("Scm", "parent '" + name(parents[i]) + "' of '" + name(v) + "'",
                            is_discrete(parents[i]) ? fmt::format("{} levels", cardinality(parents[i])) : "continuous",
                            fmt::format("have the {} levels its table has", wanted[i]));
    }
    if (is_discrete(v) && mechanism(v).noise().kind() == Noise::Kind::Continuous) {
      throw InvalidArgument("Scm", "mechanism of '" + name(v) + "'", "continuous noise",
                            "have finite noise: the node has levels");
    }
    if (const auto* constant = dynamic_cast<const ConstantMechanism*>(&mechanism(v))) {
      require_value("Scm", v, constant->constant());
    }
  }
  for (std::size_t i = 0; i < parts_.latent.size(); ++i) {
    const NodeId v = parts_.latent[i];
    if (v < 0 || v >= n() || (i > 0 && v == parts_.latent[i - 1])) {
      throw InvalidArgument("Scm", "latent", std::to_string(v), "be nodes of the graph, each once");
    }
  }
}

void Scm::check_blocks() const {
  std::vector<bool> seen(slot(n()), false);
  for (const NoiseBlock& block : parts_.blocks) {
    const auto k = static_cast<Eigen::Index>(block.nodes.size());
    for (const NodeId v : block.nodes) {
      if (v < 0 || v >= n() || seen[slot(v)]) {
        throw InvalidArgument("Scm", "noise block", std::to_string(v), "hold nodes of the graph, each in one block");
      }
      seen[slot(v)] = true;
      // An intervention may have cut a node of a block off from its noise.
      if (!fresh_[slot(v)] && mechanism(v).noise().kind() != Noise::Kind::None && !mechanism(v).noise().is_gaussian()) {
        throw InvalidArgument("Scm", "noise of '" + name(v) + "'", mechanism(v).noise().text(),
                              "be Gaussian: it is in a noise block");
      }
    }
    const Eigen::MatrixXd& R = block.correlation;
    const bool shaped = R.rows() == k && R.cols() == k && R.allFinite() && R.isApprox(R.transpose(), 1e-12) &&
                        (R.diagonal().array() - 1).abs().maxCoeff() <= 1e-12;
    if (!shaped ||
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(R, Eigen::EigenvaluesOnly).eigenvalues()[0] < -1e-12) {
      throw InvalidArgument("Scm", "correlation of a noise block", fmt::format("a {} x {} matrix", R.rows(), R.cols()),
                            fmt::format("be a correlation matrix of {} nodes", k));
    }
  }
}

bool Scm::is_discrete() const {
  return std::none_of(parts_.levels.begin(), parts_.levels.end(), [](const auto& levels) { return levels.empty(); });
}

bool Scm::is_latent(NodeId v) const { return std::binary_search(parts_.latent.begin(), parts_.latent.end(), v); }

NodeSet Scm::observed() const {
  NodeSet nodes;
  for (NodeId v = 0; v < n(); ++v) {
    if (!is_latent(v)) nodes.push_back(v);
  }
  return nodes;
}

double Scm::value_of(NodeId v, std::string_view text) const {
  if (!is_discrete(v)) {
    const std::string copy(text);
    char* end = nullptr;
    const double value = std::strtod(copy.c_str(), &end);
    if (copy.empty() || *end != '\0' || !std::isfinite(value)) {
      throw InvalidArgument("'" + copy + "' is no number", "variable '" + name(v) + "'");
    }
    return value;
  }
  const auto& all = levels(v);
  const auto found = std::find(all.begin(), all.end(), text);
  if (found == all.end()) {
    throw InvalidArgument("'" + std::string(text) + "' is no value of '" + name(v) + "'", "",
                          fmt::format("Its values are {}.", fmt::join(all, ", ")));
  }
  return static_cast<double>(found - all.begin());
}

void Scm::require_value(const char* function, NodeId v, double value) const {
  if (v < 0 || v >= n()) throw InvalidArgument(function, "node", std::to_string(v), "be a node of the model");
  if (!std::isfinite(value)) {
    throw InvalidArgument(function, "value of '" + name(v) + "'", fmt::format("{}", value), "be finite");
  }
  if (is_discrete(v) && !(value >= 0 && value < cardinality(v) && std::floor(value) == value)) {
    throw InvalidArgument(function, "value of '" + name(v) + "'", fmt::format("{}", value),
                          fmt::format("be a code in 0..{}", cardinality(v) - 1));
  }
}

std::vector<double> Scm::values_under(std::span<const double> noise) const {
  if (noise.size() != slot(n())) {
    throw InvalidArgument("Scm::values_under", "noise", fmt::format("{} values", noise.size()), "be one per node");
  }
  std::vector<double> values(slot(n()), 0.0);
  std::vector<double> parents;
  for (const NodeId v : dag_.topological_order()) {
    parents.clear();
    for (const NodeId u : dag_.parents(v)) parents.push_back(values[slot(u)]);
    values[slot(v)] = mechanism(v).value(parents, noise[slot(v)]);
  }
  return values;
}

Factor Scm::table(NodeId v) const {
  std::vector<VariableId> scope(dag_.parents(v).begin(), dag_.parents(v).end());
  std::vector<int> cardinalities;
  for (const VariableId u : scope) cardinalities.push_back(cardinality(u));
  const auto continuous = std::find(cardinalities.begin(), cardinalities.end(), 0);
  if (!is_discrete(v) || continuous != cardinalities.end()) {
    throw InvalidArgument("Scm::table: '" + name(v) + "' or one of its parents is continuous");
  }
  std::vector<double> values = mechanism(v).table(cardinalities, cardinality(v));
  scope.push_back(v);
  cardinalities.push_back(cardinality(v));
  return {std::move(scope), std::move(cardinalities), std::move(values)};
}

std::optional<LinearForm> Scm::linear_form() const {
  LinearForm form;
  form.intercepts.resize(n());
  std::vector<double> weights(dag_.graph().edges().size());
  Eigen::VectorXd sd(n());
  std::vector<std::size_t> next(slot(n()), 0);
  std::vector<LinearTerms> terms;
  for (NodeId v = 0; v < n(); ++v) {
    auto linear = mechanism(v).linear();
    if (is_discrete(v) || !linear) return std::nullopt;
    const Noise& noise = mechanism(v).noise();
    form.intercepts[v] = linear->intercept + noise.mean();
    sd[v] = noise.kind() == Noise::Kind::None ? 0 : noise.sd();
    form.gaussian = form.gaussian && (noise.is_gaussian() || noise.kind() == Noise::Kind::None);
    terms.push_back(std::move(*linear));
  }
  for (std::size_t k = 0; k < weights.size(); ++k) {
    const NodeId to = dag_.graph().edges()[k].to;
    weights[k] = terms[slot(to)].coefficients[next[slot(to)]++];
  }
  form.effects = total_effects(dag_, weights);
  form.noise_covariance = sd.array().square().matrix().asDiagonal();
  for (const NoiseBlock& block : parts_.blocks) {
    for (std::size_t i = 0; i < block.nodes.size(); ++i) {
      for (std::size_t j = 0; j < block.nodes.size(); ++j) {
        const NodeId a = block.nodes[i];
        const NodeId b = block.nodes[j];
        if (a == b || fresh_[slot(a)] || fresh_[slot(b)]) continue;
        form.noise_covariance(a, b) =
            block.correlation(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) * sd[a] * sd[b];
      }
    }
  }
  return form;
}

Scm Scm::with_mechanism(NodeId v, const NodeSet& parents, MechanismPtr mechanism, bool fresh_noise) const {
  std::vector<Edge> edges;
  for (const Edge& edge : dag_.graph().edges()) {
    if (edge.to != v) edges.push_back(edge);
  }
  for (const NodeId u : parents) edges.push_back(directed(u, v));
  Scm result = *this;
  result.dag_ = Dag(MixedGraph(dag_.graph().names(), std::move(edges)));
  result.mechanisms_[slot(v)] = std::move(mechanism);
  result.fresh_[slot(v)] = result.fresh_[slot(v)] || fresh_noise;
  result.fill_levels();
  result.check();
  return result;
}

}  // namespace causal
