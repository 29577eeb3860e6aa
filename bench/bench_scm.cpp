// Sampling a linear model, 100 nodes and 10^6 rows on 2 threads, against the wall clock. The bar is for a 2-core AMD
// EPYC.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "causal/graph/random_graph.hpp"
#include "causal/scm/scm.hpp"
#include "result_line.hpp"

using namespace causal;

int main() {
  constexpr std::int64_t kRows = 1'000'000;
  const LinearSem sem = LinearSem::random(random_dag_with_edges(100, 300, 1), {}, 1);
  const Scm model = Scm::linear(sem);
  double best = std::numeric_limits<double>::infinity();
  for (int repetition = 0; repetition < 5; ++repetition) {
    const auto start = std::chrono::steady_clock::now();
    const Eigen::MatrixXd values = model.sample_values(kRows, {.threads = 2, .seed = 1});
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    // Six standard errors: the sample has the variances that the model implies.
    const Eigen::VectorXd expected = sem.covariance().diagonal();
    for (Eigen::Index v = 0; v < values.cols(); ++v) {
      const double variance = (values.col(v).array() - values.col(v).mean()).square().mean();
      if (std::abs(variance / expected[v] - 1) > 6 * std::sqrt(2.0 / static_cast<double>(kRows))) {
        std::printf("ERROR scm_sample: variance of node %d is %g instead of %g\n", static_cast<int>(v), variance,
                    expected[v]);
        return 1;
      }
    }
  }
  bench::print_result("scm_sample_linear_p100_m300_n1e6_2threads", best, "s", true, 1.0);
  return 0;
}
