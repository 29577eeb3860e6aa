#include "causal/bandits/policy/linear_sem_ucb.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "../structure/small_matrix.hpp"
#include "../structure/state_io.hpp"
#include "causal/run/error.hpp"
#include "check_model.hpp"

namespace causal::bandits {
namespace {

// The radius uses det V as it is, where the source bounds it by the largest row: never larger, and no bound is needed.
class LinearSemUcb final : public Policy {
 public:
  LinearSemUcb(const BanditModel& model, const std::array<Eigen::MatrixXi, 2>& graphs,
               const LinearSemUcbOptions& options)
      : options_(options), n_(model.n) {
    ellipsoids_.reward = model.reward;
    ellipsoids_.offsets = model.offsets;
    for (const std::size_t b : {0U, 1U}) {
      for (int j = 0; j < n_; ++j) {
        WeightEllipsoid& mine = ellipsoids_.mechanisms[b].emplace_back();
        for (int i = 0; i < n_; ++i) {
          if (graphs[b](i, j) != 0) mine.parents.push_back(i);
        }
        const auto k = static_cast<Eigen::Index>(mine.parents.size());
        sums_[b].push_back({options.ridge * Eigen::MatrixXd::Identity(k, k), Eigen::VectorXd::Zero(k)});
        refresh(b, static_cast<std::size_t>(j));
      }
    }
  }

  std::string_view name() const override { return "linear_sem_ucb"; }

  Action select(std::int64_t, RandomStream& stream) override {
    return optimistic_arm(ellipsoids_, options_.search, stream).action;
  }

  void update(const Action& action, std::span<const double> row) override {
    require_action("linear_sem_ucb: update", action, n_);
    if (row.size() != action.size()) {
      throw InvalidArgument("linear_sem_ucb: update", "row", std::to_string(row.size()) + " cells", "have one a node");
    }
    for (std::size_t j = 0; j < row.size(); ++j) {
      if (std::isfinite(row[j])) continue;
      throw InvalidArgument("linear_sem_ucb: update", "value of node " + std::to_string(j), std::to_string(row[j]),
                            "be finite");
    }
    for (std::size_t j = 0; j < row.size(); ++j) add(action[j], j, row);
  }

  void save(std::ostream& out) const override {
    for (const auto& of_bit : sums_) {
      for (const Sums& sums : of_bit) {
        write_matrix(out, sums.gram);
        write_matrix(out, sums.cross);
      }
    }
  }
  void load(std::istream& in) override {
    for (const std::size_t b : {0U, 1U}) {
      for (std::size_t j = 0; j < sums_[b].size(); ++j) {
        read_matrix(in, sums_[b][j].gram);
        read_matrix(in, sums_[b][j].cross);
        refresh(b, j);
      }
    }
  }

 private:
  struct Sums {
    Eigen::MatrixXd gram;  // V
    Eigen::VectorXd cross;
  };

  void add(std::size_t bit, std::size_t node, std::span<const double> row) {
    const WeightEllipsoid& mine = ellipsoids_.mechanisms[bit][node];
    const auto k = static_cast<Eigen::Index>(mine.parents.size());
    if (k == 0) return;
    Eigen::VectorXd x(k);
    for (Eigen::Index a = 0; a < k; ++a)
      x(a) = row[static_cast<std::size_t>(mine.parents[static_cast<std::size_t>(a)])];
    double weight = 1;
    if (options_.corruption > 0) {
      Eigen::VectorXd half = x;
      solve_lower(mine.factor, half);
      const double size = half.norm();
      const double kappa = std::sqrt(static_cast<double>(k)) / options_.corruption;
      if (size > kappa) weight = kappa / size;
    }
    Sums& sums = sums_[bit][node];
    sums.gram += weight * x * x.transpose();
    sums.cross += weight * (row[node] - ellipsoids_.offsets[bit](static_cast<Eigen::Index>(node))) * x;
    refresh(bit, node);
  }

  void refresh(std::size_t bit, std::size_t node) {
    const Sums& sums = sums_[bit][node];
    WeightEllipsoid& mine = ellipsoids_.mechanisms[bit][node];
    const double k = static_cast<double>(mine.parents.size());
    mine.factor = sums.gram;
    // Positive definite: the ridge is in it, unless a saved state is wrong.
    if (!cholesky_in_place(mine.factor)) throw DataError("a saved state is of another policy");
    mine.center = sums.cross;
    solve_lower(mine.factor, mine.center);
    solve_lower_transposed(mine.factor, mine.center);
    double log_det = -k * std::log(options_.ridge);
    for (Eigen::Index a = 0; a < mine.factor.rows(); ++a) log_det += 2 * std::log(mine.factor(a, a));
    const double log_delta = std::log(2.0 * n_ * static_cast<double>(options_.horizon));
    mine.radius = options_.noise_sd * std::sqrt(2 * log_delta + std::max(0.0, log_det)) +
                  std::sqrt(options_.ridge) * options_.weight_norm;
    if (options_.corruption > 0) mine.radius += std::sqrt(k);  // kappa C
    mine.radius *= options_.radius_scale;
  }

  LinearSemUcbOptions options_;
  int n_;
  EllipsoidModel ellipsoids_;
  std::array<std::vector<Sums>, 2> sums_;
};

}  // namespace

PolicyPtr make_linear_sem_ucb(const BanditModel& model, const std::array<Eigen::MatrixXi, 2>& graphs,
                              const LinearSemUcbOptions& options) {
  validate(options, "make_linear_sem_ucb");
  validate(options.search, "make_linear_sem_ucb");
  check_linear_model("make_linear_sem_ucb", model);
  check_known_graphs("make_linear_sem_ucb", model, graphs);
  return std::make_unique<LinearSemUcb>(model, graphs, options);
}

}  // namespace causal::bandits
