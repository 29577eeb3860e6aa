#pragma once
// Where a curve jumps rather than bends.

#include <Eigen/Core>
#include <vector>

namespace causal::discovery::detail {

/// First indices after the jumps of the piecewise constant curve that describes `curve` better than every sum of slow
/// cosines, by `min_evidence` in the Bayesian information criterion; ascending, empty when there is no such curve.
///
/// `blur` >= 0: standard deviation, in points, of the kernel that smoothed the curve. Segments are at least twice as
/// long, and m / max(1, 2.5 blur) points count as independent. O(m^2) for each number of jumps tried, at most 20.
[[nodiscard]] std::vector<Eigen::Index> find_jumps(const Eigen::Ref<const Eigen::VectorXd>& curve, double blur,
                                                   double min_evidence);

}  // namespace causal::discovery::detail
