#include "xml.hpp"

#include <charconv>
#include <cstdint>

namespace causal::io {
namespace {

constexpr int kMaxDepth = 64;

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == ':' || static_cast<unsigned char>(c) >= 0x80;
}

/// Appends a code point as UTF-8; false when it is none that XML allows.
bool append_code_point(std::uint32_t code, std::string& out) {
  const bool is_control = code < 0x20 && code != '\t' && code != '\n' && code != '\r';
  if (is_control || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) return false;
  const auto put = [&](std::uint32_t byte) { out += static_cast<char>(static_cast<unsigned char>(byte)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | (code >> 18U));
    put(0x80U | ((code >> 12U) & 0x3FU));
    put(0x80U | ((code >> 6U) & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
  return true;
}

class XmlReader {
 public:
  explicit XmlReader(Scanner& scanner) : scanner_(scanner) {}

  XmlElement document() {
    skip_outside();
    XmlElement root = element(0);
    skip_outside();
    if (!scanner_.at_end()) scanner_.fail("expected nothing after the document but found " + scanner_.here());
    return root;
  }

 private:
  /// White space, comments and processing instructions around the root.
  void skip_outside() {
    for (scanner_.skip_spaces(); skip_comment() || skip_until("<?", "?>"); scanner_.skip_spaces()) {
    }
    if (scanner_.rest().substr(0, 2) == "<!") scanner_.fail("document types are not read");
  }

  bool skip_comment() { return skip_until("<!--", "-->"); }

  bool skip_until(std::string_view open, std::string_view close) {
    const std::size_t start = scanner_.position();
    if (!scanner_.accept(open)) return false;
    const std::size_t end = scanner_.rest().find(close);
    if (end == std::string_view::npos) scanner_.fail_at(start, "'" + std::string(open) + "' is never closed");
    scanner_.advance(end + close.size());
    return true;
  }

  std::string name() {
    std::string text;
    while (is_name_character(scanner_.peek())) {
      text += scanner_.peek();
      scanner_.advance();
    }
    if (text.empty()) scanner_.fail("expected a name but found " + scanner_.here());
    return text;
  }

  static std::string local(const std::string& name) { return name.substr(name.rfind(':') + 1); }

  XmlElement element(int depth) {
    if (depth == kMaxDepth) scanner_.fail("more than " + std::to_string(kMaxDepth) + " levels of elements");
    XmlElement element;
    element.position = scanner_.position();
    scanner_.expect("<");
    const std::string full_name = name();
    element.name = local(full_name);
    for (scanner_.skip_spaces(); is_name_character(scanner_.peek()); scanner_.skip_spaces()) attribute(element);
    if (scanner_.accept("/>")) return element;
    scanner_.expect(">");
    content(element, depth);
    const std::size_t end = scanner_.position();
    scanner_.expect("</");
    if (name() != full_name) scanner_.fail_at(end, "this does not close '<" + full_name + ">'");
    scanner_.skip_spaces();
    scanner_.expect(">");
    return element;
  }

  void attribute(XmlElement& element) {
    const std::size_t start = scanner_.position();
    std::string key = name();
    scanner_.skip_spaces();
    scanner_.expect("=");
    scanner_.skip_spaces();
    const char quote = scanner_.peek();
    if (quote != '"' && quote != '\'') scanner_.fail("expected a quoted value but found " + scanner_.here());
    scanner_.advance();
    std::string value;
    while (scanner_.peek() != quote) {
      if (scanner_.at_end()) scanner_.fail_at(start, "this attribute is never closed");
      character(value);
    }
    scanner_.advance();
    if (element.find(key) != nullptr) scanner_.fail_at(start, "attribute '" + key + "' is given twice");
    element.attributes.emplace_back(std::move(key), std::move(value));
  }

  void content(XmlElement& element, int depth) {
    while (scanner_.rest().substr(0, 2) != "</") {
      if (scanner_.at_end()) scanner_.fail_at(element.position, "'<" + element.name + ">' is never closed");
      const std::size_t start = scanner_.position();
      if (skip_comment() || skip_until("<?", "?>")) continue;
      if (skip_until("<![CDATA[", "]]>")) {
        const std::size_t end = scanner_.position();
        scanner_.go_to(start);
        element.text += scanner_.rest().substr(9, end - start - 12);
        scanner_.go_to(end);
      } else if (scanner_.peek() == '<') {
        element.children.push_back(this->element(depth + 1));
      } else {
        character(element.text);
      }
    }
  }

  /// One character or entity.
  void character(std::string& out) {
    if (scanner_.peek() == '<') scanner_.fail("'<' must be written as &lt;");
    if (scanner_.peek() != '&') {
      out += scanner_.peek();
      scanner_.advance();
      return;
    }
    const std::size_t start = scanner_.position();
    const std::size_t end = scanner_.rest().substr(0, 12).find(';');
    if (end == std::string_view::npos) scanner_.fail("'&' must be written as &amp;");
    const std::string_view entity = scanner_.rest().substr(1, end - 1);
    scanner_.advance(end + 1);
    if (!append_entity(entity, out)) scanner_.fail_at(start, "'&" + std::string(entity) + ";' is no known entity");
  }

  static bool append_entity(std::string_view entity, std::string& out) {
    constexpr std::pair<std::string_view, char> kNamed[] = {
        {"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}};
    for (const auto& [name, character] : kNamed) {
      if (entity == name) {
        out += character;
        return true;
      }
    }
    if (entity.empty() || entity.front() != '#') return false;
    const bool is_hex = entity.size() > 1 && entity[1] == 'x';
    const std::string_view digits = entity.substr(is_hex ? 2 : 1);
    std::uint32_t code = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, is_hex ? 16 : 10);
    return error == std::errc() && end == digits.data() + digits.size() && append_code_point(code, out);
  }

  Scanner& scanner_;
};

}  // namespace

const std::string* XmlElement::find(std::string_view attribute) const {
  for (const auto& [key, value] : attributes) {
    if (key == attribute) return &value;
  }
  return nullptr;
}

XmlElement read_xml(Scanner& scanner) { return XmlReader(scanner).document(); }

std::string xml_escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '&':
        escaped += "&amp;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\t':
      case '\n':
      case '\r':
        escaped += "&#" + std::to_string(static_cast<int>(c)) + ";";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace causal::io
