#pragma once
// The subset of stable variables whose predictor does best in the worst environment.

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/estimation/estimate.hpp"
#include "causal/estimation/invariance/invariant_predictor.hpp"
#include "causal/estimation/invariance/stable_classes.hpp"
#include "causal/graph/dag.hpp"
#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal::estimation {

/// How the worst environment is looked for.
enum class AdversaryKind {
  /// Cells, except when several continuous mutable nodes matter and the build has an optimiser: then Network.
  Auto,
  /// A value of each mutable node for each cell of its parents' values, continuous ones cut at quantiles; the best
  /// value
  /// of every cell is found by trying all. One node at a time in turn when there are several.
  Cells,
  /// A small network from the parents to each mutable node, bounded to the values seen, by gradient from several
  /// starts.
  Network
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::AdversaryKind> {
  using K = causal::estimation::AdversaryKind;
  static constexpr std::array<std::pair<K, std::string_view>, 3> names{
      {{K::Auto, "auto"}, {K::Cells, "cells"}, {K::Network, "network"}}};
};

namespace causal::estimation {

struct StableSelectionOptions {
  AdversaryKind adversary = AdversaryKind::Auto;
  std::int64_t max_classes = 100'000;
  int folds = 5;                  ///< Fits, and attacks, are judged on rows held out.
  int replicates = 10;            ///< Times that every row is regenerated for the fits.
  int features = 48;              ///< Cosine features of each regression.
  int bins = 10;                  ///< Cells: most pieces of a continuous parent, and values of a continuous node.
  int starts = 5;                 ///< Network.
  int max_iterations = 100;       ///< Network, a start.
  double tie_errors = 1;          ///< Risks that differ by at most this many standard errors are equal.
  bool use_criterion = true;      ///< Take the whole set without a search where the graph says it is best.
  bool reference_compat = false;  ///< Shuffle and regenerate as the authors' code does; see select_stable_subset.
  RunOptions run = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"adversary", "how the worst environment is looked for: auto, cells or network"}, self.adversary);
    visitor(Field{"max_classes", "stop after this many classes of subsets", at_least(1)}, self.max_classes);
    visitor(Field{"folds", "folds of rows held out", closed_interval(2, 100)}, self.folds);
    visitor(Field{"replicates", "times that every row is regenerated for the fits", closed_interval(1, 1000)},
            self.replicates);
    visitor(Field{"features", "cosine features of each regression", closed_interval(1, 2000)}, self.features);
    visitor(Field{"bins", "most cells of a continuous parent, and values of a continuous mutable node",
                  closed_interval(2, 1000)},
            self.bins);
    visitor(Field{"starts", "starts of the network adversary", closed_interval(1, 1000)}, self.starts);
    visitor(Field{"max_iterations", "iterations of the network adversary", at_least(1)}, self.max_iterations);
    visitor(Field{"tie_errors", "standard errors within which risks are equal", at_least(0)}, self.tie_errors);
    visitor(Field{"use_criterion", "take the whole set where the graph says it is best"}, self.use_criterion);
    visitor(Field{"reference_compat", "shuffle and regenerate as the authors' code does"}, self.reference_compat);
  }
};

/// One class of subsets, fitted and attacked.
struct SubsetRisk {
  StableClass subset_class;
  double risk = 0;           ///< Mean squared error in the worst environment found, on rows held out.
  double std_error = 0;      ///< Of `risk`, over rows.
  double observed_risk = 0;  ///< Mean squared error on the rows as they are, held out.
  /// Of the minimal set, fitted on all rows; it says which columns it reads. Never empty in a result.
  std::optional<InvariantPredictor> predictor = {};
};

struct StableSelection {
  StableGraphFacts facts;
  std::vector<SubsetRisk> risks;                ///< In the order of stable_classes; those that were reached.
  int chosen = -1;                              ///< Position in `risks`; -1 when none was reached.
  std::optional<InvariantPredictor> predictor;  ///< Of the chosen class.
  std::int64_t n = 0;
  /// Ok; or TimeLimit, Cancelled, BudgetExceeded with the best of the classes that were reached.
  Status status = Status::Ok;
  Diagnostics diagnostics;
  std::vector<std::string> warnings;

  /// "{X2, X6}: worst-case risk 1.05 (se 0.03), 45 classes, n 1000".
  [[nodiscard]] std::string brief(const Dag& graph) const;
};

/// Chooses the subset S of stable variables with the least worst-case risk: the largest, over the mechanisms that the
/// mutable variables might have, of the mean squared error of f_S = E[target | S, do(mutable)]. f_S is the same in
/// every environment. The largest stable set need not be the best one: an adversary can use what it reacts to.
///
/// data: pooled rows of one or more environments, a column for each node of the graph that is not unobserved (others
/// are not read). graph: the causal graph. Steps, for each class of subsets with one predictor:
/// 1. mechanisms of everything below the mutable nodes are fitted once; rows are regenerated with mutable nodes drawn
/// at
///    random from their margins and residuals drawn anew; f_S is a regression on them.
/// 2. the adversary chooses the mutable nodes as functions of their parents; the rest is regenerated with each row's
/// own
///    residuals. It is fitted on the rows outside a fold and judged on those inside.
/// Regressions are ridge on linear and random cosine features with penalty and width by cross-validation.
///
/// Among classes whose risk is within tie_errors standard errors (of the difference, over the same rows) of the least,
/// the one with the smallest minimal set is chosen. With use_criterion and facts.whole_set_optimal only the class of
/// the whole set is fitted.
///
/// reference_compat: f_S is fitted with the columns facts.shuffled shuffled and their other descendants regenerated
/// without residuals, on all mutable nodes, and the adversary's regeneration is without residuals too. Information that
/// a shuffled column rightly has on the target is lost for subsets that leave out what stands between.
///
/// Assumes: the graph is right; mechanisms below mutable nodes are a function plus independent noise; environments
/// change the mutable mechanisms only. Adversaries stay within the values of the mutable nodes that were seen.
/// Errors: InvalidArgument as stable_graph_facts, an unknown column, options out of range, Network without an optimiser
/// or with a discrete mutable node; DataError for missing cells (column, count), fewer than 10 rows a fold, a constant
/// target, a discrete or unobserved variable that would have to be regenerated.
/// Bits do not depend on threads. Cost: a class takes about replicates n features^2 flops for the fit, and for
/// the attack folds x (values tried, or iterations) x n x features x (nodes below mutable ones).
/// Source: Liu et al., "Which invariance should we transfer? A causal minimax learning approach", ICML 2023.
[[nodiscard]] StableSelection select_stable_subset(const Dataset& data, const Dag& graph,
                                                   const StableQuestion& question,
                                                   const StableSelectionOptions& options = {});

/// The adversary's best answer: for every cell the column of `losses` with the largest weighted sum over its rows.
struct CellPolicy {
  std::vector<int> choice;  ///< By cell; the choice that is best over all rows where a cell is empty.
  double risk = 0;          ///< Weighted mean loss under it.
};

/// losses: n x k; cells: n numbers 0..count-1; weights: n >= 0 with a positive sum, or empty. Ties go to the first
/// column. Errors: InvalidArgument for sizes.
[[nodiscard]] CellPolicy worst_case_by_cell(const Eigen::Ref<const Eigen::MatrixXd>& losses, std::span<const int> cells,
                                            int count,
                                            const Eigen::Ref<const Eigen::VectorXd>& weights = Eigen::VectorXd());

}  // namespace causal::estimation
