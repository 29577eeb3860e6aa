#pragma once
// Regressions on prediction-powered data, after their input has been checked.

#include <string>
#include <vector>

#include "causal/estimation/nuisance/glm.hpp"
#include "debias/ppi_rectify.hpp"

namespace causal::estimation::ppi {

[[nodiscard]] std::vector<Estimate> ols(const PpiData& data, const PpiDesign& design,
                                        const std::vector<std::string>& names, const Weights& weights,
                                        const PpiOptions& options);

[[nodiscard]] std::vector<Estimate> glm(const PpiData& data, const PpiDesign& design,
                                        const std::vector<std::string>& names, GlmFamily family, const Weights& weights,
                                        const PpiOptions& options);

}  // namespace causal::estimation::ppi
