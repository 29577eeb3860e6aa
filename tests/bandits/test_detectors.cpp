// labels: unit golden stat
#include "causal/bandits/change/detectors.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::bandits;

namespace {

struct Delays {
  double mean = 0;
  double standard_error = 0;
};

// Mean number of changed innovations until `step` reports an alarm, over 2000 runs that begin with 20 unchanged ones.
Delays delays(double shift, const std::function<std::function<bool(double)>()>& detector) {
  const int runs = 2000;
  double sum = 0, squares = 0;
  for (int run = 0; run < runs; ++run) {
    RandomStream stream(7, RandomDomain::Test, static_cast<std::uint32_t>(run));
    const auto step = detector();
    for (int t = 0; t < 20; ++t) (void)step(stream.normal());
    int delay = 1;
    while (!step(shift + stream.normal())) ++delay;
    sum += delay;
    squares += static_cast<double>(delay) * delay;
  }
  const double mean = sum / runs;
  return {mean, std::sqrt((squares / runs - mean * mean) / runs)};
}

std::function<bool(double)> window_detector(double threshold) {
  return [window = KlWindow(20, 1), threshold](double e) mutable {
    window.add(e);
    const auto statistic = window.statistic();
    return statistic && *statistic > threshold;
  };
}

}  // namespace

TEST_CASE("the divergence of two normals, by hand") {
  CHECK(kl_statistic(std::vector<double>{1, 3}, 1) == 2.0);   // mean 2, variance 1: (1 + 4) / 2 - 1/2
  CHECK(kl_statistic(std::vector<double>{-1, 1}, 1) == 0.0);  // mean 0, variance 1
  CHECK(kl_statistic(std::vector<double>{-2, 2}, 2) == 0.0);
  CHECK(std::isinf(kl_statistic(std::vector<double>{1, 1}, 1)));
  CHECK(kl_threshold(20, 1e4, 20) == doctest::Approx(0.7934).epsilon(1e-3));
  CHECK_THROWS_AS((void)kl_statistic(std::vector<double>{}, 1), InvalidArgument);
  CHECK_THROWS_AS(KlWindow(1, 1), InvalidArgument);
}

TEST_CASE("quantiles of the divergence when nothing changes") {
  const int runs = 40000;
  std::vector<double> values(runs);
  for (int k = 0; k < runs; ++k) {
    RandomStream stream(8, RandomDomain::Test, static_cast<std::uint32_t>(k));
    std::vector<double> e(20);
    stream.fill_normal(e);
    values[static_cast<std::size_t>(k)] = kl_statistic(e, 1);
  }
  std::sort(values.begin(), values.end());
  // Reference values .243 and .368 were simulated independently. The tail is about exp(-20 h): the density at the .99
  // quantile is .2, the standard error sqrt(.01 * .99 / 40000) / .2 = .0025, and at .999 .008.
  CHECK(values[static_cast<std::size_t>(0.99 * runs)] == doctest::Approx(0.243).epsilon(0.01 / 0.243));
  CHECK(std::abs(values[static_cast<std::size_t>(0.999 * runs)] - 0.368) < 0.03);
}

TEST_CASE("how long a shift of three standard deviations stays unseen") {
  // Reference 12.0 and 5.4 samples (thresholds 2 and 0.6) from an independent simulation of 2000 runs.
  const Delays slow = delays(3, [] { return window_detector(2); });
  const Delays fast = delays(3, [] { return window_detector(0.6); });
  CHECK(std::abs(slow.mean - 12.0) < 0.5);
  CHECK(std::abs(fast.mean - 5.4) < 0.3);
  // The log likelihood ratio of a known shift d rises by d^2 / 2 a sample, so a threshold h takes at least about
  // h / (d^2 / 2); the window must also fill up.
  const double threshold = GlrDetector::threshold(20, 1e4);
  const Delays cusum = delays(3, [threshold] {
    return [detector = Cusum(1, 3), threshold](double e) mutable {
      detector.add(e);
      return detector.statistic() > threshold;
    };
  });
  const Delays glr = delays(3, [threshold] {
    return [detector = GlrDetector(1), threshold](double e) mutable {
      detector.add(e);
      return detector.peak().statistic > threshold;
    };
  });
  CHECK(cusum.mean > threshold / 4.5);
  CHECK(cusum.mean < threshold / 4.5 + 1.5);
  CHECK(glr.mean > threshold / 4.5 - 3 * glr.standard_error - 0.5);
  CHECK(glr.mean < slow.mean);
}

TEST_CASE("no false alarms in ten thousand innovations") {
  RandomStream stream(9, RandomDomain::Test);
  KlWindow window(20, 1);
  GlrDetector glr(1);
  Cusum cusum(1, 1);
  int alarms = 0;
  const double threshold = GlrDetector::threshold(20, 1e4);
  for (int t = 0; t < 10000; ++t) {
    const double e = stream.normal();
    window.add(e);
    glr.add(e);
    cusum.add(e);
    const auto statistic = window.statistic();
    alarms += statistic && *statistic > 2 ? 1 : 0;
    alarms += glr.peak().statistic > threshold ? 1 : 0;
    alarms += cusum.statistic() > threshold ? 1 : 0;
  }
  CHECK(alarms == 0);
}

TEST_CASE("the likelihood ratio dates the change and sees a change of variance") {
  int close = 0;
  for (std::uint32_t run = 0; run < 100; ++run) {
    RandomStream stream(10, RandomDomain::Test, run);
    GlrDetector glr(2);
    for (int t = 0; t < 200; ++t) glr.add(2 * stream.normal());
    for (int t = 0; t < 40; ++t) glr.add(6 * stream.normal());  // three times the sd
    const GlrDetector::Peak peak = glr.peak();
    CHECK(peak.statistic > GlrDetector::threshold(20, 1e4));
    close += peak.tail >= 30 && peak.tail <= 50 ? 1 : 0;
  }
  CHECK(close >= 80);
}
