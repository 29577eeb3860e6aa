#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "causal/discovery/search/driving_force.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "module_change_points.hpp"
#include "module_embedding.hpp"
#include "module_kernels.hpp"
#include "module_spectrum.hpp"

namespace causal::discovery {
namespace {

constexpr double kRounding = 1e-10;

// Values at the points of `whole` from values at those of the rows that took part.
std::vector<double> at_all_points(const Eigen::VectorXd& values, const SurrogatePoints& part,
                                  const std::vector<std::int64_t>& rows, const SurrogatePoints& whole) {
  if (rows.empty()) return {values.begin(), values.end()};
  std::vector<double> sum(whole.values.size(), 0);
  std::vector<double> count(whole.values.size(), 0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto point = static_cast<std::size_t>(whole.of_row[static_cast<std::size_t>(rows[i])]);
    sum[point] += values[part.of_row[i]];
    count[point] += 1;
  }
  for (std::size_t c = 0; c < sum.size(); ++c) {
    sum[c] = count[c] > 0 ? sum[c] / count[c] : std::numeric_limits<double>::quiet_NaN();
  }
  return sum;
}

// The width of the surrogate's kernel in points, on average.
double blur_in_points(const Eigen::VectorXd& time, const SurrogatePoints& points, const ModuleOptions& options) {
  if (options.c_scale == SurrogateScale::Rank) return options.width_c;
  const double sd = std::sqrt((time.array() - time.mean()).square().sum() / static_cast<double>(time.size() - 1));
  const double step = (points.values.back() - points.values.front()) / static_cast<double>(points.size() - 1);
  return options.width_c * sd / step;
}

std::vector<ChangePoint> change_points(const Node& surrogate, const SurrogatePoints& points,
                                       const std::vector<double>& force, const DrivingForceOptions& options) {
  std::vector<ChangePoint> out;
  if (surrogate.numeric.cols() != 1 || surrogate.nominal.cols() > 0 || points.size() < 2) return out;
  std::vector<double> curve;
  std::vector<double> at;
  for (std::size_t c = 0; c < force.size(); ++c) {
    if (std::isnan(force[c])) continue;
    curve.push_back(force[c]);
    at.push_back(points.values[c]);
  }
  const Eigen::Map<const Eigen::VectorXd> y(curve.data(), static_cast<Eigen::Index>(curve.size()));
  if (y.size() < 2) return out;
  const double blur = blur_in_points(surrogate.numeric.col(0), points, options.module);
  std::vector<Eigen::Index> jumps = detail::find_jumps(y, blur, options.min_evidence);
  const double sd = std::sqrt((y.array() - y.mean()).square().mean());
  jumps.push_back(y.size());
  Eigen::Index before = 0;
  for (std::size_t k = 0; k + 1 < jumps.size(); ++k) {
    const double low = y.segment(before, jumps[k] - before).mean();
    const double high = y.segment(jumps[k], jumps[k + 1] - jumps[k]).mean();
    out.push_back({.at = at[static_cast<std::size_t>(jumps[k])], .size = (high - low) / sd});
    before = jumps[k];
  }
  return out;
}

DrivingForce find_force(const detail::MechanismRows& rows, const NodeTable& table, NodeId c, NodeId node,
                        const NodeSet& parents, const DrivingForceOptions& options, int threads) {
  std::vector<NodeId> all = parents;
  all.push_back(node);
  const NodeId nodes[] = {node};
  DrivingForce out;
  out.node = node;
  out.parents = parents;
  rows.on(all, [&](const NodeTable&, const detail::Embedding& embedding, const std::vector<std::int64_t>& used) {
    const Eigen::MatrixXd M = embedding.gram(nodes, parents, threads);
    const bool linear = options.kernel == ForceKernel::Linear;
    const Eigen::MatrixXd K = detail::double_centred(linear ? M : embedding_kernel(M));
    const double total = K.trace();
    const auto m = K.rows();
    const bool flat = !(total > kRounding * (linear ? M.trace() : static_cast<double>(m)));
    const auto wanted = std::min<Eigen::Index>(options.components, m);
    detail::LeadingPairs pairs;
    if (!flat) pairs = detail::leading_pairs(K, wanted);
    for (Eigen::Index k = 0; k < wanted; ++k) {
      const bool found = k < pairs.values.size() && pairs.values[k] > kRounding * total;
      Eigen::VectorXd component = Eigen::VectorXd::Zero(m);
      if (found) component = std::sqrt(pairs.values[k]) * pairs.vectors.col(k);
      out.shares.push_back(found ? std::min(1.0, pairs.values[k] / total) : 0);
      out.components.push_back(at_all_points(component, embedding.grid().points, used, rows.grid().points));
    }
    return 0;
  });
  if (!out.components.empty()) {
    out.change_points = change_points(table.node(c), rows.grid().points, out.components.front(), options);
  }
  return out;
}

}  // namespace

DrivingForces driving_forces(const NodeTable& table, NodeId c, const std::vector<NodeId>& changing,
                             const std::vector<NodeSet>& parents, const DrivingForceOptions& options,
                             const RunOptions& run, const StopSignal& stop) {
  validate(options, "driving_forces");
  if (changing.size() != parents.size()) {
    throw InvalidArgument("driving_forces", "parents", fmt::format("{} sets", parents.size()),
                          fmt::format("be one set for each of the {} nodes", changing.size()));
  }
  DrivingForces out;
  if (changing.empty()) return out;
  for (std::size_t i = 0; i < changing.size(); ++i) {
    const NodeId nodes[] = {changing[i]};
    detail::check_mechanism(table, c, nodes, parents[i]);
  }
  const detail::MechanismRows rows(table, c, options.module);
  const std::int64_t bytes = detail::evaluation_bytes(table.rows(), rows.grid().points, options.module);
  const int workers = detail::concurrent_evaluations(bytes, run);
  if (workers < 1) {
    out.status = Status::BudgetExceeded;
    out.warnings.push_back(
        fmt::format("a driving force needs {} MiB, more than memory_limit_bytes allows", (bytes >> 20) + 1));
    return out;
  }
  std::vector<std::optional<DrivingForce>> found(changing.size());
  parallel_for(static_cast<std::int64_t>(changing.size()), workers, [&](std::int64_t i) {
    const auto k = static_cast<std::size_t>(i);
    if (!stop.reached()) found[k] = find_force(rows, table, c, changing[k], parents[k], options, run.threads);
  });
  for (std::optional<DrivingForce>& force : found) {
    if (force) out.forces.push_back(std::move(*force));
  }
  if (out.forces.size() < changing.size()) {
    out.status = stop.status();
    out.warnings.push_back(fmt::format("stopped: {} of {} driving forces were not computed",
                                       changing.size() - out.forces.size(), changing.size()));
  }
  return out;
}

}  // namespace causal::discovery
