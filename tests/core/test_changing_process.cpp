// labels: stat golden determinism
// Each process against its equations: the residuals that these leave are standard normal noise, and the data's moments
// agree with the closed form.
#include "causal/scm/changing_process.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "causal/io/graph_json.hpp"
#include "causal/run/error.hpp"

#include <doctest/doctest.h>

using namespace causal;

namespace {

using Values = Eigen::ArrayXd;

Values column(const ChangingSample& sample, const std::string& name) {
  return sample.data.values().col(sample.data.index_of(name)).array();
}

Values wave(std::int64_t n, double period) {
  Values t = Values::LinSpaced(n, 1, static_cast<double>(n));
  return (t / period).unaryExpr([](double x) { return std::sin(x); });
}

/// Mean, variance and lag-one correlation of n independent standard normal numbers have standard errors 1/sqrt(n),
/// sqrt(2/n) and 1/sqrt(n); five of them leave a chance below 1e-6 a check.
void check_standard_normal(const Values& e) {
  const double n = static_cast<double>(e.size());
  CHECK(std::abs(e.mean()) < 5 / std::sqrt(n));
  CHECK(std::abs((e - e.mean()).square().mean() - 1) < 5 * std::sqrt(2 / n));
  const Eigen::Index m = e.size() - 1;
  CHECK(std::abs((e.head(m) * e.tail(m)).mean()) < 5 / std::sqrt(n));
  // Fourth moment 3 with variance 105 - 9 = 96.
  CHECK(std::abs(e.pow(4).mean() - 3) < 5 * std::sqrt(96 / n));
}

/// Correlation of independent numbers has standard error 1/sqrt(n).
void check_independent(const Values& a, const Values& b) {
  CHECK(std::abs((a * b).mean()) < 5 / std::sqrt(static_cast<double>(a.size())));
}

Values force(const ChangingSample& sample, std::size_t index) {
  const std::vector<double>& values = sample.changes.forces.at(index).components.at(0);
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), std::ssize(values));
}

std::string edges(const MixedGraph& graph) {
  std::string text;
  for (const Edge& edge : graph.edges()) {
    CHECK(edge.is_directed());
    text += (text.empty() ? "" : " ") + graph.name(edge.from) + ">" + graph.name(edge.to);
  }
  return text;
}

constexpr std::int64_t kRows = 20000;

}  // namespace

TEST_CASE("every process has the published names, rows, graph and roles") {
  struct Wanted {
    const char* name;
    std::int64_t rows;
    const char* surrogate;
    const char* edges;
  };
  const std::vector<Wanted> all{{"cdnod-1", 500, "time", "x1>x2 x2>x3 x3>x4 time>x2 time>x4"},
                                {"cdnod-2", 500, "time", "x1>x2 x2>x3 time>x1 time>x2 time>x3"},
                                {"cdnod-3", 600, "domain", "x1>x2 x2>x3 x3>x4 domain>x2 domain>x3 domain>x4"},
                                {"cdnod-4", 500, "time", "x1>x2 x2>x3 x3>x4 time>x2 time>x4"},
                                {"cdnod-few-domains", 300, "domain", "x>y domain>x domain>y"},
                                {"cdnod-slope-domains", 300, "domain", "x>y domain>x domain>y"},
                                {"cdnod-shared-confounder", 500, "time", "x>y time>x time>y"},
                                {"cdnod-step", 500, "time", "x1>x2 x2>x3 time>x2"}};
  REQUIRE(all.size() == EnumNames<ChangingProcess>::names.size());
  for (const Wanted& wanted : all) {
    CAPTURE(wanted.name);
    const ChangingProcess process = enum_from_name<ChangingProcess>(wanted.name).value();
    const std::int64_t rows = default_rows(process);
    CHECK(rows == wanted.rows);
    const ChangingSample sample = simulate_changing(process, rows, {.seed = 3});
    CHECK(sample.data.rows() == rows);
    CHECK(edges(sample.truth) == wanted.edges);
    CHECK(sample.truth.name(sample.changes.surrogate) == wanted.surrogate);
    const bool time = domain_count(process) == 0;
    CHECK(sample.data.roles().time.has_value() == time);
    CHECK(sample.data.roles().environment.has_value() == !time);
    CHECK(std::ssize(sample.columns) == sample.truth.n() - 1);
    std::size_t columns = 1;
    for (const auto& names : sample.columns) columns += names.size();
    CHECK(sample.data.names().size() == columns);
    // What changes is what the surrogate points at, and the record is one that files accept.
    NodeSet changing;
    for (const Edge& edge : sample.truth.edges()) {
      if (edge.from == sample.changes.surrogate) changing.push_back(edge.to);
    }
    CHECK(changing == sample.changes.changing);
    LearnedGraph graph = learned_graph_from(sample.truth, GraphKind::Dag);
    graph.changes = sample.changes;
    const io::Json json = io::graph_to_json(graph);
    CHECK(io::graph_to_json(io::graph_from_json(json)).dump() == json.dump());
  }
}

TEST_CASE("the first example follows its equations") {
  const ChangingSample sample = simulate_changing(ChangingProcess::CdnodExample1, kRows, {.seed = 1});
  const Values x1 = column(sample, "x1"), x2 = column(sample, "x2"), x3 = column(sample, "x3"),
               x4 = column(sample, "x4");
  const Values e2 = (x2 - 0.8 * x1 - 1.5 * wave(kRows, 50)) / 0.5;
  const Values e3 = (x3 - 0.8 * x2) / 0.5;
  const Values e4 = (x4 - 0.8 * x3 - wave(kRows, 50) - wave(kRows, 20)) / 0.5;
  const std::vector<Values> noise{x1, e2, e3, e4};
  for (std::size_t i = 0; i < noise.size(); ++i) {
    check_standard_normal(noise[i]);
    for (std::size_t j = 0; j < i; ++j) check_independent(noise[i], noise[j]);
  }
  CHECK((column(sample, "time") == Values::LinSpaced(kRows, 0, kRows - 1)).all());
  CHECK((force(sample, 0).abs() - wave(kRows, 50).abs()).abs().maxCoeff() < 1e-15);
}

TEST_CASE("the second example follows its equations, with series of the stated moments") {
  const ChangingSample sample = simulate_changing(ChangingProcess::CdnodExample2, kRows, {.seed = 2});
  const Values x1 = column(sample, "x1"), x2 = column(sample, "x2"), x3 = column(sample, "x3");
  // Forces are given up to sign; the sign that leaves the smaller residual is the true one.
  const auto noise = [](const Values& rest, const Values& r, double scale, double sd) {
    const Values plus = (rest - scale * r) / sd;
    const Values minus = (rest + scale * r) / sd;
    return plus.square().sum() < minus.square().sum() ? plus : minus;
  };
  check_standard_normal(noise(x1, force(sample, 0), 5, 0.5));
  check_standard_normal(noise(x2 - 0.8 * x1, force(sample, 1), 4, 0.5));
  check_standard_normal(noise(x3 - 0.8 * x2, force(sample, 2), 6, 0.3));
  for (std::size_t k = 0; k < 3; ++k) {
    const Values r = force(sample, k) / 0.2;
    // Correlation exp(-k^2 / 1600) but for the cut tails of the window (below 1e-3). Bartlett: the standard error of a
    // mean of products is at most sqrt(2 sum rho^2 / n) with sum rho^2 = sum exp(-k^2 / 800) = sqrt(800 pi) = 50.1.
    const double error = std::sqrt(2 * 50.14 / static_cast<double>(kRows));
    for (const int lag : {0, 5, 10, 20}) {
      const Eigen::Index m = kRows - lag;
      CHECK(std::abs((r.head(m) * r.tail(m)).mean() - std::exp(-lag * lag / 1600.0)) < 5 * error + 1e-3);
    }
    // Products of two independent series vary by sqrt(sum rho^2 / n).
    for (std::size_t j = 0; j < k; ++j) {
      CHECK(std::abs((r * force(sample, j) / 0.2).mean()) < 5 * std::sqrt(50.14 / static_cast<double>(kRows)));
    }
  }
}

TEST_CASE("the third example switches its mechanisms between two halves") {
  const ChangingSample sample = simulate_changing(ChangingProcess::CdnodExample3, kRows, {.seed = 3});
  const Values domain = column(sample, "domain");
  CHECK((domain.head(kRows / 2) == 0).all());
  CHECK((domain.tail(kRows / 2) == 1).all());
  CHECK(sample.data.columns().back().levels == std::vector<std::string>{"1", "2"});
  check_standard_normal(column(sample, "x1"));
  for (const int k : {1, 2, 3}) {
    const Values before = column(sample, "x" + std::to_string(k)), after = column(sample, "x" + std::to_string(k + 1));
    const Values linear = (after - 0.9 * before) / 0.6;
    const Values curved = (after - before.unaryExpr([](double x) { return std::sin(x); })) / 0.2;
    Values e(kRows);
    e << linear.head(kRows / 2), curved.tail(kRows / 2);
    check_standard_normal(e);
  }
}

TEST_CASE("the fourth example has nodes of two columns") {
  const ChangingSample sample = simulate_changing(ChangingProcess::CdnodExample4, kRows, {.seed = 4});
  CHECK(sample.data.names() == std::vector<std::string>{"x1_1", "x1_2", "x2_1", "x2_2", "x3", "x4", "time"});
  CHECK(sample.columns == std::vector<std::vector<std::string>>{{"x1_1", "x1_2"}, {"x2_1", "x2_2"}, {"x3"}, {"x4"}});
  const Values x2_1 = column(sample, "x2_1"), x2_2 = column(sample, "x2_2"), x3 = column(sample, "x3");
  check_standard_normal((x2_1 - 0.6 * column(sample, "x1_1") - 2 * wave(kRows, 50)) / 0.5);
  check_standard_normal((x2_2 - 0.6 * column(sample, "x1_2") - 2 * wave(kRows, 50)) / 0.5);
  check_independent(column(sample, "x1_1"), column(sample, "x1_2"));
  check_standard_normal((x3 - 0.3 * (x2_1 + x2_2)) / 0.5);
  check_standard_normal((column(sample, "x4") - 0.8 * x3 - wave(kRows, 50) - wave(kRows, 20)) / 0.5);
}

TEST_CASE("pairs over domains follow their equations, with equal blocks") {
  for (const ChangingProcess process : {ChangingProcess::FewDomains, ChangingProcess::SlopeDomains}) {
    const ChangingSample sample = simulate_changing(process, kRows, {.seed = 5});
    const Values x = column(sample, "x"), y = column(sample, "y"), domain = column(sample, "domain");
    const int domains = domain_count(process);
    CHECK(std::ssize(sample.changes.domains) == domains);
    CHECK(std::is_sorted(domain.begin(), domain.end()));
    for (int d = 0; d < domains; ++d) {
      CHECK(std::abs(static_cast<double>((domain == d).count()) - static_cast<double>(kRows) / domains) <= 1);
    }
    const auto on_rows = [&](std::size_t k) {
      return Values(domain.unaryExpr([h = force(sample, k)](double d) { return h[static_cast<Eigen::Index>(d)]; }));
    };
    // Forces are given up to sign; the sign that leaves the smaller residual is the true one.
    const auto noise = [](const Values& rest, const Values& moved, double sd) {
      const Values plus = (rest - moved) / sd;
      const Values minus = (rest + moved) / sd;
      return plus.square().sum() < minus.square().sum() ? plus : minus;
    };
    const Values e1 = noise(x, on_rows(0), 0.5);
    const Values e2 = process == ChangingProcess::SlopeDomains ? noise(y - 1.5 * x, on_rows(1) * x, 0.3)
                                                               : noise(y - x, on_rows(1), 0.3);
    check_standard_normal(e1);
    check_standard_normal(e2);
    check_independent(e1, e2);
  }
}

TEST_CASE("the shared confounder drives cause and effect alike") {
  const ChangingSample sample = simulate_changing(ChangingProcess::SharedConfounder, kRows, {.seed = 6});
  const Values x = column(sample, "x"), y = column(sample, "y");
  CHECK(sample.changes.forces[0].components == sample.changes.forces[1].components);
  const Values g = force(sample, 0);
  const double sign = (x * g).mean() > 0 ? 1 : -1;
  check_standard_normal((x - sign * g) / 0.5);
  check_standard_normal((y - 0.8 * x + 0.3 * sign * g) / 0.5);
}

TEST_CASE("the step is where it is said to be, and as large") {
  const ChangingSample sample = simulate_changing(ChangingProcess::Step, 500, {.seed = 7});
  const DrivingForce& force = sample.changes.forces.at(0);
  REQUIRE(force.change_points.size() == 1);
  CHECK(force.change_points[0].at == 300);  // t = 301 is the first beyond 0.6 n, and time is t - 1
  CHECK(force.components[0][299] == 0);
  CHECK(force.components[0][300] == 1);
  CHECK(force.change_points[0].size == doctest::Approx(1 / std::sqrt(0.6 * 0.4)).epsilon(1e-12));
  const ChangingSample large = simulate_changing(ChangingProcess::Step, kRows, {.seed = 7});
  const Values x2 = column(large, "x2"), rest = x2 - 0.8 * column(large, "x1");
  const Eigen::Index before = kRows * 6 / 10;
  Values e(kRows);
  e << rest.head(before) / 0.5, (rest.tail(kRows - before) - 2) / 0.5;
  check_standard_normal(e);
  check_standard_normal((column(large, "x3") - 0.8 * x2) / 0.5);
}

TEST_CASE("the same seed gives the same bytes at any number of threads, another seed others") {
  for (const auto& entry : EnumNames<ChangingProcess>::names) {
    const ChangingProcess process = entry.first;
    CAPTURE(entry.second);
    const ChangingSample one = simulate_changing(process, 3000, {.threads = 1, .seed = 11});
    for (const int threads : {2, 4}) {
      CHECK(simulate_changing(process, 3000, {.threads = threads, .seed = 11}).data.values() == one.data.values());
    }
    CHECK(simulate_changing(process, 3000, {.threads = 1, .seed = 12}).data.values() != one.data.values());
  }
}

TEST_CASE("a row does not change when more are drawn, where the process allows it") {
  for (const ChangingProcess process : {ChangingProcess::CdnodExample1, ChangingProcess::CdnodExample2,
                                        ChangingProcess::CdnodExample4, ChangingProcess::SharedConfounder}) {
    const ChangingSample few = simulate_changing(process, 1500, {.seed = 8});
    const ChangingSample many = simulate_changing(process, 4000, {.seed = 8});
    CHECK(many.data.values().topRows(1500) == few.data.values());
  }
}

TEST_CASE("too few rows are refused by name") {
  CHECK_THROWS_AS(static_cast<void>(simulate_changing(ChangingProcess::CdnodExample1, 1)), InvalidArgument);
  CHECK_THROWS_AS(static_cast<void>(simulate_changing(ChangingProcess::SlopeDomains, 59)), InvalidArgument);
  for (const auto& entry : EnumNames<ChangingProcess>::names) {
    const ChangingProcess process = entry.first;
    CAPTURE(entry.second);
    CHECK(simulate_changing(process, fewest_rows(process)).data.rows() == fewest_rows(process));
  }
}
