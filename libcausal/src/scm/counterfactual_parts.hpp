#pragma once
// Steps that the counterfactual methods share.

#include <optional>
#include <vector>

#include "causal/scm/counterfactual.hpp"

namespace causal::detail {

/// Per node the value seen. Errors: InvalidArgument for unknown nodes, values and repeats.
[[nodiscard]] std::vector<std::optional<double>> observed_values(const char* function, const Scm& model,
                                                                 const std::vector<Observation>& evidence);
/// The nodes that an intervention changed, and what is below them in the model after it.
[[nodiscard]] std::vector<bool> changed_nodes(const Scm& model, const Scm& after);
/// The nodes and what is above them.
[[nodiscard]] std::vector<bool> ancestors_of(const Scm& model, const std::vector<NodeId>& nodes);
/// The answer when the noise of v is not unique.
[[nodiscard]] NoCounterfactual refuse_noise(const Scm& model, NodeId v, NoiseOfValue::Kind kind);

}  // namespace causal::detail
