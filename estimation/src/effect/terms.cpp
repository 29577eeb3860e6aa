#include "effect/terms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "causal/data/level_numbers.hpp"
#include "causal/run/error.hpp"

namespace causal::estimation {
namespace {

bool has_column(const Dataset& data, std::string_view name) {
  return std::any_of(data.columns().begin(), data.columns().end(),
                     [&](const Column& column) { return column.name == name; });
}

/// A column as it enters a regression: as it is, or as indicators of its levels but the first.
NamedColumns plain_columns(const Dataset& data, const std::string& name, std::string_view part) {
  const int column = data.index_of(name);
  refuse_missing(data, column, part);
  const Column& info = data.column(column);
  if (info.type != VariableType::Discrete) return {data.values().col(column), {name}};
  NamedColumns indicators;
  const auto levels = static_cast<Eigen::Index>(info.levels.size());
  indicators.values.resize(data.rows(), std::max<Eigen::Index>(levels - 1, 0));
  for (Eigen::Index level = 1; level < levels; ++level) {
    indicators.values.col(level - 1) = (data.values().col(column).array() == static_cast<double>(level)).cast<double>();
    indicators.names.push_back(name + "=" + info.levels[static_cast<std::size_t>(level)]);
  }
  return indicators;
}

NamedColumns product_of(const NamedColumns& a, const NamedColumns& b) {
  NamedColumns product;
  product.values.resize(a.values.rows(), a.values.cols() * b.values.cols());
  for (int i = 0; i < a.count(); ++i) {
    for (int j = 0; j < b.count(); ++j) {
      product.values.col(std::ssize(product.names)) = a.values.col(i).cwiseProduct(b.values.col(j));
      product.names.push_back(a.names[static_cast<std::size_t>(i)] + ":" + b.names[static_cast<std::size_t>(j)]);
    }
  }
  return product;
}

/// The exponent of "name^k" with k in 2..9.
std::optional<int> exponent_of(std::string_view text) {
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size() || exponent < 2 || exponent > 9) return std::nullopt;
  return exponent;
}

NamedColumns columns_of_term(const Dataset& data, const std::string& term, std::string_view part) {
  if (has_column(data, term)) return plain_columns(data, term, part);
  if (const auto colon = term.find(':'); colon != std::string::npos) {
    return product_of(columns_of_term(data, term.substr(0, colon), part),
                      columns_of_term(data, term.substr(colon + 1), part));
  }
  const auto caret = term.rfind('^');
  if (caret == std::string::npos) return plain_columns(data, term, part);  // Says that there is no such column.
  const std::optional<int> exponent = exponent_of(std::string_view(term).substr(caret + 1));
  if (!exponent) {
    throw InvalidArgument(fmt::format("the power in the {} '{}' must be a whole number from 2 to 9", part, term));
  }
  const int column = data.index_of(term.substr(0, caret));
  return {numeric_column(data, column, part).array().pow(*exponent), {term}};
}

}  // namespace

void refuse_missing(const Dataset& data, int column, std::string_view part) {
  const std::int64_t missing = data.missing_counts()[static_cast<std::size_t>(column)];
  if (missing == 0) return;
  Eigen::Index first = 0;
  while (!std::isnan(data.values()(first, column))) ++first;
  throw DataError(
      fmt::format("{} '{}' has {} missing cells (first: row {})", part, data.column(column).name, missing, first + 1),
      {}, "Drop those rows (--missing drop), or leave the column out.");
}

Eigen::VectorXd numeric_column(const Dataset& data, int column, std::string_view part, bool allow_missing) {
  if (!allow_missing) refuse_missing(data, column, part);
  NumericCells cells = numeric_cells(data, column);
  const Column& info = data.column(column);
  // A binary column of texts, "no" and "yes": the codes 0 and 1.
  if (cells.text_level && info.type != VariableType::Binary) {
    throw DataError(fmt::format("{} '{}' must be a number; it has the level '{}'", part, info.name, *cells.text_level));
  }
  return std::move(cells.values);
}

NamedColumns columns_of_terms(const Dataset& data, std::span<const std::string> terms, std::string_view part) {
  NamedColumns all;
  all.values.resize(data.rows(), 0);
  for (std::size_t t = 0; t < terms.size(); ++t) {
    if (std::find(terms.begin(), terms.begin() + static_cast<std::ptrdiff_t>(t), terms[t]) !=
        terms.begin() + static_cast<std::ptrdiff_t>(t)) {
      throw InvalidArgument(fmt::format("the {} '{}' is given twice", part, terms[t]));
    }
    const NamedColumns term = columns_of_term(data, terms[t], part);
    const Eigen::Index before = all.values.cols();
    all.values.conservativeResize(Eigen::NoChange, before + term.values.cols());
    all.values.rightCols(term.values.cols()) = term.values;
    all.names.insert(all.names.end(), term.names.begin(), term.names.end());
  }
  return all;
}

}  // namespace causal::estimation
