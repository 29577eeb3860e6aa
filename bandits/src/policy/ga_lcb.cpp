#include "causal/bandits/policy/ga_lcb.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "../structure/lasso.hpp"
#include "../structure/least_loss_order.hpp"
#include "../structure/small_matrix.hpp"
#include "../structure/state_io.hpp"
#include "causal/run/error.hpp"
#include "check_model.hpp"

// What differs from the source. The Lasso runs on the rows of each mechanism by itself, not on all rows together: the
// weights differ between the bits; the parents of a node are those of both, since an edge too many costs variance only.
// A width passes from a parent to a child times max(1, |weight|): the source assumes weights of at most 1. Rows of the
// structure phase count in the elimination too.
namespace causal::bandits {
namespace {

constexpr int kMostNodes = 20;

LinearArms skeleton(const BanditModel& model, const std::array<Eigen::MatrixXi, 2>& graphs) {
  return LinearArms({graphs[0].cast<double>(), graphs[1].cast<double>()}, model.offsets, model.reward);
}

}  // namespace

GaLcb::GaLcb(const BanditModel& model, const GaLcbOptions& options)
    : model_(model), options_(options), statistics_(model.offsets) {
  validate(options, "GaLcb");
  if (model.n < 1 || model.n > kMostNodes || model.reward < 0 || model.reward >= model.n ||
      statistics_.n() != model.n) {
    throw InvalidArgument("GaLcb: the model needs 1 to 20 nodes, a reward node, and offsets for all nodes");
  }
  counts_.assign(static_cast<std::size_t>(model.n + 1), 0);
  sums_ = Eigen::MatrixXd::Zero(model.n, model.n + 1);
  largest_ = Eigen::VectorXd::Zero(model.n);
  for (Eigen::MatrixXi& graph : graphs_) graph = Eigen::MatrixXi::Zero(model.n, model.n);
  if (!options.graphs) return;
  check_known_graphs("GaLcb", model, *options.graphs);
  graphs_ = *options.graphs;
  learned_ = 1;
  prepare();
  for (std::uint32_t code = 0; code < std::uint32_t{1} << choices_.size(); ++code) active_.push_back(code);
}

// The arm of the structure phase with the fewest rounds, 0 the one without intervention; -1 when all have enough.
int GaLcb::next_single() const {
  const auto fewest = std::min_element(counts_.begin(), counts_.end());
  return *fewest < options_.explore_rounds ? static_cast<int>(fewest - counts_.begin()) : -1;
}

// (i, j): whether intervening on i moved the mean of j.
Eigen::MatrixXi GaLcb::shifted() const {
  const int n = model_.n;
  Eigen::MatrixXi moved = Eigen::MatrixXi::Zero(n, n);
  for (int i = 0; i < n && counts_[0] > 0; ++i) {
    const std::int64_t count = counts_[static_cast<std::size_t>(i + 1)];
    if (count == 0) continue;
    for (int j = 0; j < n; ++j) {
      const double shift = sums_(j, i + 1) / static_cast<double>(count) - sums_(j, 0) / static_cast<double>(counts_[0]);
      moved(i, j) = std::abs(shift) > options_.min_shift / 2 ? 1 : 0;
    }
  }
  return moved;
}

void GaLcb::learn_graphs() {
  const int n = model_.n;
  const Eigen::MatrixXi moved = shifted();
  Eigen::MatrixXd strength = Eigen::MatrixXd::Zero(n, n);
  for (int j = 0; j < n; ++j) {
    std::vector<int> candidates;
    for (int i = 0; i < n; ++i) {
      if (i != j && (moved(i, j) != 0 || !moved.row(i).any())) candidates.push_back(i);
    }
    for (const int bit : {0, 1}) {
      const Eigen::VectorXd weights = lasso(statistics_.column(bit, j), candidates, options_.lasso_penalty);
      for (std::size_t k = 0; k < candidates.size(); ++k) {
        strength(candidates[k], j) += std::abs(weights(static_cast<Eigen::Index>(k)));
      }
    }
  }
  for (Eigen::MatrixXi& graph : graphs_) graph = (strength.array() > 0).cast<int>().matrix();
  dropped_ = drop_backward_edges(least_loss_order(strength), graphs_) / 2;
  learned_ = 1;
  prepare();
  active_.clear();
  for (std::uint32_t code = 0; code < std::uint32_t{1} << choices_.size(); ++code) active_.push_back(code);
}

// What follows from the graphs: mechanisms, the nodes that the reward depends on, and whose bits can matter.
void GaLcb::prepare() {
  const int n = model_.n;
  const LinearArms arms = skeleton(model_, graphs_);
  mechanisms_.assign(static_cast<std::size_t>(2 * n), {});
  for (int j = 0; j < n; ++j) {
    for (const int bit : {0, 1}) {
      for (const WeightedParent& parent : arms.parents(bit, j)) mechanism(bit, j).parents.push_back(parent.node);
    }
  }
  std::vector<char> wanted(static_cast<std::size_t>(n), 0);
  wanted[static_cast<std::size_t>(model_.reward)] = 1;
  order_.clear();
  for (auto node = arms.order().rbegin(); node != arms.order().rend(); ++node) {
    if (wanted[static_cast<std::size_t>(*node)] == 0) continue;
    order_.push_back(*node);
    for (const int bit : {0, 1}) {
      for (const int p : mechanism(bit, *node).parents) wanted[static_cast<std::size_t>(p)] = 1;
    }
  }
  std::reverse(order_.begin(), order_.end());
  choices_.clear();
  bits_.assign(order_.size(), -1);
  for (std::size_t k = 0; k < order_.size(); ++k) {
    const int j = order_[k];
    const bool same = mechanism(0, j).parents.empty() && mechanism(1, j).parents.empty() &&
                      model_.offsets[0](j) == model_.offsets[1](j);
    if (same) continue;
    bits_[k] = static_cast<int>(choices_.size());
    choices_.push_back(j);
  }
  for (int& bit : bits_) bit = bit < 0 ? -1 : static_cast<int>(choices_.size()) - 1 - bit;
  bound_.assign(static_cast<std::size_t>(n), 0.0);
}

void GaLcb::bound_values() {
  std::size_t most = 1;
  for (const Mechanism& m : mechanisms_) most = std::max(most, m.parents.size());
  const double d = static_cast<double>(most);
  alpha_ = options_.alpha;
  if (alpha_ == 0) {
    const double rounds = 2.0 * model_.n * static_cast<double>(options_.horizon);
    alpha_ = std::sqrt(0.5 * std::log(rounds / options_.delta)) + std::sqrt(d);
  }
  std::vector<double> value(bound_.size(), 1.0);
  for (const int j : order_) {
    double above = 0, squares = 0;
    for (int p = 0; p < model_.n; ++p) {
      if (graphs_[0](p, j) == 0 && graphs_[1](p, j) == 0) continue;
      above = std::max(above, value[static_cast<std::size_t>(p)]);
      squares += largest_(p) * largest_(p);
    }
    const auto at = static_cast<std::size_t>(j);
    if (options_.bounds == ValueBounds::Seen) {
      bound_[at] = std::sqrt(squares);
      value[at] = largest_(j);
    } else {
      bound_[at] = std::sqrt(d) * above;
      value[at] = above > 0 ? d * above + 1 : 1.0;
    }
  }
  reward_bound_ = value[static_cast<std::size_t>(model_.reward)];
}

void GaLcb::refresh() {
  bound_values();
  for (const int j : order_) {
    for (const int bit : {0, 1}) {
      Mechanism& m = mechanism(bit, j);
      if (!m.stale) continue;
      const ColumnStatistics& sums = statistics_.column(bit, j);
      const auto k = static_cast<Eigen::Index>(m.parents.size());
      m.factor = options_.ridge * Eigen::MatrixXd::Identity(k, k);
      m.weights.resize(k);
      for (Eigen::Index a = 0; a < k; ++a) {
        m.weights(a) = sums.cross()(m.parents[static_cast<std::size_t>(a)]);
        for (Eigen::Index b = 0; b < k; ++b) {
          m.factor(a, b) += sums.gram()(m.parents[static_cast<std::size_t>(a)], m.parents[static_cast<std::size_t>(b)]);
        }
      }
      if (k > 0) m.root_least = std::sqrt(std::max(options_.ridge, eigenvalue_range(m.factor).first));
      CAUSAL_ASSERT(cholesky_in_place(m.factor));
      solve_lower(m.factor, m.weights);
      solve_lower_transposed(m.factor, m.weights);
      m.stale = false;
    }
  }
}

void GaLcb::step(int bit, int node, Eigen::VectorXd& mean, Eigen::VectorXd& width) {
  const Mechanism& m = mechanism(bit, node);
  const std::size_t k = m.parents.size();
  std::array<double, kMostNodes> half{};  // L^-1 of the parents' means
  double value = model_.offsets[static_cast<std::size_t>(bit)](node), wide = 0, squares = 0;
  for (std::size_t a = 0; a < k; ++a) {
    const int p = m.parents[a];
    const auto row = static_cast<Eigen::Index>(a);
    value += m.weights(row) * mean(p);
    wide += std::max(1.0, std::abs(m.weights(row))) * width(p);
    double rest = mean(p);
    for (std::size_t b = 0; b < a; ++b) rest -= m.factor(row, static_cast<Eigen::Index>(b)) * half[b];
    half[a] = rest / m.factor(row, row);
    squares += half[a] * half[a];
  }
  mean(node) = value;
  const double last = k > 0 ? bound_[static_cast<std::size_t>(node)] / m.root_least : 0.0;
  width(node) = wide + alpha_ * (std::sqrt(squares) + last);
}

// Arms that follow each other share their first nodes: only what comes after the first different bit is computed.
void GaLcb::rate_arms(std::vector<double>& mean, std::vector<double>& width) {
  mean.resize(active_.size());
  width.resize(active_.size());
  std::vector<std::size_t> place(choices_.size());  // of each bit of a code in order_
  for (std::size_t k = 0; k < order_.size(); ++k) {
    if (bits_[k] >= 0) place[static_cast<std::size_t>(bits_[k])] = k;
  }
  Eigen::VectorXd means = Eigen::VectorXd::Zero(model_.n), widths = means;
  for (std::size_t arm = 0; arm < active_.size(); ++arm) {
    std::size_t from = 0;
    if (arm > 0) from = place[static_cast<std::size_t>(std::bit_width(active_[arm] ^ active_[arm - 1]) - 1)];
    for (std::size_t k = from; k < order_.size(); ++k) {
      step(bits_[k] < 0 ? 0 : static_cast<int>(active_[arm] >> bits_[k] & 1), order_[k], means, widths);
    }
    mean[arm] = means(model_.reward);
    width[arm] = widths(model_.reward);
  }
}

void GaLcb::eliminate(double tolerance, std::vector<double>& mean, std::vector<double>& width) {
  double best = -std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < active_.size(); ++k) best = std::max(best, mean[k] + width[k]);
  std::size_t kept = 0;
  for (std::size_t k = 0; k < active_.size(); ++k) {
    if (mean[k] + width[k] < best - tolerance) continue;
    active_[kept] = active_[k];
    mean[kept] = mean[k];
    width[kept++] = width[k];
  }
  active_.resize(kept);
  mean.resize(kept);
  width.resize(kept);
}

Action GaLcb::action_of(std::uint32_t code) const {
  Action action(static_cast<std::size_t>(model_.n), 0);
  for (std::size_t k = 0; k < choices_.size(); ++k) {
    action[static_cast<std::size_t>(choices_[k])] = code >> (choices_.size() - 1 - k) & 1;
  }
  return action;
}

Action GaLcb::select(std::int64_t, RandomStream& stream) {
  if (learned_ == 0) {
    if (const int single = next_single(); single >= 0) {
      Action action(static_cast<std::size_t>(model_.n), 0);
      if (single > 0) action[static_cast<std::size_t>(single - 1)] = 1;
      return action;
    }
    learn_graphs();
  }
  if (active_.size() == 1) return action_of(active_[0]);
  refresh();
  std::vector<double> mean, width;
  rate_arms(mean, width);
  while (active_.size() > 1) {
    const double widest = *std::max_element(width.begin(), width.end());
    if (widest < reward_bound_ / std::sqrt(static_cast<double>(options_.horizon))) break;
    const double level = std::ldexp(reward_bound_, -phase_);
    if (widest < level) {
      eliminate(2 * level, mean, width);
      ++phase_;
      continue;
    }
    std::vector<std::uint32_t> wide;
    for (std::size_t k = 0; k < active_.size(); ++k) {
      if (width[k] >= level) wide.push_back(active_[k]);
    }
    return action_of(wide[stream.below(wide.size())]);
  }
  std::size_t best = 0;
  for (std::size_t k = 1; k < active_.size(); ++k) {
    if (mean[k] + width[k] > mean[best] + width[best]) best = k;
  }
  return action_of(active_[best]);
}

void GaLcb::update(const Action& action, std::span<const double> row) {
  const bool settled = learned_ != 0 && active_.size() == 1;
  statistics_.add(action, row, std::vector<char>(static_cast<std::size_t>(model_.n), settled ? 0 : 1));
  if (settled) return;
  const Eigen::Map<const Eigen::VectorXd> values(row.data(), model_.n);
  largest_ = largest_.cwiseMax(values.cwiseAbs());
  int ones = 0, single = 0;
  for (int j = 0; j < model_.n; ++j) {
    const int bit = action[static_cast<std::size_t>(j)];
    if (!mechanisms_.empty()) mechanism(bit, j).stale = true;
    ones += bit;
    if (bit != 0) single = j + 1;
  }
  if (learned_ != 0 || ones > 1) return;
  sums_.col(single) += values;
  ++counts_[static_cast<std::size_t>(single)];
}

void GaLcb::save(std::ostream& out) const {
  statistics_.save(out);
  write_values(out, counts_);
  write_matrix(out, sums_);
  write_matrix(out, largest_);
  for (const Eigen::MatrixXi& graph : graphs_) write_matrix(out, graph);
  write_value(out, learned_);
  write_value(out, dropped_);
  write_value(out, phase_);
  write_values(out, active_);
}

void GaLcb::load(std::istream& in) {
  statistics_.load(in);
  read_values(in, counts_);
  read_matrix(in, sums_);
  read_matrix(in, largest_);
  for (Eigen::MatrixXi& graph : graphs_) read_matrix(in, graph);
  read_value(in, learned_);
  read_value(in, dropped_);
  read_value(in, phase_);
  read_values(in, active_);
  const auto wrong = [] { return DataError("a saved state is of another policy"); };
  if (counts_.size() != static_cast<std::size_t>(model_.n + 1) || phase_ < 1) throw wrong();
  mechanisms_.clear();
  if (learned_ == 0) return;
  if (graphs_[0].diagonal().any() || graphs_[1].diagonal().any() || !skeleton(model_, graphs_).has_order()) {
    throw wrong();
  }
  prepare();
  if (active_.empty() || !std::is_sorted(active_.begin(), active_.end()) || active_.back() >> choices_.size() != 0) {
    throw wrong();
  }
}

PolicyPtr make_ga_lcb(const BanditModel& model, const GaLcbOptions& options) {
  return std::make_unique<GaLcb>(model, options);
}

}  // namespace causal::bandits
