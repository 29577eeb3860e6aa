// labels: unit oracle stat determinism
#include "causal/bandits/structure/order_posterior.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/run/error.hpp"
#include "random_rows.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

OrderPosterior posterior_of(const ArmStatistics& statistics, const OrderPosteriorOptions& options,
                            const std::vector<EdgePrior>& edges = {}) {
  OrderPosterior posterior(statistics.n(), options, edges);
  for (int j = 0; j < statistics.n(); ++j) {
    for (const int bit : {0, 1}) posterior.update(bit, j, statistics.column(bit, j));
  }
  posterior.refresh();
  return posterior;
}

struct Enumerated {
  double log_total = 0;
  Eigen::MatrixXd order;
  std::array<Eigen::MatrixXd, 2> edge;
};

// ln of the prior factor of one parent set, -inf when it is ruled out.
double log_prior(const std::vector<EdgePrior>& edges, int n, int node, std::uint32_t parents, double odds, int limit) {
  double sum = 0;
  int count = 0;
  for (int i = 0; i < n; ++i) {
    if (i == node) continue;
    const bool in = (parents >> i & 1) != 0;
    const EdgePrior edge = edges.empty() ? EdgePrior::Open : edges[static_cast<std::size_t>(i * n + node)];
    if (in && edge == EdgePrior::Forbidden) return -INFINITY;
    if (!in && edge == EdgePrior::Known) return -INFINITY;
    sum += in ? std::log(odds) : 0;
    count += in ? 1 : 0;
  }
  return count > limit ? -INFINITY : sum;
}

// All orders and, along each, all parent sets; every evidence computed on its own.
Enumerated enumerate(const ArmStatistics& statistics, const OrderPosteriorOptions& options,
                     const std::vector<EdgePrior>& edges = {}) {
  const int n = statistics.n();
  const double odds = options.edge_probability / (1 - options.edge_probability);
  std::vector<std::vector<double>> logs(static_cast<std::size_t>(2 * n));
  double shift = -INFINITY;
  for (int j = 0; j < n; ++j) {
    for (const int bit : {0, 1}) {
      for (std::uint32_t set = 0; set < 1U << n; ++set) {
        std::vector<int> parents;
        for (int i = 0; i < n; ++i) {
          if ((set >> i & 1) != 0) parents.push_back(i);
        }
        const double prior = log_prior(edges, n, j, set, odds, options.max_parents);
        const bool self = (set >> j & 1) != 0;
        logs[static_cast<std::size_t>(2 * j + bit)].push_back(
            self ? -INFINITY : prior + parent_set_evidence(statistics.column(bit, j), parents, options));
      }
    }
  }
  Enumerated result{0, Eigen::MatrixXd::Zero(n, n), {Eigen::MatrixXd::Zero(n, n), Eigen::MatrixXd::Zero(n, n)}};
  std::vector<int> order(static_cast<std::size_t>(n));
  for (const bool measure : {true, false}) {  // first the largest term, then sums relative to it
    std::iota(order.begin(), order.end(), 0);
    double total = 0;
    do {
      double log_order = 0;
      std::array<Eigen::MatrixXd, 2> given{Eigen::MatrixXd::Zero(n, n), Eigen::MatrixXd::Zero(n, n)};
      std::uint32_t before = 0;
      for (const int j : order) {
        for (const int bit : {0, 1}) {
          const std::vector<double>& mine = logs[static_cast<std::size_t>(2 * j + bit)];
          double largest = -INFINITY, sum = 0;
          for (std::uint32_t set = 0; set < mine.size(); ++set) {
            if ((set & ~before) == 0) largest = std::max(largest, mine[set]);
          }
          if (largest == -INFINITY) {
            log_order = -INFINITY;
            continue;
          }
          for (std::uint32_t set = 0; set < mine.size(); ++set) {
            if ((set & ~before) != 0) continue;
            const double weight = std::exp(mine[set] - largest);
            sum += weight;
            for (int i = 0; i < n; ++i) {
              if ((set >> i & 1) != 0) given[static_cast<std::size_t>(bit)](i, j) += weight;
            }
          }
          given[static_cast<std::size_t>(bit)].col(j) /= sum;
          log_order += largest + std::log(sum);
        }
        before |= 1U << j;
      }
      if (measure) {
        shift = std::max(shift, log_order);
        continue;
      }
      const double weight = std::exp(log_order - shift);
      total += weight;
      for (const std::size_t b : {0U, 1U}) result.edge[b] += weight * given[b];
      for (std::size_t a = 0; a < order.size(); ++a) {
        for (std::size_t b = a + 1; b < order.size(); ++b) result.order(order[a], order[b]) += weight;
      }
    } while (std::next_permutation(order.begin(), order.end()));
    if (measure) continue;
    result.log_total = shift + std::log(total);
    result.order /= total;
    for (Eigen::MatrixXd& edge : result.edge) edge /= total;
  }
  return result;
}

void check_against_enumeration(const ArmStatistics& statistics, const OrderPosteriorOptions& options,
                               const std::vector<EdgePrior>& edges = {}) {
  const OrderPosterior posterior = posterior_of(statistics, options, edges);
  const Enumerated truth = enumerate(statistics, options, edges);
  CHECK(posterior.log_total() == doctest::Approx(truth.log_total).epsilon(1e-9));
  CHECK((posterior.order_probabilities() - truth.order).cwiseAbs().maxCoeff() < 1e-7);
  for (const int bit : {0, 1}) {
    CHECK((posterior.edge_probabilities(bit) - truth.edge[static_cast<std::size_t>(bit)]).cwiseAbs().maxCoeff() < 1e-7);
  }
}

// ln of the sum over all orders of the evidences, when a mechanism of a node has rows `past` from before a change, with
// parents of their own: averaged over the parents' prior given the predecessors.
double log_total_by_orders(const ArmStatistics& statistics, const OrderPosteriorOptions& options,
                           const ColumnStatistics* past = nullptr, int node_of_past = 0) {
  const int n = statistics.n();
  const double odds = options.edge_probability / (1 - options.edge_probability);
  const auto sum_within = [&](const ColumnStatistics* rows, int node, std::uint32_t before) {
    double sum = 0;
    for (std::uint32_t set = 0; set < 1U << n; ++set) {
      if ((set & ~before) != 0) continue;
      std::vector<int> parents;
      for (int i = 0; i < n; ++i) {
        if ((set >> i & 1) != 0) parents.push_back(i);
      }
      const double evidence = rows == nullptr ? 0 : parent_set_evidence(*rows, parents, options);
      sum += std::exp(evidence + log_prior({}, n, node, set, odds, options.max_parents));
    }
    return std::log(sum);
  };
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> logs;
  do {
    double log_order = 0;
    std::uint32_t before = 0;
    for (const int j : order) {
      for (const int bit : {0, 1}) log_order += sum_within(&statistics.column(bit, j), j, before);
      if (past != nullptr && j == node_of_past)
        log_order += sum_within(past, j, before) - sum_within(nullptr, j, before);
      before |= 1U << j;
    }
    logs.push_back(log_order);
  } while (std::next_permutation(order.begin(), order.end()));
  const double largest = *std::max_element(logs.begin(), logs.end());
  double sum = 0;
  for (const double one : logs) sum += std::exp(one - largest);
  return largest + std::log(sum);
}

}  // namespace

TEST_CASE("the posterior is the sum over all orders and parent sets") {
  for (std::uint64_t seed = 0; seed < 12; ++seed) {
    const int n = 2 + static_cast<int>(seed % 4);
    // Few rows leave everything open; many put thousands of nats between the sets.
    const int rounds = seed < 6 ? 6 : seed < 10 ? 60 : 3000;
    const ArmStatistics statistics = random_rows(random_arms_er(n, {}, seed), seed, rounds);
    check_against_enumeration(statistics, {});
    check_against_enumeration(statistics, {.noise_sd = 1});
    check_against_enumeration(statistics, {.prior_sd = 0.7, .edge_probability = 0.2, .max_parents = 2});
  }
}

TEST_CASE("known and forbidden edges") {
  const int n = 4;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    const ArmStatistics statistics = random_rows(random_arms_er(n, {}, seed), seed, 12);
    std::vector<EdgePrior> edges(16, EdgePrior::Open);
    edges[2 * n + 0] = EdgePrior::Known;
    edges[1 * n + 3] = EdgePrior::Forbidden;
    check_against_enumeration(statistics, {}, edges);
    const OrderPosterior posterior = posterior_of(statistics, {}, edges);
    for (const int bit : {0, 1}) {
      CHECK(posterior.edge_probabilities(bit)(2, 0) == doctest::Approx(1));
      CHECK(posterior.edge_probabilities(bit)(1, 3) == 0);
    }
  }
  std::vector<EdgePrior> loop(4, EdgePrior::Open);
  loop[1] = loop[2] = EdgePrior::Known;
  CHECK_THROWS_AS(OrderPosterior(2, {}, loop), InvalidArgument);
  CHECK_THROWS_AS(OrderPosterior(17), InvalidArgument);
}

TEST_CASE("mechanisms of the past speak for orders, and a split is a Bayes factor") {
  const LinearArms arms = random_arms_er(4, {}, 11);
  const ArmStatistics early = random_rows(arms, 1, 12), late = random_rows(arms, 2, 9);
  ArmStatistics all = early;
  ColumnStatistics sum = early.column(1, 2);
  const LinearEnvironment environment(arms);
  std::vector<double> row(4);
  for (int t = 0; t < 9; ++t) {  // the rows of `late` once more, on top of those of `early`
    RandomStream stream(2, RandomDomain::Policy, 0, static_cast<std::uint32_t>(t));
    Action action(4);
    for (std::uint8_t& bit : action) bit = static_cast<std::uint8_t>(stream.below(2));
    environment.observe(action, {2, 0}, t, row);
    if (action[2] == 1) sum.add(row, row[2] - arms.offset(1, 2));
  }
  all.replace(1, 2, sum);
  const ColumnStatistics& before = early.column(1, 2);
  const ColumnStatistics after = sum.without(before);
  CHECK((after.gram() - late.column(1, 2).gram()).norm() <= 1e-9 * sum.gram().norm());
  CHECK(after.count() == late.column(1, 2).count());
  CHECK_THROWS_AS((void)before.without(sum), InvalidArgument);

  for (const double noise_sd : {0.0, 1.3}) {
    const OrderPosteriorOptions options{.noise_sd = noise_sd, .edge_probability = 0.4};
    OrderPosterior posterior = posterior_of(all, options);
    const double pooled = posterior.log_total(), gain = posterior.split_gain(1, 2, before, after);
    CHECK(pooled == doctest::Approx(log_total_by_orders(all, options)).epsilon(1e-10));
    ArmStatistics now = all;
    now.replace(1, 2, after);
    const double split = log_total_by_orders(now, options, &before, 2);
    CHECK(gain == doctest::Approx(split - pooled).epsilon(1e-8));
    posterior.archive(1, 2, before);
    posterior.update(1, 2, after);
    posterior.refresh();
    CHECK(posterior.log_total() == doctest::Approx(split).epsilon(1e-10));
  }
}

TEST_CASE("a split that is none is hardly ever worth much") {
  // Markov: under the model itself a Bayes factor exceeds e^h with probability at most e^-h. Models are drawn from the
  // prior, so this is exact: at h = 2, .135; of 300, at most 41 in the mean, with standard error 5.9.
  int above = 0;
  const OrderPosteriorOptions options{.prior_sd = 1.5, .noise_sd = 1};
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    RandomStream stream(seed, RandomDomain::Test, 3);
    const OrderPosterior prior =
        posterior_of(ArmStatistics({Eigen::VectorXd::Ones(4), Eigen::VectorXd::Ones(4)}), options);
    const OrderDraw truth = prior.draw(ArmStatistics({Eigen::VectorXd::Ones(4), Eigen::VectorXd::Ones(4)}), 3, stream);
    const ArmStatistics early = random_rows(truth.arms, 2 * seed, 20), all = random_rows(truth.arms, 2 * seed, 40);
    const int node = static_cast<int>(stream.below(4)), bit = static_cast<int>(stream.below(2));
    const OrderPosterior posterior = posterior_of(all, options);
    const ColumnStatistics& before = early.column(bit, node);
    above += posterior.split_gain(bit, node, before, all.column(bit, node).without(before)) > 2 ? 1 : 0;
  }
  CHECK(above <= 41 + 3 * 5.9);
}

TEST_CASE("the likely order is the truth when the rows tell it") {
  // A chain in which every node has an effect under every action, and two thousand rows.
  Eigen::MatrixXd chain = Eigen::MatrixXd::Zero(5, 5);
  const std::vector<int> order{3, 0, 4, 1, 2};
  for (std::size_t k = 1; k < order.size(); ++k) chain(order[k - 1], order[k]) = 1.5;
  const LinearArms arms({chain, -chain}, {Eigen::VectorXd::Ones(5), Eigen::VectorXd::Ones(5)}, 2);
  CHECK(posterior_of(random_rows(arms, 4, 2000), {}).likely_order() == order);
}

TEST_CASE("without rows every order is equally likely and every edge has a quarter") {
  const OrderPosterior posterior(6);
  for (int i = 0; i < 6; ++i) {
    for (int j = 0; j < 6; ++j) {
      if (i == j) continue;
      CHECK(posterior.order_probabilities()(i, j) == doctest::Approx(0.5));
      CHECK(posterior.edge_probabilities(1)(i, j) == doctest::Approx(0.25));
    }
  }
}

TEST_CASE("draws follow the posterior") {
  const int n = 4, draws = 20000;
  const LinearArms arms = random_arms_er(n, {}, 2);
  const ArmStatistics statistics = random_rows(arms, 2, 10);
  const OrderPosterior posterior = posterior_of(statistics, {});
  Eigen::MatrixXd before = Eigen::MatrixXd::Zero(n, n);
  std::array<Eigen::MatrixXd, 2> edges{before, before};
  RandomStream stream(1, RandomDomain::Test);
  // Weights of one mechanism given one parent set: normal-inverse-gamma, a t law with mean L^-1 g.
  const int node = arms.reward();
  std::uint32_t most = 1U << arms.order().front();
  for (std::uint32_t set = 1; set < 16; ++set) {
    if (posterior.log_evidence(0, node, set) > posterior.log_evidence(0, node, most)) most = set;
  }
  double sum = 0, squares = 0;
  std::int64_t seen = 0;
  for (int k = 0; k < draws; ++k) {
    const OrderDraw draw = posterior.draw(statistics, arms.reward(), stream);
    REQUIRE(draw.arms.has_order());
    for (std::size_t a = 0; a < draw.order.size(); ++a) {
      for (std::size_t b = a + 1; b < draw.order.size(); ++b) before(draw.order[a], draw.order[b]) += 1;
    }
    for (const int bit : {0, 1}) {
      edges[static_cast<std::size_t>(bit)] += (draw.arms.weights(bit).array() != 0).cast<double>().matrix();
    }
    if (draw.parents[0][static_cast<std::size_t>(node)] != most) continue;
    const double w = draw.arms.weights(0)(std::countr_zero(most), node);
    ++seen;
    sum += w;
    squares += w * w;
  }
  // Five binomial standard errors at most: sqrt(1 / (4 draws)) each.
  const double slack = 5 * std::sqrt(0.25 / draws);
  CHECK((before / draws - posterior.order_probabilities()).cwiseAbs().maxCoeff() < slack);
  for (const int bit : {0, 1}) {
    const Eigen::MatrixXd rate = edges[static_cast<std::size_t>(bit)] / draws;
    CHECK((rate - posterior.edge_probabilities(bit)).cwiseAbs().maxCoeff() < slack);
  }
  REQUIRE(seen > 500);
  std::vector<int> parents;
  for (int i = 0; i < n; ++i) {
    if ((most >> i & 1) != 0) parents.push_back(i);
  }
  // fit_column with noise sd 1 and the same prior has the mean L^-1 g of the normal-inverse-gamma posterior.
  const ColumnFit fit = fit_column(statistics.column(0, node), parents, {.prior_sd = 1.5, .noise_sd = 1});
  const double mean = sum / static_cast<double>(seen);
  const double sd = std::sqrt(squares / static_cast<double>(seen) - mean * mean);
  CHECK(std::abs(mean - fit.weights(0)) < 5 * sd / std::sqrt(static_cast<double>(seen)));
}

TEST_CASE("with many rows the truth is found, and a mechanism can be updated on its own") {
  const LinearArms arms = random_arms_er(8, {}, 5);
  const ArmStatistics statistics = random_rows(arms, 5, 2000);
  OrderPosterior posterior = posterior_of(statistics, {});
  for (const int bit : {0, 1}) {
    const Eigen::MatrixXd p = posterior.edge_probabilities(bit);
    int wrong = 0;
    for (int i = 0; i < 8; ++i) {
      for (int j = 0; j < 8; ++j) wrong += (p(i, j) > 0.5) != (arms.weights(bit)(i, j) != 0) ? 1 : 0;
    }
    CHECK(wrong == 0);
  }
  const double total = posterior.log_total();
  posterior.update(1, 3, ColumnStatistics(8));
  CHECK_THROWS_AS((void)posterior.log_total(), InvalidArgument);
  posterior.refresh();
  CHECK(posterior.log_total() != total);
  posterior.update(1, 3, statistics.column(1, 3));
  posterior.refresh();
  CHECK(posterior.log_total() == total);
}
