// J_m(parents) = low + (high - low) s(b + w's(a + V'z)), s the logistic function and z the standardised parents, with
// max(4, parents) hidden units. Bounded, unlike the authors', whose adversary may leave the range of the data; with
// more hidden units (theirs has max(2, parents / 2)) and a smaller penalty, for a target that is best misled by values
// that go up and down along a parent; and minimised by L-BFGS instead of Adam.
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <map>

#include "causal/math/optimize.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "invariance/adversary.hpp"

namespace causal::estimation {
namespace {

constexpr double kWeightPenalty = 1e-5;

Eigen::MatrixXd logistic(const Eigen::MatrixXd& t) { return (1 + (-t.array()).exp()).inverse(); }

/// One mutable node's network; its parameters are a piece of the vector that is searched: V, a, w, b.
struct PlayerNet {
  std::vector<SmoothInput> inputs;
  double low = 0;
  double high = 1;
  Eigen::Index hidden = 4;
  Eigen::Index offset = 0;

  [[nodiscard]] Eigen::Index p() const { return std::ssize(inputs); }
  [[nodiscard]] Eigen::Index size() const { return hidden * (p() + 2) + 1; }
  using Weights = Eigen::Map<const Eigen::MatrixXd>;
  [[nodiscard]] Weights input_weights(const Eigen::VectorXd& all) const { return {all.data() + offset, p(), hidden}; }
  [[nodiscard]] Weights input_shift(const Eigen::VectorXd& all) const {
    return {all.data() + offset + hidden * p(), 1, hidden};
  }
  [[nodiscard]] Weights output_weights(const Eigen::VectorXd& all) const {
    return {all.data() + offset + hidden * (p() + 1), hidden, 1};
  }
  [[nodiscard]] double output_shift(const Eigen::VectorXd& all) const { return all(offset + size() - 1); }

  [[nodiscard]] Eigen::MatrixXd hidden_units(const Eigen::VectorXd& all, const Eigen::MatrixXd& Z) const {
    const Eigen::RowVectorXd shift = input_shift(all);
    return logistic((Z * input_weights(all)).rowwise() + shift);
  }
  [[nodiscard]] Eigen::VectorXd share(const Eigen::VectorXd& all, const Eigen::MatrixXd& H) const {
    return logistic((H * output_weights(all)).array() + output_shift(all));
  }
  [[nodiscard]] Eigen::VectorXd apply(const Eigen::VectorXd& all, const Eigen::MatrixXd& values) const {
    return low + (high - low) * share(all, hidden_units(all, encode(inputs, values))).array();
  }

  /// Adds the derivatives of sum_i slope_i J(row i) to `gradient` and to the adjoints of the parents.
  void pull_back(const Eigen::VectorXd& all, const Eigen::MatrixXd& values, const Eigen::VectorXd& slope,
                 Eigen::VectorXd& gradient, Eigen::MatrixXd& adjoint) const {
    const Eigen::MatrixXd Z = encode(inputs, values);
    const Eigen::MatrixXd H = hidden_units(all, Z);
    const Eigen::VectorXd s = share(all, H);
    const Eigen::VectorXd out = (high - low) * slope.array() * s.array() * (1 - s.array());
    const Eigen::RowVectorXd w = output_weights(all).transpose();
    const Eigen::MatrixXd into = (out * w).array() * H.array() * (1 - H.array());
    const Eigen::MatrixXd for_weights = Z.transpose() * into;
    gradient.segment(offset, hidden * p()) += for_weights.reshaped();
    gradient.segment(offset + hidden * p(), hidden) += into.colwise().sum().transpose();
    gradient.segment(offset + hidden * (p() + 1), hidden) += H.transpose() * out;
    gradient(offset + size() - 1) += out.sum();
    const Eigen::MatrixXd for_inputs = into * input_weights(all).transpose();
    for (Eigen::Index j = 0; j < p(); ++j) {
      const SmoothInput& input = inputs[static_cast<std::size_t>(j)];
      if (input.level < 0) adjoint.col(input.node) += for_inputs.col(j) / input.scale;
    }
  }
};

std::map<NodeId, PlayerNet> make_nets(const Attack& attack, const std::vector<int>& rows, Eigen::Index& size) {
  std::map<NodeId, PlayerNet> nets;
  for (const NodeId player : attack.players) {
    PlayerNet net;
    const NodeSet& parents = attack.model->observed_parents[slot(player)];
    net.inputs = smooth_inputs(attack.model->table, parents);
    const Eigen::VectorXd seen = attack.model->table.values(rows, player);
    net.low = seen.minCoeff();
    net.high = seen.maxCoeff();
    net.hidden = std::max<Eigen::Index>(4, std::ssize(parents));
    net.offset = size;
    size += net.size();
    nets.emplace(player, std::move(net));
  }
  return nets;
}

}  // namespace

Attack::SetNode attack_by_network(const Attack& attack, const std::vector<int>& rows, int fold,
                                  const StableSelectionOptions& options, Eigen::VectorXd& parameters) {
  Eigen::Index size = 0;
  const std::map<NodeId, PlayerNet> nets = make_nets(attack, rows, size);
  const EnvironmentModel& model = *attack.model;
  const NodeId target = model.facts.target;
  const std::vector<int> fits = attack.fits_of(rows);
  const std::vector<int> predictor_fits(rows.size(), fold);
  const Eigen::VectorXd y = model.table.values.col(target);
  // Losses in units of the target's variance, so that penalty and tolerances mean the same for every target.
  const double unit = static_cast<double>(rows.size()) * (y.array() - y.mean()).square().mean();

  const auto objective = [&](const Eigen::VectorXd& all, Eigen::VectorXd& gradient) {
    const Eigen::MatrixXd values =
        attack.play(rows, [&](NodeId player, const Eigen::MatrixXd& at) { return nets.at(player).apply(all, at); });
    const Eigen::VectorXd error = values.col(target) - attack.predictor->predict(values, predictor_fits);
    Eigen::MatrixXd adjoint = Eigen::MatrixXd::Zero(values.rows(), values.cols());
    attack.predictor->pull_back(values, predictor_fits, 2 * error / unit, adjoint);
    adjoint.col(target) -= 2 * error / unit;
    gradient.setZero();
    for (auto at = attack.order.rbegin(); at != attack.order.rend(); ++at) {
      const Eigen::VectorXd slope = adjoint.col(*at);
      if (model.is_mutable(*at)) {
        nets.at(*at).pull_back(all, values, slope, gradient, adjoint);
      } else {
        model.mechanisms[slot(*at)].pull_back(values, fits, slope, adjoint);
      }
    }
    gradient += 2 * kWeightPenalty * all;
    return -error.squaredNorm() / unit + kWeightPenalty * all.squaredNorm();
  };

  std::vector<Eigen::VectorXd> starts;
  if (parameters.size() == size) {
    starts.push_back(parameters);
  } else {
    for (int s = 0; s < options.starts; ++s) {
      RandomStream stream(options.run.seed, RandomDomain::Starts, static_cast<std::uint32_t>(s));
      Eigen::VectorXd start(size);
      for (double& value : start) value = 3 * stream.normal();
      starts.push_back(std::move(start));
    }
  }
  double best = std::numeric_limits<double>::infinity();
  for (const Eigen::VectorXd& start : starts) {
    const MinimizeResult found = minimize(objective, start, {}, {},
                                          {.max_iterations = options.max_iterations,
                                           .max_evaluations = 2 * options.max_iterations + 10,
                                           .gradient_tolerance = 1e-6,
                                           .function_tolerance = 1e-6});
    if (!(found.value < best)) continue;
    best = found.value;
    parameters = found.x;
  }
  CAUSAL_ASSERT(parameters.size() == size);
  return [nets, chosen = parameters](NodeId player, const Eigen::MatrixXd& values) {
    return nets.at(player).apply(chosen, values);
  };
}

}  // namespace causal::estimation
