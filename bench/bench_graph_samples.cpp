// Rows that a graph needs before it is of use, for five ways to learn it, on random systems of ten nodes and on layered
// ones of seven. A graph is usable when the best arm of the model fitted on it, to all rows so far, falls short of the
// best mean by at most 5 % of what the average arm does. The table goes to stderr.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "causal/bandits/environment/generators.hpp"
#include "causal/bandits/environment/linear_environment.hpp"
#include "causal/bandits/policy/ga_lcb.hpp"
#include "causal/bandits/structure/bounds.hpp"
#include "causal/bandits/structure/order_posterior.hpp"
#include "causal/bandits/structure/subgraph_learner.hpp"
#include "causal/run/parallel.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::bandits;

namespace {

using Graphs = std::array<Eigen::MatrixXi, 2>;
constexpr int kCap = 6000;        // rows at most
constexpr int kInstances = 40;    // of each family
constexpr int kExploreRows = 20;  // of every mechanism before the published rule learns a graph
constexpr double kNever = std::numeric_limits<double>::infinity();

struct Instance {
  LinearArms arms;
  std::vector<double> rewards;  // of all actions
  double best = 0, average = 0;
  Graphs truth;
  std::uint32_t number = 0;
};

Instance instance_of(LinearArms arms, std::uint32_t number) {
  Instance made{std::move(arms), {}, 0, 0, {}, number};
  made.rewards = mean_rewards(made.arms);
  made.best = *std::max_element(made.rewards.begin(), made.rewards.end());
  for (const double reward : made.rewards) made.average += reward / static_cast<double>(made.rewards.size());
  for (const int bit : {0, 1}) {
    made.truth[static_cast<std::size_t>(bit)] = (made.arms.weights(bit).array() != 0).cast<int>();
  }
  return made;
}

// What one way of learning has after so many rows.
struct Point {
  int rows = 0;
  bool usable = false;
  double missing = 0, reversed = 0;  // edges of both graphs together
};

// The action of the largest estimated mean reward; estimates without an order are solved action by action.
std::uint64_t best_action(const LinearArms& arms) {
  std::vector<double> rewards;
  if (arms.has_order()) {
    rewards = mean_rewards(arms);
  } else {
    for (std::uint64_t k = 0; k < std::uint64_t{1} << arms.n(); ++k) {
      const auto model = action_model(arms, action_from_index(k, arms.n()));
      rewards.push_back(model ? model->mean(arms.reward()) : -kNever);
    }
  }
  return static_cast<std::uint64_t>(std::max_element(rewards.begin(), rewards.end()) - rewards.begin());
}

bool good(const Instance& instance, std::uint64_t action) {
  return instance.best - instance.rewards[action] <= 0.05 * (instance.best - instance.average);
}

Point judge(const Instance& instance, int rows, const ArmStatistics& statistics, const Graphs& graphs) {
  Point point{rows, good(instance, best_action(fit_arms(statistics, graphs, instance.arms.reward()).arms)), 0, 0};
  for (const std::size_t bit : {0U, 1U}) {
    const GraphErrors errors = graph_errors(graphs[bit], instance.truth[bit]);
    point.missing += errors.missing;
    point.reversed += errors.reversed;
  }
  return point;
}

// Rows of given actions, one after another.
class Rows {
 public:
  explicit Rows(const Instance& instance)
      : instance_(instance),
        environment_(instance.arms),
        statistics({instance.arms.offsets(0), instance.arms.offsets(1)}),
        row(static_cast<std::size_t>(instance.arms.n())) {}
  void next(const Action& action) {
    environment_.observe(action, {.seed = 77, .instance = instance_.number}, seen++, row);
    statistics.add(action, row);
  }
  Action random() const {
    RandomStream stream(78, RandomDomain::Policy, instance_.number, static_cast<std::uint32_t>(seen));
    Action action(row.size());
    for (std::uint8_t& bit : action) bit = static_cast<std::uint8_t>(stream.below(2));
    return action;
  }
  int fewest() const {
    std::int64_t least = seen;
    for (int j = 0; j < statistics.n(); ++j) {
      for (const int bit : {0, 1}) least = std::min(least, statistics.column(bit, j).count());
    }
    return static_cast<int>(least);
  }

 private:
  const Instance& instance_;
  LinearEnvironment environment_;

 public:
  int seen = 0;
  ArmStatistics statistics;
  std::vector<double> row;
};

int next_stop(int rows) { return std::max(rows + 2, rows * 5 / 4); }

SubgraphLearner learner_of(const Instance& instance, const SubgraphOptions& options) {
  return SubgraphLearner({instance.arms.offsets(0), instance.arms.offsets(1)}, options);
}

// Random rows; sub-graph learning as soon as every mechanism has so many rows, then at every stop.
std::vector<Point> subgraphs(const Instance& instance, const SubgraphOptions& options, int explore_rows) {
  Rows rows(instance);
  SubgraphLearner learner = learner_of(instance, options);
  std::vector<Point> points;
  int stop = 0;
  while (rows.seen < kCap) {
    const Action action = rows.random();
    rows.next(action);
    learner.add(action, rows.row);
    if (rows.seen < stop || (stop == 0 && rows.fewest() < explore_rows)) continue;
    points.push_back(judge(instance, rows.seen, rows.statistics, {learner.learn(0), learner.learn(1)}));
    stop = next_stop(rows.seen);
  }
  return points;
}

// Edges of posterior probability above a half.
Graphs likely_edges(const OrderPosterior& orders) {
  Graphs graphs;
  for (const int bit : {0, 1}) {
    graphs[static_cast<std::size_t>(bit)] = (orders.edge_probabilities(bit).array() > 0.5).cast<int>();
  }
  return graphs;
}

OrderPosterior posterior_of(const ArmStatistics& statistics) {
  OrderPosterior orders(statistics.n());
  for (int j = 0; j < statistics.n(); ++j) {
    for (const int bit : {0, 1}) orders.update(bit, j, statistics.column(bit, j));
  }
  orders.refresh();
  return orders;
}

// Random rows; the model fitted on likely edges or, with `average`, the action whose mean reward is the largest on
// average over draws of the posterior.
std::vector<Point> posterior(const Instance& instance, bool average) {
  Rows rows(instance);
  std::vector<Point> points;
  for (int stop = 4; rows.seen < kCap; stop = next_stop(stop)) {
    while (rows.seen < std::min(stop, kCap)) rows.next(rows.random());
    const OrderPosterior orders = posterior_of(rows.statistics);
    points.push_back(judge(instance, rows.seen, rows.statistics, likely_edges(orders)));
    if (!average) continue;
    std::vector<double> sum(instance.rewards.size(), 0.0);
    RandomStream stream(79, RandomDomain::Policy, instance.number, static_cast<std::uint32_t>(stop));
    for (int draw = 0; draw < 32; ++draw) {
      const std::vector<double> rewards =
          mean_rewards(orders.draw(rows.statistics, instance.arms.reward(), stream).arms);
      for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += rewards[k];
    }
    points.back().usable =
        good(instance, static_cast<std::uint64_t>(std::max_element(sum.begin(), sum.end()) - sum.begin()));
  }
  return points;
}

// No and single interventions in turn, T1 rounds each.
std::vector<Point> singles(const Instance& instance, const std::vector<int>& explore_rounds) {
  const int n = instance.arms.n();
  GaLcb policy(BanditModel::of(instance.arms), {.explore_rounds = 1000000});
  Rows rows(instance);
  std::vector<Point> points;
  for (const int rounds : explore_rounds) {
    while (rows.seen < rounds * (n + 1)) {
      RandomStream unused(1, RandomDomain::Policy);
      const Action action = policy.select(rows.seen, unused);
      rows.next(action);
      policy.update(action, rows.row);
    }
    GaLcb learned = policy;
    learned.learn_graphs();
    points.push_back(judge(instance, rows.seen, rows.statistics, learned.graphs()));
  }
  return points;
}

// Half of the rows without intervention, half with all of them.
std::vector<Point> halves(const Instance& instance, const std::vector<int>& sizes, const SubgraphOptions& options) {
  std::vector<Point> points;
  Rows rows(instance);
  SubgraphLearner learner = learner_of(instance, options);
  for (const int size : sizes) {
    while (rows.seen < 2 * size) {
      const Action action(rows.row.size(), static_cast<std::uint8_t>(rows.seen % 2));
      rows.next(action);
      learner.add(action, rows.row);
    }
    points.push_back(judge(instance, rows.seen, rows.statistics, {learner.learn(0), learner.learn(1)}));
  }
  return points;
}

// The same rows, likely edges of the posterior.
std::vector<Point> posterior_of_halves(const Instance& instance, const std::vector<int>& sizes) {
  std::vector<Point> points;
  Rows rows(instance);
  for (const int size : sizes) {
    while (rows.seen < 2 * size) rows.next(Action(rows.row.size(), static_cast<std::uint8_t>(rows.seen % 2)));
    points.push_back(judge(instance, rows.seen, rows.statistics, likely_edges(posterior_of(rows.statistics))));
  }
  return points;
}

struct Summary {
  double first = 0;                  // median of the rows at the first usable stop; infinite when half never get there
  double stays = 0;                  // median of the rows from which on every stop is usable
  double share = 0;                  // of instances with a usable stop
  double always = 0;                 // of instances that are usable at the last stop
  double missing = 0, reversed = 0;  // mean errors at the first usable stop
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t half = values.size() / 2;
  if (values.size() % 2 == 1 || values[half] == kNever) return values[half];
  return (values[half - 1] + values[half]) / 2;
}

Summary summarise(const char* family, const char* name, const std::vector<Instance>& instances,
                  const std::function<std::vector<Point>(const Instance&)>& learn) {
  std::vector<std::vector<Point>> points(instances.size());
  parallel_for(static_cast<std::int64_t>(instances.size()), 0, [&](std::int64_t k) {
    points[static_cast<std::size_t>(k)] = learn(instances[static_cast<std::size_t>(k)]);
  });
  std::vector<double> first, stays;
  Summary summary;
  for (const std::vector<Point>& of : points) {
    const auto usable = std::find_if(of.begin(), of.end(), [](const Point& p) { return p.usable; });
    first.push_back(usable == of.end() ? kNever : usable->rows);
    auto settled = of.end();
    while (settled != of.begin() && (settled - 1)->usable) --settled;
    stays.push_back(settled == of.end() ? kNever : settled->rows);
    summary.always += settled == of.end() ? 0.0 : 1.0 / static_cast<double>(points.size());
    if (usable == of.end()) continue;
    summary.share += 1;
    summary.missing += usable->missing;
    summary.reversed += usable->reversed;
  }
  summary.missing /= std::max(1.0, summary.share);
  summary.reversed /= std::max(1.0, summary.share);
  summary.share /= static_cast<double>(points.size());
  summary.first = median(first);
  summary.stays = median(stays);
  std::fprintf(stderr, "%-9s %-28s first %6.0f share %.2f | stays %6.0f share %.2f | missing %5.2f reversed %5.2f\n",
               family, name, summary.first, summary.share, summary.stays, summary.always, summary.missing,
               summary.reversed);
  return summary;
}

void compare(const char* family, const std::vector<Instance>& instances) {
  const auto run = [&](const char* name, const std::function<std::vector<Point>(const Instance&)>& learn) {
    return summarise(family, name, instances, learn);
  };
  std::vector<int> doubling, growing;
  for (int rounds = 1; rounds * (instances[0].arms.n() + 1) <= kCap; rounds *= 2) doubling.push_back(rounds);
  for (int size = 2; 2 * size <= kCap; size = next_stop(size)) growing.push_back(size);
  const SubgraphOptions published{}, sizes_only{.max_rows = kCap, .information_weight = 0};

  const Summary csl = run("csl, 100 rows", [&](const Instance& i) { return subgraphs(i, published, kExploreRows); });
  run("csl, all rows, sizes only", [&](const Instance& i) { return subgraphs(i, sizes_only, kExploreRows); });
  run("csl, from 5 rows each", [&](const Instance& i) { return subgraphs(i, published, 5); });
  const Summary orders = run("orders, edges above 1/2", [&](const Instance& i) { return posterior(i, false); });
  run("orders, mean of draws", [&](const Instance& i) { return posterior(i, true); });
  run("ga_lcb, T1 = 500", [&](const Instance& i) { return singles(i, {500}); });
  const Summary single = run("ga_lcb, doubling T1", [&](const Instance& i) { return singles(i, doubling); });
  run("600 rows in halves, csl", [&](const Instance& i) { return halves(i, {300}, {.max_rows = 300}); });
  run("600 rows in halves, orders", [&](const Instance& i) { return posterior_of_halves(i, {300}); });
  run("growing halves, sizes only", [&](const Instance& i) { return halves(i, growing, sizes_only); });
  run("growing halves, orders", [&](const Instance& i) { return posterior_of_halves(i, growing); });

  const std::string prefix = std::string("graph_samples_") + family;
  bench::print_result(prefix + "_orders_median", orders.first, "rows", true, 60);
  bench::print_result(prefix + "_orders_usable_at_last", orders.always, "share", false, 0.95);
  bench::print_result(prefix + "_orders_over_csl", orders.first / csl.first, "ratio", true, 1);
  bench::print_result(prefix + "_orders_over_ga_lcb", orders.first / single.first, "ratio", true, 1);
  bench::print_result(prefix + "_orders_over_600", orders.first / 600, "ratio", true, 0.33);
  bench::print_result(prefix + "_csl_over_600", csl.first / 600, "ratio", true, 0.33);
}

}  // namespace

int main() {
  std::vector<Instance> random, layered;
  for (std::uint32_t k = 0; k < kInstances; ++k) {
    random.push_back(instance_of(random_arms_er(10, {}, 2000 + k), k));
    layered.push_back(instance_of(hierarchical_arms(3, 2, {}, 2000 + k), k));
  }
  compare("er_n10", random);
  compare("layers_n7", layered);
}
