#include "causal/scm/scm_diagram.hpp"

#include <algorithm>

#include "causal/run/error.hpp"

namespace causal {
namespace {

std::string noise_name(const Scm& model, NodeId v) {
  const auto& names = model.dag().graph().names();
  std::string name = "u_" + model.name(v);
  while (std::find(names.begin(), names.end(), name) != names.end()) name += "'";
  return name;
}

// The function of a mechanism with finite noise: columns over (parents..., noise).
FiniteMap function_map(const Scm& model, NodeId v, std::vector<int> inputs) {
  const Mechanism& mechanism = model.mechanism(v);
  const int states = static_cast<int>(mechanism.noise().probabilities().size());
  inputs.push_back(states);
  std::vector<VariableId> scope(inputs.size());
  for (std::size_t i = 0; i < scope.size(); ++i) scope[i] = static_cast<VariableId>(i);
  const Factor columns = Factor::constant(scope, inputs, 0.0);
  const auto rows = static_cast<std::size_t>(model.cardinality(v));
  std::vector<double> values(columns.size() * rows, 0.0);
  for (std::size_t column = 0; column < columns.size(); ++column) {
    const std::vector<int> codes = columns.assignment(column);
    const std::vector<double> parents(codes.begin(), codes.end() - 1);
    values[column * rows + static_cast<std::size_t>(mechanism.value(parents, codes.back()))] = 1;
  }
  return {std::move(inputs), {model.cardinality(v)}, std::move(values)};
}

}  // namespace

ScmDiagram scm_diagram(const Scm& model, const std::vector<NodeId>& outputs) {
  ScmDiagram result;
  DiagramBuilder builder;
  std::vector<WireId> wires(slot(model.n()), 0);
  for (const NodeId v : model.dag().topological_order()) {
    const Factor table = model.table(v);  // refuses continuous nodes
    std::vector<int> inputs = table.cardinalities();
    inputs.pop_back();
    std::vector<WireId> in;
    for (const NodeId u : model.dag().parents(v)) in.push_back(wires[slot(u)]);
    const Name name = model.name(v);
    const Mechanism& mechanism = model.mechanism(v);
    result.meaning.set_type(name, model.cardinality(v));
    const bool has_noise = mechanism.noise().kind() == Noise::Kind::Categorical;
    if (has_noise) {
      const std::vector<double>& law = mechanism.noise().probabilities();
      const Name noise = noise_name(model, v);
      result.meaning.set_type(noise, static_cast<int>(law.size()));
      result.meaning.set_box(noise, FiniteMap({}, {static_cast<int>(law.size())}, law));
      in.push_back(builder.box(channel_box(noise), {}, std::span(&noise, 1)));
      result.meaning.set_box(name, function_map(model, v, std::move(inputs)));
    } else {
      result.meaning.set_box(name, FiniteMap(std::move(inputs), {model.cardinality(v)}, table.values()));
    }
    const BoxHead head = has_noise || mechanism.is_function() ? function_box(name) : channel_box(name);
    wires[slot(v)] = builder.box(head, in, std::span(&name, 1));
  }
  std::vector<bool> seen(slot(model.n()), false);
  for (const NodeId v : outputs) {
    if (v < 0 || v >= model.n()) throw InvalidArgument("scm_diagram", "outputs", std::to_string(v), "be nodes");
    if (seen[slot(v)]) throw InvalidArgument("scm_diagram", "outputs", model.name(v), "be given once");
    seen[slot(v)] = true;
    builder.output(wires[slot(v)]);
  }
  result.diagram = builder.build();
  return result;
}

GaussianFunctor gaussian_functor(const Scm& model) {
  if (!model.blocks().empty()) throw InvalidArgument("gaussian_functor: the noise of the model is correlated");
  GaussianFunctor functor;
  for (NodeId v = 0; v < model.n(); ++v) {
    const auto terms = model.mechanism(v).linear();
    const Noise& noise = model.mechanism(v).noise();
    if (model.is_discrete(v) || !terms || !(noise.is_gaussian() || noise.kind() == Noise::Kind::None)) {
      throw InvalidArgument("gaussian_functor: the mechanism of '" + model.name(v) + "' is not linear and Gaussian");
    }
    const auto k = static_cast<Eigen::Index>(terms->coefficients.size());
    const Eigen::MatrixXd a = Eigen::Map<const Eigen::RowVectorXd>(terms->coefficients.data(), k);
    const double variance = noise.kind() == Noise::Kind::None ? 0 : noise.sd() * noise.sd();
    functor.set_type(model.name(v), 1);
    functor.set_box(model.name(v), GaussianMap(a, Eigen::VectorXd::Constant(1, terms->intercept + noise.mean()),
                                               Eigen::MatrixXd::Constant(1, 1, variance)));
  }
  return functor;
}

}  // namespace causal
