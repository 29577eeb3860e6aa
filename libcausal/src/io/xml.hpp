#pragma once
// The part of XML that graph files use, as a tree.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scanner.hpp"

namespace causal::io {

struct XmlElement {
  std::string name;  ///< Without its namespace prefix.
  std::vector<std::pair<std::string, std::string>> attributes;
  std::vector<XmlElement> children;
  std::string text;  ///< All text directly inside, entities replaced.
  std::size_t position = 0;

  /// The attribute's value, or nullptr.
  [[nodiscard]] const std::string* find(std::string_view attribute) const;
};

/// Reads elements, attributes, text, CDATA, comments and the five named and all numeric entities. A document type is an
/// error (no entity is ever expanded from one), so are more than 64 levels. Errors: ParseError.
[[nodiscard]] XmlElement read_xml(Scanner& scanner);

/// With markup, quotes and white space other than the space replaced by entities.
[[nodiscard]] std::string xml_escaped(std::string_view text);

}  // namespace causal::io
