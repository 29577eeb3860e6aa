#include "render/page_parts.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "render/page_style.hpp"
#include "render/text.hpp"

namespace causal::render {

std::string page_opening(std::string_view title) {
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n";
  return out + fmt::format("<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n", escaped(title), kPageStyle);
}

std::string fact(std::string_view term, std::string_view html, bool wide) {
  return fmt::format("<div{}><dt>{}</dt><dd>{}</dd></div>\n", wide ? " class=\"wide\"" : "", term, html);
}

void add_method(ReportContext& context, const MethodInfo& info) {
  context.methods.push_back(
      {std::string(info.name), std::string(info.title), std::string(info.summary), std::string(info.source)});
  for (const Assumption& assumption : info.assumptions) {
    const bool known = std::any_of(context.assumptions.begin(), context.assumptions.end(),
                                   [&](const ReportAssumption& other) { return other.name == assumption.name; });
    if (known) continue;
    context.assumptions.push_back({std::string(assumption.name), std::string(assumption.text), assumption.tested});
  }
}

std::string method_section(const ReportContext& context) {
  if (context.methods.empty() && context.assumptions.empty()) return {};
  std::string out = "<section>\n<h2>Method and assumptions</h2>\n";
  for (const ReportMethod& method : context.methods) {
    out += fmt::format("<p><strong>{}</strong>. {}{}</p>\n", escaped(method.title), escaped(method.summary),
                       method.source.empty() ? "" : " <span class=\"soft\">" + escaped(method.source) + "</span>");
  }
  if (context.assumptions.empty()) return out + "</section>\n";
  out +=
      "<div class=\"wrap\"><table id=\"assumptions\">\n<thead><tr><th>Assumption</th><th>What it says</th>"
      "<th>Tested in this run</th></tr></thead>\n<tbody>\n";
  for (const ReportAssumption& assumption : context.assumptions) {
    out += fmt::format("<tr><td>{}</td><td>{}</td><td class=\"{}\">{}</td></tr>\n", escaped(assumption.name),
                       escaped(assumption.text), assumption.tested ? "yes" : "no",
                       assumption.tested ? "✓ tested" : "not tested");
  }
  return out + "</tbody></table></div>\n</section>\n";
}

std::string script_json(const io::Json& value) {
  const std::string json = value.dump();
  std::string out;
  out.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      out += "\\u003c";
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace causal::render
