#pragma once
// Errors of readers that know no file names, with the file named.

#include <string>

#include "causal/run/error.hpp"

namespace causal::cli {

/// What `read` returns; a DataError or GraphError of it that does not name `file` gets it before its place.
template <class Read>
[[nodiscard]] auto reading(const std::string& file, const Read& read) {
  const auto place = [&](const Error& error) {
    if (error.where().empty()) return file;
    return error.where().starts_with(file) ? error.where() : file + ": " + error.where();
  };
  try {
    return read();
  } catch (const DataError& error) {
    throw DataError(error.message(), place(error), error.hint());
  } catch (const GraphError& error) {
    throw GraphError(error.message(), place(error), error.hint());
  }
}

}  // namespace causal::cli
