#include "contraction_kernel.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

#include "causal/math/multiversion.hpp"
#include "causal/run/parallel.hpp"

namespace causal::detail {

namespace {

// A block is a run of cells of the result that share the slow coordinates; it stays in the first-level cache.
constexpr std::size_t kBlockCells = 1024;
constexpr double kLogZero = -std::numeric_limits<double>::infinity();

// How an operand is read along a block.
enum class Access { Constant, Contiguous, Gather };

struct Pattern {
  Access access;
  const std::ptrdiff_t* offsets;  // per cell of the block
};

// One operand of one block at one value of the summed index.
struct Source {
  Pattern pattern;
  const double* data;
};

CAUSAL_MULTIVERSION void load(double* to, std::size_t n, const Source& source) {
  switch (source.pattern.access) {
    case Access::Constant:
      for (std::size_t j = 0; j < n; ++j) to[j] = *source.data;
      break;
    case Access::Contiguous:
      for (std::size_t j = 0; j < n; ++j) to[j] = source.data[j];
      break;
    case Access::Gather:
      for (std::size_t j = 0; j < n; ++j) to[j] = source.data[source.pattern.offsets[j]];
      break;
  }
}

CAUSAL_MULTIVERSION void multiply(double* to, std::size_t n, const Source& source) {
  switch (source.pattern.access) {
    case Access::Constant:
      for (std::size_t j = 0; j < n; ++j) to[j] *= *source.data;
      break;
    case Access::Contiguous:
      for (std::size_t j = 0; j < n; ++j) to[j] *= source.data[j];
      break;
    case Access::Gather:
      for (std::size_t j = 0; j < n; ++j) to[j] *= source.data[source.pattern.offsets[j]];
      break;
  }
}

CAUSAL_MULTIVERSION void add(double* to, std::size_t n, const Source& source) {
  switch (source.pattern.access) {
    case Access::Constant:
      for (std::size_t j = 0; j < n; ++j) to[j] += *source.data;
      break;
    case Access::Contiguous:
      for (std::size_t j = 0; j < n; ++j) to[j] += source.data[j];
      break;
    case Access::Gather:
      for (std::size_t j = 0; j < n; ++j) to[j] += source.data[source.pattern.offsets[j]];
      break;
  }
}

// Running log-sum-exp per cell: the sum is total * e^peak.
void add_exponentials(double* peak, double* total, std::size_t n, const double* logs) {
  for (std::size_t j = 0; j < n; ++j) {
    if (logs[j] == kLogZero) continue;
    if (logs[j] <= peak[j]) {
      total[j] += std::exp(logs[j] - peak[j]);
    } else {
      total[j] = total[j] * std::exp(peak[j] - logs[j]) + 1;
      peak[j] = logs[j];
    }
  }
}

// Walks through blocks of the result and keeps where each operand stands.
class BlockRunner {
 public:
  BlockRunner(const FusedStep& step, Domain domain) : step_(step), domain_(domain), dims_(step.cardinalities.size()) {
    outer_dims_ = dims_;
    while (outer_dims_ > 0) {
      const auto c = static_cast<std::size_t>(step.cardinalities[outer_dims_ - 1]);
      if (cells_ > 1 && cells_ * c > kBlockCells) break;
      cells_ *= c;
      --outer_dims_;
    }
    for (std::size_t d = 0; d < outer_dims_; ++d) blocks_ *= step.cardinalities[d];
    set_patterns();
  }

  [[nodiscard]] std::int64_t blocks() const { return blocks_; }
  [[nodiscard]] std::size_t cells() const { return cells_; }

  Status run(std::int64_t begin, std::int64_t end, const StopSignal& stop) const {
    std::vector<double> scratch(domain_ == Domain::Linear ? cells_ : 2 * cells_);
    std::vector<int> digits(outer_dims_, 0);
    std::vector<const double*> bases(step_.operands.size());
    seek(begin, digits, bases);
    const std::int64_t cost = static_cast<std::int64_t>(cells_) * step_.summed;
    std::int64_t until_asked = kCellsBetweenQuestions;
    for (std::int64_t block = begin; block < end; ++block) {
      double* const out = step_.out + static_cast<std::size_t>(block) * cells_;
      if (domain_ == Domain::Linear) {
        sum_products(out, scratch.data(), bases);
      } else {
        sum_exponentials(out, scratch.data(), scratch.data() + cells_, bases);
      }
      advance(digits, bases);
      until_asked -= cost;
      if (until_asked < 0) {
        if (stop.reached()) return stop.status();
        until_asked = kCellsBetweenQuestions;
      }
    }
    return Status::Ok;
  }

 private:
  static constexpr std::int64_t kCellsBetweenQuestions = 1 << 20;

  // Offsets of the cells of a block relative to its first cell, per operand.
  void set_patterns() {
    const std::size_t k = step_.operands.size();
    offsets_.resize(k * cells_);
    patterns_.reserve(k);
    for (std::size_t i = 0; i < k; ++i) {
      std::ptrdiff_t* const offsets = offsets_.data() + i * cells_;
      const std::ptrdiff_t* const strides = step_.strides.data() + i * dims_;
      std::size_t filled = 1;
      offsets[0] = 0;
      for (std::size_t d = dims_; d-- > outer_dims_;) {
        const auto c = static_cast<std::size_t>(step_.cardinalities[d]);
        for (std::size_t value = 1; value < c; ++value) {
          const std::ptrdiff_t shift = strides[d] * static_cast<std::ptrdiff_t>(value);
          for (std::size_t j = 0; j < filled; ++j) offsets[value * filled + j] = offsets[j] + shift;
        }
        filled *= c;
      }
      bool constant = true;
      bool contiguous = true;
      for (std::size_t j = 0; j < cells_; ++j) {
        constant = constant && offsets[j] == 0;
        contiguous = contiguous && offsets[j] == static_cast<std::ptrdiff_t>(j);
      }
      patterns_.push_back({constant ? Access::Constant : contiguous ? Access::Contiguous : Access::Gather, offsets});
    }
  }

  void seek(std::int64_t block, std::vector<int>& digits, std::vector<const double*>& bases) const {
    for (std::size_t i = 0; i < bases.size(); ++i) bases[i] = step_.operands[i];
    for (std::size_t d = outer_dims_; d-- > 0;) {
      digits[d] = static_cast<int>(block % step_.cardinalities[d]);
      block /= step_.cardinalities[d];
      for (std::size_t i = 0; i < bases.size(); ++i) bases[i] += step_.strides[i * dims_ + d] * digits[d];
    }
  }

  void advance(std::vector<int>& digits, std::vector<const double*>& bases) const {
    for (std::size_t d = outer_dims_; d-- > 0;) {
      const int c = step_.cardinalities[d];
      const bool wraps = ++digits[d] == c;
      const std::ptrdiff_t move = wraps ? 1 - c : 1;
      for (std::size_t i = 0; i < bases.size(); ++i) bases[i] += step_.strides[i * dims_ + d] * move;
      if (!wraps) return;
      digits[d] = 0;
    }
  }

  [[nodiscard]] Source source(std::size_t i, int s, const std::vector<const double*>& bases) const {
    return {patterns_[i],
            bases[i] + step_.sum_offsets[i * static_cast<std::size_t>(step_.summed) + static_cast<std::size_t>(s)]};
  }

  void sum_products(double* out, double* product, const std::vector<const double*>& bases) const {
    const std::size_t k = bases.size();
    for (int s = 0; s < step_.summed; ++s) {
      double* const to = s == 0 ? out : product;
      if (k == 0) {
        std::fill(to, to + cells_, 1.0);
      } else {
        load(to, cells_, source(0, s, bases));
      }
      for (std::size_t i = 1; i < k; ++i) multiply(to, cells_, source(i, s, bases));
      if (s > 0) add(out, cells_, {{Access::Contiguous, nullptr}, product});
    }
  }

  void sum_exponentials(double* peak, double* total, double* logs, const std::vector<const double*>& bases) const {
    std::fill(peak, peak + cells_, kLogZero);
    std::fill(total, total + cells_, 0.0);
    for (int s = 0; s < step_.summed; ++s) {
      std::fill(logs, logs + cells_, 0.0);
      for (std::size_t i = 0; i < bases.size(); ++i) add(logs, cells_, source(i, s, bases));
      add_exponentials(peak, total, cells_, logs);
    }
    for (std::size_t j = 0; j < cells_; ++j) peak[j] += total[j] > 0 ? std::log(total[j]) : 0;
  }

  const FusedStep& step_;
  Domain domain_;
  std::size_t dims_;
  std::size_t outer_dims_ = 0;
  std::size_t cells_ = 1;
  std::int64_t blocks_ = 1;
  std::vector<std::ptrdiff_t> offsets_;
  std::vector<Pattern> patterns_;
};

}  // namespace

Status multiply_and_sum(const FusedStep& step, Domain domain, int threads, const StopSignal& stop) {
  constexpr std::int64_t kWorthAThread = 1 << 16;
  const BlockRunner runner(step, domain);
  const std::int64_t cost = static_cast<std::int64_t>(runner.cells()) * step.summed;
  if (runner.blocks() * cost < 2 * kWorthAThread) return runner.run(0, runner.blocks(), stop);
  std::atomic<Status> status{Status::Ok};
  parallel_chunks(runner.blocks(), std::max<std::int64_t>(1, kWorthAThread / cost), threads,
                  [&](std::int64_t begin, std::int64_t end, int) {
                    if (status.load(std::memory_order_relaxed) != Status::Ok) return;
                    const Status of_chunk = runner.run(begin, end, stop);
                    const Status now = of_chunk == Status::Ok ? stop.status() : of_chunk;
                    if (now != Status::Ok) status = now;
                  });
  return status;
}

double largest_cell(const double* cells, std::size_t n, Domain domain) {
  if (domain == Domain::Log) return *std::max_element(cells, cells + n);
  // Four chains, so that comparisons do not wait for each other.
  double largest[4] = {0, 0, 0, 0};
  std::size_t i = 0;
  for (; i + 4 <= n; i += 4) {
    for (std::size_t lane = 0; lane < 4; ++lane) largest[lane] = std::max(largest[lane], std::abs(cells[i + lane]));
  }
  for (; i < n; ++i) largest[0] = std::max(largest[0], std::abs(cells[i]));
  return std::max(std::max(largest[0], largest[1]), std::max(largest[2], largest[3]));
}

}  // namespace causal::detail
