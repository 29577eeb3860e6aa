#include "causal/io/stats_json.hpp"

#include <cmath>
#include <limits>
#include <set>

#include "causal/run/error.hpp"
#include "csv_record.hpp"
#include "graph_builder.hpp"
#include "json_cursor.hpp"

namespace causal::io {
namespace {

double finite(const JsonCursor& cursor) {
  const double value = cursor.number();
  if (!std::isfinite(value)) cursor.fail("must be a number");
  return value;
}

void check_length(const JsonCursor& array, std::size_t p) {
  if (array.size() != p) {
    array.fail("has " + std::to_string(array.size()) + " entries for " + std::to_string(p) + " names");
  }
}

std::vector<std::string> read_names(const JsonCursor& names) {
  std::vector<std::string> read;
  std::set<std::string_view> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const JsonCursor name = names[i];
    if (name.string().empty()) name.fail("a variable needs a name");
    if (!seen.insert(name.string()).second) name.fail("'" + name.string() + "' is given twice");
    read.push_back(name.string());
  }
  return read;
}

/// The rows of a matrix of small text files, with the names of their header.
struct NamedRows {
  std::vector<std::string> names;
  Eigen::MatrixXd values;
};

NamedRows read_rows(std::string_view text, const std::string& file) {
  Scanner scanner(text, file);
  const bool has_tabs = text.substr(0, text.find('\n')).find('\t') != std::string_view::npos;
  const char delimiter = has_tabs ? '\t' : ',';
  std::vector<CsvCell> header = read_csv_record(scanner, delimiter);
  std::vector<std::vector<CsvCell>> records;
  for (auto record = read_csv_record(scanner, delimiter); !record.empty();
       record = read_csv_record(scanner, delimiter)) {
    records.push_back(std::move(record));
  }
  const std::size_t p = records.size();
  if (p == 0) scanner.fail("expected a header of names and the rows of the matrix");
  const bool has_row_names = records[0].size() == p + 1;
  if (header.size() == p + 1 && has_row_names) header.erase(header.begin());
  if (header.size() != p) {
    scanner.fail_at(0, "the header has " + std::to_string(header.size()) + " names for " + std::to_string(p) + " rows");
  }
  NamedRows rows{{}, Eigen::MatrixXd(static_cast<Eigen::Index>(p), static_cast<Eigen::Index>(p))};
  GraphBuilder names;  // checks them
  for (const CsvCell& cell : header) {
    if (const auto complaint = names.add_node({cell.text})) scanner.fail_at(cell.position, *complaint);
    rows.names.push_back(cell.text);
  }
  const std::size_t first = has_row_names ? 1 : 0;
  for (std::size_t i = 0; i < p; ++i) {
    const std::vector<CsvCell>& record = records[i];
    if (record.size() != p + first) {
      scanner.fail_at(record[0].position, "this row has " + std::to_string(record.size() - first) + " numbers for " +
                                              std::to_string(p) + " names");
    }
    if (has_row_names && record[0].text != rows.names[i]) {
      scanner.fail_at(record[0].position,
                      "row '" + record[0].text + "' stands where the header has '" + rows.names[i] + "'");
    }
    for (std::size_t j = 0; j < p; ++j) {
      const CsvCell& cell = record[j + first];
      const auto value = number_from(cell.text);
      if (!value) scanner.fail_at(cell.position, "'" + cell.text + "' is no number");
      rows.values(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = *value;
    }
  }
  return rows;
}

}  // namespace

Json moments_to_json(const Moments& moments) {
  if (moments.n < 2) throw DataError("a covariance needs at least 2 samples", "n = " + std::to_string(moments.n));
  if (!moments.mean.allFinite() || !moments.scatter.allFinite()) throw DataError("the moments are not finite");
  const Eigen::MatrixXd covariance = moments.covariance();
  Json means = Json::array();
  Json rows = Json::array();
  for (Eigen::Index i = 0; i < moments.mean.size(); ++i) {
    means.push(moments.mean(i));
    Json row = Json::array();
    for (Eigen::Index j = 0; j < moments.mean.size(); ++j) row.push(covariance(i, j));
    rows.push(std::move(row));
  }
  Json json;
  json.set("schema", "causal.stats/1");
  json.set("n", moments.n);
  json.set("names", Json::Array(moments.names.begin(), moments.names.end()));
  json.set("means", std::move(means));
  json.set("covariance", std::move(rows));
  return json;
}

Moments moments_from_json(const Json& json) {
  const JsonCursor root(json);
  const JsonCursor schema = root.at("schema");
  if (schema.string() != "causal.stats/1") {
    schema.fail("'" + schema.string() + "' is not a schema this version reads", "It reads causal.stats/1.");
  }
  const std::int64_t n = root.at("n").integer(2, std::numeric_limits<std::int64_t>::max());
  std::vector<std::string> names = read_names(root.at("names"));
  const std::size_t p = names.size();
  const JsonCursor means = root.at("means");
  const JsonCursor rows = root.at("covariance");
  check_length(means, p);
  check_length(rows, p);
  Eigen::VectorXd mean(static_cast<Eigen::Index>(p));
  Eigen::MatrixXd covariance(static_cast<Eigen::Index>(p), static_cast<Eigen::Index>(p));
  for (std::size_t i = 0; i < p; ++i) {
    mean(static_cast<Eigen::Index>(i)) = finite(means[i]);
    const JsonCursor row = rows[i];
    check_length(row, p);
    for (std::size_t j = 0; j < p; ++j) {
      const double value = finite(row[j]);
      if (i == j && value < 0) row[j].fail("a variance is not negative");
      covariance(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = value;
    }
  }
  Moments moments = moments_from_covariance(covariance, n, std::move(names));
  moments.mean = mean;
  return moments;
}

Moments read_covariance_csv(std::string_view text, std::int64_t n, const std::string& name) {
  NamedRows rows = read_rows(text, name);
  return moments_from_covariance(rows.values, n, std::move(rows.names));
}

}  // namespace causal::io
