#pragma once
// Optimism for linear models with known graphs: play the action that the most favourable plausible weights make best.

#include <Eigen/Core>
#include <array>
#include <cstdint>

#include "causal/bandits/policy/policy.hpp"
#include "causal/bandits/selection/optimistic_arm.hpp"
#include "causal/run/options.hpp"

namespace causal::bandits {

struct LinearSemUcbOptions {
  std::int64_t horizon = 10000;  ///< T of delta = 1 / (2 n T), what a mechanism's ellipsoid may miss with.
  double ridge = 1;              ///< lambda of V = lambda I + sum x x^T.
  double noise_sd = 1;           ///< Sub-Gaussian scale of the noise.
  double weight_norm = 2;        ///< Euclidean norm of a mechanism's weights, at most.
  double radius_scale = 1;       ///< Times the radius of the guarantee; less explores less.
  /// How much rows may be off in total: the sum over rounds of the largest |fluctuation| of a node's mean. 0: none.
  double corruption = 0;
  OptimisticOptions search = {};

  template <class Self, class Visitor>
  static void visit(Self& self, Visitor&& visitor) {
    visitor(Field{"horizon", "rounds of the run", at_least(1)}, self.horizon);
    visitor(Field{"ridge", "ridge of every mechanism", open_interval(0, 1e100)}, self.ridge);
    visitor(Field{"noise_sd", "sub-Gaussian scale of the noise", open_interval(0, 1e100)}, self.noise_sd);
    visitor(Field{"weight_norm", "largest norm of a mechanism's weights", closed_interval(0, 1e100)}, self.weight_norm);
    visitor(Field{"radius_scale", "times the radius of the guarantee", closed_interval(0, 1e100)}, self.radius_scale);
    visitor(Field{"corruption", "how much rows may be off in total; 0: not at all", closed_interval(0, 1e100)},
            self.corruption);
  }
};

/// Both graphs known, weights unknown: graphs[b](i, j) is not 0 where i is a parent of j under bit b. Every mechanism
/// has a ridge regression and an ellipsoid
///
///     |b - b_hat|_V <= radius_scale (noise_sd sqrt(2 ln(1 / delta) + ln(det V / lambda^k)) + sqrt(lambda) weight_norm)
///
/// about it, k the number of parents; the action of optimistic_arm is played.
///
/// With corruption = C > 0, for systems whose mechanisms fluctuate in some rounds, a row x counts with weight
/// min(1, kappa / |x|_{V^-1}), kappa = sqrt(k) / C, so that no row moves an estimate by much, and kappa C is added to
/// the radius. The price is slower learning: give a C near the truth.
///
/// Rounds cost ascents over all nodes, and 2^m of them for m <= search.enumerate_nodes bits that matter. In most runs
/// make_linear_thompson loses less and costs less; this one is deterministic but for the starts of its search. Errors:
/// InvalidArgument for an option out of range, graphs that do not fit or whose union has a cycle; of `update`, for an
/// action or row that does not fit or a value that is not finite.
/// Sources: Varici, Shanmugam, Sattigeri and Tajer, "Causal bandits for linear structural equation models", JMLR 24,
/// 2023 (the ellipsoids); Abbasi-Yadkori, Pal and Szepesvari, NIPS 2011, theorem 2 (the radius); Yan, Mukherjee, Varici
/// and Tajer, "Robust causal bandits for linear models", 2024, and He, Zhou, Zhang and Gu, "Nearly optimal algorithms
/// for linear contextual bandits with adversarial corruptions", NeurIPS 2022 (the weights of rows).
[[nodiscard]] PolicyPtr make_linear_sem_ucb(const BanditModel& model, const std::array<Eigen::MatrixXi, 2>& graphs,
                                            const LinearSemUcbOptions& options = {});

}  // namespace causal::bandits
