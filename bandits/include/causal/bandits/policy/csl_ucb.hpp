#pragma once
// The published policy for unknown graphs: explore at random, learn both graphs, play an upper confidence index.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "causal/bandits/policy/policy.hpp"
#include "causal/bandits/structure/bounds.hpp"
#include "causal/bandits/structure/subgraph_learner.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

/// How the coefficient of the width runs.
enum class WidthSchedule {
  Cosine,  ///< c0 (1 + cos(pi (t - s) / (T - s))) / 2 with s the last change and T the horizon.
  Fixed,   ///< c0.
  One      ///< 1: the width as it stands.
};

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::WidthSchedule> {
  static constexpr std::array<std::pair<bandits::WidthSchedule, std::string_view>, 3> names{
      {{bandits::WidthSchedule::Cosine, "cosine"},
       {bandits::WidthSchedule::Fixed, "fixed"},
       {bandits::WidthSchedule::One, "one"}}};
};

namespace causal::bandits {

/// The defaults are those of the publication.
struct CslUcbOptions {
  std::int64_t horizon = 1500;  ///< T of the cosine.
  int explore_rows = 20;        ///< Random actions until every mechanism has as many rows.
  int graph_every = 50;         ///< Rounds between updates of the graphs.
  int estimate_every = 20;      ///< Rounds between updates of weights and action; in between the action is held.
  int weight_rows = 100;        ///< Rows of each mechanism that weights are estimated from, the first; 0: all.
  WidthSchedule schedule = WidthSchedule::Cosine;
  double forced_explore = 0;  ///< Probability of a round with uniformly random bits.
  double noise_sd = 1;        ///< Of every node; 0: estimated from residuals. Detection takes 0 for 1.
  double prior_sd = std::numeric_limits<double>::infinity();  ///< Of a weight; infinite: least squares.
  bool detect_changes = false;
  int change_after = 200;       ///< No detection before this round.
  int change_window = 20;       ///< Rows of a mechanism that detection looks at.
  double change_threshold = 2;  ///< Of the divergence, in nats; see kl_threshold.
  WidthOptions width = {};
  SubgraphOptions graph = {};
  /// The true graphs, when they are known: then nothing is learned about them.
  std::optional<std::array<Eigen::MatrixXi, 2>> graphs = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"horizon", "rounds of the run", at_least(1)}, self.horizon);
    visitor(Field{"explore_rows", "rows of each mechanism before the policy decides", closed_interval(1, 1e6)},
            self.explore_rows);
    visitor(Field{"graph_every", "rounds between updates of the graphs", closed_interval(1, 1e9)}, self.graph_every);
    visitor(Field{"estimate_every", "rounds between updates of the action", closed_interval(1, 1e9)},
            self.estimate_every);
    visitor(Field{"weight_rows", "rows weights are estimated from; 0: all", at_least(0)}, self.weight_rows);
    visitor(Field{"schedule", "how the coefficient of the width runs"}, self.schedule);
    visitor(Field{"forced_explore", "probability of a round with random bits", closed_interval(0, 1)},
            self.forced_explore);
    visitor(Field{"noise_sd", "sd of the noise; 0: estimated", closed_interval(0, 1e100)}, self.noise_sd);
    visitor(Field{"prior_sd",
                  "sd of the prior of a weight; inf: least squares",
                  {0, std::numeric_limits<double>::infinity(), true, false}},
            self.prior_sd);
    visitor(Field{"detect_changes", "watch every mechanism for changes"}, self.detect_changes);
    visitor(Field{"change_after", "no detection before this round", at_least(0)}, self.change_after);
    visitor(Field{"change_window", "rows detection looks at", closed_interval(2, 1e6)}, self.change_window);
    visitor(Field{"change_threshold", "of the divergence", open_interval(0, 1e100)}, self.change_threshold);
  }
};

/// Explores until every mechanism has explore_rows rows; then learns both graphs, estimates the weights, and plays the
/// largest mean + c width over all actions. c0 is half the largest mean (in absolute value when none is positive) over
/// the largest width, at the first decision. A detected change makes the mechanism's rows be forgotten, and with them
/// the action turns random again until it has enough new ones.
///
/// The coefficient scales itself and anneals, so the index is a heuristic, not the bound that the width comes from.
/// Topology is learned from the first rows only: rows gathered after the policy has settled on an action carry no
/// signal on directions. At most 20 nodes; 2^n per decision. Prefer make_order_thompson. Source: see SubgraphLearner.
class CslUcb final : public Policy {
 public:
  /// Errors: InvalidArgument for an option out of range, a model or graphs that do not fit, more than 20 nodes.
  explicit CslUcb(const BanditModel& model, const CslUcbOptions& options = {});
  [[nodiscard]] std::string_view name() const override { return "csl_ucb"; }
  [[nodiscard]] Action select(std::int64_t round, RandomStream& stream) override;
  void update(const Action& action, std::span<const double> row) override;
  void save(std::ostream& out) const override;
  void load(std::istream& in) override;

  /// The graphs in use; all zero before the first decision.
  [[nodiscard]] const std::array<Eigen::MatrixXi, 2>& graphs() const { return graphs_; }
  [[nodiscard]] std::span<const ChangeAlarm> alarms() const override { return alarms_; }
  [[nodiscard]] const ArmStatistics& statistics() const { return statistics_; }

 private:
  struct Mechanism {
    std::int64_t start = 0;  // the round its rows count from
    std::int64_t rows = 0;
    char learn = 1;              // whether the graphs and weights must be updated for it
    std::vector<double> recent;  // ring of the last change_window rows
  };
  Mechanism& mechanism(int bit, int node) { return mechanisms_[static_cast<std::size_t>(2 * node + bit)]; }
  void detect(std::int64_t round);
  void learn_graphs();
  void decide(std::int64_t round);
  [[nodiscard]] bool must_learn() const;

  BanditModel model_;
  CslUcbOptions options_;
  ArmStatistics statistics_;
  SubgraphLearner learner_;
  std::vector<Mechanism> mechanisms_;
  std::array<Eigen::MatrixXi, 2> graphs_;
  std::array<Eigen::MatrixXd, 2> weights_;
  double first_coefficient_ = 0;
  Action held_;
  Action last_;
  std::vector<ChangeAlarm> alarms_;
};

/// The published policy.
[[nodiscard]] PolicyPtr make_csl_ucb(const BanditModel& model, const CslUcbOptions& options = {});

}  // namespace causal::bandits
