// labels: unit stat
#include "causal/bandits/structure/order_chain.hpp"

#include <algorithm>
#include <cmath>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "random_rows.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

void update_all(OrderChain& chain, const ArmStatistics& statistics) {
  for (int j = 0; j < statistics.n(); ++j) {
    for (const int bit : {0, 1}) chain.update(bit, j, statistics.column(bit, j));
  }
}

// Probability that a true edge has a larger value than a pair that is none, over both graphs.
double auroc(const OrderChain& chain, const LinearArms& arms) {
  std::vector<double> edge, other;
  for (const int bit : {0, 1}) {
    const Eigen::MatrixXd p = chain.edge_probabilities(bit);
    for (int i = 0; i < arms.n(); ++i) {
      for (int j = 0; j < arms.n(); ++j) {
        if (i != j) (arms.weights(bit)(i, j) != 0 ? edge : other).push_back(p(i, j));
      }
    }
  }
  double wins = 0;
  for (const double a : edge) {
    for (const double b : other) wins += a > b ? 1 : a == b ? 0.5 : 0;
  }
  return wins / static_cast<double>(edge.size() * other.size());
}

}  // namespace

TEST_CASE("thirty nodes: the edges are found and the chains agree") {
  const int n = 30;
  std::vector<double> areas(4), recall(4), precision(4), gaps(4), rhats(4);
  parallel_for(4, 0, [&](std::int64_t k) {
    const auto s = static_cast<std::size_t>(k);
    const LinearArms arms = random_arms_er(n, {.edge_probability = 2.0 / (n - 1)}, 40 + static_cast<std::uint64_t>(k));
    const ArmStatistics statistics = random_rows(arms, static_cast<std::uint64_t>(k), 600);
    OrderChain chain(n);
    update_all(chain, statistics);
    RandomStream stream(static_cast<std::uint64_t>(k), RandomDomain::Test);
    chain.restart(stream);
    chain.advance(100 * n, stream);
    chain.sample(200, stream);
    const OrderChainAgreement agreement = chain.agreement();
    areas[s] = auroc(chain, arms);
    gaps[s] = agreement.edge_gap;
    rhats[s] = agreement.score_rhat;
    double found = 0, said = 0, edges = 0;
    for (const int bit : {0, 1}) {
      const Eigen::MatrixXd p = chain.edge_probabilities(bit);
      found += ((p.array() > 0.5) && (arms.weights(bit).array() != 0)).cast<double>().sum();
      said += (p.array() > 0.5).cast<double>().sum();
      edges += (arms.weights(bit).array() != 0).cast<double>().sum();
    }
    recall[s] = found / edges;
    precision[s] = found / said;
  });
  for (std::size_t s = 0; s < 4; ++s) {
    MESSAGE("AUROC ", areas[s], " recall ", recall[s], " precision ", precision[s], " gap ", gaps[s], " rhat ",
            rhats[s]);
    CHECK(areas[s] > 0.99);
    CHECK(recall[s] > 0.95);
    CHECK(precision[s] > 0.95);
    CHECK(gaps[s] < 0.1);
    CHECK(rhats[s] < 1.1);
  }
}

TEST_CASE("agreement tells chains that have mixed from chains that have not") {
  const int n = 20;
  const ArmStatistics statistics = random_rows(random_arms_er(n, {.edge_probability = 0.15}, 6), 6, 100);
  OrderChain chain(n);
  update_all(chain, statistics);
  RandomStream stream(1, RandomDomain::Test);
  chain.restart(stream);
  chain.sample(4, stream);  // from random orders: thousands of nats apart
  CHECK(chain.agreement().score_rhat > 1.5);
  CHECK(chain.agreement().warnings.size() == 2);
  chain.advance(50 * n, stream);
  update_all(chain, statistics);  // forgets what was recorded
  CHECK_THROWS_AS((void)chain.agreement(), InvalidArgument);
  chain.sample(200, stream);
  CHECK(chain.agreement().orders == 200);
  CHECK(chain.agreement().score_rhat < 1.1);
  CHECK(chain.agreement().edge_gap < 0.1);
  CHECK(chain.agreement().warnings.empty());
  OrderChain alone(4, {.chains = 1});
  alone.sample(400, stream);
  CHECK(alone.agreement().warnings.size() == 1);
  OrderChain brief(4);
  brief.sample(3, stream);
  CHECK(std::isnan(brief.agreement().score_rhat));
  CHECK_FALSE(brief.agreement().warnings.empty());
}

TEST_CASE("true parents are among the candidates, known ones always and forbidden ones never") {
  const int n = 60;
  const LinearArms arms = random_arms_er(n, {.edge_probability = 2.0 / (n - 1)}, 7);
  const ArmStatistics statistics = random_rows(arms, 7, 120);
  std::vector<EdgePrior> edges(static_cast<std::size_t>(n * n), EdgePrior::Open);
  const int node = arms.order()[30];
  for (std::size_t i = 0; i < 30; ++i)
    edges[static_cast<std::size_t>(arms.order()[i] * n + node)] = EdgePrior::Forbidden;
  for (std::size_t i = 0; i < 3; ++i)
    edges[static_cast<std::size_t>(arms.order()[10 * i] * n + node)] = EdgePrior::Known;
  OrderChain chain(n, {.chains = 1}, edges);
  int missing = 0, all = 0;
  for (int j = 0; j < n; ++j) {
    for (const int bit : {0, 1}) {
      chain.update(bit, j, statistics.column(bit, j));
      const std::vector<int>& candidates = chain.candidates(bit, j);
      CHECK(candidates.size() == 12);
      CHECK(std::is_sorted(candidates.begin(), candidates.end()));
      const auto is_candidate = [&](int i) { return std::binary_search(candidates.begin(), candidates.end(), i); };
      CHECK_FALSE(is_candidate(j));
      for (int i = 0; i < n; ++i) {
        const EdgePrior edge = edges[static_cast<std::size_t>(i * n + j)];
        if (edge == EdgePrior::Known) CHECK(is_candidate(i));
        if (edge == EdgePrior::Forbidden) CHECK_FALSE(is_candidate(i));
        if (j == node || arms.weights(bit)(i, j) == 0) continue;
        ++all;
        missing += is_candidate(i) ? 0 : 1;
      }
    }
  }
  MESSAGE(missing, " of ", all, " parents are no candidates with 60 rows a mechanism");
  // A node here has about 2 parents, 2 children and their other parents in each graph: fewer than 12.
  CHECK(missing <= all / 50);
}
