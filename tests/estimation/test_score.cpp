// labels: unit oracle golden determinism
// Kernel densities and the scores made from them.

#include <cmath>
#include <numbers>
#include <vector>

#include "causal/estimation/debias/kernel_density.hpp"
#include "causal/estimation/debias/score_table.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::estimation;

namespace {

const std::vector<double> kTiny{1.5, 1.8, 3.4, 3.9, 5.2, 5.5, 7.6, 7.7};

double sd_of(const std::vector<double>& sample) {
  const Eigen::Map<const Eigen::VectorXd> x(sample.data(), std::ssize(sample));
  return std::sqrt((x.array() - x.mean()).square().sum() / static_cast<double>(sample.size() - 1));
}

std::vector<double> two_humps(int n) {
  RandomStream stream(5, RandomDomain::Test);
  std::vector<double> sample;
  for (int i = 0; i < n; ++i) sample.push_back((stream.uniform() < 0.4 ? -1.5 : 1.2) + 0.6 * stream.normal());
  return sample;
}

// A density's masses at nodes, as if a sample of n rows lay exactly so.
struct Lattified {
  Lattice lattice;
  Eigen::VectorXd masses;
  double mean = 0, variance = 0;
};

template <class Density>
Lattified lattified(Density&& density, double low, double high, int nodes, double n) {
  Lattified result{{low, (high - low) / (nodes - 1), 0, nodes - 1}, Eigen::VectorXd(nodes)};
  for (int k = 0; k < nodes; ++k) {
    const double u = low + result.lattice.step * k;
    result.masses(k) = n * density(u) * result.lattice.step;
    result.mean += result.masses(k) * u / n;
    result.variance += result.masses(k) * u * u / n;
  }
  result.variance -= result.mean * result.mean;
  return result;
}

double normal_pdf(double x, double mean, double sd) {
  return std::exp(-0.5 * (x - mean) * (x - mean) / (sd * sd)) / (sd * std::sqrt(2 * std::numbers::pi));
}

}  // namespace

TEST_CASE("the kernel density of eight numbers") {
  // Computed in R 4.2 with base functions: mean(dnorm((x - F) / h)) / h and its derivative, h = sd(F) * 8^(-1/5).
  const double h = kernel_bandwidth(BandwidthRule::Scott, 8, sd_of(kTiny));
  CHECK(h == doctest::Approx(1.560366425).epsilon(1e-9));
  const std::vector<double> at{0, 3, 5, 9};
  const KernelDensity found = exact_kernel_density(kTiny, {}, h, at);
  const double density[] = {0.04113361116, 0.1233384924, 0.1274875267, 0.04839148596};
  const double score[] = {0.7626097001, 0.09879194426, -0.05673661847, -0.6420999953};
  const double corrected[] = {-0.1101017755, 2.985736913, 5.008191349, 9.092703187};
  const double sigma = 0.3799671038;
  for (int j = 0; j < 4; ++j) {
    CHECK(found.density(j) == doctest::Approx(density[j]).epsilon(1e-9));
    CHECK(found.score(j) == doctest::Approx(score[j]).epsilon(1e-9));
    CHECK(found.derivative(j) == doctest::Approx(density[j] * score[j]).epsilon(1e-9));
    CHECK(at[static_cast<std::size_t>(j)] - sigma * sigma * found.score(j) ==
          doctest::Approx(corrected[j]).epsilon(1e-8));
  }
}

TEST_CASE("the exact score is finite where every kernel has vanished, and is that of the nearest row") {
  const std::vector<double> at{-500, 500};
  const KernelDensity found = exact_kernel_density(kTiny, {}, 0.5, at);
  CHECK(found.density(0) == 0);
  CHECK(found.score(0) == doctest::Approx((1.5 + 500) / 0.25));
  CHECK(found.score(1) == doctest::Approx((7.7 - 500) / 0.25));
}

TEST_CASE("weights count rows several times") {
  const std::vector<double> at{2, 4.5};
  const std::vector<double> weights{2, 1, 0, 1, 1, 1, 1, 1};
  const std::vector<double> written_out{1.5, 1.5, 1.8, 3.9, 5.2, 5.5, 7.6, 7.7};
  const KernelDensity a = exact_kernel_density(kTiny, weights, 1, at);
  const KernelDensity b = exact_kernel_density(written_out, {}, 1, at);
  CHECK((a.density - b.density).cwiseAbs().maxCoeff() < 1e-15);
  CHECK((a.derivative - b.derivative).cwiseAbs().maxCoeff() < 1e-15);
}

TEST_CASE("rules for the bandwidth") {
  CHECK(kernel_bandwidth(BandwidthRule::Scott, 1000, 2) == doctest::Approx(2 * std::pow(1000, -0.2)));
  CHECK(kernel_bandwidth(BandwidthRule::Silverman, 1000, 2) == doctest::Approx(2 * std::pow(4.0 / 3000, 0.2)));
  CHECK(kernel_bandwidth(BandwidthRule::Derivative, 1000, 2) == doctest::Approx(2 * std::pow(4.0 / 5000, 1 / 7.0)));
  CHECK(kernel_bandwidth(BandwidthRule::User, 1000, 2, 0.3) == 0.3);
  CHECK_THROWS_AS((void)kernel_bandwidth(BandwidthRule::User, 1000, 2), InvalidArgument);
  CHECK_THROWS_AS((void)kernel_bandwidth(BandwidthRule::Scott, 1, 2), InvalidArgument);
  CHECK_THROWS_AS((void)kernel_bandwidth(BandwidthRule::Scott, 10, 0), InvalidArgument);
}

TEST_CASE("the grid keeps within its bounds of the exact density, and halving its step quarters the error") {
  const std::vector<double> sample = two_humps(4000);
  const double h = kernel_bandwidth(BandwidthRule::Scott, 4000, sd_of(sample));
  std::vector<double> at;
  for (double x = -3.2; x < 3; x += 0.0137) at.push_back(x);
  const KernelDensity exact = exact_kernel_density(sample, {}, h, at);
  double last_density = 0, last_score = 0;
  for (const int per : {4, 8, 16, 32}) {
    CAPTURE(per);
    const NodeMasses nodes = node_masses(sample, h, per);
    const KernelDensity grid = grid_kernel_density(nodes.mass / 4000, nodes.step, h);
    double density_error = 0, derivative_error = 0, score_error = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const double x = (at[i] - nodes.low) / nodes.step;
      const auto j = static_cast<Eigen::Index>(x);
      const double t = x - static_cast<double>(j);
      const double f = (1 - t) * grid.density(j) + t * grid.density(j + 1);
      const double d = (1 - t) * grid.derivative(j) + t * grid.derivative(j + 1);
      const auto k = static_cast<Eigen::Index>(i);
      density_error = std::max(density_error, std::abs(f - exact.density(k)));
      derivative_error = std::max(derivative_error, std::abs(d - exact.derivative(k)));
      score_error = std::max(score_error, std::abs(d / f - exact.score(k)));
    }
    CHECK(density_error <= 0.0997 * nodes.step * nodes.step / (h * h * h));
    CHECK(derivative_error <= 0.1377 * nodes.step * nodes.step / (h * h * h * h));
    if (per > 4) {
      // The error is quadratic in the step up to terms of higher order and to where the largest one falls.
      CHECK(last_density / density_error > 3.3);
      CHECK(last_density / density_error < 4.7);
      CHECK(last_score / score_error > 3.3);
      CHECK(last_score / score_error < 4.7);
    }
    last_density = density_error;
    last_score = score_error;
  }
}

TEST_CASE("masses and densities have the same bytes at any number of threads") {
  const std::vector<double> sample = two_humps(600000);  // Three blocks.
  const NodeMasses one = node_masses(sample, 0.05, 16, 1);
  const KernelDensity density = grid_kernel_density(one.mass, one.step, 0.05, 1);
  CHECK(one.mass.sum() == doctest::Approx(600000).epsilon(1e-12));
  for (const int threads : {2, 4}) {
    const NodeMasses more = node_masses(sample, 0.05, 16, threads);
    CHECK((one.mass.array() == more.mass.array()).all());
    const KernelDensity again = grid_kernel_density(more.mass, more.step, 0.05, threads);
    CHECK((density.density.array() == again.density.array()).all());
    CHECK((density.derivative.array() == again.derivative.array()).all());
  }
}

TEST_CASE("for normal predictions every score is linear") {
  const Lattified rows = lattified([](double u) { return normal_pdf(u, 0.7, 1.3); }, -9, 10.4, 2001, 1e6);
  for (const ScoreKind kind : {ScoreKind::Kde, ScoreKind::Lindsey, ScoreKind::Gmm}) {
    CAPTURE(enum_name(kind));
    const ScoreTable table = fit_score(rows.lattice, 0, rows.masses, rows.mean, rows.variance, 0.1, {.kind = kind});
    for (Eigen::Index k = 0; k < rows.masses.size(); ++k) {
      const double u = rows.lattice.low + rows.lattice.step * static_cast<double>(k);
      if (std::abs(u - 0.7) > 2.75 * 1.3) continue;  // A natural spline is straight beyond its outer knots.
      // With the variance correction a normal density's kernel estimate is exact; the spline's ends, where its second
      // derivative is 0 and the truth's is not, cost at most a knot spacing times that.
      CHECK(std::abs(table.score.values(k) + (u - 0.7) / 1.69) < (kind == ScoreKind::Lindsey ? 0.25 : 1e-6));
    }
  }
}

TEST_CASE("a spline and a mixture find the score of three humps") {
  const double weight[] = {0.22, 0.43, 0.35};
  const double mean[] = {-2.2, -0.3, 1.9};
  const auto density = [&](double u) {
    double sum = 0;
    for (int c = 0; c < 3; ++c) sum += weight[c] * normal_pdf(u, mean[c], 0.35);
    return sum;
  };
  const Lattified rows = lattified(density, -5, 5, 2001, 1e6);
  const auto error = [&](const ScoreOptions& options) {
    const ScoreTable table = fit_score(rows.lattice, 0, rows.masses, rows.mean, rows.variance, 0.1, options);
    double square = 0;
    for (Eigen::Index k = 0; k < rows.masses.size(); ++k) {
      const double u = rows.lattice.low + rows.lattice.step * static_cast<double>(k);
      double slope = 0;
      for (int c = 0; c < 3; ++c) slope -= weight[c] * normal_pdf(u, mean[c], 0.35) * (u - mean[c]) / (0.35 * 0.35);
      const double gap = table.score.values(k) - slope / std::max(density(u), 1e-300);
      if (density(u) > 1e-12) square += gap * gap * rows.masses(k) / 1e6;
    }
    return std::sqrt(square);
  };
  // The score's own root mean square is about 1 / 0.35 = 2.9.
  CHECK(error({.kind = ScoreKind::Gmm}) < 1e-3);
  CHECK(error({.kind = ScoreKind::Kde}) < 0.6);
  CHECK(error({.kind = ScoreKind::Lindsey, .spline_df = 12}) < error({.kind = ScoreKind::Lindsey, .spline_df = 4}));
  CHECK(error({.kind = ScoreKind::Lindsey, .spline_df = 0}) < error({.kind = ScoreKind::Lindsey, .spline_df = 4}));
}

TEST_CASE("tails go on with the slope of a normal density, and gaps are bridged") {
  std::vector<double> sample = two_humps(2000);
  for (double& value : sample) value += value > 0 ? 8 : -8;  // Nothing in between.
  const double sd = sd_of(sample);
  const double h = 0.3;
  const NodeMasses nodes = node_masses(sample, h);
  const Lattice lattice{nodes.low, nodes.step, 0, nodes.mass.size() - 1};
  const ScoreTable table = fit_score(lattice, 0, nodes.mass, 0, sd * sd, h, {});
  CHECK(table.score.values.allFinite());
  CHECK(table.tail_rows > 0);
  CHECK(table.tail_rows < 60);
  const Eigen::Index low = table.low_edge;
  CHECK(table.score.values(low - 20) == doctest::Approx(table.score.values(low) + 20 * nodes.step / (sd * sd)));
  CHECK(table.score.slope_above == doctest::Approx(-nodes.step / (sd * sd)));
  // Between the humps the score rises from the left one's right flank to the right one's left flank, in a straight
  // line.
  const auto middle = static_cast<Eigen::Index>(-nodes.low / nodes.step);
  const double bend = table.score.values(middle + 9) - 2 * table.score.values(middle) + table.score.values(middle - 9);
  CHECK(std::abs(bend) < 1e-9);
  CHECK(table.score.values(middle + 9) > table.score.values(middle));
}
