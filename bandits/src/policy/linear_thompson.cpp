#include "causal/bandits/policy/linear_thompson.hpp"

#include <cmath>
#include <string>

#include "../structure/small_matrix.hpp"
#include "../structure/state_io.hpp"
#include "causal/bandits/structure/column_statistics.hpp"
#include "causal/run/error.hpp"
#include "check_model.hpp"
#include "random_action.hpp"

namespace causal::bandits {
namespace {

class LinearThompson final : public Policy {
 public:
  LinearThompson(const BanditModel& model, const std::array<Eigen::MatrixXi, 2>& graphs,
                 const LinearThompsonOptions& options)
      : model_(model), options_(options), statistics_(model.offsets) {
    for (int j = 0; j < model.n; ++j) {
      for (const std::size_t b : {0U, 1U}) {
        Mechanism& mechanism = mechanisms_.emplace_back();
        for (int i = 0; i < model.n; ++i) {
          if (graphs[b](i, j) != 0) mechanism.parents.push_back(i);
        }
      }
    }
  }

  std::string_view name() const override { return "linear_thompson"; }

  Action select(std::int64_t, RandomStream& stream) override {
    if (options_.forced_explore > 0 && stream.uniform() < options_.forced_explore) {
      return random_action(model_.n, stream);
    }
    std::array<Eigen::MatrixXd, 2> weights{Eigen::MatrixXd::Zero(model_.n, model_.n),
                                           Eigen::MatrixXd::Zero(model_.n, model_.n)};
    const double sd = std::sqrt(options_.variance);
    for (int j = 0; j < model_.n; ++j) {
      for (const int bit : {0, 1}) {
        Mechanism& mechanism = mechanisms_[static_cast<std::size_t>(2 * j + bit)];
        if (mechanism.stale) refresh(statistics_.column(bit, j), mechanism);
        Eigen::VectorXd draw = mechanism.half;  // L^-1 g
        for (Eigen::Index k = 0; k < draw.size(); ++k) draw(k) += sd * stream.normal();
        solve_lower_transposed(mechanism.factor, draw);
        for (std::size_t k = 0; k < mechanism.parents.size(); ++k) {
          weights[static_cast<std::size_t>(bit)](mechanism.parents[k], j) = draw(static_cast<Eigen::Index>(k));
        }
      }
    }
    return best_arm(LinearArms(std::move(weights), model_.offsets, model_.reward), options_.search).action;
  }

  void update(const Action& action, std::span<const double> row) override {
    statistics_.add(action, row);
    for (std::size_t j = 0; j < action.size(); ++j) mechanisms_[2 * j + action[j]].stale = true;
  }

  void save(std::ostream& out) const override { statistics_.save(out); }
  void load(std::istream& in) override {
    statistics_.load(in);
    for (Mechanism& mechanism : mechanisms_) mechanism.stale = true;
  }

 private:
  struct Mechanism {
    std::vector<int> parents;
    Eigen::MatrixXd factor;  // L of V = L L^T
    Eigen::VectorXd half;
    bool stale = true;
  };

  void refresh(const ColumnStatistics& statistics, Mechanism& mechanism) const {
    const auto k = static_cast<Eigen::Index>(mechanism.parents.size());
    mechanism.factor.resize(k, k);
    mechanism.half.resize(k);
    for (Eigen::Index a = 0; a < k; ++a) {
      const int p = mechanism.parents[static_cast<std::size_t>(a)];
      mechanism.half(a) = statistics.cross()(p);
      for (Eigen::Index b = 0; b <= a; ++b) {
        mechanism.factor(a, b) = statistics.gram()(p, mechanism.parents[static_cast<std::size_t>(b)]);
      }
      mechanism.factor(a, a) += options_.ridge;
    }
    CAUSAL_ASSERT(cholesky_in_place(mechanism.factor));
    solve_lower(mechanism.factor, mechanism.half);
    mechanism.stale = false;
  }

  BanditModel model_;
  LinearThompsonOptions options_;
  ArmStatistics statistics_;
  std::vector<Mechanism> mechanisms_;
};

}  // namespace

PolicyPtr make_linear_thompson(const BanditModel& model, const std::array<Eigen::MatrixXi, 2>& graphs,
                               const LinearThompsonOptions& options) {
  validate(options, "make_linear_thompson");
  check_linear_model("make_linear_thompson", model);
  check_known_graphs("make_linear_thompson", model, graphs);
  return std::make_unique<LinearThompson>(model, graphs, options);
}

}  // namespace causal::bandits
