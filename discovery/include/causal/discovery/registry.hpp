#pragma once
// The table of every algorithm and test of this module: what the command line, `list`, `describe` and the docs read.

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/data/method_info.hpp"
#include "causal/data/statistics.hpp"
#include "causal/discovery/ci/ci_test.hpp"
#include "causal/discovery/ci/dcor.hpp"
#include "causal/discovery/ci/gcm.hpp"
#include "causal/discovery/ci/hsic.hpp"
#include "causal/discovery/ci/kci.hpp"
#include "causal/discovery/ci/node_table.hpp"
#include "causal/discovery/ci/rcot.hpp"

namespace causal::discovery {

/// The options of all tests; each reads its own.
struct CiTestOptions {
  KciOptions kci = {};
  RcotOptions rcot = {};
  GcmOptions gcm = {};
  HsicOptions hsic = {};
  DcorOptions dcor = {};

  /// Calls `use` with the options of the test of that name; not for tests without options.
  template <class Self, class Use>
  static void with(Self& self, std::string_view test, Use&& use) {
    if (test == "kci") use(self.kci);
    if (test == "rcot") use(self.rcot);
    if (test == "gcm") use(self.gcm);
    if (test == "hsic") use(self.hsic);
    if (test == "dcor") use(self.dcor);
  }
};

/// A conditional independence test that can be built from a table.
struct CiTestEntry {
  MethodInfo info;
  /// Builds the test over all columns of `data` that carry no role.
  /// Errors: DataError naming column and reason (type, constant, missing cells, too few rows); InvalidArgument for an
  /// option out of range.
  std::unique_ptr<CiTest> (*build)(const Dataset& data, const CiTestOptions& options, const RunOptions& run);
  /// Builds the test over nodes, one of which may stand for what changes; null where a test takes columns only.
  std::unique_ptr<CiTest> (*build_from_nodes)(const NodeTable& nodes, const CiTestOptions& options,
                                              const RunOptions& run);
  /// Builds the test from sufficient statistics; null where a test needs the rows.
  std::unique_ptr<CiTest> (*build_from_moments)(const Moments& moments);
};

/// A structure search.
struct AlgorithmEntry {
  MethodInfo info;
};

[[nodiscard]] std::span<const CiTestEntry> ci_tests();
[[nodiscard]] std::span<const AlgorithmEntry> algorithms();

/// The entry with that name. Errors: InvalidArgument that suggests the nearest name.
[[nodiscard]] const CiTestEntry& find_ci_test(std::string_view name);
[[nodiscard]] const AlgorithmEntry& find_algorithm(std::string_view name);

/// The test that fits the types of the columns without a role, and why, as a sentence for the user.
struct TestChoice {
  const CiTestEntry* entry = nullptr;
  std::string reason;
};
[[nodiscard]] TestChoice choose_ci_test(const Dataset& data);
/// The test for a search over nodes with a surrogate of what changes, by the number of rows.
[[nodiscard]] TestChoice choose_node_test(std::int64_t rows);

}  // namespace causal::discovery
