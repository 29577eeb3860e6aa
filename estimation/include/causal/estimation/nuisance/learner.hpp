#pragma once
// What every regression that helps an estimator looks like.

#include <Eigen/Core>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace causal::estimation {

/// What a fit predicts: a mean on the scale of y, or the probability that y = 1 (y in {0, 1}; predictions in [0, 1]).
enum class Target { Mean, Probability };

/// How one fit is made. Two fits with the same context and data give the same bits.
struct FitContext {
  Target target = Target::Mean;
  std::uint64_t seed = 0;
  std::uint32_t stream = 0;  ///< Keeps the random numbers of fits under one seed apart.
  int threads = 1;
};

/// A fitted regression.
class Predictor {
 public:
  virtual ~Predictor() = default;
  /// Predictions for the m rows of X, which has the columns of the training data. Thread-safe.
  [[nodiscard]] virtual Eigen::VectorXd predict(const Eigen::Ref<const Eigen::MatrixXd>& X) const = 0;
  /// What went not quite right in the fit: "did not converge", "columns left out as linear functions of others".
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

 protected:
  std::vector<std::string> warnings_;
};

/// A way to fit regressions: stateless and thread-safe.
class Learner {
 public:
  virtual ~Learner() = default;
  /// As in flags: "linear", "forest".
  [[nodiscard]] virtual std::string_view name() const = 0;
  /// Fits y (n) on X (n x p, finite, without a column of ones), each row counted `weights` times (n, >= 0 with a
  /// positive sum; empty for ones). Errors: DataError when there are too few rows or y is not as the target asks.
  [[nodiscard]] virtual std::unique_ptr<Predictor> fit(const Eigen::Ref<const Eigen::MatrixXd>& X,
                                                       const Eigen::Ref<const Eigen::VectorXd>& y,
                                                       const Eigen::Ref<const Eigen::VectorXd>& weights,
                                                       const FitContext& context) const = 0;
};

/// A user's own regression: called with X (n x p), y (n), weights (n or empty) and the context, it returns what
/// predicts m values from m x p. Both may be called from several threads. `name` is for messages. A prediction of the
/// wrong length or that is not finite is a DataError when it is made.
using PredictFn = std::function<Eigen::VectorXd(const Eigen::MatrixXd& X)>;
using FitFn = std::function<PredictFn(const Eigen::MatrixXd& X, const Eigen::VectorXd& y,
                                      const Eigen::VectorXd& weights, const FitContext& context)>;
[[nodiscard]] std::unique_ptr<Learner> function_learner(std::string name, FitFn fit);

}  // namespace causal::estimation
