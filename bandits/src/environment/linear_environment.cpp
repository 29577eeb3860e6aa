#include "causal/bandits/environment/linear_environment.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

namespace causal::bandits {
namespace {

// One draw of mean 0 and variance 1. Every node takes the same share of the stream whatever the action.
double standard_noise(const LinearNoise& noise, RandomStream& stream) {
  switch (noise.shape) {
    case NoiseShape::Gaussian:
      return stream.normal();
    case NoiseShape::Uniform:
      return std::numbers::sqrt3 * (2 * stream.uniform() - 1);
    case NoiseShape::Laplace: {
      const double u = 2 * stream.uniform() - 1;
      return std::copysign(-std::log1p(-std::abs(u)) / std::numbers::sqrt2, u);
    }
    case NoiseShape::StudentT: {
      const double z = stream.normal();
      double squares = 0;
      for (int k = 0; k < noise.t_dof; ++k) {
        const double v = stream.normal();
        squares += v * v;
      }
      return z * std::sqrt((noise.t_dof - 2) / squares);  // z / sqrt(squares / dof), times sqrt((dof - 2) / dof)
    }
  }
  return 0;
}

}  // namespace

LinearEnvironment::LinearEnvironment(LinearArms arms, LinearNoise noise)
    : LinearEnvironment(std::vector<LinearPiece>{{0, std::move(arms)}}, std::move(noise)) {}

LinearEnvironment::LinearEnvironment(std::vector<LinearPiece> pieces, LinearNoise noise)
    : pieces_(std::move(pieces)), noise_(std::move(noise)) {
  check();
  const auto nodes = static_cast<std::size_t>(n());
  for (std::vector<double>& sd : noise_.sd) {
    if (sd.empty()) sd.assign(nodes, 1.0);
  }
}

void LinearEnvironment::check() const {
  validate(noise_, "LinearEnvironment");
  if (pieces_.empty() || pieces_.front().first_round != 0) {
    throw InvalidArgument("LinearEnvironment: the first piece must start in round 0");
  }
  for (std::size_t k = 0; k < pieces_.size(); ++k) {
    require_order("LinearEnvironment", pieces_[k].arms);
    if (pieces_[k].arms.n() != n() || pieces_[k].arms.reward() != reward()) {
      throw InvalidArgument("LinearEnvironment", "piece " + std::to_string(k), "other nodes or another reward",
                            "have those of the first piece");
    }
    if (k > 0 && pieces_[k].first_round <= pieces_[k - 1].first_round) {
      throw InvalidArgument("LinearEnvironment", "first_round of piece " + std::to_string(k),
                            std::to_string(pieces_[k].first_round), "be above that of the piece before");
    }
  }
  for (const std::vector<double>& sd : noise_.sd) {
    if (sd.empty()) continue;
    if (sd.size() != static_cast<std::size_t>(n())) {
      throw InvalidArgument("LinearEnvironment", "sd", std::to_string(sd.size()) + " values",
                            "have one for each of " + std::to_string(n()) + " nodes");
    }
    for (std::size_t j = 0; j < sd.size(); ++j) {
      if (std::isfinite(sd[j]) && sd[j] >= 0) continue;
      throw InvalidArgument("LinearEnvironment", "sd of node " + std::to_string(j), std::to_string(sd[j]),
                            "be finite and not negative");
    }
  }
}

std::int64_t LinearEnvironment::segment(std::int64_t round) const {
  const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), round,
                                      [](std::int64_t t, const LinearPiece& piece) { return t < piece.first_round; });
  return std::max<std::int64_t>(0, after - pieces_.begin() - 1);
}

const LinearArms* LinearEnvironment::linear(std::int64_t round) const {
  return &pieces_[static_cast<std::size_t>(segment(round))].arms;
}

double LinearEnvironment::mean(const Action& action, std::int64_t round) const {
  return mean_reward(*linear(round), action);
}

void LinearEnvironment::observe(const Action& action, const Episode& episode, std::int64_t round,
                                std::span<double> row) const {
  require_action("observe", action, n());
  if (row.size() != action.size()) {
    throw InvalidArgument("observe", "row", std::to_string(row.size()) + " cells", "have one for each node");
  }
  const LinearArms& arms = *linear(round);
  RandomStream stream(episode.seed, RandomDomain::Environment, episode.instance, static_cast<std::uint32_t>(round));
  for (double& value : row) value = standard_noise(noise_, stream);
  for (const int j : arms.order()) {
    const auto s = static_cast<std::size_t>(j);
    const int bit = action[s];
    double value = arms.offset(bit, j) + noise_.sd[static_cast<std::size_t>(bit)][s] * row[s];
    for (const WeightedParent& parent : arms.parents(bit, j)) {
      value += parent.weight * row[static_cast<std::size_t>(parent.node)];
    }
    row[s] = value;
  }
}

std::vector<LinearPiece> drifting_pieces(const LinearArms& from, const LinearArms& to, std::int64_t rounds, int steps) {
  if (steps < 1 || steps > rounds) {
    throw InvalidArgument("drifting_pieces", "steps", std::to_string(steps), "lie in [1, rounds]");
  }
  if (from.n() != to.n() || from.reward() != to.reward()) {
    throw InvalidArgument("drifting_pieces: both models must have the same nodes and the same reward");
  }
  std::vector<LinearPiece> pieces;
  for (int k = 0; k <= steps; ++k) {
    const double share = static_cast<double>(k) / steps;
    std::array<Eigen::MatrixXd, 2> weights;
    std::array<Eigen::VectorXd, 2> offsets;
    for (const int bit : {0, 1}) {
      const auto b = static_cast<std::size_t>(bit);
      weights[b] = (1 - share) * from.weights(bit) + share * to.weights(bit);
      offsets[b] = (1 - share) * from.offsets(bit) + share * to.offsets(bit);
    }
    pieces.push_back({rounds * k / steps, LinearArms(std::move(weights), std::move(offsets), from.reward())});
  }
  return pieces;
}

}  // namespace causal::bandits
