#include "causal/bandits/policy/importance_bandit.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "../structure/state_io.hpp"
#include "causal/run/error.hpp"

namespace causal::bandits {
namespace {

// The mixture of the arms' laws (0 also where it underflows, which skips cells that no run meets), and the arm whose
// weights have the largest second moment under it.
struct Mixture {
  Eigen::VectorXd law;
  Eigen::Index worst = 0;
  double ratio = 0;
};

Mixture mixture(const Eigen::MatrixXd& p, const Eigen::VectorXd& shares) {
  Mixture mix{.law = Eigen::VectorXd::Zero(p.cols())};
  for (Eigen::Index a = 0; a < p.rows(); ++a) {
    for (Eigen::Index z = 0; z < p.cols(); ++z) mix.law(z) += shares(a) * p(a, z);
  }
  for (Eigen::Index a = 0; a < p.rows(); ++a) {
    double moment = 0;
    for (Eigen::Index z = 0; z < p.cols(); ++z) {
      if (p(a, z) > 0 && mix.law(z) > 0) moment += p(a, z) * p(a, z) / mix.law(z);
    }
    if (moment <= mix.ratio) continue;
    mix.ratio = moment;
    mix.worst = a;
  }
  return mix;
}

// Shares never fall to 0, so that the mixture covers what any arm leads to.
void step(const Eigen::MatrixXd& p, const Mixture& mix, double size, Eigen::VectorXd& shares) {
  Eigen::VectorXd gain = Eigen::VectorXd::Zero(p.rows());
  for (Eigen::Index a = 0; a < p.rows(); ++a) {
    for (Eigen::Index z = 0; z < p.cols(); ++z) {
      if (p(mix.worst, z) <= 0 || mix.law(z) <= 0) continue;
      const double weight = p(mix.worst, z) / mix.law(z);
      gain(a) += weight * weight * p(a, z);
    }
  }
  const double top = gain.maxCoeff();
  double sum = 0;
  for (Eigen::Index a = 0; a < p.rows(); ++a) {
    shares(a) = std::max(shares(a) * std::exp(size * (gain(a) / top - 1)), 1e-12);
    sum += shares(a);
  }
  shares /= sum;
}

class ImportanceBandit final : public Policy {
 public:
  ImportanceBandit(ParentBandit bandit, ImportanceDesign design, std::int64_t horizon)
      : bandit_(std::move(bandit)), design_(std::move(design)), horizon_(horizon) {
    mix_ = mixture(bandit_.probability, design_.shares).law;
    sum_.assign(static_cast<std::size_t>(mix_.size()), 0.0);
  }

  std::string_view name() const override { return "importance_bandit"; }

  Action select(std::int64_t, RandomStream& stream) override {
    if (rounds_ >= horizon_) return bandit_.arms[best()];
    const double u = stream.uniform();
    double sum = 0;
    for (std::size_t k = 0; k + 1 < bandit_.arms.size(); ++k) {
      sum += design_.shares(static_cast<Eigen::Index>(k));
      if (u < sum) return bandit_.arms[k];
    }
    return bandit_.arms.back();
  }

  void update(const Action& action, std::span<const double> row) override {
    if (action.size() != static_cast<std::size_t>(bandit_.n) || row.size() != action.size()) {
      throw InvalidArgument("update", "action", std::to_string(action.size()) + " entries",
                            "have one for each of " + std::to_string(bandit_.n) + " nodes, and the row too");
    }
    const double reward = row[slot(bandit_.reward)];
    if (!(reward >= 0 && reward <= 1)) {
      throw DataError("importance_bandit: the reward " + std::to_string(reward) + " is not in [0, 1]");
    }
    const std::size_t z = parent_configuration(bandit_, row);
    if (rounds_ < horizon_) sum_[z] += reward;
    ++rounds_;
  }

  void save(std::ostream& out) const override {
    write_value(out, rounds_);
    write_values(out, sum_);
  }
  void load(std::istream& in) override {
    const std::size_t size = sum_.size();
    read_value(in, rounds_);
    read_values(in, sum_);
    if (sum_.size() != size) throw DataError("a saved state belongs to another policy");
  }

 private:
  [[nodiscard]] std::size_t best() const {
    std::size_t best = 0;
    double largest = -1;
    for (std::size_t k = 0; k < bandit_.arms.size(); ++k) {
      double total = 0;
      for (Eigen::Index z = 0; z < mix_.size(); ++z) {
        const double p = bandit_.probability(static_cast<Eigen::Index>(k), z);
        if (p > 0 && mix_(z) > 0 && p / mix_(z) <= design_.bound)
          total += p / mix_(z) * sum_[static_cast<std::size_t>(z)];
      }
      if (total <= largest) continue;
      best = k;
      largest = total;
    }
    return best;
  }

  ParentBandit bandit_;
  ImportanceDesign design_;
  std::int64_t horizon_;
  Eigen::VectorXd mix_;
  std::int64_t rounds_ = 0;
  std::vector<double> sum_;  // of rewards, per configuration: all that the means of the arms need
};

}  // namespace

ImportanceDesign importance_design(const ParentBandit& bandit, const ImportanceBanditOptions& options) {
  validate(options, "importance_design");
  require_parent_bandit("importance_design", bandit);
  const Eigen::MatrixXd& p = bandit.probability;
  Eigen::VectorXd shares = Eigen::VectorXd::Constant(p.rows(), 1.0 / static_cast<double>(p.rows()));
  ImportanceDesign design{.shares = shares, .ratio = mixture(p, shares).ratio};
  for (int k = 1; k <= options.iterations; ++k) {
    const Mixture mix = mixture(p, shares);
    if (mix.ratio < design.ratio) {
      design.ratio = mix.ratio;
      design.shares = shares;
    }
    step(p, mix, 0.5 / std::sqrt(k), shares);
  }
  const auto horizon = static_cast<double>(options.horizon);
  design.bound = std::sqrt(design.ratio * horizon / std::log(2 * horizon * static_cast<double>(p.rows())));
  const Eigen::VectorXd law = mixture(p, design.shares).law;
  for (Eigen::Index a = 0; a < p.rows(); ++a) {
    double mass = 0;
    for (Eigen::Index z = 0; z < p.cols(); ++z) {
      if (p(a, z) > 0 && p(a, z) / law(z) > design.bound) mass += p(a, z);
    }
    design.truncated = std::max(design.truncated, mass);
  }
  return design;
}

PolicyPtr make_importance_bandit(ParentBandit bandit, const ImportanceBanditOptions& options) {
  ImportanceDesign design = importance_design(bandit, options);
  return std::make_unique<ImportanceBandit>(std::move(bandit), std::move(design), options.horizon);
}

}  // namespace causal::bandits
