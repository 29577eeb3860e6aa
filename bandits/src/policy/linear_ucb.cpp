#include "causal/bandits/policy/linear_ucb.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "../structure/small_matrix.hpp"
#include "../structure/state_io.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

class LinearUcb final : public Policy {
 public:
  LinearUcb(const BanditModel& model, const LinearUcbOptions& options, std::vector<Action> arms)
      : options_(options), reward_(static_cast<std::size_t>(model.reward)), n_(model.n), arms_(std::move(arms)) {
    const Eigen::Index d = action_features(arms_[0], options.pairwise).size();
    gram_ = options.ridge * Eigen::MatrixXd::Identity(d, d);
    cross_ = Eigen::VectorXd::Zero(d);
  }

  std::string_view name() const override { return "linear_ucb"; }

  Action select(std::int64_t, RandomStream& stream) override {
    Eigen::MatrixXd factor = gram_;
    CAUSAL_ASSERT(cholesky_in_place(factor));
    Eigen::VectorXd theta = cross_;
    solve_lower(factor, theta);
    solve_lower_transposed(factor, theta);
    double best = -std::numeric_limits<double>::infinity();
    std::vector<std::size_t> equal;
    for (std::size_t k = 0; k < arms_.size(); ++k) {
      Eigen::VectorXd phi = action_features(arms_[k], options_.pairwise);
      const double mean = theta.dot(phi);
      solve_lower(factor, phi);
      const double index = mean + options_.alpha * phi.norm();
      if (index < best) continue;
      if (index > best) equal.clear();
      best = index;
      equal.push_back(k);
    }
    return arms_[equal.size() == 1 ? equal[0] : equal[stream.below(equal.size())]];
  }

  void update(const Action& action, std::span<const double> row) override {
    require_action("linear_ucb: update", action, n_);
    const Eigen::VectorXd phi = action_features(action, options_.pairwise);
    gram_ += phi * phi.transpose();
    cross_ += row[reward_] * phi;
  }

  void save(std::ostream& out) const override {
    write_matrix(out, gram_);
    write_matrix(out, cross_);
  }
  void load(std::istream& in) override {
    read_matrix(in, gram_);
    read_matrix(in, cross_);
  }

 private:
  LinearUcbOptions options_;
  std::size_t reward_;
  int n_;
  std::vector<Action> arms_;
  Eigen::MatrixXd gram_;
  Eigen::VectorXd cross_;
};

}  // namespace

Eigen::VectorXd action_features(const Action& action, bool pairwise) {
  const auto n = static_cast<Eigen::Index>(action.size());
  Eigen::VectorXd phi(pairwise ? 1 + n + n * (n - 1) / 2 : 1 + n);
  Eigen::Index at = 0;
  phi(at++) = 1;
  for (const std::uint8_t bit : action) phi(at++) = bit;
  if (!pairwise) return phi;
  for (std::size_t i = 0; i < action.size(); ++i) {
    for (std::size_t j = i + 1; j < action.size(); ++j) phi(at++) = action[i] & action[j];
  }
  return phi;
}

PolicyPtr make_linear_ucb(const BanditModel& model, const LinearUcbOptions& options, std::vector<Action> arms) {
  validate(options, "make_linear_ucb");
  if (model.reward < 0 || model.reward >= model.n) {
    throw InvalidArgument("make_linear_ucb", "reward", std::to_string(model.reward), "be a node");
  }
  if (arms.empty()) {
    if (model.n > 20) {
      throw InvalidArgument("make_linear_ucb", "nodes", std::to_string(model.n), "be at most 20 without `arms`");
    }
    for (std::uint64_t k = 0; k < std::uint64_t{1} << model.n; ++k) arms.push_back(action_from_index(k, model.n));
  }
  for (const Action& arm : arms) require_action("make_linear_ucb", arm, model.n);
  return std::make_unique<LinearUcb>(model, options, std::move(arms));
}

}  // namespace causal::bandits
