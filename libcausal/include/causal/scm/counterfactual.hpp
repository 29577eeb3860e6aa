#pragma once
// Counterfactuals: what would have been, given what was. Abduction, action, prediction (Pearl, "Causality", chapter 7).

#include <Eigen/Core>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "causal/diagram/contraction.hpp"
#include "causal/scm/intervention.hpp"

namespace causal {

/// Node `node` was seen to have this value, without any intervention.
struct Observation {
  NodeId node;
  double value;
};

/// Why there is no answer.
enum class Refusal {
  ZeroSupport,      ///< The evidence has probability zero.
  NotInvertible,    ///< The noise behind an observed value cannot be computed.
  NotDetermined,    ///< The evidence does not fix the quantity asked for.
  NotIdentifiable,  ///< A table does not say how its values under different parents go together.
  BudgetExceeded    ///< More work than allowed, or too few samples that fit the evidence.
};

/// No answer, and why.
struct NoCounterfactual {
  Refusal refusal = Refusal::NotDetermined;
  NodeId node = -1;  ///< The node at fault, or -1.
  std::string reason;
};

/// The values that the query nodes would certainly have had, in the order of the query.
struct PointCounterfactual {
  std::vector<double> values;
};

/// A Gaussian distribution over all nodes.
struct GaussianCounterfactual {
  Eigen::VectorXd mean;
  Eigen::MatrixXd covariance;
};

/// A joint distribution of the query; variable i of the factor is query[i].
struct DiscreteCounterfactual {
  Factor distribution;
  double given_probability = 1;  ///< Probability of what was given.
};

/// Draws with weights that sum to 1: one column per query node.
struct WeightedSample {
  Eigen::MatrixXd values;
  Eigen::VectorXd weights;
  double effective_sample_size = 0;  ///< 1 / sum of squared weights.

  [[nodiscard]] double mean(int column) const { return weights.dot(values.col(column)); }
  /// Standard error of the mean: sqrt(sum w_i^2 (x_i - mean)^2).
  [[nodiscard]] double standard_error(int column) const;
};

/// A node in one of several worlds; world 0 is the one without intervention.
struct WorldNode {
  int world;
  NodeId node;
};
struct WorldValue {
  int world;
  NodeId node;
  double value;
};
/// P(query | given) across worlds that share their noise. World k >= 1 is the model after worlds[k - 1].
struct WorldQuery {
  std::vector<std::vector<Intervention>> worlds;
  std::vector<WorldNode> query;
  std::vector<WorldValue> given = {};
};

/// The noise of every node under full observation. Errors: InvalidArgument for observations that miss or repeat a node.
/// Answers: ZeroSupport, NotInvertible and NotDetermined (several noises fit) with the node.
[[nodiscard]] std::variant<std::vector<double>, NoCounterfactual> abduct(const Scm& model,
                                                                         const std::vector<Observation>& evidence);

/// Exact values where the evidence determines them: the noise of every node that the interventions touch above the
/// query must follow from observed (or computable) values. Cost O(n + m) evaluations. Answers: ZeroSupport,
/// NotInvertible, NotDetermined with the node. Errors: InvalidArgument as in `intervene`.
[[nodiscard]] std::variant<PointCounterfactual, NoCounterfactual> counterfactual_point(
    const Scm& model, const std::vector<Observation>& evidence, const std::vector<Intervention>& interventions,
    const std::vector<NodeId>& query);

/// Linear-Gaussian models with any evidence, in closed form: e | evidence is Gaussian, and x' = M'(c' + e). Singular
/// covariances are handled by pseudo-inverses. Answer: ZeroSupport for evidence outside the support.
/// Errors: InvalidArgument unless both the model and the model after the interventions are linear and Gaussian.
/// Cost O(p^3).
[[nodiscard]] std::variant<GaussianCounterfactual, NoCounterfactual> counterfactual_gaussian(
    const Scm& model, const std::vector<Observation>& evidence, const std::vector<Intervention>& interventions);

/// Discrete models, exactly: one copy of the mechanisms per world on shared noise, equal copies merged (also where
/// given values fix what a mechanism reads), the rest contracted. Tables with chance are used where one copy of the
/// node is left; where two are, the answer is NotIdentifiable: see with_response_functions. Other answers: ZeroSupport,
/// BudgetExceeded. Errors: InvalidArgument for unknown worlds, nodes and values, for continuous nodes above the query.
[[nodiscard]] std::variant<DiscreteCounterfactual, NoCounterfactual> counterfactual_distribution(
    const Scm& model, const WorldQuery& query, const ContractionOptions& options = {});

struct SamplingOptions {
  std::int64_t samples = 100'000;
  double min_effective_sample_size = 100;
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"samples", "noise vectors drawn", at_least(1)}, self.samples);
    visitor(Field{"min_effective_sample_size", "refuse an answer that rests on fewer samples than this", at_least(1)},
            self.min_effective_sample_size);
  }
};

/// Any model, by importance sampling: noise is drawn from its law, except that of observed nodes, which is computed
/// from the value and weighted by its density. Answers: BudgetExceeded when the effective sample size is too small,
/// ZeroSupport when no draw fits, NotInvertible, NotIdentifiable (a table with chance below an intervention),
/// NotDetermined (noise blocks). The same bytes at any thread count.
[[nodiscard]] std::variant<WeightedSample, NoCounterfactual> counterfactual_sample(
    const Scm& model, const std::vector<Observation>& evidence, const std::vector<Intervention>& interventions,
    const std::vector<NodeId>& query, const SamplingOptions& options = {});

using CounterfactualAnswer =
    std::variant<PointCounterfactual, GaussianCounterfactual, DiscreteCounterfactual, WeightedSample, NoCounterfactual>;
/// The first method that applies: discrete contraction for discrete models; else exact values, the Gaussian closed
/// form, sampling.
[[nodiscard]] CounterfactualAnswer counterfactual(const Scm& model, const std::vector<Observation>& evidence,
                                                  const std::vector<Intervention>& interventions,
                                                  const std::vector<NodeId>& query,
                                                  const SamplingOptions& options = {});

/// The model with the table of v made a function of a response variable: one value per assignment of the parents.
/// A table does not determine the law of the responses. `law` (one probability per response, the response to the first
/// parent row most significant) must reproduce the table; without it, responses to different parents are taken as
/// independent, which is an assumption, not a consequence.
/// Answer: BudgetExceeded beyond `max_responses`. Errors: InvalidArgument when v has no table, or `law` does not give
/// it back within 1e-9.
[[nodiscard]] std::variant<Scm, NoCounterfactual> with_response_functions(const Scm& model, NodeId v,
                                                                          const std::vector<double>& law = {},
                                                                          std::int64_t max_responses = 65536);

}  // namespace causal
