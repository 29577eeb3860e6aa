// labels: unit oracle stat determinism
#include "causal/bandits/structure/order_chain.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "random_rows.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

template <class Posterior>
void update_all(Posterior& posterior, const ArmStatistics& statistics) {
  for (int j = 0; j < statistics.n(); ++j) {
    for (const int bit : {0, 1}) posterior.update(bit, j, statistics.column(bit, j));
  }
}

OrderPosterior exact_posterior(const ArmStatistics& statistics, const OrderPosteriorOptions& options,
                               const std::vector<EdgePrior>& edges = {}) {
  OrderPosterior posterior(statistics.n(), options, edges);
  update_all(posterior, statistics);
  posterior.refresh();
  return posterior;
}

// Of each edge of both graphs and each pair in the order, one row an entry.
Eigen::VectorXd flattened(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b, const Eigen::MatrixXd& c) {
  Eigen::VectorXd all(a.size() + b.size() + c.size());
  all << Eigen::Map<const Eigen::VectorXd>(a.data(), a.size()), Eigen::Map<const Eigen::VectorXd>(b.data(), b.size()),
      Eigen::Map<const Eigen::VectorXd>(c.data(), c.size());
  return all;
}

// Independent chains: their spread gives the standard error of their mean, whatever the dependence within each.
void check_against_exact(const ArmStatistics& statistics, const OrderPosteriorOptions& options,
                         const std::vector<EdgePrior>& edges, int orders) {
  const int n = statistics.n(), chains = 24;
  const OrderPosterior exact = exact_posterior(statistics, options, edges);
  const Eigen::VectorXd truth =
      flattened(exact.edge_probabilities(0), exact.edge_probabilities(1), exact.order_probabilities());
  Eigen::MatrixXd found(truth.size(), chains);
  parallel_for(chains, 0, [&](std::int64_t c) {
    OrderChain chain(n, {.posterior = options, .chains = 1}, edges, static_cast<std::uint64_t>(c));
    update_all(chain, statistics);
    RandomStream stream(static_cast<std::uint64_t>(c), RandomDomain::Test);
    chain.restart(stream);
    chain.advance(200 * n, stream);
    chain.sample(orders, stream);
    found.col(c) = flattened(chain.edge_probabilities(0), chain.edge_probabilities(1), chain.order_probabilities());
  });
  const Eigen::VectorXd mean = found.rowwise().mean();
  const Eigen::VectorXd variance =
      (found.colwise() - mean).rowwise().squaredNorm() / static_cast<double>((chains - 1) * chains);
  // Every entry's standard error is at most about the largest estimate of one. 24 means are near normal, so with 200
  // entries five of these are exceeded once in 10^4. The fixed part is for what no chain has met: with m independent
  // orders a mass of 7 / m stays unseen with probability .001.
  const double error = std::sqrt(variance.maxCoeff());
  MESSAGE("n ", n, ": largest difference ", (mean - truth).cwiseAbs().maxCoeff(), ", standard error ", error);
  CHECK((mean - truth).cwiseAbs().maxCoeff() < 5 * error + 7.0 / (chains * orders));
  CHECK(error < 0.02);
}

}  // namespace

TEST_CASE("chains agree with the sum over all orders") {
  for (int n = 5; n <= 8; ++n) {
    const auto seed = static_cast<std::uint64_t>(n);
    check_against_exact(random_rows(random_arms_er(n, {}, seed), seed, 20), {}, {}, 1000);
    check_against_exact(random_rows(random_arms_er(n, {}, seed), seed, 200),
                        {.prior_sd = 0.7, .edge_probability = 0.2, .max_parents = 2}, {}, 1000);
  }
}

TEST_CASE("known and forbidden edges") {
  const int n = 5;
  std::vector<EdgePrior> edges(25, EdgePrior::Open);
  edges[2 * n + 0] = edges[0 * n + 4] = EdgePrior::Known;
  edges[1 * n + 3] = EdgePrior::Forbidden;
  check_against_exact(random_rows(random_arms_er(n, {}, 3), 3, 15), {}, edges, 1000);
  std::vector<EdgePrior> loop(9, EdgePrior::Open);
  loop[1] = loop[3] = EdgePrior::Known;
  CHECK_THROWS_AS(OrderChain(3, {}, loop), InvalidArgument);
  std::vector<EdgePrior> many(9, EdgePrior::Open);
  many[2] = many[5] = EdgePrior::Known;
  CHECK_THROWS_AS(OrderChain(3, {.posterior = {.max_parents = 1}}, many), InvalidArgument);
}

TEST_CASE("orders of three nodes are visited as often as they are probable") {
  const ArmStatistics statistics = random_rows(random_arms_er(3, {.weight_max = 0.6}, 4), 4, 12);
  const OrderPosterior exact = exact_posterior(statistics, {});
  std::vector<std::vector<int>> orders;
  std::vector<double> log_probability;
  std::vector<int> order{0, 1, 2};
  do {
    double score = 0;
    std::uint32_t before = 0;
    for (const int j : order) {
      for (const int bit : {0, 1}) {
        double sum = 0;
        for (std::uint32_t set = 0; set < 8; ++set) {
          if ((set & ~before) == 0) sum += std::exp(exact.log_evidence(bit, j, set) - exact.log_evidence(bit, j, 0));
        }
        score += std::log(sum) + exact.log_evidence(bit, j, 0);
      }
      before |= 1U << j;
    }
    orders.push_back(order);
    log_probability.push_back(score - exact.log_total());
  } while (std::next_permutation(order.begin(), order.end()));

  const int chains = 1000, visits = 20;
  OrderChain chain(3, {.posterior = {}, .chains = chains});
  update_all(chain, statistics);
  RandomStream stream(1, RandomDomain::Test);
  std::vector<double> count(6, 0.0);
  for (int k = 0; k < visits; ++k) {
    chain.advance(30, stream);  // a Gibbs step every fourth move: 30 forget the start
    for (int c = 0; c < chains; ++c) {
      const auto at = std::find(orders.begin(), orders.end(), chain.order(c)) - orders.begin();
      count[static_cast<std::size_t>(at)] += 1;
      // The score of an order is ln of its probability up to a constant, here the evidence of everything.
      CHECK(chain.log_score(c) - exact.log_total() ==
            doctest::Approx(log_probability[static_cast<std::size_t>(at)]).epsilon(1e-9));
    }
  }
  double chi_square = 0;
  for (std::size_t k = 0; k < 6; ++k) {
    const double expected = std::exp(log_probability[k]) * chains * visits;
    CHECK(expected > 20);
    chi_square += std::pow(count[k] - expected, 2) / expected;
  }
  CHECK(chi_square < 20.5);  // the .999 quantile with 5 degrees of freedom
}

TEST_CASE("draws follow the order they are made at, and the posterior") {
  const int n = 4, draws = 4000;
  const ArmStatistics statistics = random_rows(random_arms_er(n, {}, 2), 2, 10);
  const OrderPosterior exact = exact_posterior(statistics, {});
  OrderChain chain(n, {.posterior = {}, .chains = 500});
  update_all(chain, statistics);
  std::array<Eigen::MatrixXd, 2> edges{Eigen::MatrixXd::Zero(n, n), Eigen::MatrixXd::Zero(n, n)};
  RandomStream stream(1, RandomDomain::Test);
  chain.advance(100, stream);
  for (int k = 0; k < draws; ++k) {
    if (k % 100 == 0) chain.advance(30, stream);
    const OrderChainDraw draw = chain.draw(statistics, n - 1, stream);
    REQUIRE(draw.arms.has_order());
    std::vector<int> position(static_cast<std::size_t>(n));
    for (int q = 0; q < n; ++q) position[static_cast<std::size_t>(draw.order[static_cast<std::size_t>(q)])] = q;
    for (const std::size_t b : {0U, 1U}) {
      for (int j = 0; j < n; ++j) {
        for (const int i : draw.parents[b][static_cast<std::size_t>(j)]) {
          REQUIRE(position[static_cast<std::size_t>(i)] < position[static_cast<std::size_t>(j)]);
          edges[b](i, j) += 1;
          CHECK(draw.arms.weights(static_cast<int>(b))(i, j) != 0);
        }
        CHECK(draw.noise_variance[b][static_cast<std::size_t>(j)] > 0);
      }
    }
  }
  for (const int bit : {0, 1}) {
    // Draws from 500 chains are nearly independent; five binomial standard errors.
    const Eigen::MatrixXd rate = edges[static_cast<std::size_t>(bit)] / draws;
    CHECK((rate - exact.edge_probabilities(bit)).cwiseAbs().maxCoeff() < 5 * std::sqrt(0.25 / draws));
  }
}

TEST_CASE("the same at any thread count, and goes on from a saved state") {
  const int n = 12;
  const ArmStatistics statistics = random_rows(random_arms_er(n, {.edge_probability = 0.2}, 1), 1, 40);
  const auto run = [&](int threads, bool interrupted) {
    const OrderChainOptions options{.max_candidates = 8, .chains = 5, .threads = threads};
    OrderChain chain(n, options);
    update_all(chain, statistics);
    RandomStream stream(3, RandomDomain::Test);
    chain.restart(stream);
    chain.advance(300, stream);
    std::stringstream state;
    if (interrupted) {
      chain.save(state);
      chain = OrderChain(n, options, {}, 77);
      update_all(chain, statistics);
      chain.load(state);
    }
    chain.sample(50, stream);
    const OrderChainAgreement agreement = chain.agreement();
    std::ostringstream out;
    out.precision(17);
    out << chain.edge_probabilities(0) << chain.edge_probabilities(1) << chain.order_probabilities()
        << agreement.score_rhat << ' ' << agreement.edge_gap << ' ' << agreement.acceptance;
    for (int c = 0; c < 5; ++c) out << ' ' << chain.log_score(c);
    return out.str();
  };
  const std::string one = run(1, false);
  CHECK(run(2, false) == one);
  CHECK(run(4, false) == one);
  CHECK(run(1, true) == one);
}

TEST_CASE("chains refuse what they cannot use") {
  CHECK_THROWS_AS(OrderChain(0), InvalidArgument);
  CHECK_THROWS_AS(OrderChain(257), InvalidArgument);
  CHECK_THROWS_AS(OrderChain(30, {.memory_limit_bytes = 1'000'000}), InvalidArgument);
  CHECK_NOTHROW(OrderChain(30, {.memory_limit_bytes = 6'000'000}));
  CHECK_THROWS_AS(OrderChain(100, {.posterior = {.max_parents = 15}, .max_candidates = 31}), InvalidArgument);
  CHECK_THROWS_AS(OrderChain(3, {.max_candidates = 0}), InvalidArgument);
  CHECK_THROWS_AS(OrderChain(3, {.posterior = {.prior_sd = -1}}), InvalidArgument);
  CHECK_THROWS_AS(OrderChain(3, {}, std::vector<EdgePrior>(4)), InvalidArgument);
  OrderChain chain(3);
  RandomStream stream(1, RandomDomain::Test);
  CHECK_THROWS_AS(chain.advance(-1, stream), InvalidArgument);
  CHECK_THROWS_AS(chain.update(0, 3, ColumnStatistics(3)), InvalidArgument);
  CHECK_THROWS_AS((void)chain.edge_probabilities(0), InvalidArgument);
  CHECK_THROWS_AS((void)chain.order(4), InvalidArgument);
  std::stringstream state;
  chain.save(state);
  std::istringstream cut(state.str().substr(0, 10));
  CHECK_THROWS_AS(chain.load(cut), DataError);
  OrderChain other(4);
  CHECK_THROWS_AS(other.load(state), DataError);
}
