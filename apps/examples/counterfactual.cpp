// Smoking, tar and cancer with the hidden trait in the model: seen, set, simulated, and what would have been.

#include <cmath>
#include <iostream>

#include "causal/scm/effects.hpp"

using namespace causal;

int main() {
  // h -> s -> t -> c <- h, all of them functions of their own noise; levels 0 and 1.
  const Dag dag(MixedGraph({"h", "s", "t", "c"}, {directed(0, 1), directed(0, 3), directed(1, 2), directed(2, 3)}));
  const auto coin = [](double one) { return Noise::categorical({1 - one, one}); };
  const Scm model(
      dag,
      {std::make_shared<DiscreteCpt>(std::vector<int>{}, 2, std::vector<double>{0.4, 0.6}),
       // s: those with the trait smoke unless the noise says no, the others only if it says yes.
       std::make_shared<FunctionTable>(std::vector<int>{2}, 2, std::vector<int>{0, 1, 1, 0}, coin(0.2)),
       // t: tar follows smoking but for noise.
       std::make_shared<FunctionTable>(std::vector<int>{2}, 2, std::vector<int>{0, 1, 1, 0}, coin(0.1)),
       // c: three kinds of people per trait and tar: never, only with both, with either.
       std::make_shared<FunctionTable>(std::vector<int>{2, 2}, 2, std::vector<int>{0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 1},
                                       Noise::categorical({0.3, 0.3, 0.4}))},
      {.latent = {0}});
  const NodeId s = model.id("s"), c = model.id("c");

  const auto seen = counterfactual_distribution(model, {{}, {{0, c}}, {{0, s, 1}}});
  const Scm smoking = intervene(model, {Hard{s, 1}});
  const auto set = counterfactual_distribution(smoking, {{}, {{0, c}}});
  const auto cancer = [](const auto& answer) {
    return std::get<DiscreteCounterfactual>(answer).distribution.values()[1];
  };
  std::cout << "P(c = 1 | s = 1)     = " << cancer(seen) << "\n";
  std::cout << "P(c = 1 | do(s = 1)) = " << cancer(set) << "\n";

  constexpr std::int64_t kRows = 100'000;
  const double simulated = smoking.sample_values(kRows, {.seed = 1}).col(c).mean();
  std::cout << "the same by " << kRows << " draws: " << simulated << "\n";

  // Somebody smokes and has cancer: would there be cancer without smoking?
  const CausationQuery query{.contrast = {.cause = s, .effect = c}};
  std::cout << "P(no cancer had s been 0 | s = 1, c = 1) = " << std::get<double>(probability_of_necessity(model, query))
            << "\n";
  const auto bounds = causation_bounds(std::get<BinaryEvidence>(binary_evidence(model, query)));
  std::cout << "without the functions, only: between " << bounds.necessity.low << " and " << bounds.necessity.high
            << "\n";
  return std::abs(simulated - cancer(set)) < 0.01 ? 0 : 1;
}
