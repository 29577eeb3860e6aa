#include "causal/bandits/policy/thompson.hpp"

#include <cmath>
#include <optional>
#include <string>

#include "../structure/small_matrix.hpp"
#include "../structure/state_io.hpp"
#include "causal/run/error.hpp"
#include "random_action.hpp"

namespace causal::bandits {
namespace {

void check_model(const char* function, const BanditModel& model) {
  if (model.n < 1 || model.reward < 0 || model.reward >= model.n || model.offsets[0].size() != model.n ||
      model.offsets[1].size() != model.n) {
    throw InvalidArgument(std::string(function) + ": the model needs n >= 1, a reward node, and offsets for all nodes");
  }
}

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

class OrderThompson final : public Policy {
 public:
  OrderThompson(const BanditModel& model, const OrderThompsonOptions& options)
      : model_(model),
        options_(options),
        statistics_(model.offsets),
        posterior_(model.n, options.posterior, options.edges),
        stale_(static_cast<std::size_t>(2 * model.n), 0) {}

  std::string_view name() const override { return "order_thompson"; }

  Action select(std::int64_t round, RandomStream& stream) override {
    if (round <= options_.relearn_after || round % options_.relearn_every == 0) relearn();
    if (options_.forced_explore > 0 && stream.uniform() < options_.forced_explore) {
      return random_action(model_.n, stream);
    }
    return best_arm(posterior_.draw(statistics_, model_.reward, stream).arms, options_.search).action;
  }

  void update(const Action& action, std::span<const double> row) override {
    statistics_.add(action, row);
    for (std::size_t j = 0; j < action.size(); ++j) stale_[2 * j + action[j]] = 1;
  }

  // The posterior is a function of the statistics it saw last: both are kept, for it may lag behind.
  void save(std::ostream& out) const override {
    statistics_.save(out);
    seen_.has_value() ? seen_->save(out) : statistics_.save(out);
    write_value(out, std::uint8_t{seen_.has_value()});
    write_values(out, stale_);
  }
  void load(std::istream& in) override {
    statistics_.load(in);
    seen_ = ArmStatistics(model_.offsets);
    seen_->load(in);
    std::uint8_t learned = 0;
    read_value(in, learned);
    if (learned == 0) seen_.reset();
    read_values(in, stale_);
    if (stale_.size() != static_cast<std::size_t>(2 * model_.n)) throw DataError("a saved state is of another policy");
    posterior_ = OrderPosterior(model_.n, options_.posterior, options_.edges);
    if (!seen_) return;
    for (int j = 0; j < model_.n; ++j) {
      for (const int bit : {0, 1}) posterior_.update(bit, j, seen_->column(bit, j));
    }
    posterior_.refresh();
  }

 private:
  void relearn() {
    bool any = false;
    for (int j = 0; j < model_.n; ++j) {
      for (const int bit : {0, 1}) {
        char& stale = stale_[static_cast<std::size_t>(2 * j + bit)];
        if (stale != 0) posterior_.update(bit, j, statistics_.column(bit, j));
        any = any || stale != 0;
        stale = 0;
      }
    }
    if (!any) return;
    posterior_.refresh();
    seen_ = statistics_;
  }

  BanditModel model_;
  OrderThompsonOptions options_;
  ArmStatistics statistics_;
  std::optional<ArmStatistics> seen_;
  OrderPosterior posterior_;
  std::vector<char> stale_;  // per mechanism: it has rows that the posterior has not seen
};

}  // namespace

PolicyPtr make_linear_thompson(const BanditModel& model, const std::array<Eigen::MatrixXi, 2>& graphs,
                               const LinearThompsonOptions& options) {
  validate(options, "make_linear_thompson");
  check_model("make_linear_thompson", model);
  for (const Eigen::MatrixXi& graph : graphs) {
    if (graph.rows() != model.n || graph.cols() != model.n) {
      throw InvalidArgument("make_linear_thompson: each graph must be n x n");
    }
  }
  require_order("make_linear_thompson",
                LinearArms({graphs[0].cast<double>(), graphs[1].cast<double>()}, model.offsets, model.reward));
  return std::make_unique<LinearThompson>(model, graphs, options);
}

PolicyPtr make_order_thompson(const BanditModel& model, const OrderThompsonOptions& options) {
  validate(options, "make_order_thompson");
  check_model("make_order_thompson", model);
  return std::make_unique<OrderThompson>(model, options);
}

}  // namespace causal::bandits
