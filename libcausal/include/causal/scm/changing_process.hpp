#pragma once
// Processes whose mechanisms change with time or between domains, with what is true of them: for tests, benchmarks and
// demonstrations of methods for changing data.

#include <cstdint>
#include <string>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/graph/mechanism_changes.hpp"
#include "causal/graph/mixed_graph.hpp"
#include "causal/run/options.hpp"

namespace causal {

/// In all equations every e is standard normal noise of its own, t = 1..n counts the rows (the column `time` holds
/// t - 1), d is the domain of the row, and R1, R2, ... are independent smooth series (see simulate_changing).
enum class ChangingProcess {
  /// x1 = e; x2 = 0.8 x1 + 1.5 sin(t/50) + 0.5 e; x3 = 0.8 x2 + 0.5 e; x4 = 0.8 x3 + sin(t/50) + sin(t/20) + 0.5 e.
  /// The mechanisms of x2 and x4 change together. The first example published with CD-NOD.
  CdnodExample1,
  /// x1 = 0.5 e + 5 R1; x2 = 0.8 x1 + 4 R2 + 0.5 e; x3 = 0.8 x2 + 6 R3 + 0.3 e: all mechanisms change, independently,
  /// so that only their independence tells the directions. The second published example, with smooth series of our own.
  CdnodExample2,
  /// Two domains. x1 = e in both; then x_k+1 = 0.9 x_k + 0.6 e in the first, sin(x_k) + 0.2 e in the second, for a
  /// chain of four. The third published example.
  CdnodExample3,
  /// Nodes of two columns: x1 = e; x2 = 0.6 x1 + 2 sin(t/50) + 0.5 e in both columns; x3 = 0.3 (x2_1 + x2_2) + 0.5 e;
  /// x4 as in the first example. The fourth published example.
  CdnodExample4,
  /// x = h1(d) + 0.5 e; y = x + h2(d) + 0.3 e with h1, h2 standard normal, over three domains: too few to tell whether
  /// two mechanisms change independently.
  FewDomains,
  /// x = h1(d) + 0.5 e; y = (1.5 + h2(d)) x + 0.3 e over 30 domains: a slope that changes between domains whose values
  /// of x hardly overlap, where comparing the dependence of mechanisms tells the direction no better than chance.
  SlopeDomains,
  /// x = R1 + 0.5 e; y = 0.8 x - 0.3 R1 + 0.5 e: a cause and its effect whose mechanisms are driven by the same series.
  /// They do not change independently, and the wrong direction looks the more independent one.
  SharedConfounder,
  /// x1 = e; x2 = 0.8 x1 + 2 [t > 0.6 n] + 0.5 e; x3 = 0.8 x2 + 0.5 e: one mechanism that jumps once.
  Step
};

template <>
struct EnumNames<ChangingProcess> {
  static constexpr std::array<std::pair<ChangingProcess, std::string_view>, 8> names{
      {{ChangingProcess::CdnodExample1, "cdnod-1"},
       {ChangingProcess::CdnodExample2, "cdnod-2"},
       {ChangingProcess::CdnodExample3, "cdnod-3"},
       {ChangingProcess::CdnodExample4, "cdnod-4"},
       {ChangingProcess::FewDomains, "cdnod-few-domains"},
       {ChangingProcess::SlopeDomains, "cdnod-slope-domains"},
       {ChangingProcess::SharedConfounder, "cdnod-shared-confounder"},
       {ChangingProcess::Step, "cdnod-step"}}};
};

/// Data of a process and the truth about them.
struct ChangingSample {
  /// The variables, then the surrogate: `time` with its role, or `domain` (levels "1", "2", ...) as environment.
  Dataset data;
  /// Over the variables and, last, the surrogate, which points at every node whose mechanism changes. A node of several
  /// columns x2_1, x2_2 is called x2.
  MixedGraph truth;
  /// What drives each mechanism, up to sign and scale; no rounds. A force that jumps has its change point.
  MechanismChanges changes;
  /// Columns of each node of the truth but the surrogate, in the same order.
  std::vector<std::vector<std::string>> columns;
};

/// Rows drawn when nothing else is asked for: as published for the four examples.
[[nodiscard]] std::int64_t default_rows(ChangingProcess process);

/// The number of domains of the process; 0: its surrogate is time.
[[nodiscard]] int domain_count(ChangingProcess process);

/// The smallest number of rows that can be drawn: two, in each domain if there are any.
[[nodiscard]] std::int64_t fewest_rows(ChangingProcess process);

/// Draws n rows. Domains are consecutive blocks of rows, of equal size up to one.
///
/// A smooth series is white Gaussian noise under a Gaussian window of standard deviation 20 rows, cut at four of them:
/// stationary, correlation exp(-k^2 / 1600) at lag k up to the cut, about one independent change in 70 rows.
/// Its standard deviation is 0.2 in CdnodExample2 and 1 in SharedConfounder.
///
/// A function of (process, n, run.seed); noise and series of a row do not change with n, but domains, and the time of
/// the step, do. Thread-safe. Cost O(n). Errors: InvalidArgument for n below fewest_rows.
[[nodiscard]] ChangingSample simulate_changing(ChangingProcess process, std::int64_t n, const RunOptions& run = {});

}  // namespace causal
