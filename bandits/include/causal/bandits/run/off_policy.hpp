#pragma once
// What another policy would have earned, from the log of one that was played.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "causal/bandits/run/play.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal::bandits {

/// What the direct method needs: graphs[b](i, j) is not 0 where i is a parent of j under bit b, and per bit the known
/// means of the noise.
struct OffPolicyModel {
  std::array<Eigen::MatrixXi, 2> graphs;
  std::array<Eigen::VectorXd, 2> offsets;
};

struct OffPolicyOptions {
  double level = 0.95;
  int replicates = 400;    ///< Of the bootstrap.
  std::uint64_t seed = 0;  ///< Of the bootstrap.
  int threads = 0;         ///< Never changes the result.
  /// Per node, 0 where the bit cannot matter to the mean reward (LinearArms::relevant); empty: all can.
  std::vector<std::uint8_t> relevant = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"level", "confidence level of the intervals", open_interval(0, 1)}, self.level);
    visitor(Field{"replicates", "resamples of the bootstrap", closed_interval(100, 1e6)}, self.replicates);
    visitor(Field{"seed", "of the bootstrap"}, self.seed);
    visitor(Field{"threads", "worker threads; 0 means one per core", closed_interval(0, 1024)}, self.threads);
  }
};

/// A mean reward; NaN with status Degenerate and a reason where the log has no answer.
struct OffPolicyValue {
  double value = std::numeric_limits<double>::quiet_NaN();
  double ci_low = std::numeric_limits<double>::quiet_NaN();
  double ci_high = std::numeric_limits<double>::quiet_NaN();
  Status status = Status::Ok;
  std::string reason;
};

struct OffPolicyResult {
  OffPolicyValue ips;            ///< Mean of w y: unbiased; its spread grows with that of the weights w.
  OffPolicyValue snips;          ///< Sum of w y over the sum of w: slightly biased, within the range of the rewards.
  OffPolicyValue direct;         ///< The mean reward of the fitted model: right if the graphs are.
  OffPolicyValue doubly_robust;  ///< Mean of m(target) + w (y - m(a)): unbiased whatever the graphs, narrow if right.
  double effective_sample_size = 0;  ///< (sum w)^2 / sum w^2.
  double largest_weight = 0;
  std::int64_t n = 0;  ///< Rounds.
  std::vector<std::string> warnings;
};

/// The mean reward of the policy that sets bit j to 1 with probability target[j], independently of the other bits and
/// of the past, from rounds whose bits were independent too: propensity[t][j] is the probability with which bit j was
/// 1 in round t (a single entry holds for all rounds). Every target[j] 0 or 1 evaluates one action.
///
/// The weight w of a round is the product, over the relevant bits only, of their probability under the target over
/// that under the log: the mean reward depends on no other bit, so their factors would add noise and nothing else.
/// `model` (may be null; then direct and doubly_robust say Degenerate) is fitted by fit_arms without prior; the doubly
/// robust estimate takes m from the other half of the rounds (even and odd ones). A fit with two possible graphs that
/// disagree on the order, or with fewer rows of a mechanism than parents, is Degenerate. Intervals are percentiles of
/// a bootstrap of the rounds; the direct method is fitted anew in each resample, the doubly robust one keeps its m,
/// whose error has no first-order effect. The rounds must be independent given their propensities: the mechanisms are
/// at rest, and what is right for uniform play may be optimistic for a log whose propensities follow the rewards.
///
/// Where the target uses a bit that the log never could (probability 0), weights cannot help: ips, snips and
/// doubly_robust are Degenerate. A warning tells of an effective sample size below 30. O(n k^2) and, for the direct
/// method, replicates (n k^3) for k nodes. The same at any number of threads.
/// Errors: InvalidArgument for sizes that do not fit, a probability outside [0, 1], an option out of range; DataError
/// for no rounds, a row that is not finite, or an action that its propensity excludes (round and node are named).
/// Source: Dudik, Langford and Li, "Doubly robust policy evaluation and learning", ICML 2011; Swaminathan and
/// Joachims, "The self-normalized estimator for counterfactual learning", NeurIPS 2015.
[[nodiscard]] OffPolicyResult evaluate_off_policy(const BanditLog& log,
                                                  const std::vector<std::vector<double>>& propensity,
                                                  const std::vector<double>& target, int reward,
                                                  const OffPolicyModel* model = nullptr,
                                                  const OffPolicyOptions& options = {});

/// The mean reward of such a policy in a known model: the mean is affine in each bit, so averaged mechanisms give it
/// in one pass. Errors: InvalidArgument for arms without an order, sizes, or a probability outside [0, 1].
[[nodiscard]] double mean_reward_of(const LinearArms& arms, const std::vector<double>& target);

}  // namespace causal::bandits
