#include "causal/estimation/nuisance/learners.hpp"

#include "causal/run/error.hpp"

namespace causal::estimation {

std::unique_ptr<Learner> make_learner(LearnerKind kind, const LearnerOptions& options) {
  validate(options, "make_learner");
  switch (kind) {
    case LearnerKind::Linear:
      return linear_learner();
    case LearnerKind::Ridge:
      return ridge_learner(options);
    case LearnerKind::Lasso:
      return lasso_learner(options);
    case LearnerKind::Nearest:
      return nearest_learner(options);
    case LearnerKind::Forest:
      return forest_learner(options);
    case LearnerKind::Boosting:
      return boosting_learner(options);
    case LearnerKind::Stack:
      return stack_learner(options);
  }
  CAUSAL_ASSERT(false);
  return nullptr;
}

}  // namespace causal::estimation
