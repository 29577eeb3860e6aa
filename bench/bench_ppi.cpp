// Prediction-powered inference on ten million rows, checked against the classical estimate of a sample of the truth;
// and, with --peer FOLDER, the estimates for the tables in that folder as JSON lines, for comparison with ppi_py.
//
// Target: a quantile with n + N = 1e7 in 3 seconds of wall time.

#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>
#include <stdexcept>
#include <string>

#include "causal/estimation/debias/ppi.hpp"
#include "causal/io/npy.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"
#include "result_line.hpp"

namespace {

using namespace causal;
using namespace causal::estimation;

constexpr Eigen::Index kLabelled = 100'000;
constexpr Eigen::Index kUnlabelled = 9'900'000;
constexpr double kTargetSeconds = 3;

PpiData large_sample(Eigen::Index n, Eigen::Index m) {
  PpiData data{.outcome = Eigen::VectorXd(n), .prediction = Eigen::VectorXd(n), .unlabelled = Eigen::VectorXd(m)};
  constexpr std::int64_t kBlock = 65536;
  parallel_chunks(n + m, kBlock, 0, [&](std::int64_t begin, std::int64_t end, int) {
    RandomStream stream(1, RandomDomain::Test, static_cast<std::uint32_t>(begin / kBlock));
    for (std::int64_t i = begin; i < end; ++i) {
      const double y = stream.normal();
      const double f = 0.3 + 0.8 * y + 0.4 * stream.normal();
      if (i < n) {
        data.outcome(i) = y;
        data.prediction(i) = f;
      } else {
        data.unlabelled(i - n) = f;
      }
    }
  });
  return data;
}

double peak_mebibytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

/// Wall seconds, and processor seconds of all threads, which a busy machine does not stretch.
struct Seconds {
  double wall = 0;
  double processor = 0;
};

template <class Body>
Seconds seconds_of(Body&& body) {
  const auto start = std::chrono::steady_clock::now();
  const std::clock_t ticks = std::clock();
  body();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
          static_cast<double>(std::clock() - ticks) / CLOCKS_PER_SEC};
}

void require_right(const Estimate& estimate, double truth, double std_errors) {
  if (!(std::abs(estimate.value - truth) < std_errors * estimate.std_error)) {
    throw std::logic_error("the estimate is far from the truth: " + estimate.brief());
  }
}

bool run_large() {
  constexpr double kUpperQuartile = 0.6744897501960817;
  bool pass = true;
  for (const bool many_labels : {false, true}) {
    const Eigen::Index n = many_labels ? (kLabelled + kUnlabelled) / 2 : kLabelled;
    const PpiData data = large_sample(n, kLabelled + kUnlabelled - n);
    const double before = peak_mebibytes();
    Estimate quantile, mean;
    const Seconds seconds = seconds_of([&] { quantile = ppi_quantile(data, 0.75); });
    require_right(quantile, kUpperQuartile, 5);
    const Seconds mean_seconds = seconds_of([&] { mean = ppi_mean(data, {.influence = false}); });
    require_right(mean, 0, 5);
    const std::string suffix = many_labels ? "_half_labelled" : "_1pc_labelled";
    pass = bench::print_result("ppi_quantile_1e7" + suffix, seconds.wall, "s", true, kTargetSeconds) && pass;
    std::printf("processor seconds: quantile %.2f, mean %.2f; peak memory %.0f MiB, %.0f MiB of it the input\n",
                seconds.processor, mean_seconds.processor, peak_mebibytes(), before);
  }
  return pass;
}

void print_estimates(const std::string& name, const std::vector<Estimate>& estimates) {
  std::printf("{\"name\": \"%s\", \"lambda\": %.17g, \"value\": [", name.c_str(),
              estimates.front().diagnostics.find("lambda").value_or(1));
  for (std::size_t j = 0; j < estimates.size(); ++j) std::printf("%s%.17g", j > 0 ? ", " : "", estimates[j].value);
  for (const bool high : {false, true}) {
    std::printf("], \"%s\": [", high ? "high" : "low");
    for (std::size_t j = 0; j < estimates.size(); ++j) {
      std::printf("%s%.17g", j > 0 ? ", " : "", high ? estimates[j].ci_high : estimates[j].ci_low);
    }
  }
  std::printf("]}\n");
}

/// Tables of a model: outcome, prediction, x1..xk (<model>_labelled.npy) and prediction, x1..xk
/// (<model>_unlabelled.npy).
void run_peer(const std::string& folder) {
  for (const PpiModel model : {PpiModel::Ols, PpiModel::Logistic, PpiModel::Poisson}) {
    const std::string name(enum_name(model));
    const Eigen::MatrixXd labelled = io::read_npy(folder + "/" + name + "_labelled.npy").values();
    const Eigen::MatrixXd unlabelled = io::read_npy(folder + "/" + name + "_unlabelled.npy").values();
    const PpiData data{.outcome = labelled.col(0), .prediction = labelled.col(1), .unlabelled = unlabelled.col(0)};
    const Eigen::Index k = unlabelled.cols() - 1;
    const PpiDesign design{labelled.rightCols(k), unlabelled.rightCols(k)};
    for (const double lambda : {0.0, 0.5, 1.0, -1.0}) {
      const PpiOptions options{.tuning = lambda < 0 ? PpiTuning::Overall : PpiTuning::Fixed,
                               .lambda = std::max(lambda, 0.0),
                               .level = 0.9,
                               .scores = PpiScores::JointFit};
      const std::string suffix = lambda < 0 ? " tuned" : " " + std::to_string(lambda).substr(0, 3);
      print_estimates(name + suffix, ppi_regression(data, design, model, options));
      if (model != PpiModel::Ols) continue;
      print_estimates("mean" + suffix, {ppi_mean(data, options)});
      if (lambda == 1) print_estimates("quantile" + suffix, {ppi_quantile(data, 0.3, options)});
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--peer") == 0) {
    run_peer(argv[2]);
    return 0;
  }
  run_large();
  return 0;
}
