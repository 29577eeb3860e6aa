#include "causal/estimation/nuisance/learners.hpp"

#include "causal/run/error.hpp"

namespace causal::estimation {

std::unique_ptr<Learner> make_learner(LearnerKind kind, const LearnerOptions& options) {
  validate(options, "make_learner");
  switch (kind) {
    case LearnerKind::Linear:
      return linear_learner();
    case LearnerKind::Ridge:
    case LearnerKind::Lasso:
    case LearnerKind::Nearest:
    case LearnerKind::Forest:
    case LearnerKind::Boosting:
    case LearnerKind::Stack:
      throw InvalidArgument("make_learner", "learner", std::string(enum_name(kind)), "must be linear in this build");
  }
  CAUSAL_ASSERT(false);
  return nullptr;
}

}  // namespace causal::estimation
