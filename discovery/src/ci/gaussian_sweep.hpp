#pragma once
// The sweep engine: all partial correlations of one centre at one level, sharing the elimination of common variables.

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

#include "causal/graph/mixed_graph.hpp"
#include "causal/run/stop.hpp"

namespace causal::discovery {

/// Finds, for a centre x, the first separating set of every candidate y among the size-`level` subsets of A.
///
/// Subsets are walked depth first in lexicographic order. The state at depth j is the covariance of x, the candidates
/// and A given the first j members; adding a member is one rank-1 sweep. The last member is not swept: for every y
/// three numbers are formed and compared. Reusable; one per thread. `level` >= 1.
class GaussianSweep {
 public:
  /// For each y: the smallest r^2 met, with the sign of r in the last bit; 1 when no test was possible.
  struct Outcome {
    std::vector<int> found;    ///< Positions in ys, in the order of discovery.
    std::vector<NodeId> sets;  ///< `level` nodes per found.
    std::vector<double> found_r2;
    std::vector<double> smallest_r2;
    std::int64_t tests = 0;
    std::int64_t degenerate = 0;
    std::vector<NodeId> degenerate_nodes;  ///< Unsorted, may repeat.
  };

  /// correlation: p x p with ones on the diagonal. A pair is separated when r^2 <= threshold. A residual variance of
  /// at most 1e-10 * level is zero: the test is degenerate.
  const Outcome& run(const Eigen::MatrixXd& correlation, NodeId x, std::span<const NodeId> ys,
                     std::span<const NodeId> A, int level, double threshold, const StopSignal& stop);

 private:
  // Covariances given the members chosen so far. Lanes are the candidates y still searched for, padded to full vectors.
  struct State {
    std::vector<double> W;    // d x lanes: rows A, columns lanes.
    std::vector<double> K;    // d x d, entries right of the diagonal only.
    std::vector<double> cxa;  // d: covariance of x and A.
    std::vector<double> va;   // d: variance of A.
    std::vector<double> cxy;  // lanes.
    std::vector<double> vy;   // lanes.
    double vx = 1;
  };

  void load_lanes();
  void load_matrices();
  void gather_row(std::size_t r, double* row) const;
  void compact_if_sparse(std::size_t next);
  void level_one();
  void search(std::size_t depth, std::size_t begin);
  void last_two(State& state, std::size_t k);
  void push(const State& from, State& to, std::size_t k, bool innermost);
  void condition_lanes(const State& from, State& to, std::size_t k) const;
  void test_last(std::size_t r, const double* row, const double* previous, double factor, const State& lanes,
                 double cxr, double vr);
  void examine(std::size_t r, const double* row, const double* previous, double factor, const State& lanes, double a,
               double inverse, double vx);
  void record(std::size_t lane, std::size_t r, double r2);
  void skip_branch(std::size_t position, std::size_t more);
  [[nodiscard]] std::int64_t live_tests(std::size_t r) const;
  [[nodiscard]] bool is_singular(double variance) const { return !(variance > tolerance_); }

  const Eigen::MatrixXd* R_ = nullptr;
  NodeId x_ = 0;
  std::span<const NodeId> ys_;
  std::span<const NodeId> A_;
  std::size_t level_ = 0;
  double threshold_ = 0;
  double tolerance_ = 0;
  const StopSignal* stop_ = nullptr;

  std::vector<State> states_;         // one per depth 0 .. level-2, then the lanes given all but the last member
  std::vector<double> smallest_;      // lanes: smallest r^2 so far
  std::vector<int> lane_y_;           // position in ys, or -1 for padding and candidates already separated
  std::vector<std::int64_t> events_;  // lanes: not zero when the last test of the lane needs a closer look
  std::vector<int> member_of_;        // lanes: position of the candidate in A, or -1
  std::vector<std::size_t> kept_;     // scratch of compact_if_sparse
  std::vector<int> lane_of_;          // for each member of A: its lane among the candidates, or -1
  std::vector<std::size_t> chosen_;   // positions in A
  std::size_t lanes_ = 0;             // padded
  std::size_t live_ = 0;
  bool stopped_ = false;
  Outcome out_;
};

}  // namespace causal::discovery
