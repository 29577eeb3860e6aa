#include "causal/bandits/policy/csl_ucb.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "../structure/state_io.hpp"
#include "alarm_io.hpp"
#include "causal/bandits/change/detectors.hpp"
#include "causal/bandits/selection/arm_table.hpp"
#include "causal/run/error.hpp"
#include "random_action.hpp"

namespace causal::bandits {

CslUcb::CslUcb(const BanditModel& model, const CslUcbOptions& options)
    : model_(model), options_(options), statistics_(model.offsets), learner_(model.offsets, options.graph) {
  validate(options, "CslUcb");
  validate(options.width, "CslUcb");
  if (model.n < 1 || model.n > 20 || model.reward < 0 || model.reward >= model.n || statistics_.n() != model.n) {
    throw InvalidArgument("CslUcb: the model needs 1 to 20 nodes, a reward node, and offsets for all nodes");
  }
  mechanisms_.resize(static_cast<std::size_t>(2 * model.n));
  for (const std::size_t b : {0U, 1U}) {
    graphs_[b] = options.graphs ? (*options.graphs)[b] : Eigen::MatrixXi::Zero(model.n, model.n);
    weights_[b] = Eigen::MatrixXd::Zero(model.n, model.n);
    if (graphs_[b].rows() != model.n || graphs_[b].cols() != model.n) {
      throw InvalidArgument("CslUcb: each graph must be n x n");
    }
  }
}

bool CslUcb::must_learn() const {
  return std::any_of(mechanisms_.begin(), mechanisms_.end(), [](const Mechanism& m) { return m.learn != 0; });
}

Action CslUcb::select(std::int64_t round, RandomStream& stream) {
  if (options_.detect_changes && round > options_.change_after) detect(round);
  const bool few = std::any_of(mechanisms_.begin(), mechanisms_.end(),
                               [&](const Mechanism& m) { return m.rows < options_.explore_rows; });
  if (few) return random_action(model_.n, stream);
  const bool learn = must_learn();
  if (!options_.graphs && (learn || round % options_.graph_every == 0)) learn_graphs();
  if (learn || held_.empty() || round % options_.estimate_every == 0) decide(round);
  if (options_.forced_explore > 0 && stream.uniform() < options_.forced_explore) {
    return random_action(model_.n, stream);
  }
  return held_;
}

void CslUcb::learn_graphs() {
  for (const int bit : {0, 1}) graphs_[static_cast<std::size_t>(bit)] = learner_.learn(bit);
}

void CslUcb::decide(std::int64_t round) {
  const ArmEstimates estimates =
      fit_arms(statistics_, graphs_, model_.reward, {.prior_sd = options_.prior_sd, .noise_sd = options_.noise_sd});
  for (const int bit : {0, 1}) weights_[static_cast<std::size_t>(bit)] = estimates.arms.weights(bit);
  for (Mechanism& m : mechanisms_) m.learn = 0;
  const ArmTable table = arm_table(estimates, ActionWidth(estimates, statistics_, options_.width));
  double coefficient = 1;
  if (options_.schedule != WidthSchedule::One) {
    const bool first = first_coefficient_ == 0;
    if (first) {
      double mean = -std::numeric_limits<double>::infinity(), size = 0, width = 0;
      for (std::size_t k = 0; k < table.mean.size(); ++k) {
        if (std::isnan(table.mean[k])) continue;
        mean = std::max(mean, table.mean[k]);
        size = std::max(size, std::abs(table.mean[k]));
        width = std::max(width, table.width[k]);
      }
      first_coefficient_ = width > 0 ? 0.5 * (mean > 0 ? mean : size) / width : 0.0;
    }
    coefficient = first_coefficient_;
    if (options_.schedule == WidthSchedule::Cosine && !first) {
      std::int64_t start = 0;
      for (const Mechanism& m : mechanisms_) start = std::max(start, m.start);
      const double span = static_cast<double>(std::max<std::int64_t>(1, options_.horizon - start));
      const double share = std::clamp(static_cast<double>(round - start) / span, 0.0, 1.0);
      coefficient *= (1 + std::cos(std::numbers::pi * share)) / 2;
    }
  }
  held_ = action_from_index(best_index(table, coefficient), model_.n);
}

// Only mechanisms that were played in the last round have anything new to say.
void CslUcb::detect(std::int64_t round) {
  const double sd = options_.noise_sd > 0 ? options_.noise_sd : 1.0;
  const auto n = static_cast<std::size_t>(model_.n);
  for (int j = 0; j < model_.n && !last_.empty(); ++j) {
    const int bit = last_[static_cast<std::size_t>(j)];
    Mechanism& m = mechanism(bit, j);
    const std::size_t kept = m.recent.size() / n;
    if (m.learn != 0 || 2 * kept < static_cast<std::size_t>(options_.change_window)) continue;
    std::vector<double> innovations;
    for (std::size_t t = 0; t < kept; ++t) {
      const double* const row = m.recent.data() + t * n;
      double e = row[j] - model_.offsets[static_cast<std::size_t>(bit)](j);
      for (int i = 0; i < model_.n; ++i) e -= weights_[static_cast<std::size_t>(bit)](i, j) * row[i];
      innovations.push_back(e);
    }
    // The error of the weights adds to the innovations: more so the more parents and the fewer rows.
    const double parents = graphs_[static_cast<std::size_t>(bit)].col(j).sum();
    const double threshold = options_.change_threshold * (1 + parents / static_cast<double>(m.rows));
    if (!(kl_statistic(innovations, sd) > threshold)) continue;
    alarms_.push_back({round, {bit, j}});
    m = {};
    m.start = round - 1;
    statistics_.reset(bit, j);
    learner_.reset(bit, j);
  }
}

void CslUcb::update(const Action& action, std::span<const double> row) {
  require_action("update", action, model_.n);
  if (options_.weight_rows == 0) {
    statistics_.add(action, row);
  } else {
    std::vector<char> wanted(action.size());
    for (std::size_t j = 0; j < action.size(); ++j) {
      wanted[j] = mechanism(action[j], static_cast<int>(j)).rows < options_.weight_rows ? 1 : 0;
    }
    statistics_.add(action, row, wanted);
  }
  learner_.add(action, row);
  for (std::size_t j = 0; j < action.size(); ++j) {
    Mechanism& m = mechanism(action[j], static_cast<int>(j));
    if (options_.detect_changes) {
      const auto window = static_cast<std::int64_t>(options_.change_window);
      if (m.rows < window) {
        m.recent.insert(m.recent.end(), row.begin(), row.end());
      } else {
        std::copy(row.begin(), row.end(), m.recent.begin() + (m.rows % window) * model_.n);
      }
    }
    ++m.rows;
  }
  last_ = action;
}

void CslUcb::save(std::ostream& out) const {
  statistics_.save(out);
  learner_.save(out);
  for (const Mechanism& m : mechanisms_) {
    write_value(out, m.start);
    write_value(out, m.rows);
    write_value(out, m.learn);
    write_values(out, m.recent);
  }
  for (const std::size_t b : {0U, 1U}) {
    write_matrix(out, graphs_[b]);
    write_matrix(out, weights_[b]);
  }
  write_value(out, first_coefficient_);
  write_values(out, held_);
  write_values(out, last_);
  write_alarms(out, alarms_);
}

void CslUcb::load(std::istream& in) {
  statistics_.load(in);
  learner_.load(in);
  for (Mechanism& m : mechanisms_) {
    read_value(in, m.start);
    read_value(in, m.rows);
    read_value(in, m.learn);
    read_values(in, m.recent);
    if (m.recent.size() % static_cast<std::size_t>(model_.n) != 0)
      throw DataError("a saved state is of another policy");
  }
  for (const std::size_t b : {0U, 1U}) {
    read_matrix(in, graphs_[b]);
    read_matrix(in, weights_[b]);
  }
  read_value(in, first_coefficient_);
  read_values(in, held_);
  read_values(in, last_);
  if (!held_.empty()) require_action("load", held_, model_.n);
  if (!last_.empty()) require_action("load", last_, model_.n);
  read_alarms(in, model_.n, alarms_);
}

PolicyPtr make_csl_ucb(const BanditModel& model, const CslUcbOptions& options) {
  return std::make_unique<CslUcb>(model, options);
}

}  // namespace causal::bandits
