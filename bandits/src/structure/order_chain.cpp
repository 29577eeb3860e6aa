#include "causal/bandits/structure/order_chain.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <string>

#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "mechanism_draw.hpp"
#include "order_record.hpp"
#include "order_starts.hpp"
#include "order_walk.hpp"
#include "state_io.hpp"

namespace causal::bandits {
namespace {

constexpr int kMaxNodes = 256;

double sets_of_at_most(int count, int most) {
  double sum = 0, binomial = 1;
  for (int k = 0; k <= std::min(count, most); ++k) {
    sum += binomial;
    binomial *= static_cast<double>(count - k) / (k + 1);
  }
  return sum;
}

}  // namespace

class OrderChain::Impl {
 public:
  Impl(int nodes, const OrderChainOptions& given, const std::vector<EdgePrior>& edges, std::uint64_t seed);

  void update(int bit, int node, const ColumnStatistics& statistics);
  void forget() { records.assign(walks.size(), OrderRecord(n)); }
  void advance(std::int64_t moves, std::int64_t orders, RandomStream& stream);
  void require_records(const char* function) const {
    if (records.front().scores.empty()) {
      throw InvalidArgument(std::string(function) + ": call sample() after update(), restart() or load()");
    }
  }
  [[nodiscard]] std::span<const EdgePrior> edges_into(int node) const {
    return {edge_priors.data() + static_cast<std::ptrdiff_t>(node) * n, static_cast<std::size_t>(n)};
  }
  [[nodiscard]] Eigen::MatrixXd edge_probabilities(std::size_t bit, std::size_t chain) const {
    return records[chain].edges[bit] / static_cast<double>(records[chain].scores.size());
  }
  [[nodiscard]] OrderChainDraw draw(const ArmStatistics& statistics, int reward, RandomStream& stream) const;

  int n;
  OrderChainOptions options;
  std::vector<EdgePrior> edge_priors;  // node by node, what is known of the edges into it
  std::vector<ParentSetTable> tables;
  std::vector<OrderWalk> walks;
  std::vector<OrderRecord> records;  // per chain
};

OrderChain::Impl::Impl(int nodes, const OrderChainOptions& given, const std::vector<EdgePrior>& edges,
                       std::uint64_t seed)
    : n(nodes), options(given) {
  validate(options, "OrderChain");
  validate(options.posterior, "OrderChain");
  if (n < 1 || n > kMaxNodes) {
    throw InvalidArgument("OrderChain", "n", std::to_string(n), "lie in [1, 256]");
  }
  const auto p = static_cast<std::size_t>(n);
  if (!edges.empty() && edges.size() != p * p) {
    throw InvalidArgument("OrderChain", "edges", std::to_string(edges.size()) + " values", "be n x n");
  }
  const double sets = sets_of_at_most(std::min(n - 1, options.max_candidates), options.posterior.max_parents);
  const double bytes = 2.0 * n * (20 * sets + n) + options.chains * (24.0 * n * n + 8300.0 * n);
  if (bytes > static_cast<double>(options.memory_limit_bytes)) {
    throw InvalidArgument("OrderChain", "memory_limit_bytes", std::to_string(options.memory_limit_bytes),
                          "allow " + std::to_string(static_cast<std::int64_t>(bytes)) +
                              " bytes; fewer max_parents or max_candidates need less");
  }
  edge_priors.assign(p * p, EdgePrior::Open);
  for (std::size_t j = 0; j < p && !edges.empty(); ++j) {
    int known = 0;
    for (std::size_t i = 0; i < p; ++i) {
      if (i == j) continue;
      edge_priors[j * p + i] = edges[i * p + j];
      known += edges[i * p + j] == EdgePrior::Known ? 1 : 0;
    }
    if (known > std::min(options.posterior.max_parents, options.max_candidates)) {
      throw InvalidArgument("OrderChain", "edges", std::to_string(known) + " known into node " + std::to_string(j),
                            "be at most max_parents and max_candidates");
    }
  }
  RandomStream stream(seed, RandomDomain::OrderChain, 0xffffffffU);
  std::vector<std::vector<int>> starts;
  for (int c = 0; c < options.chains; ++c) {
    starts.push_back(random_start(edge_priors, n, stream));
    if (starts.back().empty()) throw InvalidArgument("OrderChain", "edges", "known edges", "not form a cycle");
  }
  tables.resize(2 * p);
  const ColumnStatistics nothing(n);
  for (std::size_t slot = 0; slot < tables.size(); ++slot) {
    const int node = static_cast<int>(slot / 2);
    tables[slot].fill(nothing, node, options.posterior, edges_into(node), options.max_candidates);
  }
  for (std::vector<int>& start : starts) walks.emplace_back(std::move(start), tables);
  forget();
}

void OrderChain::Impl::update(int bit, int node, const ColumnStatistics& statistics) {
  if (bit < 0 || bit > 1 || node < 0 || node >= n || statistics.n() != n) {
    throw InvalidArgument("OrderChain::update: bit, node and statistics must be those of the model");
  }
  const auto slot = static_cast<std::size_t>(2 * node + bit);
  tables[slot].fill(statistics, node, options.posterior, edges_into(node), options.max_candidates);
  for (OrderWalk& walk : walks) walk.rescore(tables, slot);
  if (!records.front().scores.empty()) forget();
}

// `moves` moves, or with orders > 0 that many times n moves and a record.
void OrderChain::Impl::advance(std::int64_t moves, std::int64_t orders, RandomStream& stream) {
  const std::uint64_t key = stream.bits();
  parallel_for(static_cast<std::int64_t>(walks.size()), options.threads, [&](std::int64_t c) {
    OrderWalk& walk = walks[static_cast<std::size_t>(c)];
    RandomStream mine(key, RandomDomain::OrderChain, static_cast<std::uint32_t>(c));
    for (std::int64_t k = 0; k < moves; ++k) walk.move(tables, mine);
    for (std::int64_t k = 0; k < orders; ++k) {
      for (int m = 0; m < n; ++m) walk.move(tables, mine);
      records[static_cast<std::size_t>(c)].add(walk, tables);
    }
  });
}

OrderChainDraw OrderChain::Impl::draw(const ArmStatistics& statistics, int reward, RandomStream& stream) const {
  const OrderWalk& walk = walks[static_cast<std::size_t>(stream.below(walks.size()))];
  OrderChainDraw draw;
  draw.order = walk.order();
  std::array<Eigen::MatrixXd, 2> weights{Eigen::MatrixXd::Zero(n, n), Eigen::MatrixXd::Zero(n, n)};
  for (const std::size_t b : {0U, 1U}) {
    draw.parents[b].resize(static_cast<std::size_t>(n));
    draw.noise_variance[b].assign(static_cast<std::size_t>(n), 0);
  }
  for (std::size_t slot = 0; slot < tables.size(); ++slot) {
    const std::size_t node = slot / 2, bit = slot % 2;
    std::vector<int>& parents = draw.parents[bit][node];
    for (std::uint32_t left = tables[slot].draw(walk.allowed(slot), stream); left != 0; left &= left - 1) {
      parents.push_back(tables[slot].candidates()[static_cast<std::size_t>(std::countr_zero(left))]);
    }
    const auto column = static_cast<Eigen::Index>(node);
    draw.noise_variance[bit][node] = draw_mechanism(statistics.column(static_cast<int>(bit), static_cast<int>(node)),
                                                    parents, options.posterior, stream, weights[bit].col(column));
  }
  draw.arms = LinearArms(std::move(weights), {statistics.offsets(0), statistics.offsets(1)}, reward);
  return draw;
}

OrderChain::OrderChain(int n, const OrderChainOptions& options, const std::vector<EdgePrior>& edges, std::uint64_t seed)
    : impl_(std::make_unique<Impl>(n, options, edges, seed)) {}
OrderChain::~OrderChain() = default;
OrderChain::OrderChain(OrderChain&&) noexcept = default;
OrderChain& OrderChain::operator=(OrderChain&&) noexcept = default;

int OrderChain::n() const { return impl_->n; }
void OrderChain::update(int bit, int node, const ColumnStatistics& statistics) { impl_->update(bit, node, statistics); }

void OrderChain::restart(RandomStream& stream) {
  for (std::size_t c = 0; c < impl_->walks.size(); ++c) {
    impl_->walks[c] = OrderWalk(c == 0 ? greedy_start(impl_->edge_priors, impl_->n, impl_->tables)
                                       : random_start(impl_->edge_priors, impl_->n, stream),
                                impl_->tables);
  }
  impl_->forget();
}

void OrderChain::advance(std::int64_t moves, RandomStream& stream) {
  if (moves < 0) throw InvalidArgument("OrderChain::advance", "moves", std::to_string(moves), "not be negative");
  impl_->advance(moves, 0, stream);
}

void OrderChain::sample(std::int64_t orders, RandomStream& stream) {
  if (orders < 1) throw InvalidArgument("OrderChain::sample", "orders", std::to_string(orders), "be positive");
  impl_->advance(0, orders, stream);
}

Eigen::MatrixXd OrderChain::edge_probabilities(int bit) const {
  impl_->require_records("OrderChain::edge_probabilities");
  if (bit < 0 || bit > 1)
    throw InvalidArgument("OrderChain::edge_probabilities", "bit", std::to_string(bit), "is 0, 1");
  Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(n(), n());
  const auto chains = static_cast<double>(impl_->walks.size());
  for (std::size_t c = 0; c < impl_->walks.size(); ++c) {
    mean += impl_->edge_probabilities(static_cast<std::size_t>(bit), c) / chains;
  }
  return mean;
}

Eigen::MatrixXd OrderChain::order_probabilities() const {
  impl_->require_records("OrderChain::order_probabilities");
  Eigen::MatrixXd mean = Eigen::MatrixXd::Zero(n(), n());
  for (const OrderRecord& one : impl_->records) {
    mean += one.before / static_cast<double>(one.scores.size() * impl_->records.size());
  }
  return mean;
}

OrderChainAgreement OrderChain::agreement() const {
  impl_->require_records("OrderChain::agreement");
  OrderChainAgreement result;
  result.orders = static_cast<std::int64_t>(impl_->records.front().scores.size());
  result.score_rhat = split_rhat(impl_->records);
  for (const std::size_t bit : {0U, 1U}) {
    Eigen::MatrixXd least = impl_->edge_probabilities(bit, 0), most = least;
    for (std::size_t c = 1; c < impl_->walks.size(); ++c) {
      least = least.cwiseMin(impl_->edge_probabilities(bit, c));
      most = most.cwiseMax(impl_->edge_probabilities(bit, c));
    }
    result.edge_gap = std::max(result.edge_gap, (most - least).maxCoeff());
  }
  std::int64_t proposed = 0, accepted = 0;
  for (const OrderWalk& walk : impl_->walks) {
    proposed += walk.proposed;
    accepted += walk.accepted;
  }
  result.acceptance = proposed > 0 ? static_cast<double>(accepted) / static_cast<double>(proposed) : 0.0;
  if (impl_->walks.size() < 2) {
    result.warnings.emplace_back("one chain cannot show whether it has mixed: run several");
  }
  if (std::isnan(result.score_rhat)) {
    result.warnings.emplace_back("score_rhat says nothing: fewer than 4 orders, or no score ever changed");
  }
  if (result.score_rhat > 1.1) {
    result.warnings.emplace_back("the chains have not mixed (score_rhat above 1.1): advance them further");
  }
  if (result.edge_gap > 0.1) {
    result.warnings.emplace_back("the chains differ by more than 0.1 in the probability of an edge");
  }
  return result;
}

const std::vector<int>& OrderChain::order(int chain) const {
  if (chain < 0 || chain >= impl_->options.chains) {
    throw InvalidArgument("OrderChain::order", "chain", std::to_string(chain), "be a chain");
  }
  return impl_->walks[static_cast<std::size_t>(chain)].order();
}

double OrderChain::log_score(int chain) const {
  if (chain < 0 || chain >= impl_->options.chains) {
    throw InvalidArgument("OrderChain::log_score", "chain", std::to_string(chain), "be a chain");
  }
  return impl_->walks[static_cast<std::size_t>(chain)].log_score();
}

const std::vector<int>& OrderChain::candidates(int bit, int node) const {
  if (bit < 0 || bit > 1 || node < 0 || node >= n()) {
    throw InvalidArgument("OrderChain::candidates: bit and node must be those of the model");
  }
  return impl_->tables[static_cast<std::size_t>(2 * node + bit)].candidates();
}

OrderChainDraw OrderChain::draw(const ArmStatistics& statistics, int reward, RandomStream& stream) const {
  if (statistics.n() != n()) throw InvalidArgument("OrderChain::draw: statistics of another model");
  return impl_->draw(statistics, reward, stream);
}

void OrderChain::save(std::ostream& out) const {
  for (const OrderWalk& walk : impl_->walks) {
    write_values(out, walk.order());
    write_value(out, walk.proposed);
    write_value(out, walk.accepted);
  }
}

void OrderChain::load(std::istream& in) {
  for (OrderWalk& walk : impl_->walks) {
    std::vector<int> order;
    read_values(in, order);
    std::vector<int> sorted = order;
    std::sort(sorted.begin(), sorted.end());
    bool fits = sorted.size() == static_cast<std::size_t>(n());
    for (std::size_t k = 0; k < sorted.size() && fits; ++k) fits = sorted[k] == static_cast<int>(k);
    if (!fits) throw DataError("a saved state belongs to another model");
    OrderWalk loaded(std::move(order), impl_->tables);
    if (!std::isfinite(loaded.log_score())) throw DataError("a saved order contradicts the known edges");
    read_value(in, loaded.proposed);
    read_value(in, loaded.accepted);
    walk = std::move(loaded);
  }
  impl_->forget();
}

}  // namespace causal::bandits
