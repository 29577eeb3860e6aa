#include "gaussian_sweep.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "causal/math/multiversion.hpp"
#include "causal/run/error.hpp"

namespace causal::discovery {
namespace {

constexpr std::size_t kLanes = 4;
using Lanes = double __attribute__((vector_size(32), aligned(8)));
using LaneMask = std::int64_t __attribute__((vector_size(32), aligned(8)));

// A lane that must never look separated: r^2 is 1/vx >= 1 whatever it is conditioned on.
constexpr double kInertCovariance = 1e3;
constexpr double kInertVariance = 1e6;

std::size_t padded(std::size_t lanes) { return (lanes + kLanes - 1) / kLanes * kLanes; }

// r^2 with the sign of the covariance in the last bit, so that a plain minimum keeps both.
double signed_square(double r2, double covariance) {
  const auto bits = std::bit_cast<std::uint64_t>(r2) & ~std::uint64_t{1};
  return std::bit_cast<double>(bits | (std::bit_cast<std::uint64_t>(covariance) >> 63));
}

// The deepest step for one last member r: `row` is its covariance with the lanes, given the members before the
// previous one, from which `factor * previous` takes it to given all of them. Keeps the smallest r^2 of every lane;
// true when some lane was separated or singular; `events` marks which.
CAUSAL_MULTIVERSION
bool test_lanes(const double* row, const double* previous, double factor, const double* cxy, const double* vy, double a,
                double inverse, double vx, double threshold, double tolerance, double* smallest, std::int64_t* events,
                std::size_t lanes) {
  LaneMask any = {};
  for (std::size_t i = 0; i < lanes; i += kLanes) {
    Lanes w = *reinterpret_cast<const Lanes*>(row + i);
    if (previous) w -= factor * *reinterpret_cast<const Lanes*>(previous + i);
    const Lanes c = *reinterpret_cast<const Lanes*>(cxy + i) - a * w;
    const Lanes v = *reinterpret_cast<const Lanes*>(vy + i) - w * w * inverse;
    const LaneMask regular = v > tolerance;
    const Lanes r2 = (c * c) / (vx * v);
    const LaneMask sign = (LaneMask)((std::uint64_t __attribute__((vector_size(32))))c >> 63);
    const Lanes tagged = (Lanes)(((LaneMask)r2 & ~std::int64_t{1}) | sign);
    const Lanes ones = {1, 1, 1, 1};
    const Lanes valid = regular ? tagged : ones;
    Lanes& best = *reinterpret_cast<Lanes*>(smallest + i);
    best = valid < best ? valid : best;
    const LaneMask event = (valid <= threshold) | ~regular;
    *reinterpret_cast<LaneMask*>(events + i) = event;
    any |= event;
  }
  return (any[0] | any[1] | any[2] | any[3]) != 0;
}

// out -= factor * row, over whole vectors.
CAUSAL_MULTIVERSION
void subtract_scaled(double* out, const double* in, double factor, const double* row, std::size_t begin,
                     std::size_t end) {
  for (std::size_t i = begin; i < end; ++i) out[i] = in[i] - factor * row[i];
}

double binomial(std::size_t n, std::size_t k) {
  double value = 1;
  for (std::size_t i = 0; i < k; ++i)
    value = std::round(value * static_cast<double>(n - i) / static_cast<double>(i + 1));
  return value;
}

}  // namespace

const GaussianSweep::Outcome& GaussianSweep::run(const Eigen::MatrixXd& correlation, NodeId x,
                                                 std::span<const NodeId> ys, std::span<const NodeId> A, int level,
                                                 double threshold, const StopSignal& stop) {
  CAUSAL_ASSERT(level >= 1);
  R_ = &correlation;
  x_ = x;
  ys_ = ys;
  A_ = A;
  level_ = static_cast<std::size_t>(level);
  threshold_ = threshold;
  tolerance_ = 1e-10 * level;
  stop_ = &stop;
  stopped_ = false;
  out_.found.clear();
  out_.sets.clear();
  out_.found_r2.clear();
  out_.smallest_r2.assign(ys.size(), 1.0);
  out_.tests = out_.degenerate = 0;
  out_.degenerate_nodes.clear();
  if (A.size() < level_ || ys.empty()) return out_;

  if (states_.size() < level_) states_.resize(level_);
  State& root = states_[0];
  root.vx = 1;
  root.cxa.resize(A.size());
  root.va.assign(A.size(), 1.0);
  const double* column = correlation.col(x).data();
  for (std::size_t i = 0; i < A.size(); ++i) root.cxa[i] = column[A[i]];
  chosen_.clear();
  load_lanes();
  if (level_ == 1) {
    level_one();
  } else {
    load_matrices();
    search(0, 0);
  }
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    if (lane_y_[lane] >= 0) out_.smallest_r2[static_cast<std::size_t>(lane_y_[lane])] = smallest_[lane];
  }
  return out_;
}

// One lane for each candidate, padded with inert ones.
void GaussianSweep::load_lanes() {
  State& root = states_[0];
  live_ = ys_.size();
  lanes_ = padded(live_);
  smallest_.assign(lanes_, 1.0);
  events_.resize(lanes_);
  lane_y_.assign(lanes_, -1);
  member_of_.assign(lanes_, -1);
  lane_of_.assign(A_.size(), -1);
  for (std::size_t depth = 0; depth < level_; ++depth) {
    states_[depth].cxy.assign(lanes_, kInertCovariance);
    states_[depth].vy.assign(lanes_, kInertVariance);
  }
  const double* column = R_->col(x_).data();
  std::size_t member = 0;
  for (std::size_t lane = 0; lane < live_; ++lane) {
    const NodeId y = ys_[lane];
    lane_y_[lane] = static_cast<int>(lane);
    root.cxy[lane] = column[y];
    root.vy[lane] = 1;
    while (member < A_.size() && A_[member] < y) ++member;
    if (member == A_.size() || A_[member] != y) continue;
    lane_of_[member] = static_cast<int>(lane);
    member_of_[lane] = static_cast<int>(member);
  }
}

void GaussianSweep::gather_row(std::size_t r, double* row) const {
  const double* column = R_->col(A_[r]).data();
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    row[lane] = lane_y_[lane] < 0 ? 0 : column[ys_[static_cast<std::size_t>(lane_y_[lane])]];
  }
}

void GaussianSweep::load_matrices() {
  State& root = states_[0];
  const std::size_t d = A_.size();
  root.W.resize(d * lanes_);
  root.K.resize(d * d);
  for (std::size_t r = 0; r < d; ++r) {
    gather_row(r, root.W.data() + r * lanes_);
    const double* column = R_->col(A_[r]).data();
    for (std::size_t s = r + 1; s < d; ++s) root.K[r * d + s] = column[A_[s]];
  }
}

// Drops separated candidates from the lanes once a quarter of them is gone. Only at depth 0, before member `next` is
// chosen: the deeper states are rebuilt from there.
void GaussianSweep::compact_if_sparse(std::size_t next) {
  if (padded(live_) * 4 > lanes_ * 3) return;
  State& root = states_[0];
  const std::size_t old_lanes = lanes_;
  kept_.clear();
  for (std::size_t lane = 0; lane < old_lanes; ++lane) {
    if (lane_y_[lane] >= 0) kept_.push_back(lane);
  }
  lanes_ = padded(live_);
  const auto compact = [&](auto& values, auto padding) {
    for (std::size_t lane = 0; lane < kept_.size(); ++lane) values[lane] = values[kept_[lane]];
    for (std::size_t lane = kept_.size(); lane < lanes_; ++lane) values[lane] = padding;
  };
  compact(smallest_, 1.0);
  compact(lane_y_, -1);
  compact(member_of_, -1);
  compact(root.cxy, kInertCovariance);
  compact(root.vy, kInertVariance);
  for (std::size_t lane = 0; lane < kept_.size(); ++lane) {
    if (member_of_[lane] >= 0) lane_of_[static_cast<std::size_t>(member_of_[lane])] = static_cast<int>(lane);
  }
  if (level_ == 1) return;
  for (std::size_t r = next; r < A_.size(); ++r) {
    const double* from = root.W.data() + r * old_lanes;
    double* to = root.W.data() + r * lanes_;
    for (std::size_t lane = 0; lane < kept_.size(); ++lane) to[lane] = from[kept_[lane]];
    std::fill(to + kept_.size(), to + lanes_, 0.0);
  }
}

void GaussianSweep::level_one() {
  State& root = states_[0];
  for (std::size_t r = 0; r < A_.size() && live_ > 0; ++r) {
    compact_if_sparse(r);
    root.W.resize(lanes_);
    gather_row(r, root.W.data());
    if (lane_of_[r] >= 0) root.W[static_cast<std::size_t>(lane_of_[r])] = 0;
    test_last(r, root.W.data(), nullptr, 0, root, root.cxa[r], 1);
  }
}

// Chooses member number `depth` from position `begin` on; leaves the last two to last_two.
void GaussianSweep::search(std::size_t depth, std::size_t begin) {
  const std::size_t remaining = level_ - depth;
  for (std::size_t k = begin; k + remaining <= A_.size() && live_ > 0; ++k) {
    if (depth == 0) compact_if_sparse(k);
    if (stopped_ || (stopped_ = stop_->reached())) return;
    State& state = states_[depth];
    if (is_singular(state.va[k])) {
      skip_branch(k, remaining - 1);
      continue;
    }
    chosen_.push_back(k);
    push(state, states_[depth + 1], k, remaining == 2);
    if (remaining == 2) {
      last_two(state, k);
    } else {
      search(depth + 1, k + 1);
    }
    chosen_.pop_back();
  }
}

// The state given one more member k. Before the last member only the lanes are needed (`innermost`).
void GaussianSweep::push(const State& from, State& to, std::size_t k, bool innermost) {
  condition_lanes(from, to, k);
  const std::size_t d = A_.size();
  if (innermost) return;
  to.W.resize(d * lanes_);
  to.K.resize(d * d);
  to.cxa.resize(d);
  to.va.resize(d);
  const double inverse = 1 / from.va[k];
  const double* row_k = from.K.data() + k * d;
  for (std::size_t r = k + 1; r < d; ++r) {
    const double factor = row_k[r] * inverse;
    to.cxa[r] = from.cxa[r] - factor * from.cxa[k];
    to.va[r] = from.va[r] - factor * row_k[r];
    subtract_scaled(to.W.data() + r * lanes_, from.W.data() + r * lanes_, factor, from.W.data() + k * lanes_, 0,
                    lanes_);
    subtract_scaled(to.K.data() + r * d, from.K.data() + r * d, factor, row_k, r + 1, d);
  }
}

void GaussianSweep::condition_lanes(const State& from, State& to, std::size_t k) const {
  const double inverse = 1 / from.va[k];
  const double a = from.cxa[k] * inverse;
  const double* row = from.W.data() + k * lanes_;
  to.cxy.resize(lanes_);
  to.vy.resize(lanes_);
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    to.cxy[lane] = from.cxy[lane] - a * row[lane];
    to.vy[lane] = from.vy[lane] - row[lane] * row[lane] * inverse;
  }
  to.vx = from.vx - a * from.cxa[k];
  if (lane_of_[k] >= 0) {
    to.cxy[static_cast<std::size_t>(lane_of_[k])] = kInertCovariance;
    to.vy[static_cast<std::size_t>(lane_of_[k])] = kInertVariance;
  }
}

// All last members after k, the one before the last; the sweep by k is fused into the tests.
void GaussianSweep::last_two(State& state, std::size_t k) {
  const State& lanes = states_[level_ - 1];
  const std::size_t d = A_.size();
  const double inverse = 1 / state.va[k];
  const double* previous = state.W.data() + k * lanes_;
  for (std::size_t r = k + 1; r < d && live_ > 0; ++r) {
    const double coupling = state.K[k * d + r];
    const double factor = coupling * inverse;
    const double variance = state.va[r] - factor * coupling;
    if (is_singular(variance)) {
      skip_branch(r, 0);
      continue;
    }
    double* row = state.W.data() + r * lanes_;
    const double cxr = state.cxa[r] - factor * state.cxa[k];
    if (lane_of_[r] < 0) {
      test_last(r, row, previous, factor, lanes, cxr, variance);
      continue;
    }
    // Put back afterwards: the next k needs the true entry, or a nearly collinear pair makes its lane look singular.
    const auto own = static_cast<std::size_t>(lane_of_[r]);
    const double kept = row[own];
    row[own] = factor * previous[own];
    test_last(r, row, previous, factor, lanes, cxr, variance);
    row[own] = kept;
  }
}

// Tests every lane given the chosen members and, last, r. The lane of r itself is made harmless by its row entry.
void GaussianSweep::test_last(std::size_t r, const double* row, const double* previous, double factor,
                              const State& lanes, double cxr, double vr) {
  const double inverse = 1 / vr;
  const double a = cxr * inverse;
  const double vx = lanes.vx - a * cxr;
  const std::int64_t tests = live_tests(r);
  out_.tests += tests;
  if (is_singular(vx)) {
    out_.degenerate += tests;
    out_.degenerate_nodes.push_back(x_);
    return;
  }
  const int own = lane_of_[r];
  const double kept = own >= 0 ? smallest_[static_cast<std::size_t>(own)] : 0;
  const bool event = test_lanes(row, previous, factor, lanes.cxy.data(), lanes.vy.data(), a, inverse, vx, threshold_,
                                tolerance_, smallest_.data(), events_.data(), lanes_);
  if (own >= 0) smallest_[static_cast<std::size_t>(own)] = kept;
  if (event) examine(r, row, previous, factor, lanes, a, inverse, vx);
}

// Repeats the arithmetic of test_lanes on the lanes it marked: was the candidate separated, or singular?
void GaussianSweep::examine(std::size_t r, const double* row, const double* previous, double factor, const State& lanes,
                            double a, double inverse, double vx) {
  for (std::size_t lane = 0; lane < lanes_; ++lane) {
    if (events_[lane] == 0 || lane_y_[lane] < 0 || static_cast<int>(lane) == lane_of_[r]) continue;
    const double w = previous ? row[lane] - factor * previous[lane] : row[lane];
    const double c = lanes.cxy[lane] - a * w;
    const double v = lanes.vy[lane] - w * w * inverse;
    if (is_singular(v)) {
      ++out_.degenerate;
      out_.degenerate_nodes.push_back(ys_[static_cast<std::size_t>(lane_y_[lane])]);
      continue;
    }
    const double r2 = signed_square((c * c) / (vx * v), c);
    if (r2 <= threshold_) record(lane, r, r2);
  }
}

void GaussianSweep::record(std::size_t lane, std::size_t r, double r2) {
  out_.found.push_back(lane_y_[lane]);
  out_.found_r2.push_back(r2);
  for (const std::size_t k : chosen_) out_.sets.push_back(A_[k]);
  out_.sets.push_back(A_[r]);
  lane_y_[lane] = -1;
  if (member_of_[lane] >= 0) lane_of_[static_cast<std::size_t>(member_of_[lane])] = -1;
  for (std::size_t depth = 0; depth < level_; ++depth) {
    states_[depth].cxy[lane] = kInertCovariance;
    states_[depth].vy[lane] = kInertVariance;
  }
  --live_;
}

// Counts the tests of all sets that consist of the chosen members, the singular one at `position` and `more` of those
// behind it. A candidate is not tested given sets that contain it.
void GaussianSweep::skip_branch(std::size_t position, std::size_t more) {
  const std::size_t behind = A_.size() - position - 1;
  std::int64_t live_behind = 0;
  for (std::size_t i = position + 1; i < A_.size(); ++i) live_behind += lane_of_[i] >= 0 ? 1 : 0;
  double tests = binomial(behind, more) * static_cast<double>(live_tests(position));
  if (more > 0) tests -= binomial(behind - 1, more - 1) * static_cast<double>(live_behind);
  const auto counted = static_cast<std::int64_t>(std::min(tests, 0x1p62));
  out_.tests += counted;
  out_.degenerate += counted;
  out_.degenerate_nodes.push_back(A_[position]);
}

// Candidates still searched for that are not themselves in the set.
std::int64_t GaussianSweep::live_tests(std::size_t r) const {
  auto live = static_cast<std::int64_t>(live_);
  for (const std::size_t k : chosen_) live -= lane_of_[k] >= 0 ? 1 : 0;
  return live - (lane_of_[r] >= 0 ? 1 : 0);
}

}  // namespace causal::discovery
