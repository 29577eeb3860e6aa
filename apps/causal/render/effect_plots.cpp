#include "render/effect_plots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "render/plot_parts.hpp"
#include "render/text.hpp"
#include "render/ticks.hpp"

namespace causal::render {
namespace {

constexpr double kWidth = 760;
constexpr double kFontSize = 12;
constexpr double kRow = 24;
constexpr double kWidestLabel = 210;
constexpr double kAxis = 40;  ///< Height below the rows: numbers and the axis' name.
constexpr double kPlotHeight = 240;

/// The smallest interval that holds the finite numbers added, widened a little on request.
class Extent {
 public:
  void add(double value) {
    if (!std::isfinite(value)) return;
    low_ = std::min(low_, value);
    high_ = std::max(high_, value);
  }
  [[nodiscard]] bool empty() const { return low_ > high_; }
  /// With room at both ends.
  [[nodiscard]] std::pair<double, double> padded() const {
    if (empty()) return {-1, 1};
    const double room = high_ > low_ ? 0.04 * (high_ - low_) : std::max(1.0, std::abs(low_)) * 0.1;
    return {low_ - room, high_ + room};
  }

 private:
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

std::string opened(const std::string& label, double height) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"cf\" role=\"img\" aria-label=\"{}\" width=\"{}\" "
      "height=\"{}\" viewBox=\"0 0 {} {}\">\n",
      escaped(label), kWidth, coordinate(height), kWidth, coordinate(height));
}

double label_room(double widest) { return std::min(widest, kWidestLabel) + 14; }

std::string x_axis(double low, double high, double left, double right, double y, const std::string& name) {
  const Scale x(low, high, left, right);
  std::string out = line_at("axis", left, y, right, y);
  double free_from = -1e9;
  for (const Tick& tick : round_ticks(low, high, 7)) {
    const double at = x(tick.value);
    const double width = text_width(tick.label, kFontSize);
    out += line_at("axis", at, y, at, y + 5);
    if (at - width / 2 < free_from) continue;
    free_from = at + width / 2 + 10;
    out += text_at(at, y + 18, "middle", tick.label);
  }
  return out + text_at((left + right) / 2, y + 35, "middle", name, " class=\"name\"");
}

/// The interval: a line with ends, arrows where it does not end.
std::string whisker(const ForestRow& row, const Scale& x, double left, double right, double y) {
  const bool open_low = std::isinf(row.low);
  const bool open_high = std::isinf(row.high);
  const double from = open_low ? left : x(row.low);
  const double to = open_high ? right : x(row.high);
  std::string out = line_at("ci", from, y, to, y);
  out += open_low ? fmt::format("<path class=\"change\" d=\"M{} {}l8 -4l0 8Z\"/>", coordinate(left), coordinate(y))
                  : line_at("ci", from, y - 4, from, y + 4);
  out += open_high ? fmt::format("<path class=\"change\" d=\"M{} {}l-8 -4l0 8Z\"/>", coordinate(right), coordinate(y))
                   : line_at("ci", to, y - 4, to, y + 4);
  return out;
}

/// One row: its interval, where it has one, and a dot at the value.
std::string interval(const ForestRow& row, const Scale& x, double left, double right, double y) {
  if (!std::isfinite(row.value)) return text_at((left + right) / 2, y + 4, "middle", "no answer", " class=\"name\"");
  std::string out;
  if (!std::isnan(row.low) && !std::isnan(row.high)) out += whisker(row, x, left, right, y);
  return out + fmt::format("<circle class=\"f1 dot\" cx=\"{}\" cy=\"{}\" r=\"4.2\"><title>{}: {}</title></circle>\n",
                           coordinate(x(row.value)), coordinate(y), escaped(row.label), escaped(row.note));
}

std::string point(char pen, double x, double y) { return fmt::format("{}{} {}", pen, coordinate(x), coordinate(y)); }

std::string polyline(const Curve& curve, std::size_t k, const Scale& x, const Scale& y) {
  std::string path;
  bool pen_down = false;
  for (std::size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i) {
    if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) {
      pen_down = false;
      continue;
    }
    path += point(pen_down ? 'L' : 'M', x(curve.x[i]), y(curve.y[i]));
    pen_down = true;
  }
  return path.empty() ? path : fmt::format("<path class=\"f{}\" d=\"{}\"/>\n", k + 1, path);
}

/// There along the upper edge, back along the lower one; points without both edges are passed over.
std::string band(const Curve& curve, std::size_t k, const Scale& x, const Scale& y) {
  std::string there, back;
  for (std::size_t i = 0; i < std::min({curve.x.size(), curve.low.size(), curve.high.size()}); ++i) {
    if (!std::isfinite(curve.low[i]) || !std::isfinite(curve.high[i])) continue;
    there += point(there.empty() ? 'M' : 'L', x(curve.x[i]), y(curve.high[i]));
    back.insert(0, point('L', x(curve.x[i]), y(curve.low[i])));
  }
  return there.empty() ? there : fmt::format("<path class=\"band b{}\" d=\"{}{}Z\"/>\n", k + 1, there, back);
}

/// The curve in the coordinates of the axes: logarithms, NaN for what has none.
Curve on_axes(Curve curve, const CurveAxes& axes) {
  if (!axes.log_y) return curve;
  for (std::vector<double>* values : {&curve.y, &curve.low, &curve.high}) {
    for (double& value : *values) value = value > 0 ? std::log10(value) : std::numeric_limits<double>::quiet_NaN();
  }
  return curve;
}

/// Round numbers, or powers of ten; within less than one power of ten, its round numbers.
std::vector<Tick> y_ticks(double low, double high, bool is_log) {
  if (!is_log) return round_ticks(low, high, 5);
  std::vector<Tick> ticks;
  for (double power = std::ceil(low); power <= high; ++power)
    ticks.push_back({power, fmt::format("{:g}", std::pow(10, power))});
  if (ticks.size() >= 2) return ticks;
  ticks.clear();
  for (const Tick& tick : round_ticks(std::pow(10, low), std::pow(10, high), 5)) {
    if (tick.value > 0) ticks.push_back({std::log10(tick.value), tick.label});
  }
  return ticks;
}

}  // namespace

std::string forest_plot(const std::vector<ForestRow>& rows, const std::string& axis_name) {
  if (rows.empty()) return {};
  double widest = 0;
  double widest_note = 0;
  Extent extent;
  extent.add(0);
  for (const ForestRow& row : rows) {
    widest = std::max(widest, text_width(row.label, kFontSize));
    widest_note = std::max(widest_note, text_width(row.note, kFontSize));
    for (const double value : {row.value, row.low, row.high}) extent.add(value);
  }
  const auto [low, high] = extent.padded();
  const double left = label_room(widest);
  const double right = kWidth - label_room(widest_note);
  const double bottom = 8 + kRow * static_cast<double>(rows.size());
  const Scale x(low, high, left, right);
  std::string out = opened("Estimates with their intervals", bottom + kAxis);
  out += line_at("zero", x(0), 4, x(0), bottom) + "\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = 8 + kRow * (static_cast<double>(i) + 0.5);
    out += text_at(left - 14, y + 4, "end", elided(rows[i].label, kFontSize, kWidestLabel));
    out += interval(rows[i], x, left, right, y);
    out += text_at(right + 14, y + 4, "start", elided(rows[i].note, kFontSize, kWidestLabel));
  }
  return out + x_axis(low, high, left, right, bottom, axis_name) + "</svg>";
}

std::string balance_plot(std::vector<BalanceRow> rows) {
  if (rows.empty()) return {};
  const auto size = [](double value) { return std::isfinite(value) ? std::abs(value) : 0; };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const BalanceRow& a, const BalanceRow& b) { return size(a.before) > size(b.before); });
  double widest = 0;
  double high = 0.15;
  for (const BalanceRow& row : rows) {
    widest = std::max(widest, text_width(row.name, kFontSize));
    high = std::max({high, 1.05 * size(row.before), 1.05 * size(row.after)});
  }
  constexpr double kTight = 18;
  const double left = label_room(widest);
  const double right = kWidth - 14;
  const double top = 26;
  const double bottom = top + kTight * static_cast<double>(rows.size());
  const Scale x(0, high, left, right);
  std::string out = opened("Standardised differences of covariates before and after adjustment", bottom + kAxis);
  out += fmt::format("<circle class=\"f2\" cx=\"{}\" cy=\"11\" r=\"4\"/>", coordinate(left + 6));
  out += text_at(left + 16, 15, "start", "before");
  out += fmt::format("<circle class=\"f1 dot\" cx=\"{}\" cy=\"11\" r=\"4\"/>", coordinate(left + 86));
  out += text_at(left + 96, 15, "start", "after");
  out += line_at("change", x(0.1), top, x(0.1), bottom) + "\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = top + kTight * (static_cast<double>(i) + 0.5);
    out += text_at(left - 14, y + 4, "end", elided(rows[i].name, kFontSize, kWidestLabel));
    out += line_at("zero", left, y, right, y);
    out += fmt::format("<circle class=\"f2\" cx=\"{}\" cy=\"{}\" r=\"4\"><title>before: {}</title></circle>",
                       coordinate(x(size(rows[i].before))), coordinate(y), short_number(rows[i].before));
    out += fmt::format("<circle class=\"f1 dot\" cx=\"{}\" cy=\"{}\" r=\"4\"><title>after: {}</title></circle>\n",
                       coordinate(x(size(rows[i].after))), coordinate(y), short_number(rows[i].after));
  }
  return out + x_axis(0, high, left, right, bottom, "absolute standardised difference of the arms") + "</svg>";
}

std::string curve_plot(const std::vector<Curve>& given, const std::string& x_name, const std::string& y_name,
                       const CurveAxes& axes) {
  std::vector<Curve> curves;
  Extent horizontal;
  Extent vertical;
  for (std::size_t k = 0; k < std::min(given.size(), kMostCurves); ++k) {
    const Curve& curve = curves.emplace_back(on_axes(given[k], axes));
    for (std::size_t i = 0; i < std::min(curve.x.size(), curve.y.size()); ++i) {
      if (!std::isfinite(curve.x[i]) || !std::isfinite(curve.y[i])) continue;
      horizontal.add(curve.x[i]);
      vertical.add(curve.y[i]);
      if (i < curve.low.size()) vertical.add(curve.low[i]);
      if (i < curve.high.size()) vertical.add(curve.high[i]);
    }
  }
  if (horizontal.empty()) return {};
  const auto [x_low, x_high] = horizontal.padded();
  const auto [y_low, y_high] = vertical.padded();
  const double left = 70;
  const double right = kWidth - 14;
  const double top = 26;
  const double bottom = top + kPlotHeight;
  const Scale x(x_low, x_high, left, right);
  const Scale y(y_low, y_high, bottom, top);
  std::string out = opened(y_name + " over " + x_name, bottom + kAxis);
  double at = left;
  for (std::size_t k = 0; k < curves.size(); ++k) {
    out += line_at(fmt::format("f{}", k + 1), at, 11, at + 24, 11);
    out += text_at(at + 30, 15, "start", curves[k].label);
    at += 48 + text_width(curves[k].label, kFontSize);
  }
  for (const Tick& tick : y_ticks(y_low, y_high, axes.log_y)) {
    out += line_at("zero", left, y(tick.value), right, y(tick.value));
    out += text_at(left - 8, y(tick.value) + 4, "end", tick.label);
  }
  for (const double mark : axes.marks) out += line_at("change", x(mark), top, x(mark), bottom);
  for (std::size_t k = curves.size(); k-- > 0;) out += band(curves[k], k, x, y);
  for (std::size_t k = curves.size(); k-- > 0;) out += polyline(curves[k], k, x, y);
  return out + x_axis(x_low, x_high, left, right, bottom, x_name) + "</svg>";
}

}  // namespace causal::render
