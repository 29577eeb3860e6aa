// The effect of a training programme on earnings, doubly robust, with a check and a word on hidden confounders.
#include <iostream>

#include "causal/estimation/effect/aipw.hpp"
#include "causal/estimation/effect/regression.hpp"
#include "causal/estimation/sensitivity/omitted_variable.hpp"
#include "causal/estimation/sensitivity/refute.hpp"
#include "causal/io/csv.hpp"

int main() {
  using namespace causal;
  using namespace causal::estimation;
  const Dataset table = io::read_csv("data/nsw.csv").data;
  const EffectData data =
      effect_data(table, {.outcome = "re78",
                          .treatment = "treat",
                          .covariates = {"age", "age^2", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"}});

  const Estimate robust = aipw(data, {.nuisances = {.repeats = 9}});
  std::cout << robust.brief() << '\n' << regression(data).brief() << '\n';
  for (const std::string& warning : robust.warnings) std::cout << "warning: " << warning << '\n';

  // With treatments dealt out anew no effect can be left.
  const EffectEstimator again = [](const EffectData& changed) { return regression(changed); };
  std::cout << placebo_treatment(data, again, {.replicates = 100}).statement << '\n';

  const OmittedVariableBias bias = omitted_variable_bias(data, {.benchmarks = {"re75"}, .times = {1}});
  std::cout << "robustness value " << bias.robustness_value << ", with a confounder like re75 the effect would be "
            << bias.benchmarks.front().adjusted.value << '\n';
}
