#pragma once
// Learn the graph from single interventions, then eliminate arms in phases.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "causal/bandits/policy/policy.hpp"
#include "causal/bandits/structure/column_statistics.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

/// Where the bounds of the values of the nodes come from, that the widths use.
enum class ValueBounds {
  Layers,  ///< 1 for a node without parents, d m + 1 one layer below m, d the largest number of parents.
  Seen     ///< The largest absolute value of the node in all rows so far.
};

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::ValueBounds> {
  static constexpr std::array<std::pair<bandits::ValueBounds, std::string_view>, 2> names{
      {{bandits::ValueBounds::Layers, "layers"}, {bandits::ValueBounds::Seen, "seen"}}};
};

namespace causal::bandits {

/// The defaults are those of the publication's experiments.
struct GaLcbOptions {
  std::int64_t horizon = 40000;  ///< T of the width at which arms are played by their index.
  int explore_rounds = 500;      ///< T1: rounds of the arm without intervention and of each single one.
  double min_shift = 0.5;        ///< eta: an intervention that moves a mean moves it by at least so much.
  double lasso_penalty = 0.1;    ///< Of the Lasso that picks the parents.
  double alpha = 0.1;            ///< Of the widths; 0: sqrt(ln(2 n T / delta) / 2) + sqrt(d), as in the theory.
  double delta = 0.05;           ///< Of that.
  double ridge = 1;              ///< lambda of V = lambda I + sum x x^T.
  ValueBounds bounds = ValueBounds::Layers;
  /// The true graphs, when they are known: then there is no structure phase.
  std::optional<std::array<Eigen::MatrixXi, 2>> graphs = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"horizon", "rounds of the run", at_least(1)}, self.horizon);
    visitor(Field{"explore_rounds", "rounds of each arm of the structure phase", closed_interval(1, 1e9)},
            self.explore_rounds);
    visitor(Field{"min_shift", "smallest move of a mean by an intervention", open_interval(0, 1e100)}, self.min_shift);
    visitor(Field{"lasso_penalty", "penalty that picks the parents", closed_interval(0, 1e100)}, self.lasso_penalty);
    visitor(Field{"alpha", "coefficient of the widths; 0: as in the theory", closed_interval(0, 1e100)}, self.alpha);
    visitor(Field{"delta", "error probability behind alpha = 0", open_interval(0, 1)}, self.delta);
    visitor(Field{"ridge", "ridge of every mechanism", open_interval(0, 1e100)}, self.ridge);
    visitor(Field{"bounds", "bounds of the values behind the widths"}, self.bounds);
  }
};

/// Two phases. *Structure*: the arm without intervention and the n arms with one intervention in turn, explore_rounds
/// times each, (n + 1) explore_rounds rounds. Node i may be a parent of j when intervening on i moves the mean of j by
/// more than min_shift / 2, or moves nothing at all, not even i. A Lasso on these candidates picks the parents of each
/// mechanism. *Elimination*: all arms (bits that cannot matter by the learned graphs are 0) have an index mean + width,
/// the widths added up from parents to children. Wide arms are played at random; when none is wider than the phase
/// allows, arms whose index falls short of the best by more than the phase's tolerance go, and the next phase is twice
/// as strict. Below the final width the largest index is played; a single arm left is played for ever and nothing is
/// learned any more.
///
/// What it costs is the structure phase: it grows with n and plays single interventions however bad they are. It suits
/// shallow graphs with weights of at most about 1, whose interventions move means (min_shift); a parent whose effect
/// cancels or is smaller is lost, and with it the regret stays linear. Where learned edges form a cycle, those go that
/// are against the order of the nodes that loses the least weight. At most 20 nodes; a round of the elimination costs
/// up to O(2^n k^2) for k parents. Prefer make_order_thompson.
/// Source: Yan and Tajer, "Linear causal bandits: unknown graph and soft interventions", NeurIPS
/// 2024.
class GaLcb final : public Policy {
 public:
  /// Errors: InvalidArgument for an option out of range, a model or graphs that do not fit, known graphs whose union
  /// has a cycle, more than 20 nodes.
  explicit GaLcb(const BanditModel& model, const GaLcbOptions& options = {});
  [[nodiscard]] std::string_view name() const override { return "ga_lcb"; }
  [[nodiscard]] Action select(std::int64_t round, RandomStream& stream) override;
  /// Errors: InvalidArgument for an action or row that does not fit, or a value that is not finite.
  void update(const Action& action, std::span<const double> row) override;
  void save(std::ostream& out) const override;
  void load(std::istream& in) override;

  /// Ends the structure phase with the rows there are; select does it when the phase is over.
  void learn_graphs();
  /// The graphs in use; all zero before the end of the structure phase.
  [[nodiscard]] const std::array<Eigen::MatrixXi, 2>& graphs() const { return graphs_; }
  [[nodiscard]] bool learned() const { return learned_ != 0; }
  /// Edges that were dropped because they closed a cycle.
  [[nodiscard]] int dropped_edges() const { return dropped_; }
  /// Arms still in play; 0 before the end of the structure phase.
  [[nodiscard]] std::size_t active_arms() const { return active_.size(); }
  [[nodiscard]] const ArmStatistics& statistics() const { return statistics_; }

 private:
  struct Mechanism {
    std::vector<int> parents;
    Eigen::MatrixXd factor;  // L of V = L L^T
    Eigen::VectorXd weights;
    double root_least = 1;  // sqrt of the smallest eigenvalue of V
    bool stale = true;
  };
  Mechanism& mechanism(int bit, int node) { return mechanisms_[static_cast<std::size_t>(2 * node + bit)]; }
  [[nodiscard]] int next_single() const;
  [[nodiscard]] Eigen::MatrixXi shifted() const;
  void prepare();
  void refresh();
  void bound_values();
  void rate_arms(std::vector<double>& mean, std::vector<double>& width);
  void step(int bit, int node, Eigen::VectorXd& mean, Eigen::VectorXd& width);
  void eliminate(double tolerance, std::vector<double>& mean, std::vector<double>& width);
  [[nodiscard]] Action action_of(std::uint32_t code) const;

  BanditModel model_;
  GaLcbOptions options_;
  ArmStatistics statistics_;
  std::vector<std::int64_t> counts_;  // of the arm without intervention, then of each single one
  Eigen::MatrixXd sums_;              // n x (n + 1), rows of these arms added up
  Eigen::VectorXd largest_;           // per node the largest absolute value
  std::array<Eigen::MatrixXi, 2> graphs_;
  std::uint8_t learned_ = 0;
  int dropped_ = 0;
  std::int32_t phase_ = 1;
  std::vector<std::uint32_t> active_;  // ascending; bit of the first node of choices_ the most significant
  std::vector<Mechanism> mechanisms_;
  std::vector<int> order_;     // nodes that the reward depends on, parents first, the reward last
  std::vector<int> bits_;      // per entry of order_: where its bit stands in a code, -1 when it cannot matter
  std::vector<int> choices_;   // nodes whose bit can matter, in the order
  std::vector<double> bound_;  // of the values of each node's parents taken together
  double reward_bound_ = 1;    // m_N
  double alpha_ = 0;
};

/// The published policy.
[[nodiscard]] PolicyPtr make_ga_lcb(const BanditModel& model, const GaLcbOptions& options = {});

}  // namespace causal::bandits
