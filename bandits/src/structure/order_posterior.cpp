#include "causal/bandits/structure/order_posterior.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "causal/run/error.hpp"
#include "mechanism_draw.hpp"
#include "parent_set_evidence.hpp"
#include "scaled_real.hpp"

namespace causal::bandits {
namespace {

constexpr int kMaxNodes = 16;
using Mask = std::uint32_t;

// A set of nodes without `node` as a mask over the other n - 1, and back.
Mask squeeze(Mask set, int node) {
  const Mask low = (Mask{1} << node) - 1;
  return (set & low) | (set >> 1 & ~low);
}
Mask spread(Mask mask, int node) {
  const Mask low = (Mask{1} << node) - 1;
  return (mask & low) | (mask & ~low) << 1;
}

}  // namespace

class OrderPosterior::Impl {
 public:
  Impl(int nodes, const OrderPosteriorOptions& given, const std::vector<EdgePrior>& edges);

  void update(int bit, int node, const ColumnStatistics& statistics);
  void archive(int bit, int node, const ColumnStatistics& statistics);
  [[nodiscard]] double split_gain(int bit, int node, const ColumnStatistics& before,
                                  const ColumnStatistics& after) const;
  void refresh();
  // Per set of predecessors of `node`: the evidence of rows of one mechanism, averaged over the prior of its parents.
  [[nodiscard]] std::vector<ScaledReal> averaged(int bit, int node, const ColumnStatistics& statistics) const;
  // Per set: the sum over the orders that begin with it, when `node` has the product `mine` in place of its own.
  [[nodiscard]] std::vector<ScaledReal> sums_from_start(int node, const std::vector<ScaledReal>& mine) const;
  void multiply(int node);
  // Per set: the sum over what may follow it.
  [[nodiscard]] std::vector<ScaledReal> sums_to_end() const;
  [[nodiscard]] Eigen::MatrixXd edge_probabilities(int bit) const;
  [[nodiscard]] Eigen::MatrixXd order_probabilities() const;
  [[nodiscard]] OrderDraw draw(const ArmStatistics& statistics, int reward, RandomStream& stream) const;
  // Probability that `node` is the last one of an order of `set`.
  [[nodiscard]] double last_probability(Mask set, int node) const {
    const Mask before = set & ~(Mask{1} << node);
    return ScaledReal::ratio(from_start[before] * both[static_cast<std::size_t>(node)][squeeze(before, node)],
                             from_start[set]);
  }
  [[nodiscard]] std::vector<int> likely_order() const;

  [[nodiscard]] std::size_t slot(int bit, int node) const { return static_cast<std::size_t>(2 * node + bit); }
  // Probability that the predecessors of `node` are exactly `before`.
  [[nodiscard]] double predecessor_probability(int node, Mask before, const std::vector<ScaledReal>& to_end) const {
    const ScaledReal weight = from_start[before] * (both[static_cast<std::size_t>(node)][squeeze(before, node)] *
                                                    to_end[before | Mask{1} << node]);
    return ScaledReal::ratio(weight, from_start.back());
  }
  void require_mechanism(const char* function, int bit, int node, const ColumnStatistics& statistics) const {
    if (bit >= 0 && bit <= 1 && node >= 0 && node < n && statistics.n() == n) return;
    throw InvalidArgument(std::string(function) + ": bit, node and statistics must be those of the model");
  }
  void require_fresh(const char* function) const {
    if (stale) throw InvalidArgument(std::string(function) + ": call refresh() after update()");
  }
  [[nodiscard]] Mask draw_parents(int bit, int node, Mask before, RandomStream& stream) const;

  int n;
  OrderPosteriorOptions options;
  std::vector<std::vector<CandidatePrior>> priors;  // per node
  bool stale = true;
  std::vector<std::vector<ScaledReal>> evidence;  // per mechanism and parent set
  std::vector<std::vector<ScaledReal>> summed;    // the same summed over subsets
  std::vector<std::vector<ScaledReal>> prior;     // per node and set of predecessors: sum of the prior over subsets
  std::vector<std::vector<ScaledReal>> past;      // per node: what was archived; empty: nothing
  std::vector<std::vector<ScaledReal>> both;      // per node: the product of the sums of both mechanisms and the past
  std::vector<ScaledReal> from_start;             // per set: sum over the orders that begin with it
};

OrderPosterior::Impl::Impl(int nodes, const OrderPosteriorOptions& given, const std::vector<EdgePrior>& edges)
    : n(nodes), options(given) {
  validate(options, "OrderPosterior");
  if (n < 1 || n > kMaxNodes) {
    throw InvalidArgument("OrderPosterior", "n", std::to_string(n), "lie in [1, 16]: all orders are summed over");
  }
  const auto p = static_cast<std::size_t>(n);
  if (!edges.empty() && edges.size() != p * p) {
    throw InvalidArgument("OrderPosterior", "edges", std::to_string(edges.size()) + " values", "be n x n");
  }
  const double log_odds = std::log(options.edge_probability) - std::log1p(-options.edge_probability);
  for (std::size_t j = 0; j < p; ++j) {
    std::vector<CandidatePrior>& mine = priors.emplace_back();
    for (std::size_t i = 0; i < p; ++i) {
      if (i != j) mine.push_back({log_odds, edges.empty() ? EdgePrior::Open : edges[i * p + j]});
    }
  }
  const std::size_t sets = std::size_t{1} << (n - 1);
  evidence.assign(2 * p, std::vector<ScaledReal>(sets));
  summed = evidence;
  both.assign(p, std::vector<ScaledReal>(sets));
  past.resize(p);
  from_start.assign(2 * sets, {});
  const ColumnStatistics nothing(n);
  for (int j = 0; j < n; ++j) {
    for (const int bit : {0, 1}) update(bit, j, nothing);
    prior.push_back(summed[slot(0, j)]);
  }
  refresh();
  if (from_start.back().mantissa <= 0) {
    throw InvalidArgument("OrderPosterior", "edges", "known edges", "allow an order with at most max_parents each");
  }
}

void OrderPosterior::Impl::update(int bit, int node, const ColumnStatistics& statistics) {
  require_mechanism("OrderPosterior::update", bit, node, statistics);
  const std::size_t s = slot(bit, node);
  parent_set_evidences(statistics, node, options, priors[static_cast<std::size_t>(node)], evidence[s]);
  summed[s] = evidence[s];
  sum_over_subsets(summed[s]);
  multiply(node);
}

void OrderPosterior::Impl::multiply(int node) {
  const auto j = static_cast<std::size_t>(node);
  std::vector<ScaledReal>& product = both[j];
  for (std::size_t k = 0; k < product.size(); ++k) {
    product[k] = (summed[slot(0, node)][k] * summed[slot(1, node)][k]).normalised();
    if (!past[j].empty()) product[k] = (product[k] * past[j][k]).normalised();
  }
  stale = true;
}

std::vector<ScaledReal> OrderPosterior::Impl::averaged(int bit, int node, const ColumnStatistics& statistics) const {
  require_mechanism("OrderPosterior", bit, node, statistics);
  const auto j = static_cast<std::size_t>(node);
  std::vector<ScaledReal> values(both[j].size());
  parent_set_evidences(statistics, node, options, priors[j], values);
  sum_over_subsets(values);
  for (std::size_t k = 0; k < values.size(); ++k) {
    if (prior[j][k].mantissa > 0) values[k] = (values[k] * prior[j][k].reciprocal()).normalised();
  }
  return values;
}

void OrderPosterior::Impl::archive(int bit, int node, const ColumnStatistics& statistics) {
  std::vector<ScaledReal> values = averaged(bit, node, statistics);
  std::vector<ScaledReal>& mine = past[static_cast<std::size_t>(node)];
  if (mine.empty()) {
    mine = std::move(values);
  } else {
    for (std::size_t k = 0; k < mine.size(); ++k) mine[k] = (mine[k] * values[k]).normalised();
  }
  multiply(node);
}

double OrderPosterior::Impl::split_gain(int bit, int node, const ColumnStatistics& before,
                                        const ColumnStatistics& after) const {
  const auto j = static_cast<std::size_t>(node);
  std::vector<ScaledReal> product = averaged(bit, node, before);
  const std::vector<ScaledReal> later = averaged(bit, node, after);
  for (std::size_t k = 0; k < product.size(); ++k) {
    product[k] = (product[k] * later[k] * summed[slot(1 - bit, node)][k]).normalised();
    product[k] = (product[k] * prior[j][k]).normalised();  // as in `summed`, which is not averaged
    if (!past[j].empty()) product[k] = (product[k] * past[j][k]).normalised();
  }
  return sums_from_start(node, product).back().log() - from_start.back().log();
}

std::vector<ScaledReal> OrderPosterior::Impl::sums_from_start(int node, const std::vector<ScaledReal>& mine) const {
  std::vector<ScaledReal> sums(from_start.size());
  const Mask full = static_cast<Mask>(sums.size() - 1);
  sums[0] = {1, 0};
  for (Mask set = 1; set <= full; ++set) {
    ScaledReal sum;
    for (Mask left = set; left != 0; left &= left - 1) {
      const int last = std::countr_zero(left);
      const Mask before = set & ~(Mask{1} << last);
      const std::vector<ScaledReal>& factor = last == node ? mine : both[static_cast<std::size_t>(last)];
      sum = sum + sums[before] * factor[squeeze(before, last)];
    }
    sums[set] = sum.normalised();
  }
  return sums;
}

void OrderPosterior::Impl::refresh() {
  from_start = sums_from_start(0, both.front());
  stale = false;
}

std::vector<ScaledReal> OrderPosterior::Impl::sums_to_end() const {
  const Mask full = static_cast<Mask>(from_start.size() - 1);
  std::vector<ScaledReal> to_end(from_start.size());
  to_end[full] = {1, 0};
  for (Mask set = full; set-- > 0;) {
    ScaledReal sum;
    for (Mask left = full & ~set; left != 0; left &= left - 1) {
      const int next = std::countr_zero(left);
      sum = sum + to_end[set | Mask{1} << next] * both[static_cast<std::size_t>(next)][squeeze(set, next)];
    }
    to_end[set] = sum.normalised();
  }
  return to_end;
}

Eigen::MatrixXd OrderPosterior::Impl::edge_probabilities(int bit) const {
  Eigen::MatrixXd probability = Eigen::MatrixXd::Zero(n, n);
  const std::vector<ScaledReal> to_end = sums_to_end();
  std::vector<ScaledReal> weight(both.front().size());
  for (int j = 0; j < n; ++j) {
    const std::vector<ScaledReal>& mine = evidence[slot(bit, j)];
    const std::vector<ScaledReal>& sums = summed[slot(bit, j)];
    // Given the predecessors U, parents P have the probability evidence(P) / sums(U): sum over U first.
    for (Mask u = 0; u < weight.size(); ++u) {
      const double p = predecessor_probability(j, spread(u, j), to_end);
      weight[u] = p > 0 ? ScaledReal{p / sums[u].mantissa, -sums[u].exponent} : ScaledReal{};
    }
    sum_over_supersets(weight);
    for (Mask u = 0; u < weight.size(); ++u) {
      const double p = ScaledReal::ratio(mine[u] * weight[u], {1, 0});
      for (Mask left = spread(u, j); left != 0; left &= left - 1) probability(std::countr_zero(left), j) += p;
    }
  }
  return probability;
}

Eigen::MatrixXd OrderPosterior::Impl::order_probabilities() const {
  Eigen::MatrixXd probability = Eigen::MatrixXd::Zero(n, n);
  const std::vector<ScaledReal> to_end = sums_to_end();
  for (int j = 0; j < n; ++j) {
    for (Mask u = 0; u < both.front().size(); ++u) {
      const Mask before = spread(u, j);
      const double p = predecessor_probability(j, before, to_end);
      for (Mask left = before; left != 0; left &= left - 1) probability(std::countr_zero(left), j) += p;
    }
  }
  return probability;
}

std::vector<int> OrderPosterior::Impl::likely_order() const {
  std::vector<int> order(static_cast<std::size_t>(n));
  Mask set = static_cast<Mask>(from_start.size() - 1);
  for (std::size_t position = order.size(); position-- > 0;) {
    double most = -1;
    for (Mask open = set; open != 0; open &= open - 1) {
      const int node = std::countr_zero(open);
      const double p = last_probability(set, node);
      if (p <= most) continue;
      most = p;
      order[position] = node;
    }
    set &= ~(Mask{1} << order[position]);
  }
  return order;
}

Mask OrderPosterior::Impl::draw_parents(int bit, int node, Mask before, RandomStream& stream) const {
  const std::vector<ScaledReal>& mine = evidence[slot(bit, node)];
  const Mask allowed = squeeze(before, node);
  const ScaledReal total = summed[slot(bit, node)][allowed];
  double left = stream.uniform();
  Mask chosen = 0;
  for (Mask set = allowed;; set = (set - 1) & allowed) {  // all subsets, the largest first
    const double p = ScaledReal::ratio(mine[set], total);
    if (p > 0) {
      chosen = set;  // the last one with mass takes what rounding leaves
      left -= p;
      if (left <= 0) break;
    }
    if (set == 0) break;
  }
  return spread(chosen, node);
}

OrderDraw OrderPosterior::Impl::draw(const ArmStatistics& statistics, int reward, RandomStream& stream) const {
  OrderDraw draw;
  draw.order.resize(static_cast<std::size_t>(n));
  std::array<Eigen::MatrixXd, 2> weights{Eigen::MatrixXd::Zero(n, n), Eigen::MatrixXd::Zero(n, n)};
  for (const std::size_t b : {0U, 1U}) {
    draw.parents[b].assign(static_cast<std::size_t>(n), 0);
    draw.noise_variance[b].assign(static_cast<std::size_t>(n), 0);
  }
  std::vector<int> nodes;
  Mask set = static_cast<Mask>(from_start.size() - 1);
  for (std::size_t position = static_cast<std::size_t>(n); position-- > 0;) {
    double left = stream.uniform();
    int last = -1;
    for (Mask open = set; open != 0 && left > 0; open &= open - 1) {
      const int node = std::countr_zero(open);
      const double p = last_probability(set, node);
      if (p <= 0) continue;
      last = node;
      left -= p;
    }
    CAUSAL_ASSERT(last >= 0);
    set &= ~(Mask{1} << last);
    draw.order[position] = last;
    for (const int bit : {0, 1}) {
      const auto b = static_cast<std::size_t>(bit);
      const Mask parents = draw_parents(bit, last, set, stream);
      draw.parents[b][static_cast<std::size_t>(last)] = parents;
      nodes.clear();
      for (Mask rest = parents; rest != 0; rest &= rest - 1) nodes.push_back(std::countr_zero(rest));
      draw.noise_variance[b][static_cast<std::size_t>(last)] =
          draw_mechanism(statistics.column(bit, last), nodes, options, stream, weights[b].col(last));
    }
  }
  draw.arms = LinearArms(std::move(weights), {statistics.offsets(0), statistics.offsets(1)}, reward);
  return draw;
}

OrderPosterior::OrderPosterior(int n, const OrderPosteriorOptions& options, const std::vector<EdgePrior>& edges)
    : impl_(std::make_unique<Impl>(n, options, edges)) {}
OrderPosterior::~OrderPosterior() = default;
OrderPosterior::OrderPosterior(OrderPosterior&&) noexcept = default;
OrderPosterior& OrderPosterior::operator=(OrderPosterior&&) noexcept = default;

int OrderPosterior::n() const { return impl_->n; }
void OrderPosterior::update(int bit, int node, const ColumnStatistics& statistics) {
  impl_->update(bit, node, statistics);
}
void OrderPosterior::archive(int bit, int node, const ColumnStatistics& statistics) {
  impl_->archive(bit, node, statistics);
}

double OrderPosterior::split_gain(int bit, int node, const ColumnStatistics& before,
                                  const ColumnStatistics& after) const {
  impl_->require_fresh("split_gain");
  return impl_->split_gain(bit, node, before, after);
}

void OrderPosterior::refresh() { impl_->refresh(); }

double OrderPosterior::log_evidence(int bit, int node, std::uint32_t parents) const {
  if ((parents >> node & 1) != 0 || parents >> impl_->n != 0) return -std::numeric_limits<double>::infinity();
  return impl_->evidence[impl_->slot(bit, node)][squeeze(parents, node)].log();
}

double OrderPosterior::log_total() const {
  impl_->require_fresh("log_total");
  return impl_->from_start.back().log();
}

Eigen::MatrixXd OrderPosterior::edge_probabilities(int bit) const {
  impl_->require_fresh("edge_probabilities");
  return impl_->edge_probabilities(bit);
}

Eigen::MatrixXd OrderPosterior::order_probabilities() const {
  impl_->require_fresh("order_probabilities");
  return impl_->order_probabilities();
}

std::vector<int> OrderPosterior::likely_order() const {
  impl_->require_fresh("likely_order");
  return impl_->likely_order();
}

OrderDraw OrderPosterior::draw(const ArmStatistics& statistics, int reward, RandomStream& stream) const {
  impl_->require_fresh("draw");
  if (statistics.n() != impl_->n) throw InvalidArgument("OrderPosterior::draw: statistics of another model");
  return impl_->draw(statistics, reward, stream);
}

}  // namespace causal::bandits
