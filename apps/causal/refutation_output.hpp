#pragma once
// Refutations and sensitivity as JSON for the record of an estimate, and as text.

#include <string>
#include <vector>

#include "causal/estimation/sensitivity/e_value.hpp"
#include "causal/estimation/sensitivity/omitted_variable.hpp"
#include "causal/estimation/sensitivity/refute.hpp"
#include "causal/io/json.hpp"

namespace causal::cli {

/// What the checks of one estimate found.
struct Checked {
  std::string method;
  std::string estimand;
  std::vector<estimation::Refutation> refutations;
  std::vector<estimation::UnobservedCommonCause> curves;  ///< None or one.
};

/// How strong a confounder would have to be.
struct Sensitivity {
  std::vector<std::pair<std::string, estimation::EValue>> e_values;  ///< By "method estimand".
  std::vector<estimation::OmittedVariableBias> omitted;              ///< None or one: of the linear regression.
  std::vector<estimation::ConfounderContours> contours;              ///< With it.
  std::vector<std::string> skipped;                                  ///< What could not be computed, and why.
};

/// The items of the member `refutations`.
[[nodiscard]] io::Json refutations_json(const std::vector<Checked>& checked);
/// The member `sensitivity`.
[[nodiscard]] io::Json sensitivity_json(const Sensitivity& sensitivity);
[[nodiscard]] std::string refutations_text(const std::vector<Checked>& checked, const Sensitivity& sensitivity);

}  // namespace causal::cli
