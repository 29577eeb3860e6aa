#include "causal/estimation/registry.hpp"

#include <array>

#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"

namespace causal::estimation {

std::span<const EstimatorEntry> estimators() { return {}; }

const EstimatorEntry& find_estimator(std::string_view name) {
  std::vector<std::string> names;
  for (const EstimatorEntry& entry : estimators()) {
    if (entry.info.name == name) return entry;
    names.emplace_back(entry.info.name);
  }
  throw InvalidArgument("no estimator is called '" + std::string(name) + "'", {},
                        nearest_name_hint(std::string(name), names));
}

}  // namespace causal::estimation
