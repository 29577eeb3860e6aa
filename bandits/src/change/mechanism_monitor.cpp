#include "causal/bandits/change/mechanism_monitor.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>

#include "../structure/small_matrix.hpp"
#include "../structure/state_io.hpp"
#include "causal/math/normal.hpp"
#include "causal/math/student_t.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

// A ridge so small that it changes no prediction, but makes one of x outside the span of the earlier rows have a
// leverage above kFarAway.
constexpr double kRidge = 1e-10;
constexpr double kFarAway = 1e5;

// Errors per mechanism: about one alarm of all in `rounds` rounds. Each round has n = mechanisms / 2 innovations.
// Cusum: one side passes h at most once in e^h innovations in the mean (Lorden 1971), both sides twice as often.
// Glr: each of its grid's tails passes h with probability near e^-h, and the grid has about 35 tails of 5000
// innovations: ln(35 n rounds) = ln(mechanisms) + ln(rounds) + 2.9.
double derived_threshold(const MonitorOptions& options, int mechanisms) {
  switch (options.detector) {
    case ChangeRule::Kl:
      return kl_threshold(mechanisms, options.rounds_between_alarms, options.window);
    case ChangeRule::Glr:
      return GlrDetector::threshold(mechanisms, options.rounds_between_alarms);
    case ChangeRule::Cusum:
      return std::log(mechanisms) + std::log(options.rounds_between_alarms);
  }
  CAUSAL_ASSERT(false);
  return 0;
}

// y - x'b over sqrt(1 + x' G^-1 x), with b the least-squares weights of the earlier rows; nothing where these do not
// determine the prediction.
std::optional<double> scaled_innovation(const ColumnStatistics& earlier, const std::vector<int>& parents,
                                        std::span<const double> row, double y) {
  const auto k = static_cast<Eigen::Index>(parents.size());
  if (k == 0) return y;
  if (earlier.count() == 0) return std::nullopt;
  Eigen::MatrixXd factor(k, k);
  Eigen::VectorXd half(k), x(k);
  for (Eigen::Index a = 0; a < k; ++a) {
    const int p = parents[static_cast<std::size_t>(a)];
    half(a) = earlier.cross()(p);
    x(a) = row[static_cast<std::size_t>(p)];
    for (Eigen::Index b = 0; b <= a; ++b) factor(a, b) = earlier.gram()(p, parents[static_cast<std::size_t>(b)]);
    factor(a, a) += factor(a, a) > 0 ? kRidge * factor(a, a) : kRidge;
  }
  if (!cholesky_in_place(factor)) return std::nullopt;
  solve_lower(factor, half);
  solve_lower(factor, x);
  const double leverage = x.squaredNorm();
  if (!(leverage < kFarAway)) return std::nullopt;
  return (y - half.dot(x)) / std::sqrt(1 + leverage);
}

// The standard normal with the tail probability of a Student t.
double normal_score(double t, double dof) {
  const double half = two_sided_student_t_p(t, dof) / 2;
  return half >= 0.5 ? 0.0 : std::copysign(normal_quantile(half), t);
}

std::size_t first_changed(const std::vector<double>& innovations) {
  GlrDetector glr(1);
  for (const double z : innovations) glr.add(z);
  const auto tail = static_cast<std::size_t>(glr.peak().tail);
  return innovations.size() - std::max(tail, std::size_t{1});
}

}  // namespace

MechanismMonitor::MechanismMonitor(std::array<Eigen::VectorXd, 2> offsets, const std::array<Eigen::MatrixXi, 2>& graphs,
                                   const MonitorOptions& options)
    : options_(options), statistics_(std::move(offsets)) {
  validate(options, "MechanismMonitor");
  threshold_ = options.threshold > 0 ? options.threshold : derived_threshold(options, 2 * n());
  for (const Eigen::MatrixXi& graph : graphs) {
    if (graph.rows() != n() || graph.cols() != n()) {
      throw InvalidArgument("MechanismMonitor: each graph must be n x n for the n offsets");
    }
  }
  mechanisms_.assign(static_cast<std::size_t>(2 * n()),
                     Mechanism{{}, {}, {}, 0, 0, KlWindow(options.window, 1), GlrDetector(1), Cusum(1, options.shift)});
  for (int j = 0; j < n(); ++j) {
    for (const int bit : {0, 1}) {
      std::vector<int> parents;
      for (int i = 0; i < n(); ++i) {
        if (graphs[static_cast<std::size_t>(bit)](i, j) != 0) parents.push_back(i);
      }
      set_parents(bit, j, std::move(parents));
    }
  }
}

void MechanismMonitor::set_parents(int bit, int node, std::vector<int> parents) {
  if (node < 0 || node >= n() || bit < 0 || bit > 1) {
    throw InvalidArgument("MechanismMonitor::set_parents: bit and node must name a mechanism");
  }
  for (std::size_t k = 0; k < parents.size(); ++k) {
    if (parents[k] >= 0 && parents[k] < n() && parents[k] != node && (k == 0 || parents[k] > parents[k - 1])) continue;
    throw InvalidArgument("MechanismMonitor::set_parents", "parent of node " + std::to_string(node),
                          std::to_string(parents[k]), "be another node, and parents ascending");
  }
  at(bit, node).parents = std::move(parents);
}

void MechanismMonitor::reset(int bit, int node) {
  statistics_.reset(bit, node);
  forget(at(bit, node));
}

void MechanismMonitor::forget(Mechanism& mechanism) const {
  mechanism.innovations.clear();
  mechanism.rounds.clear();
  mechanism.scaled_squares = 0;
  mechanism.scaled_count = 0;
  mechanism.window.reset();
  mechanism.glr.reset();
  mechanism.cusum.reset();
}

std::vector<MechanismAlarm> MechanismMonitor::add(std::int64_t round, const Action& action,
                                                  std::span<const double> row) {
  require_action("MechanismMonitor::add", action, n());
  std::vector<std::optional<double>> scaled(action.size());
  for (std::size_t j = 0; j < action.size() && row.size() == action.size(); ++j) {
    const int node = static_cast<int>(j);
    scaled[j] = scaled_innovation(statistics_.column(action[j], node), at(action[j], node).parents, row,
                                  row[j] - statistics_.offsets(action[j])(node));
  }
  statistics_.add(action, row);

  std::vector<MechanismAlarm> alarms;
  for (std::size_t j = 0; j < action.size(); ++j) {
    if (!scaled[j] || *scaled[j] == 0) continue;  // exactly 0: a node that is set, without noise
    const int node = static_cast<int>(j), bit = action[j];
    Mechanism& mechanism = at(bit, node);
    std::optional<double> z;
    if (options_.noise_sd > 0) {
      z = *scaled[j] / options_.noise_sd;
    } else if (mechanism.scaled_count > 0 && mechanism.scaled_squares > 0) {
      const double count = static_cast<double>(mechanism.scaled_count);
      z = normal_score(*scaled[j] / std::sqrt(mechanism.scaled_squares / count), count);
    }
    mechanism.scaled_squares += *scaled[j] * *scaled[j];
    ++mechanism.scaled_count;
    if (!z) continue;
    mechanism.innovations.push_back(*z);
    mechanism.rounds.push_back(round);
    detect(mechanism, *z);
    const double value = statistic_of(mechanism);
    const double threshold = threshold_of(mechanism);
    if (!(value > threshold)) continue;
    alarms.push_back({round,
                      {bit, node},
                      mechanism.rounds[first_changed(mechanism.innovations)],
                      value,
                      threshold,
                      statistics_.column(bit, node).count()});
    reset(bit, node);
  }
  return alarms;
}

void MechanismMonitor::detect(Mechanism& mechanism, double innovation) const {
  switch (options_.detector) {
    case ChangeRule::Kl:
      return mechanism.window.add(innovation);
    case ChangeRule::Glr:
      return mechanism.glr.add(innovation);
    case ChangeRule::Cusum:
      return mechanism.cusum.add(innovation);
  }
}

double MechanismMonitor::statistic_of(const Mechanism& mechanism) const {
  switch (options_.detector) {
    case ChangeRule::Kl:
      return mechanism.window.statistic().value_or(0.0);
    case ChangeRule::Glr:
      return mechanism.glr.peak().statistic;
    case ChangeRule::Cusum:
      return mechanism.cusum.statistic();
  }
  return 0;
}

double MechanismMonitor::threshold_of(const Mechanism& mechanism) const {
  if (options_.detector != ChangeRule::Kl) return threshold_;
  // The tail of the divergence of m innovations is near exp(-m h).
  const std::size_t window = static_cast<std::size_t>(options_.window);
  const std::size_t filled = std::clamp(mechanism.innovations.size(), std::size_t{1}, window);
  return threshold_ * static_cast<double>(window) / static_cast<double>(filled);
}

double MechanismMonitor::statistic(int bit, int node) const { return statistic_of(at(bit, node)); }
double MechanismMonitor::threshold(int bit, int node) const { return threshold_of(at(bit, node)); }

void MechanismMonitor::save(std::ostream& out) const {
  statistics_.save(out);
  for (const Mechanism& m : mechanisms_) {
    write_values(out, m.parents);
    write_values(out, m.innovations);
    write_values(out, m.rounds);
    write_value(out, m.scaled_squares);
    write_value(out, m.scaled_count);
  }
}

// The detectors are functions of the innovations.
void MechanismMonitor::load(std::istream& in) {
  statistics_.load(in);
  for (std::size_t k = 0; k < mechanisms_.size(); ++k) {
    Mechanism& m = mechanisms_[k];
    forget(m);
    std::vector<int> parents;
    std::vector<double> innovations;
    read_values(in, parents);
    read_values(in, innovations);
    read_values(in, m.rounds);
    read_value(in, m.scaled_squares);
    read_value(in, m.scaled_count);
    try {
      set_parents(static_cast<int>(k % 2), static_cast<int>(k / 2), std::move(parents));
    } catch (const InvalidArgument&) {
      throw DataError("a saved state belongs to another model");
    }
    if (innovations.size() != m.rounds.size()) throw DataError("a saved state belongs to another model");
    for (const double z : innovations) {
      m.innovations.push_back(z);
      detect(m, z);
    }
  }
}

}  // namespace causal::bandits
