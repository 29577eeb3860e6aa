#include "causal/discovery/ci/oracle.hpp"

#include "causal/graph/separation.hpp"

namespace causal::discovery {
namespace {

constexpr double kConnected = 1e-300;

}  // namespace

OracleTest::OracleTest(Admg truth) : truth_(std::move(truth)) {}

CiResult OracleTest::test(NodeId x, NodeId y, std::span<const NodeId> S) const {
  const bool independent = separated(truth_, {x}, {y}, NodeSet(S.begin(), S.end())).separated;
  return {.statistic = independent ? 0.0 : 1.0, .p_value = independent ? 1.0 : kConnected};
}

}  // namespace causal::discovery
