#pragma once
// Watches every mechanism of a linear system for a change, with weights that are learned from the same rows.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/bandits/change/detectors.hpp"
#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/structure/column_statistics.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

/// What decides that the innovations of a mechanism no longer are what they were.
enum class ChangeRule {
  Kl,    ///< KlWindow: divergence of the last `window` innovations from the standard normal.
  Glr,   ///< GlrDetector: likelihood ratio at the best of a grid of times of change.
  Cusum  ///< Two-sided Cusum: the fastest for shifts of the mean near `shift`, blind to changes of the variance.
};

}  // namespace causal::bandits

template <>
struct causal::EnumNames<causal::bandits::ChangeRule> {
  static constexpr std::array<std::pair<bandits::ChangeRule, std::string_view>, 3> names{
      {{bandits::ChangeRule::Kl, "kl"}, {bandits::ChangeRule::Glr, "glr"}, {bandits::ChangeRule::Cusum, "cusum"}}};
};

namespace causal::bandits {

struct MonitorOptions {
  ChangeRule detector = ChangeRule::Glr;
  /// All mechanisms together give about one false alarm in so many rounds, or fewer.
  double rounds_between_alarms = 1e4;
  double threshold = 0;  ///< Of the statistic; 0: derived from rounds_between_alarms.
  int window = 20;       ///< Of Kl, in innovations.
  double shift = 1;      ///< Of Cusum, in standard deviations.
  double noise_sd = 0;   ///< Of every noise term; 0: unknown, estimated by mechanism.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"detector", "what raises an alarm"}, self.detector);
    visitor(
        Field{"rounds_between_alarms", "rounds for about one false alarm of all mechanisms", closed_interval(1, 1e15)},
        self.rounds_between_alarms);
    visitor(Field{"threshold", "of the detector's statistic; 0: derived", at_least(0)}, self.threshold);
    visitor(Field{"window", "innovations that kl looks at", closed_interval(2, 1e6)}, self.window);
    visitor(Field{"shift", "shift of the mean, in sd, for which cusum is made", open_interval(0, 100)}, self.shift);
    visitor(Field{"noise_sd", "sd of the noise; 0: estimated", closed_interval(0, 1e100)}, self.noise_sd);
  }
};

/// A mechanism that seems to have changed.
struct MechanismAlarm {
  std::int64_t round = 0;  ///< In which the alarm was raised.
  ArmColumn mechanism;
  std::int64_t changed_at = 0;  ///< The first round after the change, as estimated (by GlrDetector for all rules).
  double statistic = 0;         ///< At the alarm.
  double threshold = 0;         ///< That it passed.
  std::int64_t rows = 0;        ///< Rows of the mechanism since it began or restarted, that of the alarm included.
  friend bool operator==(const MechanismAlarm&, const MechanismAlarm&) = default;
};

/// The statistics of all 2n mechanisms and a detector for each. A row is first predicted, for each node under the bit
/// that was played, by the least-squares weights of that mechanism's earlier rows; the innovation is then standardised
/// by what the error of these weights adds to the noise,
///
///     z = (y - x'b) / (s sqrt(1 + x' G^-1 x)),
///
/// with y the node's value less its offset, x the values of its parents and G = sum x x' over the earlier rows. As long
/// as nothing changes and the noise is normal, the z of one mechanism are independent standard normals, however few the
/// rows: with noise_sd = 0, s^2 is the mean of the earlier squares of (y - x'b) / sqrt(1 + x' G^-1 x), the ratio has
/// Student's t distribution, and it is carried over to the normal at the same tail probability. So thresholds made for
/// known weights hold, and no warm-up is needed. (That is exact for rows whose actions do not depend on the noise; for
/// rows of a policy that learns it holds on average over weights with a flat prior.) A row whose x is no combination of
/// earlier ones predicts nothing: it enters the statistics, but gives no innovation; nor does a node that meets its
/// prediction exactly, for it was set and has no noise.
///
/// An alarm makes its own mechanism forget its rows, that row included, and begin anew; the other 2n - 1 do not notice:
/// given its parents, a node depends on nothing else. Only what is played is watched: a mechanism whose bit value is
/// never chosen has no innovations. Extra parents cost a row or two each; a missing parent, or a descendant taken for a
/// parent, makes innovations depend on the action, and alarms follow when the policy moves. Noise with heavier tails
/// than the normal raises more alarms.
///
/// Source of the recursive residuals: Brown, Durbin and Evans, "Techniques for testing the constancy of regression
/// relationships over time", JRSS B 37, 1975.
class MechanismMonitor {
 public:
  /// offsets: per bit the known means of the noise (n each). graphs[b](i, j) is not 0 where i is a parent of j under
  /// bit b; zeros: no parents until set_parents. Errors: InvalidArgument for an option out of range, sizes that differ,
  /// or a node that is its own parent.
  MechanismMonitor(std::array<Eigen::VectorXd, 2> offsets, const std::array<Eigen::MatrixXi, 2>& graphs,
                   const MonitorOptions& options = {});

  /// Takes in one row: nodes ascending, the alarms it raises. Rounds must not fall. O(n^3 + sum k^3) for k parents.
  /// Errors: InvalidArgument for an action or row that does not fit or is not finite; then nothing was taken in.
  std::vector<MechanismAlarm> add(std::int64_t round, const Action& action, std::span<const double> row);

  /// Other parents (distinct nodes, ascending) for the rows to come; the past innovations stay. Errors: InvalidArgument
  /// for a parent that is no node, or the node itself.
  void set_parents(int bit, int node, std::vector<int> parents);
  [[nodiscard]] const std::vector<int>& parents(int bit, int node) const { return at(bit, node).parents; }
  /// Makes one mechanism forget its rows and innovations.
  void reset(int bit, int node);

  [[nodiscard]] int n() const { return statistics_.n(); }
  /// Of the rows since the mechanisms began or restarted.
  [[nodiscard]] const ArmStatistics& statistics() const { return statistics_; }
  /// Standardised innovations of a mechanism since it began or restarted.
  [[nodiscard]] std::span<const double> innovations(int bit, int node) const { return at(bit, node).innovations; }
  /// Value of the detector now; 0 before it has anything to say.
  [[nodiscard]] double statistic(int bit, int node) const;
  /// The threshold of that value; that of `kl` is higher while its window fills.
  [[nodiscard]] double threshold(int bit, int node) const;

  void save(std::ostream& out) const;
  /// Into a monitor made with the same offsets and options. Errors: DataError for a state that ends early or is of
  /// another model.
  void load(std::istream& in);

 private:
  struct Mechanism {
    std::vector<int> parents;
    std::vector<double> innovations;
    std::vector<std::int64_t> rounds;  // of the innovations
    double scaled_squares = 0;         // of the innovations before division by the noise's sd
    std::int64_t scaled_count = 0;
    // One of the three is used.
    KlWindow window;
    GlrDetector glr;
    Cusum cusum;
  };
  [[nodiscard]] Mechanism& at(int bit, int node) { return mechanisms_[static_cast<std::size_t>(2 * node + bit)]; }
  [[nodiscard]] const Mechanism& at(int bit, int node) const {
    return mechanisms_[static_cast<std::size_t>(2 * node + bit)];
  }
  void detect(Mechanism& mechanism, double innovation) const;
  [[nodiscard]] double statistic_of(const Mechanism& mechanism) const;
  [[nodiscard]] double threshold_of(const Mechanism& mechanism) const;
  void forget(Mechanism& mechanism) const;

  MonitorOptions options_;
  double threshold_ = 0;
  ArmStatistics statistics_;
  std::vector<Mechanism> mechanisms_;
};

}  // namespace causal::bandits
