#pragma once
// Text for HTML and SVG: escaping, the room it takes, numbers for people.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace causal::render {

/// The text with & < > " ' escaped, for element content and quoted attributes. Bytes that are not UTF-8 and characters
/// XML forbids become U+FFFD.
[[nodiscard]] std::string escaped(std::string_view text);

/// An upper estimate of the width of `text`, in the unit of `font_size`, for the common sans-serif fonts.
[[nodiscard]] double text_width(std::string_view text, double font_size);

/// The text, or its beginning and an ellipsis, no wider than `width` by text_width.
[[nodiscard]] std::string elided(std::string_view text, double font_size, double width);

/// Three significant digits, "0.0312", "1.2e-9"; an en dash for NaN.
[[nodiscard]] std::string short_number(double value);

/// A coordinate with one decimal, without a trailing ".0" or a negative zero.
[[nodiscard]] std::string coordinate(double value);

/// With thousands separated: "61,336".
[[nodiscard]] std::string grouped(std::int64_t value);

/// "1 edge", "2 edges": the count, grouped, and the noun in the right number.
[[nodiscard]] std::string counted(std::int64_t count, std::string_view noun);

/// The words as one POSIX shell command, quoted where a shell needs it.
[[nodiscard]] std::string shell_command(const std::vector<std::string>& words);

}  // namespace causal::render
