// labels: oracle stat determinism unit
#include "causal/discovery/ci/rcot.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "causal/discovery/ci/g_square.hpp"
#include "causal/math/weighted_chi_square.hpp"
#include "causal/run/error.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

using Vector = Eigen::VectorXd;
using Set = std::vector<NodeId>;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

Vector normals(int n, RandomStream& stream) {
  Vector values(n);
  for (double& value : values) value = stream.normal();
  return values;
}

Node numeric(const std::string& name, const Vector& values) { return {.name = name, .numeric = values}; }
Node nominal(const std::string& name, const Vector& codes) { return {.name = name, .nominal = codes}; }
Node time_index(int n) { return {.name = "C", .numeric = Vector::LinSpaced(n, 0, n - 1), .surrogate = true}; }
Node domains(const Vector& codes) { return {.name = "C", .nominal = codes, .surrogate = true}; }

Vector sine(int n, double cycles) {
  return (Vector::LinSpaced(n, 0, n - 1) * (2 * std::numbers::pi * cycles / n)).array().sin();
}

using Maker = std::function<std::vector<Node>(int, RandomStream&)>;

// The part of `draws` data sets in which nodes 0 and 1 are found dependent given `S` at 0.05.
double rejection_rate(const Maker& make, const Set& S, int n, int draws, const RcotOptions& options = {}) {
  std::atomic<int> rejected{0};
  parallel_for(draws, 0, [&](std::int64_t draw) {
    RandomStream stream(5, RandomDomain::Test, static_cast<std::uint32_t>(draw), static_cast<std::uint32_t>(n));
    const Rcot test(NodeTable(make(n, stream)), options, {.threads = 1, .seed = static_cast<std::uint64_t>(draw)});
    const CiResult result = test.test(0, 1, S);
    CHECK(result.status == Status::Ok);
    rejected += result.p_value < 0.05 ? 1 : 0;
  });
  return static_cast<double>(rejected) / draws;
}

std::vector<Node> common_causes(int n, int causes, bool linear, RandomStream& stream) {
  std::vector<Node> nodes;
  Vector x = Vector::Zero(n), y = Vector::Zero(n);
  std::vector<Node> z;
  for (int k = 0; k < causes; ++k) {
    const Vector cause = normals(n, stream);
    z.push_back(numeric("z" + std::to_string(k), cause));
    x += linear ? cause : Vector((2 * cause).array().tanh());
    y += linear ? cause : Vector(cause.array().square());
  }
  const double scale = 1 / std::sqrt(std::max(1, causes));
  nodes.push_back(numeric("x", scale * x + 0.7 * normals(n, stream)));
  nodes.push_back(numeric("y", scale * y + 0.7 * normals(n, stream)));
  nodes.insert(nodes.end(), z.begin(), z.end());
  return nodes;
}

// A table with nodes of every kind: numeric a, b, mixed m, nominal g, and a surrogate.
std::vector<Node> mixed_nodes(int n, bool time, RandomStream& stream) {
  const Vector a = normals(n, stream);
  const Vector b = 0.5 * a + normals(n, stream);
  Vector codes(n), places(n);
  for (int i = 0; i < n; ++i) {
    codes[i] = static_cast<double>(stream.below(3)) + (a[i] > 1 ? 1 : 0);
    places[i] = static_cast<double>(stream.below(4));
  }
  Node mixed = numeric("m", b.array().square() + normals(n, stream).array());
  mixed.nominal = codes;
  return {numeric("a", a), numeric("b", b), mixed, nominal("g", codes), time ? time_index(n) : domains(places)};
}

void check_same(const CiResult& one, const CiResult& other) {
  CHECK(one.status == other.status);
  CHECK(one.statistic == other.statistic);
  if (one.status == Status::Ok) CHECK(one.p_value == other.p_value);
}

// Every test of two of the first `nodes` given up to two others, compared.
template <class Compare>
void for_all_questions(int nodes, const Compare& compare) {
  for (NodeId x = 0; x < nodes; ++x) {
    for (NodeId y = x + 1; y < nodes; ++y) {
      compare(x, y, Set{});
      for (NodeId s = 0; s < nodes; ++s) {
        if (s == x || s == y) continue;
        compare(x, y, Set{s});
        for (NodeId t = s + 1; t < nodes; ++t) {
          if (t != x && t != y) compare(x, y, Set{s, t});
        }
      }
    }
  }
}

}  // namespace

TEST_CASE("two nominal nodes: Pearson's chi-square") {
  RandomStream stream(1, RandomDomain::Test);
  const int n = 400;
  Eigen::MatrixXd cells(n, 2);
  for (int i = 0; i < n; ++i)
    cells.row(i) << static_cast<double>(stream.below(3)), static_cast<double>(stream.below(4));
  const Dataset data(
      cells, {{"g", VariableType::Discrete, {"a", "b", "c"}}, {"h", VariableType::Discrete, {"a", "b", "c", "d"}}});
  const CiResult ours = Rcot(data).test(0, 1, {});
  const CiResult pearson = GSquare(data, {.statistic = TableStatistic::ChiSquare}).test(0, 1, {});
  CHECK(ours.statistic == doctest::Approx(pearson.statistic).epsilon(1e-10));
  CHECK(ours.dof == doctest::Approx(6).epsilon(1e-9));
  // The null is that of permuted rows, n / (n - 1) wider than chi-square with 6 degrees of freedom.
  const std::vector<double> weights(6, n / (n - 1.0));
  CHECK(ours.p_value == doctest::Approx(weighted_chi_square_upper_p(pearson.statistic, weights)).epsilon(1e-8));
}

TEST_CASE("nominal nodes given nominal nodes: the definition, row by row") {
  RandomStream stream(2, RandomDomain::Test);
  const int n = 600;
  Vector x(n), y(n), u(n), v(n);
  for (int i = 0; i < n; ++i) {
    u[i] = static_cast<double>(stream.below(3));
    v[i] = static_cast<double>(stream.below(2));
    x[i] = std::fmod(u[i] + static_cast<double>(stream.below(2)), 3);
    y[i] = std::fmod(u[i] * v[i] + static_cast<double>(stream.below(3)), 4);
  }
  for (const Set& S : {Set{2}, Set{2, 3}}) {
    // Indicators over the square root of the level's share, their means within strata of S taken out.
    std::map<std::pair<int, int>, std::vector<int>> strata;
    for (int i = 0; i < n; ++i)
      strata[{static_cast<int>(u[i]), S.size() > 1 ? static_cast<int>(v[i]) : 0}].push_back(i);
    const auto residuals = [&](const Vector& codes) {
      Eigen::MatrixXd r = Eigen::MatrixXd::Zero(n, static_cast<Eigen::Index>(codes.maxCoeff()) + 1);
      for (int i = 0; i < n; ++i) r(i, static_cast<Eigen::Index>(codes[i])) = 1;
      const Eigen::RowVectorXd share = r.colwise().mean();
      for (Eigen::Index k = 0; k < r.cols(); ++k) r.col(k) /= std::sqrt(share[k]);
      for (const auto& [stratum, rows] : strata) {
        Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(r.cols());
        for (const int i : rows) mean += r.row(i) / static_cast<double>(rows.size());
        for (const int i : rows) r.row(i) -= mean;
      }
      return r;
    };
    const Eigen::MatrixXd rx = residuals(x);
    const Eigen::MatrixXd ry = residuals(y);
    const double statistic = n * (rx.transpose() * ry / n).squaredNorm();
    Eigen::MatrixXd products(n, rx.cols() * ry.cols());
    for (Eigen::Index a = 0; a < rx.cols(); ++a) {
      for (Eigen::Index b = 0; b < ry.cols(); ++b) {
        products.col(a * ry.cols() + b) = rx.col(a).cwiseProduct(ry.col(b));
      }
    }
    const double dof = static_cast<double>(strata.size()) - 1;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> spectrum(products.transpose() * products / (n - 1 - dof));
    const Vector weights = spectrum.eigenvalues();

    for (const auto& [null, approximation] : {std::pair{RandomFeatureNull::Sw, MixtureApproximation::Sw},
                                              std::pair{RandomFeatureNull::Hbe, MixtureApproximation::Hbe},
                                              std::pair{RandomFeatureNull::Lpb4, MixtureApproximation::Lpb4}}) {
      const Rcot test(NodeTable({nominal("x", x), nominal("y", y), nominal("u", u), nominal("v", v)}), {.null = null});
      const CiResult result = test.test(0, 1, S);
      // The ridge of 1e-10 is the difference.
      CHECK(result.statistic == doctest::Approx(statistic).epsilon(1e-7));
      const double p = weighted_chi_square_upper_p(
          statistic, {weights.data(), static_cast<std::size_t>(weights.size())}, approximation);
      CHECK(result.p_value == doctest::Approx(p).epsilon(1e-5));
    }
  }
}

TEST_CASE("the mixture and permutations of residuals agree") {
  RandomStream stream(3, RandomDomain::Test);
  const int permutations = 4000;
  for (int round = 0; round < 6; ++round) {
    const NodeTable nodes(common_causes(400, 1, true, stream));
    const RunOptions run{.seed = static_cast<std::uint64_t>(round)};
    const Rcot permuted(nodes, {.null = RandomFeatureNull::Permutation, .permutations = permutations}, run);
    for (const Set& S : {Set{}, Set{2}}) {
      const double p = permuted.test(0, 1, S).p_value;
      // Four standard errors of the permutations, and what the approximation may be off by (see its header).
      CHECK(std::abs(Rcot(nodes, {.null = RandomFeatureNull::Lpb4}, run).test(0, 1, S).p_value - p) <
            4 * std::sqrt(p * (1 - p) / permutations) + 0.006 + (S.empty() ? 0 : 0.04));
    }
  }
}

// 400 (150) draws at a rate of 0.05 have a standard error of 0.011 (0.018). Above, the band allows for 2.8 of them and
// more; below, for the test's caution when features are many against rows.
TEST_CASE("the level holds") {
  for (const int causes : {0, 1, 3}) {
    for (const bool linear : {true, false}) {
      if (causes == 0 && !linear) continue;
      Set S;
      for (int k = 0; k < causes; ++k) S.push_back(2 + k);
      const auto make = [&](int n, RandomStream& stream) { return common_causes(n, causes, linear, stream); };
      for (const int n : {200, 1000}) {
        const double rate = rejection_rate(make, S, n, n == 200 ? 400 : 150);
        CAPTURE(causes);
        CAPTURE(linear);
        CAPTURE(n);
        CHECK(rate >= 0.01);
        CHECK(rate <= 0.10);
      }
    }
  }
}

TEST_CASE("the level holds when the surrogate is given or asked about") {
  // Both are moved by time; slopes that change with time, and between domains.
  const auto moved = [](int n, RandomStream& stream) {
    return std::vector<Node>{numeric("x", sine(n, 1.6) + 0.5 * normals(n, stream)),
                             numeric("y", sine(n, 1.6) + sine(n, 4) + 0.5 * normals(n, stream)), time_index(n)};
  };
  CHECK(rejection_rate(moved, {2}, 500, 150) <= 0.10);
  const auto slopes = [](int n, RandomStream& stream) {
    const Vector z = normals(n, stream);
    return std::vector<Node>{
        numeric("x", sine(n, 1.6).cwiseProduct(z) + 0.5 * normals(n, stream)),
        numeric("y", (sine(n, 1.6).array() + 0.5).matrix().cwiseProduct(z) + 0.5 * normals(n, stream)), numeric("z", z),
        time_index(n)};
  };
  CHECK(rejection_rate(slopes, {2, 3}, 500, 100) <= 0.10);
  const auto domain_slopes = [](int n, RandomStream& stream) {
    const Vector z = normals(n, stream);
    Vector codes(n), x(n), y(n);
    for (int i = 0; i < n; ++i) {
      codes[i] = i % 10;
      x[i] = std::sin(7 * codes[i]) * z[i] + 0.5 * stream.normal();
      y[i] = std::cos(7 * codes[i]) * z[i] + 0.5 * stream.normal();
    }
    return std::vector<Node>{numeric("x", x), numeric("y", y), numeric("z", z), domains(codes)};
  };
  CHECK(rejection_rate(domain_slopes, {2, 3}, 500, 100) <= 0.10);
  const auto chain = [](int n, RandomStream& stream) {
    const Vector x = 1.5 * sine(n, 1.6) + 0.5 * normals(n, stream);
    return std::vector<Node>{time_index(n), numeric("y", 0.8 * x + 0.5 * normals(n, stream)), numeric("x", x)};
  };
  const double rate = rejection_rate(chain, {2}, 500, 200);
  CHECK(rate >= 0.01);
  CHECK(rate <= 0.10);
}

TEST_CASE("dependence of every kind is found") {
  const auto square = [](int n, RandomStream& stream) {
    const Vector x = normals(n, stream);
    return std::vector<Node>{numeric("x", x), numeric("y", x.array().square().matrix() + normals(n, stream))};
  };
  CHECK(rejection_rate(square, {}, 500, 100) >= 0.95);
  const auto variance = [](int n, RandomStream& stream) {
    const Vector scale = 1 + 0.8 * sine(n, 1.6).array();
    return std::vector<Node>{numeric("x", scale.cwiseProduct(normals(n, stream))), time_index(n)};
  };
  CHECK(rejection_rate(variance, {}, 500, 100) >= 0.95);
  const auto fast = [](int n, RandomStream& stream) {
    return std::vector<Node>{numeric("x", sine(n, 16) + normals(n, stream)), time_index(n)};
  };
  CHECK(rejection_rate(fast, {}, 500, 100) >= 0.90);
  CHECK(rejection_rate(fast, {}, 1000, 60) >= 0.95);
  const auto moved = [](int n, RandomStream& stream) {
    const Vector x = normals(n, stream);
    return std::vector<Node>{numeric("y", 0.8 * x + sine(n, 1.6) + 0.5 * normals(n, stream)), time_index(n),
                             numeric("x", x)};
  };
  CHECK(rejection_rate(moved, {2}, 500, 100) >= 0.95);
  const auto domain = [](int n, RandomStream& stream) {
    Vector codes(n), x(n);
    for (int i = 0; i < n; ++i) {
      codes[i] = i % 5;
      x[i] = (codes[i] == 2 ? 2.5 : 1) * stream.normal();  // one domain is noisier
    }
    return std::vector<Node>{numeric("x", x), domains(codes)};
  };
  CHECK(rejection_rate(domain, {}, 500, 100) >= 0.95);
  CHECK(rejection_rate(square, {}, 500, 50, {.variant = RandomFeatureTest::Rcit}) >= 0.95);
}

// Residuals of 40 x 40 levels are projected on fewer directions. 60 draws: a standard error of 0.028.
TEST_CASE("many levels on both sides keep level and power") {
  for (const bool dependent : {false, true}) {
    const auto make = [dependent](int n, RandomStream& stream) {
      const Vector z = normals(n, stream);
      Vector x(n), y(n);
      for (int i = 0; i < n; ++i) {
        const double move = std::floor(10 + 4 * std::tanh(z[i]));
        x[i] = move + static_cast<double>(stream.below(26));
        y[i] = dependent && stream.uniform() < 0.6 ? x[i] : move + static_cast<double>(stream.below(26));
      }
      return std::vector<Node>{nominal("x", x), nominal("y", y), numeric("z", z)};
    };
    const double rate = rejection_rate(make, {2}, 500, dependent ? 20 : 60);
    if (dependent) {
      CHECK(rate >= 0.95);
    } else {
      CHECK(rate <= 0.15);
    }
  }
}

TEST_CASE("what is computed again is the same as what is kept, at any number of threads") {
  RandomStream stream(6, RandomDomain::Test);
  for (const bool time : {true, false}) {
    const NodeTable nodes(mixed_nodes(9001, time, stream));
    const Rcot kept(nodes, {}, {.threads = 1, .seed = 3});
    const Rcot streamed(nodes, {.cache_bytes = 0}, {.threads = 1, .seed = 3});
    const Rcot two(nodes, {}, {.threads = 2, .seed = 3});
    const Rcot four(nodes, {.cache_bytes = 0}, {.threads = 4, .seed = 3});
    for (const auto& [x, y, S] : {std::tuple{0, 1, Set{}}, std::tuple{0, 1, Set{2}}, std::tuple{0, 1, Set{2}},
                                  std::tuple{1, 4, Set{0}}, std::tuple{0, 3, Set{1, 4}}}) {
      const CiResult first = kept.test(x, y, S);
      CHECK(first.status == Status::Ok);
      for (const Rcot* other : {&streamed, &two, &four}) check_same(first, other->test(x, y, S));
    }
  }
}

TEST_CASE("nothing depends on the order of x and y, of columns, or on the labels of levels") {
  for (const RandomFeatureTest variant : {RandomFeatureTest::Rcot, RandomFeatureTest::Rcit}) {
    for (const bool time : {true, false}) {
      RandomStream stream(7, RandomDomain::Test);
      const std::vector<Node> nodes = mixed_nodes(300, time, stream);
      const std::vector<NodeId> moved_to{3, 0, 4, 2, 1};
      std::vector<Node> moved(nodes.size());
      for (std::size_t v = 0; v < nodes.size(); ++v) {
        Node node = nodes[v];
        for (double& code : node.nominal.reshaped()) code = 7 - 2 * std::min(code, 2.0) + (code > 2 ? 5 : 0);
        moved[static_cast<std::size_t>(moved_to[v])] = std::move(node);
      }
      const Rcot test(NodeTable(nodes), {.variant = variant});
      const Rcot other(NodeTable(moved), {.variant = variant});
      for_all_questions(5, [&](NodeId x, NodeId y, const Set& S) {
        const CiResult result = test.test(x, y, S);
        check_same(result, test.test(y, x, S));
        Set at;
        for (const NodeId s : S) at.push_back(moved_to[static_cast<std::size_t>(s)]);
        std::sort(at.begin(), at.end());
        const auto to = [&](NodeId v) { return moved_to[static_cast<std::size_t>(v)]; };
        check_same(result, other.test(to(x), to(y), at));
      });
    }
  }
}

TEST_CASE("rows with missing cells are left out of the tests that need them") {
  RandomStream stream(8, RandomDomain::Test);
  std::vector<Node> nodes = mixed_nodes(500, true, stream);
  std::vector<std::int64_t> complete;
  for (int i = 0; i < 500; ++i) {
    if (stream.uniform() < 0.2) {
      nodes[1].numeric(i, 0) = kNaN;
    } else {
      complete.push_back(i);
    }
  }
  const NodeTable table(nodes);
  const Rcot test(table);
  const Rcot selected(table.select_rows(complete));
  for (const auto& [x, y, S] :
       {std::tuple{0, 1, Set{}}, std::tuple{1, 3, Set{0}}, std::tuple{0, 4, Set{1, 3}}, std::tuple{1, 4, Set{2}}}) {
    check_same(test.test(x, y, S), selected.test(x, y, S));
  }
}

TEST_CASE("no data give NaN or p = 0") {
  RandomStream stream(9, RandomDomain::Test);
  const int n = 160;
  const Vector a = normals(n, stream);
  Vector spike = Vector::Zero(n), extreme = a, halves(n), repeated(n), holes = a, many(n), tiny = 1e-310 * a;
  spike[17] = 1;
  extreme[3] = 1e300;
  extreme[9] = -1.7e308;
  for (int i = 0; i < n; ++i) {
    halves[i] = stream.uniform() < 0.5 ? -3 : 1e10;
    repeated[i] = a[i / 40];
    if (i % 3 == 0) holes[i] = kNaN;
    many[i] = i;
  }
  const NodeTable nodes({numeric("a", a), numeric("copy", -2 * a.array() + 1), numeric("constant", Vector::Ones(n)),
                         numeric("spike", spike), numeric("extreme", extreme), numeric("halves", halves),
                         numeric("repeated", repeated), numeric("holes", holes), nominal("many", many),
                         numeric("tiny", tiny), numeric("offset", 1e15 + a.array()),
                         domains((many / 50).array().floor())});
  for (const RcotOptions& options :
       {RcotOptions{}, RcotOptions{.variant = RandomFeatureTest::Rcit, .null = RandomFeatureNull::Lpb4},
        RcotOptions{.null = RandomFeatureNull::Permutation, .permutations = 19}}) {
    const Rcot test(nodes, options);
    int answered = 0;
    for_all_questions(nodes.size(), [&](NodeId x, NodeId y, const Set& S) {
      // Some of the many, which ones differs between tests.
      const int key = x + 3 * y + (S.empty() ? 0 : 5 * S[0]) + (S.size() > 1 ? 7 * S[1] : 0);
      if (!S.empty() && key % (S.size() == 1 ? 5 : 40) != 0) return;
      const CiResult result = test.test(x, y, S);
      CHECK(std::isfinite(result.statistic));
      if (result.status == Status::Ok) {
        ++answered;
        CHECK(result.p_value > 0);
        CHECK(result.p_value <= 1);
      } else {
        CHECK(result.status == Status::Degenerate);
        CHECK(std::isnan(result.p_value));
      }
    });
    CHECK(answered > 50);
  }
}

TEST_CASE("what the data cannot answer is degenerate") {
  RandomStream stream(10, RandomDomain::Test);
  const int n = 300;
  const Vector a = normals(n, stream);
  const Vector b = normals(n, stream);
  const Vector w = normals(n, stream);
  Vector ids(n);
  for (int i = 0; i < n; ++i) ids[i] = i / 2;
  const Rcot test(NodeTable({numeric("a", a), numeric("b", b), numeric("copy", 3 * a), numeric("sum", a + b),
                             numeric("w", w), numeric("constant", Vector::Zero(n)), nominal("ids", ids)}));
  const auto degenerate = [&](NodeId x, NodeId y, const Set& S) {
    return test.test(x, y, S).status == Status::Degenerate;
  };
  CHECK(degenerate(0, 1, {2}));        // x is a copy of S
  CHECK(degenerate(0, 1, {2, 4}));     // also beside another
  CHECK(degenerate(0, 4, {1, 3}));     // x is a sum of S
  CHECK(degenerate(0, 5, {}));         // y is constant
  CHECK(degenerate(0, 1, {6}));        // S has too many levels
  CHECK_FALSE(degenerate(0, 1, {5}));  // S is constant, and left out
  check_same(test.test(0, 1, Set{5}), test.test(0, 1, {}));
  CHECK(test.test(0, 2, Set{4}).p_value < 1e-6);
  const Rcot few(NodeTable({numeric("a", a.head(29)), numeric("b", b.head(29))}));
  CHECK(few.test(0, 1, {}).status == Status::Degenerate);
}

TEST_CASE("options out of range are refused") {
  RandomStream stream(11, RandomDomain::Test);
  const NodeTable nodes({numeric("a", normals(40, stream)), numeric("b", normals(40, stream))});
  CHECK_THROWS_AS(Rcot(nodes, {.features_z = 0}), InvalidArgument);
  CHECK_THROWS_AS(Rcot(nodes, {.features_xy = 0}), InvalidArgument);
  CHECK_THROWS_AS(Rcot(nodes, {.surrogate_features = 101}), InvalidArgument);
  CHECK_THROWS_AS(Rcot(nodes, {.surrogate_width = 0}), InvalidArgument);
  CHECK_THROWS_AS(Rcot(nodes, {.permutations = 3}), InvalidArgument);
  CHECK_THROWS_AS(Rcot(nodes, {.cache_bytes = -1}), InvalidArgument);
  CHECK(Rcot(nodes, {.variant = RandomFeatureTest::Rcit}).name() == "rcit");
  CHECK(Rcot(nodes).name() == "rcot");
  CHECK(Rcot(nodes).sample_size() == 40);
}
