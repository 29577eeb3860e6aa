// Rain, wet roads, queues and a meter that drifts, 1,000 imaginary hours: what gcm, hsic and dcor see, and what not.

#include <cmath>
#include <cstdio>
#include <vector>

#include "causal/discovery/ci/dcor.hpp"
#include "causal/discovery/ci/gcm.hpp"
#include "causal/discovery/ci/hsic.hpp"
#include "causal/run/random.hpp"

int main() {
  using namespace causal;
  using namespace causal::discovery;

  constexpr Eigen::Index kHours = 1000;
  RandomStream noise(7, RandomDomain::Test);
  Eigen::MatrixXd values(kHours, 4);
  for (Eigen::Index t = 0; t < kHours; ++t) {
    const double rain = noise.normal();
    const double wet = std::exp(0.5 * rain) + 0.4 * noise.normal();
    const double queue = rain * rain + rain + 0.5 * noise.normal();
    const double meter = (1 + 0.6 * std::sin(static_cast<double>(t) / 80)) * noise.normal();
    values.row(t) << rain, wet, queue, meter;
  }
  const std::vector<std::string> names = {"rain", "wet", "queue", "meter"};
  const Dataset data = Dataset::continuous(values, names);
  const NodeTable nodes = nodes_with_surrogate(data, {}, "hour");

  const Gcm gcm(nodes);
  const Gcm linear(nodes, {.regression = GcmRegression::Ridge});
  const Hsic hsic(nodes);
  const Dcor dcor(nodes);
  const auto print = [](const char* name, const char* question, const CiResult& result) {
    std::printf("%-11s %-24s %9.3f   effect %7.4f   p = %.3g\n", name, question, result.statistic, result.effect,
                result.p_value);
  };
  const std::vector<NodeId> rain = {0};
  print("gcm", "wet _|_ queue", gcm.test(1, 2, {}));
  print("gcm", "wet _|_ queue | rain", gcm.test(1, 2, rain));
  print("gcm, ridge", "wet _|_ queue | rain", linear.test(1, 2, rain));
  print("gcm", "meter _|_ hour", gcm.test(3, 4, {}));
  print("hsic", "meter _|_ hour", hsic.test(3, 4, {}));
  print("dcor", "meter _|_ hour", dcor.test(3, 4, {}));
  print("hsic", "rain _|_ queue", hsic.test(0, 2, {}));
  print("dcor", "rain _|_ queue", dcor.test(0, 2, {}));
  print("hsic", "rain _|_ meter", hsic.test(0, 3, {}));
  print("dcor", "rain _|_ meter", dcor.test(0, 3, {}));
}
