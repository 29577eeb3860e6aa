#include "render/plot_parts.hpp"

#include <fmt/format.h>

#include "render/text.hpp"

namespace causal::render {

std::string line_at(std::string_view style, double x1, double y1, double x2, double y2) {
  return fmt::format("<line class=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", style, coordinate(x1),
                     coordinate(y1), coordinate(x2), coordinate(y2));
}

std::string text_at(double x, double y, std::string_view anchor, std::string_view text, std::string_view more) {
  return fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\"{}>{}</text>\n", coordinate(x), coordinate(y), anchor,
                     more, escaped(text));
}

}  // namespace causal::render
