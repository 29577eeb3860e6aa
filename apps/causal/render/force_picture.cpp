#include "render/force_picture.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string_view>

#include "render/force_scale.hpp"
#include "render/force_words.hpp"
#include "render/plot_parts.hpp"
#include "render/text.hpp"
#include "render/ticks.hpp"
#include "render/wording.hpp"

namespace causal::render {
namespace {

constexpr std::size_t kMostPlaces = 600;
constexpr std::size_t kMostComponents = 3;
constexpr double kWidth = 760;
constexpr double kPlotHeight = 150;
constexpr double kMargin = 14;
constexpr double kFontSize = 12;
constexpr double kRow = 17;  ///< Height of a line of text.
constexpr double kLongestLabel = 130;
constexpr double kTurn = 55;           ///< Degrees by which crowded domain labels are turned.
constexpr double kLabelPitch = 13;     ///< Distance that turned labels need.
constexpr double kSmallestPitch = 7;   ///< Bars closer than this leave no room for the marks of other components.
constexpr double kWidestDomain = 110;  ///< Few domains do not fill the width.

/// Where the plot stands inside the picture.
struct Frame {
  double left = kMargin;
  double right = kWidth - kMargin;
  double top = 0;
  double bottom = 0;
};

/// The mark of component k over domains: a ring, then a diamond.
std::string mark(std::size_t k, double x, double y) {
  if (k == 1) {
    return fmt::format("<circle class=\"f2\" cx=\"{}\" cy=\"{}\" r=\"2.6\"/>", coordinate(x), coordinate(y));
  }
  return fmt::format("<path class=\"f3\" d=\"M{} {}l3 3l-3 3l-3 -3Z\"/>", coordinate(x), coordinate(y - 3));
}

/// One line that tells the components apart, with their shares.
std::string legend(const DrivingForce& force, std::size_t components, bool bars) {
  std::string out;
  double x = kMargin;
  for (std::size_t k = 0; k < components; ++k) {
    if (!bars) {
      out += line_at(fmt::format("f{}", k + 1), x, 11, x + 24, 11);
    } else if (k == 0) {
      out += fmt::format("<rect class=\"f1\" x=\"{}\" y=\"6\" width=\"24\" height=\"10\"/>", coordinate(x));
    } else {
      out += mark(k, x + 14, 11);
    }
    const std::string text = fmt::format("{} component, {}", ordinal(k), percent(force.shares[k]));
    out += text_at(x + 30, 15, "start", text);
    x += 30 + text_width(text, kFontSize) + 18;
  }
  return out;
}

/// A line through the places drawn, broken where a value is missing; a place alone is a dot.
std::string component_line(const std::vector<double>& values, const std::vector<std::size_t>& places,
                           const std::vector<double>& points, std::size_t k, const Scale& x, const Scale& y) {
  std::string path;
  std::string dots;
  const bool all = places.size() == values.size() || values.size() <= kMostPlaces;
  const auto joined = [&](std::size_t i, std::size_t j) { return !all || places[j] == places[i] + 1; };
  for (std::size_t i = 0; i < places.size(); ++i) {
    const std::string here = coordinate(x(points[places[i]])) + ' ' + coordinate(y(values[places[i]]));
    const bool before = i > 0 && joined(i - 1, i);
    const bool after = i + 1 < places.size() && joined(i, i + 1);
    if (before || after) {
      path += (before ? 'L' : 'M') + here;
    } else {
      dots += fmt::format("<circle class=\"f{} dot\" cx=\"{}\" cy=\"{}\" r=\"3.5\"/>", k + 1,
                          coordinate(x(points[places[i]])), coordinate(y(values[places[i]])));
    }
  }
  if (!path.empty()) path = fmt::format("<path class=\"f{}\" d=\"{}\"/>\n", k + 1, path);
  return path + dots;
}

/// Labels of change points in rows above the plot, each in the first row where it is free; a label without room in
/// three rows is left to the hover title.
struct ChangeLabels {
  std::string svg;
  int rows = 0;
};

ChangeLabels change_labels(const DrivingForce& force, const Scale& x, double top) {
  constexpr std::size_t kRows = 3;
  ChangeLabels out;
  std::vector<double> used(kRows, 0.0);
  for (const ChangePoint& point : force.change_points) {
    const std::string text = change_text(point);
    const double width = text_width(text, kFontSize);
    const double middle = std::clamp(x(point.at), kMargin + width / 2, kWidth - kMargin - width / 2);
    for (std::size_t row = 0; row < kRows; ++row) {
      if (middle - width / 2 < used[row]) continue;
      used[row] = middle + width / 2 + 8;
      out.rows = std::max(out.rows, static_cast<int>(row) + 1);
      out.svg += text_at(middle, top + kRow * static_cast<double>(row) + 12, "middle", text, " class=\"change\"");
      break;
    }
  }
  return out;
}

std::string change_lines(const DrivingForce& force, const Scale& x, const Frame& frame) {
  std::string out;
  for (const ChangePoint& point : force.change_points) {
    const double at = x(point.at);
    if (at < frame.left || at > frame.right) continue;
    out += fmt::format("<g><title>{}</title>{}<path class=\"change\" d=\"M{} {}l5 -7l-10 0Z\"/></g>\n",
                       escaped("change at " + change_text(point)), line_at("change", at, frame.top, at, frame.bottom),
                       coordinate(at), coordinate(frame.top));
  }
  return out;
}

/// The axis of time, with its name under the numbers.
std::string time_axis(double low, double high, const std::string& name, const Scale& x, const Frame& frame) {
  std::string out = line_at("axis", frame.left, frame.bottom, frame.right, frame.bottom);
  double free_from = 0;
  for (const Tick& tick : round_ticks(low, high, 8)) {
    const double at = x(tick.value);
    const double width = text_width(tick.label, kFontSize);
    const double middle = std::clamp(at, width / 2, kWidth - width / 2);
    out += line_at("axis", at, frame.bottom, at, frame.bottom + 5);
    if (middle - width / 2 < free_from) continue;
    free_from = middle + width / 2 + 10;
    out += text_at(middle, frame.bottom + 18, "middle", tick.label);
  }
  const std::string shown = elided(name, kFontSize, kWidth / 2);
  return out + text_at((frame.left + frame.right) / 2, frame.bottom + 18 + kRow, "middle", shown, " class=\"name\"");
}

std::string opened(const LearnedGraph& graph, const DrivingForce& force, double height) {
  return fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"cf\" role=\"img\" aria-label=\"{}\" width=\"{}\" "
      "height=\"{}\" viewBox=\"0 0 {} {}\">\n<desc>{}</desc>\n",
      escaped(force_label(graph, force)), kWidth, coordinate(height), kWidth, coordinate(height),
      escaped(force_description(graph, force)));
}

std::string surrogate_name(const LearnedGraph& graph) {
  return node_label(graph.nodes[slot(graph.changes->surrogate)]);
}

ForcePicture draw_over_time(const LearnedGraph& graph, const DrivingForce& force) {
  const std::vector<double>& points = graph.changes->points;
  ForcePicture picture{.svg = {}, .drawn_places = 0, .all_places = points.size()};
  picture.drawn_components = std::min(kMostComponents, force.components.size());
  Frame frame;
  const Scale x(points.front(), points.back(), frame.left, frame.right);
  const ChangeLabels labels = change_labels(force, x, kRow + 4);
  frame.top = kRow + 4 + labels.rows * kRow + (force.change_points.empty() ? 4 : 11);
  frame.bottom = frame.top + kPlotHeight;
  const Extent extent = extent_with_zero(force.components, picture.drawn_components);
  const Scale y(extent.low, extent.high, frame.bottom - 6, frame.top + 2);

  picture.svg = opened(graph, force, frame.bottom + 18 + kRow + 8);
  picture.svg += legend(force, picture.drawn_components, false) + labels.svg;
  picture.svg += line_at("zero", frame.left, y(0), frame.right, y(0));
  picture.svg += time_axis(points.front(), points.back(), surrogate_name(graph), x, frame);
  // The first component last, so that it lies above the others.
  for (std::size_t k = picture.drawn_components; k-- > 0;) {
    const std::vector<std::size_t> places = line_places(force.components[k], kMostPlaces);
    picture.drawn_places = std::max(picture.drawn_places, places.size());
    picture.svg += component_line(force.components[k], places, points, k, x, y);
  }
  picture.svg += change_lines(force, x, frame) + "</svg>";
  return picture;
}

/// Labels under the bars: level when all have room, else turned, and every so many when even that is too narrow.
struct DomainLabels {
  bool turned = false;
  std::size_t every = 1;
  double height = 0;
  double reach = 0;  ///< How far a turned label extends to the left of its bar.
};

DomainLabels domain_labels(const std::vector<std::string>& names, double pitch) {
  double widest = 0;
  for (const std::string& name : names) widest = std::max(widest, text_width(name, kFontSize));
  if (widest + 8 <= pitch) return {.turned = false, .every = 1, .height = kRow, .reach = 0};
  widest = std::min(widest, kLongestLabel);
  const double angle = kTurn * std::numbers::pi / 180;
  return {.turned = true,
          .every = static_cast<std::size_t>(std::max(1.0, std::ceil(kLabelPitch / pitch))),
          .height = widest * std::sin(angle) + 12,
          .reach = widest * std::cos(angle)};
}

std::string domain_label(const std::string& name, const DomainLabels& labels, double x, double y) {
  if (!labels.turned) return text_at(x, y + 14, "middle", name);
  const std::string turn =
      fmt::format(" transform=\"rotate(-{} {} {})\"", kTurn, coordinate(x + 4), coordinate(y + 10));
  return text_at(x + 4, y + 10, "end", elided(name, kFontSize, kLongestLabel), turn);
}

ForcePicture draw_over_domains(const LearnedGraph& graph, const DrivingForce& force) {
  const std::vector<std::size_t> places = largest_places(force.components[0], kMostPlaces);
  const double count = static_cast<double>(places.size());
  std::vector<std::string> names;
  for (const std::size_t place : places) names.push_back(graph.changes->domains[place]);
  Frame frame;
  frame.top = kRow + 8;
  frame.bottom = frame.top + kPlotHeight;
  frame.right = std::min(frame.right, frame.left + kWidestDomain * count);
  DomainLabels labels = domain_labels(names, (frame.right - frame.left) / count);
  frame.left += labels.reach;
  frame.right = std::min(frame.right + labels.reach, kWidth - kMargin);
  const double pitch = (frame.right - frame.left) / count;
  labels.every = labels.turned ? domain_labels(names, pitch).every : 1;

  ForcePicture picture{.svg = {}, .drawn_places = places.size(), .all_places = graph.changes->domains.size()};
  picture.drawn_components = pitch < kSmallestPitch ? 1 : std::min(kMostComponents, force.components.size());
  const Extent extent = extent_with_zero(force.components, picture.drawn_components);
  const Scale y(extent.low, extent.high, frame.bottom - 4, frame.top + 4);
  picture.svg = opened(graph, force, frame.bottom + labels.height + kRow + 6);
  picture.svg += legend(force, picture.drawn_components, true);
  picture.svg += line_at("zero", frame.left, y(0), frame.right, y(0)) + "\n";
  const double width = std::clamp(0.66 * pitch, 0.8, 44.0);
  for (std::size_t i = 0; i < places.size(); ++i) {
    const double middle = frame.left + (static_cast<double>(i) + 0.5) * pitch;
    if (i % labels.every == 0) picture.svg += domain_label(names[i], labels, middle, frame.bottom);
    for (std::size_t k = 0; k < picture.drawn_components; ++k) {
      const double value = force.components[k][places[i]];
      if (!std::isfinite(value)) continue;
      if (k > 0) {
        picture.svg += mark(k, middle, y(value));
        continue;
      }
      picture.svg +=
          fmt::format("<rect class=\"f1\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"><title>{}: {}</title></rect>",
                      coordinate(middle - width / 2), coordinate(std::min(y(value), y(0))), coordinate(width),
                      coordinate(std::abs(y(value) - y(0))), escaped(names[i]), short_number(value));
    }
  }
  picture.svg += text_at((frame.left + frame.right) / 2, frame.bottom + labels.height + kRow, "middle",
                         elided(surrogate_name(graph), kFontSize, kWidth / 2), " class=\"name\"");
  picture.svg += "</svg>";
  return picture;
}

}  // namespace

ForcePicture draw_force(const LearnedGraph& graph, const DrivingForce& force) {
  if (force.shares.empty() || force.components.empty() || force.components[0].empty()) return {};
  return graph.changes->domains.empty() ? draw_over_time(graph, force) : draw_over_domains(graph, force);
}

}  // namespace causal::render
