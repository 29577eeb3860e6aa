#pragma once
// What every plot is drawn with: scales, lines, texts.

#include <string>
#include <string_view>

namespace causal::render {

/// Maps [low, high] to [from, to]; equal ends map to the middle. Safe against overflow.
class Scale {
 public:
  Scale(double low, double high, double from, double to) : low_(low), high_(high), from_(from), to_(to) {}
  [[nodiscard]] double operator()(double value) const {
    const double length = high_ / 2 - low_ / 2;
    const double share = length > 0 ? (value / 2 - low_ / 2) / length : 0.5;
    return from_ + share * (to_ - from_);
  }

 private:
  double low_, high_, from_, to_;
};

/// A straight line of that class.
[[nodiscard]] std::string line_at(std::string_view style, double x1, double y1, double x2, double y2);

/// Escaped text; anchor is start, middle or end; `more` is further attributes, beginning with a blank.
[[nodiscard]] std::string text_at(double x, double y, std::string_view anchor, std::string_view text,
                                  std::string_view more = "");

}  // namespace causal::render
