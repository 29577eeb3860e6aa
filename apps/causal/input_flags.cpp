#include "input_flags.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace causal::cli {

std::vector<std::string> Input::variable_names() const {
  if (moments) return moments->names;
  std::vector<std::string> names;
  for (const int j : data->variable_indices()) names.push_back(data->column(j).name);
  return names;
}

void InputFlags::add_to(CommandLine& line) {
  line.operand("DATA", "CSV or TSV with a header, .npy, a causal.stats/1 file, or - for CSV on standard input", data);
  line.heading("Input", true);
  line.option({.flags = "--dataset", .value = "FILE", .doc = "same as DATA"}, data);
  line.option(
      {.flags = "--cov", .value = "FILE", .doc = "a covariance matrix (CSV with a header, .npy) instead of rows"}, cov);
  line.option({.flags = "--n-samples", .value = "N", .doc = "rows behind --cov"}, n_samples, at_least(1));
  line.option({.flags = "--delimiter",
               .value = "C",
               .doc = "between cells: one character, tab, blank or auto",
               .default_text = "auto"},
              delimiter);
  line.toggle({.flags = "--no-header", .value = "", .doc = "the first row is data; columns are named X1, X2, ..."},
              no_header);
  line.option({.flags = "--na",
               .value = "A,B",
               .doc = "cells that mean missing",
               .default_text = "empty,NA,N/A,NaN,nan,null,NULL,?",
               .aliases = "--missing-marker"},
              na);
  line.option(
      {.flags = "--comment", .value = "C", .doc = "skip lines that begin with C", .aliases = "--comment-marker"},
      comment);
  line.option({.flags = "--quote",
               .value = "C",
               .doc = "around cells with delimiters; '' for none",
               .default_text = "\"",
               .aliases = "--quote-char"},
              quote);
  line.option({.flags = "--columns", .value = "A,B", .doc = "use only these columns, in this order"}, columns);
  line.option({.flags = "--exclude", .value = "A,B", .doc = "use all columns but these", .aliases = "--exclude-var"},
              exclude);
  line.option({.flags = "--types",
               .value = "A=disc,B=count",
               .doc = "types instead of the guess: cont, disc, count, bin; or a JSON file {\"A\": \"disc\"}"},
              types);
  line.option({.flags = "--data-type", .value = "NAME", .doc = "one type for all columns", .default_text = "mixed"},
              data_type);
  line.option({.flags = "--missing",
               .value = "HOW",
               .doc = "missing cells: refuse, drop their rows, or use for each test the rows it can",
               .default_text = "error"},
              missing);
  line.option({.flags = "--time", .value = "COL", .doc = "column with the time; not a variable"}, time);
  line.option({.flags = "--env", .value = "COL", .doc = "column with the environment; not a variable"}, env);
  line.option({.flags = "--unit", .value = "COL", .doc = "column with the unit observed; not a variable"}, unit);
  line.option({.flags = "--weights", .value = "COL", .doc = "column with row weights; not a variable"}, weights);
}

Input InputFlags::load(const RunFlags& run) const {
  if (data.empty() && cov.empty()) {
    throw InvalidArgument("no data given", "the command line",
                          "Name a file (causal discover data.csv), or - for standard input, or --cov FILE.");
  }
  if (!data.empty() && !cov.empty()) {
    throw InvalidArgument("both DATA and --cov given", "the command line", "Give rows or a covariance matrix.");
  }
  if (cov.empty() && n_samples != 0) {
    throw InvalidArgument("--n-samples goes with --cov only", "the command line", "The rows of DATA are counted.");
  }
  return cov.empty() ? load_table(run) : load_covariance();
}

}  // namespace causal::cli
