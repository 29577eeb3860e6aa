// labels: stat
// Level and power of kci and of what cdnod asks of it. Seeds are fixed; bands are derived where they stand.
#include "causal/discovery/ci/kci.hpp"

#include <algorithm>
#include <cmath>

#include "causal/discovery/ci/fisher_z.hpp"
#include "causal/run/parallel.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

using Values = Eigen::VectorXd;

// Independent columns of standard normals, a new set for each repeat.
class Draws {
 public:
  Draws(Eigen::Index n, std::uint32_t repeat) : n_(n), stream_(2020, RandomDomain::Test, repeat) {}
  [[nodiscard]] Values next() {
    Values out(n_);
    stream_.fill_normal({out.data(), static_cast<std::size_t>(n_)});
    return out;
  }

 private:
  Eigen::Index n_;
  RandomStream stream_;
};

Node numeric(const std::string& name, const Eigen::MatrixXd& columns) { return {.name = name, .numeric = columns}; }
Node time_node(const std::string& name, const Values& t) { return {.name = name, .numeric = t, .surrogate = true}; }

// p-values of test(0, 1, given) over repeats; `nodes` draws the columns of one.
template <class Nodes>
std::vector<double> p_values(int repeats, const std::vector<NodeId>& given, Nodes&& nodes) {
  std::vector<double> p(static_cast<std::size_t>(repeats));
  parallel_for(repeats, 0, [&](std::int64_t r) {
    const Kci test(NodeTable(nodes(static_cast<std::uint32_t>(r))), {}, {.threads = 1});
    p[static_cast<std::size_t>(r)] = test.test(0, 1, given).p_value;
  });
  return p;
}

double share_below(const std::vector<double>& p, double alpha) {
  return static_cast<double>(std::count_if(p.begin(), p.end(), [&](double value) { return value <= alpha; })) /
         static_cast<double>(p.size());
}

// P(sqrt(n) D > the value found) for uniform p-values; Kolmogorov's series, with Stephens' correction for n.
double uniformity_p(std::vector<double> p) {
  std::sort(p.begin(), p.end());
  const auto n = static_cast<double>(p.size());
  double distance = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    distance = std::max({distance, static_cast<double>(i + 1) / n - p[i], p[i] - static_cast<double>(i) / n});
  }
  const double x = distance * (std::sqrt(n) + 0.12 + 0.11 / std::sqrt(n));
  double sum = 0;
  for (int k = 1; k <= 100; ++k) sum += (k % 2 == 1 ? 2 : -2) * std::exp(-2 * k * k * x * x);
  return std::min(1.0, sum);
}

Values index(Eigen::Index n) { return Values::LinSpaced(n, 0, static_cast<double>(n - 1)); }

}  // namespace

// 500 nulls at a true level of .05 reject between .02 and .09 but for a chance of 1e-3; the approximation may cost some
// of that, not all.
TEST_CASE("level without anything given") {
  const auto p = p_values(500, {}, [](std::uint32_t r) {
    Draws draws(200, r);
    return std::vector<Node>{numeric("x", draws.next()), numeric("y", draws.next())};
  });
  CHECK(share_below(p, 0.05) >= 0.02);
  CHECK(share_below(p, 0.05) <= 0.09);
  CHECK(uniformity_p(p) > 0.001);
}

TEST_CASE("level given a common cause") {
  const auto p = p_values(500, {2}, [](std::uint32_t r) {
    Draws draws(200, r);
    const Values z = draws.next();
    return std::vector<Node>{numeric("x", z + draws.next()), numeric("y", z + draws.next()), numeric("z", z)};
  });
  CHECK(share_below(p, 0.05) >= 0.02);
  CHECK(share_below(p, 0.05) <= 0.09);
  // Not uniform throughout: one regression takes some of the noise out of both sides alike, which the null distribution
  // does not know, so that large p-values come out smaller by up to a tenth. Decisions are made below.
  CHECK(share_below(p, 0.10) <= 0.16);
  CHECK(share_below(p, 0.90) <= 0.99);
}

TEST_CASE("level given three nonlinear common causes") {
  const auto p = p_values(500, {2, 3, 4}, [](std::uint32_t r) {
    Draws draws(200, r);
    const Values a = draws.next();
    const Values b = draws.next();
    const Values c = draws.next();
    const Values common = a.array().sin() + b.array().square() / 2 + c.array().tanh();
    return std::vector<Node>{numeric("x", common + draws.next()), numeric("y", common + draws.next()), numeric("a", a),
                             numeric("b", b), numeric("c", c)};
  });
  CHECK(share_below(p, 0.05) >= 0.02);
  CHECK(share_below(p, 0.05) <= 0.10);
}

TEST_CASE("level of independence from a time, and from a domain") {
  const auto over_time = p_values(500, {}, [](std::uint32_t r) {
    Draws draws(200, r);
    return std::vector<Node>{numeric("x", draws.next()), time_node("t", index(200))};
  });
  CHECK(share_below(over_time, 0.05) >= 0.02);
  CHECK(share_below(over_time, 0.05) <= 0.09);
  const auto over_domains = p_values(500, {}, [](std::uint32_t r) {
    Draws draws(200, r);
    const Values label = (index(200) / 40).array().floor();
    return std::vector<Node>{numeric("x", draws.next()), {.name = "d", .nominal = label, .surrogate = true}};
  });
  CHECK(share_below(over_domains, 0.05) >= 0.02);
  CHECK(share_below(over_domains, 0.05) <= 0.09);
}

// Fifty repeats, of which at most two may miss at a power of .99 but for a chance of 1.4 %.
TEST_CASE("power where correlation sees nothing") {
  const Values t = index(500);
  const Values wave = (t / 50).array().sin();
  const auto found = [](const std::vector<double>& p) { return share_below(p, 0.05); };
  CHECK(found(p_values(50, {}, [&](std::uint32_t r) {
          Draws draws(500, r);
          const Values x = draws.next();
          return std::vector<Node>{numeric("x", x), numeric("y", x.cwiseAbs2() + draws.next())};
        })) >= 0.95);
  const auto variance_change = [&](std::uint32_t r) {
    Draws draws(500, r);
    const Values e = draws.next();
    return std::vector<Node>{numeric("x", e + 0.8 * wave.cwiseProduct(e)), time_node("t", t)};
  };
  CHECK(found(p_values(50, {}, variance_change)) >= 0.95);
  CHECK(found(p_values(50, {}, [&](std::uint32_t r) {
          Draws draws(500, r);
          return std::vector<Node>{numeric("x", draws.next() + wave), time_node("t", t)};
        })) >= 0.95);
  CHECK(found(p_values(50, {2}, [&](std::uint32_t r) {
          Draws draws(500, r);
          const Values x = draws.next();
          return std::vector<Node>{numeric("y", x + draws.next() + 1.5 * wave), time_node("t", t), numeric("x", x)};
        })) >= 0.95);

  // The negative control: Fisher's z has no power against a change of variance alone.
  int rejected = 0;
  for (std::uint32_t r = 0; r < 50; ++r) {
    Eigen::MatrixXd values(500, 2);
    values.col(0) = variance_change(r)[0].numeric;
    values.col(1) = t;
    rejected += FisherZ(Dataset::continuous(values)).test(0, 1, {}).p_value <= 0.05 ? 1 : 0;
  }
  CHECK(rejected <= 12);
}
