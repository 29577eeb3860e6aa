#include "causal/bandits/run/policy_registry.hpp"

#include <array>
#include <string>
#include <vector>

#include "causal/run/error.hpp"
#include "causal/run/nearest_name.hpp"

namespace causal::bandits {
namespace {

constexpr std::array kRewards{VariableType::Continuous};

constexpr Assumption kAtRest{"at_rest", "the means of the arms do not change", false};
constexpr Assumption kFewArms{"few_arms", "the horizon is long against the number of arms, 2^n", false};
constexpr Assumption kLinear{"linear", "every node is linear in its parents, with noise that does not depend on them",
                             false};
constexpr Assumption kOffsets{"known_offsets", "the means of the noise are known", false};
constexpr Assumption kNoHidden{"no_hidden_causes", "no two nodes share a cause that is not a node", false};
constexpr Assumption kGraphs{"known_graphs", "the edges of both mechanisms of every node are known", false};
constexpr Assumption kNormal{"normal_noise", "the noise is normal; other laws of similar variance cost little", false};

constexpr std::array kArm{kAtRest, kFewArms};
constexpr Assumption kAdditive{"additive_bits",
                               "the mean reward is linear in the bits, or in their products two by two", false};
constexpr std::array kFewOnly{kFewArms};
constexpr std::array kBits{kAdditive, kAtRest};
constexpr std::array kUnknownGraphs{kLinear, kOffsets, kNoHidden, kAtRest};
constexpr std::array kKnownGraphs{kLinear, kOffsets, kNoHidden, kGraphs, kAtRest};
constexpr std::array kBayes{kLinear, kOffsets, kNoHidden, kNormal, kAtRest};

std::array<Eigen::MatrixXi, 2> graphs_of(const LinearArms& arms) {
  std::array<Eigen::MatrixXi, 2> graphs;
  for (const int bit : {0, 1}) {
    graphs[static_cast<std::size_t>(bit)] = (arms.weights(bit).array() != 0).cast<int>().matrix();
  }
  return graphs;
}

template <ArmRule rule>
PolicyPtr make_arm(const LinearArms& arms, std::int64_t horizon, const PolicyOptions& options) {
  ArmPolicyOptions mine = options.arm;
  mine.rule = rule;
  mine.horizon = horizon;
  return make_arm_policy({.n = arms.n(), .reward = arms.reward(), .offsets = {}}, mine);
}

template <bool known>
PolicyPtr make_csl(const LinearArms& arms, std::int64_t horizon, const PolicyOptions& options) {
  CslUcbOptions mine = options.csl_ucb;
  mine.horizon = horizon;
  mine.graphs.reset();
  if (known) mine.graphs = graphs_of(arms);
  return make_csl_ucb(BanditModel::of(arms), mine);
}

PolicyPtr make_linear(const LinearArms& arms, std::int64_t, const PolicyOptions& options) {
  return make_linear_thompson(BanditModel::of(arms), graphs_of(arms), options.linear_thompson);
}

PolicyPtr make_optimistic(const LinearArms& arms, std::int64_t horizon, const PolicyOptions& options) {
  LinearSemUcbOptions mine = options.linear_sem_ucb;
  mine.horizon = horizon;
  return make_linear_sem_ucb(BanditModel::of(arms), graphs_of(arms), mine);
}

PolicyPtr make_eliminating(const LinearArms& arms, std::int64_t horizon, const PolicyOptions& options) {
  GaLcbOptions mine = options.ga_lcb;
  mine.horizon = horizon;
  mine.graphs.reset();
  return make_ga_lcb(BanditModel::of(arms), mine);
}

PolicyPtr make_chain(const LinearArms& arms, std::int64_t, const PolicyOptions& options) {
  return make_order_chain_thompson(BanditModel::of(arms), options.order_chain_thompson);
}

PolicyPtr make_bits(const LinearArms& arms, std::int64_t, const PolicyOptions& options) {
  return make_linear_ucb({.n = arms.n(), .reward = arms.reward(), .offsets = {}}, options.linear_ucb);
}

PolicyPtr make_order(const LinearArms& arms, std::int64_t, const PolicyOptions& options) {
  return make_order_thompson(BanditModel::of(arms), options.order_thompson);
}

template <std::size_t N>
constexpr MethodInfo info(std::string_view name, std::string_view title, std::string_view summary,
                          std::string_view source, const std::array<Assumption, N>& assumptions) {
  return {name, title, summary, source, kRewards, assumptions, "bandits.md"};
}

const std::array kPolicies{
    PolicyEntry{info("order_thompson", "Thompson sampling over orders, graphs and weights",
                     "Draws a model from the exact posterior and plays its best arm: the one to take when the graph is "
                     "not known, up to 16 nodes.",
                     "Thompson 1933; Friedman and Koller 2003", kBayes),
                PolicyKnowledge::Offsets, make_order},
    PolicyEntry{info("order_chain_thompson", "Thompson sampling over orders visited by Markov chains",
                     "As order_thompson for more than 16 nodes, up to 256: approximate, for sparse graphs.",
                     "Thompson 1933; Friedman and Koller 2003", kBayes),
                PolicyKnowledge::Offsets, make_chain},
    PolicyEntry{info("linear_thompson", "Thompson sampling for linear models with known graphs",
                     "Draws the weights from their posterior and plays the best arm: the one to take when the graphs "
                     "are known.",
                     "Varici et al. 2023", kKnownGraphs),
                PolicyKnowledge::OffsetsAndGraphs, make_linear},
    PolicyEntry{
        info("linear_sem_ucb", "Optimism for linear models with known graphs",
             "Plays the best arm of the most favourable weights within confidence ellipsoids; with `corruption` "
             "rows that fluctuate count less.",
             "Varici et al. 2023; Yan et al. 2024", kKnownGraphs),
        PolicyKnowledge::OffsetsAndGraphs, make_optimistic},
    PolicyEntry{
        info("ga_lcb", "Single interventions first, then elimination of arms in phases",
             "Learns the graph from (n + 1) explore_rounds rounds and eliminates arms by widths: for long runs.",
             "Yan and Tajer 2024", kUnknownGraphs),
        PolicyKnowledge::Offsets, make_eliminating},
    PolicyEntry{info("csl_ucb", "Causal sub-graph learning with an upper confidence index",
                     "Explores at random, learns both graphs, then plays an index: the published method for unknown "
                     "graphs, with resets after changes.",
                     "Peng et al. 2025", kUnknownGraphs),
                PolicyKnowledge::Offsets, make_csl<false>},
    PolicyEntry{info("csl_ucb_known", "The index of csl_ucb with known graphs",
                     "csl_ucb told both graphs: shows what learning them costs.", "Peng et al. 2025", kKnownGraphs),
                PolicyKnowledge::OffsetsAndGraphs, make_csl<true>},
    PolicyEntry{info("ucb1", "Upper confidence bounds, arm by arm",
                     "Tries each of the 2^n arms, then the largest mean plus width; knows nothing of the graph.",
                     "Auer, Cesa-Bianchi and Fischer 2002", kArm),
                PolicyKnowledge::Nothing, make_arm<ArmRule::Ucb1>},
    PolicyEntry{info("gaussian_thompson", "Thompson sampling, arm by arm",
                     "Draws the mean of each of the 2^n arms and plays the largest; knows nothing of the graph.",
                     "Thompson 1933; Agrawal and Goyal 2013", kArm),
                PolicyKnowledge::Nothing, make_arm<ArmRule::GaussianThompson>},
    PolicyEntry{info("sliding_ucb", "Upper confidence bounds on a sliding window",
                     "ucb1 on the last rounds only: for rewards that change; knows nothing of the graph.",
                     "Garivier and Moulines 2011", kFewOnly),
                PolicyKnowledge::Nothing, make_arm<ArmRule::SlidingUcb>},
    PolicyEntry{
        info("linear_ucb", "Regression of the reward on the bits, with an upper confidence bound",
             "Learns about all arms from every round; right when no two nodes whose bits matter lie on one path.",
             "Li, Chu, Langford and Schapire 2010", kBits),
        PolicyKnowledge::Nothing, make_bits},
    PolicyEntry{
        info("successive_rejects", "Successive rejects",
             "Drops the worst arm phase by phase and plays the last one for ever: finds the best arm, whatever it "
             "costs on the way.",
             "Audibert, Bubeck and Munos 2010", kArm),
        PolicyKnowledge::Nothing, make_arm<ArmRule::SuccessiveRejects>},
    PolicyEntry{info("epsilon_greedy", "Greedy with random rounds",
                     "Plays the arm with the largest mean, and any arm with probability epsilon.",
                     "Sutton and Barto 1998", kArm),
                PolicyKnowledge::Nothing, make_arm<ArmRule::EpsilonGreedy>},
    PolicyEntry{info("explore_then_commit", "Explore, then commit",
                     "Plays every arm explore_rounds times, then the best of them for ever.",
                     "Robbins 1952; Garivier, Kaufmann and Lattimore 2016", kArm),
                PolicyKnowledge::Nothing, make_arm<ArmRule::ExploreThenCommit>},
    PolicyEntry{info("uniform", "Uniformly random arms", "Plays any arm: the measure of no learning at all.",
                     "none needed", kArm),
                PolicyKnowledge::Nothing, make_arm<ArmRule::Uniform>}};

constexpr std::array kPresets{PolicyPreset{"recommended", "order_thompson"}, PolicyPreset{"paper", "csl_ucb"}};

}  // namespace

std::span<const PolicyEntry> policies() { return kPolicies; }
std::span<const PolicyPreset> policy_presets() { return kPresets; }

const PolicyEntry& find_policy(std::string_view name) {
  std::vector<std::string> names;
  for (const PolicyPreset& preset : kPresets) {
    if (preset.name == name) return find_policy(preset.policy);
    names.emplace_back(preset.name);
  }
  for (const PolicyEntry& entry : policies()) {
    if (entry.info.name == name) return entry;
    names.emplace_back(entry.info.name);
  }
  throw InvalidArgument("no policy is called '" + std::string(name) + "'", {},
                        nearest_name_hint(std::string(name), names));
}

}  // namespace causal::bandits
