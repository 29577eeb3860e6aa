#include "causal/math/optimize.hpp"

#include "causal/run/error.hpp"

#ifdef CAUSAL_HAS_CERES
// The only file that sees Ceres: its headers define CHECK, and builds without it are supported.
#include <ceres/gradient_problem.h>
#include <ceres/gradient_problem_solver.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <string>
#include <vector>
#endif

namespace causal {

#ifndef CAUSAL_HAS_CERES

bool optimizer_available() { return false; }

MinimizeResult minimize(const ObjectiveFn&, const Eigen::VectorXd&, const Eigen::VectorXd&, const Eigen::VectorXd&,
                        const MinimizeOptions&) {
  throw Error("this build has no optimiser", "minimize", "install Ceres and build with CAUSAL_WITH_CERES=ON");
}

#else

bool optimizer_available() { return true; }

namespace {

using Eigen::Index;
using Eigen::VectorXd;

/// Around a bound the change of variables is flat, so a search that starts or ends there does not feel a derivative
/// that points inside. Such a variable is moved to where the slope dx/dt is this.
constexpr double kSlopeInside = 0.05;
constexpr int kMaxRestarts = 5;

/// A variable x in [lower, upper] as a smooth function of an unbounded t; dx/dt is at most 1, and 1 far from bounds.
class BoundedVariable {
 public:
  BoundedVariable(double lower, double upper) : lower_(lower), upper_(upper), half_((upper - lower) / 2) {}

  [[nodiscard]] double x(double t) const {
    if (std::isfinite(half_)) {
      return half_ > 0 ? std::clamp(lower_ + half_ + half_ * std::sin(t / half_), lower_, upper_) : lower_;
    }
    if (std::isfinite(lower_)) return std::max(lower_, lower_ + above(t));
    if (std::isfinite(upper_)) return std::min(upper_, upper_ - above(t));
    return t;
  }
  [[nodiscard]] double slope(double t) const {
    if (std::isfinite(half_)) return half_ > 0 ? std::cos(t / half_) : 0;
    if (std::isfinite(lower_)) return t / std::hypot(1, t);
    if (std::isfinite(upper_)) return -t / std::hypot(1, t);
    return 1;
  }
  /// The t of a given x, which is moved inside until the slope is at least kSlopeInside.
  [[nodiscard]] double t_inside(double x) const {
    if (std::isfinite(half_)) {
      if (half_ == 0) return 0;
      const double furthest = std::acos(kSlopeInside);
      const double ratio = std::clamp((x - lower_ - half_) / half_, -1.0, 1.0);
      return half_ * std::clamp(std::asin(ratio), -furthest, furthest);
    }
    if (std::isfinite(lower_)) return t_above(x - lower_);
    if (std::isfinite(upper_)) return t_above(upper_ - x);
    return x;
  }
  [[nodiscard]] double clamp(double x) const { return std::clamp(x, lower_, upper_); }

 private:
  // sqrt(1 + t^2) - 1 without cancellation.
  static double above(double t) { return t * t / (1 + std::hypot(1, t)); }
  static double t_above(double distance) {
    return std::max(kSlopeInside, std::sqrt(std::max(distance, 0.0) * (distance + 2)));
  }

  double lower_;
  double upper_;
  double half_;
};

class Box {
 public:
  Box(const VectorXd& lower, const VectorXd& upper) {
    variables_.reserve(static_cast<std::size_t>(lower.size()));
    for (Index i = 0; i < lower.size(); ++i) variables_.emplace_back(lower[i], upper[i]);
  }
  [[nodiscard]] const BoundedVariable& operator[](Index i) const { return variables_[static_cast<std::size_t>(i)]; }
  [[nodiscard]] VectorXd x(const VectorXd& t) const {
    return VectorXd::NullaryExpr(t.size(), [&](Index i) { return (*this)[i].x(t[i]); });
  }
  [[nodiscard]] VectorXd t_inside(const VectorXd& x) const {
    return VectorXd::NullaryExpr(x.size(), [&](Index i) { return (*this)[i].t_inside(x[i]); });
  }
  /// How far each variable can move along its negative derivative.
  [[nodiscard]] VectorXd projected_step(const VectorXd& x, const VectorXd& gradient) const {
    return VectorXd::NullaryExpr(x.size(), [&](Index i) { return (*this)[i].clamp(x[i] - gradient[i]) - x[i]; });
  }

 private:
  std::vector<BoundedVariable> variables_;
};

/// A point at which the function was evaluated.
struct Point {
  VectorXd t;
  VectorXd x;
  VectorXd gradient;  // with respect to x
  double value = std::numeric_limits<double>::quiet_NaN();
};

/// Evaluates the function for Ceres: counts, keeps the lowest point, and holds back exceptions.
class Recorder {
 public:
  Recorder(const ObjectiveFn& f, const Box& box, int max_evaluations)
      : f_(f), box_(box), max_evaluations_(max_evaluations) {}

  /// False where the function is undefined, and once the evaluations are used up.
  bool evaluate(const VectorXd& t, double& value, double* gradient_t) {
    if (!(best_.t.size() == t.size() && best_.t == t)) {
      if (failure_ || exhausted_) return false;
      if (evaluations_ == max_evaluations_) {
        exhausted_ = true;
        return false;
      }
      if (!call(t)) return false;
    }
    const Point& point = best_.t == t ? best_ : last_;
    value = point.value;
    if (gradient_t != nullptr) {
      for (Index i = 0; i < t.size(); ++i) gradient_t[i] = point.gradient[i] * box_[i].slope(t[i]);
    }
    return true;
  }

  [[nodiscard]] const Point& best() const { return best_; }
  [[nodiscard]] int evaluations() const { return evaluations_; }
  [[nodiscard]] bool exhausted() const { return exhausted_; }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  bool call(const VectorXd& t) {
    ++evaluations_;
    last_ = {t, box_.x(t), VectorXd::Zero(t.size())};
    try {
      last_.value = f_(last_.x, last_.gradient);
    } catch (...) {
      failure_ = std::current_exception();
      return false;
    }
    if (!std::isfinite(last_.value) || !last_.gradient.allFinite()) return false;
    // Of equal values the later point is nearer to convergence.
    if (best_.t.size() == 0 || last_.value <= best_.value) best_ = last_;
    return true;
  }

  const ObjectiveFn& f_;
  const Box& box_;
  int max_evaluations_;
  int evaluations_ = 0;
  bool exhausted_ = false;
  std::exception_ptr failure_;
  Point best_;
  Point last_;
};

class CeresFunction final : public ceres::FirstOrderFunction {
 public:
  CeresFunction(Recorder& recorder, Index size) : recorder_(recorder), size_(size) {}
  bool Evaluate(const double* parameters, double* cost, double* gradient) const override {
    return recorder_.evaluate(Eigen::Map<const VectorXd>(parameters, size_), *cost, gradient);
  }
  int NumParameters() const override { return static_cast<int>(size_); }

 private:
  Recorder& recorder_;
  Index size_;
};

ceres::GradientProblemSolver::Options solver_options(const MinimizeOptions& options, int iterations_left) {
  ceres::GradientProblemSolver::Options solver;
  solver.line_search_direction_type = ceres::LBFGS;
  solver.line_search_type = ceres::WOLFE;
  // The scaling of Liu and Nocedal, off by default in Ceres: Rosenbrock in 10 variables takes 76 iterations, not 963.
  solver.use_approximate_eigenvalue_bfgs_scaling = true;
  solver.max_num_iterations = iterations_left;
  solver.gradient_tolerance = options.gradient_tolerance;
  solver.function_tolerance = options.function_tolerance;
  solver.parameter_tolerance = 1e-14;
  solver.logging_type = ceres::SILENT;
  return solver;
}

/// Whether a variable lies where the change of variables hides from the search that its derivative points inside; if
/// so, moves it inside.
bool release_hidden(const Box& box, const Point& point, double tolerance, VectorXd& t) {
  const VectorXd step = box.projected_step(point.x, point.gradient);
  bool released = false;
  for (Index i = 0; i < t.size(); ++i) {
    if (std::abs(step[i]) <= tolerance || std::abs(box[i].slope(t[i])) >= kSlopeInside) continue;
    const double inside = box[i].t_inside(point.x[i]);
    // Towards the bound there is nothing to release.
    if ((box[i].x(inside) > point.x[i]) != (step[i] > 0)) continue;
    t[i] = inside;
    released = true;
  }
  return released;
}

void check_arguments(const VectorXd& start, const VectorXd& lower, const VectorXd& upper) {
  const auto size = std::to_string(start.size());
  if (start.size() == 0) throw InvalidArgument("minimize", "start", "of size 0", "have at least one variable");
  if (!start.allFinite()) throw InvalidArgument("minimize", "start", "with a cell that is not finite", "be finite");
  for (const VectorXd* bound : {&lower, &upper}) {
    const char* const name = bound == &lower ? "lower" : "upper";
    if (bound->size() != start.size()) {
      throw InvalidArgument("minimize", name, "of size " + std::to_string(bound->size()), "have size " + size);
    }
    if (bound->hasNaN()) throw InvalidArgument("minimize", name, "with NaN", "hold numbers");
  }
  for (Index i = 0; i < start.size(); ++i) {
    const bool no_value = lower[i] > upper[i] || lower[i] == std::numeric_limits<double>::infinity() ||
                          upper[i] == -std::numeric_limits<double>::infinity();
    if (no_value) {
      throw InvalidArgument("minimize", "lower[" + std::to_string(i) + "]", std::to_string(lower[i]),
                            "leave a number up to the upper bound " + std::to_string(upper[i]));
    }
  }
}

MinimizeResult result_at(const Recorder& recorder, const Box& box) {
  const Point& best = recorder.best();
  MinimizeResult result{.x = best.x, .value = best.value, .gradient = best.gradient};
  result.projected_gradient = box.projected_step(best.x, best.gradient).lpNorm<Eigen::Infinity>();
  result.evaluations = recorder.evaluations();
  return result;
}

}  // namespace

MinimizeResult minimize(const ObjectiveFn& f, const Eigen::VectorXd& start, const Eigen::VectorXd& lower,
                        const Eigen::VectorXd& upper, const MinimizeOptions& options) {
  validate(options, "minimize");
  if (lower.size() == 0 && upper.size() == 0 && start.size() > 0) {
    const VectorXd infinite = VectorXd::Constant(start.size(), std::numeric_limits<double>::infinity());
    return minimize(f, start, -infinite, infinite, options);
  }
  check_arguments(start, lower, upper);

  const Box box(lower, upper);
  Recorder recorder(f, box, options.max_evaluations);
  VectorXd t = box.t_inside(start);
  double value = 0;
  if (!recorder.evaluate(t, value, nullptr)) {
    recorder.rethrow();
    const VectorXd unknown = VectorXd::Constant(start.size(), std::numeric_limits<double>::quiet_NaN());
    const double nan = std::numeric_limits<double>::quiet_NaN();
    return {box.x(t), nan, unknown, nan, 0, recorder.evaluations(), Status::Degenerate};
  }

  const ceres::GradientProblem problem(new CeresFunction(recorder, start.size()));  // which the problem owns
  int iterations = 0;
  ceres::TerminationType end = ceres::NO_CONVERGENCE;
  for (int restart = 0; restart <= kMaxRestarts && iterations < options.max_iterations; ++restart) {
    ceres::GradientProblemSolver::Summary summary;
    ceres::Solve(solver_options(options, options.max_iterations - iterations), problem, t.data(), &summary);
    recorder.rethrow();
    iterations += std::max(1, static_cast<int>(summary.iterations.size()) - 1);  // the first entry is the start
    end = summary.termination_type;
    if (end == ceres::NO_CONVERGENCE || recorder.exhausted()) break;
    t = recorder.best().t;
    if (!release_hidden(box, recorder.best(), options.gradient_tolerance, t)) break;
    end = ceres::NO_CONVERGENCE;  // unless the next round says otherwise
  }

  MinimizeResult result = result_at(recorder, box);
  result.iterations = iterations;
  if (result.projected_gradient <= options.gradient_tolerance) {
    result.status = Status::Ok;
  } else if (end == ceres::NO_CONVERGENCE || recorder.exhausted()) {
    result.status = Status::MaxIterations;
  } else if (end != ceres::CONVERGENCE) {
    result.status = Status::Degenerate;
  }
  return result;
}

#endif

}  // namespace causal
