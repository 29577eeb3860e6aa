// labels: oracle fuzz
// Whatever the columns hold, a test over nodes answers with a p-value in (0, 1] or says that it has no answer.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "causal/discovery/registry.hpp"
#include "causal/run/error.hpp"
#include "causal/run/random.hpp"

#include <doctest/doctest.h>

using namespace causal;
using namespace causal::discovery;

namespace {

using Values = Eigen::VectorXd;

// One column of a kind that has broken tests before, here or elsewhere; `base` is another column to depend on.
Values adversarial(int kind, Eigen::Index n, const Values& base, RandomStream& stream) {
  Values x(n);
  for (Eigen::Index i = 0; i < n; ++i) x(i) = stream.normal();
  const double nan = std::numeric_limits<double>::quiet_NaN();
  switch (kind) {
    case 0:
      return x;
    case 1:
      return base;  // a copy
    case 2:
      return -3 * base.array() + 2;  // a linear function
    case 3:
      return base.array().cube();  // a monotone function
    case 4:
      return base + 1e-9 * x;  // a copy but for rounding
    case 5:
      x.setConstant(1);
      x(n / 2) = 2;
      return x;  // one row differs
    case 6:
      return 1e300 * x;  // squares overflow
    case 7:
      return 1e-300 * x;  // squares vanish
    case 8:
      x(0) = 1e12;
      return x;  // an outlier beyond all others
    case 9:
      return (x.array() > 0).cast<double>();  // two values
    case 10:
      for (Eigen::Index i = 0; i < n; ++i) x(i) = x(i % 7);
      return x;  // seven rows, repeated
    case 11:
      for (Eigen::Index i = 0; i < n; i += 3) x(i) = nan;
      return x;  // a third missing
    case 12:
      x.head(n / 2).setConstant(nan);
      return x;  // the first half missing
    case 13:
      x.tail(n / 2).setConstant(nan);
      return x;  // the second half missing
    case 14:
      x.setConstant(0.1);
      x.array() += 1e-16 * base.array();
      return x;  // constant to rounding
    case 15:
      return Values::LinSpaced(n, 0, static_cast<double>(n - 1));  // the row number
    default:
      x.setConstant(5);
      return x;  // constant
  }
}

Values codes(int kind, Eigen::Index n, RandomStream& stream) {
  Values x(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    if (kind == 0) x(i) = static_cast<double>(stream.below(3));
    if (kind == 1) x(i) = static_cast<double>(i);          // a level of its own in each row
    if (kind == 2) x(i) = i == 0 ? 1 : 0;                  // a level of one row
    if (kind == 3) x(i) = static_cast<double>(i * 4 / n);  // blocks
    if (kind == 4) x(i) = i % 5 == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(i % 2);
  }
  return x;
}

std::vector<Node> random_nodes(std::uint32_t seed, Eigen::Index n) {
  RandomStream stream(seed, RandomDomain::Test, 4711);
  std::vector<Node> nodes;
  Values base(n);
  for (Eigen::Index i = 0; i < n; ++i) base(i) = stream.normal();
  for (int v = 0; v < 5; ++v) {
    Node node{.name = std::string(1, static_cast<char>('a' + v))};
    if (stream.uniform() < 0.25) {
      node.nominal = codes(static_cast<int>(stream.below(5)), n, stream);
    } else {
      const auto kind = static_cast<int>(stream.below(17));
      node.numeric = adversarial(kind, n, base, stream);
      if (stream.uniform() < 0.2) {
        node.numeric.conservativeResize(n, 2);
        node.numeric.col(1) = adversarial(static_cast<int>(stream.below(17)), n, base, stream);
      }
      if (!node.numeric.hasNaN() && stream.uniform() < 0.5) base = node.numeric.col(0);
    }
    nodes.push_back(std::move(node));
  }
  if (stream.uniform() < 0.5) {
    nodes.push_back(
        {.name = "time", .numeric = Values::LinSpaced(n, 0, static_cast<double>(n - 1)), .surrogate = true});
  }
  return nodes;
}

void check_answer(const CiResult& result, std::string_view test, std::uint32_t seed) {
  CAPTURE(test);
  CAPTURE(seed);
  if (result.status == Status::Ok) {
    CHECK(result.p_value > 0);
    CHECK(result.p_value <= 1);
    CHECK(std::isfinite(result.statistic));
  } else {
    CHECK(result.status == Status::Degenerate);
    CHECK_FALSE(result.independent(0.05));
  }
}

// Nodes that a test refuses at once, with their names, are taken out; the others must all be answered.
std::unique_ptr<CiTest> build(const CiTestEntry& entry, std::vector<Node>& nodes) {
  while (nodes.size() >= 2) {
    try {
      return entry.build_from_nodes(NodeTable(nodes), {}, {.threads = 1});
    } catch (const DataError& error) {
      const auto named = std::find_if(nodes.begin(), nodes.end(), [&](const Node& node) {
        return error.message().find("'" + node.name + "'") != std::string::npos;
      });
      REQUIRE_MESSAGE(named != nodes.end(), "an error without the name of a node: " << error.message());
      nodes.erase(named);
    }
  }
  return nullptr;
}

}  // namespace

TEST_CASE("no test over nodes answers with something that is no p-value") {
  int answered = 0;
  for (const CiTestEntry& entry : ci_tests()) {
    if (entry.build_from_nodes == nullptr) continue;
    for (std::uint32_t seed = 0; seed < 40; ++seed) {
      std::vector<Node> nodes = random_nodes(seed, seed % 4 == 0 ? 33 : 90);
      const std::unique_ptr<CiTest> test = build(entry, nodes);
      if (!test) continue;
      for (NodeId x = 0; x < test->variables(); ++x) {
        for (NodeId y = x + 1; y < test->variables(); ++y) {
          check_answer(test->test(x, y, {}), entry.info.name, seed);
          std::vector<NodeId> others;
          for (NodeId v = 0; v < test->variables(); ++v) {
            if (v != x && v != y) others.push_back(v);
          }
          if (!others.empty())
            check_answer(test->test(x, y, std::vector<NodeId>{others.front()}), entry.info.name, seed);
          check_answer(test->test(x, y, others), entry.info.name, seed);
          ++answered;
        }
      }
    }
  }
  CHECK(answered > 500);
}
