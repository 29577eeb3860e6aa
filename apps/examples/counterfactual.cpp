// Smoking, tar and cancer with the hidden trait in the model: seen, set, simulated, and what would have been.

#include <cmath>
#include <iostream>

#include "causal/io/joint_table.hpp"
#include "causal/scm/effects.hpp"

using namespace causal;

namespace {

// h -> s -> t -> c <- h. The trait h says whether its bearer smokes and how c would respond to t = 0 and to t = 1:
// h = 4 s + 2 (c at t = 0) + (c at t = 1). Of all such models with the observed distribution p(s, t, c) this is the one
// in which the two responses are independent.
Scm model_with_trait(const Factor& p) {
  const auto conditional = [&](int s, int t, int c) {  // P(c | s, t)
    return p.at(std::vector<int>{s, t, c}) / p.slice(0, s).slice(1, t).total();
  };
  std::vector<double> trait, tar;
  std::vector<double> smokes, cancer;  // functions as tables of zeros and ones
  for (int h = 0; h < 8; ++h) {
    const int s = h / 4, without = h / 2 % 2, with = h % 2;
    trait.push_back(p.slice(0, s).total() * conditional(s, 0, without) * conditional(s, 1, with));
    for (const int value : {0, 1}) smokes.push_back(s == value ? 1 : 0);
    for (const int response : {without, with}) {
      for (const int value : {0, 1}) cancer.push_back(response == value ? 1 : 0);
    }
  }
  for (const int s : {0, 1}) {
    for (const int t : {0, 1}) tar.push_back(p.slice(0, s).slice(1, t).total() / p.slice(0, s).total());
  }
  using Cards = std::vector<int>;
  const Dag dag(MixedGraph({"h", "s", "t", "c"}, {directed(0, 1), directed(0, 3), directed(1, 2), directed(2, 3)}));
  return {dag,
          {std::make_shared<DiscreteCpt>(Cards{}, 8, trait), std::make_shared<DiscreteCpt>(Cards{8}, 2, smokes),
           std::make_shared<DiscreteCpt>(Cards{2}, 2, tar), std::make_shared<DiscreteCpt>(Cards{8, 2}, 2, cancer)},
          {.latent = {0}}};
}

double one(const std::variant<DiscreteCounterfactual, NoCounterfactual>& answer) {
  return std::get<DiscreteCounterfactual>(answer).distribution.values()[1];
}

}  // namespace

int main() {
  const Scm model = model_with_trait(io::read_joint_table("data/smoking.csv").joint);
  const NodeId s = model.id("s"), c = model.id("c");
  const Scm smoking = intervene(model, {Hard{s, 1}});
  const double set = one(counterfactual_distribution(smoking, {{}, {{0, c}}}));
  const double simulated = smoking.sample_values(1'000'000, {.seed = 1}).col(c).mean();
  std::cout.precision(10);
  std::cout << "P(c = 1 | s = 1)     = " << one(counterfactual_distribution(model, {{}, {{0, c}}, {{0, s, 1}}})) << "\n"
            << "P(c = 1 | do(s = 1)) = " << set << "\n"
            << "the same by a million draws: " << simulated << "\n";

  // Somebody smokes and has cancer. Would there be none without smoking? The tables alone bound the answer.
  const CausationQuery query{.contrast = {.cause = s, .effect = c}};
  const auto bounds = causation_bounds(std::get<BinaryEvidence>(binary_evidence(model, query)));
  const auto exact = probability_of_necessity(model, query);
  std::cout << "necessity of smoking: between " << bounds.necessity.low << " and " << bounds.necessity.high << "\n";
  std::cout << std::get<NoCounterfactual>(exact).reason << "\n";
  const Scm assumed = std::get<Scm>(with_response_functions(model, model.id("t")));
  std::cout << "with independent responses of t: " << std::get<double>(probability_of_necessity(assumed, query))
            << "\n";
  // The value that the observed table determines whatever the trait is, and five standard errors of a share.
  const bool exact_agrees = std::abs(set - 0.746522366522366) < 1e-12;
  return exact_agrees && std::abs(simulated - set) < 5 * std::sqrt(set * (1 - set) / 1e6) ? 0 : 1;
}
