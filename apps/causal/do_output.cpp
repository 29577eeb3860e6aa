// The answer to a what-if question as text and as causal.distribution/1.

#include <fmt/format.h>

#include <algorithm>

#include "do_query.hpp"
#include "query_graph.hpp"

namespace causal::cli {
namespace {

std::string settings_text(const std::vector<Setting>& settings) {
  std::string text;
  for (const auto& [name, value] : settings) text += fmt::format("{}{} = {}", text.empty() ? "" : ", ", name, value);
  return text;
}

std::string method_text(const std::string& method) {
  if (method == "id") return "identified by ID and evaluated on the table";
  if (method == "contraction") return "exact, by contraction";
  if (method == "exact") return "exact, from the noise of the values seen";
  if (method == "gaussian") return "exact, in closed form";
  return "sampled";
}

std::string distribution_text(const DoAnswer& answer) {
  const Factor& values = *answer.distribution;
  std::vector<std::size_t> widths;
  std::string text = "  ";
  for (const DiscreteVariable& variable : answer.variables) {
    std::size_t width = variable.name.size();
    for (const std::string& level : variable.levels) width = std::max(width, level.size());
    widths.push_back(width + 2);
    text += fmt::format("{:<{}}", variable.name, widths.back());
  }
  text += answer.seen ? fmt::format("{:<14}when only seen\n", "probability") : "probability\n";
  for (std::size_t cell = 0; cell < values.size(); ++cell) {
    const std::vector<int> codes = values.assignment(cell);
    text += "  ";
    for (std::size_t i = 0; i < codes.size(); ++i) {
      text += fmt::format("{:<{}}", answer.variables[i].levels[static_cast<std::size_t>(codes[i])], widths[i]);
    }
    text += answer.seen ? fmt::format("{:<14.10f}{:.10f}\n", values.values()[cell], answer.seen->values()[cell])
                        : fmt::format("{:.10f}\n", values.values()[cell]);
  }
  return text;
}

std::string comb_text(const DoAnswer& answer) {
  if (!answer.comb) return "";
  if (!answer.comb->path.empty()) {
    return fmt::format("  no comb: {} reaches a child that shares hidden causes with it ({})\n", answer.comb->path[0],
                       fmt::join(answer.comb->path, ", "));
  }
  std::string teeth;
  for (const auto& tooth : answer.comb->teeth) teeth += (teeth.empty() ? "" : " ") + set_text(tooth);
  if (!answer.comb->distribution) return fmt::format("  the comb {} is not defined on this table\n", teeth);
  return fmt::format("  the comb with teeth {} gives the same within {:.1g}\n", teeth, answer.comb_difference);
}

io::Json settings_json(const std::vector<Setting>& settings) {
  io::Json object = io::Json::object();
  for (const auto& [name, value] : settings) object.set(name, value);
  return object;
}

io::Json variables_json(const DoAnswer& answer) {
  io::Json variables = io::Json::array();
  for (const DiscreteVariable& variable : answer.variables) {
    io::Json one = io::Json::object();
    one.set("name", variable.name);
    one.set("levels", json_list(variable.levels));
    variables.push(std::move(one));
  }
  return variables;
}

io::Json cells_json(const DoAnswer& answer) {
  io::Json cells = io::Json::array();
  if (!answer.distribution) return cells;
  for (std::size_t cell = 0; cell < answer.distribution->size(); ++cell) {
    const std::vector<int> codes = answer.distribution->assignment(cell);
    io::Json values = io::Json::array();
    for (std::size_t i = 0; i < codes.size(); ++i) {
      values.push(answer.variables[i].levels[static_cast<std::size_t>(codes[i])]);
    }
    io::Json one = io::Json::object();
    one.set("values", std::move(values));
    one.set("probability", answer.distribution->values()[cell]);
    one.set("seen", answer.seen ? io::Json(answer.seen->values()[cell]) : io::Json());
    cells.push(std::move(one));
  }
  return cells;
}

io::Json moments_json(const DoAnswer& answer) {
  io::Json moments = io::Json::array();
  for (const DoMoment& moment : answer.moments) {
    io::Json one = io::Json::object();
    one.set("name", moment.name);
    one.set("mean", moment.mean);
    one.set("sd", moment.sd);
    one.set("standard_error", moment.standard_error);
    moments.push(std::move(one));
  }
  return moments;
}

io::Json comb_json(const DoAnswer& answer) {
  if (!answer.comb) return {};
  io::Json comb = io::Json::object();
  io::Json teeth = io::Json::array();
  for (const auto& tooth : answer.comb->teeth) teeth.push(json_list(tooth));
  comb.set("exists", answer.comb->path.empty());
  comb.set("teeth", std::move(teeth));
  comb.set("obstruction", json_list(answer.comb->path));
  comb.set("difference",
           answer.distribution && answer.comb->distribution ? io::Json(answer.comb_difference) : io::Json());
  return comb;
}

io::Json refusal_json(const DoAnswer& answer) {
  if (!answer.refusal) return {};
  io::Json refusal = io::Json::object();
  refusal.set("kind", answer.refusal->kind);
  refusal.set("reason", answer.refusal->reason);
  refusal.set("node", answer.refusal->node.empty() ? io::Json() : io::Json(answer.refusal->node));
  io::Json hedge;
  if (answer.refusal->hedge) {
    hedge.set("outer", json_list(answer.refusal->hedge->first));
    hedge.set("inner", json_list(answer.refusal->hedge->second));
  }
  refusal.set("hedge", std::move(hedge));
  return refusal;
}

}  // namespace

std::string question_text(const DoQuestion& question) {
  std::string bar;
  const auto add = [&](const std::string& part) {
    if (!part.empty()) bar += (bar.empty() ? " | " : ", ") + part;
  };
  add(question.set.empty() ? "" : "do(" + settings_text(question.set) + ")");
  add(settings_text(question.after));
  const std::string given = question.given.empty() ? "" : ", given that " + settings_text(question.given);
  return fmt::format("P({}{}){}", fmt::join(question.query, ", "), bar, given);
}

std::string do_text(const DoQuestion& question, const DoAnswer& answer) {
  const std::string asked = question_text(question);
  if (answer.refusal) {
    std::string kind = answer.refusal->kind;
    std::replace(kind.begin(), kind.end(), '_', ' ');
    return fmt::format("{}: {}\n  {}\n{}", asked, kind, answer.refusal->reason, comb_text(answer));
  }
  std::string text = fmt::format("{}: {}\n", asked, method_text(answer.method));
  if (answer.distribution) text += distribution_text(answer);
  for (const DoMoment& moment : answer.moments) {
    text += fmt::format("  {} = {:.10g}", moment.name, moment.mean);
    if (moment.sd > 0) text += fmt::format(" on average, standard deviation {:.6g}", moment.sd);
    if (moment.standard_error > 0) text += fmt::format(", standard error {:.2g}", moment.standard_error);
    text += "\n";
  }
  if (answer.effective_sample_size) text += fmt::format("  worth {:.0f} draws\n", *answer.effective_sample_size);
  // Across worlds the formula holds values: those of the last line.
  const char* const of = answer.formula.find('=') == std::string::npos ? "" : "last line ";
  if (!answer.formula.empty()) text += fmt::format("  {}= {}\n", of, answer.formula);
  if (!answer.free_context.empty()) {
    text += fmt::format("  whatever {} is set to; the table's values differ by {:.1g}\n", set_text(answer.free_context),
                        answer.context_spread);
  }
  return text + comb_text(answer);
}

io::Json do_json(const DoQuestion& question, const DoAnswer& answer) {
  io::Json object = io::Json::object();
  object.set("schema", "causal.distribution/1");
  object.set("question", question_text(question));
  object.set("source", answer.source);
  object.set("query", json_list(question.query));
  object.set("set", settings_json(question.set));
  object.set("given", settings_json(question.given));
  object.set("after", settings_json(question.after));
  object.set("answered", !answer.refusal.has_value());
  object.set("method", answer.method.empty() ? io::Json() : io::Json(answer.method));
  object.set("variables", variables_json(answer));
  object.set("cells", cells_json(answer));
  object.set("moments", moments_json(answer));
  object.set("effective_sample_size",
             answer.effective_sample_size ? io::Json(*answer.effective_sample_size) : io::Json());
  io::Json estimand;
  if (!answer.formula.empty()) {
    estimand.set("text", answer.formula);
    estimand.set("latex", answer.formula_latex);
    estimand.set("free_context", json_list(answer.free_context));
    estimand.set("context_spread", answer.context_spread);
  }
  object.set("estimand", std::move(estimand));
  object.set("comb", comb_json(answer));
  object.set("refusal", refusal_json(answer));
  object.set("warnings", json_list(answer.warnings));
  return object;
}

}  // namespace causal::cli
