#pragma once
// The learners of this build by name.

#include <array>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "causal/estimation/nuisance/learner.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

enum class LearnerKind {
  Linear,    ///< Least squares for means, logistic regression for probabilities.
  Ridge,     ///< The same with a penalty on the squares of the coefficients.
  Lasso,     ///< The same with a penalty on the absolute values of the coefficients.
  Nearest,   ///< Means over the nearest rows.
  Forest,    ///< Random forest.
  Boosting,  ///< Gradient-boosted trees.
  Stack      ///< The best mixture of several of them.
};

/// Which penalty cross-validation takes.
enum class LambdaRule {
  Min,   ///< The one of least loss.
  OneSe  ///< The largest whose loss is within one standard error of the least.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::LearnerKind> {
  using K = causal::estimation::LearnerKind;
  static constexpr std::array<std::pair<K, std::string_view>, 7> names{{{K::Linear, "linear"},
                                                                        {K::Ridge, "ridge"},
                                                                        {K::Lasso, "lasso"},
                                                                        {K::Nearest, "nearest"},
                                                                        {K::Forest, "forest"},
                                                                        {K::Boosting, "boosting"},
                                                                        {K::Stack, "stack"}}};
};

template <>
struct causal::EnumNames<causal::estimation::LambdaRule> {
  using R = causal::estimation::LambdaRule;
  static constexpr std::array<std::pair<R, std::string_view>, 2> names{{{R::Min, "min"}, {R::OneSe, "one_se"}}};
};

namespace causal::estimation {

/// The options of all learners; each reads its own. All are for columns brought to variance 1 where scales matter.
struct LearnerOptions {
  double lambda = 0;  ///< Ridge, lasso: penalty; 0: by cross-validation.
  int lambda_steps = 50;
  LambdaRule lambda_rule = LambdaRule::Min;
  int neighbours = 0;         ///< Nearest: rows averaged; 0: by cross-validation.
  int tuning_folds = 5;       ///< Of the cross-validation of lambda, neighbours, rounds and mixtures.
  int trees = 500;            ///< Forest.
  int max_depth = 0;          ///< Forest, boosting: 0 is no limit in a forest and 3 in boosting.
  int min_leaf = 5;           ///< Forest, boosting: distinct rows in a leaf.
  int mtry = 0;               ///< Forest: columns tried at a split; 0: p / 3 for means, sqrt(p) for probabilities.
  double row_share = 1;       ///< Forest: rows drawn for a tree, as a share of all.
  bool bootstrap = true;      ///< Forest: rows are drawn with replacement.
  bool honest = false;        ///< Forest: one half of a tree's rows places splits, the other gives values.
  int rounds = 300;           ///< Boosting: trees, at most.
  double learning_rate = .1;  ///< Boosting: share of each tree that is added.
  bool stop_early = true;     ///< Boosting: fewer rounds when cross-validation says so.
  std::string members = "linear,lasso,forest,boosting";  ///< Stack.

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"lambda", "penalty of ridge and lasso; 0: by cross-validation", at_least(0)}, self.lambda);
    visitor(Field{"lambda_steps", "penalties that cross-validation compares", closed_interval(2, 1000)},
            self.lambda_steps);
    visitor(Field{"lambda_rule", "penalty of least loss (min) or the largest within one standard error (one_se)"},
            self.lambda_rule);
    visitor(Field{"neighbours", "rows that nearest averages; 0: by cross-validation", at_least(0)}, self.neighbours);
    visitor(Field{"tuning_folds", "folds of the cross-validation inside a learner", at_least(2)}, self.tuning_folds);
    visitor(Field{"trees", "trees of a forest", closed_interval(1, 1e6)}, self.trees);
    visitor(Field{"max_depth", "splits from root to leaf; 0: no limit in a forest, 3 in boosting", at_least(0)},
            self.max_depth);
    visitor(Field{"min_leaf", "distinct rows in a leaf at least", at_least(1)}, self.min_leaf);
    visitor(
        Field{"mtry", "columns a forest tries at a split; 0: p / 3 for means, sqrt(p) for probabilities", at_least(0)},
        self.mtry);
    visitor(Field{"row_share", "rows drawn for a tree of a forest, as a share of all", {0, 1, true, false}},
            self.row_share);
    visitor(Field{"bootstrap", "draw the rows of a forest's tree with replacement"}, self.bootstrap);
    visitor(Field{"honest", "a forest's trees take splits from one half of their rows, values from the other"},
            self.honest);
    visitor(Field{"rounds", "trees of boosting at most", closed_interval(1, 1e6)}, self.rounds);
    visitor(Field{"learning_rate", "share of each tree that boosting adds", {0, 1, true, false}}, self.learning_rate);
    visitor(Field{"stop_early", "take fewer rounds of boosting when cross-validation says so"}, self.stop_early);
    visitor(Field{"members", "learners that stack mixes"}, self.members);
  }
};

/// Least squares (Target::Mean) or logistic regression (Target::Probability) on a column of ones and X.
[[nodiscard]] std::unique_ptr<Learner> linear_learner();

/// Penalised regression on standardised columns; see penalised.hpp for what lambda means.
[[nodiscard]] std::unique_ptr<Learner> ridge_learner(const LearnerOptions& options = {});
[[nodiscard]] std::unique_ptr<Learner> lasso_learner(const LearnerOptions& options = {});

/// Weighted mean over the k nearest rows in Euclidean distance on standardised columns; all rows at the distance of
/// the k-th count. Best for few columns; see nearest.hpp.
[[nodiscard]] std::unique_ptr<Learner> nearest_learner(const LearnerOptions& options = {});

/// Random forest (Breiman 2001) on columns cut into at most 256 bins; for a probability the mean of y in the leaves.
/// Cost of a fit: O(trees n mtry log n).
[[nodiscard]] std::unique_ptr<Learner> forest_learner(const LearnerOptions& options = {});

/// Gradient boosting (Friedman 2001) of squared error or log loss, with Newton steps in the leaves for the latter.
[[nodiscard]] std::unique_ptr<Learner> boosting_learner(const LearnerOptions& options = {});

/// The mixture, weights >= 0 with sum 1, of the members that fits best out of fold (Breiman 1996; van der Laan, Polley
/// and Hubbard 2007). Errors: InvalidArgument for an unknown member or fewer than two.
[[nodiscard]] std::unique_ptr<Learner> stack_learner(const LearnerOptions& options = {});

/// The learner of that kind with its part of the options. Errors: InvalidArgument for options out of range.
[[nodiscard]] std::unique_ptr<Learner> make_learner(LearnerKind kind, const LearnerOptions& options = {});

}  // namespace causal::estimation
