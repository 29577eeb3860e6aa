#include "progress_line.hpp"

#include <fmt/format.h>

#include "terminal.hpp"

namespace causal::cli {
namespace {

std::string rate_text(double per_second) {
  if (per_second >= 1e6) return fmt::format("{:.1f} M/s", per_second / 1e6);
  if (per_second >= 1e3) return fmt::format("{:.1f} k/s", per_second / 1e3);
  return fmt::format("{:.1f} /s", per_second);
}

std::string duration_text(double seconds) {
  if (seconds < 90) return fmt::format("{:.0f} s", seconds);
  if (seconds < 5400) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.1f} h", seconds / 3600);
}

}  // namespace

std::string grouped(std::int64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const std::size_t left = digits.size() - i;
    if (i > 0 && left % 3 == 0 && digits[i - 1] != '-') out += ',';
    out += digits[i];
  }
  return out;
}

std::string progress_text(const Progress& progress, double elapsed_s) {
  std::string text = progress.phase;
  if (progress.total > 0) {
    text += fmt::format("  {}/{}", grouped(progress.done), grouped(progress.total));
  } else if (progress.done > 0) {
    text += fmt::format("  {}", grouped(progress.done));
  }
  if (progress.done > 0 && elapsed_s > 0.2) {
    const double per_second = static_cast<double>(progress.done) / elapsed_s;
    text += "  " + rate_text(per_second);
    if (progress.total > progress.done) {
      text += "  eta " + duration_text(static_cast<double>(progress.total - progress.done) / per_second);
    }
  }
  return text;
}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::clear() {
  if (line_is_dirty_) write_stderr("\r\033[K");
  line_is_dirty_ = false;
}

void ProgressLine::show(const Progress& progress) {
  if (style_ == Style::Off) return;
  const Clock::time_point now = Clock::now();
  const bool new_phase = progress.phase != phase_;
  if (new_phase) {
    phase_ = progress.phase;
    phase_start_ = now;
    phase_is_told_ = false;
  }
  if (style_ != Style::Terminal) {
    const bool is_due = style_ == Style::Plain || now - phase_start_ >= std::chrono::seconds(1);
    if (is_due && !phase_is_told_) {
      write_stderr(progress_text(progress, std::chrono::duration<double>(now - phase_start_).count()) + "\n");
      phase_is_told_ = true;
    }
    return;
  }
  if (!new_phase && now - last_shown_ < std::chrono::milliseconds(100)) return;
  last_shown_ = now;
  std::string text = progress_text(progress, std::chrono::duration<double>(now - phase_start_).count());
  text.resize(std::min(text.size(), static_cast<std::size_t>(terminal_width() - 1)));
  write_stderr("\r\033[K" + text);
  line_is_dirty_ = true;
}

ProgressFn ProgressLine::callback() {
  if (style_ == Style::Off) return {};
  return [this](const Progress& progress) { show(progress); };
}

}  // namespace causal::cli
