#pragma once
// Independence read off a known graph.

#include "causal/discovery/ci/ci_test.hpp"
#include "causal/graph/admg.hpp"

namespace causal::discovery {

/// Answers by m-separation in a known graph: p = 1 for separated, p = 1e-300 for connected. What a perfect test with
/// infinite data would say; the oracle that searches are tested against. O(n + m) a test.
class OracleTest final : public CiTest {
 public:
  explicit OracleTest(Admg truth);

  [[nodiscard]] std::string_view name() const override { return "oracle"; }
  [[nodiscard]] const std::vector<std::string>& names() const override { return truth_.graph().names(); }
  [[nodiscard]] std::int64_t sample_size() const override { return 0; }
  [[nodiscard]] CiResult test(NodeId x, NodeId y, std::span<const NodeId> S) const override;

 private:
  Admg truth_;
};

}  // namespace causal::discovery
