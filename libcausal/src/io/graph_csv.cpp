#include "causal/io/graph_csv.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "causal/run/error.hpp"
#include "csv_record.hpp"
#include "edge_marks.hpp"
#include "graph_builder.hpp"

namespace causal::io {
namespace {

constexpr std::array<std::string_view, 9> kColumns = {"from",     "to",      "mark_from", "mark_to", "lag",
                                                      "strength", "p_value", "frequency", "edge"};

class EdgeTableReader {
 public:
  EdgeTableReader(std::string_view text, const std::string& file) : scanner_(text, file) {}

  LearnedGraph read() {
    read_header();
    while (true) {
      const std::vector<CsvCell> record = read_csv_record(scanner_);
      if (record.empty()) break;
      if (record.size() != width_) {
        scanner_.fail_at(record[0].position, "this row has " + std::to_string(record.size()) + " cells, the header " +
                                                 std::to_string(width_));
      }
      read_row(record);
    }
    LearnedGraph graph = builder_.take();
    graph.kind = guess_kind_in_time(graph);
    return graph;
  }

 private:
  void read_header() {
    const std::vector<CsvCell> header = read_csv_record(scanner_);
    width_ = header.size();
    for (std::size_t i = 0; i < header.size(); ++i) {
      bool is_known = false;
      for (const std::string_view column : kColumns) is_known = is_known || column == header[i].text;
      if (!is_known) {
        scanner_.fail_at(header[i].position, "'" + header[i].text + "' is no column of an edge table",
                         "Columns are from, to, mark_from, mark_to, lag, strength, p_value, frequency.");
      }
      if (!columns_.emplace(header[i].text, i).second) {
        scanner_.fail_at(header[i].position, "column '" + header[i].text + "' is given twice");
      }
    }
    if (columns_.count("from") == 0 || columns_.count("to") == 0) {
      scanner_.fail_at(0, "an edge table needs the columns from and to");
    }
  }

  /// The cell of that column, or nullptr when there is no such column or nothing in it.
  [[nodiscard]] const CsvCell* find(const std::vector<CsvCell>& record, const char* column) const {
    const auto found = columns_.find(column);
    if (found == columns_.end() || record[found->second].text.empty()) return nullptr;
    return &record[found->second];
  }

  void read_row(const std::vector<CsvCell>& record) {
    const CsvCell* from = find(record, "from");
    const CsvCell* to = find(record, "to");
    if (from == nullptr) scanner_.fail_at(record[0].position, "this row names no node in 'from'");
    if (to == nullptr) {
      for (const CsvCell& cell : record) {
        if (&cell != from && !cell.text.empty()) {
          scanner_.fail_at(cell.position, "this row has no 'to', so nothing but 'from' may stand in it");
        }
      }
      if (const auto complaint = builder_.add_node({from->text})) scanner_.fail_at(from->position, *complaint);
      return;
    }
    LearnedEdge edge;
    const NodeId from_id = builder_.node(from->text);
    edge.edge = {from_id, builder_.node(to->text)};
    read_marks(record, edge.edge);
    if (const CsvCell* cell = find(record, "lag")) edge.lag = lag(*cell);
    if (const CsvCell* cell = find(record, "strength")) edge.strength = number(*cell);
    if (const CsvCell* cell = find(record, "p_value")) edge.p_value = number(*cell);
    if (const CsvCell* cell = find(record, "frequency")) edge.frequency = number(*cell);
    if (const auto complaint = builder_.add_edge(edge)) scanner_.fail_at(record[0].position, *complaint);
  }

  void read_marks(const std::vector<CsvCell>& record, Edge& edge) const {
    if (const CsvCell* cell = find(record, "edge")) {
      const auto marks = marks_from(cell->text == "->" ? "-->" : cell->text == "--" ? "---" : cell->text);
      if (!marks) scanner_.fail_at(cell->position, "'" + cell->text + "' is no edge", "Edges look like -->, <->, o-o.");
      std::tie(edge.mark_from, edge.mark_to) = *marks;
    }
    if (const CsvCell* cell = find(record, "mark_from")) edge.mark_from = mark(*cell);
    if (const CsvCell* cell = find(record, "mark_to")) edge.mark_to = mark(*cell);
  }

  [[nodiscard]] Mark mark(const CsvCell& cell) const {
    if (const auto mark = enum_from_name<Mark>(cell.text)) return *mark;
    scanner_.fail_at(cell.position, "mark '" + cell.text + "' is none of tail, arrow, circle");
  }
  [[nodiscard]] int lag(const CsvCell& cell) const {
    int value = -1;
    const char* const end = cell.text.data() + cell.text.size();
    const auto result = std::from_chars(cell.text.data(), end, value);
    if (result.ec != std::errc() || result.ptr != end || value < 0) {
      scanner_.fail_at(cell.position, "lag '" + cell.text + "' is no non-negative integer");
    }
    return value;
  }
  [[nodiscard]] double number(const CsvCell& cell) const {
    if (const auto value = number_from(cell.text)) return *value;
    scanner_.fail_at(cell.position, "'" + cell.text + "' is no number");
  }

  Scanner scanner_;
  GraphBuilder builder_;
  std::map<std::string, std::size_t> columns_;
  std::size_t width_ = 0;
};

std::string number_cell(double value) { return std::isnan(value) ? "" : number_text(value); }

}  // namespace

LearnedGraph read_graph_csv(std::string_view text, const std::string& name) {
  return EdgeTableReader(text, name).read();
}

std::string write_graph_csv(const LearnedGraph& graph) {
  refuse_node_lags(graph, "csv");
  std::string text = "from,to,mark_from,mark_to,lag,strength,p_value,frequency\n";
  if (!mentions_nodes_in_order(graph)) {
    for (const LearnedNode& node : graph.nodes) text += csv_cell(node.name) + ",,,,,,,\n";
  }
  for (const LearnedEdge& e : graph.edges) {
    const auto name = [&](NodeId v) { return csv_cell(graph.nodes[static_cast<std::size_t>(v)].name); };
    text += name(e.edge.from) + ',' + name(e.edge.to) + ',';
    text += std::string(enum_name(e.edge.mark_from)) + ',' + std::string(enum_name(e.edge.mark_to)) + ',';
    text += std::to_string(e.lag) + ',' + number_cell(e.strength) + ',' + number_cell(e.p_value) + ',';
    text += number_cell(e.frequency) + '\n';
  }
  return text;
}

}  // namespace causal::io
