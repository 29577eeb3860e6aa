#include "causal/identify/network_source.hpp"

#include "causal/run/error.hpp"
#include "causal/scm/network_query.hpp"

namespace causal {
namespace {

class NetworkTables {
 public:
  NetworkTables(const BayesianNetwork& network, std::span<const std::string> names) : network_(&network) {
    for (const std::string& name : names) ids_.push_back(network.dag().graph().id(name));
  }

  [[nodiscard]] int cardinality(NodeId v) const { return network_->variable(id(v)).cardinality(); }

  // P(keep | do(intervened)), block by block of the values set.
  [[nodiscard]] Factor marginal(const NodeSet& intervened, const NodeSet& keep) const {
    std::vector<VariableId> scope(intervened.begin(), intervened.end());
    std::vector<int> cardinalities;
    for (const NodeId v : intervened) cardinalities.push_back(cardinality(v));
    const Factor actions = Factor::constant(scope, cardinalities, 1.0);
    std::vector<double> values;
    for (std::size_t cell = 0; cell < actions.size(); ++cell) {
      NetworkQuery asked;
      for (const NodeId v : keep) asked.target.push_back(id(v));
      const std::vector<int> set = actions.assignment(cell);
      for (std::size_t i = 0; i < intervened.size(); ++i) asked.interventions.push_back({id(intervened[i]), set[i]});
      const NetworkAnswer answer = query(*network_, asked);
      if (!answer.distribution) throw EvaluationRefused{static_cast<double>(answer.plan.max_table_bytes) / 8};
      const std::vector<double>& block = answer.distribution->values();
      values.insert(values.end(), block.begin(), block.end());
    }
    for (const NodeId v : keep) {
      scope.push_back(v);
      cardinalities.push_back(cardinality(v));
    }
    return {std::move(scope), std::move(cardinalities), std::move(values)};
  }

 private:
  [[nodiscard]] NodeId id(NodeId v) const {
    if (v < 0 || slot(v) >= ids_.size()) {
      throw InvalidArgument("network_source", "names", std::to_string(ids_.size()), "name node " + std::to_string(v));
    }
    return ids_[slot(v)];
  }

  const BayesianNetwork* network_;
  std::vector<NodeId> ids_;
};

}  // namespace

ProbabilitySource network_source(const BayesianNetwork& network, std::span<const std::string> names) {
  const NetworkTables tables(network, names);
  ProbabilitySource source;
  source.marginal = [tables](int domain, const NodeSet& intervened, const NodeSet& keep) {
    if (domain != 0) throw InvalidArgument("one network holds no other domain", "evaluate");
    return tables.marginal(intervened, keep);
  };
  source.cardinality = [tables](NodeId v) { return tables.cardinality(v); };
  return source;
}

}  // namespace causal
