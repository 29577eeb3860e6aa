#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "causal/run/error.hpp"
#include "invariance/adversary.hpp"

namespace causal::estimation {
namespace {

constexpr double kRowsPerCell = 20;
constexpr int kMaxRounds = 10;

double quantile(std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto low = static_cast<std::size_t>(at);
  const auto high = std::min(low + 1, sorted.size() - 1);
  return sorted[low] + (at - static_cast<double>(low)) * (sorted[high] - sorted[low]);
}

std::vector<double> sorted_values(const EnvironmentModel& model, const std::vector<int>& rows, NodeId v) {
  std::vector<double> values;
  for (const int row : rows) values.push_back(model.table.values(row, v));
  std::sort(values.begin(), values.end());
  return values;
}

/// A value for each cell of the parents' values.
struct CellRule {
  struct Axis {
    NodeId parent = 0;
    int levels = 0;            // discrete: cells are the codes
    std::vector<double> cuts;  // continuous: inner limits of the cells
    [[nodiscard]] int cells() const { return levels > 0 ? levels : static_cast<int>(cuts.size()) + 1; }
  };
  std::vector<Axis> axes;
  std::vector<double> candidates;
  int count = 1;
  std::vector<int> choice;  // by cell

  [[nodiscard]] std::vector<int> cells_of(const Eigen::MatrixXd& values) const {
    std::vector<int> cells(static_cast<std::size_t>(values.rows()), 0);
    for (const Axis& axis : axes) {
      for (Eigen::Index i = 0; i < values.rows(); ++i) {
        const double value = values(i, axis.parent);
        const auto at = axis.levels > 0
                            ? static_cast<std::ptrdiff_t>(value)
                            : std::upper_bound(axis.cuts.begin(), axis.cuts.end(), value) - axis.cuts.begin();
        int& cell = cells[static_cast<std::size_t>(i)];
        cell = cell * axis.cells() + static_cast<int>(at);
      }
    }
    return cells;
  }
  [[nodiscard]] Eigen::VectorXd apply(const Eigen::MatrixXd& values) const {
    const std::vector<int> cells = cells_of(values);
    Eigen::VectorXd set(values.rows());
    for (Eigen::Index i = 0; i < values.rows(); ++i) {
      const int pick = choice[static_cast<std::size_t>(cells[static_cast<std::size_t>(i)])];
      set(i) = candidates[static_cast<std::size_t>(pick)];
    }
    return set;
  }
};

std::vector<double> candidate_values(const EnvironmentModel& model, const std::vector<int>& rows, NodeId player,
                                     int bins) {
  std::vector<double> sorted = sorted_values(model, rows, player);
  std::vector<double> candidates = sorted;
  if (model.table.levels[slot(player)] == 0) {
    candidates.clear();
    for (int j = 0; j < bins; ++j) candidates.push_back(quantile(sorted, j / (bins - 1.0)));
  }
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

CellRule start_rule(const EnvironmentModel& model, const std::vector<int>& rows, NodeId player, int bins) {
  CellRule rule;
  rule.candidates = candidate_values(model, rows, player, bins);
  double left = static_cast<double>(rows.size()) / kRowsPerCell;
  int continuous = 0;
  for (const NodeId parent : model.observed_parents[slot(player)]) {
    rule.axes.push_back({.parent = parent, .levels = model.table.levels[slot(parent)], .cuts = {}});
    if (rule.axes.back().levels == 0) ++continuous;
    if (rule.axes.back().levels > 0) left /= rule.axes.back().levels;
  }
  const int pieces =
      continuous == 0 ? 1 : std::clamp(static_cast<int>(std::pow(std::max(left, 1.0), 1.0 / continuous)), 1, bins);
  for (CellRule::Axis& axis : rule.axes) {
    if (axis.levels == 0) {
      std::vector<double> sorted = sorted_values(model, rows, axis.parent);
      for (int j = 1; j < pieces; ++j) axis.cuts.push_back(quantile(sorted, static_cast<double>(j) / pieces));
      axis.cuts.erase(std::unique(axis.cuts.begin(), axis.cuts.end()), axis.cuts.end());
    }
    rule.count *= axis.cells();
  }
  rule.choice.assign(static_cast<std::size_t>(rule.count), static_cast<int>(rule.candidates.size() / 2));
  return rule;
}

}  // namespace

CellPolicy worst_case_by_cell(const Eigen::Ref<const Eigen::MatrixXd>& losses, std::span<const int> cells, int count,
                              const Eigen::Ref<const Eigen::VectorXd>& weights) {
  const Eigen::Index n = losses.rows();
  if (std::ssize(cells) != n || (weights.size() != 0 && weights.size() != n) || n == 0 || losses.cols() == 0) {
    throw InvalidArgument(fmt::format("worst_case_by_cell: {} x {} losses, {} cells and {} weights", n, losses.cols(),
                                      cells.size(), weights.size()));
  }
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(count, losses.cols());
  std::vector<char> used(static_cast<std::size_t>(count), 0);
  double total = 0;
  for (Eigen::Index i = 0; i < n; ++i) {
    const int cell = cells[static_cast<std::size_t>(i)];
    if (cell < 0 || cell >= count) {
      throw InvalidArgument("worst_case_by_cell", "cells", std::to_string(cell),
                            fmt::format("lie in 0..{}", count - 1));
    }
    const double weight = weights.size() == 0 ? 1 : weights(i);
    sums.row(cell) += weight * losses.row(i);
    used[static_cast<std::size_t>(cell)] = 1;
    total += weight;
  }
  if (!(total > 0)) throw InvalidArgument("worst_case_by_cell: the weights have no positive sum");
  CellPolicy policy;
  Eigen::Index overall = 0;
  sums.colwise().sum().maxCoeff(&overall);
  for (int cell = 0; cell < count; ++cell) {
    Eigen::Index best = overall;
    if (used[static_cast<std::size_t>(cell)] != 0) policy.risk += sums.row(cell).maxCoeff(&best);
    policy.choice.push_back(static_cast<int>(best));
  }
  policy.risk /= total;
  return policy;
}

Attack::SetNode attack_by_cells(const Attack& attack, const std::vector<int>& rows, int fold,
                                const StableSelectionOptions& options) {
  std::map<NodeId, CellRule> rules;
  for (const NodeId player : attack.players) {
    rules.emplace(player, start_rule(*attack.model, rows, player, options.bins));
  }
  // One player: its first answer is the best. Several: in turn, each the best answer to the others, which never lowers
  // the loss, until no answer changes.
  for (int round = 0; round < (attack.players.size() > 1 ? kMaxRounds : 1); ++round) {
    bool changed = false;
    for (const NodeId player : attack.players) {
      CellRule& rule = rules.at(player);
      std::vector<int> cells;
      Eigen::MatrixXd losses(std::ssize(rows), std::ssize(rule.candidates));
      for (std::size_t c = 0; c < rule.candidates.size(); ++c) {
        const Eigen::MatrixXd played = attack.play(rows, [&](NodeId v, const Eigen::MatrixXd& values) {
          if (v != player) return rules.at(v).apply(values);
          if (c == 0) cells = rule.cells_of(values);  // Its parents do not depend on it.
          return Eigen::VectorXd(Eigen::VectorXd::Constant(values.rows(), rule.candidates[c]));
        });
        losses.col(static_cast<Eigen::Index>(c)) = attack.losses(played, fold);
      }
      std::vector<int> choice = worst_case_by_cell(losses, cells, rule.count).choice;
      changed = changed || choice != rule.choice;
      rule.choice = std::move(choice);
    }
    if (!changed) break;
  }
  return [rules = std::move(rules)](NodeId player, const Eigen::MatrixXd& values) {
    return rules.at(player).apply(values);
  };
}

}  // namespace causal::estimation
