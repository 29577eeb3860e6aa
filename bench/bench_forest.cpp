// Forests and boosting as nuisances of a doubly robust estimate: eligibility for 401(k) plans and financial assets.
//
//   bench_forest                                                        times with two threads, for the table
//   bench_forest FOLDS TREES MIN_LEAF MTRY THREADS                      the same fits on given folds, for peers
//
// FOLDS: a file with one fold number a row. Then it prints one line: wall seconds, processor seconds, out-of-fold log
// loss of the propensity, mean squared errors of the outcome in the arms 0 and 1, estimate and standard error.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>
#include <vector>

#include "causal/estimation/nuisance/cross_fit.hpp"
#include "causal/estimation/nuisance/learners.hpp"
#include "causal/io/csv.hpp"
#include "result_line.hpp"

using namespace causal;
using namespace causal::estimation;

namespace {

const Eigen::VectorXd kUnweighted;

struct Table {
  Eigen::MatrixXd X;
  Eigen::VectorXd outcome, treatment;
};

Table read_table() {
  const Dataset data = io::read_csv("data/pension401k.csv").data;
  const std::vector<std::string> names{"age", "inc", "educ", "fsize", "marr", "twoearn", "db", "pira", "hown"};
  Table table{Eigen::MatrixXd(data.rows(), std::ssize(names)), data.values().col(data.index_of("net_tfa")),
              data.values().col(data.index_of("e401"))};
  for (std::size_t j = 0; j < names.size(); ++j) {
    table.X.col(static_cast<Eigen::Index>(j)) = data.values().col(data.index_of(names[j]));
  }
  return table;
}

struct Measured {
  double wall_s = 0, processor_s = 0;
  double losses[3] = {0, 0, 0};
  double value = 0, std_error = 0;
};

Measured doubly_robust(const Table& table, const Learner& learner, const Folds& folds, int threads) {
  Measured result;
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t processor = std::clock();
  const FitContext context{.seed = 1, .threads = threads};
  FitContext probability = context;
  probability.target = Target::Probability;
  const CrossFitted propensity = cross_fit(learner, table.X, table.treatment, kUnweighted, {}, folds, probability);
  CrossFitted means[2];
  for (int arm = 0; arm < 2; ++arm) {
    std::vector<char> train;
    for (const double a : table.treatment) train.push_back(a == arm ? 1 : 0);
    FitContext own = context;
    own.stream = static_cast<std::uint32_t>(1 + arm);
    means[arm] = cross_fit(learner, table.X, table.outcome, kUnweighted, train, folds, own);
  }
  result.processor_s = static_cast<double>(std::clock() - processor) / CLOCKS_PER_SEC;
  result.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const Eigen::ArrayXd e = propensity.prediction.array().max(0.01).min(0.99);
  const Eigen::ArrayXd a = table.treatment.array();
  const Eigen::ArrayXd m0 = means[0].prediction.array();
  const Eigen::ArrayXd m1 = means[1].prediction.array();
  const Eigen::ArrayXd y = table.outcome.array();
  const Eigen::ArrayXd score = m1 - m0 + a * (y - m1) / e - (1 - a) * (y - m0) / (1 - e);
  result.losses[0] = propensity.loss;
  result.losses[1] = means[0].loss;
  result.losses[2] = means[1].loss;
  result.value = score.mean();
  result.std_error = std::sqrt((score - result.value).square().mean() / static_cast<double>(score.size()));
  return result;
}

int compare(char** words) {
  const Table table = read_table();
  Folds folds{{}, 0};
  std::ifstream file(words[0]);
  for (int fold = 0; file >> fold;) {
    folds.of.push_back(fold);
    folds.count = std::max(folds.count, fold + 1);
  }
  const std::unique_ptr<Learner> learner =
      make_learner(LearnerKind::Forest,
                   {.trees = std::atoi(words[1]), .min_leaf = std::atoi(words[2]), .mtry = std::atoi(words[3])});
  const Measured m = doubly_robust(table, *learner, folds, std::atoi(words[4]));
  std::printf("%.6f %.6f %.9g %.9g %.9g %.6f %.6f\n", m.wall_s, m.processor_s, m.losses[0], m.losses[1], m.losses[2],
              m.value, m.std_error);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 6) return compare(argv + 1);
  const Table table = read_table();
  const Folds folds = make_folds(table.X.rows(), 5, {}, {}, 1);
  std::printf("# learner | seconds | log loss of e | MSE / 1e9 of mu0 | of mu1 | estimate | standard error\n");
  for (const LearnerKind kind : {LearnerKind::Linear, LearnerKind::Lasso, LearnerKind::Forest, LearnerKind::Boosting}) {
    const Measured m = doubly_robust(table, *make_learner(kind), folds, 2);
    std::printf("# %s | %.2f | %.4f | %.4f | %.4f | %.0f | %.0f\n", std::string(enum_name(kind)).c_str(), m.wall_s,
                m.losses[0], m.losses[1] / 1e9, m.losses[2] / 1e9, m.value, m.std_error);
    // Straight lines are known to be wrong here: no band for them.
    const bool is_flexible = kind == LearnerKind::Forest || kind == LearnerKind::Boosting;
    if (is_flexible && (m.value < 5000 || m.value > 11000)) {
      std::fprintf(stderr, "wrong result: %s gives %f\n", std::string(enum_name(kind)).c_str(), m.value);
      return EXIT_FAILURE;
    }
    if (kind == LearnerKind::Forest) bench::print_result("forest_aipw_401k_500_trees", m.processor_s, "s", true, 15);
    if (kind == LearnerKind::Boosting) bench::print_result("boosting_aipw_401k", m.processor_s, "s", true, 15);
  }
}
