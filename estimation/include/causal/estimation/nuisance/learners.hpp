#pragma once
// The learners of this build by name.

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "causal/estimation/nuisance/learner.hpp"
#include "causal/run/options.hpp"

namespace causal::estimation {

enum class LearnerKind {
  Linear  ///< Least squares for means, logistic regression for probabilities.
};

}  // namespace causal::estimation

template <>
struct causal::EnumNames<causal::estimation::LearnerKind> {
  using K = causal::estimation::LearnerKind;
  static constexpr std::array<std::pair<K, std::string_view>, 1> names{{{K::Linear, "linear"}}};
};

namespace causal::estimation {

/// The options of all learners; each reads its own.
struct LearnerOptions {
  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    static_cast<void>(self);
    static_cast<void>(visitor);
  }
};

/// Least squares (Target::Mean) or logistic regression (Target::Probability) on a column of ones and X.
[[nodiscard]] std::unique_ptr<Learner> linear_learner();

/// The learner of that kind with its part of the options. Errors: InvalidArgument for options out of range.
[[nodiscard]] std::unique_ptr<Learner> make_learner(LearnerKind kind, const LearnerOptions& options = {});

}  // namespace causal::estimation
