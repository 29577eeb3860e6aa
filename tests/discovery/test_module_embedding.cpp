// labels: golden oracle
// Gram matrices of mechanisms against reference values and against their formula written out.
#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "causal/discovery/search/changing_modules.hpp"
#include "causal/discovery/search/driving_force.hpp"
#include "causal/run/random.hpp"
#include "support/changing_pairs.hpp"
#include "support/numpy_legacy_random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// 60 rows of x driven by sin(t/5) and y = .8 x + cos(t/9) + noise, from NumPy's RandomState(10); nodes x, y, time.
NodeTable reference_pair() {
  test::NumpyRandom random(10);
  const VectorXd noise = random.draws(120, &test::NumpyRandom::normal);
  VectorXd x(60);
  VectorXd y(60);
  for (Eigen::Index i = 0; i < 60; ++i) {
    const auto t = static_cast<double>(i + 1);
    x[i] = 0.5 * noise[i] + std::sin(t / 5);
    y[i] = 0.8 * x[i] + std::cos(t / 9) + 0.3 * noise[60 + i];
  }
  return NodeTable({{.name = "x", .numeric = x}, {.name = "y", .numeric = y}, test::time_node(60)});
}

double score(const NodeTable& table, NodeId effect, NodeId cause, double width, ModuleDependence measure) {
  return module_score(table, 2, effect, {cause}, {.width_x = width, .dependence = measure}).dependence;
}

// The formulas as they stand: every matrix in full, inverses by LU.
VectorXd naive_standardised(const VectorXd& v) {
  const VectorXd centred = v.array() - v.mean();
  const double sd = std::sqrt(centred.squaredNorm() / static_cast<double>(v.size() - 1));
  return sd > 0 ? VectorXd(centred / sd) : VectorXd(VectorXd::Zero(v.size()));
}

MatrixXd naive_kernel(const NodeTable& table, const std::vector<NodeId>& nodes, double width) {
  MatrixXd K = MatrixXd::Ones(table.rows(), table.rows());
  for (const NodeId v : nodes) {
    for (Eigen::Index k = 0; k < table.node(v).numeric.cols(); ++k) {
      const VectorXd z = naive_standardised(table.node(v).numeric.col(k));
      for (Eigen::Index i = 0; i < z.size(); ++i) {
        for (Eigen::Index j = 0; j < z.size(); ++j) {
          K(i, j) *= std::exp(-(z[i] - z[j]) * (z[i] - z[j]) / (2 * width * width));
        }
      }
    }
    for (Eigen::Index k = 0; k < table.node(v).nominal.cols(); ++k) {
      const VectorXd code = table.node(v).nominal.col(k);
      for (Eigen::Index i = 0; i < code.size(); ++i) {
        for (Eigen::Index j = 0; j < code.size(); ++j) K(i, j) *= code[i] == code[j] ? 1 : 0;
      }
    }
  }
  return K;
}

MatrixXd naive_surrogate_kernel(const NodeTable& table, NodeId c, const ModuleOptions& options) {
  Node scaled = table.node(c);
  for (Eigen::Index k = 0; k < scaled.numeric.cols(); ++k) {
    const VectorXd v = scaled.numeric.col(k);
    for (Eigen::Index i = 0; i < v.size(); ++i) {
      std::vector<double> below;
      for (const double other : v) {
        if (other < v[i]) below.push_back(other);
      }
      std::sort(below.begin(), below.end());
      scaled.numeric(i, k) = static_cast<double>(std::unique(below.begin(), below.end()) - below.begin());
    }
    if (options.c_scale == SurrogateScale::ZScore) scaled.numeric.col(k) = naive_standardised(v);
  }
  MatrixXd K = MatrixXd::Ones(table.rows(), table.rows());
  for (Eigen::Index i = 0; i < K.rows(); ++i) {
    for (Eigen::Index j = 0; j < K.rows(); ++j) {
      double distance = 0;
      for (Eigen::Index k = 0; k < scaled.numeric.cols(); ++k) {
        distance += std::pow(scaled.numeric(i, k) - scaled.numeric(j, k), 2);
      }
      K(i, j) = std::exp(-distance / (2 * options.width_c * options.width_c));
      for (Eigen::Index k = 0; k < scaled.nominal.cols(); ++k) {
        if (scaled.nominal(i, k) != scaled.nominal(j, k)) K(i, j) = 0;
      }
    }
  }
  return K;
}

MatrixXd naive_gram(const NodeTable& table, NodeId c, const std::vector<NodeId>& nodes,
                    const std::vector<NodeId>& parents, const ModuleOptions& options) {
  const Eigen::Index n = table.rows();
  const MatrixXd Kc = naive_surrogate_kernel(table, c, options);
  const MatrixXd Ky = naive_kernel(table, nodes, options.width_x);
  const MatrixXd Kx = parents.empty() ? MatrixXd(MatrixXd::Ones(n, n)) : naive_kernel(table, parents, options.width_x);
  const MatrixXd joint = Kx.cwiseProduct(Kc) + options.lambda * MatrixXd::Identity(n, n);
  const MatrixXd W = joint.inverse();
  const MatrixXd inner = (Kx * Kx * Kx).cwiseProduct(W * Ky * W);
  const MatrixXd rows = Kc * inner * Kc / static_cast<double>(n * n);
  const SurrogatePoints points = surrogate_points(table, c, options);
  std::vector<Eigen::Index> any(points.values.size(), -1);
  for (std::size_t i = 0; i < points.of_row.size(); ++i) {
    any[static_cast<std::size_t>(points.of_row[i])] = static_cast<Eigen::Index>(i);
  }
  return rows(any, any);
}

double relative_error(const MatrixXd& got, const MatrixXd& wanted) {
  return (got - wanted).cwiseAbs().maxCoeff() / wanted.cwiseAbs().maxCoeff();
}

Node random_node(const std::string& name, Eigen::Index n, Eigen::Index numeric, Eigen::Index nominal,
                 RandomStream& stream) {
  Node node{.name = name, .numeric = MatrixXd(n, numeric), .nominal = MatrixXd(n, nominal)};
  for (double& value : node.numeric.reshaped()) value = stream.normal();
  for (double& value : node.nominal.reshaped()) value = static_cast<double>(stream.below(3));
  return node;
}

// A surrogate in random row order: time (0), repeated times (1), domains of unequal sizes (2), both (3).
Node random_surrogate(int kind, Eigen::Index n, RandomStream& stream) {
  Node node{.name = "c", .surrogate = true};
  if (kind != 2) {
    node.numeric.resize(n, 1);
    const std::vector<int> order = stream.permutation(static_cast<int>(n));
    for (Eigen::Index i = 0; i < n; ++i) {
      const int t = order[static_cast<std::size_t>(i)];
      node.numeric(i, 0) = kind == 0 ? t + 0.25 * (t % 3) : t / 4;
    }
  }
  if (kind >= 2) {
    node.nominal.resize(n, 1);
    for (double& code : node.nominal.reshaped()) code = std::floor(7 * std::pow(stream.uniform(), 2));
  }
  return node;
}

}  // namespace

TEST_CASE("NumPy's legacy generator is reproduced") {
  test::NumpyRandom random(10);
  CHECK(random.normal() == doctest::Approx(1.33158650).epsilon(1e-8));
  CHECK(random.normal() == doctest::Approx(0.71527897).epsilon(1e-7));
  CHECK(random.normal() == doctest::Approx(-1.54540029).epsilon(1e-8));
  const NodeTable pair = reference_pair();
  CHECK(pair.node(0).numeric(2, 0) == doctest::Approx(-0.208057673).epsilon(1e-8));
  CHECK(pair.node(1).numeric(0, 0) == doctest::Approx(1.6157489).epsilon(1e-7));
}

// Provenance: dense evaluation of the formulas of the docs in R, on the rows above.
TEST_CASE("scores of both directions equal the reference values") {
  const NodeTable pair = reference_pair();
  const auto near = [](double wanted) { return doctest::Approx(wanted).epsilon(1e-8); };
  CHECK(score(pair, 1, 0, 0.1, ModuleDependence::Raw) == near(.00590802418));
  CHECK(score(pair, 1, 0, 0.1, ModuleDependence::Normalised) == near(.0426919272));
  CHECK(score(pair, 0, 1, 0.1, ModuleDependence::Raw) == near(.00655575072));
  CHECK(score(pair, 0, 1, 0.1, ModuleDependence::Normalised) == near(.0465257128));
  CHECK(score(pair, 1, 0, 0.5, ModuleDependence::Raw) == near(.0156554622));
  CHECK(score(pair, 1, 0, 0.5, ModuleDependence::Normalised) == near(.116502403));
  CHECK(score(pair, 0, 1, 0.5, ModuleDependence::Raw) == near(.0160817471));
  CHECK(score(pair, 0, 1, 0.5, ModuleDependence::Normalised) == near(.12781975));
}

TEST_CASE("the driving force of P(y | x) equals the reference values") {
  const NodeTable pair = reference_pair();
  const ModuleOptions options{.width_x = 0.5, .width_c = 5, .lambda = 1};
  const NodeId y[] = {1};
  const NodeId x[] = {0};
  const MatrixXd M = mechanism_gram(pair, 2, y, x, options);
  CHECK(M(0, 0) == doctest::Approx(.0819954618).epsilon(1e-8));
  CHECK(M(0, 59) == doctest::Approx(.0436052765).epsilon(1e-8));
  CHECK(M(29, 30) == doctest::Approx(.117262659).epsilon(1e-8));
  // exp(-D / (2 median)) at the median distance is exp(-1/2); half way between the two middle distances of 1770.
  std::vector<double> distances;
  for (Eigen::Index i = 0; i < 60; ++i) {
    for (Eigen::Index j = 0; j < i; ++j) distances.push_back(M(i, i) + M(j, j) - 2 * M(i, j));
  }
  std::sort(distances.begin(), distances.end());
  CHECK(0.5 * (distances[884] + distances[885]) == doctest::Approx(.0975320603).epsilon(1e-8));

  const RunOptions run;
  const DrivingForces found =
      driving_forces(pair, 2, {1}, {{0}}, {.module = options, .components = 4}, run, StopSignal(run));
  REQUIRE(found.forces.size() == 1);
  const DrivingForce& force = found.forces[0];
  REQUIRE(force.components.size() == 4);
  // The squared norm of component k is m times the k-th eigenvalue of the centred kernel over m.
  const double wanted[] = {.175360614, .0721612916, .0628207844, .0307431431};
  for (std::size_t k = 0; k < 4; ++k) {
    const Eigen::Map<const VectorXd> component(force.components[k].data(), 60);
    CHECK(component.squaredNorm() / 60 == doctest::Approx(wanted[k]).epsilon(1e-7));
  }
  const Eigen::Map<const VectorXd> first(force.components[0].data(), 60);
  VectorXd driver(60);
  for (Eigen::Index i = 0; i < 60; ++i) driver[i] = std::cos(static_cast<double>(i + 1) / 9);
  driver.array() -= driver.mean();
  const VectorXd centred = first.array() - first.mean();
  CHECK(std::abs(centred.dot(driver)) / (centred.norm() * driver.norm()) == doctest::Approx(.977518438).epsilon(1e-7));
}

TEST_CASE("without parents both forms are the same") {
  // A constant parent has the kernel 11', with which the conditional formula becomes the marginal one.
  const NodeTable pair = reference_pair();
  const NodeTable table({pair.node(0), {.name = "one", .numeric = VectorXd::Ones(60)}, pair.node(2)});
  const NodeId x[] = {0};
  const NodeId one[] = {1};
  const ModuleOptions options{.width_x = 0.5, .width_c = 5, .lambda = 1};
  CHECK(relative_error(mechanism_gram(table, 2, x, one, options), mechanism_gram(table, 2, x, {}, options)) < 1e-12);
}

TEST_CASE("the kernel does not depend on the scale of the embeddings") {
  const NodeTable pair = reference_pair();
  const NodeId y[] = {1};
  const NodeId x[] = {0};
  const MatrixXd M = mechanism_gram(pair, 2, y, x);
  const MatrixXd G = embedding_kernel(M);
  for (const double scale : {1e-9, 0.5, 3.0, 1e9}) {
    CHECK((embedding_kernel(scale * M) - G).cwiseAbs().maxCoeff() < 1e-12);
  }
}

TEST_CASE("a mechanism that is the same everywhere scores 0 in both measures") {
  const MatrixXd same = MatrixXd::Constant(9, 9, 0.3);
  CHECK(embedding_kernel(same) == MatrixXd::Ones(9, 9));
  const NodeTable pair = reference_pair();
  const NodeId x[] = {0};
  const MatrixXd other = embedding_kernel(mechanism_gram(pair, 2, x, {}));
  const MatrixXd flat = MatrixXd::Ones(60, 60);
  for (const ModuleDependence measure : {ModuleDependence::Normalised, ModuleDependence::Raw}) {
    CHECK(module_dependence(flat, other, measure) == 0);
    CHECK(module_dependence(other, flat, measure) == 0);
    CHECK(module_dependence(flat, flat, measure) == 0);
  }
  const NodeTable constant({pair.node(0), {.name = "one", .numeric = VectorXd::Ones(60)}, pair.node(2)});
  CHECK(module_score(constant, 2, 1, {0}).dependence == 0);
  CHECK(module_score(constant, 2, 0, {1}).dependence == 0);
}

TEST_CASE("the fast form equals the formula written out") {
  RandomStream stream(7, RandomDomain::Test);
  int compared = 0;
  for (int round = 0; round < 48; ++round) {
    const auto n = static_cast<Eigen::Index>(20 + stream.below(150));
    const NodeTable table({random_node("y", n, 1 + round % 2, 0, stream), random_node("a", n, 1, 0, stream),
                           random_node("b", n, 2, 1, stream), random_node("d", n, 0, 1, stream),
                           random_surrogate(round % 4, n, stream)});
    const ModuleOptions options{.width_x = stream.uniform() < 0.5 ? 0.1 : 0.6,
                                .width_c = round % 3 == 0 ? 0.3 : 1.5,
                                .c_scale = round % 3 == 0 ? SurrogateScale::ZScore : SurrogateScale::Rank,
                                .lambda = stream.uniform() < 0.5 ? 2.0 : 0.05};
    const std::vector<NodeId> y{0};
    for (const std::vector<NodeId>& parents : std::vector<std::vector<NodeId>>{{}, {1}, {1, 2}, {3}, {1, 3}}) {
      const MatrixXd wanted = naive_gram(table, 4, y, parents, options);
      CHECK(relative_error(mechanism_gram(table, 4, y, parents, options), wanted) < 1e-9);
      ++compared;
    }
  }
  CHECK(compared == 240);
}

TEST_CASE("over domains the form by features equals the exact one") {
  RandomStream stream(8, RandomDomain::Test);
  for (int round = 0; round < 12; ++round) {
    const Eigen::Index n = 150;
    const NodeTable table(
        {random_node("y", n, 1, 0, stream), random_node("a", n, 1, round % 2, stream), random_surrogate(2, n, stream)});
    const ModuleOptions exact{.width_x = 0.3, .max_features = 200};
    ModuleOptions features = exact;
    features.exact_rows = 0;
    const std::vector<NodeId> y{0};
    for (const std::vector<NodeId>& parents : std::vector<std::vector<NodeId>>{{}, {1}}) {
      MatrixXd wanted = mechanism_gram(table, 2, y, parents, exact);
      const MatrixXd got = mechanism_gram(table, 2, y, parents, features);
      // Features leave at most 1e-8 of each diagonal entry of a kernel, 1e-4 of a feature vector's length; errors of
      // inner products are second order in them.
      CHECK(relative_error(got * wanted.trace() / got.trace(), wanted) < 1e-6);
    }
  }
}

TEST_CASE("in windows of a long time the matrix is the exact one at the middle of each bin") {
  RandomStream stream(12, RandomDomain::Test);
  for (int round = 0; round < 8; ++round) {
    const Eigen::Index n = 180;
    Node time = test::time_node(n);
    if (round >= 4) {  // two sites with a time of their own each
      time.nominal = MatrixXd::Zero(n, 1);
      time.nominal.col(0).tail(n / 2).setOnes();
    }
    const NodeTable table({random_node("y", n, 1, 0, stream), random_node("a", n, 1, round % 2, stream), time});
    const ModuleOptions exact{.width_x = 0.3, .width_c = 1.5};
    ModuleOptions windows = exact;
    windows.exact_rows = 0;
    windows.bins = 60;
    windows.max_features = 180;
    std::vector<Eigen::Index> middle;
    for (Eigen::Index c = 0; c < 60; ++c) middle.push_back(3 * c + 1);
    const std::vector<NodeId> y{0};
    for (const std::vector<NodeId>& parents : std::vector<std::vector<NodeId>>{{}, {1}}) {
      const MatrixXd wanted = mechanism_gram(table, 2, y, parents, exact)(middle, middle);
      MatrixXd got = mechanism_gram(table, 2, y, parents, windows);
      if (parents.empty()) CHECK(relative_error(got, wanted) < 1e-6);
      CHECK(relative_error(got * wanted.trace() / got.trace(), wanted) < 1e-6);
    }
  }
}

TEST_CASE("labels and the order of rows do not matter, missing cells drop rows") {
  const NodeTable table = test::domain_pair({5, 9, 3, 12, 7, 8}, test::Change::Additive, 3);
  const ModuleScore score = module_score(table, 2, 1, {0});
  Node relabelled = table.node(2);
  const double codes[] = {3, 5, 0, 1, 4, 2};
  for (double& code : relabelled.nominal.reshaped()) code = codes[static_cast<std::size_t>(code)];
  const NodeTable other({table.node(0), table.node(1), relabelled});
  CHECK(module_score(other, 2, 1, {0}).dependence == doctest::Approx(score.dependence).epsilon(1e-10));

  RandomStream stream(9, RandomDomain::Test);
  std::vector<std::int64_t> order;
  for (const int i : stream.permutation(static_cast<int>(table.rows()))) order.push_back(i);
  CHECK(module_score(table.select_rows(order), 2, 1, {0}).dependence ==
        doctest::Approx(score.dependence).epsilon(1e-10));

  Node gap = table.node(0);
  gap.numeric(4, 0) = gap.numeric(20, 0) = std::nan("");
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 0; i < table.rows(); ++i) {
    if (i != 4 && i != 20) kept.push_back(i);
  }
  const NodeTable with_gap({gap, table.node(1), table.node(2)});
  CHECK(module_score(with_gap, 2, 1, {0}).dependence == module_score(table.select_rows(kept), 2, 1, {0}).dependence);
}

TEST_CASE("the overlap is small where the ranges of the cause are apart") {
  RandomStream stream(10, RandomDomain::Test);
  Node apart{.name = "x", .numeric = MatrixXd(200, 1)};
  Node alike = apart;
  for (Eigen::Index i = 0; i < 200; ++i) {
    alike.numeric(i, 0) = stream.normal();
    apart.numeric(i, 0) = stream.normal() + 10.0 * static_cast<double>(i / 50);
  }
  const Node y = random_node("y", 200, 1, 0, stream);
  const Node site = test::domain_node({50, 50, 50, 50});
  CHECK(module_score(NodeTable({apart, y, site}), 2, 1, {0}).overlap < 0.25);  // 90 % of a quarter of the rows
  CHECK(module_score(NodeTable({alike, y, site}), 2, 1, {0}).overlap > 0.75);
}

TEST_CASE("wrong calls are named") {
  const NodeTable pair = reference_pair();
  CHECK_THROWS_AS(std::ignore = module_score(pair, 2, 1, {}), InvalidArgument);
  CHECK_THROWS_AS(std::ignore = module_score(pair, 2, 1, {1}), InvalidArgument);
  CHECK_THROWS_AS(std::ignore = module_score(pair, 2, 1, {2}), InvalidArgument);
  CHECK_THROWS_AS(std::ignore = module_score(pair, 2, 5, {1}), InvalidArgument);
  CHECK_THROWS_AS(std::ignore = module_score(pair, 2, 1, {0}, {.lambda = 0}), InvalidArgument);
}
