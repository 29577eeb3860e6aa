// Where evaluation takes its probabilities from.
#include <algorithm>
#include <iterator>
#include <memory>

#include "causal/data/contingency.hpp"
#include "causal/identify/evaluate.hpp"
#include "causal/run/error.hpp"

namespace causal {
namespace {

std::string set_text(const NodeSet& nodes) {
  std::string out;
  for (const NodeId v : nodes) out += (out.empty() ? "" : ", ") + std::to_string(v);
  return "{" + out + "}";
}

const SourceTable& table_of(const std::vector<SourceTable>& tables, int domain, const NodeSet& intervened) {
  for (const SourceTable& table : tables) {
    if (table.domain == domain && table.intervened == intervened) return table;
  }
  throw InvalidArgument("no table of domain " + std::to_string(domain) + " under do(" + set_text(intervened) + ")",
                        "evaluate", "add it to the tables of the source");
}

Factor frequencies(const Dataset& data, const std::vector<std::string>& names, const NodeSet& keep) {
  // A contingency table runs through its first column fastest, a factor through its last variable.
  std::vector<VariableId> scope(keep.rbegin(), keep.rend());
  std::vector<int> columns, cardinalities;
  for (const NodeId v : keep) {
    if (v < 0 || slot(v) >= names.size()) {
      throw InvalidArgument("evaluate", "names", std::to_string(names.size()), "name node " + std::to_string(v));
    }
    columns.push_back(data.index_of(names[slot(v)]));
  }
  const ContingencyTable counts = count_table(data, columns);
  const auto n = static_cast<double>(counts.n());
  if (n == 0) throw DataError("no row without a missing cell in the columns needed", "evaluate");
  for (auto levels = counts.levels.rbegin(); levels != counts.levels.rend(); ++levels) {
    cardinalities.push_back(static_cast<int>(levels->size()));
  }
  std::vector<double> values;
  values.reserve(counts.counts.size());
  for (const std::int64_t count : counts.counts) values.push_back(static_cast<double>(count) / n);
  return {std::move(scope), std::move(cardinalities), std::move(values)};
}

}  // namespace

ProbabilitySource table_source(std::vector<SourceTable> tables) {
  for (SourceTable& table : tables) std::sort(table.intervened.begin(), table.intervened.end());
  const auto shared = std::make_shared<const std::vector<SourceTable>>(std::move(tables));
  ProbabilitySource source;
  source.marginal = [shared](int domain, const NodeSet& intervened, const NodeSet& keep) {
    NodeSet scope;
    std::set_union(keep.begin(), keep.end(), intervened.begin(), intervened.end(), std::back_inserter(scope));
    return table_of(*shared, domain, intervened).table.marginal(scope);
  };
  source.cardinality = [shared](NodeId v) {
    for (const SourceTable& table : *shared) {
      if (table.table.contains(v)) return table.table.cardinality(v);
    }
    throw InvalidArgument("no table has node " + std::to_string(v), "evaluate");
  };
  return source;
}

ProbabilitySource data_source(const Dataset& data, std::span<const std::string> names) {
  ProbabilitySource source;
  source.marginal = [&data, all = std::vector<std::string>(names.begin(), names.end())](
                        int domain, const NodeSet& intervened, const NodeSet& keep) {
    if (domain != 0 || !intervened.empty()) {
      throw InvalidArgument("one table of data holds no experiment and no other domain", "evaluate");
    }
    return frequencies(data, all, keep);
  };
  source.cardinality = [marginal = source.marginal](NodeId v) { return marginal(0, {}, {v}).cardinalities().front(); };
  return source;
}

}  // namespace causal
