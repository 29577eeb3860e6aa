#include "causal/identify/print.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "causal/run/error.hpp"

namespace causal {
namespace {

// The writing of names and signs in one language; the structure is the same in both.
struct Dialect {
  bool latex;

  [[nodiscard]] std::string name(const std::string& text) const {
    if (!latex) return text;
    std::size_t digits = text.size();
    while (digits > 1 && std::isdigit(static_cast<unsigned char>(text[digits - 1])) != 0) --digits;
    std::string stem;
    for (const char c : text.substr(0, digits)) {
      if (c == '\\') {
        stem += "\\backslash ";
        continue;
      }
      if (std::string_view("_%&#${}").find(c) != std::string_view::npos) stem += '\\';
      if (c == '^' || c == '~') stem += '\\';
      stem += c;
      if (c == '^' || c == '~') stem += "{}";
    }
    if (digits > 1) stem = "\\mathrm{" + stem + "}";
    return digits < text.size() ? stem + "_{" + text.substr(digits) + "}" : stem;
  }
  [[nodiscard]] std::string bar() const { return latex ? " \\mid " : " | "; }
  [[nodiscard]] std::string gap() const { return latex ? "\\," : " "; }
  [[nodiscard]] std::string set_by_do(const std::string& list) const {
    return latex ? "\\mathrm{do}(" + list + ")" : "do(" + list + ")";
  }
  [[nodiscard]] std::string sum(const std::string& bound) const {
    return latex ? "\\sum_{" + bound + "} " : "sum_{" + bound + "} ";
  }
  [[nodiscard]] std::string bracket(const std::string& inner) const {
    return latex ? "\\left(" + inner + "\\right)" : "(" + inner + ")";
  }
  [[nodiscard]] std::string fraction(const std::string& top, const std::string& bottom) const {
    return latex ? "\\frac{" + top + "}{" + bottom + "}" : "[" + top + "] / [" + bottom + "]";
  }
};

class Printer {
 public:
  Printer(Dialect dialect, std::span<const std::string> names, const PrintOptions& options)
      : dialect_(dialect), names_(names), options_(options) {}

  std::string write(const Expression& e) {
    for (const Symbol s : e.free()) visible_.emplace_back(s, s.copy);
    return text(e);
  }

 private:
  // The innermost meaning of a symbol is the last one entered.
  [[nodiscard]] int primes(Symbol s) const {
    for (auto it = visible_.rbegin(); it != visible_.rend(); ++it) {
      if (it->first == s) return it->second;
    }
    return s.copy;
  }

  [[nodiscard]] int fresh_primes(Symbol s) const {
    std::set<int> taken;
    for (const auto& [other, count] : visible_) {
      if (other.node == s.node) taken.insert(count);
    }
    int count = 0;
    while (taken.contains(count)) ++count;
    return count;
  }

  [[nodiscard]] std::string symbol(Symbol s) const {
    for (const auto& [constant, value] : options_.constants) {
      // Only where no sum around has bound it.
      const auto bound = [&](const auto& entry) { return entry.first == s; };
      if (constant == s && std::count_if(visible_.begin(), visible_.end(), bound) <= 1) return value;
    }
    if (s.node < 0 || slot(s.node) >= names_.size()) {
      throw InvalidArgument("the expression names node " + std::to_string(s.node) + " but there are " +
                                std::to_string(names_.size()) + " names",
                            "to_text");
    }
    return dialect_.name(names_[slot(s.node)]) + std::string(static_cast<std::size_t>(primes(s)), '\'');
  }

  [[nodiscard]] std::string list(const SymbolSet& symbols) const {
    std::string out;
    for (const Symbol s : symbols) out += (out.empty() ? "" : ", ") + symbol(s);
    return out;
  }

  [[nodiscard]] std::string probability(const Expression& e) const {
    std::string out = "P";
    if (e.domain() != 0) {
      const auto d = static_cast<std::size_t>(e.domain());
      const std::string name = d <= options_.domains.size() ? options_.domains[d - 1] : std::to_string(e.domain());
      out += dialect_.latex ? "_{" + dialect_.name(name) + "}" : "_" + name;
    }
    out += "(" + list(e.variables());
    if (!e.given().empty()) out += dialect_.bar() + list(e.given());
    if (!e.intervened().empty()) {
      const std::string set = dialect_.set_by_do(list(e.intervened()));
      if (dialect_.latex) {
        out += (e.given().empty() ? dialect_.bar() : ", ") + set;
      } else {
        out += "; " + set;
      }
    }
    return out + ")";
  }

  std::string sum(const Expression& e) {
    const std::size_t outer = visible_.size();
    for (const Symbol s : e.variables()) visible_.emplace_back(s, fresh_primes(s));
    std::string out = dialect_.sum(list(e.variables())) + text(e.children()[0]);
    visible_.resize(outer);
    return out;
  }

  std::string product(const Expression& e) {
    std::string out;
    for (const Expression& factor : e.children()) {
      if (!out.empty()) out += dialect_.gap();
      const bool last = &factor == &e.children().back();
      // A sum reaches to the end of its term: only the last factor needs no bracket.
      out += factor.is(ExpressionKind::Sum) && !last ? dialect_.bracket(text(factor)) : text(factor);
    }
    return out;
  }

  std::string text(const Expression& e) {
    switch (e.kind()) {
      case ExpressionKind::One:
        return "1";
      case ExpressionKind::Zero:
        return "0";
      case ExpressionKind::Probability:
        return probability(e);
      case ExpressionKind::Sum:
        return sum(e);
      case ExpressionKind::Product:
        return product(e);
      case ExpressionKind::Fraction:
        break;
    }
    const std::string top = text(e.children()[0]);
    return dialect_.fraction(top, text(e.children()[1]));
  }

  Dialect dialect_;
  std::span<const std::string> names_;
  const PrintOptions& options_;
  std::vector<std::pair<Symbol, int>> visible_;  // free symbols, then those of the sums around, with their primes
};

std::string write(bool latex, const Expression& expression, std::span<const std::string> names,
                  const PrintOptions& options) {
  if (const double terms = expression.written_terms(); terms > options.max_terms) {
    throw InvalidArgument("the formula has " + std::to_string(terms) + " terms when written out",
                          latex ? "to_latex" : "to_text", "write it as JSON, or raise max_terms");
  }
  return Printer({latex}, names, options).write(expression);
}

}  // namespace

std::string to_text(const Expression& expression, std::span<const std::string> names, const PrintOptions& options) {
  return write(false, expression, names, options);
}

std::string to_latex(const Expression& expression, std::span<const std::string> names, const PrintOptions& options) {
  return write(true, expression, names, options);
}

}  // namespace causal
