#pragma once
// What a structure search returns: the graph, what separated what, and the record of the run.

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "causal/data/dataset.hpp"
#include "causal/graph/mechanism_changes.hpp"
#include "causal/graph/mixed_graph.hpp"
#include "causal/run/status.hpp"

namespace causal {

/// What the marks of a graph mean, as written to files.
enum class GraphKind { Dag, Pdag, Cpdag, Mpdag, Ug, Admg, Mag, Pag, TsDag, TsCpdag, TsPag };

template <>
struct EnumNames<GraphKind> {
  static constexpr std::array<std::pair<GraphKind, std::string_view>, 11> names{{{GraphKind::Dag, "dag"},
                                                                                 {GraphKind::Pdag, "pdag"},
                                                                                 {GraphKind::Cpdag, "cpdag"},
                                                                                 {GraphKind::Mpdag, "mpdag"},
                                                                                 {GraphKind::Ug, "ug"},
                                                                                 {GraphKind::Admg, "admg"},
                                                                                 {GraphKind::Mag, "mag"},
                                                                                 {GraphKind::Pag, "pag"},
                                                                                 {GraphKind::TsDag, "ts_dag"},
                                                                                 {GraphKind::TsCpdag, "ts_cpdag"},
                                                                                 {GraphKind::TsPag, "ts_pag"}}};
};

/// A node of a learned graph. `lag` is set in time-series graphs only.
struct LearnedNode {
  std::string name;
  VariableType type = VariableType::Continuous;
  std::optional<int> lag = {};
  friend bool operator==(const LearnedNode&, const LearnedNode&) = default;
};

/// An edge with what is known of it. NaN: not computed.
struct LearnedEdge {
  Edge edge;
  int lag = 0;
  double strength = std::numeric_limits<double>::quiet_NaN();   ///< Effect size of the test or score, in the test's own
                                                                ///< units (a correlation for fisher_z).
  double p_value = std::numeric_limits<double>::quiet_NaN();    ///< Largest p-value over all tests of this pair.
  double frequency = std::numeric_limits<double>::quiet_NaN();  ///< Share of resamples that contain the edge.
};

/// A non-adjacent pair x < y and the non-empty set that separated it. Pairs separated by the empty set are not listed.
struct Sepset {
  NodeId x = 0;
  NodeId y = 0;
  NodeSet given;
  double p_value = 0;
};

/// One option as given, in registry order: name and printed value.
struct OptionRecord {
  std::string name;
  std::string value;
};

/// What was run on what. Everything here is a function of input, options and seed.
struct RunRecord {
  std::string tool = "causal";
  std::string version;
  std::string algorithm;
  std::vector<OptionRecord> options;
  std::uint64_t seed = 0;
  std::string data_sha256;
  std::int64_t n = 0;
  int p = 0;
};

/// What depends on the machine and the moment; the one block that may differ between two runs of the same input.
struct TimingRecord {
  std::vector<std::string> command;
  std::string data_path;
  std::string host;
  int threads = 0;
  double total_s = 0;
  double peak_mib = 0;
  std::vector<std::pair<std::string, double>> phase_seconds;
};

/// The result of every structure search, and what graph files hold.
struct LearnedGraph {
  GraphKind kind = GraphKind::Cpdag;
  std::vector<LearnedNode> nodes;
  std::vector<LearnedEdge> edges;  ///< Canonical, sorted by (from, to).
  std::vector<Sepset> sepsets;     ///< Sorted by (x, y).
  std::vector<AmbiguousTriple> ambiguous_triples;
  std::optional<std::string> not_a_cpdag;   ///< The witness, when a search for a CPDAG did not end in one.
  std::optional<MechanismChanges> changes;  ///< Of a search over changing mechanisms.
  Status status = Status::Ok;
  std::vector<std::string> warnings;
  RunStats stats;
  RunRecord run;
  std::optional<TimingRecord> timing;

  [[nodiscard]] std::vector<std::string> names() const;
  /// The graph without the record. Errors: GraphError when a pair carries two edges of one kind.
  [[nodiscard]] MixedGraph graph() const;
  /// One line: "cpdag, 11 nodes, 24 edges (9 directed), 1204 tests, ok".
  [[nodiscard]] std::string brief() const;
};

/// A LearnedGraph that holds `graph` and nothing else; numbers NaN, kind as given.
[[nodiscard]] LearnedGraph learned_graph_from(const MixedGraph& graph, GraphKind kind);

/// The narrowest kind that fits the marks and lack of cycles: Dag, Ug, Cpdag, Pdag, Admg or Pag.
[[nodiscard]] GraphKind guess_kind(const MixedGraph& graph);

}  // namespace causal
