#pragma once
// Minimisation of a smooth function of a few variables, between bounds.

#include <Eigen/Core>
#include <functional>
#include <limits>

#include "causal/run/options.hpp"
#include "causal/run/status.hpp"

namespace causal {

/// A smooth function: returns its value at x and writes its derivatives to `gradient`, which has the size of x.
/// A value or derivative that is not finite says "undefined here": the search then takes a shorter step.
using ObjectiveFn = std::function<double(const Eigen::VectorXd& x, Eigen::VectorXd& gradient)>;

struct MinimizeOptions {
  int max_iterations = 200;
  int max_evaluations = 1000;
  double gradient_tolerance = 1e-8;
  double function_tolerance = 1e-12;

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"max_iterations", "stop after this many line searches", at_least(1)}, self.max_iterations);
    visitor(Field{"max_evaluations", "stop after this many evaluations of the function", at_least(1)},
            self.max_evaluations);
    visitor(Field{"gradient_tolerance",
                  "converged when no variable can move further than this along its negative derivative and its bounds",
                  open_interval(0, std::numeric_limits<double>::infinity())},
            self.gradient_tolerance);
    visitor(Field{"function_tolerance", "converged when an iteration changes the value by less than this share of it",
                  closed_interval(0, 1)},
            self.function_tolerance);
  }
};

struct MinimizeResult {
  Eigen::VectorXd x;         ///< The lowest point seen; within the bounds.
  double value = 0;          ///< The function at x; NaN when it is undefined at the start.
  Eigen::VectorXd gradient;  ///< Its derivatives at x.
  /// Largest of |x_i - clamp(x_i - gradient_i)|: 0 exactly where the first-order conditions hold. Judge by it how good
  /// a point is when `status` is Ok by function_tolerance.
  double projected_gradient = 0;
  int iterations = 0;
  int evaluations = 0;
  /// Ok: converged. MaxIterations: stopped by max_iterations or max_evaluations. Degenerate: undefined at the start, or
  /// the line search broke down before convergence.
  Status status = Status::Ok;
};

/// Whether this build has an optimiser. Without it `minimize` throws.
[[nodiscard]] bool optimizer_available();

/// A local minimum of f over lower <= x <= upper, from `start`, by the limited-memory BFGS method (Liu and Nocedal
/// 1989) with a line search for the strong Wolfe conditions.
///
/// start: m variables, m >= 1. lower, upper: m entries, infinite where there is no bound, equal where a variable is
/// fixed; both empty for no bounds at all. f is called within the bounds only. A start outside the bounds is moved to
/// them, and one on a bound slightly inside. Which of several local minima is found depends on the start.
///
/// Bounds are kept by a change of variables (x = centre + half-width * sin t, or hyperbolas for one bound), which is
/// smooth and reaches its bounds, so that minima on them are found to full precision.
///
/// Deterministic and on one thread; thread-safe if f is. An exception that f throws leaves minimize unchanged.
/// Errors: InvalidArgument for sizes that differ, NaN, lower > upper, options out of range; Error when this build has
/// no optimiser. Cost: f and O(20 m) for each evaluation.
[[nodiscard]] MinimizeResult minimize(const ObjectiveFn& f, const Eigen::VectorXd& start,
                                      const Eigen::VectorXd& lower = {}, const Eigen::VectorXd& upper = {},
                                      const MinimizeOptions& options = {});

}  // namespace causal
