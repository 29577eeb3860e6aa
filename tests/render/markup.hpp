#pragma once
// A strict reader of the report's markup: every tag closed in order, attributes quoted and unique, entities known.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace markup {

struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;  ///< Undecoded.
  std::size_t depth = 0;
  std::string text;  ///< Undecoded character data directly inside.
};

/// The elements in document order. `error` says what is wrong and where, and is empty for a well-formed document.
struct Document {
  std::vector<Element> elements;
  std::string error;

  [[nodiscard]] std::vector<const Element*> all(std::string_view name) const;
  [[nodiscard]] const Element* by_id(std::string_view id) const;
};

/// The text with character references replaced.
inline std::string decoded(std::string_view text) {
  static const std::map<std::string, std::string, std::less<>> kKnown{
      {"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&quot;", "\""}, {"&#39;", "'"}};
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '&') {
      const std::size_t end = text.find(';', i);
      const auto known = kKnown.find(text.substr(i, end - i + 1));
      if (known != kKnown.end()) {
        out += known->second;
        i = end + 1;
        continue;
      }
    }
    out += text[i++];
  }
  return out;
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Document read() {
    if (text_.substr(0, 15) == "<!DOCTYPE html>") at_ = 15;
    while (document_.error.empty() && at_ < text_.size()) {
      if (text_[at_] != '<') {
        read_text();
      } else if (text_.substr(at_, 2) == "</") {
        read_end();
      } else {
        read_start();
      }
    }
    if (document_.error.empty() && !open_.empty()) fail("not closed: " + document_.elements[open_.back()].name);
    return std::move(document_);
  }

 private:
  void fail(const std::string& what) {
    if (document_.error.empty()) document_.error = what + " at byte " + std::to_string(at_);
  }

  void check_data(std::string_view data) {
    if (data.find('<') != std::string_view::npos) return fail("bare <");
    for (std::size_t i = data.find('&'); i != std::string_view::npos; i = data.find('&', i + 1)) {
      const std::string_view entity = data.substr(i, data.find(';', i) - i + 1);
      if (decoded(entity) == entity) return fail("unknown entity");
    }
  }

  void read_text() {
    const std::string_view data = text_.substr(at_, text_.find('<', at_) - at_);
    check_data(data);
    if (open_.empty()) {
      if (data.find_first_not_of(" \n") != std::string_view::npos) fail("text outside the root");
    } else {
      document_.elements[open_.back()].text += data;
    }
    at_ += data.size();
  }

  void read_end() {
    const std::size_t end = text_.find('>', at_);
    if (end == std::string_view::npos || open_.empty()) return fail("stray end tag");
    const std::string_view name = text_.substr(at_ + 2, end - at_ - 2);
    if (name != document_.elements[open_.back()].name) return fail("closes the wrong element: " + std::string(name));
    open_.pop_back();
    at_ = end + 1;
  }

  void read_start() {
    Element element;
    element.depth = open_.size();
    std::size_t i = at_ + 1;
    while (i < text_.size() && text_[i] != ' ' && text_[i] != '>' && text_[i] != '/') element.name += text_[i++];
    if (element.name.empty()) return fail("tag without a name");
    while (i < text_.size() && text_[i] == ' ') {
      const std::size_t equals = text_.find('=', i);
      if (equals == std::string_view::npos || text_[equals + 1] != '"') return fail("attribute without a quoted value");
      const std::size_t end = text_.find('"', equals + 2);
      if (end == std::string_view::npos) return fail("attribute not closed");
      const std::string key(text_.substr(i + 1, equals - i - 1));
      const std::string value(text_.substr(equals + 2, end - equals - 2));
      if (key.find_first_of(" <>/\"'") != std::string::npos) return fail("bad attribute name: " + key);
      check_data(value);
      if (!element.attributes.emplace(key, value).second) return fail("repeated attribute: " + key);
      i = end + 1;
    }
    const bool closed = text_.substr(i, 2) == "/>";
    if (!closed && text_.substr(i, 1) != ">") return fail("tag not closed: " + element.name);
    at_ = i + (closed ? 2 : 1);
    document_.elements.push_back(element);
    if (closed) return;
    open_.push_back(document_.elements.size() - 1);
    if (element.name == "script") read_raw("</script");
    if (element.name == "style") read_raw("</style");
  }

  void read_raw(std::string_view end_tag) {
    const std::size_t end = text_.find(end_tag, at_);
    if (end == std::string_view::npos) return fail("raw text not closed");
    document_.elements.back().text = text_.substr(at_, end - at_);
    at_ = end;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<std::size_t> open_;
  Document document_;
};

inline Document read(std::string_view text) { return Reader(text).read(); }

inline std::vector<const Element*> Document::all(std::string_view name) const {
  std::vector<const Element*> out;
  for (const Element& element : elements) {
    if (element.name == name) out.push_back(&element);
  }
  return out;
}

inline const Element* Document::by_id(std::string_view id) const {
  for (const Element& element : elements) {
    const auto found = element.attributes.find("id");
    if (found != element.attributes.end() && found->second == id) return &element;
  }
  return nullptr;
}

}  // namespace markup
