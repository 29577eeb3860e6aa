#pragma once
// The HTML page of a correction of predicted outcomes.

#include <string>
#include <utility>
#include <vector>

#include "causal/io/json.hpp"
#include "render/effect_plots.hpp"

namespace causal::render {

/// What the page shows beside the correction's own file.
struct DebiasPage {
  std::string method;
  std::string command;  ///< Shell command that repeats the fit; empty: left out.
  std::vector<std::pair<std::string, double>> figures;
  std::vector<Curve> correction;  ///< Corrected over predicted outcomes, and what naive use makes of them.
  std::vector<Curve> score;       ///< Slope of the log density of the predictions; empty: none is used.
  std::vector<std::string> warnings;
};

/// One self-contained, printable page: plots of correction and score, figures, warnings. The correction's file is
/// embedded in `<script type="application/json" id="causal-debiaser">`. A pure function.
[[nodiscard]] std::string debias_report(const io::Json& debiaser, const DebiasPage& page);

}  // namespace causal::render
