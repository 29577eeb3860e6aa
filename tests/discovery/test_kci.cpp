// labels: unit oracle golden determinism
#include "causal/discovery/ci/kci.hpp"

#include <cmath>
#include <limits>

#include "causal/math/optimize.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"
#include "support/kernel_oracle.hpp"
#include "support/numpy_legacy_random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;
using causal::test::NumpyRandom;

namespace {

Eigen::VectorXd normals(Eigen::Index n, std::uint32_t stream) {
  Eigen::VectorXd out(n);
  RandomStream(7, RandomDomain::Test, stream).fill_normal({out.data(), static_cast<std::size_t>(n)});
  return out;
}

Node numeric(const std::string& name, const Eigen::MatrixXd& columns) { return {.name = name, .numeric = columns}; }
Node nominal(const std::string& name, const Eigen::VectorXd& codes) { return {.name = name, .nominal = codes}; }

struct Chain {
  Eigen::VectorXd x, other, y, z;
};

// X, X', Y = X + noise / 2, Z = Y + noise / 2, drawn in this order.
Chain chain(double (NumpyRandom::*kind)()) {
  NumpyRandom random(10);
  Chain out;
  out.x = random.draws(300, kind);
  out.other = random.draws(300, kind);
  out.y = out.x + 0.5 * random.draws(300, kind);
  out.z = out.y + 0.5 * random.draws(300, kind);
  return out;
}

// Nodes 0 = X, 1 = X', 2 = Y, 3 = Z; X comes first by name.
NodeTable chain_table(const Chain& c) {
  return NodeTable({numeric("X", c.x), numeric("X2", c.other), numeric("Y", c.y), numeric("Z", c.z)});
}

const std::vector<NodeId> kGivenY{2};

void check_p(const Kci& test, double p_marginal, double p_given_y) {
  CHECK(std::abs(test.test(0, 1, {}).p_value - p_marginal) <= 1e-4);
  CHECK(std::abs(test.test(0, 3, kGivenY).p_value - p_given_y) <= 1e-4);
}

}  // namespace

// The values of causal-learn's tests/TestCIT_KCI.py (MIT licence), which rest on numpy.random.seed(10).
TEST_CASE("published p-values of the Gaussian kernel") {
  const NodeTable table = chain_table(chain(&NumpyRandom::normal));
  const Kci test(table);
  check_p(test, 0.5404, 0.5807);
  CHECK(test.test(0, 1, {}).statistic == doctest::Approx(122.0289201).epsilon(1e-6));
  CHECK(test.test(0, 3, {}).p_value < 1e-70);
  CHECK(test.test(0, 3, kGivenY).statistic == doctest::Approx(15.0739649).epsilon(1e-6));
  const auto manual = [&](double w) { return Kci(table, {.width = KernelWidth::Manual, .manual_width = w}); };
  check_p(manual(0.5), 0.5404, 0.6899);
  check_p(manual(1), 0.5864, 0.5938);
  check_p(manual(2), 0.4901, 0.5737);
}

TEST_CASE("published p-values of the linear and polynomial kernels and of other noise") {
  const NodeTable table = chain_table(chain(&NumpyRandom::normal));
  check_p(Kci(table, {.kernel = KernelShape::Linear}), 0.2745, 0.9111);
  check_p(Kci(table, {.kernel = KernelShape::Polynomial}), 0.1613, 0.2470);
  check_p(Kci(chain_table(chain(&NumpyRandom::exponential))), 0.8513, 0.4076);
  check_p(Kci(chain_table(chain(&NumpyRandom::uniform))), 0.8099, 0.6124);
}

// causal-learn's values with use_gp. Its optimiser and ours stop at slightly different widths; the likelihood is flat
// there, and p moves by less than .002.
TEST_CASE("published p-values with learned widths") {
  if (!optimizer_available()) return;
  const auto p_given_y = [](double (NumpyRandom::*kind)()) {
    return Kci(chain_table(chain(kind)), {.width = KernelWidth::Gp}).test(0, 3, kGivenY).p_value;
  };
  CHECK(std::abs(p_given_y(&NumpyRandom::normal) - 0.6087) <= 2e-3);
  CHECK(std::abs(p_given_y(&NumpyRandom::exponential) - 0.4088) <= 2e-3);
  CHECK(std::abs(p_given_y(&NumpyRandom::uniform) - 0.6393) <= 2e-3);
  CHECK_THROWS_AS(Kci(chain_table(chain(&NumpyRandom::normal)), {.width = KernelWidth::Gp, .form = KciForm::LowRank}),
                  InvalidArgument);
}

TEST_CASE("the exact form equals the formulas on whole matrices") {
  const Eigen::Index n = 120;
  Eigen::MatrixXd Z(n, 3);
  for (Eigen::Index j = 0; j < 3; ++j) Z.col(j) = normals(n, static_cast<std::uint32_t>(j));
  const Eigen::VectorXd x = Z.col(0) + Z.col(1).cwiseAbs2() + 0.5 * normals(n, 3);
  const Eigen::VectorXd y = Z.col(2).array().sin().matrix() + 0.3 * x + 0.5 * normals(n, 4);
  const NodeTable table({numeric("a", x), numeric("b", y), numeric("c", Z.col(0)), numeric("d", Z.col(1)),
                         numeric("e", Z.col(2)), numeric("f", Z.leftCols(2))});
  const Kci test(table, {.form = KciForm::Exact});
  const Eigen::MatrixXd sx = test::standardised_columns(x);
  const Eigen::MatrixXd sy = test::standardised_columns(y);
  const Eigen::MatrixXd sz = test::standardised_columns(Z);

  const double theta = 1 / (0.8 * 0.8);
  const auto marginal = test::unconditional_kernel_test(test::gaussian_gram(sx, theta), test::gaussian_gram(sy, theta));
  CHECK(test.test(0, 1, {}).statistic == doctest::Approx(marginal.statistic).epsilon(1e-9));
  CHECK(test.test(0, 1, {}).p_value == doctest::Approx(marginal.p_value).epsilon(1e-8));

  const auto conditional = [&](const Eigen::MatrixXd& given, double width) {
    const double scaled = 1 / (width * width * static_cast<double>(given.cols()));
    Eigen::MatrixXd beside(n, 1 + given.cols());
    beside << sx, given / 2;
    return test::conditional_kernel_test(test::gaussian_gram(beside, scaled), test::gaussian_gram(sy, scaled),
                                         test::gaussian_gram(given, scaled), 1e-3);
  };
  for (const auto& [given, expected] : {std::pair{std::vector<NodeId>{2}, conditional(sz.leftCols(1), 1.2)},
                                        std::pair{std::vector<NodeId>{2, 3, 4}, conditional(sz, 1.2)},
                                        std::pair{std::vector<NodeId>{5}, conditional(sz.leftCols(2), 1.2)}}) {
    const CiResult result = test.test(0, 1, given);
    CHECK(result.statistic == doctest::Approx(expected.statistic).epsilon(1e-7));
    CHECK(result.p_value == doctest::Approx(expected.p_value).epsilon(1e-6));
  }
}

TEST_CASE("surrogates have kernels of their own, nominal nodes are compared for equality") {
  const Eigen::Index n = 90;
  Eigen::VectorXd time(n);
  Eigen::VectorXd site(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    time(i) = static_cast<double>(i);
    site(i) = static_cast<double>(i % 4);
  }
  const Eigen::VectorXd x = normals(n, 5) + (time / 10).array().sin().matrix();
  const Eigen::VectorXd y = x + normals(n, 6) + site;
  const Eigen::MatrixXd sx = test::standardised_columns(x);
  const Eigen::MatrixXd sy = test::standardised_columns(y);
  const Eigen::MatrixXd st = test::standardised_columns(time);
  const double own = 1 / (0.3 * 0.3);
  {
    const Kci test(NodeTable({numeric("x", x), numeric("y", y), {.name = "a", .numeric = time, .surrogate = true}}));
    const double theta = 1 / (0.8 * 0.8);
    const auto marginal = test::unconditional_kernel_test(test::gaussian_gram(sx, theta), test::gaussian_gram(st, own));
    CHECK(test.test(0, 2, {}).p_value == doctest::Approx(marginal.p_value).epsilon(1e-7));
    const double given_theta = 1 / (1.2 * 1.2);
    const Eigen::MatrixXd beside = test::gaussian_gram(sx, given_theta).cwiseProduct(test::gaussian_gram(st / 2, own));
    const auto given =
        test::conditional_kernel_test(beside, test::gaussian_gram(sy, given_theta), test::gaussian_gram(st, own), 1e-3);
    CHECK(test.test(0, 1, std::vector<NodeId>{2}).p_value == doctest::Approx(given.p_value).epsilon(1e-6));
  }
  {
    const Kci test(NodeTable({numeric("x", x), numeric("y", y), nominal("site", site)}));
    const double theta = 1 / (1.2 * 1.2);
    const Eigen::MatrixXd beside = test::gaussian_gram(sx, theta).cwiseProduct(test::equality_gram(site));
    const auto given =
        test::conditional_kernel_test(beside, test::gaussian_gram(sy, theta), test::equality_gram(site), 1e-3);
    CHECK(test.test(0, 1, std::vector<NodeId>{2}).p_value == doctest::Approx(given.p_value).epsilon(1e-6));
    // Within-domain centring, up to the ridge: I - sum_g 1 1' / (n_g + ridge) is what the regression leaves.
    const auto marginal =
        test::unconditional_kernel_test(test::gaussian_gram(sx, 1 / (0.8 * 0.8)), test::equality_gram(site));
    CHECK(test.test(0, 2, {}).p_value == doctest::Approx(marginal.p_value).epsilon(1e-7));
  }
}

TEST_CASE("relabelled levels, permuted rows and permuted columns give the same p-value") {
  const Eigen::Index n = 150;
  Eigen::VectorXd domain(n);
  Eigen::VectorXd relabelled(n);
  const std::vector<double> labels{2, 0, 3, 1, 4};
  for (Eigen::Index i = 0; i < n; ++i) {
    domain(i) = static_cast<double>(i / 30);
    relabelled(i) = labels[static_cast<std::size_t>(i / 30)];
  }
  const Eigen::VectorXd x = normals(n, 8) + 0.3 * domain;
  const Eigen::VectorXd y = 0.5 * x + normals(n, 9);
  const Node c{.name = "c", .nominal = domain, .surrogate = true};
  const Node c2{.name = "c", .nominal = relabelled, .surrogate = true};
  const NodeTable table({numeric("x", x), numeric("y", y), c});
  const Kci test(table);
  const double p = test.test(0, 1, std::vector<NodeId>{2}).p_value;
  const double p_c = test.test(2, 0, std::vector<NodeId>{1}).p_value;
  CHECK(test.test(1, 0, std::vector<NodeId>{2}).p_value == p);

  const Kci other_labels(NodeTable({numeric("x", x), numeric("y", y), c2}));
  CHECK(other_labels.test(0, 1, std::vector<NodeId>{2}).p_value == p);
  CHECK(other_labels.test(0, 2, std::vector<NodeId>{1}).p_value == p_c);

  const Kci other_columns(NodeTable({c, numeric("y", y), numeric("x", x)}));
  CHECK(other_columns.test(1, 2, std::vector<NodeId>{0}).p_value == p);
  CHECK(other_columns.test(0, 2, std::vector<NodeId>{1}).p_value == p_c);

  std::vector<std::int64_t> rows;
  for (const int i : RandomStream(3, RandomDomain::Test).permutation(static_cast<int>(n))) rows.push_back(i);
  const Kci other_rows(table.select_rows(rows));
  CHECK(other_rows.test(0, 1, std::vector<NodeId>{2}).p_value == doctest::Approx(p).epsilon(1e-7));
}

TEST_CASE("the spectral null draws from the eigenvalues of the entrywise product") {
  const NodeTable table = chain_table(chain(&NumpyRandom::normal));
  const Kci gamma(table);
  const Kci spectral(table, {.null = KciNull::Spectral, .null_draws = 10000});
  // Standard error of a share near .55 over 10,000 draws: .005. The gamma approximation itself is off by about as
  // much.
  CHECK(std::abs(spectral.test(0, 1, {}).p_value - gamma.test(0, 1, {}).p_value) < 0.02);
  CHECK(std::abs(spectral.test(0, 3, kGivenY).p_value - gamma.test(0, 3, kGivenY).p_value) < 0.02);
  CHECK(spectral.test(0, 3, {}).p_value == doctest::Approx(1.0 / 10001));
}

TEST_CASE("same bits at any number of threads") {
  const NodeTable table = chain_table(chain(&NumpyRandom::normal));
  for (const KciNull null : {KciNull::Gamma, KciNull::Spectral}) {
    const Kci one(table, {.null = null, .null_draws = 500}, {.threads = 1});
    for (const int threads : {2, 4}) {
      const Kci many(table, {.null = null, .null_draws = 500}, {.threads = threads});
      CHECK(many.test(0, 3, kGivenY).p_value == one.test(0, 3, kGivenY).p_value);
      CHECK(many.test(0, 1, {}).p_value == one.test(0, 1, {}).p_value);
    }
  }
}

TEST_CASE("a small cache changes the time, not the answer") {
  const NodeTable table = chain_table(chain(&NumpyRandom::normal));
  const Kci cached(table);
  const Kci uncached(table, {.cache_bytes = 0});
  const Kci tight(table, {.cache_bytes = 200000});
  for (int round = 0; round < 2; ++round) {
    for (NodeId given = 1; given < 3; ++given) {
      const double p = cached.test(0, 3, std::vector<NodeId>{given}).p_value;
      CHECK(uncached.test(0, 3, std::vector<NodeId>{given}).p_value == p);
      CHECK(tight.test(0, 3, std::vector<NodeId>{given}).p_value == p);
    }
  }
}

TEST_CASE("missing cells: each test uses the rows it can") {
  Chain c = chain(&NumpyRandom::normal);
  Chain part = c;
  for (const Eigen::Index row : {3, 50, 299}) c.z(row) = std::numeric_limits<double>::quiet_NaN();
  const Kci test(chain_table(c));
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < 300; ++i) {
    if (!std::isnan(c.z(i))) rows.push_back(i);
  }
  const Kci kept(chain_table(part).select_rows(rows));
  CHECK(test.test(0, 3, kGivenY).p_value == kept.test(0, 3, kGivenY).p_value);
  CHECK(test.test(0, 1, kGivenY).p_value == Kci(chain_table(part)).test(0, 1, kGivenY).p_value);
}

TEST_CASE("what cannot be tested is degenerate or refused, never a p-value") {
  const Eigen::VectorXd x = normals(200, 20);
  const Eigen::VectorXd y = x + 0.5 * normals(200, 21);
  const Kci test(NodeTable({numeric("x", x), numeric("y", y), numeric("copy", x), numeric("square", x.cwiseAbs2()),
                            numeric("z", normals(200, 22))}));
  CHECK(test.test(0, 1, std::vector<NodeId>{2}).status == Status::Degenerate);  // x is a copy of what is given
  CHECK(test.test(1, 2, std::vector<NodeId>{0}).status == Status::Degenerate);
  CHECK(test.test(0, 1, std::vector<NodeId>{2, 3, 4}).status == Status::Degenerate);
  CHECK(test.test(0, 2, std::vector<NodeId>{4}).p_value < 1e-10);
  CHECK(test.test(0, 2, std::vector<NodeId>{4}).p_value > 0);

  CHECK_THROWS_WITH_AS(Kci(NodeTable({numeric("x", x), numeric("flat", Eigen::VectorXd::Constant(200, 3))})),
                       doctest::Contains("'flat' is constant"), DataError);
  CHECK_THROWS_WITH_AS(Kci(NodeTable({numeric("x", x.head(29)), numeric("y", y.head(29))})),
                       doctest::Contains("'x' is observed in 29 rows"), DataError);
  CHECK_THROWS_AS(Kci(NodeTable({numeric("x", x), numeric("y", y)}), {.ridge = 0}), InvalidArgument);
  CHECK_THROWS_AS(Kci(NodeTable({numeric("x", x), numeric("y", y)}), {}, {.memory_limit_bytes = 1000}), BudgetError);

  // Rows observed together are fewer than 30, or constant.
  Eigen::VectorXd early = y;
  early.tail(150).setConstant(std::numeric_limits<double>::quiet_NaN());
  Eigen::VectorXd late = x;
  late.head(30).setConstant(std::numeric_limits<double>::quiet_NaN());
  const Kci gaps(NodeTable({numeric("early", early), numeric("late", late)}));
  CHECK(gaps.test(0, 1, {}).status == Status::Degenerate);
}

TEST_CASE("given columns that are constant say nothing") {
  const Eigen::VectorXd x = normals(100, 30);
  Eigen::VectorXd nearly = Eigen::VectorXd::Zero(100);
  nearly(0) = 1;
  Eigen::VectorXd y = normals(100, 31);
  y(0) = std::numeric_limits<double>::quiet_NaN();
  const Kci test(NodeTable({numeric("x", x), numeric("y", y), numeric("nearly", nearly)}));
  CHECK(test.test(0, 1, std::vector<NodeId>{2}).p_value == test.test(0, 1, {}).p_value);
}
