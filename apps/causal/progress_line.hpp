#pragma once
// Progress on stderr: one line rewritten at most ten times a second on a terminal, one line per phase elsewhere.

#include <chrono>
#include <string>

#include "causal/run/progress.hpp"

namespace causal::cli {

/// "skeleton |S|=2  18,204/61,336  2.1 k/s  eta 12 s"
[[nodiscard]] std::string progress_text(const Progress& progress, double elapsed_s);
/// 1234567 as "1,234,567".
[[nodiscard]] std::string grouped(std::int64_t number);

/// Shows reports; clears its line when it goes. Reports come from one thread at a time.
class ProgressLine {
 public:
  /// Plain: a line for every phase. PlainSlow: a line for every phase that has lasted a second.
  enum class Style { Off, Terminal, Plain, PlainSlow };
  explicit ProgressLine(Style style) : style_(style) {}
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const Progress& progress);
  /// What RunOptions takes; empty when off. Refers to this object.
  [[nodiscard]] ProgressFn callback();
  /// Clears the line on a terminal, so that other text can be written.
  void clear();

 private:
  using Clock = std::chrono::steady_clock;
  Style style_;
  std::string phase_;
  Clock::time_point phase_start_{};
  Clock::time_point last_shown_{};
  bool line_is_dirty_ = false;
  bool phase_is_told_ = false;
};

}  // namespace causal::cli
