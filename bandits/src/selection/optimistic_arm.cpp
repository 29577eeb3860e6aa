#include "causal/bandits/selection/optimistic_arm.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include "../structure/small_matrix.hpp"
#include "causal/bandits/environment/linear_arms.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

class Ascent {
 public:
  Ascent(const char* function, const EllipsoidModel& model, const OptimisticOptions& options)
      : model_(model), options_(options), n_(model.offsets[0].size()) {
    validate(options, function);
    const auto n = static_cast<std::size_t>(n_);
    std::array<Eigen::MatrixXd, 2> edges{Eigen::MatrixXd::Zero(n_, n_), Eigen::MatrixXd::Zero(n_, n_)};
    for (const std::size_t b : {0U, 1U}) {
      if (model.mechanisms[b].size() != n) throw InvalidArgument(std::string(function) + ": needs a mechanism a node");
      for (std::size_t j = 0; j < n; ++j) {
        const WeightEllipsoid& mine = model.mechanisms[b][j];
        const auto k = static_cast<Eigen::Index>(mine.parents.size());
        if (mine.center.size() != k || mine.factor.rows() != k || mine.factor.cols() != k || !(mine.radius >= 0)) {
          throw InvalidArgument(function, "mechanism of node " + std::to_string(j), std::to_string(k) + " parents",
                                "needs a center and a factor of that size, and a radius of at least 0");
        }
        for (const int p : mine.parents) {
          if (p < 0 || p >= n_) throw InvalidArgument(function, "parent", std::to_string(p), "be a node");
          edges[b](p, static_cast<Eigen::Index>(j)) = 1;
        }
      }
    }
    const LinearArms arms(edges, model.offsets, model.reward);
    require_order(function, arms);
    std::vector<char> wanted(n, 0);
    wanted[static_cast<std::size_t>(arms.reward())] = 1;
    for (auto node = arms.order().rbegin(); node != arms.order().rend(); ++node) {
      if (wanted[static_cast<std::size_t>(*node)] == 0) continue;
      order_.push_back(*node);
      for (const int bit : {0, 1}) {
        for (const int p : ellipsoid(bit, *node).parents) wanted[static_cast<std::size_t>(p)] = 1;
      }
      const bool same = ellipsoid(0, *node).parents.empty() && ellipsoid(1, *node).parents.empty() &&
                        model.offsets[0](*node) == model.offsets[1](*node);
      if (!same) choices_.push_back(*node);
    }
    std::reverse(order_.begin(), order_.end());
    std::reverse(choices_.begin(), choices_.end());
    free_.assign(n, 0);
    bits_.assign(n, 0);
    weights_.resize(n);
    mean_.assign(n, 0.0);
    flow_.assign(n, 0.0);
  }

  [[nodiscard]] const std::vector<int>& choices() const { return choices_; }
  void fix(const Action& action) {
    bits_ = action;
    std::fill(free_.begin(), free_.end(), char{0});
  }
  void release() {
    for (const int j : choices_) free_[static_cast<std::size_t>(j)] = 1;
  }

  // Starts at the centers, or at random points of the boundaries (and random bits where these are free); keeps the
  // better of the outcome and `best`.
  void run(RandomStream* stream, OptimisticArm& best) {
    for (const int j : order_) {
      const auto at = static_cast<std::size_t>(j);
      if (free_[at] != 0) bits_[at] = stream != nullptr ? static_cast<std::uint8_t>(stream->bits() >> 63) : 0;
      const WeightEllipsoid& mine = ellipsoid(bits_[at], j);
      weights_[at] = mine.center;
      if (stream == nullptr || mine.parents.empty()) continue;
      Eigen::VectorXd direction(mine.center.size());
      for (Eigen::Index k = 0; k < direction.size(); ++k) direction(k) = stream->normal();
      direction *= mine.radius / direction.norm();
      solve_lower_transposed(mine.factor, direction);
      weights_[at] += direction;
    }
    std::vector<double> values;
    for (int sweep = 0; sweep < options_.max_sweeps; ++sweep) {
      values.push_back(this->sweep());
      // A change at the reward reaches the nodes furthest up only after as many sweeps as they are away from it.
      if (sweep < static_cast<int>(order_.size()) && sweep < 3) continue;
      const double gain = values.back() - values[values.size() - 2];
      if (gain <= 1e-10 * (1 + std::abs(values.back()))) break;
    }
    if (!best.action.empty() && values.back() <= best.value) return;
    best.action = bits_;
    best.value = values.back();
    best.weights.assign(weights_.size(), {});
    for (const int j : order_) best.weights[static_cast<std::size_t>(j)] = weights_[static_cast<std::size_t>(j)];
    best.ascent = std::move(values);
  }

 private:
  [[nodiscard]] const WeightEllipsoid& ellipsoid(int bit, int node) const {
    return model_.mechanisms[static_cast<std::size_t>(bit)][static_cast<std::size_t>(node)];
  }

  double sweep() {
    for (const int j : order_) flow_[static_cast<std::size_t>(j)] = 0;
    flow_[static_cast<std::size_t>(order_.back())] = 1;
    for (auto node = order_.rbegin(); node != order_.rend(); ++node) {
      const auto at = static_cast<std::size_t>(*node);
      const std::vector<int>& parents = ellipsoid(bits_[at], *node).parents;
      for (std::size_t k = 0; k < parents.size(); ++k) {
        flow_[static_cast<std::size_t>(parents[k])] += flow_[at] * weights_[at](static_cast<Eigen::Index>(k));
      }
    }
    for (const int j : order_) answer(j);
    return mean_[static_cast<std::size_t>(order_.back())];
  }

  // The best weights of node j, and the better mechanism when its bit is free, given all other nodes.
  void answer(int j) {
    const auto at = static_cast<std::size_t>(j);
    if (flow_[at] == 0) {  // nothing it does reaches the reward: it stays as it is
      const std::vector<int>& parents = ellipsoid(bits_[at], j).parents;
      mean_[at] = model_.offsets[bits_[at]](j);
      for (std::size_t k = 0; k < parents.size(); ++k) {
        mean_[at] += weights_[at](static_cast<Eigen::Index>(k)) * mean_[static_cast<std::size_t>(parents[k])];
      }
      return;
    }
    const double sign = flow_[at] > 0 ? 1.0 : -1.0;
    const int current = bits_[at];
    double value = extreme(current, j, sign, half_);
    if (free_[at] != 0) {
      const double other = extreme(1 - current, j, sign, other_half_);
      if (sign * other > sign * value) {
        value = other;
        bits_[at] = static_cast<std::uint8_t>(1 - current);
        std::swap(half_, other_half_);
      }
    }
    mean_[at] = value;
    const WeightEllipsoid& mine = ellipsoid(bits_[at], j);
    const double norm = half_.norm();
    weights_[at] = mine.center;
    if (norm == 0 || mine.radius == 0) return;
    solve_lower_transposed(mine.factor, half_);
    weights_[at] += sign * mine.radius / norm * half_;
  }

  // The largest (sign 1) or smallest mean of node j under that bit; `half` becomes L^-1 m.
  double extreme(int bit, int j, double sign, Eigen::VectorXd& half) const {
    const WeightEllipsoid& mine = ellipsoid(bit, j);
    half.resize(mine.center.size());
    for (Eigen::Index k = 0; k < half.size(); ++k) {
      half(k) = mean_[static_cast<std::size_t>(mine.parents[static_cast<std::size_t>(k)])];
    }
    const double center = model_.offsets[static_cast<std::size_t>(bit)](j) + mine.center.dot(half);
    solve_lower(mine.factor, half);
    return center + sign * mine.radius * half.norm();
  }

  const EllipsoidModel& model_;
  const OptimisticOptions& options_;
  Eigen::Index n_;
  std::vector<int> order_;    // nodes that the reward depends on, parents first, the reward last
  std::vector<int> choices_;  // of these, the ones whose bit can matter
  std::vector<char> free_;
  Action bits_;
  std::vector<Eigen::VectorXd> weights_;
  std::vector<double> mean_, flow_;
  Eigen::VectorXd half_, other_half_;
};

void all_starts(Ascent& ascent, int starts, RandomStream& stream, OptimisticArm& best) {
  ascent.run(nullptr, best);
  for (int start = 0; start < starts; ++start) ascent.run(&stream, best);
}

}  // namespace

OptimisticArm optimistic_value(const EllipsoidModel& model, const Action& action, const OptimisticOptions& options,
                               RandomStream& stream) {
  Ascent ascent("optimistic_value", model, options);
  require_action("optimistic_value", action, static_cast<int>(model.offsets[0].size()));
  ascent.fix(action);
  OptimisticArm best;
  all_starts(ascent, options.starts, stream, best);
  return best;
}

OptimisticArm optimistic_arm(const EllipsoidModel& model, const OptimisticOptions& options, RandomStream& stream) {
  Ascent ascent("optimistic_arm", model, options);
  Action action(static_cast<std::size_t>(model.offsets[0].size()), 0);
  ascent.fix(action);
  ascent.release();
  OptimisticArm best;
  all_starts(ascent, options.starts, stream, best);
  const std::vector<int>& choices = ascent.choices();
  if (choices.size() > static_cast<std::size_t>(options.enumerate_nodes)) return best;
  std::vector<std::pair<double, std::uint32_t>> ranked;
  const auto fix = [&](std::uint32_t code) {
    for (std::size_t k = 0; k < choices.size(); ++k) action[static_cast<std::size_t>(choices[k])] = code >> k & 1;
    ascent.fix(action);
  };
  for (std::uint32_t code = 0; code < std::uint32_t{1} << choices.size(); ++code) {
    fix(code);
    OptimisticArm mine;
    ascent.run(nullptr, mine);
    ranked.emplace_back(-mine.value, code);
    if (mine.value > best.value) best = std::move(mine);
  }
  const auto few = std::min<std::size_t>(8, ranked.size());
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<std::ptrdiff_t>(few), ranked.end());
  for (std::size_t k = 0; k < few; ++k) {
    fix(ranked[k].second);
    for (int start = 0; start < options.starts; ++start) ascent.run(&stream, best);
  }
  return best;
}

}  // namespace causal::bandits
