#pragma once
// Drawings of string diagrams.

#include <string>

#include "causal/diagram/diagram.hpp"

namespace causal::io {

/// The diagram for Graphviz, read from bottom to top: boxes with their inputs below and outputs above, a dot where a
/// wire is copied, three bars where one is discarded, the bars upside down for a uniform state, triangles for point
/// states and observations. Deterministic boxes have round corners, partial ones a dashed frame. A wire carries its
/// type unless the box it comes from has the same name. Characters below space in names are written \xHH.
[[nodiscard]] std::string write_dot(const Diagram& diagram);

/// The same as a tikzpicture that needs nothing but \usepackage{tikz}: boxes in layers, each as low as what it reads
/// allows. Characters that mean something to TeX are escaped; names are set as text.
[[nodiscard]] std::string write_tikz(const Diagram& diagram);

}  // namespace causal::io
