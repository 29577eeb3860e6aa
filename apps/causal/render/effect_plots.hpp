#pragma once
// Plots of effects: intervals, balance of covariates, curves.

#include <cstddef>
#include <string>
#include <vector>

namespace causal::render {

/// One estimate with its interval. Infinite ends are drawn as arrows; a value that is not finite is a row without mark.
struct ForestRow {
  std::string label;
  double value = 0;
  double low = 0;
  double high = 0;
  std::string note;  ///< At the right: "1676 [340, 3011]".
};

/// Intervals one below the other, with a line at zero. Empty without rows.
[[nodiscard]] std::string forest_plot(const std::vector<ForestRow>& rows, const std::string& axis_name);

/// A standardised difference between the arms, before and after adjustment.
struct BalanceRow {
  std::string name;
  double before = 0;
  double after = 0;
};

/// Absolute differences: a ring before, a dot after, a line at 0.1, largest first. Empty without rows.
[[nodiscard]] std::string balance_plot(std::vector<BalanceRow> rows);

/// A line through points with ascending x; points that are not finite break it.
struct Curve {
  std::string label;
  std::vector<double> x;
  std::vector<double> y;
  std::vector<double> low = {};  ///< Both as long as x: a band around the line, drawn below all lines.
  std::vector<double> high = {};
};

struct CurveAxes {
  /// Powers of ten along y; what is not positive is left out.
  bool log_y = false;
  std::vector<double> marks = {};  ///< Vertical lines at these x.
};

inline constexpr std::size_t kMostCurves = 6;

/// Up to kMostCurves curves over common axes, told apart by colour and dashes; further ones are left out. Empty without
/// a finite point.
[[nodiscard]] std::string curve_plot(const std::vector<Curve>& curves, const std::string& x_name,
                                     const std::string& y_name, const CurveAxes& axes = {});

}  // namespace causal::render
