#include "table_files.hpp"

#include <sstream>

#include "causal/io/csv.hpp"
#include "causal/io/npy.hpp"

namespace causal::cli {

bool is_npy(const std::string& path) { return path.ends_with(".npy"); }

Dataset read_table_file(const std::string& path) { return is_npy(path) ? io::read_npy(path) : io::read_csv(path).data; }

std::string table_text(const Dataset& table, const std::string& path) {
  std::ostringstream out;
  if (is_npy(path)) {
    io::write_npy(out, table);
  } else {
    io::write_csv(out, table, path.ends_with(".tsv") ? '\t' : ',');
  }
  return std::move(out).str();
}

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string cell = "\"";
  for (const char c : text) cell += c == '"' ? std::string("\"\"") : std::string(1, c);
  return cell + "\"";
}

}  // namespace causal::cli
