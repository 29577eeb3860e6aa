// labels: unit oracle stat golden
#include "causal/bandits/change/mechanism_monitor.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <sstream>

#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/selection/arm_search.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

std::array<Eigen::MatrixXi, 2> graphs_of(const LinearArms& arms) {
  std::array<Eigen::MatrixXi, 2> graphs;
  for (const int bit : {0, 1}) {
    graphs[static_cast<std::size_t>(bit)] = (arms.weights(bit).array() != 0).cast<int>().matrix();
  }
  return graphs;
}

std::array<Eigen::VectorXd, 2> offsets_of(const LinearArms& arms) { return {arms.offsets(0), arms.offsets(1)}; }

MechanismMonitor monitor_of(const LinearArms& arms, const MonitorOptions& options = {}) {
  return MechanismMonitor(offsets_of(arms), graphs_of(arms), options);
}

Action random_bits(std::uint64_t seed, std::uint32_t run, std::int64_t round, int n) {
  RandomStream stream(seed, RandomDomain::Test, run, static_cast<std::uint32_t>(round));
  Action action(static_cast<std::size_t>(n));
  for (auto& bit : action) bit = static_cast<std::uint8_t>(stream.bits() >> 63);
  return action;
}

LinearArms shifted(const LinearArms& arms, ArmColumn column, double shift) {
  auto offsets = offsets_of(arms);
  offsets[static_cast<std::size_t>(column.bit)](column.node) += shift;
  return LinearArms({arms.weights(0), arms.weights(1)}, offsets, arms.reward());
}

}  // namespace

TEST_CASE("innovations are those of least squares on the earlier rows") {
  const int n = 5;
  const LinearArms arms = random_arms_er(n, {.edge_probability = 0.8}, 3);
  const LinearEnvironment environment(arms, {.sd = {std::vector<double>(5, 2.0), std::vector<double>(5, 2.0)}});
  MechanismMonitor monitor = monitor_of(arms, {.threshold = 1e300, .noise_sd = 2});
  std::array<std::vector<std::vector<double>>, 10> rows;
  std::array<std::vector<double>, 10> expected;
  for (std::int64_t t = 0; t < 60; ++t) {
    const Action action = random_bits(1, 0, t, n);
    std::vector<double> row(n);
    environment.observe(action, {4, 0}, t, row);
    for (int j = 0; j < n; ++j) {
      const int bit = action[static_cast<std::size_t>(j)];
      const auto m = static_cast<std::size_t>(2 * j + bit);
      const auto parents = arms.parents(bit, j);
      const auto k = static_cast<Eigen::Index>(parents.size());
      const auto count = static_cast<Eigen::Index>(rows[m].size());
      const auto offset = arms.offset(bit, j);
      if (count >= k) {
        Eigen::MatrixXd x(count, k);
        Eigen::VectorXd y(count), now(k);
        for (Eigen::Index a = 0; a < k; ++a) {
          const auto p = static_cast<std::size_t>(parents[static_cast<std::size_t>(a)].node);
          now(a) = row[p];
          for (Eigen::Index r = 0; r < count; ++r) x(r, a) = rows[m][static_cast<std::size_t>(r)][p];
        }
        for (Eigen::Index r = 0; r < count; ++r) {
          y(r) = rows[m][static_cast<std::size_t>(r)][static_cast<std::size_t>(j)] - offset;
        }
        double predicted = 0, leverage = 0;
        if (k > 0) {
          predicted = now.dot(Eigen::VectorXd(x.colPivHouseholderQr().solve(y)));
          const Eigen::MatrixXd gram = x.transpose() * x;
          leverage = now.dot(Eigen::VectorXd(gram.ldlt().solve(now)));
        }
        expected[m].push_back((row[static_cast<std::size_t>(j)] - offset - predicted) / (2 * std::sqrt(1 + leverage)));
      }
      rows[m].push_back(row);
    }
    CHECK(monitor.add(t, action, row).empty());
  }
  for (int j = 0; j < n; ++j) {
    for (const int bit : {0, 1}) {
      const auto m = static_cast<std::size_t>(2 * j + bit);
      const auto z = monitor.innovations(bit, j);
      REQUIRE(z.size() == expected[m].size());  // as many rows as parents give no innovation
      for (std::size_t t = 0; t < z.size(); ++t) CHECK(std::abs(z[t] - expected[m][t]) < 1e-5);
      CHECK(monitor.statistics().column(bit, j).count() == static_cast<std::int64_t>(rows[m].size()));
    }
  }
}

TEST_CASE("innovations of few rows and unknown noise are independent standard normals") {
  const int n = 4, runs = 600, rounds = 40;
  const LinearArms arms = random_arms_er(n, {.edge_probability = 0.9}, 5);
  const LinearEnvironment environment(arms, {.sd = {std::vector<double>(4, 0.3), std::vector<double>(4, 5.0)}});
  double count = 0, sum = 0, squares = 0, outside = 0, pairs = 0, products = 0, square_products = 0;
  for (int run = 0; run < runs; ++run) {
    MechanismMonitor monitor = monitor_of(arms, {.threshold = 1e300});
    const auto instance = static_cast<std::uint32_t>(run);
    std::vector<double> row(n);
    for (std::int64_t t = 0; t < rounds; ++t) {
      const Action action = random_bits(2, instance, t, n);
      environment.observe(action, {6, instance}, t, row);
      (void)monitor.add(t, action, row);
    }
    for (int j = 0; j < n; ++j) {
      for (const int bit : {0, 1}) {
        const auto z = monitor.innovations(bit, j);
        for (std::size_t t = 0; t < z.size(); ++t) {
          count += 1;
          sum += z[t];
          squares += z[t] * z[t];
          outside += std::abs(z[t]) > 1.959964 ? 1 : 0;
          if (t == 0) continue;
          pairs += 1;
          products += z[t] * z[t - 1];
          square_products += (z[t] * z[t] - 1) * (z[t - 1] * z[t - 1] - 1);
        }
      }
    }
  }
  // Standard errors over k independent standard normals: mean 1/sqrt k, variance sqrt(2/k), share outside
  // sqrt(.05 .95 / k), product of neighbours 1/sqrt k, product of their centred squares 2/sqrt k. Four of each.
  CHECK(count > 50000);
  CHECK(std::abs(sum / count) < 4 / std::sqrt(count));
  CHECK(std::abs(squares / count - 1) < 4 * std::sqrt(2 / count));
  CHECK(std::abs(outside / count - 0.05) < 4 * std::sqrt(0.0475 / count));
  CHECK(std::abs(products / pairs) < 4 / std::sqrt(pairs));
  CHECK(std::abs(square_products / pairs) < 8 / std::sqrt(pairs));
}

TEST_CASE("how long a shift of three standard deviations stays unseen, known weights") {
  // Reference 12.0 and 5.4 samples for thresholds 2 and 0.6 and a window of 20, from an independent simulation of 2000
  // runs. A node without parents has no weights to learn.
  const std::array<Eigen::VectorXd, 2> offsets{Eigen::VectorXd::Ones(1), Eigen::VectorXd::Ones(1)};
  const std::array<Eigen::MatrixXi, 2> graphs{Eigen::MatrixXi::Zero(1, 1), Eigen::MatrixXi::Zero(1, 1)};
  const auto mean_delay = [&](double threshold) {
    double sum = 0;
    for (std::uint32_t run = 0; run < 2000; ++run) {
      MechanismMonitor monitor(offsets, graphs,
                               {.detector = ChangeRule::Kl, .threshold = threshold, .window = 20, .noise_sd = 1});
      RandomStream stream(11, RandomDomain::Test, run);
      for (int t = 0; t < 20; ++t) (void)monitor.add(t, {0}, std::vector<double>{1 + stream.normal()});
      int t = 20;
      std::vector<MechanismAlarm> alarms;
      while ((alarms = monitor.add(t, {0}, std::vector<double>{4 + stream.normal()})).empty()) ++t;
      CHECK(alarms.front().statistic > threshold);
      sum += t - 19;
    }
    return sum / 2000;
  };
  CHECK(std::abs(mean_delay(2) - 12.0) < 0.5);
  CHECK(std::abs(mean_delay(0.6) - 5.4) < 0.3);
}

TEST_CASE("false alarms with learned weights: at most one in ten thousand rounds") {
  const int n = 10, runs = 20, rounds = 10000;
  for (const ChangeRule rule : {ChangeRule::Glr, ChangeRule::Kl, ChangeRule::Cusum}) {
    for (const double noise_sd : {0.0, 1.0}) {
      if (noise_sd > 0 && rule != ChangeRule::Glr) continue;
      std::vector<int> alarms(runs);
      parallel_for(runs, 0, [&](std::int64_t run) {
        const LinearArms arms = random_arms_er(n, {}, 100 + static_cast<std::uint64_t>(run));
        const LinearEnvironment environment(arms);
        MechanismMonitor monitor = monitor_of(arms, {.detector = rule, .noise_sd = noise_sd});
        std::vector<double> row(n);
        for (std::int64_t t = 0; t < rounds; ++t) {
          const Action action = random_bits(3, static_cast<std::uint32_t>(run), t, n);
          environment.observe(action, {7, static_cast<std::uint32_t>(run)}, t, row);
          alarms[static_cast<std::size_t>(run)] += static_cast<int>(monitor.add(t, action, row).size());
        }
      });
      int total = 0;
      for (const int count : alarms) total += count;
      // At a rate of one in 10^4 rounds the total would be Poisson with mean `runs`; measured 7 and 9 (glr), 1 (kl) and
      // 3 (cusum) of 24 such runs, so the bound is not close.
      CAPTURE(enum_name(rule));
      CHECK(total <= runs);
    }
  }
}

TEST_CASE("shifts of two standard deviations under the arm being played are found within 100 rounds") {
  const int n = 10, runs = 300;
  for (const ChangeRule rule : {ChangeRule::Glr, ChangeRule::Kl, ChangeRule::Cusum}) {
    std::vector<int> found(runs), early(runs), dated(runs), delay(runs);
    parallel_for(runs, 0, [&](std::int64_t run) {
      const auto instance = static_cast<std::uint32_t>(run);
      const auto k = static_cast<std::size_t>(run);
      const LinearArms arms = random_arms_er(n, {}, 1000 + static_cast<std::uint64_t>(run));
      const Action best = best_arm(arms).action;
      const int node = static_cast<int>(run % n);
      const ArmColumn column{best[static_cast<std::size_t>(node)], node};
      const std::int64_t change = 300;
      const LinearEnvironment environment(
          {LinearPiece{0, arms}, LinearPiece{change, shifted(arms, column, run % 2 == 0 ? 2 : -2)}});
      MechanismMonitor monitor = monitor_of(arms, {.detector = rule});
      std::vector<double> row(n);
      for (std::int64_t t = 0; t < change + 100 && found[k] == 0; ++t) {
        const Action action = t < 100 ? random_bits(5, instance, t, n) : best;
        environment.observe(action, {8, instance}, t, row);
        for (const MechanismAlarm& alarm : monitor.add(t, action, row)) {
          if (!(alarm.mechanism == column) || t < change) {
            ++early[k];
            continue;
          }
          found[k] = 1;
          delay[k] = static_cast<int>(t - change + 1);
          dated[k] = std::abs(alarm.changed_at - change) <= 5 ? 1 : 0;
        }
      }
    });
    int total = 0, wrong = 0, close = 0, rounds = 0;
    for (std::size_t k = 0; k < found.size(); ++k) {
      total += found[k];
      wrong += early[k];
      close += dated[k];
      rounds += delay[k];
    }
    CAPTURE(enum_name(rule));
    CHECK(total >= 285);          // 95 %; measured: all of them
    CHECK(rounds <= 15 * total);  // 8.6 (glr), 12.9 (kl), 9.0 (cusum)
    CHECK(close >= 0.9 * total);
    // A false alarm in 10^4 rounds would be 9 in these 300 x 300; 19 is the .999 quantile of Poisson(9).
    CHECK(wrong <= 19);
  }
}

TEST_CASE("a mechanism that changes is forgotten and found again; the others are left alone, to the bit") {
  const int n = 6, node = 4;
  const LinearArms before = random_arms_er(n, {.edge_probability = 0.9, .shuffle_labels = false}, 21);
  // All weights into node 4 under bit 1 change their sign.
  std::array<Eigen::MatrixXd, 2> weights{before.weights(0), before.weights(1)};
  weights[1].col(node) *= -1;
  REQUIRE(before.parents(1, node).size() >= 2);
  const LinearArms after(weights, offsets_of(before), before.reward());
  const std::int64_t change = 400, horizon = 900;
  const LinearEnvironment environment({LinearPiece{0, before}, LinearPiece{change, after}});
  MechanismMonitor monitor = monitor_of(before), blind = monitor_of(before, {.threshold = 1e300});
  std::vector<double> row(n);
  std::vector<MechanismAlarm> alarms;
  std::int64_t played_since = 0;
  for (std::int64_t t = 0; t < horizon; ++t) {
    const Action action = random_bits(12, 0, t, n);
    environment.observe(action, {13, 0}, t, row);
    for (const MechanismAlarm& alarm : monitor.add(t, action, row)) {
      alarms.push_back(alarm);
      played_since = 0;
      CHECK(monitor.statistics().column(1, node).count() == 0);
      CHECK(monitor.innovations(1, node).empty());
      CHECK(monitor.statistic(1, node) == 0);
      continue;
    }
    if (!alarms.empty() && action[node] == 1 && alarms.front().round < t) ++played_since;
    (void)blind.add(t, action, row);
  }
  REQUIRE(alarms.size() == 1);
  CHECK(alarms[0].mechanism == ArmColumn{1, node});
  CHECK(alarms[0].round >= change);
  CHECK(alarms[0].round < change + 40);
  CHECK(std::abs(alarms[0].changed_at - change) <= 12);
  CHECK(alarms[0].statistic > alarms[0].threshold);
  CHECK(monitor.statistics().column(1, node).count() == played_since);
  for (int j = 0; j < n; ++j) {
    for (const int bit : {0, 1}) {
      if (bit == 1 && j == node) continue;
      const ColumnStatistics &a = monitor.statistics().column(bit, j), &b = blind.statistics().column(bit, j);
      CHECK(a.count() == b.count());
      CHECK(a.gram() == b.gram());
      CHECK(a.cross() == b.cross());
      CHECK(a.squares() == b.squares());
      CHECK(std::ranges::equal(monitor.innovations(bit, j), blind.innovations(bit, j)));
      CHECK(monitor.statistic(bit, j) == blind.statistic(bit, j));
    }
  }
  // What was learned since is the mechanism after the change.
  const ArmEstimates fit = fit_arms(monitor.statistics(), graphs_of(before), before.reward(),
                                    {.prior_sd = std::numeric_limits<double>::infinity()});
  const ColumnFit& column = fit.columns[1][node];
  for (std::size_t k = 0; k < column.parents.size(); ++k) {
    const auto index = static_cast<Eigen::Index>(k);
    CHECK(std::abs(column.weights(index) - after.weights(1)(column.parents[k], node)) <
          5 * std::sqrt(column.covariance(index, index)));
  }
}

TEST_CASE("a saved monitor goes on as it would have") {
  const int n = 5;
  const LinearArms arms = random_arms_er(n, {}, 31);
  const LinearEnvironment environment({LinearPiece{0, arms}, LinearPiece{150, shifted(arms, {1, arms.order()[2]}, 3)}});
  for (const ChangeRule rule : {ChangeRule::Glr, ChangeRule::Kl, ChangeRule::Cusum}) {
    MechanismMonitor whole = monitor_of(arms, {.detector = rule});
    MechanismMonitor second = monitor_of(arms, {.detector = rule});
    std::vector<MechanismAlarm> alarms, resumed;
    std::vector<double> row(n);
    for (std::int64_t t = 0; t < 300; ++t) {
      if (t == 160) {
        std::stringstream state;
        whole.save(state);
        second.load(state);
        std::stringstream cut(state.str().substr(0, state.str().size() - 1));
        CHECK_THROWS_AS(MechanismMonitor(second).load(cut), DataError);
      }
      const Action action = random_bits(14, 0, t, n);
      environment.observe(action, {15, 0}, t, row);
      const auto found = whole.add(t, action, row);
      if (t < 160) continue;
      alarms.insert(alarms.end(), found.begin(), found.end());
      const auto again = second.add(t, action, row);
      resumed.insert(resumed.end(), again.begin(), again.end());
    }
    CHECK(!alarms.empty());
    CHECK(alarms == resumed);
    std::stringstream a, b;
    whole.save(a);
    second.save(b);
    CHECK(a.str() == b.str());
  }
}

TEST_CASE("nodes that are set have no noise to watch; a new value is a change") {
  // Node 0 has no parents, bit 1 sets it to 3; node 1 copies it under both bits.
  Eigen::MatrixXi graph = Eigen::MatrixXi::Zero(2, 2);
  graph(0, 1) = 1;
  Eigen::VectorXd free = Eigen::VectorXd::Zero(2), set = Eigen::VectorXd::Zero(2);
  set(0) = 3;
  MechanismMonitor monitor({free, set}, {graph, graph}, {.noise_sd = 0});
  RandomStream stream(16, RandomDomain::Test);
  std::int64_t t = 0;
  for (; t < 200; ++t) CHECK(monitor.add(t, {1, 0}, std::vector<double>{3, 3 + stream.normal()}).empty());
  CHECK(monitor.innovations(1, 0).empty());
  std::vector<MechanismAlarm> alarms;
  for (; t < 300 && alarms.empty(); ++t) alarms = monitor.add(t, {1, 0}, std::vector<double>{4, 4 + stream.normal()});
  REQUIRE(alarms.size() == 1);
  CHECK(alarms[0].mechanism == ArmColumn{1, 0});
}

TEST_CASE("the monitor refuses what does not fit, and takes nothing in") {
  const std::array<Eigen::VectorXd, 2> offsets{Eigen::VectorXd::Zero(2), Eigen::VectorXd::Zero(2)};
  const std::array<Eigen::MatrixXi, 2> none{Eigen::MatrixXi::Zero(2, 2), Eigen::MatrixXi::Zero(2, 2)};
  CHECK_THROWS_AS(MechanismMonitor(offsets, {none[0], Eigen::MatrixXi::Zero(3, 3)}), InvalidArgument);
  CHECK_THROWS_AS(MechanismMonitor(offsets, {none[0], Eigen::MatrixXi::Identity(2, 2)}), InvalidArgument);
  CHECK_THROWS_AS(MechanismMonitor(offsets, none, {.rounds_between_alarms = 0}), InvalidArgument);
  MechanismMonitor monitor(offsets, none);
  CHECK_THROWS_AS((void)monitor.add(0, {0, 2}, std::vector<double>{1, 1}), InvalidArgument);
  CHECK_THROWS_AS((void)monitor.add(0, {0, 1}, std::vector<double>{1}), InvalidArgument);
  CHECK_THROWS_AS((void)monitor.add(0, {0, 1}, std::vector<double>{1, std::nan("")}), InvalidArgument);
  CHECK_THROWS_AS(monitor.set_parents(0, 0, {2}), InvalidArgument);
  CHECK_THROWS_AS(monitor.set_parents(0, 2, {0}), InvalidArgument);
  CHECK_THROWS_AS(monitor.set_parents(1, 1, {1}), InvalidArgument);
  CHECK(monitor.statistics().column(0, 0).count() == 0);
  monitor.set_parents(1, 1, {0});
  CHECK(monitor.parents(1, 1) == std::vector<int>{0});
}
