// String diagrams of a model before and after surgery.

#include <filesystem>

#include "causal/diagram/network.hpp"
#include "causal/diagram/normal_form.hpp"
#include "causal/diagram/surgery.hpp"
#include "causal/io/diagram_json.hpp"
#include "causal/io/diagram_text.hpp"
#include "do_query.hpp"

namespace causal::cli {

namespace {

std::string drawn(const Diagram& diagram, const std::string& extension) {
  if (extension == ".dot") return io::write_dot(diagram);
  if (extension == ".tex") return io::write_tikz(diagram);
  return io::diagram_to_json(diagram).dump(2) + "\n";
}

}  // namespace

std::array<std::string, 2> diagram_paths(const std::string& path) {
  const std::filesystem::path file(path);
  const std::string extension = file.extension().string();
  if (extension != ".dot" && extension != ".tex" && extension != ".json") {
    throw InvalidArgument("a diagram is written as .dot, .tex or .json", path, "Name such a file.");
  }
  const std::string stem = path.substr(0, path.size() - extension.size());
  return {stem + ".before" + extension, stem + ".after" + extension};
}

std::array<std::string, 2> diagram_texts(const DoPicture& picture, const std::string& path) {
  const Diagram before =
      std::visit([&](const auto& graph) { return network_diagram(graph, picture.outputs); }, picture.graph);
  std::vector<Assignment> values;
  for (const auto& [name, value] : picture.values) values.push_back({name, value});
  const std::string extension = std::filesystem::path(path).extension().string();
  return {drawn(prune(before), extension), drawn(prune(do_surgery(before, values)), extension)};
}

}  // namespace causal::cli
