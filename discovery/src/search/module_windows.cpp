// The exact Gram matrix of mechanisms at some points of a long time, in finite features.
//
// A kernel of a few rows' width on time makes the estimate at a point depend on the rows around it alone, once the
// pooled S = sum_i psi_i psi_i' is known:
//   mu(c) = sum_l k(c_l, c) (G'W)_l (S psi_l)' / n,  l in a window around c,
// and W = (Kx o Kc + lambda I)^-1 hardly couples distant rows, so that it may be taken in the window. This keeps the
// narrow kernel that finds directions where slopes change; bins of many rows would point the wrong way there.
#include <Eigen/Cholesky>
#include <algorithm>

#include "causal/math/syrk.hpp"
#include "causal/run/parallel.hpp"
#include "module_embedding.hpp"
#include "module_feature_map.hpp"

namespace causal::discovery::detail {
namespace {

// In kernel widths: the kernel ends at 8.8 of them, and what rows beyond it change in W dies out over as many again.
constexpr double kReach = 14;
constexpr Eigen::Index kMostRows = 400;
constexpr Eigen::Index kRowBlock = 512;

struct Window {
  Eigen::Index centre;
  Eigen::Index from;
  Eigen::Index count;
};

std::vector<Window> find_windows(const PointGrid& grid, const KernelColumns& time) {
  std::vector<Window> windows;
  const Eigen::Index n = time.rows();
  for (Eigen::Index c = 0; c < grid.m(); ++c) {
    const Eigen::Index centre = grid.begin[static_cast<std::size_t>(c)] + (grid.size(c) - 1) / 2;
    const auto inside = [&](Eigen::Index i) {
      return (time.nominal.col(i).array() == time.nominal.col(centre).array()).all() &&
             std::abs(time.numeric(0, i) - time.numeric(0, centre)) <= kReach;
    };
    Eigen::Index from = centre;
    Eigen::Index end = centre + 1;
    while (from > 0 && centre - from < kMostRows && inside(from - 1)) --from;
    while (end < n && end - centre < kMostRows && inside(end)) ++end;
    windows.push_back({centre, from, end - from});
  }
  return windows;
}

class WindowEmbedding final : public Embedding {
 public:
  WindowEmbedding(const NodeTable& table, const ModuleOptions& options, PointGrid grid, KernelColumns time,
                  std::vector<Window> windows)
      : table_(table),
        options_(options),
        grid_(std::move(grid)),
        time_(std::move(time)),
        windows_(std::move(windows)) {}

  [[nodiscard]] const PointGrid& grid() const override { return grid_; }

  [[nodiscard]] Eigen::MatrixXd gram(std::span<const NodeId> nodes, std::span<const NodeId> parents,
                                     int threads) const override {
    const KernelColumns y = kernel_columns(table_, nodes, options_.width_x, grid_.rows);
    if (y.constant()) return Eigen::MatrixXd::Ones(grid_.m(), grid_.m());
    const FeatureMap phi(y, options_.max_features);
    const Eigen::MatrixXd mu = parents.empty() ? marginals(phi, threads) : conditionals(phi, parents, threads);
    return centred_scatter(mu, Eigen::VectorXd::Zero(mu.cols()), {}, threads);
  }

 private:
  // Kc, or its product with the kernel on `x`, between the rows of a window.
  [[nodiscard]] Eigen::MatrixXd window_kernel(const Window& window, const KernelColumns* x) const {
    Eigen::MatrixXd K(window.count, window.count);
    Eigen::VectorXd other(window.count);
    for (Eigen::Index j = 0; j < window.count; ++j) {
      time_.kernel(window.from + j, window.from, K.col(j));
      if (x == nullptr) continue;
      x->kernel(window.from + j, window.from, other);
      K.col(j).array() *= other.array();
    }
    K.diagonal().array() += options_.lambda;
    return K;
  }
  [[nodiscard]] Eigen::VectorXd centre_kernel(const Window& window) const {
    Eigen::VectorXd k(window.count);
    time_.kernel(window.centre, window.from, k);
    return k;
  }

  [[nodiscard]] Eigen::MatrixXd marginals(const FeatureMap& phi, int threads) const {
    Eigen::MatrixXd mu(phi.size(), grid_.m());
    parallel_for(grid_.m(), threads, [&](std::int64_t c) {
      const Window& window = windows_[static_cast<std::size_t>(c)];
      const Eigen::LLT<Eigen::MatrixXd> ridge(window_kernel(window, nullptr));
      mu.col(c).noalias() = phi(window.from, window.count) * ridge.solve(centre_kernel(window));
    });
    return mu;
  }

  // Column c: a matrix over phi and psi, column after column.
  [[nodiscard]] Eigen::MatrixXd conditionals(const FeatureMap& phi, std::span<const NodeId> parents,
                                             int threads) const {
    const KernelColumns x = kernel_columns(table_, parents, options_.width_x, grid_.rows);
    const FeatureMap psi(x, options_.max_features);
    const Eigen::MatrixXd S = pooled(psi, threads) / static_cast<double>(x.rows());
    Eigen::MatrixXd mu(phi.size() * psi.size(), grid_.m());
    parallel_for(grid_.m(), threads, [&](std::int64_t c) {
      const Window& window = windows_[static_cast<std::size_t>(c)];
      const Eigen::LLT<Eigen::MatrixXd> ridge(window_kernel(window, &x));
      const Eigen::MatrixXd G = phi(window.from, window.count).transpose();
      const Eigen::MatrixXd A = ridge.solve(G);
      const Eigen::MatrixXd weighted = psi(window.from, window.count) * centre_kernel(window).asDiagonal();
      const Eigen::MatrixXd local = weighted * A;
      Eigen::Map<Eigen::MatrixXd>(mu.col(c).data(), phi.size(), psi.size()).noalias() = local.transpose() * S;
    });
    return mu;
  }

  // Sum of psi psi' over all rows, block sums in order.
  [[nodiscard]] Eigen::MatrixXd pooled(const FeatureMap& psi, int threads) const {
    constexpr Eigen::Index kParts = 32;
    const auto n = static_cast<Eigen::Index>(grid_.rows.size());
    std::vector<Eigen::MatrixXd> parts(kParts);
    parallel_for(kParts, threads, [&](std::int64_t p) {
      Eigen::MatrixXd& sum = parts[static_cast<std::size_t>(p)];
      sum = Eigen::MatrixXd::Zero(psi.size(), psi.size());
      const Eigen::Index end = (p + 1) * n / kParts;
      for (Eigen::Index from = p * n / kParts; from < end; from += kRowBlock) {
        sum.selfadjointView<Eigen::Lower>().rankUpdate(psi(from, std::min(kRowBlock, end - from)));
      }
    });
    Eigen::MatrixXd total = parts.front();
    for (std::size_t p = 1; p < parts.size(); ++p) total += parts[p];
    total.triangularView<Eigen::StrictlyUpper>() = total.transpose();
    return total;
  }

  const NodeTable& table_;
  ModuleOptions options_;
  PointGrid grid_;
  KernelColumns time_;
  std::vector<Window> windows_;
};

}  // namespace

std::unique_ptr<Embedding> window_embedding(const NodeTable& table, NodeId c, const ModuleOptions& options) {
  if (options.c_scale != SurrogateScale::Rank || table.node(c).numeric.cols() == 0) return nullptr;
  PointGrid grid = point_grid(table, c, options, true);
  if (!grid.binned) return nullptr;
  KernelColumns time = surrogate_columns(table, c, options, grid.rows);
  std::vector<Window> windows = find_windows(grid, time);
  const bool narrow = std::all_of(windows.begin(), windows.end(), [](const Window& w) { return w.count <= kMostRows; });
  if (!narrow) return nullptr;
  return std::make_unique<WindowEmbedding>(table, options, std::move(grid), std::move(time), std::move(windows));
}

std::unique_ptr<Embedding> make_embedding(const NodeTable& table, NodeId c, const ModuleOptions& options) {
  if (table.rows() <= options.exact_rows) return exact_embedding(table, c, options);
  if (std::unique_ptr<Embedding> windows = window_embedding(table, c, options)) return windows;
  return feature_embedding(table, c, options);
}

std::int64_t evaluation_bytes(std::int64_t rows, const SurrogatePoints& points, const ModuleOptions& options) {
  const std::int64_t m = points.size();
  std::int64_t doubles = 6 * m * m;  // two Gram matrices with their kernels
  if (rows <= options.exact_rows) {
    doubles += 4 * rows * rows;
  } else {
    const std::int64_t d = options.max_features;
    doubles += 2 * rows + 3 * m * d * d + 8 * kRowBlock * d;
  }
  return doubles * static_cast<std::int64_t>(sizeof(double));
}

int concurrent_evaluations(std::int64_t bytes, const RunOptions& run) {
  return static_cast<int>(std::min<std::int64_t>(resolve_threads(run.threads), run.memory_limit_bytes / bytes));
}

}  // namespace causal::discovery::detail
